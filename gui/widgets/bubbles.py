"""A conversation as bubbles: theirs on the left, ours on the right, notes in the middle.

Consecutive rows of one author form a group: the corners between them are tight, the time stands under the
last one. A new day begins with its date. A long message shows its beginning and "show all".
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from gui.look.look import S, look
from gui.look.shapes import BoundedCache, mix
from gui.widgets.line_break import soft_ends, with_soft_ends
from gui.widgets.text_fit import Span, clip, fit, showable
from gui.widgets.text_select import TextSelectList
from gui.widgets.virtual_list import Placed, RowSource

Side = Literal["in", "out", "note"]
Tone = Literal["normal", "ok", "warn", "error"]
GROUP_WITHIN = timedelta(minutes=5)
COLLAPSED_CHARACTERS = 4_000
COLLAPSED_LINES = 40
EXPANDED_CHARACTERS = 20_000
EXPANDED_LINES = 400
WIDEST = 460


@dataclass(frozen=True)
class BubbleRow:
    """One message or note. `time` is local; `meta` is shown beside the time ("read", "12 B"); `spans` mark
    parts of `text`. A note without text is not drawn and takes no room. `size`: if `text` is only the
    beginning of the message, the bytes of all of it, else 0.
    """

    key: int
    side: Side
    text: str
    time: datetime
    author: str = ""
    tone: Tone = "normal"
    meta: str = ""
    spans: tuple[Span, ...] = ()
    size: int = 0


@dataclass(frozen=True)
class BubbleWords:
    """The list's own texts, in the interface's language. `show_all(n)`: n characters are not shown;
    `show_whole(n)`: of a message of n bytes only the beginning is."""

    show_all: Callable[[int], str] = lambda hidden: f"Show all (+{hidden:,})"
    show_whole: Callable[[int], str] = lambda size: f"Show all of it ({size:,} B)"
    show_less: str = "Show less"
    day: Callable[[date], str] = lambda day: day.isoformat()
    time: Callable[[datetime], str] = lambda time: time.strftime("%H:%M")


@dataclass(frozen=True)
class _Shape:
    """How a row is laid out, in pixels from its top."""

    day: int
    author: int = 0
    gap: int = 0
    text_width: int = 0
    text_height: int = 0
    pad: int = 0
    more: int = 0
    under: int = 0

    @property
    def height(self) -> int:
        return self.day + self.author + self.gap + self.text_height + self.pad + self.more + self.under


@dataclass(frozen=True)
class _Laid:
    """A text's size in pixels, and the offsets of its soft line ends."""

    width: int
    height: int
    ends: tuple[int, ...]


class BubbleList(TextSelectList[BubbleRow]):
    """See the module. `show_authors` puts the author's name above each of their groups.

    `on_show_all(row)` handles "show all" for messages too long even for an expanded bubble.
    """

    def __init__(
        self,
        master: tk.Misc,
        source: RowSource[BubbleRow] | None = None,
        words: BubbleWords | None = None,
        **options: Any,
    ) -> None:
        self.words = words or BubbleWords()
        self.show_authors = False
        self.on_show_all: Callable[[BubbleRow], None] | None = None
        self._expanded: set[int] = set()
        self._texts: BoundedCache[tuple[int, int, bool], _Laid] = BoundedCache(5000)
        super().__init__(master, source, **options)
        self._probe = self.canvas.create_text(-9999, -9999, anchor="nw")

    def retext(self, words: BubbleWords) -> None:
        """Replace the list's texts."""
        self.words = words
        self.restyle()

    def text_of(self, row: BubbleRow) -> str:
        return row.text

    def forget_measures(self) -> None:
        self._texts.clear()

    # --- Layout ---

    def _wrap(self, width: int, note: bool = False) -> int:
        return max(S(60), int(width * 0.8)) if note else max(S(60), min(S(WIDEST), int(width * 0.70) - S(46)))

    def _shown(self, row: BubbleRow) -> str:
        opened = row.key in self._expanded
        characters = EXPANDED_CHARACTERS if opened else COLLAPSED_CHARACTERS
        lines = EXPANDED_LINES if opened else COLLAPSED_LINES
        return showable(clip(row.text, characters, lines)) or " "

    def _is_cut(self, row: BubbleRow) -> bool:
        return row.size > 0 or len(row.text) > len(self._shown(row))

    def _laid(self, row: BubbleRow, width: int) -> _Laid:
        key = (row.key, len(row.text), row.key in self._expanded)
        found = self._texts.get(key)
        if found is None:
            note = row.side == "note"
            font, wrap, text = look().font(9 if note else 11), self._wrap(width, note), self._shown(row)
            ends = tuple(soft_ends(text, font.measure, wrap))
            wide, high = self.canvas.measure_text(self._probe, with_soft_ends(text, ends), wrap, font)
            found = self._texts.put(key, _Laid(wide, high, ends))
        return found

    def body_size(self, row: BubbleRow, width: int) -> tuple[int, int]:
        """Width and height of the bubble's content; a subclass may add to the text."""
        laid = self._laid(row, width)
        return laid.width, laid.height

    def _together(self, one: BubbleRow | None, two: BubbleRow | None) -> bool:
        return (
            one is not None
            and two is not None
            and one.side == two.side != "note"
            and one.author == two.author
            and one.time.date() == two.time.date()
            and two.time - one.time < GROUP_WITHIN
        )

    def _shape(self, row: BubbleRow, before: BubbleRow | None, after: BubbleRow | None, width: int) -> _Shape:
        new_day = before is None or before.time.date() != row.time.date()
        if row.side == "note" and not row.text:
            return _Shape(day=S(44) if new_day else 0)
        w, h = self.body_size(row, width)
        first, last = not self._together(before, row), not self._together(row, after)
        follows = row.side == "note" and before is not None and before.side == "note"
        named = self.show_authors and first and row.side == "in" and bool(row.author)
        return _Shape(
            day=S(44) if new_day else 0,
            author=S(20) if named else 0,
            gap=S(14) if first and not new_day and not follows else S(4),
            text_width=w,
            text_height=h,
            pad=S(8) if row.side == "note" else 2 * S(9),
            more=S(24) if self._is_cut(row) or row.key in self._expanded else 0,
            under=(S(20) if last else 0) if row.side != "note" else S(2),
        )

    def measure(self, row: BubbleRow, before: BubbleRow | None, after: BubbleRow | None, width: int) -> int:
        return self._shape(row, before, after, width).height

    def depends_on(self, index: int, row: BubbleRow) -> tuple[object, ...]:
        return (index in self.selection, index == self.hovered, row.key in self._expanded)

    # --- Drawing ---

    def paint(
        self,
        placed: Placed[BubbleRow],
        before: BubbleRow | None,
        after: BubbleRow | None,
        width: int,
        tag: str,
    ) -> None:
        row = placed.row
        shape = self._shape(row, before, after, width)
        p, y = look().palette, placed.y
        if shape.day:
            self._pill(width // 2, y + S(24), self.words.day(row.time.date()), tag)
        if not shape.text_height:
            return
        y += shape.day
        surface = p.sel if placed.index in self.selection else p.card
        if placed.index in self.selection:
            box = (S(2), y, width - S(4), placed.y + placed.height - (S(2) if row.side != "note" else 0))
            self.shapes.round_rect(self.canvas, box, p.sel, S(10), (tag,), p.card)
        y += shape.gap
        if row.side == "note":
            self._paint_note(row, shape, y, width, surface, tag)
            return
        if shape.author:
            name = fit(look().font(9, bold=True), row.author, width - S(80))
            self.canvas.create_text(
                S(50),
                y,
                anchor="nw",
                text=name,
                font=look().font(9, bold=True),
                fill=self.colour_of(row.author),
                tags=tag,
            )
            y += shape.author
        first, last = not self._together(before, row), not self._together(row, after)
        self._paint_bubble(row, shape, y, width, (first, last), placed.index == self.hovered, surface, tag)

    def _pill(self, x: int, y: int, text: str, tag: str) -> None:
        p, font = look().palette, look().font(8)
        half = font.measure(text) // 2 + S(14)
        self.shapes.round_rect(
            self.canvas, (x - half, y - S(11), x + half, y + S(11)), p.soft, S(11), (tag,), p.card
        )
        self.canvas.create_text(x, y, text=text, fill=p.mute, font=font, tags=tag)

    def _paint_note(self, row: BubbleRow, shape: _Shape, y: int, width: int, surface: str, tag: str) -> None:
        p = look().palette
        colour = p.mute if row.tone == "normal" else p.tone(row.tone)
        fill = p.soft if row.tone == "normal" else mix(p.card, colour, 0.12)
        half, height = shape.text_width // 2 + S(12), shape.text_height + S(8)
        box = (width // 2 - half, y, width // 2 + half, y + height)
        self.shapes.round_rect(self.canvas, box, fill, min(S(13), height // 2), (tag,), surface)
        text, ends, font = self._shown(row), self._laid(row, width).ends, look().font(9)
        item = self.canvas.create_text(
            width // 2 - shape.text_width // 2,
            y + S(4),
            anchor="nw",
            text=with_soft_ends(text, ends),
            width=self._wrap(width, True) + 1,
            font=font,
            fill=colour,
            justify="left",
            tags=self.part(tag, "text"),
        )
        self.put_marks(item, text, ends, row.spans, font, fill, tag)

    def _paint_bubble(
        self,
        row: BubbleRow,
        shape: _Shape,
        y: int,
        width: int,
        ends: tuple[bool, bool],
        hovered: bool,
        surface: str,
        tag: str,
    ) -> None:
        first, last = ends
        mine = row.side == "out"
        fill, colour = self._bubble_colours(row)
        more = self._more_text(row) if shape.more else ""
        wide = max(shape.text_width, look().font(9, bold=True).measure(more) if more else 0) + 2 * S(14)
        high = shape.text_height + 2 * S(9) + shape.more
        x = width - wide - S(12) if mine else S(46)
        big, small = S(16), S(5)
        upper, lower = big if first else small, small
        radii = (big, upper, lower, big) if mine else (upper, big, big, lower)
        box = (x, y, x + wide, y + high)
        self.shapes.round_rect(self.canvas, box, fill, radii, (tag,), surface)
        self.paint_body(row, x + S(14), y + S(9), shape.text_width, (fill, colour), tag)
        if more:
            self._paint_more(row, more, x + S(14), y + high - S(10), colour, tag)
        if last:
            self._paint_clock(
                row, width - S(16) if mine else x + S(4), y + high + S(11), "e" if mine else "w", tag
            )
        elif hovered:
            beside = x - S(8) if mine else x + wide + S(8)
            self._paint_clock(row, beside, y + high / 2, "e" if mine else "w", tag)
        if not mine and last:
            self._avatar(row.author, y + high, tag)

    def _bubble_colours(self, row: BubbleRow) -> tuple[str, str]:
        """The colours of the bubble itself, and of its text."""
        p = look().palette
        mine = row.side == "out"
        fill, colour = (p.me, p.me_fg) if mine else (p.you, p.you_fg)
        if row.tone != "normal" and mine:
            fill = mix(p.tone(row.tone), "#000000", 0.35 if p.dark else 0.1)
        elif row.tone != "normal":
            fill = mix(fill, p.tone(row.tone), 0.22)
        return fill, colour

    def _paint_more(self, row: BubbleRow, text: str, x: int, y: int, colour: str, tag: str) -> None:
        """The "show all" or "show less" link."""
        link = self.canvas.create_text(
            x,
            y,
            anchor="sw",
            text=text,
            font=look().font(9, bold=True),
            fill=mix(colour, look().palette.acc, 0.0 if row.side == "out" else 0.75),
            tags=tag,
        )
        self.canvas.tag_bind(link, "<Button-1>", lambda _e: self._toggle_more(row))

    def _paint_clock(self, row: BubbleRow, x: int, y: float, anchor: Literal["e", "w"], tag: str) -> None:
        clock = "  ".join(part for part in (self.words.time(row.time), row.meta) if part)
        self.canvas.create_text(
            x, y, anchor=anchor, text=clock, font=look().font(8), fill=look().palette.faint, tags=tag
        )

    def paint_body(
        self, row: BubbleRow, x: int, y: int, width: int, colours: tuple[str, str], tag: str
    ) -> None:
        """Draw the bubble's content in `colours` (the bubble's, the text's) from its inner top left
        corner."""
        text, ends, font = self._shown(row), self._laid(row, self._width()).ends, look().font(11)
        item = self.canvas.create_text(
            x,
            y,
            anchor="nw",
            text=with_soft_ends(text, ends),
            width=self._wrap(self._width()) + 1,
            font=font,
            fill=colours[1],
            tags=self.part(tag, "text"),
        )
        self.put_marks(item, text, ends, row.spans, font, colours[0], tag)

    def colour_of(self, author: str) -> str:
        """The colour of an author's avatar and name."""
        return look().avatar(author)

    def _avatar(self, author: str, bottom: int, tag: str) -> None:
        size = S(30)
        image = self.shapes.disc(size, self.colour_of(author))
        self.canvas.create_image(S(8), bottom, anchor="sw", image=image, tags=tag)
        initial = showable(author.strip()[:1]).upper() or "?"
        if not initial.isalpha():
            # The first digit of an address would be the same for everybody.
            sign = look().icon("person-fill", 15, "#ffffff")
            self.canvas.create_image(S(8) + size // 2, bottom - size // 2, image=sign, tags=tag)
            return
        self.canvas.create_text(
            S(8) + size // 2,
            bottom - size // 2,
            text=initial,
            fill="#ffffff",
            font=look().font(10, bold=True),
            tags=tag,
        )

    def _more_text(self, row: BubbleRow) -> str:
        if row.key in self._expanded:
            return self.words.show_less
        if row.size:
            return self.words.show_whole(row.size)
        return self.words.show_all(len(row.text) - len(self._shown(row)))

    def _toggle_more(self, row: BubbleRow) -> None:
        if row.key in self._expanded:
            self._expanded.discard(row.key)
        elif (row.size or len(row.text) > EXPANDED_CHARACTERS) and self.on_show_all:
            self.on_show_all(row)
        else:
            self._expanded.add(row.key)
            self.at_bottom = False
        self._all_dirty = True
        self._schedule()
