"""Work that touches no widget, off the Tk thread: the one place where a page may have a thread started."""

from __future__ import annotations

import threading
import tkinter as tk
from collections.abc import Callable

POLL_MS = 25


def run_in_background(
    widget: tk.Misc, work: Callable[[], object], done: Callable[[Exception | None], None]
) -> None:
    """Call ``work()`` on a new thread, then ``done(its exception, or None)`` on the Tk thread, unless
    ``widget`` has been destroyed by then. The program's end waits for the work."""
    root = widget.winfo_toplevel()
    ended: list[Exception | None] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            ended.append(error)
        else:
            ended.append(None)

    def look() -> None:
        if not ended:
            root.after(POLL_MS, look)
        elif widget.winfo_exists():
            done(ended[0])

    threading.Thread(target=run, name="beside").start()
    root.after(POLL_MS, look)
