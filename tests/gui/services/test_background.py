"""Work beside the Tk thread, and its end told on it."""

from __future__ import annotations

import threading
import tkinter as tk
from collections.abc import Iterator

import pytest

from gui.services.background import run_beside
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def root(display: str) -> Iterator[tk.Tk]:
    made = tk.Tk()
    yield made
    made.destroy()


def test_the_work_is_done_elsewhere_and_told_here(root: tk.Tk) -> None:
    threads: list[int] = []
    told: list[tuple[int, Exception | None]] = []
    run_beside(
        root,
        lambda: threads.append(threading.get_ident()),
        lambda error: told.append((threading.get_ident(), error)),
    )
    wait_until(lambda: told, root=root, what="the end")
    assert told == [(threading.get_ident(), None)]
    assert threads and threads[0] != threading.get_ident()


def test_what_it_raises_is_told(root: tk.Tk) -> None:
    told: list[Exception | None] = []
    run_beside(root, lambda: 1 // 0, told.append)
    wait_until(lambda: told, root=root, what="the end")
    assert isinstance(told[0], ZeroDivisionError)


def test_nobody_is_told_when_the_widget_has_gone(root: tk.Tk) -> None:
    told: list[Exception | None] = []
    widget, go, ended = tk.Frame(root), threading.Event(), threading.Event()

    def work() -> None:
        go.wait(PATIENCE_SECONDS)
        ended.set()

    run_beside(widget, work, told.append)
    widget.destroy()
    go.set()
    run_beside(root, lambda: ended.wait(PATIENCE_SECONDS), lambda _error: told.append(OSError()))
    wait_until(lambda: told, root=root, what="the later one's end")
    assert len(told) == 1 and isinstance(told[0], OSError)
