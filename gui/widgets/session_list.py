"""The sessions, listeners with their connections below them; a thousand are as quick as three."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import Struct

from gui.look.look import S, look
from gui.widgets.text_fit import fit
from gui.widgets.virtual_list import ListSource, Placed, VirtualList

PARENT_HEIGHT, CHILD_HEIGHT = 56, 46


class SessionItem(Struct, frozen=True):
    """One line. `parent` is the key of the listener it belongs to; `bytes_text` and `rate_text` are
    formatted.
    """

    key: int
    title: str
    subtitle: str = ""
    tone: Literal["normal", "ok", "warn", "error", "info", "mute"] = "mute"
    parent: int | None = None
    unread: int = 0
    bytes_text: str = ""
    rate_text: str = ""
    icon: str = "hdd-network"


class _Line(Struct, frozen=True):
    item: SessionItem
    children: int
    opened: bool


class SessionList(VirtualList[_Line]):
    """`on_choose(item)` is called when the user goes to another line, `on_context(item, event)` on a right
    click.

    Left and Right collapse and expand a listener's connections.
    """

    def __init__(
        self,
        master: tk.Misc,
        on_choose: Callable[[SessionItem], None] | None = None,
        on_context: Callable[[SessionItem, tk.Event[tk.Misc]], None] | None = None,
        **options: Any,
    ) -> None:
        self.on_choose = on_choose
        self.on_context = on_context
        self._items: list[SessionItem] = []
        self._lines: ListSource[_Line] = ListSource()
        self._closed: set[int] = set()
        self._current: int | None = None
        super().__init__(master, self._lines, **options)
        self.at_bottom = False
        self.canvas.configure(width=S(216))
        self.on_menu = self._context
        self.canvas.bind("<Left>", lambda _e: self._open_children(False))
        self.canvas.bind("<Right>", lambda _e: self._open_children(True))

    @property
    def current(self) -> int | None:
        """The key of the chosen line."""
        return self._current

    def set_items(self, items: Sequence[SessionItem]) -> None:
        """Show these items: children may be anywhere, they are drawn below their parent. Unchanged lines are
        not redrawn.
        """
        self._items = list(items)
        self._rebuild()

    def choose(self, key: int | None) -> None:
        """Mark a line and scroll it into view, without calling `on_choose`."""
        self._current = key
        item = next((item for item in self._items if item.key == key), None)
        if item is not None and item.parent in self._closed and item.parent is not None:
            self._closed.discard(item.parent)
        self._rebuild()
        index = self._index(key)
        if index >= 0:
            self.paint_now()
            self.see(index)

    def set_open(self, key: int, on: bool) -> None:
        """Expand or collapse the connections of a listener."""
        (self._closed.discard if on else self._closed.add)(key)
        self._rebuild()

    def _index(self, key: int | None) -> int:
        return next((i for i, line in enumerate(self._lines.rows) if line.item.key == key), -1)

    def _rebuild(self) -> None:
        children: dict[int, list[SessionItem]] = {}
        keys = {item.key for item in self._items}
        tops = []
        for item in self._items:
            if item.parent is not None and item.parent in keys:
                children.setdefault(item.parent, []).append(item)
            else:
                tops.append(item)
        lines: list[_Line] = []
        for top in tops:
            below = children.get(top.key, [])
            opened = top.key not in self._closed
            lines.append(_Line(top, len(below), opened))
            if opened:
                lines += [_Line(item, 0, False) for item in below]
        self._lines.rows = lines
        self._pages.clear()
        self.selection.clear()
        index = self._index(self._current)
        if index >= 0:
            self.selection.only(index)
        self.refresh()

    def restyle(self) -> None:
        super().restyle()
        self.canvas.configure(width=S(216))

    def _show_position(self) -> None:
        super()._show_position()
        # No line's height depends on the width, so the scrollbar takes room only while it is needed.
        needed = self.scrollbar.get()[:2] != (0.0, 1.0)
        if needed and not self.scrollbar.winfo_manager():
            self.scrollbar.pack(side="right", fill="y", before=self.canvas)
        elif not needed and self.scrollbar.winfo_manager():
            self.scrollbar.pack_forget()

    def text_of(self, row: _Line) -> str:
        item = row.item
        return "  ".join(
            part for part in (item.title, item.subtitle, item.bytes_text, item.rate_text) if part
        )

    def measure(self, row: _Line, before: _Line | None, after: _Line | None, width: int) -> int:
        return S(PARENT_HEIGHT if row.item.parent is None else CHILD_HEIGHT)

    def paint(
        self, placed: Placed[_Line], before: _Line | None, after: _Line | None, width: int, tag: str
    ) -> None:
        item, p, c = placed.row.item, look().palette, self.canvas
        top, height = placed.y, placed.height
        middle, child = top + height // 2, item.parent is not None
        left = S(20) if child else 0
        surface = p.card
        if placed.index in self.selection or placed.index == self.hovered:
            surface = p.sel if placed.index in self.selection else p.hover
            edge = width - (S(4) if self.scrollbar.winfo_manager() else 1)
            box = (left, top + S(2), edge, top + height - S(2))
            self.shapes.round_rect(c, box, surface, S(12), (tag,))
        size = S(28 if child else 34)
        x = left + S(8)
        faded = item.tone in ("mute", "error")
        colour = look().avatar(item.title) if child else p.me
        if faded:
            colour = p.faint
        if child:
            c.create_image(x, middle, anchor="w", image=self.shapes.disc(size, colour), tags=tag)
        else:
            c.create_image(x, middle, anchor="w", image=self.shapes.rect(size, size, colour, S(10)), tags=tag)
        sign = look().icon(item.icon, 13 if child else 16, "#ffffff")
        c.create_image(x + size // 2, middle, image=sign, tags=tag)
        dot = self.shapes.disc(S(12), p.tone(item.tone) if item.tone != "normal" else p.mute, ring=surface)
        c.create_image(x + size - S(2), middle + size // 2 - S(2), image=dot, tags=tag)
        self._paint_words(placed.row, x + size + S(10), middle, width - S(12), tag)

    def _paint_words(self, line: _Line, x: int, middle: int, right: int, tag: str) -> None:
        item, p, c = line.item, look().palette, self.canvas
        bold, mono, tiny = look().font(10, bold=True), look().font(8, mono=True), look().font(8)
        upper = lower = right
        if line.children:
            sign = look().icon("chevron-down" if line.opened else "chevron-right", 10, p.mute)
            chevron = c.create_image(right - S(2), middle - S(9), anchor="e", image=sign, tags=tag)
            c.tag_bind(chevron, "<Button-1>", lambda _e: self._toggle(item.key))
            upper = right - S(18)
        if item.unread:
            text = str(item.unread) if item.unread < 1000 else "999+"
            wide = max(S(20), look().font(8, bold=True).measure(text) + S(12))
            box = (upper - wide, middle - S(18), upper, middle - S(1))
            self.shapes.round_rect(c, box, p.me, S(9), (tag,))
            c.create_text(
                upper - wide // 2,
                middle - S(9),
                text=text,
                fill="#ffffff",
                font=look().font(8, bold=True),
                tags=tag,
            )
            upper -= wide + S(6)
        flow = item.rate_text or item.bytes_text
        if flow:
            c.create_text(
                right,
                middle + S(10),
                anchor="e",
                text=flow,
                font=tiny,
                fill=p.ok if item.rate_text else p.faint,
                tags=tag,
            )
            lower = right - tiny.measure(flow) - S(6)
        c.create_text(
            x,
            middle - S(9),
            anchor="w",
            text=fit(bold, item.title, upper - x),
            font=bold,
            fill=p.mute if item.tone == "mute" else p.fg,
            tags=tag,
        )
        c.create_text(
            x,
            middle + S(10),
            anchor="w",
            text=fit(mono, item.subtitle, lower - x),
            font=mono,
            fill=p.mute if item.tone != "error" else p.err,
            tags=tag,
        )

    def _toggle(self, key: int) -> None:
        self.set_open(key, key in self._closed)

    def _open_children(self, on: bool) -> str:
        row = self.row(self.selection.cursor)
        if row is not None and row.children:
            self.set_open(row.item.key, on)
        return "break"

    def _context(self, line: _Line, event: tk.Event[tk.Misc]) -> None:
        if self.on_context:
            self.on_context(line.item, event)

    def selected(self) -> None:
        row = self.row(self.selection.cursor) if len(self.selection) else None
        if row is not None:
            self.selection.only(self.selection.cursor)
            if row.item.key != self._current:
                self._current = row.item.key
                if self.on_choose:
                    self.on_choose(row.item)
        super().selected()
