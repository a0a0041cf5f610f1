"""The messages of one person, room, or announcement list; "12 new" when they come below what is read."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.chat import words
from gui.pages.chat.avatars import colour_of, initial_of
from gui.pages.chat.conversation.bubbles import ChatBubbles
from gui.pages.chat.conversation.rows import ChatRow, HistoryRows
from gui.pages.chat.model import ALL, ChatModel
from gui.pages.chat.portraits import portrait
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.bubbles import BubbleRow, BubbleWords
from gui.widgets.new_below import NewBelow
from gui.widgets.row_source import ListSource
from gui.widgets.text_fit import fit

if TYPE_CHECKING:
    from net.chat.history import HistoryReader

LARGE_JUMP = 10_000


class Conversation(ttk.Frame):
    """`show` a conversation, then `extend` or `rewrite` as its rows come or change. ``reader()`` gives the
    history's reader, or None before there is one. `on_row_menu(row, event)`; `on_seen(position)` when all up
    to there can be seen, again until it says that it told so."""

    def __init__(self, master: tk.Misc, model: ChatModel, reader: Callable[[], HistoryReader | None]) -> None:
        super().__init__(master, style="In.TFrame")
        self.model = model
        self._reader = reader
        self.conversation = ""
        self.on_row_menu: Callable[[ChatRow, tk.Event[tk.Misc]], None] = lambda _row, _event: None
        self.on_seen: Callable[[int], bool] = lambda _position: True
        self._rows: HistoryRows | None = None
        self._seen = -1
        self._typing: list[str] = []
        self.bubbles = ChatBubbles(self)
        self.bubbles.on_unseen = self._unseen
        self.bubbles.on_menu = self._menu
        self.bubbles.on_quote = self._to_quoted
        self.typing_strip = tk.Canvas(self, bd=0, highlightthickness=0, height=S(38))
        self.bubbles.pack(fill="both", expand=True)
        self.new_below = NewBelow(self, self.to_bottom)
        self.typing_strip.bind("<Configure>", lambda _e: self._paint_typing())
        look().watch(self.typing_strip, self._paint_typing)
        self.retext()

    def retext(self) -> None:
        self.bubbles.retext(
            BubbleWords(
                show_all=lambda hidden: _("Show all (+{count})").format(count=wording.count_text(hidden)),
                show_less=_("Show less"),
                day=words.day_text,
            )
        )
        self._paint_typing()
        self.rewrite()

    # What is shown

    def show(self, conversation: str) -> None:
        """Show another conversation, at its end; "" shows none."""
        self.conversation = conversation
        self._seen = -1
        self.restart()

    def restart(self) -> None:
        """Fetch everything anew."""
        self.new_below.pack_forget()
        reader = self._reader() if self.conversation else None
        self._show_colours()
        self.bubbles.show_authors = self.conversation == ALL or self.conversation.startswith("r:")
        if reader is None:
            self._rows = None
            self.bubbles.set_source(ListSource[BubbleRow]())
        else:
            self._rows = HistoryRows(reader, self.model, self.conversation)
            self.bubbles.set_source(self._rows)
        self.show_typing()

    def extend(self) -> None:
        """Rows came below. Cheap."""
        if self._rows is not None:
            self._rows.recount()
            self.bubbles.refresh()

    def rewrite(self) -> None:
        """Rows changed in place, or went."""
        if self._rows is not None:
            self._rows.recount()
            self._show_colours()
            self.bubbles.invalidate()

    def count(self) -> int:
        return self._rows.count() if self._rows is not None else 0

    def see(self, position: int) -> None:
        """Bring a message into view and mark it."""
        self.bubbles.paint_now()
        self.bubbles.selection.only(position)
        self.bubbles.see(position)

    def to_bottom(self) -> None:
        self.bubbles.to_bottom()

    def tell_seen(self) -> None:
        """Call when the window is looked at: what is in view counts as seen."""
        visible = self.bubbles.visible
        position = visible[-1] if len(visible) else -1
        if self._rows is not None and self.bubbles.at_bottom:
            position = max(position, self.count() - 1)
        if position > self._seen and self.on_seen(position):
            self._seen = position

    def visible_text(self) -> str:
        """What is drawn at present, one row a line."""
        rows = [self.bubbles.row(index) for index in self.bubbles.visible]
        return "\n".join(self.bubbles.text_of(row) for row in rows if row is not None)

    def selected(self) -> list[ChatRow]:
        """The selected messages, at most LARGE_JUMP of them."""
        found: list[ChatRow] = []
        if self._rows is not None:
            for start, stop in self.bubbles.selection.ranges:
                found += self._rows.fetch(start, min(stop, start + LARGE_JUMP - len(found)))
        return found

    # Typing

    def show_typing(self) -> None:
        """Look again who is typing here."""
        names = self.model.typing(self.conversation) if self.conversation else []
        if names == self._typing:
            return
        self._typing = names
        if names and not self.typing_strip.winfo_manager():
            self.typing_strip.pack(side="bottom", fill="x", before=self.bubbles)
        elif not names:
            self.typing_strip.pack_forget()
        self._paint_typing()

    def _paint_typing(self) -> None:
        c, p = self.typing_strip, look().palette
        c.configure(background=p.card, height=S(38))
        c.delete("all")
        if not self._typing:
            return
        size, middle = S(30), S(19)
        name = self._typing[0]
        picture = portrait(self.bubbles.pictures.get(name, ""), size)
        disc = picture or look().shapes.disc(size, self.bubbles.colour_of(name))
        c.create_image(S(8), middle, anchor="w", image=disc)
        if picture is None:
            c.create_text(
                S(8) + size // 2, middle, text=initial_of(name) or "?", fill="#ffffff",
                font=look().font(10, bold=True),
            )  # fmt: skip
        x = S(46)
        look().shapes.round_rect(c, (x, S(4), x + S(56), S(34)), p.you, S(15), (), p.card)
        for number in range(3):
            dot = look().shapes.disc(S(6), p.mute if number < 2 else p.faint)
            c.create_image(x + S(17) + number * S(11), middle, image=dot)
        said = ngettext("{names} is typing", "{names} are typing", len(self._typing))
        room = max(S(80), c.winfo_width() - x - S(80))
        names = room - look().font(8).measure(said.format(names=""))
        text = said.format(names=fit(look().font(8), ", ".join(self._typing[:3]), max(S(40), names)))
        c.create_text(
            x + S(66), middle, anchor="w", text=fit(look().font(8), text, room), font=look().font(8),
            fill=p.faint,
        )  # fmt: skip

    # Parts

    def _show_colours(self) -> None:
        """Avatars show the colours that people chose; rows only know names."""
        person = self.model.person(self.conversation)
        people = [person] if person is not None else self.model.people.values()
        named = [(self.model.name_of(each.identity, each.name), each) for each in people]
        self.bubbles.colours = {name: colour_of(each.name, each.colour) for name, each in named}
        self.bubbles.pictures = {name: each.picture for name, each in named if each.picture}

    def _unseen(self, count: int) -> None:
        text = ngettext("{count} new", "{count} new", count).format(count=wording.count_text(count))
        self.new_below.show(text if count else "", self.bubbles)

    def _menu(self, row: BubbleRow, event: tk.Event[tk.Misc]) -> None:
        if isinstance(row, ChatRow):
            self.on_row_menu(row, event)

    def _to_quoted(self, row: ChatRow) -> None:
        """Go to the message that a quote is of."""
        reader = self._reader()
        position = None
        if reader is not None:
            stored = reader.get(self.conversation, row.message)
            if stored is not None and stored.reply_to:
                position = reader.position_of(self.conversation, stored.reply_to)
        if position is not None:
            self.see(position)
