"""A label that is an icon in one of the palette's tones."""

from __future__ import annotations

import tkinter as tk
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import look


class IconLabel(ttk.Label):
    """``size`` in logical units; `show` replaces the icon."""

    def __init__(self, master: tk.Misc, name: str = "", tone: str = "accent", size: int = 18) -> None:
        super().__init__(master, style="In.TLabel")
        self._size = size
        self._image: Any = None
        look().watch(self, self._paint)
        self.show(name, tone)

    def show(self, name: str, tone: str) -> None:
        self.name, self.tone = name, tone
        self._paint()

    def _paint(self) -> None:
        self._image = (
            look().icon(self.name, self._size, look().palette.tone(self.tone)) if self.name else None
        )
        self.configure(image=str(self._image) if self._image is not None else "")
