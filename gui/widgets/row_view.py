"""The rows of a list of any length on a canvas: only those in view are fetched, measured and drawn.

The position of the list is an *anchor*: ``top``, the number of the topmost row in view, and ``offset``, how
many of its pixels are hidden above the edge. Heights are measured one row at a time, from the anchor on, and
never added up over all rows, so a million rows scroll like a thousand. The scrollbar counts rows, not pixels,
for the same reason: the height of the rows above is unknown.

A frame is painted as follows (`RowView._repaint`):

1. Ask the source for the number of rows. If there are more than before, they were appended below: the anchor
   stays where it is, so the rows being read do not move, and the new ones count as unseen; at the bottom the
   anchor is computed again from the end. If there are fewer, rows were removed, and everything fetched is
   discarded.
2. `_lay_out` walks down from the anchor, measuring each row, until the view is full. If the rows end before
   that, the view is too far down: the anchor is computed again by walking up from the last row.
3. `_draw` compares each row with what is on the canvas. One drawn from the same things (the row, both
   neighbours, `depends_on`) is moved at most; the others are drawn again, those out of view are deleted.

Rows come from a `RowSource`. It may return fewer rows than requested while they are still being read; the
missing ones are drawn as empty places, and `RowView.refresh` requests them again.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.shapes import Shapes
from gui.widgets.paint_canvas import PaintCanvas
from gui.widgets.row_source import ListSource, Placed, RowPages, RowSource
from gui.widgets.selection import RowSelection

R = TypeVar("R")

FRAME_MS = 16
PAGE = 0.9
"""Of the view's height, so that the row at the edge stays visible."""

MISSING_HEIGHT = 36


class RowView(ttk.Frame, Generic[R]):
    """Canvas and scrollbar in a frame, and the selection of rows.

    A subclass defines how a row looks, in `measure` and `paint`; both get the neighbours too, for groups and
    date lines. Rows are compared with ``==``.

    Callbacks, all optional: `on_unseen(n)`: there are n new rows below the visible part (0: all seen);
    `on_select()`; `on_open(row)` for a double click or Return; `on_menu(row, event)` for a right click;
    `on_copy(text)`, without which the text goes to the clipboard; `on_copy_rows()`: copy the selected rows,
    for lists too long to read at once.
    """

    surface = "card"

    def __init__(self, master: tk.Misc, source: RowSource[R] | None = None, **options: Any) -> None:
        super().__init__(master, style="In.TFrame" if self.surface == "card" else "Soft.TFrame", **options)
        self.source: RowSource[R] = source if source is not None else ListSource[R]()
        self.selection = RowSelection()
        self.on_unseen: Callable[[int], None] | None = None
        self.on_select: Callable[[], None] | None = None
        self.on_open: Callable[[R], None] | None = None
        self.on_menu: Callable[[R, tk.Event[tk.Misc]], None] | None = None
        self.on_copy: Callable[[str], None] | None = None
        self.on_copy_rows: Callable[[], object] | None = None
        self.top = 0
        self.offset = 0
        self.at_bottom = True
        self.hovered = -1
        self.unseen = 0
        self._known = 0
        self._pages: RowPages[R] = RowPages()
        self._placed: list[Placed[R | None]] = []
        self._paint_due: str | None = None
        self._all_dirty = True
        self._frame_size: tuple[int, int] | None = None
        self.canvas = PaintCanvas(self, autostyle=False, bd=0, highlightthickness=0, takefocus=True)
        prefix = "" if self.surface == "card" else "Soft."
        self.scrollbar = ttk.Scrollbar(
            self, orient="vertical", command=self._scrollbar_moved, style=f"{prefix}Slim.Vertical.TScrollbar"
        )
        self.scrollbar.pack(side="right", fill="y")
        self.canvas.pack(side="left", fill="both", expand=True)
        self.canvas.bind("<Configure>", lambda _e: self._resized())
        self.bind("<Destroy>", self._gone, add="+")
        look().watch(self, self.restyle)
        self.restyle()

    # --- Defined by a subclass ---

    def measure(self, row: R, before: R | None, after: R | None, width: int) -> int:
        """The height of the row in pixels."""
        raise NotImplementedError

    def paint(self, placed: Placed[R], before: R | None, after: R | None, width: int, tag: str) -> None:
        """Draw the row on `self.canvas`, every item tagged with `tag`, at ``placed.y``."""
        raise NotImplementedError

    def text_of(self, row: R) -> str:
        """The row as text, for copying."""
        return str(row)

    def depends_on(self, index: int, row: R) -> tuple[object, ...]:
        """Everything besides the row and its neighbours that the picture of the row depends on."""
        return (index in self.selection, index == self.hovered)

    def forget_measures(self) -> None:
        """Drop cached heights: width, type or texts changed."""

    # --- For the owner ---

    @property
    def shapes(self) -> Shapes:
        return look().shapes

    def set_source(self, source: RowSource[R], to_bottom: bool = True) -> None:
        """Show the rows of another source."""
        self.source = source
        self.selection.clear()
        self._known = source.count()
        self._note_unseen(0)
        self.at_bottom = to_bottom
        self.top = self.offset = 0
        self.invalidate()

    def refresh(self) -> None:
        """Rows were appended, or became available: look again at the next frame. Cheap; call it as often as
        you like.
        """
        self._schedule()

    def invalidate(self) -> None:
        """Rows changed in place, or were not only appended: fetch and draw all in view again."""
        self._pages.clear()
        self._all_dirty = True
        self._schedule()

    def restyle(self) -> None:
        """Colours, type or texts changed."""
        palette = look().palette
        self.canvas.configure(background=palette.card if self.surface == "card" else palette.soft)
        self.forget_measures()
        self._all_dirty = True
        self._schedule()

    def row(self, index: int) -> R | None:
        """One row through the cache; None if there is none, or not yet."""
        return self._pages.row(self.source, index, self._known)

    def see(self, index: int) -> None:
        """Scroll a row into view: not at all if it is visible, else to the upper third."""
        if any(p.index == index and p.y >= 0 and p.y + p.height <= self.height for p in self._placed):
            return
        self.at_bottom = False
        self.top, self.offset = max(0, index), 0
        self._normalise(-self.height // 3)
        self._schedule()

    def to_top(self) -> None:
        self.at_bottom = False
        self.top = self.offset = 0
        self._schedule()

    def to_bottom(self) -> None:
        self.at_bottom = True
        self._schedule()

    def scroll_pages(self, pages: float) -> None:
        """Scroll by so many heights of the view."""
        self.scroll_pixels(int(self.height * pages))

    def scroll_pixels(self, pixels: int) -> None:
        """Scroll by pixels; positive goes towards newer rows."""
        if pixels < 0:
            if self.at_bottom and not self._overflows():
                return
            self.at_bottom = False
        if not self.at_bottom:
            self._normalise(pixels)
            self._schedule()

    def index_at(self, y: int) -> int:
        """The number of the row at this height, or -1."""
        return next((p.index for p in self._placed if p.y <= y < p.y + p.height), -1)

    def placed(self, index: int) -> Placed[R | None] | None:
        return next((p for p in self._placed if p.index == index), None)

    @property
    def visible(self) -> range:
        """The numbers of the rows drawn at present."""
        return range(self._placed[0].index, self._placed[-1].index + 1) if self._placed else range(0)

    # --- Selecting and copying ---

    def copy(self) -> str:
        """Copy the selected rows as text; returns the text, "" where `on_copy_rows` copies them."""
        if self.on_copy_rows is not None:
            self.on_copy_rows()
            return ""
        parts: list[str] = []
        for start, stop in self.selection.ranges:
            parts += [self.text_of(row) for row in self.source.fetch(start, stop)]
        return self.copy_text("\n".join(parts))

    def copy_text(self, text: str) -> str:
        """Pass ``text`` to `on_copy`, or put it on the clipboard; returns it."""
        if text and self.on_copy:
            self.on_copy(text)
        elif text:
            self.clipboard_clear()
            self.clipboard_append(text)
        return text

    def select_all(self) -> None:
        self.selection.all(self._known)
        self.selected()

    def step(self, by: int, extend: bool, _event: tk.Event[tk.Misc]) -> str:
        """Move the selection by so many rows; ``extend`` keeps its anchor."""
        if self._known:
            start = self.selection.cursor if len(self.selection) else (self._known if by < 0 else -1)
            index = min(max(start + by, 0), self._known - 1)
            if extend and len(self.selection):
                self.selection.extend(index)
            else:
                self.selection.only(index)
            self.see(index)
            self.selected()
        return "break"

    def open_row(self, index: int) -> None:
        row = self.row(index)
        if row is not None and self.on_open:
            self.on_open(row)

    def hover(self, index: int) -> None:
        """The pointer is over this row now (-1: over none)."""
        if index != self.hovered:
            self.hovered = index
            self._schedule()

    def clear_selection(self) -> None:
        if len(self.selection):
            self.selection.clear()
            self.selected()

    def selected(self) -> None:
        """A person changed the selection."""
        self._schedule()
        if self.on_select:
            self.on_select()

    # --- Position ---

    @property
    def height(self) -> int:
        """Of what is in view, in pixels."""
        return self._frame_size[1] if self._frame_size else max(1, self.canvas.winfo_height())

    def _width(self) -> int:
        return self._frame_size[0] if self._frame_size else max(1, self.canvas.winfo_width())

    def _row_height(self, index: int) -> int:
        row = self.row(index)
        if row is None:
            return S(MISSING_HEIGHT)
        return max(1, self.measure(row, self.row(index - 1), self.row(index + 1), self._width()))

    def _overflows(self) -> bool:
        """Whether the rows need more than the view's height; measures only as many as fill it."""
        room, index = self.height, 0
        while index < self._known and room >= 0:
            room -= self._row_height(index)
            index += 1
        return room < 0

    def _normalise(self, pixels: int) -> None:
        """Move the anchor by `pixels` and bring the hidden part of the top row into 0 .. its height."""
        self.offset += pixels
        while self.offset < 0 and self.top > 0:
            self.top -= 1
            self.offset += self._row_height(self.top)
        if self.offset < 0:
            self.offset = 0
        while self.top < self._known - 1 and self.offset >= (height := self._row_height(self.top)):
            self.offset -= height
            self.top += 1

    def _anchor_to_bottom(self) -> None:
        """Walk up from the last row until the view is full; the excess of the topmost row is hidden."""
        room, index = self.height, self._known
        while index > 0 and room > 0:
            index -= 1
            room -= self._row_height(index)
        self.top, self.offset = index, max(0, -room)

    def _lay_out(self) -> list[tuple[int, int, int]]:
        """(row number, top, height) of everything in view, correcting the anchor at either end.

        At most two passes: the second starts from an anchor computed from the bottom, which fills the view,
        or shows all rows if they do not fill it.
        """
        if self.at_bottom:
            self._anchor_to_bottom()
        for _attempt in range(2):
            self.top = min(self.top, max(0, self._known - 1))
            places: list[tuple[int, int, int]] = []
            y, index = -self.offset, self.top
            while index < self._known and y < self.height:
                height = self._row_height(index)
                places.append((index, y, height))
                y += height
                index += 1
            if index < self._known or y > self.height or self.at_bottom:
                break
            self.at_bottom = True
            self._anchor_to_bottom()
        return places

    # --- Painting ---

    def _schedule(self) -> None:
        if self._paint_due is None:
            self._paint_due = self.after(FRAME_MS, self._repaint)

    def paint_now(self) -> None:
        """Paint without waiting for the frame: for tests and screenshots."""
        if self._paint_due is not None:
            self.after_cancel(self._paint_due)
        self._repaint()

    def _repaint(self) -> None:
        self._paint_due = None
        if not self.canvas.winfo_exists() or self._width() <= 1:
            return
        self._look_for_rows()
        # Queried once a frame: each query of Tk releases the interpreter's lock and waits for it.
        self._frame_size = (self._width(), self.height)
        try:
            places = self._lay_out()
            with self.canvas.batch():
                self._draw(places)
            self._show_position()
            self.after_paint()
        finally:
            self._frame_size = None

    def _draw(self, places: list[tuple[int, int, int]]) -> None:
        """Update the canvas to ``places``, drawing as few items as possible. All items of a row have its tag,
        so a row is moved or deleted in one call."""
        width = self._width()
        drawn = {} if self._all_dirty else {p.index: p for p in self._placed}
        if self._all_dirty:
            self.canvas.delete("row")
            self._all_dirty = False
        placed: list[Placed[R | None]] = []
        for index, y, height in places:
            row, before, after = self.row(index), self.row(index - 1), self.row(index + 1)
            extra = self.depends_on(index, row) if row is not None else ()
            drawn_from = (row, before, after, *extra)
            old, tag = drawn.pop(index, None), f"row{index}"
            if old is not None and old.height == height and old.drawn_from == drawn_from:
                if old.y != y:
                    self.canvas.move(tag, 0, y - old.y)
            else:
                if old is not None:
                    self.canvas.delete(tag)
                if row is None:
                    self._paint_gap(y, height, width, tag)
                else:
                    self.paint(Placed(index, y, height, row, drawn_from), before, after, width, tag)
                    self.canvas.addtag_withtag("row", tag)
            placed.append(Placed(index, y, height, row, drawn_from))
        for index in drawn:
            self.canvas.delete(f"row{index}")
        self._placed = placed

    def after_paint(self) -> None:
        """For a subclass to draw what does not scroll."""

    def _paint_gap(self, y: int, height: int, width: int, tag: str) -> None:
        """Draw the place of a row that is not available yet."""
        gap = S(8)
        box = (gap, y + gap, max(gap + 2, width // 2), y + height - gap)
        self.shapes.round_rect(self.canvas, box, look().palette.soft, S(6), (tag, "row"))

    def _look_for_rows(self) -> None:
        count = self.source.count()
        if count == self._known:
            return
        if count < self._known:
            self._pages.clear()
            self._note_unseen(0)
        elif not self.at_bottom:
            self._note_unseen(self.unseen + count - self._known)
        self._known = count

    def _show_position(self) -> None:
        if not self._known or not self._placed:
            self.scrollbar.set(0, 1)
            return
        first = self._placed[0]
        last = self._placed[-1]
        start = first.index + (-first.y / first.height if first.y < 0 else 0)
        stop = last.index + min(1.0, (self.height - last.y) / last.height)
        self.scrollbar.set(start / self._known, min(1.0, stop / self._known))
        if self.at_bottom or (last.index == self._known - 1 and last.y + last.height <= self.height):
            self.at_bottom = True
            self._note_unseen(0)

    def _note_unseen(self, count: int) -> None:
        if count != self.unseen:
            self.unseen = count
            if self.on_unseen:
                self.on_unseen(count)

    # --- Events of the view ---

    def _gone(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self and self._paint_due is not None:
            self.after_cancel(self._paint_due)
            self._paint_due = None

    def _resized(self) -> None:
        self.forget_measures()
        self._all_dirty = True
        self._schedule()

    def _scrollbar_moved(self, action: str, amount: str, what: str = "") -> None:
        if action == "moveto":
            at = min(max(float(amount), 0.0), 1.0) * self._known
            self.at_bottom = False
            self.top = min(int(at), max(0, self._known - 1))
            self.offset = int((at - self.top) * self._row_height(self.top)) if self._known else 0
            self._schedule()
        else:
            step = self.height * PAGE if what.startswith("page") else S(60)
            self.scroll_pixels(int(float(amount) * step))
