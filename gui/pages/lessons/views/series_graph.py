"""Figures measured once a second while an experiment went on, as lines: one chart for each unit, each line
with its name at its right end."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping, Sequence

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.measured_words import figure_name, figure_value
from gui.pages.lessons.player.idle_paint import IdlePaint
from gui.pages.lessons.sizes import Sizes
from gui.shared.i18n import _
from gui.shared.wording import count_text
from gui.widgets.text_fit import fit
from net.lab.recording import Measured

Series = Mapping[str, Sequence[Measured]]
_DASHES: tuple[tuple[int, ...], ...] = ((), (14, 6), (4, 4), (14, 4, 4, 4))
LABELS_PART = 0.30
"""Of the width, for the names at the right ends."""


def round_up(value: float) -> float:
    """The end of an axis: 1, 2 or 5 times a power of ten, at least ``value``."""
    if value <= 0:
        return 1.0
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * step for step in (1, 2, 5, 10) if power * step >= value)


class SeriesGraph(ttk.Canvas):
    """On a card. A line goes only as far as has been measured."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(master, autostyle=False, bd=0, highlightthickness=0, width=10, height=10)
        self._sizes = sizes
        self._title = ""
        self._series: Series = {}
        self._painting = IdlePaint(self, self._paint)
        self.bind("<Configure>", self._painting.soon)
        look().watch(self, self._painting.soon)

    def show(self, title: str, series: Series) -> None:
        self._title, self._series = title, series
        self._painting.soon()

    # --- Painting ---

    def _paint(self) -> None:
        p, px = look().palette, self._sizes.px
        self.configure(background=p.card)
        self.delete("all")
        width, height, pad = self.winfo_width(), self.winfo_height(), px(20)
        bold = self._sizes.font("label-bold")
        self.create_text(
            pad, px(8), anchor="nw", text=fit(bold, self._title, width - 2 * pad), font=bold,
            fill=legible(p.fg, p.card),
        )  # fmt: skip
        top = px(8) + bold.metrics("linespace") + px(6)
        if not self._series:
            self.create_text(
                width / 2, height / 2, text=_("Nothing measured yet"), font=self._sizes.font("text"),
                fill=legible(p.mute, p.card),
            )  # fmt: skip
            return
        units: dict[str, dict[str, Sequence[Measured]]] = {}
        for name, points in self._series.items():
            units.setdefault(points[0].unit, {})[name] = points
        begun = min(points[0].t for points in self._series.values())
        ended = max(points[-1].t for points in self._series.values())
        each = (height - top - px(8)) / len(units)
        for number, (unit, lines) in enumerate(units.items()):
            box = (pad, top + number * each, width - pad, top + (number + 1) * each - px(10))
            self._chart(unit, lines, box, begun, max(ended, begun + 1))

    def _chart(
        self,
        unit: str,
        lines: Mapping[str, Sequence[Measured]],
        box: tuple[float, float, float, float],
        begun: float,
        ended: float,
    ) -> None:
        p, px, label = look().palette, self._sizes.px, self._sizes.font("label")
        left, top, right, bottom = box
        high = 100.0 if unit == "percent" else round_up(max(e.value for line in lines.values() for e in line))
        ends = count_text(high) + (" %" if unit == "percent" else "")
        axis = left + label.measure(ends) + px(8)
        seconds = _("{count} s").format(count=round(ended - begun))
        floor = bottom - label.metrics("linespace")
        room = (right - axis) * (1 - LABELS_PART)
        quiet, line = legible(p.mute, p.card), max(1, px(1))
        for part, text in ((0.0, "0"), (1.0, ends)):
            y = floor - (floor - top) * part
            self.create_line(axis, y, axis + room, y, fill=p.line, width=line)
            self.create_text(
                axis - px(6), y, anchor="se" if not part else "ne", text=text, font=label, fill=quiet
            )
        self.create_text(axis + room, bottom, anchor="se", text=seconds, font=label, fill=quiet)
        labels: list[tuple[float, str, str]] = []
        colours = (p.acc, p.ok, p.warn, p.sim)
        for number, (name, points) in enumerate(lines.items()):
            colour = legible(colours[number % len(colours)], p.card)
            dash = _DASHES[number % len(_DASHES)]
            places: list[float] = []
            for point in points:
                places.append(axis + room * (point.t - begun) / (ended - begun))
                places.append(floor - (floor - top) * min(1.0, point.value / high))
            if len(points) > 1:
                self.create_line(*places, fill=colour, width=px(4), dash=dash)
            radius = px(5)
            x, y = places[-2:]
            self.create_oval(x - radius, y - radius, x + radius, y + radius, fill=colour, outline=colour)
            labels.append((y, f"{figure_name(name)}  {figure_value(points[-1])}", colour))
        self._name_lines(labels, axis + room + px(12), right, top, floor)

    def _name_lines(
        self, labels: list[tuple[float, str, str]], x: float, right: float, top: float, floor: float
    ) -> None:
        """The names beside the lines' ends, moved apart where they would lie over each other."""
        font = self._sizes.font("label-bold")
        high = font.metrics("linespace")
        lowest = floor - high * (len(labels) - 1)
        y = top
        for number, (wanted, text, colour) in enumerate(sorted(labels)):
            y = min(max(wanted, y), lowest + number * high)
            self.create_text(x, y, anchor="w", text=fit(font, text, int(right - x)), font=font, fill=colour)
            y += high
