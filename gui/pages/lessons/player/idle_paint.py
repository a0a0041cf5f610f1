"""Painting once when Tk is idle, however many things have changed until then."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable


class IdlePaint:
    """``soon()`` lets ``paint()`` run once, after the layout that is under way, while ``widget`` exists."""

    def __init__(self, widget: tk.Misc, paint: Callable[[], object]) -> None:
        self._widget = widget
        self._paint = paint
        self._due = ""
        widget.bind("<Destroy>", self._destroyed, add="+")

    def soon(self, _event: object = None) -> None:
        if not self._due:
            self._due = self._widget.after_idle(self._run)

    def _run(self) -> None:
        self._due = ""
        self._paint()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self._widget and self._due:
            self._widget.after_cancel(self._due)
            self._due = ""
