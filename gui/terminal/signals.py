"""Ctrl+C and the session's end in a terminal program: noted by the handler, acted upon between two events."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from gui.shared.ending_signals import catch_signals, exit_code_of_signal
from gui.terminal.exit_codes import Outcome


class NotedSignal:
    """``number``: of the last signal, 0 before the first."""

    def __init__(self) -> None:
        self.number = 0

    def note(self, number: int, frame: FrameType | None) -> None:
        # Only noted: the main thread may hold a lock, or be in the middle of something.
        self.number = number

    def ends(self, outcome: Outcome) -> bool:
        """Whether a signal came, so that the program is to end. It decides ``outcome``, but for SIGTERM,
        which is how a service is ended in order."""
        if self.number not in (0, signal.SIGTERM):
            outcome.interrupt(exit_code_of_signal(self.number))
        return self.number != 0


@contextmanager
def noting_signals() -> Iterator[NotedSignal]:
    """Within the block signals that ask to end are only noted: what the block makes can be ended in order.
    Main thread only."""
    noted = NotedSignal()
    release = catch_signals(noted.note)
    try:
        yield noted
    finally:
        release()
