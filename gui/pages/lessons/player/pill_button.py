"""A button in the stage's type, which grows with it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.look.shapes import mix
from gui.pages.lessons.sizes import Sizes


class PillButton(ttk.Canvas):
    """``surface``: returns the colour that it stands on. Enter and Space press it."""

    def __init__(
        self,
        master: tk.Misc,
        sizes: Sizes,
        text: str,
        command: Callable[[], object],
        surface: Callable[[], str],
    ) -> None:
        super().__init__(
            master,
            autostyle=False,
            bd=0,
            highlightthickness=0,
            width=10,
            height=10,
            cursor="hand2",
            takefocus=True,
        )
        self._sizes = sizes
        self._text = text
        self._command = command
        self._surface = surface
        self.bind("<ButtonRelease-1>", lambda _e: self.invoke())
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            self.bind(key, lambda _e: self.invoke())
        for change in ("<FocusIn>", "<FocusOut>", "<Enter>", "<Leave>"):
            self.bind(change, lambda event: self._paint(over=str(event.type) == "Enter"), add="+")
        look().watch(self, self._paint)
        self._paint()

    def retext(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._paint()

    def invoke(self) -> str:
        self._command()
        return "break"

    def _paint(self, over: bool = False) -> None:
        p, px, font = look().palette, self._sizes.px, self._sizes.font("label-bold")
        wide, high = font.measure(self._text) + px(32), font.metrics("linespace") + px(12)
        surface = self._surface()
        self.configure(width=wide, height=high, background=surface)
        self.delete("all")
        fill = mix(p.me, "#ffffff", 0.12) if over else p.me
        if self.focus_displayof() is self:
            look().shapes.round_rect(self, (0, 0, wide, high), p.fg, px(12), (), surface)
        inner = (2, 2, wide - 2, high - 2)
        look().shapes.round_rect(self, inner, fill, px(11), (), surface)
        self.create_text(wide / 2, high / 2, text=self._text, font=font, fill=legible(p.me_fg, fill, 4.5))
