"""Ctrl+C and the session's end in a terminal program: noted by the handler, acted upon between two events."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gui.terminal.exit_codes import Outcome

_CAUGHT = (signal.SIGINT, signal.SIGTERM)


class NotedSignal:
    """``number``: of the last signal, 0 before the first."""

    def __init__(self) -> None:
        self.number = 0

    def note(self, number: int, frame: FrameType | None) -> None:
        # Only noted: the main thread may hold a lock, or be in the middle of something.
        self.number = number

    def ends(self, outcome: Outcome) -> bool:
        """Whether a signal came, so that the program is to end; Ctrl+C is noted in ``outcome``."""
        if self.number == signal.SIGINT:
            outcome.interrupt()
        return self.number != 0


@contextmanager
def noting_signals(noted: NotedSignal) -> Iterator[None]:
    """Within the block SIGINT and SIGTERM are only noted. Main thread only."""
    previous = {number: signal.signal(number, noted.note) for number in _CAUGHT}
    try:
        yield
    finally:
        for number, action in previous.items():
            signal.signal(number, action)
