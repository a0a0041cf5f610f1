"""What this PC's user writes in rooms."""

from __future__ import annotations

import time

from net.chat.commands import SendText
from net.chat.context import ChatContext, run_effect
from net.chat.history import FollowUp, HistoryStore
from net.chat.rooms.book import RoomBook
from net.chat.texts import Texts, quote_of
from net.chat.troubles import Trouble, trouble


class RoomTexts:
    def __init__(self, context: ChatContext, book: RoomBook, texts: Texts) -> None:
        self._context = context
        self._book = book
        self._texts = texts

    def send(self, command: SendText) -> None:
        """Into the log where the room is hosted here; else to its host, who orders it."""
        context = self._context
        room = command.conversation.id
        hosted, joined = self._book.hosted.get(room), self._book.joined.get(room)
        if hosted is None and joined is None:
            context.emit(trouble(Trouble.ROOM_UNKNOWN, command.conversation))
            return
        text = self._texts.text_of(command)
        if text is None:
            return
        now = time.time_ns()

        def work(store: HistoryStore) -> FollowUp | None:
            quote = quote_of(store, command.conversation, command.reply_to)
            new = self._texts.own_message(command, text, quote, now)
            if joined is not None:
                return joined.post(store, new)
            return hosted.say(store, new) if hosted is not None else None

        context.history.submit(work, run_effect)
