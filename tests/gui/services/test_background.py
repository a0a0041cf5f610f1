"""Work off the Tk thread, and its end reported on it."""

from __future__ import annotations

import threading
import tkinter as tk
from collections.abc import Iterator

import pytest

from gui.services.background import run_in_background
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def root(display: str) -> Iterator[tk.Tk]:
    made = tk.Tk()
    yield made
    made.destroy()


def test_the_work_is_done_elsewhere_and_its_end_reported_here(root: tk.Tk) -> None:
    threads: list[int] = []
    outcomes: list[tuple[int, Exception | None]] = []
    run_in_background(
        root,
        lambda: threads.append(threading.get_ident()),
        lambda error: outcomes.append((threading.get_ident(), error)),
    )
    wait_until(lambda: outcomes, root=root, what="the end")
    assert outcomes == [(threading.get_ident(), None)]
    assert threads and threads[0] != threading.get_ident()


def test_what_it_raises_is_reported(root: tk.Tk) -> None:
    outcomes: list[Exception | None] = []
    run_in_background(root, lambda: 1 // 0, outcomes.append)
    wait_until(lambda: outcomes, root=root, what="the end")
    assert isinstance(outcomes[0], ZeroDivisionError)


def test_nobody_is_called_when_the_widget_has_gone(root: tk.Tk) -> None:
    outcomes: list[Exception | None] = []
    widget, go, ended = tk.Frame(root), threading.Event(), threading.Event()

    def work() -> None:
        go.wait(PATIENCE_SECONDS)
        ended.set()

    run_in_background(widget, work, outcomes.append)
    widget.destroy()
    go.set()
    run_in_background(root, lambda: ended.wait(PATIENCE_SECONDS), lambda _error: outcomes.append(OSError()))
    wait_until(lambda: outcomes, root=root, what="the later one's end")
    assert len(outcomes) == 1 and isinstance(outcomes[0], OSError)
