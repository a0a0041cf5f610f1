"""The traffic of a session as a table: time, direction, peer, text and hex dump side by side."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gui.look.look import S, look
from gui.look.shapes import BoundedCache, mix
from gui.widgets.line_break import soft_ends, with_soft_ends
from gui.widgets.peer_tag import CHARACTERS, peer_colour, peer_tag
from gui.widgets.text_fit import Span, clip, fit, showable
from gui.widgets.text_select import TextSelectList
from gui.widgets.virtual_list import Placed, RowSource

LogMode = Literal["text", "hex", "both"]
BYTES_PER_LINE = 16
NARROW_BYTES_PER_LINE = 8
MOST_CHARACTERS = 4_000
MOST_LINES = 40
MOST_BYTES = MOST_LINES * BYTES_PER_LINE
MOST_BLANK = 100
"""Characters: what is missing at the end of a shown text may be line ends that are not drawn."""
NARROW = 520


@dataclass(frozen=True)
class LogRow:
    """One read, write or note. `time` is local; `text` is the decoded message, with marks at `spans`, and
    `data` its bytes; of both only the beginning may be given. `size`: the bytes of the whole message;
    `whole`: `text` is all of it. `is_about`: `text` is about a message whose bytes are elsewhere."""

    key: int
    time: datetime
    direction: Literal["in", "out", "note"]
    peer: str
    text: str
    data: bytes = b""
    tone: Literal["normal", "ok", "warn", "error"] = "normal"
    spans: tuple[Span, ...] = ()
    size: int = 0
    whole: bool = True
    is_about: bool = False


@dataclass(frozen=True)
class LogWords:
    """`cut(n)`: only the beginning is shown of a message of n bytes."""

    cut: Callable[[int], str] = lambda size: f"… {size:,} B in all"


def hex_dump(data: bytes, width: int = BYTES_PER_LINE) -> tuple[str, str, str]:
    """Offsets, bytes and printable characters of `data`, each with one line per `width` bytes."""
    starts = range(0, len(data), width)
    half = width // 2
    rows = [data[start : start + width] for start in starts]
    return (
        "\n".join(f"{start:06x}" for start in starts),
        "\n".join(f"{row[:half].hex(' ')}  {row[half:].hex(' ')}".rstrip() for row in rows),
        "\n".join("".join(chr(b) if 0x20 <= b < 0x7F else "." for b in row) for row in rows),
    )


def clock_text(time: datetime, date: bool) -> str:
    """A moment to the millisecond, with its date or without."""
    day = f"{time:%Y-%m-%d} " if date else ""
    return f"{day}{time:%H:%M:%S}.{time.microsecond // 1000:03d}"


def log_text(row: LogRow, mode: LogMode) -> str:
    """A row as text, for copying. Any thread."""
    mark = {"in": "<", "out": ">", "note": "-"}[row.direction]
    head = f"{clock_text(row.time, date=True)} {mark} {row.peer}"
    if mode == "text" or row.direction == "note" or row.is_about:
        return f"{head} {row.text}"
    dump = "\n".join("  ".join(line) for line in zip(*map(str.splitlines, hex_dump(row.data)), strict=False))
    return f"{head}\n{dump}" if mode == "hex" else f"{head} {row.text}\n{dump}"


@dataclass(frozen=True)
class _Columns:
    """The left edges of the columns, in pixels; a column without room is at 0 and absent. ``peer_width``: 0
    where peers are not told."""

    arrow: int
    peer: int
    peer_width: int = 0
    text: int = 0
    text_width: int = 0
    hex: int = 0
    stacked: bool = False
    per_line: int = BYTES_PER_LINE


class LogList(TextSelectList[LogRow]):
    """See the module. A dump that does not fit beside the text is put below it."""

    def __init__(
        self,
        master: tk.Misc,
        source: RowSource[LogRow] | None = None,
        words: LogWords | None = None,
        mode: LogMode = "both",
        **options: Any,
    ) -> None:
        self.words = words or LogWords()
        self.mode: LogMode = mode
        self.dates = False
        self.several = False
        self._heights: BoundedCache[tuple[int, int, int], tuple[int, tuple[int, ...]]] = BoundedCache(5000)
        super().__init__(master, source, **options)
        self._probe = self.canvas.create_text(-9999, -9999, anchor="nw")

    def retext(self, words: LogWords) -> None:
        self.words = words
        self.restyle()

    def set_mode(self, mode: LogMode) -> None:
        """Show "text", "hex" or "both"."""
        self.mode = mode
        self.restyle()

    def show_dates(self, on: bool) -> None:
        """Whether the time column begins with the date."""
        self.dates = on
        self.restyle()

    def show_peers(self, several: bool) -> None:
        """Whether the rows are of several peers: then each tells its own, however narrow the list is, notes
        too."""
        if several != self.several:
            self.several = several
            self.restyle()

    def text_of(self, row: LogRow) -> str:
        return log_text(row, self.mode)

    def forget_measures(self) -> None:
        self._heights.clear()

    def _clock(self, row: LogRow) -> str:
        return clock_text(row.time, self.dates)

    def _columns(self, width: int) -> _Columns:
        mono = look().font(9, mono=True)
        one = mono.measure("0")
        arrow = S(8) + one * (23 if self.dates else 12) + S(10)
        peer = arrow + S(20)
        wide = width >= S(NARROW)
        peer_width = one * 20 if wide else one * (CHARACTERS + 2) if self.several else 0
        text = peer + (peer_width + one if peer_width else 0) + S(4)
        per_line = BYTES_PER_LINE
        if self._dump_width(one, per_line) > width - S(18):
            per_line = NARROW_BYTES_PER_LINE
        dump = self._dump_width(one, per_line)
        room = width - text - S(10)
        if self.mode == "text":
            return _Columns(arrow, peer, peer_width, text=text, text_width=max(S(60), room))
        if self.mode == "hex":
            beside_peer = text if text + dump <= width - S(10) else peer
            left = min(beside_peer, max(S(8), width - S(10) - dump))
            return _Columns(arrow, peer, peer_width, hex=left, per_line=per_line)
        beside = room - dump - S(16)
        if beside >= S(140):
            left = text + beside + S(16)
            return _Columns(
                arrow, peer, peer_width, text=text, text_width=beside, hex=left, per_line=per_line
            )
        under = text if text + dump <= width - S(10) else max(S(8), width - S(10) - dump)
        return _Columns(
            arrow,
            peer,
            peer_width,
            text=text,
            text_width=max(S(60), room),
            hex=under,
            stacked=True,
            per_line=per_line,
        )

    @staticmethod
    def _dump_width(one: int, per_line: int) -> int:
        """The width of a dump line (offsets, hex and characters), with characters ``one`` pixel wide."""
        return one * (6 + 2 + 3 * per_line + 2 + per_line)

    def _shown_text(self, row: LogRow) -> str:
        return showable(clip(row.text, MOST_CHARACTERS, MOST_LINES)).rstrip() or " "

    def _laid_out(self, row: LogRow, width: int) -> tuple[int, tuple[int, ...]]:
        """The height of the row's text, and the offsets of its soft line ends."""
        key = (row.key, len(row.text), width)
        found = self._heights.get(key)
        if found is None:
            font, text = look().font(9, mono=True), self._shown_text(row)
            ends = tuple(soft_ends(text, font.measure, width))
            _width, height = self.canvas.measure_text(self._probe, with_soft_ends(text, ends), width, font)
            found = self._heights.put(key, (height, ends))
        return found

    def _alone(self, row: LogRow, columns: _Columns) -> int:
        """The left edge of a text with nothing beside or below it: a note, or words about a message; 0 for
        others."""
        if row.direction == "note":
            # behind its peer, if that is told
            told = self.several and row.peer
            return columns.peer + (columns.peer_width + look().font(9, mono=True).measure("0") if told else 0)
        return (columns.text or columns.hex) if row.is_about else 0

    def _is_cut(self, row: LogRow) -> bool:
        """Whether only the beginning of the row is drawn."""
        if self.mode == "text" or row.direction == "note" or row.is_about:
            return not row.whole or len(row.text) > len(self._shown_text(row)) + MOST_BLANK
        return row.size > MOST_BYTES

    def measure(self, row: LogRow, before: LogRow | None, after: LogRow | None, width: int) -> int:
        columns, line = self._columns(width), look().font(9, mono=True).metrics("linespace")
        left = self._alone(row, columns)
        text = dump = 0
        if left:
            text = self._laid_out(row, width - left - S(10))[0]
        elif columns.text:
            text = self._laid_out(row, columns.text_width)[0]
        if columns.hex and not left:
            dump = line * max(1, -(-min(len(row.data), MOST_BYTES) // columns.per_line))
        content = text + dump + S(2) if columns.stacked and not left else max(text, dump)
        return max(content, line) + S(7) + (line if self._is_cut(row) else 0)

    def paint(
        self, placed: Placed[LogRow], before: LogRow | None, after: LogRow | None, width: int, tag: str
    ) -> None:
        row = placed.row
        p, c, mono = look().palette, self.canvas, look().font(9, mono=True)
        surface = p.card
        if placed.index in self.selection or placed.index == self.hovered:
            surface = p.sel if placed.index in self.selection else p.soft
            box = (S(2), placed.y, width - S(2), placed.y + placed.height)
            self.shapes.round_rect(c, box, surface, S(7), (tag,))
        columns, y = self._columns(width), placed.y + S(3)
        line = mono.metrics("linespace")
        c.create_text(S(8), y, anchor="nw", text=self._clock(row), font=mono, fill=p.faint, tags=tag)
        colour = {"in": p.ok, "out": p.acc, "note": p.mute}[row.direction]
        sign = {"in": "arrow-left", "out": "arrow-right", "note": "dot"}[row.direction]
        if row.tone != "normal":
            colour = p.tone(row.tone)
        image = look().icon(sign, 13, colour)
        c.create_image(columns.arrow + S(6), y + line // 2, image=image, tags=tag)
        left = self._alone(row, columns)
        if columns.peer_width and (row.direction != "note" or left > columns.peer):
            text = fit(mono, row.peer, columns.peer_width) if width >= S(NARROW) else peer_tag(row.peer)
            fill = peer_colour(row.peer, p) if self.several else p.mute
            c.create_text(columns.peer, y, anchor="nw", text=text, font=mono, fill=fill, tags=tag)
        if left:
            shade = colour if row.direction == "note" else p.mute
            self._text(row, left, y, width - left - S(10), shade, surface, tag)
            return
        bottom = y
        if columns.text:
            shade = p.fg if row.tone == "normal" else colour
            bottom = y + self._text(row, columns.text, y, columns.text_width, shade, surface, tag)
        if columns.hex:
            top = bottom + S(2) if columns.stacked else y
            bottom = max(bottom, top + self._dump(row, columns, top, tag))
        if self._is_cut(row):
            c.create_text(
                columns.text or columns.hex,
                placed.y + placed.height - S(3),
                anchor="sw",
                tags=tag,
                text=self.words.cut(row.size),
                font=look().font(8),
                fill=p.acc,
            )

    def _text(self, row: LogRow, x: int, y: int, width: int, colour: str, surface: str, tag: str) -> int:
        text, font = self._shown_text(row), look().font(9, mono=True)
        height, ends = self._laid_out(row, width)
        item = self.canvas.create_text(
            x,
            y,
            anchor="nw",
            text=with_soft_ends(text, ends),
            width=width,
            font=font,
            fill=colour,
            tags=self.part(tag, "text"),
        )
        self.put_marks(item, text, ends, row.spans, font, surface, tag)
        return height

    def _dump(self, row: LogRow, columns: _Columns, y: int, tag: str) -> int:
        x, per_line = columns.hex, columns.per_line
        p, font = look().palette, look().font(9, mono=True)
        one = font.measure("0")
        offsets, digits, characters = hex_dump(row.data[:MOST_BYTES], per_line)
        for at, text, colour, name in (
            (0, offsets, p.faint, "offset"),
            (8, digits, mix(p.fg, p.acc, 0.25), "hex"),
            (8 + 3 * per_line + 2, characters, p.mute, "chars"),
        ):
            self.canvas.create_text(
                x + at * one, y, anchor="nw", text=text, font=font, fill=colour, tags=self.part(tag, name)
            )
        return font.metrics("linespace") * max(1, offsets.count("\n") + 1)
