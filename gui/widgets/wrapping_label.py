"""A label whose text wraps at its own width."""

from __future__ import annotations

import tkinter as tk
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.line_break import wrap_for


class WrappingLabel(ttk.Label):
    """A label whose text wraps at its own width, whatever that becomes; Chinese breaks between characters."""

    def __init__(self, master: tk.Misc, style: str, text: str = "", **options: Any) -> None:
        super().__init__(master, style=style, justify=options.pop("justify", "left"), **options)
        self._text = text
        self.bind("<Configure>", lambda _e: self._wrap())
        look().watch(self, self._wrap)
        self._wrap()

    @property
    def text(self) -> str:
        """The text as it was given, without the line ends put in."""
        return self._text

    def show(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._wrap()

    def _wrap(self) -> None:
        width = self.winfo_width()
        if width < S(40):
            width = S(240)
        # a glyph may be drawn a little wider than it is measured
        wrapped = wrap_for(self, self._text, width - S(3))
        if wrapped != str(self.cget("text")):
            self.configure(text=wrapped)
