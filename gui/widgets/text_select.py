"""A virtual list in which part of a row's text can be selected with the mouse.

Selectable text items carry the tag `SELECTABLE` and one of their own (see `TextSelectList.part`), by which
the selection is restored when the row is drawn again.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import font as tkfont
from typing import Any, TypeVar

from gui.look.look import look
from gui.look.shapes import mix
from gui.widgets.line_break import SOFT_END, moved, with_soft_ends
from gui.widgets.list_input import CONTROL, SHIFT, ListInput
from gui.widgets.row_view import RowView
from gui.widgets.text_fit import Span, find_spans, showable, underlay
from gui.widgets.virtual_list import VirtualList

R = TypeVar("R")
SELECTABLE = "selectable"


class TextSelectList(VirtualList[R]):
    """Adds to `VirtualList`: dragging over text, copying it, and marking search results."""

    def __init__(self, master: tk.Misc, *args: Any, **options: Any) -> None:
        self.wanted = ""
        super().__init__(master, *args, **options)

    def set_find(self, wanted: str) -> None:
        """Mark every visible occurrence of `wanted`, ignoring case; none for an empty string."""
        if wanted != self.wanted:
            self.wanted = wanted
            self._all_dirty = True
            self._schedule()

    def marks(self, text: str, spans: tuple[Span, ...]) -> list[Span]:
        """The row's own spans and the search results, as far as they lie in `text`."""
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
        """Draw the marks under a text item that shows `text` with soft line ends at `ends` on `surface`."""
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

    def bind_input(self) -> None:
        self._input = TextInput(self)

    @property
    def selected_text(self) -> str:
        """The selected part of one row's text."""
        return self._input.text

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
        self._input.show()

    def clear_selection(self) -> None:
        self._input.clear()
        super().clear_selection()


class TextInput(ListInput[R]):
    """Mouse and keys of a list in which part of a row's text can be selected."""

    def __init__(self, view: RowView[R]) -> None:
        self._part = ""
        """The tag of the text item with the selection; "": there is none."""
        self._row = -1
        self._from = self._to = 0
        super().__init__(view)

    @property
    def text(self) -> str:
        if not self._part or self._from == self._to:
            return ""
        first, last = sorted((self._from, self._to))
        text = self.view.canvas.itemcget(self._part, "text")
        # Counted by Tcl, in which an emoji is two characters.
        return str(self.view.tk.call("string", "range", text, first, last - 1)).replace(SOFT_END, "")

    def show(self) -> None:
        """Restore the selection: the row has been drawn again."""
        if self._part and self._from != self._to and self.view.canvas.find_withtag(self._part):
            self._mark()

    def clear(self) -> None:
        self._part = ""
        self.view.canvas.select_clear()

    def press(self, event: tk.Event[tk.Misc]) -> None:
        self.clear()
        part = "" if int(event.state) & (SHIFT | CONTROL) else self._part_at(event.x, event.y)
        super().press(event)
        self._part = part
        if part:
            self._row = self.view.index_at(event.y)
            self._from = self._to = self._character_at(event.x, event.y)

    def drag(self, event: tk.Event[tk.Misc]) -> None:
        """Select text inside the row; leaving the row selects whole rows instead."""
        view = self.view
        if not self._part or not view.canvas.find_withtag(self._part):
            super().drag(event)
        elif view.index_at(event.y) == self._row:
            self._to = self._character_at(event.x, event.y)
            if self._to != self._from and len(view.selection):
                view.selection.clear()
                view.selected()
            self._mark()
        else:
            self.clear()
            view.selection.only(self._row)
            super().drag(event)

    def double_click(self, event: tk.Event[tk.Misc]) -> None:
        """Select a word, unless a double click opens the row."""
        view = self.view
        part = self._part_at(event.x, event.y)
        if not part or view.on_open:
            super().double_click(event)
            return
        # A word that continues on the next line is one word.
        text = showable(view.canvas.itemcget(part, "text").replace(SOFT_END, "_"))
        self._part, self._row = part, view.index_at(event.y)
        at = self._character_at(event.x, event.y)
        self._from = max(0, int(view.tk.call("string", "wordstart", text, at)))
        self._to = int(view.tk.call("string", "wordend", text, at))
        view.selection.clear()
        view.selected()
        self._mark()

    def _part_at(self, x: int, y: int) -> str:
        canvas = self.view.canvas
        for item in reversed(canvas.find_overlapping(x, y, x, y)):
            tags = canvas.gettags(item)
            if SELECTABLE in tags:
                return next(tag for tag in tags if "." in tag)
        return ""

    def _character_at(self, x: int, y: int) -> int:
        return int(self.view.canvas.index(self._part, f"@{x},{y}"))

    def _mark(self) -> None:
        first, last = sorted((self._from, self._to))
        canvas = self.view.canvas
        canvas.select_clear()
        if first < last:
            canvas.select_from(self._part, first)
            canvas.select_to(self._part, last - 1)
