"""The moment of the window's first paint, after which everything else is created."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from gui.window.timers import Timers

UNSEEN_AFTER_MS = 1000
"""A window that is not visible, minimised or on another desktop, starts after this time all the same."""


class FirstPaint:
    """Calls ``then`` once: on the first turn of Tk's loop after the first paint, or after
    `UNSEEN_AFTER_MS`."""

    def __init__(self, app: tk.Tk, timers: Timers, then: Callable[[], None]) -> None:
        self._app = app
        self._timers = timers
        self._then = then
        self._painted = self._done = False
        # <Expose>: the window manager has put it on the screen. Blocking Tk before that leaves it empty.
        self._binding = app.bind("<Expose>", lambda _event: app.after_idle(self._exposed), add="+")
        timers.start("first paint", UNSEEN_AFTER_MS, self._finish)

    def _exposed(self) -> None:
        if not self._painted:
            self._painted = True
            self._app.unbind("<Expose>", self._binding)
            if not self._done:
                self._timers.start("first paint", 1, self._finish)

    def _finish(self) -> None:
        self._done = True
        self._then()
