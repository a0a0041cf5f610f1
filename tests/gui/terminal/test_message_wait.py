"""The time after the last message, on a fake clock."""

from __future__ import annotations

from gui.terminal.message_wait import MessageWait


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_from_the_beginning_and_anew_from_each_message() -> None:
    clock = Clock()
    wait = MessageWait(5.0, clock)
    clock.now += 60.0
    assert wait.asked and not wait.over  # nothing is ready yet
    wait.begin()
    clock.now += 4.5
    assert not wait.over
    wait.message()
    clock.now += 4.5
    wait.begin()  # a second call has no effect
    assert not wait.over
    clock.now += 0.5
    assert wait.over


def test_not_asked_for_it_is_never_over() -> None:
    clock = Clock()
    wait = MessageWait(None, clock)
    wait.begin()
    clock.now += 1e9
    assert not wait.asked and not wait.over
