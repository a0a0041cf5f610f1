"""Line breaking, which Tk lacks for Chinese: lines may end at spaces and beside Chinese characters, but not
before a closing mark nor after an opening one.

An inserted line end is a carriage return if the original text must be recoverable: Tk breaks a line there as
at a line feed, and no shown text contains one.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from tkinter import font as tkfont

import ttkbootstrap as ttk

from gui.widgets.text_fit import Span

SOFT_END = "\r"
FIRSTWIDE = "\u2e80"
_NEVER_FIRST = frozenset("、，。；：？！）」』】》〉〕”’…—·ー々,.;:?!)]}%\u200d\ufe0f")
_NEVER_LAST = frozenset("（「『【《〈〔“‘([{\u200d")
_SKIN = ("\U0001f3fb", "\U0001f3ff")

Measure = Callable[[str], int]


def has_wide(text: str) -> bool:
    """Whether ``text`` holds Chinese characters, or others that a line may be broken between."""
    return not text.isascii() and max(text) >= FIRSTWIDE


def wrap(text: str, measure: Measure, width: int) -> str:
    """One paragraph as lines of at most ``width`` pixels, separated by line feeds. A word wider than a line
    stays in one piece."""
    ends = [0, *line_ends(text, measure, width), len(text)]
    return "\n".join(
        text[start:stop].rstrip(" ") if stop < len(text) else text[start:stop]
        for start, stop in pairwise(ends)
    )


def wrap_for(label: ttk.Label, text: str, width: int) -> str:
    """``text``, of one or more paragraphs, as lines that fit into ``width`` pixels of a label."""
    name = str(label.cget("font")) or str(ttk.Style().lookup(str(label.cget("style")), "font"))
    font = tkfont.nametofont(name, root=label)
    return "\n".join(wrap(line, font.measure, width) for line in text.split("\n"))


def soft_ends(text: str, measure: Measure, width: int) -> list[int]:
    """Where to insert soft line ends into ``text`` so that Tk breaks its lines well; none without Chinese."""
    found: list[int] = []
    start = 0
    if not has_wide(text):
        return found
    for paragraph in text.split("\n"):
        # only Tk knows the width of a tab
        if "\t" not in paragraph and has_wide(paragraph):
            before = 0
            for end in line_ends(paragraph, measure, width, cut=True):
                # Tk itself ends the line where a space hangs over the edge
                if paragraph[end - 1] != " " or measure(paragraph[before:end]) <= width:
                    found.append(start + end)
                before = end
        start += len(paragraph) + 1
    return found


def with_soft_ends(text: str, ends: Sequence[int]) -> str:
    """``text`` with the soft line ends inserted."""
    if not ends:
        return text
    places = [0, *ends, len(text)]
    return SOFT_END.join(text[a:b] for a, b in pairwise(places))


def moved(spans: Sequence[Span], ends: Sequence[int]) -> list[Span]:
    """The ``spans`` of a text, shifted to where they are once its soft line ends are inserted."""
    return [
        Span(span.start + bisect_right(ends, span.start), span.stop + bisect_left(ends, span.stop), span.kind)
        for span in spans
    ]


def line_ends(text: str, measure: Measure, width: int, cut: bool = False) -> list[int]:
    """The offset of each line's end except the last; trailing spaces may hang over. ``cut``: also break a
    word wider than a line."""
    widths: dict[str, int] = {}
    ends: list[int] = []
    line = used = 0
    # Each piece is measured only once: measuring whole lines repeatedly takes a hundred times as long.
    for start, stop in pairwise([0, *_stops(text)]):
        piece = sum([widths.get(c) or widths.setdefault(c, measure(c)) for c in text[start:stop].rstrip(" ")])
        if start > line and used + piece > width:
            ends.append(start)
            line, used = start, 0
        if cut and piece > width:
            for at in range(start, stop):
                if used + widths.get(text[at], 0) > width and at > line:
                    ends.append(at)
                    line, used = at, 0
                used += widths.get(text[at], 0)
        else:
            used += piece
        spaces = stop - start - len(text[start:stop].rstrip(" "))
        if spaces:
            used += spaces * (widths.get(" ") or widths.setdefault(" ", measure(" ")))
    return ends


def _stops(text: str) -> list[int]:
    """The offsets at which a line may end, including the end of the text."""
    stops: list[int] = []
    last = ""
    for at, character in enumerate(text):
        apart = last == " " or character >= FIRSTWIDE or last >= FIRSTWIDE
        if apart and last and not (character == " " or character in _NEVER_FIRST or last in _NEVER_LAST):
            attached = character > "\u02ff" and (
                unicodedata.combining(character) or _SKIN[0] <= character <= _SKIN[1]
            )
            if not attached:
                stops.append(at)
        last = character
    if text:
        stops.append(len(text))
    return stops
