"""A virtual list in whose rows a stretch of text can be selected with the mouse.

Text items that may be selected carry the tag `SELECTABLE` and one of their own (see
:meth:`TextSelectList.part`), by
which the selection is put back when the row is drawn again. Leaving the row while dragging selects whole
rows.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import font as tkfont
from typing import Any, TypeVar

from gui.look.look import look
from gui.look.shapes import mix
from gui.widgets.line_break import SOFT_END, moved, with_soft_ends
from gui.widgets.text_fit import Span, find_spans, showable, underlay
from gui.widgets.virtual_list import VirtualList

R = TypeVar("R")
SELECTABLE = "selectable"


class TextSelectList(VirtualList[R]):
    """Adds to `VirtualList`: dragging over text, copying it, and marking what is searched for."""

    def __init__(self, master: tk.Misc, *args: Any, **options: Any) -> None:
        self._text_part = ""
        self._text_row = -1
        self._text_from = 0
        self._text_to = 0
        self.wanted = ""
        super().__init__(master, *args, **options)

    def set_find(self, wanted: str) -> None:
        """Mark every occurrence of `wanted` in view, whatever the case; nothing for an empty string."""
        if wanted != self.wanted:
            self.wanted = wanted
            self._all_dirty = True
            self._schedule()

    def marks(self, text: str, spans: tuple[Span, ...]) -> list[Span]:
        """The row's own spans and those searched for, as far as they lie in `text`."""
        return [s for s in spans if s.start < len(text)] + find_spans(text, self.wanted)

    def put_marks(
        self,
        item: int,
        text: str,
        ends: Sequence[int],
        spans: tuple[Span, ...],
        font: tkfont.Font,
        surface: str,
        tag: str,
    ) -> None:
        """Lay the marks under a text item that shows `text` with soft line ends at `ends` on `surface`."""
        marks = moved(self.marks(text, spans), ends)
        if marks:
            shown, colours = with_soft_ends(text, ends), self.mark_colours(surface)
            underlay(self.canvas, item, shown, font, marks, colours, (tag,))

    def mark_colours(self, surface: str) -> dict[str, str]:
        palette = look().palette
        lively = surface == palette.me
        found = mix(surface, "#f59e0b", 0.62) if lively else palette.mark
        return {"find": found, "undecodable": mix(surface, palette.warn if not lively else "#f59e0b", 0.42)}

    @staticmethod
    def part(tag: str, name: str) -> tuple[str, str, str]:
        """The tags of a selectable text item of a row."""
        return (tag, f"{tag}.{name}", SELECTABLE)

    @property
    def selected_text(self) -> str:
        """The stretch of text under the selection inside one row."""
        if not self._text_part or self._text_from == self._text_to:
            return ""
        first, last = sorted((self._text_from, self._text_to))
        text = self.canvas.itemcget(self._text_part, "text")
        # counted by Tcl, which takes an emoji for two characters
        return str(self.tk.call("string", "range", text, first, last - 1)).replace(SOFT_END, "")

    def copy(self) -> str:
        text = self.selected_text
        return self.copy_text(text) if text else super().copy()

    def restyle(self) -> None:
        palette = look().palette
        self.canvas.configure(
            selectbackground=mix(palette.card, palette.acc, 0.45),
            selectforeground=palette.fg,
            selectborderwidth=0,
        )
        super().restyle()

    def after_paint(self) -> None:
        if self._text_part and self._text_from != self._text_to and self.canvas.find_withtag(self._text_part):
            self._show_text_selection()

    def _text_at(self, x: int, y: int) -> str:
        for item in reversed(self.canvas.find_overlapping(x, y, x, y)):
            tags = self.canvas.gettags(item)
            if SELECTABLE in tags:
                return next(tag for tag in tags if "." in tag)
        return ""

    def _press(self, event: tk.Event[tk.Misc]) -> None:
        self.canvas.select_clear()
        self._text_part = "" if int(event.state) & 0x5 else self._text_at(event.x, event.y)
        super()._press(event)
        if self._text_part:
            self._text_row = self.index_at(event.y)
            self._text_from = self._text_to = self._char_at(event.x, event.y)

    def _char_at(self, x: int, y: int) -> int:
        return int(self.canvas.index(self._text_part, f"@{x},{y}"))

    def _drag(self, event: tk.Event[tk.Misc]) -> None:
        if not self._text_part or not self.canvas.find_withtag(self._text_part):
            super()._drag(event)
        elif self.index_at(event.y) == self._text_row:
            self._text_to = self._char_at(event.x, event.y)
            if self._text_to != self._text_from and len(self.selection):
                self.selection.clear()
                self._selected()
            self._show_text_selection()
        else:
            self.canvas.select_clear()
            self._text_part = ""
            self.selection.only(self._text_row)
            super()._drag(event)

    def _show_text_selection(self) -> None:
        first, last = sorted((self._text_from, self._text_to))
        self.canvas.select_clear()
        if first < last:
            self.canvas.select_from(self._text_part, first)
            self.canvas.select_to(self._text_part, last - 1)

    def _double(self, event: tk.Event[tk.Misc]) -> None:
        part = self._text_at(event.x, event.y)
        if not part or self.on_open:
            super()._double(event)
            return
        # a word that goes on in the next line is one word
        text = showable(self.canvas.itemcget(part, "text").replace(SOFT_END, "_"))
        at = int(self.canvas.index(part, f"@{event.x},{event.y}"))
        self._text_part, self._text_row = part, self.index_at(event.y)
        self._text_from = max(0, int(self.tk.call("string", "wordstart", text, at)))
        self._text_to = int(self.tk.call("string", "wordend", text, at))
        self.selection.clear()
        self._selected()
        self._show_text_selection()

    def _clear_selection(self) -> None:
        self._text_part = ""
        self.canvas.select_clear()
        super()._clear_selection()
