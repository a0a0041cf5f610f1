"""Mouse and keys on a list's canvas: scrolling, selecting, opening, the context menu of a row."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from typing import Generic, TypeVar

from gui.look.look import S
from gui.widgets.menu import bind_menu_keys
from gui.widgets.row_view import PAGE, RowView

R = TypeVar("R")

SHIFT, CONTROL, COMMAND = 0x1, 0x4, 0x8
"""Bits of a Tk event's state; the third is the command key on a Mac only."""

NOTCH, DRAGGED = 60, 24
"""Logical units to scroll for a notch of the wheel, and for a step of dragging over an edge."""

MAC_NOTCH = 12

MENU_INDENT = 60
"""Logical units from the left edge, for a menu that the keyboard asked for."""


class ListInput(Generic[R]):
    """Binds itself to the view's canvas."""

    def __init__(self, view: RowView[R]) -> None:
        self.view = view
        self._mac = bool(view.tk.call("tk", "windowingsystem") == "aqua")
        self._bind()

    def _bind(self) -> None:
        view, canvas = self.view, self.view.canvas
        canvas.bind("<MouseWheel>", self._wheel)
        canvas.bind("<Button-4>", lambda _e: view.scroll_pixels(-S(NOTCH)))
        canvas.bind("<Button-5>", lambda _e: view.scroll_pixels(S(NOTCH)))
        canvas.bind("<Prior>", lambda _e: view.scroll_pages(-PAGE))
        canvas.bind("<Next>", lambda _e: view.scroll_pages(PAGE))
        canvas.bind("<Home>", lambda _e: view.to_top())
        canvas.bind("<End>", lambda _e: view.to_bottom())
        for key, step in (("Up", -1), ("Down", 1)):
            canvas.bind(f"<{key}>", partial(view.step, step, False))
            canvas.bind(f"<Shift-{key}>", partial(view.step, step, True))
        canvas.bind("<Button-1>", self.press)
        canvas.bind("<B1-Motion>", self.drag)
        canvas.bind("<Double-Button-1>", self.double_click)
        canvas.bind("<Return>", lambda _e: view.open_row(view.selection.cursor))
        for button in ("<Button-3>", "<Control-Button-1>") if self._mac else ("<Button-3>",):
            canvas.bind(button, self._menu)
        bind_menu_keys(canvas, self._menu_of_cursor)
        canvas.bind("<Motion>", lambda event: view.hover(view.index_at(event.y)))
        canvas.bind("<Leave>", lambda _e: view.hover(-1))
        for modifier in ("Control", "Command") if self._mac else ("Control",):
            canvas.bind(f"<{modifier}-c>", lambda _e: view.copy())
            canvas.bind(f"<{modifier}-a>", lambda _e: view.select_all())
        canvas.bind("<Escape>", lambda _e: view.clear_selection())

    def _wheel(self, event: tk.Event[tk.Misc]) -> None:
        # A wheel's notch is 120 on Windows and 1 on a Mac; touchpads give small parts of it.
        notches = event.delta if self._mac else event.delta / 120
        self.view.scroll_pixels(round(-notches * S(MAC_NOTCH if self._mac else NOTCH)))

    def press(self, event: tk.Event[tk.Misc]) -> None:
        view = self.view
        view.canvas.focus_set()
        index = view.index_at(event.y)
        if index < 0:
            view.clear_selection()
            return
        state = int(event.state)
        if state & SHIFT:
            view.selection.extend(index)
        elif state & (CONTROL | (COMMAND if self._mac else 0)):
            view.selection.toggle(index)
        else:
            view.selection.only(index)
        view.selected()

    def drag(self, event: tk.Event[tk.Misc]) -> None:
        """Select the rows dragged over, and scroll when dragging over an edge."""
        view, height = self.view, self.view.height
        if event.y < 0 or event.y > height:
            view.scroll_pixels(S(DRAGGED) if event.y > 0 else -S(DRAGGED))
        index = view.index_at(min(max(event.y, 0), height - 1))
        if index >= 0 and index != view.selection.cursor and not int(event.state) & CONTROL:
            view.selection.extend(index)
            view.selected()

    def double_click(self, event: tk.Event[tk.Misc]) -> None:
        self.view.open_row(self.view.index_at(event.y))

    def _menu(self, event: tk.Event[tk.Misc]) -> None:
        view = self.view
        index = view.index_at(event.y)
        row = view.row(index)
        if row is None:
            return
        if index not in view.selection:
            view.selection.only(index)
            view.selected()
        if view.on_menu:
            view.on_menu(row, event)

    def _menu_of_cursor(self) -> None:
        """By keyboard: the menu of the selected row; if none is, of the last one in view."""
        view = self.view
        if not len(view.selection) and len(view.visible):
            view.selection.only(view.visible[-1])
            view.selected()
        index = view.selection.cursor
        row = view.row(index)
        if row is None or view.on_menu is None:
            return
        view.see(index)
        view.paint_now()
        placed = view.placed(index)
        event: tk.Event[tk.Misc] = tk.Event()
        event.widget, event.state = view.canvas, 0
        event.x = min(S(MENU_INDENT), view.canvas.winfo_width())
        middle = placed.y + placed.height // 2 if placed is not None else 0
        event.y = min(max(0, middle), view.canvas.winfo_height())
        event.x_root = view.canvas.winfo_rootx() + event.x
        event.y_root = view.canvas.winfo_rooty() + event.y
        view.on_menu(row, event)
