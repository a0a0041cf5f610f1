"""Fixed-pitch text for reading, selecting and copying, but not for editing."""

from __future__ import annotations

import tkinter as tk
from typing import Literal

import ttkbootstrap as ttk

from gui.look.look import look


class ReadOnlyText(ttk.Text):
    """``width`` and ``height`` in characters, ``size`` of the type in points; with a field's background.
    ``hang``: so many characters what is wrapped stands in from the left."""

    def __init__(
        self,
        master: tk.Misc,
        width: int,
        height: int,
        size: int,
        wrap: Literal["none", "char", "word"] = "none",
        hang: int = 0,
    ) -> None:
        font = self._font = look().font(size, mono=True)
        super().__init__(
            master,
            autostyle=False,
            height=height,
            width=width,
            bd=0,
            highlightthickness=0,
            relief="flat",
            wrap=wrap,
            font=font,
            state="disabled",
        )
        self._hang = hang
        look().watch(self, self._restyle)
        self._restyle()

    @property
    def value(self) -> str:
        return self.get("1.0", "end-1c")

    def show(self, text: str) -> None:
        self.configure(state="normal")
        self.delete("1.0", "end")
        self.insert("1.0", text, "hung")
        self.configure(state="disabled")

    def _restyle(self) -> None:
        p = look().palette
        self.tag_configure("hung", lmargin2=self._hang * self._font.measure("0"))
        self.configure(background=p.soft, foreground=p.fg, selectbackground=p.sel, selectforeground=p.fg)
