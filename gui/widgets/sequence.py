"""A live sequence diagram: the traffic between two ends, as arrows between two lifelines.

The three kinds of mark look different: *observed* is solid with a full disc, *derived* is dashed with a
hollow one, *simulated* is dotted, hollow and of its own colour. The legend under the diagram explains them.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk
from msgspec import Struct

from gui.look.look import S, look
from gui.look.shapes import mix
from gui.widgets.sequence_drawing import (
    EXPORT_ROWS,
    Mark,
    SequenceRow,
    SequenceWords,
    arrow_picture,
    row_colour,
    write_png,
    write_svg,
)
from gui.widgets.text_fit import fit
from gui.widgets.virtual_list import ListSource, Placed, RowSource, VirtualList

__all__ = ["SequenceDiagram", "SequenceRow", "SequenceWords"]
ROW = 38
MARKS: tuple[Mark, ...] = ("observed", "derived", "simulated")


class _Window:
    """A range of a source: from where it was cleared to where it was paused."""

    def __init__(self, source: RowSource[SequenceRow]) -> None:
        self.source = source
        self.first = 0
        self.held: int | None = None

    def count(self) -> int:
        stop = self.source.count() if self.held is None else self.held
        return max(0, stop - self.first)

    def fetch(self, start: int, stop: int) -> Sequence[SequenceRow]:
        return self.source.fetch(start + self.first, stop + self.first)


class _Lines(Struct, frozen=True):
    time: int
    local: int
    remote: int


class SequenceDiagram(VirtualList[SequenceRow]):
    """See the module. `on_pick(key)` is called when a row is clicked or reached with the keys."""

    def __init__(
        self,
        master: tk.Misc,
        source: RowSource[SequenceRow] | None = None,
        words: SequenceWords | None = None,
        on_pick: Callable[[int], None] | None = None,
        **options: Any,
    ) -> None:
        self.words = words or SequenceWords()
        self.on_pick = on_pick
        self._window = _Window(source if source is not None else ListSource())
        super().__init__(master, self._window, **options)
        self.head = ttk.Canvas(self, autostyle=False, bd=0, highlightthickness=0, height=S(36), width=S(240))
        self.legend = ttk.Canvas(
            self, autostyle=False, bd=0, highlightthickness=0, height=S(24), width=S(240)
        )
        self.canvas.pack_forget()
        self.scrollbar.pack_forget()
        self.head.pack(side="top", fill="x")
        self.legend.pack(side="bottom", fill="x")
        self.scrollbar.pack(side="right", fill="y")
        self.canvas.pack(side="left", fill="both", expand=True)
        self.canvas.configure(width=S(240))
        self.head.bind("<Configure>", lambda _e: self._draw_ends())
        self.legend.bind("<Configure>", lambda _e: self._draw_legend())
        look().watch(self, self._restyle_edges)
        self._restyle_edges()

    # --- For the owner ---

    def set_source(self, source: RowSource[SequenceRow], to_bottom: bool = True) -> None:
        self._window = _Window(source)
        super().set_source(self._window, to_bottom)

    def retext(self, words: SequenceWords) -> None:
        """Replace the texts, or the names of the ends."""
        self.words = words
        self.restyle()
        self._restyle_edges()

    @property
    def paused(self) -> bool:
        return self._window.held is not None

    def pause(self, on: bool) -> None:
        """Stop the display, while the source keeps growing; ending the pause shows all rows."""
        self._window.held = self._window.source.count() if on else None
        self.refresh()

    def clear(self) -> None:
        """Hide all present rows; the source keeps them."""
        self._window.first = self._window.source.count()
        if self._window.held is not None:
            self._window.held = self._window.first
        self.selection.clear()
        self.at_bottom = True
        self.invalidate()

    def shown_rows(self) -> list[SequenceRow]:
        """The rows for a picture: the last `EXPORT_ROWS` of those shown."""
        count = self._window.count()
        return list(self._window.fetch(max(0, count - EXPORT_ROWS), count))

    def saving(self, path: Path) -> Callable[[], None]:
        """A function that writes the diagram as it is now, callable on any thread: an SVG if the file's name
        ends so, else a PNG, which can take seconds. It raises OSError if the file cannot be written."""
        write = write_svg if path.suffix.lower() == ".svg" else write_png
        return partial(write, path, self.shown_rows(), self.words, look().palette)

    # --- Drawing ---

    def _restyle_edges(self) -> None:
        """Draw the names of the ends above the diagram, and the legend below."""
        for canvas in (self.head, self.legend):
            canvas.configure(background=look().palette.card)
        self.head.configure(height=S(36))
        self._draw_ends()
        self._draw_legend()

    def text_of(self, row: SequenceRow) -> str:
        sign = {"out": "->", "in": "<-", "": "  "}[row.direction]
        return "  ".join(part for part in (row.time_text, sign, row.label, row.detail, row.mark) if part)

    def measure(
        self, row: SequenceRow, before: SequenceRow | None, after: SequenceRow | None, width: int
    ) -> int:
        return S(ROW)

    def depends_on(self, index: int, row: SequenceRow) -> tuple[object, ...]:
        return (*super().depends_on(index, row), index == self._known - 1)

    def _lines(self, width: int) -> _Lines:
        return _Lines(S(50), S(66), max(S(140), width - S(34)))

    def paint(
        self,
        placed: Placed[SequenceRow],
        before: SequenceRow | None,
        after: SequenceRow | None,
        width: int,
        tag: str,
    ) -> None:
        row = placed.row
        p, c, at = look().palette, self.canvas, self._lines(width)
        colour = row_colour(row, p)
        top, middle = placed.y, placed.y + S(22)
        picked, newest = placed.index in self.selection, after is None
        if picked or newest or placed.index == self.hovered:
            fill = p.sel if picked else mix(p.card, colour, 0.10) if newest else p.soft
            box = (S(2), top + S(1), width - S(4), top + placed.height - S(1))
            self.shapes.round_rect(c, box, fill, S(8), (tag,))
        c.create_text(
            at.time,
            middle,
            anchor="e",
            text=row.time_text,
            font=look().font(8, mono=True),
            fill=p.faint,
            tags=tag,
        )
        if row.kind == "arrow":
            self._paint_arrow(row, at, middle, colour, tag)
        elif row.kind == "call":
            self._paint_call(row, at, middle, colour, width, tag)
        else:
            text = fit(look().font(8), row.label, width - at.local - S(16))
            c.create_text(
                (at.local + at.remote) // 2,
                middle,
                text=text,
                font=look().font(8),
                fill=p.mute if row.tone == "normal" else colour,
                tags=tag,
            )

    def _paint_arrow(self, row: SequenceRow, at: _Lines, middle: int, colour: str, tag: str) -> None:
        p, c = look().palette, self.canvas
        span = at.remote - at.local
        key = ("sequence", span, colour, p.card, row.mark, row.direction, S(10), row.lost)
        image = self.shapes.image(
            key,
            lambda: arrow_picture(
                span, S(10), colour, p.card, row.mark, row.direction == "out", S(8), row.lost
            ),
        )
        c.create_image((at.local + at.remote) // 2, middle + S(3), image=image, tags=tag)
        bold = look().font(8, bold=True)
        text = fit(bold, "  ".join(part for part in (row.label, row.detail) if part), span - S(12))
        c.create_text(
            (at.local + at.remote) // 2,
            middle - S(9),
            text=text,
            font=bold,
            fill=p.mute if row.tone == "mute" else colour,
            tags=tag,
        )

    def _paint_call(
        self, row: SequenceRow, at: _Lines, middle: int, colour: str, width: int, tag: str
    ) -> None:
        p, c, font = look().palette, self.canvas, look().font(8, mono=True)
        text = fit(font, row.label, width - at.local - S(24))
        wide = font.measure(text) + S(16)
        box = (at.local - S(8), middle - S(10), at.local - S(8) + wide, middle + S(10))
        if row.mark == "observed":
            self.shapes.round_rect(c, box, mix(p.card, colour, 0.18), S(6), (tag,))
        else:
            self.shapes.round_rect(c, box, p.card, S(6), (tag,))
            dash = (4, 3) if row.mark == "derived" else (1, 3)
            c.create_rectangle(*box, outline=colour, dash=dash, tags=tag)
        c.create_text(box[0] + S(8), middle, anchor="w", text=text, font=font, fill=colour, tags=tag)
        room = width - box[2] - S(14)
        if row.detail and room > S(24):
            small = look().font(8)
            c.create_text(
                box[2] + S(7),
                middle,
                anchor="w",
                text=fit(small, row.detail, room),
                font=small,
                fill=p.mute,
                tags=tag,
            )

    def after_paint(self) -> None:
        at, p = self._lines(self._width()), look().palette
        self.canvas.delete("lifeline")
        for x in (at.local, at.remote):
            self.canvas.create_line(x, 0, x, self.height, fill=p.line, dash=(2, 3), tags="lifeline")
        self.canvas.tag_lower("lifeline")

    def _draw_ends(self) -> None:
        c, p, bold = self.head, look().palette, look().font(9, bold=True)
        c.delete("all")
        width = max(c.winfo_width(), S(120))
        at = self._lines(width - self.scrollbar.winfo_reqwidth())
        ends = ((at.local, self.words.local, p.acc), (at.remote, self.words.remote, p.info))
        for x, name, colour in ends:
            text = fit(bold, name, width // 2 - S(40))
            half = max(S(26), bold.measure(text) // 2 + S(10))
            x = min(max(x, half + S(2)), width - half - S(2))
            box = (x - half, S(3), x + half, S(29))
            self.shapes.round_rect(c, box, mix(p.card, colour, 0.16), S(13))
            c.create_text(x, S(16), text=text, font=bold, fill=colour)

    def _draw_legend(self) -> None:
        c, p, small = self.legend, look().palette, look().font(8)
        c.delete("all")
        sample, width, x, y = S(22), max(c.winfo_width(), S(120)), S(8), S(12)
        for mark in MARKS:
            text = str(getattr(self.words, mark))
            wide = sample + S(12) + small.measure(text)
            if x > S(8) and x + wide > width:
                x, y = S(8), y + S(20)
            colour = p.sim if mark == "simulated" else p.acc
            key = ("legend", sample, colour, p.card, mark)
            draw = partial(arrow_picture, sample, S(3), colour, p.card, mark, True, S(6))
            c.create_image(x + sample // 2, y, image=self.shapes.image(key, draw))
            c.create_text(x + sample + S(6), y, anchor="w", text=text, font=small, fill=p.mute)
            x += wide + S(8)
        c.configure(height=y + S(12))

    def selected(self) -> None:
        super().selected()
        if self.on_pick and len(self.selection) == 1:
            row = self.row(self.selection.cursor)
            if row is not None:
                self.on_pick(row.key)
