"""What the kernel told, large: one line for each fact, and below the names that the program knows."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.player.idle_paint import IdlePaint
from gui.pages.lessons.sizes import Role, Sizes
from gui.shared.i18n import _
from gui.widgets.line_break import wrap
from gui.widgets.text_fit import fit


class ShownFact(NamedTuple):
    """``value`` "": this system has not told it."""

    name: str
    value: str


class FactsPanel(ttk.Canvas):
    """On a card."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(master, autostyle=False, bd=0, highlightthickness=0, width=10, height=10)
        self._sizes = sizes
        self._facts: tuple[ShownFact, ...] = ()
        self._names: Mapping[str, str] = {}
        self._without = ""
        self._painting = IdlePaint(self, self._paint)
        self.bind("<Configure>", self._painting.soon)
        look().watch(self, self._painting.soon)

    def show(self, facts: Sequence[ShownFact], names: Mapping[str, str], without: str) -> None:
        """``without``: a sentence for a system that does not tell these facts, or does the step otherwise."""
        self._facts, self._names, self._without = tuple(facts), names, without
        self._painting.soon()

    def needed(self, width: int) -> int:
        return self._layout(width, paint=False)

    def _paint(self) -> None:
        self.configure(background=look().palette.card)
        self.delete("all")
        self._layout(self.winfo_width(), paint=True)

    def _layout(self, width: int, *, paint: bool) -> int:
        px, p = self._sizes.px, look().palette
        y = 0
        if self._facts:
            y = self._line(_("The kernel says"), "label-bold", y, width, p.acc, paint) + px(4)
        missing = [fact for fact in self._facts if not fact.value]
        for name, value in self._facts:
            y = self._line(name, "label", y, width, p.mute, paint)
            told = value or _("not told here")
            y = self._line(told, "text-bold" if value else "label", y, width, p.fg, paint) + px(6)
        if self._without and (missing or not self._facts):
            font = self._sizes.font("text")
            text = wrap(self._without, font.measure, max(width, 40))
            if paint:
                self.create_text(0, y, anchor="nw", text=text, font=font, fill=legible(p.warn, p.card))
            y += font.metrics("linespace") * (text.count("\n") + 1) + px(6)
        if self._names:
            y = self._line(_("The program knows"), "label-bold", y, width, p.acc, paint) + px(4)
        for name, value in self._names.items():
            y = self._line(f"{name} = {value}", "code", y, width, p.fg, paint)
        return y

    def _line(self, text: str, role: Role, y: int, width: int, colour: str, paint: bool) -> int:
        font = self._sizes.font(role)
        if paint and width > 20:
            self.create_text(
                0, y, anchor="nw", text=fit(font, text, width), font=font,
                fill=legible(colour, look().palette.card),
            )  # fmt: skip
        return y + font.metrics("linespace")
