"""What this PC's user writes in rooms."""

from __future__ import annotations

import time

from net.chat.commands import SendText
from net.chat.context import ChatContext, run_effect
from net.chat.history import FollowUp, HistoryStore, LogEntry, NewMessage
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
        room = command.conversation[2:]
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
            if hosted is not None:
                entry = LogEntry(
                    number=0,
                    message=command.message,
                    author=context.identity,
                    name=context.name,
                    sent=now // 1_000_000,
                    text=text,
                    reply_to=command.reply_to,
                    quote=quote,
                )
                return hosted.say(store, entry)
            if joined is None:
                return None
            new = NewMessage(
                message=command.message,
                author=context.identity,
                name=context.name,
                text=text,
                time=now,
                sent=now // 1_000_000,
                reply_to=command.reply_to,
                quote=quote,
            )
            return joined.post(store, new)

        context.history.submit(work, run_effect)
