"""The cases of a lesson on the stage, to be talked about before one decides."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.sizes import Sizes
from gui.widgets.line_break import wrap

COLUMNS = 3


class CaseCards(ttk.Canvas):
    """On a card. Numbered, `COLUMNS` beside each other; a press on one decides."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(
            master, autostyle=False, bd=0, highlightthickness=0, width=10, height=10, cursor="hand2"
        )
        self._sizes = sizes
        self._cases: tuple[str, ...] = ()
        self._decide: Callable[[], object] = lambda: None
        self.bind("<Configure>", lambda _e: self._paint())
        self.bind("<ButtonRelease-1>", lambda _e: self._decide())
        look().watch(self, self._paint)

    def show(self, cases: Sequence[str], decide: Callable[[], object]) -> None:
        """``decide()``: one of them was pressed."""
        self._cases, self._decide = tuple(cases), decide
        self._paint()

    def _paint(self) -> None:
        p, px = look().palette, self._sizes.px
        self.configure(background=p.card)
        self.delete("all")
        if not self._cases:
            return
        number_font, font = self._sizes.font("title"), self._sizes.font("text")
        gap, pad = px(12), px(16)
        rows = math.ceil(len(self._cases) / COLUMNS)
        wide = (self.winfo_width() - gap * (COLUMNS + 1)) / COLUMNS
        high = (self.winfo_height() - gap * (rows + 1)) / rows
        for place, text in enumerate(self._cases):
            x = gap + (place % COLUMNS) * (wide + gap)
            y = gap + (place // COLUMNS) * (high + gap)
            look().shapes.round_rect(self, (x, y, x + wide, y + high), p.soft, px(10), (), p.card)
            self.create_text(
                x + pad, y + pad, anchor="nw", text=str(place + 1), font=number_font,
                fill=legible(p.acc, p.soft),
            )  # fmt: skip
            self.create_text(
                x + pad, y + pad + number_font.metrics("linespace") + px(4), anchor="nw",
                text=wrap(text, font.measure, max(40, int(wide - 2 * pad))), font=font,
                fill=legible(p.fg, p.soft),
            )  # fmt: skip
