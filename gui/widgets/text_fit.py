"""Fitting text: what Tk can show, cut to a width, and conversion to Tk's way of counting characters."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from tkinter import font as tkfont
from typing import Literal, NamedTuple

from msgspec import Struct

from gui.widgets.paint_canvas import PaintCanvas
from net.protocol.folding import written_forms

ELLIPSIS = "…"
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_STAND_INS = {
    **{code: 0xB7 for code in (*range(0x20), 0x7F) if code not in (0x09, 0x0A)},
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    **dict.fromkeys(_BIDI, 0xFFFD),
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}


class Span(Struct, frozen=True):
    """Characters `start` to `stop` (exclusive) of a row's text that look different."""

    start: int
    stop: int
    kind: Literal["undecodable", "find", "link"] = "undecodable"


def showable(text: str) -> str:
    """`text` with a dot for each character that Tk cannot show or must not obey; the length stays the same.

    NUL would cut a Tk string, a lone surrogate raises, a bidi override reverses the line.
    """
    if _UNSHOWABLE.search(text) is None:
        return text
    return text.replace("\r\n", " \n").translate(_STAND_INS)


def fit(font: tkfont.Font, text: str, width: int) -> str:
    """`text`, or as much of its beginning as fits into `width` pixels together with an ellipsis."""
    text = showable(text.replace("\n", " "))
    if len(text) < width // 24 or font.measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.measure(text[:middle] + ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS


def fit_name(font: tkfont.Font, name: str, width: int) -> str:
    """As `fit` for the name of a file: it is shortened in its middle. What kind of file it is, which a person
    must see before it is accepted or opened, stands at its end."""
    name = showable(name.replace("\n", " "))
    if font.measure(name) <= width:
        return name
    low, high = 1, len(name) - 1  # that many characters are left; one fits always
    while low < high:
        middle = (low + high + 1) // 2
        if font.measure(_without_middle(name, middle)) <= width:
            low = middle
        else:
            high = middle - 1
    return _without_middle(name, low)


def short_name(name: str, characters: int) -> str:
    """The name of a file in at most ``characters`` (two or more), shortened in its middle."""
    return name if len(name) <= characters else _without_middle(name, characters - 1)


_LONGEST_EXTENSION = 16
_BEFORE_EXTENSION = 4


def _without_middle(name: str, left: int) -> str:
    """``left`` characters of ``name`` and an ellipsis in place of the others. The end stays longest: the
    extension, and a little before it (as in ".tar.gz", or the number in "report 12.pdf")."""
    dot = name.rfind(".")
    extension = len(name) - dot if len(name) - dot <= _LONGEST_EXTENSION else 0
    end = min(left, extension + _BEFORE_EXTENSION)
    return name[: left - end].rstrip() + ELLIPSIS + name[len(name) - end :]


def clip(text: str, characters: int, lines: int) -> str:
    """The beginning of `text`: at most this many characters and lines."""
    text = text[:characters]
    at = -1
    for _ in range(lines):
        at = text.find("\n", at + 1)
        if at < 0:
            return text
    return text[:at]


def tk_offset(text: str, offset: int) -> int:
    """A Python offset converted to Tk 8.6's, which counts an emoji as two."""
    return offset + sum(1 for ch in text[:offset] if ch > "\uffff")


def python_offsets(text: str, tk_counts: Sequence[int]) -> list[int]:
    """Tk's offsets, in ascending order, converted to Python's."""
    if text.isascii() or max(text) <= "\uffff":
        return [min(count, len(text)) for count in tk_counts]
    offsets: list[int] = []
    seen = offset = 0
    for count in tk_counts:
        while seen < count and offset < len(text):
            seen += 2 if text[offset] > "\uffff" else 1
            offset += 1
        offsets.append(offset)
    return offsets


def find_spans(text: str, wanted: str, limit: int = 100) -> list[Span]:
    """The occurrences of `wanted` in `text`, ignoring case and width; at most `limit`."""
    spans: list[Span] = []
    forms = [form for form in written_forms(wanted) if form]
    if forms:
        for match in re.finditer("|".join(map(re.escape, forms)), text, re.IGNORECASE):
            spans.append(Span(match.start(), match.end(), "find"))
            if len(spans) == limit:
                break
    return spans


def underlay(
    canvas: PaintCanvas,
    item: int,
    text: str,
    font: tkfont.Font,
    spans: Iterable[Span],
    colours: dict[str, str],
    tags: Sequence[str],
) -> None:
    """Colour the background of the `spans` of a left-anchored, top-anchored canvas text item, line by line.
    Within a batch of the canvas."""
    high = font.metrics("linespace")
    below = f"{tags[0]}:below"
    for span, _piece, x, y, width in pieces(canvas, item, text, font, spans):
        box = (x, y, x + max(width, 2), y + high)
        canvas.put_item("rectangle", *box, "-fill", colours[span.kind], "-width", 0, "-tags", (*tags, below))
    canvas.tag_lower(below, item)


class Piece(NamedTuple):
    """What of a span is on one line: its characters, and its left, top and width in pixels."""

    span: Span
    text: str
    x: float
    y: float
    width: int


def pieces(
    canvas: PaintCanvas, item: int | str, text: str, font: tkfont.Font, spans: Iterable[Span]
) -> list[Piece]:
    """The `spans` of a left-anchored, top-anchored canvas text item that shows `text`, split where lines
    end."""
    height = font.metrics("linespace")
    left, top, starts = canvas.line_starts(item, height)
    lines = [*python_offsets(text, starts), len(text)]
    on_line: dict[int, list[tuple[Span, int, int]]] = {}
    for span in spans:
        number = max(0, bisect_right(lines, span.start, hi=len(lines) - 1) - 1)
        while number < len(lines) - 1 and lines[number] < span.stop:
            a, b = max(lines[number], span.start), min(lines[number + 1], span.stop)
            if a < b:
                on_line.setdefault(number, []).append((span, a, b))
            number += 1
    # What stands between two ends of spans is measured once, and all of it in one call to Tk: random bytes
    # have hundreds of spans.
    ends = {
        number: sorted({lines[number], *(end for _span, a, b in found for end in (a, b))})
        for number, found in on_line.items()
    }
    parts = [text[a:b].rstrip("\r\n") for line in ends.values() for a, b in pairwise(line)]
    widths = iter(canvas.text_widths(font, parts))
    made: list[Piece] = []
    for number, found in on_line.items():
        here = [next(widths) for _part in ends[number][1:]]
        at = dict(zip(ends[number], accumulate(here, initial=0), strict=True))
        y = top + number * height
        for span, a, b in found:
            made.append(Piece(span, text[a:b].rstrip("\r\n"), left + at[a], y, at[b] - at[a]))
    return made
