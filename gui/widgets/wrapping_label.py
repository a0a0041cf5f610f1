"""A label whose text wraps at its own width, or at a given one."""

from __future__ import annotations

import tkinter as tk
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.line_break import wrap_for


class WrappingLabel(ttk.Label):
    """Chinese breaks between characters. ``wide``: the longest line in logical units; 0: the label's own
    width, whatever that becomes."""

    def __init__(self, master: tk.Misc, style: str, text: str = "", wide: int = 0, **options: Any) -> None:
        super().__init__(master, style=style, justify=options.pop("justify", "left"), **options)
        self._text = text
        self._wide = wide
        if not wide:
            self.bind("<Configure>", lambda _e: self._wrap())
        look().watch(self, self._wrap)
        self._wrap()

    @property
    def text(self) -> str:
        """The original text, without inserted line ends."""
        return self._text

    def show(self, text: str, style: str = "") -> None:
        """Replace the text, and the style unless ``style`` is ""."""
        if style:
            self.configure(style=style)
        if style or text != self._text:
            self._text = text
            self._wrap()

    def _wrap(self) -> None:
        wrapped = wrap_for(self, self._text, S(self._wide) or self._room())
        if wrapped != str(self.cget("text")):
            self.configure(text=wrapped)

    def _room(self) -> int:
        width = self.winfo_width()
        if width < S(40):
            width = S(240)
        # a glyph may be drawn slightly wider than it is measured
        return width - S(3)
