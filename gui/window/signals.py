"""Ctrl+C in the terminal, or the session's end, closes the window in order."""

from __future__ import annotations

import threading
import tkinter as tk
from collections.abc import Callable

from gui.shared.ending_signals import catch_signals


def close_on_signals(root: tk.Misc, close: Callable[[], None]) -> Callable[[], None]:
    """Call ``close`` on Tk's next turn after a signal; the returned function restores the old handling.
    Signals can only be caught on the main thread: on another one nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None

    def close_soon(*_: object) -> None:
        # Not at once: this thread may hold a lock at the moment.
        root.after(0, close)

    return catch_signals(close_soon)
