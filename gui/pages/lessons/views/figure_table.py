"""Figures measured on this PC as a table: TCP and UDP side by side where both were measured."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from typing import NamedTuple

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.measured_words import (
    MEASURED_HERE,
    figure_meaning,
    figure_name,
    figure_value,
    row_values,
)
from gui.pages.lessons.sizes import Sizes
from gui.shared.i18n import _
from gui.widgets.text_fit import fit
from net.lab.recording import Measured

COLUMNS = ("tcp", "udp")
HEADS = ("TCP", "UDP")
NOT_MEASURED = "–"
UNKNOWN = "?"


class TableRow(NamedTuple):
    """``meaning``: what is counted, "" where the name says it."""

    name: str
    meaning: str
    values: tuple[str, ...]


def _row(name: str, *values: str) -> TableRow:
    return TableRow(figure_name(name), figure_meaning(name), values)


def table_rows(figures: Sequence[Measured]) -> tuple[tuple[str, ...], list[TableRow]]:
    """The columns' headings, and the rows. A figure named ``tcp-X`` stands in TCP's column of the row
    ``X``."""
    sides: dict[str, dict[str, Measured]] = {}
    single: list[Measured] = []
    for figure in figures:
        side, _dash, name = figure.name.partition("-")
        if side in COLUMNS and name:
            sides.setdefault(name, {})[side] = figure
        else:
            single.append(figure)
    if not sides:
        return (), [_row(each.name, figure_value(each)) for each in single]
    rows = [
        _row(name, *(value or NOT_MEASURED for value in row_values([found.get(side) for side in COLUMNS])))
        for name, found in sides.items()
    ]
    return HEADS, rows + [_row(each.name, figure_value(each), "") for each in single]


def asked_rows(ask: str) -> tuple[tuple[str, ...], list[TableRow]]:
    """As `table_rows`, with ``ask`` for each value."""
    return HEADS, [_row(name, *(ask for _side in COLUMNS)) for name in MEASURED_HERE]


class FigureTable(ttk.Canvas):
    """On a card."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(master, autostyle=False, bd=0, highlightthickness=0, width=10, height=10)
        self._sizes = sizes
        self._figures: tuple[Measured, ...] = ()
        self._ask = ""
        self.bind("<Configure>", lambda _e: self._paint())
        look().watch(self, self._paint)

    def show(self, figures: Sequence[Measured], ask: str = "") -> None:
        """``ask``: what stands for each value while nothing is measured, "" for that it is being
        measured."""
        self._figures, self._ask = tuple(figures), ask
        self._paint()

    def _paint(self) -> None:
        p, px = look().palette, self._sizes.px
        self.configure(background=p.card)
        self.delete("all")
        width, pad = self.winfo_width(), px(28)
        bold, text, title = (self._sizes.font(r) for r in ("text-bold", "text", "title"))
        label = self._sizes.font("label")
        if not self._figures and not self._ask:
            self.create_text(
                width // 2, self.winfo_height() // 2, text=_("Measuring on this PC …"), font=text,
                fill=legible(p.mute, p.card),
            )  # fmt: skip
            return
        heads, rows = table_rows(self._figures) if self._figures else asked_rows(self._ask)
        columns = len(rows[0].values)
        column = (width - 2 * pad) * (0.24 if columns == 2 else 0.3)
        rights = [width - pad - column * (columns - 1 - number) for number in range(columns)]
        y = px(20)
        for right, head in zip(rights, heads, strict=False):
            self.create_text(right, y, anchor="ne", text=head, font=title, fill=legible(p.acc, p.card))
        if heads:
            y += title.metrics("linespace") + px(8)
        each = min(px(84), max(px(44), (self.winfo_height() - y - px(12)) // len(rows)))
        for number, (name, meaning, values) in enumerate(rows):
            top, middle = y + number * each, y + number * each + each / 2
            if number % 2 == 0:
                box = (pad - px(12), top, width - pad + px(12), top + each)
                look().shapes.round_rect(self, box, p.soft, px(9), (), p.card)
            under = p.soft if number % 2 == 0 else p.card
            room = int(rights[0] - column - pad)
            lines = text.metrics("linespace") + label.metrics("linespace")
            # without a meaning, or where two lines have no room, the name stands in the middle
            up = label.metrics("linespace") / 2 if meaning and lines <= each else 0
            self.create_text(
                pad, middle - up, anchor="w", text=fit(text, name, room), font=text,
                fill=legible(p.fg, under),
            )  # fmt: skip
            if up:
                self.create_text(
                    pad, middle + text.metrics("linespace") / 2, anchor="w",
                    text=fit(label, meaning, room), font=label, fill=legible(p.mute, under),
                )  # fmt: skip
            for right, value in zip(rights, values, strict=True):
                self.create_text(
                    right, middle, anchor="e", text=fit(bold, value, int(column) - px(8)), font=bold,
                    fill=legible(p.fg, under),
                )  # fmt: skip
