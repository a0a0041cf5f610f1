"""The messages of one conversation, and a button "12 new" when some came below what is being read."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat import words
from gui.pages.chat.avatars import colour_of, initial_of
from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.bubbles import ChatBubbles
from gui.pages.chat.conversation.rows import ChatRow, HistoryRows
from gui.pages.chat.files.transfer_rows import FileFacts
from gui.pages.chat.portraits import portrait
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.bubbles import BubbleRow, BubbleWords
from gui.widgets.new_below import NewBelow
from gui.widgets.row_source import ListSource
from gui.widgets.text_fit import fit
from net.chat.conversation import Conversation

MOST_SELECTED = 10_000


class MessageView(ttk.Frame):
    """`show` a conversation, then `extend` or `rewrite` as its rows come or change.

    ``on_row_menu(row, event)``; ``on_seen(position)`` when all up to there can be seen, again until it
    returns True; ``on_file``, ``on_link``, ``on_link_hover``: see `ChatBubbles`.
    """

    def __init__(
        self,
        master: tk.Misc,
        context: ChatContext,
        on_row_menu: Callable[[ChatRow, tk.Event[tk.Misc]], object],
        on_seen: Callable[[int], bool],
        on_file: Callable[[FileFacts], object],
        on_link: Callable[[str], object],
        on_link_hover: Callable[[str], object],
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self.conversation: Conversation | None = None
        self._context = context
        self._model = context.model
        self._on_row_menu = on_row_menu
        self._on_seen = on_seen
        self._rows: HistoryRows | None = None
        self._seen = -1
        self._typing: list[str] = []
        self.bubbles = ChatBubbles(self, on_file, self._to_quoted, on_link, on_link_hover)
        self.bubbles.on_unseen = self._unseen
        self.bubbles.on_menu = self._menu
        self.typing_strip = tk.Canvas(self, bd=0, highlightthickness=0, height=S(38))
        self.bubbles.pack(fill="both", expand=True)
        self.new_below = NewBelow(self, self.to_bottom)
        self.typing_strip.bind("<Configure>", lambda _e: self._paint_typing())
        look().watch(self.typing_strip, self._paint_typing)
        follow_language(self, self._set_words)

    def _set_words(self) -> None:
        self.bubbles.retext(
            BubbleWords(
                show_all=lambda hidden: _("Show all (+{count})").format(count=wording.count_text(hidden)),
                show_less=_("Show less"),
                day=words.day_text,
            )
        )
        self._paint_typing()
        self.rewrite()

    # --- What is shown ---

    def show(self, conversation: Conversation | None) -> None:
        """Show another conversation, scrolled to its end; None shows none."""
        self.conversation = conversation
        self._seen = -1
        self.restart()

    def restart(self) -> None:
        """Fetch all rows again, and go to the end."""
        self.new_below.pack_forget()
        conversation = self.conversation
        self._show_colours()
        self.bubbles.show_authors = conversation is not None and not conversation.is_person
        if conversation is None or (reader := self._context.history) is None:
            self._rows = None
            self.bubbles.set_source(ListSource[BubbleRow]())
        else:
            self._rows = HistoryRows(reader, self._model, conversation)
            self.bubbles.set_source(self._rows)
        self.show_typing()

    def extend(self) -> None:
        """Show rows that were appended. Cheap."""
        if self._rows is not None:
            self._rows.recount()
            self.bubbles.refresh()

    def rewrite(self) -> None:
        """Fetch the rows in view again: some changed in place, or were deleted."""
        if self._rows is not None:
            self._rows.recount()
            self._show_colours()
            self.bubbles.invalidate()

    def count(self) -> int:
        return self._rows.count() if self._rows is not None else 0

    def see(self, position: int) -> None:
        """Scroll to a message and select it."""
        self.bubbles.paint_now()
        self.bubbles.selection.only(position)
        self.bubbles.see(position)

    def to_bottom(self) -> None:
        self.bubbles.to_bottom()

    def note_seen(self) -> None:
        """Count the messages in view as seen. Call it while the person is looking at them."""
        self.bubbles.paint_now()
        visible = self.bubbles.visible
        position = visible[-1] if len(visible) else -1
        if self._rows is not None and self.bubbles.at_bottom:
            position = max(position, self.count() - 1)
        if position > self._seen and self._on_seen(position):
            self._seen = position

    def selected(self) -> list[ChatRow]:
        """The selected messages, at most `MOST_SELECTED` of them."""
        found: list[ChatRow] = []
        if self._rows is not None:
            for start, stop in self.bubbles.selection.ranges:
                found += self._rows.fetch(start, min(stop, start + MOST_SELECTED - len(found)))
        return found

    # --- Typing ---

    def show_typing(self) -> None:
        """Show who is typing here now."""
        names = self._model.typing(self.conversation) if self.conversation is not None else []
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
        left = S(46)
        self._paint_typing_avatar(self._typing[0])
        look().shapes.round_rect(c, (left, S(4), left + S(56), S(34)), p.you, S(15), (), p.card)
        for number in range(3):
            dot = look().shapes.disc(S(6), p.mute if number < 2 else p.faint)
            c.create_image(left + S(17) + number * S(11), S(19), image=dot)
        self._paint_typing_names(left + S(66), c.winfo_width() - S(14))

    def _paint_typing_avatar(self, name: str) -> None:
        c, size, middle = self.typing_strip, S(30), S(19)
        picture = portrait(self.bubbles.pictures.get(name, ""), size)
        disc = picture or look().shapes.disc(size, self.bubbles.colour_of(name))
        c.create_image(S(8), middle, anchor="w", image=disc)
        if picture is None:
            initial, font = initial_of(name) or "?", look().font(10, bold=True)
            c.create_text(S(8) + size // 2, middle, text=initial, fill="#ffffff", font=font)

    def _paint_typing_names(self, left: int, right: int) -> None:
        """Shorten the names where there is too little room, not "is typing"."""
        font, room = look().font(8), max(S(80), right - left)
        sentence = ngettext("{names} is typing", "{names} are typing", len(self._typing))
        for_names = room - font.measure(sentence.format(names=""))
        names = fit(font, ", ".join(self._typing[:3]), max(S(40), for_names))
        text = fit(font, sentence.format(names=names), room)
        faint = look().palette.faint
        self.typing_strip.create_text(left, S(19), anchor="w", text=text, font=font, fill=faint)

    # --- Parts ---

    def _show_colours(self) -> None:
        """Give the bubbles the colours and pictures that people chose: a row knows only its author's name."""
        person = self._model.person(self.conversation)
        people = [person] if person is not None else self._model.people.values()
        named = [(self._model.name_of(each.identity, each.name), each) for each in people]
        self.bubbles.colours = {name: colour_of(each.name, each.colour) for name, each in named}
        self.bubbles.pictures = {name: each.picture for name, each in named if each.picture}

    def _unseen(self, count: int) -> None:
        text = ngettext("{count} new", "{count} new", count).format(count=wording.count_text(count))
        self.new_below.show(text if count else "", self.bubbles)

    def _menu(self, row: BubbleRow, event: tk.Event[tk.Misc]) -> None:
        if isinstance(row, ChatRow):
            self._on_row_menu(row, event)

    def _to_quoted(self, row: ChatRow) -> None:
        """Go to the message that this one quotes."""
        reader, conversation = self._context.history, self.conversation
        position = None
        if reader is not None and conversation is not None:
            stored = reader.get(conversation, row.message)
            if stored is not None and stored.reply_to:
                position = reader.position_of(conversation, stored.reply_to)
        if position is not None:
            self.see(position)
