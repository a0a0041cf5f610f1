"""Ctrl+C in the terminal, or the session's end, closes the window in order."""

from __future__ import annotations

import signal
import threading
import tkinter as tk
from collections.abc import Callable

_CAUGHT = (signal.SIGINT, signal.SIGTERM)


def close_on_signals(root: tk.Misc, close: Callable[[], None]) -> Callable[[], None]:
    """Call ``close`` on Tk's next turn after a signal; the returned function restores the old handling.
    Signals can only be caught on the main thread: on another one nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def close_soon(*_: object) -> None:
        # Not at once: this thread may hold a lock at the moment.
        root.after(0, close)

    before = {number: signal.signal(number, close_soon) for number in _CAUGHT}

    def release() -> None:
        for number, action in before.items():
            signal.signal(number, action)

    return release
