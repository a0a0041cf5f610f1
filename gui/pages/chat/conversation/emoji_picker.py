"""Choosing an emoji: a field to search in both languages, and a grid."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat.conversation.emoji import find
from gui.shared.i18n import _
from gui.widgets.field import FieldEntry

COLUMNS, CELL, ROWS_SHOWN = 9, 34, 6
RECENT_KEPT = 18
COLOURED = ("Noto Color Emoji", "Segoe UI Emoji", "Apple Color Emoji")
"""Fonts with every emoji in colour. Left to itself, Tk takes some from text fonts, in black."""


class EmojiPicker(ttk.Frame):
    """``place`` it over what it belongs to. `on_pick(sign)` runs for each one picked, `on_close()` on Escape.

    ``recent`` holds the signs picked last, the newest first, and is updated in place. They come first while
    the search is empty."""

    def __init__(
        self,
        master: tk.Misc,
        recent: list[str],
        on_pick: Callable[[str], object],
        on_close: Callable[[], object],
    ) -> None:
        super().__init__(master, style="Popup.TFrame", padding=S(10))
        self.recent = recent
        self._on_pick = on_pick
        self._signs: list[str] = []
        self._at = 0
        known = set(tkfont.families(self))
        family = next((name for name in COLOURED if name in known), look().family)
        self._font = tkfont.Font(root=self, family=family, size=16)
        self.search = FieldEntry(
            self, icon="search", on_change=lambda _t: self._filter(), on_enter=lambda _t: self._pick()
        )
        self.search.pack(fill="x", pady=(0, S(6)))
        body = ttk.Frame(self, style="In.TFrame")
        body.pack(fill="both", expand=True)
        self.canvas = tk.Canvas(body, bd=0, highlightthickness=0, takefocus=False)
        self.bar = ttk.Scrollbar(
            body, orient="vertical", command=self.canvas.yview, style="Slim.Vertical.TScrollbar"
        )
        self.canvas.configure(yscrollcommand=self.bar.set)
        self.bar.pack(side="right", fill="y")
        self.canvas.pack(side="left", fill="both", expand=True)
        self.nothing = ttk.Label(self, style="InS.TLabel", anchor="center")
        self.canvas.bind("<Button-1>", self._clicked)
        self.canvas.bind("<Motion>", lambda event: self._go(self._index(event)))
        self.canvas.bind("<MouseWheel>", lambda event: self._wheel(-1 if event.delta > 0 else 1))
        self.canvas.bind("<Button-4>", lambda _e: self._wheel(-1))
        self.canvas.bind("<Button-5>", lambda _e: self._wheel(1))
        entry = self.search.entry
        for key, by in (("Down", COLUMNS), ("Up", -COLUMNS), ("Right", 1), ("Left", -1)):
            entry.bind(f"<{key}>", lambda _e, by=by: self._step(by))  # type: ignore[misc]
        entry.bind("<Escape>", lambda _e: on_close())
        look().watch(self, self._restyle)
        self._restyle()
        follow_language(self, self._set_words)

    @property
    def signs(self) -> list[str]:
        """The emoji shown at present."""
        return list(self._signs)

    def _set_words(self) -> None:
        self.search.retext(_("Search emoji"))
        self.nothing.configure(text=_("nothing found"))

    def open(self) -> None:
        """Clear the search and give it the focus."""
        self.search.set("")
        self._filter()
        self.search.focus_set()

    def _restyle(self) -> None:
        side = S(CELL)
        self.canvas.configure(
            background=look().palette.card, width=COLUMNS * side, height=ROWS_SHOWN * side,
            yscrollincrement=side,
        )  # fmt: skip
        self._font.configure(size=look().font(15).cget("size"))
        self._filter()

    def _filter(self) -> None:
        wanted = self.search.value
        found = find(wanted)
        if not wanted.strip():
            found = list(dict.fromkeys([*self.recent, *found]))
        self._signs, self._at = found, 0
        side = S(CELL)
        self.canvas.delete("all")
        for number, sign in enumerate(found):
            row, column = divmod(number, COLUMNS)
            x, y = column * side + side // 2, row * side + side // 2
            self.canvas.create_text(x, y, text=sign, font=self._font, fill=look().palette.fg)
        rows = -(-len(found) // COLUMNS)
        self.canvas.configure(scrollregion=(0, 0, COLUMNS * side, max(1, rows) * side))
        self.canvas.yview_moveto(0)
        if found:
            self.nothing.place_forget()
        else:
            self.nothing.place(relx=0.5, rely=0.55, anchor="center")
        self._mark()

    def _mark(self) -> None:
        self.canvas.delete("mark")
        if not self._signs:
            return
        side = S(CELL)
        row, column = divmod(self._at, COLUMNS)
        image = look().shapes.rect(side - 2, side - 2, look().palette.sel, S(8))
        self.canvas.create_image(column * side + 1, row * side + 1, anchor="nw", image=image, tags="mark")
        self.canvas.tag_lower("mark")

    def _go(self, index: int) -> None:
        if 0 <= index < len(self._signs) and index != self._at:
            self._at = index
            self._mark()

    def _step(self, by: int) -> str | None:
        if abs(by) == 1 and self.search.value:
            return None  # the arrows move in what is typed
        self._go(self._at + by)
        row, rows = self._at // COLUMNS, -(-len(self._signs) // COLUMNS)
        first = int(self.canvas.canvasy(0)) // S(CELL)
        if not first <= row < first + ROWS_SHOWN:
            self.canvas.yview_moveto(max(0, row - ROWS_SHOWN // 2) / max(1, rows))
        return "break"

    def _wheel(self, by: int) -> None:
        if len(self._signs) > COLUMNS * ROWS_SHOWN:
            self.canvas.yview_scroll(by * 2, "units")

    def _index(self, event: tk.Event[tk.Canvas]) -> int:
        side = S(CELL)
        column = int(self.canvas.canvasx(event.x)) // side
        row = int(self.canvas.canvasy(event.y)) // side
        return row * COLUMNS + column if 0 <= column < COLUMNS else -1

    def _clicked(self, event: tk.Event[tk.Canvas]) -> None:
        index = self._index(event)
        if 0 <= index < len(self._signs):
            self._at = index
            self._pick()

    def _pick(self) -> None:
        if self._signs:
            sign = self._signs[self._at]
            self.recent[:] = list(dict.fromkeys([sign, *self.recent]))[:RECENT_KEPT]
            self._on_pick(sign)
