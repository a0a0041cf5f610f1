"""The window's timers, by name: at most one of each name, and none outlives the window."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable


class Timers:
    def __init__(self, root: tk.Misc) -> None:
        self._root = root
        self._running: dict[str, str] = {}

    def start(self, name: str, milliseconds: int, call: Callable[[], object]) -> None:
        """Call ``call`` after so many milliseconds; an earlier timer of that name is cancelled."""
        self.cancel(name)

        def due() -> None:
            self._running.pop(name, None)
            call()

        self._running[name] = self._root.after(milliseconds, due)

    def cancel(self, name: str) -> None:
        timer = self._running.pop(name, None)
        if timer is not None:
            self._root.after_cancel(timer)

    def cancel_all(self) -> None:
        for name in list(self._running):
            self.cancel(name)
