"""Whether a person is at this PC: away after five minutes without a key or a move of the pointer.

Tk receives the keys of this window only, and knows the pointer's position wherever the system reports it
(X11, Windows and macOS do; Wayland only over our own window). Somebody who types in another program without
touching the mouse therefore counts as away, until they move the pointer or press a key here.
"""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable

AWAY_SECONDS = 300.0
LOOK_EVERY_MS = 5_000


class Attention:
    """``on_change(away)`` when it changes. `look` is called by itself; ``clock`` gives seconds."""

    def __init__(
        self, widget: tk.Misc, on_change: Callable[[bool], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.away = False
        self.on_change = on_change
        self._widget = widget
        self._clock = clock
        self._last = clock()
        self._pointer = widget.winfo_pointerxy()
        self._due: str | None = None
        window = widget.winfo_toplevel()
        for event in ("<KeyPress>", "<ButtonPress>", "<MouseWheel>"):
            window.bind(event, lambda _e: self.touched(), add="+")
        widget.bind("<Destroy>", self._ended, add="+")
        self._again()

    def touched(self) -> None:
        """Note that the person did something just now."""
        self._last = self._clock()
        if self.away:
            self.away = False
            self.on_change(False)

    def look(self) -> None:
        """Check whether the pointer moved, and for how long nothing happened."""
        pointer = self._widget.winfo_pointerxy()
        if pointer != self._pointer:
            self._pointer = pointer
            self.touched()
        elif not self.away and self._clock() - self._last >= AWAY_SECONDS:
            self.away = True
            self.on_change(True)

    def _again(self) -> None:
        self._due = self._widget.after(LOOK_EVERY_MS, self._tick)

    def _tick(self) -> None:
        self.look()
        self._again()

    def _ended(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self._widget and self._due is not None:
            self._widget.after_cancel(self._due)
            self._due = None
            self.on_change = lambda _away: None
