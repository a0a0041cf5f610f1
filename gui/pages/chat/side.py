"""The third card: a room's members, or the files. Each is made when it is first wanted."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.pages.chat.context import ChatContext
from gui.widgets.three_cards import CardWidths, ThreeCards

if TYPE_CHECKING:
    from gui.pages.chat.files.transfer_card import TransferCard
    from gui.pages.chat.rooms.room_card import RoomCard

WIDTHS = CardWidths(left=268, middle=400, right=310)


class SideCard:
    """Lays out the page's cards, with the third one while it is wanted."""

    def __init__(self, frame: ttk.Frame, people: ttk.Frame, chat: ttk.Frame, context: ChatContext) -> None:
        self._frame = frame
        self._context = context
        self._members: RoomCard | None = None
        self._files: TransferCard | None = None
        self._wanted = False
        self.cards = ThreeCards(frame, people, chat, WIDTHS, choose_right=lambda _fits: self.shown)
        context.side_toggled.connect(self.toggle)
        self.cards.arrange()

    @property
    def shown(self) -> RoomCard | TransferCard | None:
        """The third card, while it is wanted."""
        if not self._wanted:
            return None
        return self._members if self._in_room else self._files

    def toggle(self) -> None:
        self._wanted = not self._wanted
        self.refresh()

    def make_way(self) -> None:
        """A conversation was chosen: hide the third card if it covers the conversation."""
        if self._wanted and not self.cards.fits:
            self.toggle()

    def refresh(self) -> None:
        """Show what belongs to the open conversation as it is now."""
        if self._wanted:
            conversation = self._context.conversation
            if conversation is not None and conversation.is_room:
                self._members_card().show(conversation.id)
            else:
                self._files_card().show(conversation)
        self.cards.arrange()

    def focus(self) -> bool:
        """Give the keyboard to the third card's list; False if there is no third card."""
        side = self.shown
        if side is None:
            return False
        side.list.canvas.focus_set()
        side.list.update_idletasks()  # a list that was just made has no rows before it has a size
        side.list.paint_now()
        if not len(side.list.selection):
            side.list.step(1, False, tk.Event())
        return True

    @property
    def _in_room(self) -> bool:
        conversation = self._context.conversation
        return conversation is not None and conversation.is_room

    def _members_card(self) -> RoomCard:
        from gui.pages.chat.rooms.room_card import RoomCard

        if self._members is None:
            self._members = RoomCard(self._frame, self._context)
        return self._members

    def _files_card(self) -> TransferCard:
        from gui.pages.chat.files.transfer_card import TransferCard

        if self._files is None:
            self._files = TransferCard(self._frame, self._context)
        return self._files
