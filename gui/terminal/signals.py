"""Ctrl+C and the session's end, as a terminal program takes them: noted, and obeyed between two events."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_CAUGHT = (signal.SIGINT, signal.SIGTERM)


class NotedSignal:
    """``number``: of the last that came, 0 before."""

    def __init__(self) -> None:
        self.number = 0

    def note(self, number: int, frame: FrameType | None) -> None:
        # Only noted: whatever is going on in the main thread may hold a lock, or be half done.
        self.number = number


@contextmanager
def noting_signals(noted: NotedSignal) -> Iterator[None]:
    """In the meantime SIGINT and SIGTERM are only noted. Main thread only."""
    previous = {number: signal.signal(number, noted.note) for number in _CAUGHT}
    try:
        yield
    finally:
        for number, action in previous.items():
            signal.signal(number, action)
