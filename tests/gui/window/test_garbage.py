"""Garbage that holds Tk objects dies on the Tk thread, whatever the other threads do."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from gui.window.garbage import FULL_SECONDS, YOUNG_OBJECTS, GarbageCollection


class Cycle:
    """Garbage that only the collector can find; it records the thread that deleted it."""

    died_on: list[str]

    def __init__(self, died_on: list[str]) -> None:
        self.me = self
        self.died_on = died_on

    def __del__(self) -> None:
        self.died_on.append(threading.current_thread().name)


@pytest.fixture
def collecting() -> Iterator[None]:
    """Python's own collection, enabled as in a program; other tests with a window run without it."""
    before = gc.isenabled()
    gc.enable()
    yield
    if not before:
        gc.disable()


def litter_on_another_thread() -> list[list[int]]:
    """More containers than any threshold, all of which stay alive."""
    kept: list[list[int]] = []
    thread = threading.Thread(
        target=lambda: kept.extend([[number] for number in range(20 * YOUNG_OBJECTS)]), name="other"
    )
    thread.start()
    thread.join()
    return kept


def test_without_it_another_thread_collects(collecting: None) -> None:
    died_on: list[str] = []
    gc.collect()  # so that this thread's next collection is far off
    Cycle(died_on)
    assert litter_on_another_thread() and died_on == ["other"]


def test_no_other_thread_collects_while_there_is_a_window(collecting: None) -> None:
    garbage = GarbageCollection()
    garbage.start()
    died_on: list[str] = []
    Cycle(died_on)
    kept = litter_on_another_thread()
    assert kept and died_on == []
    garbage.look()
    assert died_on == [threading.main_thread().name]
    garbage.stop()
    assert gc.isenabled()


def test_what_is_left_goes_when_the_window_does(collecting: None) -> None:
    garbage = GarbageCollection()
    garbage.start()
    died_on: list[str] = []
    Cycle(died_on)
    garbage.settle()
    garbage.stop()
    assert died_on == [threading.main_thread().name]


def test_everything_is_looked_through_now_and_then(collecting: None) -> None:
    now = [0.0]
    garbage = GarbageCollection(clock=lambda: now[0])
    garbage.start()
    died_on: list[str] = []
    old = Cycle(died_on)
    gc.collect(0)
    gc.collect(1)
    del old
    now[0] = FULL_SECONDS + 1
    for _ in range(11):
        gc.collect(1)
    kept = [[number] for number in range(2 * YOUNG_OBJECTS)]
    garbage.look()
    assert kept and died_on
    garbage.stop()
