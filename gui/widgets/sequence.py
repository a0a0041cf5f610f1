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
from gui.widgets.peer_tag import peer_colour, peer_tag
from gui.widgets.sequence_drawing import (
    EXPORT_ROWS,
    LOST_AT,
    Mark,
    SequenceRow,
    SequenceWords,
    arrow_picture,
    inside,
    row_colour,
    write_png,
    write_svg,
)
from gui.widgets.text_fit import fit, showable
from gui.widgets.virtual_list import ListSource, Placed, RowSource, VirtualList

__all__ = ["SequenceDiagram", "SequenceRow", "SequenceWords"]
ROW = 38
BYTES_ROW = 54
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
        inside = " | ".join(row.parts) + (
            f" +{row.messages - len(row.parts)}" if row.messages > len(row.parts) else ""
        )
        parts = (row.time_text, row.peer, sign, row.label, inside, row.detail, row.mark)
        return "  ".join(part for part in parts if part)

    def measure(
        self, row: SequenceRow, before: SequenceRow | None, after: SequenceRow | None, width: int
    ) -> int:
        return S(BYTES_ROW if row.kind == "bytes" else ROW)

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
        room = at.remote - at.local - S(12)
        if row.peer and row.kind in ("arrow", "call"):
            room -= self._paint_peer(row, at, middle, tag)
        if row.kind == "arrow":
            self._paint_arrow(row, at, middle, colour, room, tag)
        elif row.kind == "bytes":
            self._paint_bytes(row, at, top, colour, width, tag)
        elif row.kind == "call":
            self._paint_call(row, at, middle, colour, at.local + room if row.peer else width, tag)
        else:
            text = f"{peer_tag(row.peer)}  {row.label}" if row.peer else row.label
            text = fit(look().font(8), text, width - at.local - S(16))
            c.create_text(
                (at.local + at.remote) // 2,
                middle,
                text=text,
                font=look().font(8),
                fill=p.mute if row.tone == "normal" else colour,
                tags=tag,
            )

    def _paint_peer(self, row: SequenceRow, at: _Lines, middle: int, tag: str) -> int:
        """Whose row it is, before the right lifeline; returns the room that it takes."""
        small, text = look().font(8, bold=True), peer_tag(row.peer)
        x, y = at.remote - S(6), middle if row.kind == "call" else middle - S(10)
        fill = peer_colour(row.peer, look().palette)
        self.canvas.create_text(x, y, anchor="e", text=text, font=small, fill=fill, tags=tag)
        return small.measure(text) + S(10)

    def _put_arrow(self, row: SequenceRow, mark: Mark, at: _Lines, y: int, colour: str, tag: str) -> None:
        p, span = look().palette, at.remote - at.local
        rightwards = row.direction == "out"
        key = ("sequence", span, colour, p.card, mark, row.direction, S(10), row.lost, row.arrives)
        draw = partial(
            arrow_picture, span, S(10), colour, p.card, mark, rightwards, S(8), row.lost, row.arrives
        )
        image = self.shapes.image(key, draw)
        self.canvas.create_image((at.local + at.remote) // 2, y, image=image, tags=tag)

    def _paint_arrow(
        self, row: SequenceRow, at: _Lines, middle: int, colour: str, room: int, tag: str
    ) -> None:
        self._put_arrow(row, row.mark, at, middle + S(3), colour, tag)
        bold = look().font(8, bold=True)
        self.canvas.create_text(
            at.local + S(6) + room // 2,
            middle - S(9),
            text=fit(bold, "  ".join(part for part in (row.label, row.detail) if part), room),
            font=bold,
            fill=look().palette.mute if row.tone == "mute" else colour,
            tags=tag,
        )

    def _paint_bytes(self, row: SequenceRow, at: _Lines, top: int, colour: str, width: int, tag: str) -> None:
        """A call, its messages in it as cells; its arrow is below it if it goes out, above it if it comes."""
        p, c, mono, small = look().palette, self.canvas, look().font(8, mono=True), look().font(8)
        out = row.direction == "out"
        middle, arrow = (top + S(14), top + S(38)) if out else (top + S(38), top + S(14))
        left, pad, space = at.local - S(8), S(5), S(3)
        x = left + S(8) + mono.measure(row.label) + S(8)
        gap = 2 * pad + space
        parts = [showable(part) for part in row.parts]
        texts = inside(parts, row.messages, width - S(8) - x, small.measure, gap)
        right = x + sum(small.measure(text) + gap for text in texts)
        box = (left, middle - S(11), right, middle + S(11))
        ground = mix(p.card, colour, 0.18)
        if row.mark == "observed":
            self.shapes.round_rect(c, box, ground, S(6), (tag,))
        else:
            ground = p.card
            self.shapes.round_rect(c, box, ground, S(6), (tag,))
            c.create_rectangle(*box, outline=colour, dash=(4, 3), tags=tag)
        c.create_text(left + S(8), middle, anchor="w", text=row.label, font=mono, fill=colour, tags=tag)
        for text in texts:
            wide = small.measure(text) + 2 * pad
            if not text.startswith("+"):
                self.shapes.round_rect(c, (x, middle - S(8), x + wide, middle + S(8)), p.card, S(4), (tag,))
            c.create_text(x + wide // 2, middle, text=text, font=small, fill=p.fg, tags=tag)
            x += wide + space
        if row.flies:
            self._put_arrow(row, "derived", at, arrow, colour, tag)
            if row.peer:
                self._paint_on_arrow(row, at, arrow, tag)
        if row.detail and row.arrives:
            text = fit(small, row.detail, max(S(20), width - S(8) - right))
            c.create_text(right + S(6), middle, anchor="w", text=text, font=small, fill=p.mute, tags=tag)
        elif row.detail:
            x = at.local + round((at.remote - at.local) * LOST_AT) + S(6)
            text = fit(small, row.detail, width - x - S(4))
            c.create_text(x, arrow + S(3), anchor="w", text=text, font=small, fill=colour, tags=tag)

    def _paint_on_arrow(self, row: SequenceRow, at: _Lines, y: int, tag: str) -> None:
        """Whose bytes these are, in the middle of their arrow."""
        p, small = look().palette, look().font(8, bold=True)
        share = 0.5 if row.arrives else LOST_AT / 2
        start, stop = (at.local, at.remote) if row.direction == "out" else (at.remote, at.local)
        x, text = round(start + (stop - start) * share), peer_tag(row.peer)
        half, high = small.measure(text) // 2 + S(3), S(7)
        box = (x - half, y - high, x + half, y + high)
        self.canvas.create_rectangle(*box, fill=p.card, width=0, tags=tag)
        self.canvas.create_text(x, y, text=text, font=small, fill=peer_colour(row.peer, p), tags=tag)

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
            if mark == "observed":
                # Calls are boxes, and they are observed.
                self.shapes.round_rect(c, (x, y - S(6), x + S(14), y + S(6)), mix(p.card, p.info, 0.3), S(4))
                x += S(18)
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
