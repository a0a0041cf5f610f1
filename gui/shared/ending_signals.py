"""Signals that ask the program to end: Ctrl+C, the session's end, a terminal that is closed. No tkinter."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""SIGHUP: the terminal is gone (not on Windows); SIGBREAK: Ctrl+Break, and there the closed console too."""


def exit_code_of_signal(number: int) -> int:
    """As the shells count: 130 for Ctrl+C."""
    return 128 + number


def catch_signals(note: Callable[[int, FrameType | None], object]) -> Callable[[], None]:
    """Call ``note`` for each signal of `ENDING`; the returned function restores the old handling. Main thread
    only. A SIGHUP that is ignored, as under `nohup`, stays so."""
    nohup = getattr(signal, "SIGHUP", None)
    caught = [one for one in ENDING if one != nohup or signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, note) for number in caught}

    def release() -> None:
        for number, action in before.items():
            signal.signal(number, action)

    return release
