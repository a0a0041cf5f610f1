"""The links in bubbles: coloured, underlined more heavily under the pointer, and opened by a click.

A bubble's text is one item of the canvas. Over each link in it lie items of the layer's own: its words once
more in the link's colour, one item for each line they take, and a line below each. Their tags lead back to
the link: ``row12.link0`` is the first of row 12, ``row12.link0.under`` what underlines it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from tkinter import font as tkfont

from gui.look.look import S, look
from gui.look.shapes import BoundedCache, mix
from gui.shared.links import LONGEST_LINK, find_links
from gui.widgets.line_break import moved, with_soft_ends
from gui.widgets.paint_canvas import PaintCanvas
from gui.widgets.text_fit import Span, pieces

KEPT_ROWS = 1000
"""Rows whose links are known: far more than are in view."""

_MARK, _UNDER = ".link", ".under"


class LinkLayer:
    """Lies over the text items of a list's ``canvas``. `on_hover(target)`: the pointer came onto a link, or
    left it (""); `on_open(target)`: it was clicked, and no text was selected with the same press:
    ``selected()`` gives the text that is selected."""

    def __init__(
        self,
        canvas: PaintCanvas,
        selected: Callable[[], str],
        on_open: Callable[[str], object],
        on_hover: Callable[[str], object],
    ) -> None:
        self._canvas = canvas
        self._selected = selected
        self._on_open = on_open
        self._on_hover = on_hover
        self._targets: BoundedCache[str, list[str]] = BoundedCache(KEPT_ROWS)
        self._hovered = ""
        self._pressed = ""
        for sequence in ("<Enter>", "<Leave>"):
            canvas.tag_bind("link", sequence, self._look)
        canvas.bind("<Motion>", self._look, add="+")
        canvas.bind("<Leave>", lambda _e: self._hover(""), add="+")
        canvas.bind("<Button-1>", self._press, add="+")
        canvas.bind("<ButtonRelease-1>", self._release, add="+")

    def paint(
        self,
        text: str,
        shown: str,
        ends: Sequence[int],
        font: tkfont.Font,
        colours: tuple[str, str],
        tag: str,
    ) -> None:
        """The links of a row's ``text``, of which ``shown`` is the beginning that the item ``tag``.text shows
        with soft ends at ``ends``; ``colours``: the bubble's and its text's."""
        links = [link for link in find_links(text[: len(shown) + LONGEST_LINK]) if link.start < len(shown)]
        if not links:
            self._targets.discard(tag)
            return
        self._targets.put(tag, [link.target for link in links])
        fill, colour = colours
        lively = fill not in (look().palette.you, look().palette.card)
        ink = colour if lively else look().palette.acc
        spans = [Span(link.start, min(link.stop, len(shown)), "link") for link in links]
        places = moved(spans, ends)
        for number, span in enumerate(places):
            self._paint_link(span, with_soft_ends(shown, ends), font, (fill, ink), f"{tag}{_MARK}{number}")

    def _paint_link(
        self, span: Span, text: str, font: tkfont.Font, colours: tuple[str, str], key: str
    ) -> None:
        canvas, (fill, ink) = self._canvas, colours
        row = key.partition(".")[0]
        resting = mix(fill, ink, 0.6)
        for _span, piece, x, y, width in pieces(canvas, f"{row}.text", text, font, [span]):
            canvas.create_text(x, y, anchor="nw", text=piece, font=font, fill=ink, tags=(row, "link", key))
            base = y + font.metrics("ascent") + S(2)
            canvas.create_line(
                x, base, x + width, base,
                fill=resting, width=self._line(key), tags=(row, f"{key}{_UNDER}"),
            )  # fmt: skip

    def at(self, x: int, y: int) -> str:
        """The address of the link at these pixels of the canvas; "" for none."""
        return self._target(self._key_at(x, y))

    def _target(self, key: str) -> str:
        row, mark, number = key.partition(_MARK)
        targets = self._targets.get(row) or []
        return targets[int(number)] if mark and int(number) < len(targets) else ""

    def _key_at(self, x: int, y: int) -> str:
        for item in reversed(self._canvas.find_overlapping(x, y, x, y)):
            for tag in self._canvas.gettags(item):
                if _MARK in tag and not tag.endswith(_UNDER):
                    return str(tag)
        return ""

    def _look(self, event: tk.Event[tk.Misc]) -> None:
        self._hover(self._key_at(event.x, event.y))

    def _hover(self, key: str) -> None:
        if key == self._hovered:
            return
        before, self._hovered = self._hovered, key
        for each in (before, key):
            if each:
                self._underline(each)
        self._canvas.configure(cursor="hand2" if key else "")
        self._on_hover(self._target(key))

    def _underline(self, key: str) -> None:
        self._canvas.itemconfigure(f"{key}{_UNDER}", width=self._line(key))

    def _line(self, key: str) -> int:
        return S(2) if key == self._hovered else 1

    def _press(self, event: tk.Event[tk.Misc]) -> None:
        self._pressed = "" if int(event.state) & 0x5 else self._key_at(event.x, event.y)

    def _release(self, event: tk.Event[tk.Misc]) -> None:
        pressed, self._pressed = self._pressed, ""
        if pressed and pressed == self._key_at(event.x, event.y) and not self._selected():
            self._on_open(self._target(pressed))
