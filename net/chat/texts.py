"""Texts: texts between two people and announcements to all, with their receipts. NetThread only."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

from net.chat.commands import DeleteMessages, MarkDisplayed, SendText, SendTyping
from net.chat.context import ChatContext
from net.chat.events import ChatFault, MessageState, TypingSeen
from net.chat.history import ConversationCount, HistoryStore, MessageRow, NewMessage
from net.chat.troubles import Trouble, trouble
from net.chat.wires.duplex.delivery import Deed, Effect
from net.events import Fault, FaultKind
from net.protocol.chat.cleaning import clean_message
from net.protocol.chat.messages import (
    MAX_TEXT,
    MAX_TEXT_BYTES,
    Displayed,
    Say,
    Typing,
    Wire,
)

ALL = "all"
QUOTE = 200
"""Characters of a quote."""

TYPING_EVERY = 3.0
"""Seconds between two Typing of one conversation, however fast the keys are."""

TYPING_TOLD_EVERY = 1.0

DISPLAYED_AT_ONCE = 500


class Texts:
    def __init__(self, context: ChatContext) -> None:
        self._context = context
        context.delivery.on_stored = context.counted
        self._typed: dict[str, float] = {}
        self._typing_told: dict[str, float] = {}

    def text_of(self, command: SendText) -> str | None:
        """What is sent of the command's text; None where it can't be, which is told."""
        size = max(len(command.text), 0)
        bytes_ = len(command.text.encode("utf-8", "replace"))
        if size > MAX_TEXT or bytes_ > MAX_TEXT_BYTES:
            params = {"size": bytes_, "limit": MAX_TEXT_BYTES if bytes_ > MAX_TEXT_BYTES else MAX_TEXT}
            self._context.emit(ChatFault(Fault(FaultKind.MESSAGE_TOO_LONG, params), command.conversation))
            return None
        text = clean_message(command.text)
        if not text.strip():
            self._context.emit(trouble(Trouble.TEXT_EMPTY, command.conversation))
            return None
        return text

    def send(self, command: SendText) -> None:
        """To a person or to all; rooms are the rooms'."""
        context = self._context
        conversation = command.conversation
        announcement = conversation == ALL
        if announcement:
            peers = [
                contact.identity
                for contact in context.people.contacts.values()
                if contact.may_talk and (contact.line is not None or contact.seen)
            ]
            if not peers:
                context.emit(trouble(Trouble.NO_ONE_VISIBLE, conversation, offline=True))
                return
        else:
            contact = context.people.get(conversation[2:])
            if contact is None:
                context.emit(trouble(Trouble.PERSON_UNKNOWN, conversation, conversation[2:]))
                return
            if contact.is_refused:
                context.emit(trouble(Trouble.PERSON_BLOCKED, conversation, contact.identity))
                return
            peers = [contact.identity]
        text = self.text_of(command)
        if text is None:
            return
        now = time.time_ns()

        def work(store: HistoryStore) -> tuple[MessageRow, Effect, int] | None:
            quote = quote_of(store, conversation, command.reply_to)
            new = NewMessage(
                *(command.message, context.identity, context.name, text, now, now // 1_000_000),
                *(command.reply_to, quote, announcement),
            )
            row = store.messages.add(conversation, new, False, peers if announcement else ())
            if row is None:
                return None
            say = Say(
                id=bytes.fromhex(command.message),
                text=text,
                time=new.sent,
                reply_to=bytes.fromhex(command.reply_to),
                quote=quote,
                announcement=announcement,
            )
            effect = context.enqueue(store, peers, say, command.message)
            return row, effect, store.outbox.last_number(peers[0])

        def written(result: tuple[MessageRow, Effect, int] | None) -> None:
            if result is not None:
                row, went, number = result
                went()
                if not announcement:
                    context.delivery.follow(number, peers[0], conversation, command.message)
                context.added(row)

        context.history.submit(work, written=written)

    def take(self, identity: str, message: Say) -> Deed | None:
        """A message out of an envelope."""
        if message.room:
            return None
        context = self._context
        contact = context.people.get(identity)
        name = contact.name if contact is not None else ""
        conversation = ALL if message.announcement else f"p:{identity}"
        new = NewMessage(
            *(message.id.hex(), identity, name, clean_message(message.text), time.time_ns(), message.time),
            *(message.reply_to.hex(), clean_message(message.quote), message.announcement),
        )

        def deed(store: HistoryStore) -> Effect | None:
            row = store.messages.add(conversation, new, True)
            if row is None:
                return None
            return self._told(row, store.messages.count(conversation))

        return deed

    def _told(self, row: MessageRow, count: ConversationCount) -> Effect:
        def tell() -> None:
            self._context.added(row)
            self._context.counted(count)

        return tell

    def displayed(self, identity: str, message: Displayed) -> Deed:
        """The other has seen these messages of ours."""
        ids = [id.hex() for id in message.messages]

        def deed(store: HistoryStore) -> Effect:
            changes = store.messages.set_state(ids, MessageState.DISPLAYED, identity)
            return lambda: self._context.delivery.tell_states(changes)

        return deed

    def mark_displayed(self, command: MarkDisplayed) -> None:
        context = self._context
        refused = {contact.identity for contact in context.people.contacts.values() if not contact.may_talk}
        known = set(context.people.contacts)

        def work(store: HistoryStore) -> tuple[ConversationCount, list[Effect]]:
            seen = store.messages.mark_displayed(command.conversation, command.position)
            effects: list[Effect] = []
            if not command.conversation.startswith("r:"):
                authors: defaultdict[str, list[bytes]] = defaultdict(list)
                for author, message in seen.messages:
                    authors[author].append(bytes.fromhex(message))
                for author, ids in authors.items():
                    if author not in known or author in refused:
                        continue
                    for first in range(0, len(ids), DISPLAYED_AT_ONCE):
                        some = Displayed(messages=ids[first : first + DISPLAYED_AT_ONCE])
                        effects.append(context.enqueue(store, [author], some))
            return ConversationCount(seen.conversation, seen.count, seen.unread), effects

        def done(result: tuple[ConversationCount, list[Effect]]) -> None:
            count, effects = result
            context.counted(count)
            for effect in effects:
                effect()

        context.history.submit(work, done)

    def delete(self, command: DeleteMessages) -> None:
        messages = tuple(command.messages)
        self._context.history.submit(
            lambda store: store.messages.delete(command.conversation, messages), self._context.counted
        )

    def typing(self, command: SendTyping, to_room: Callable[[str], list[str]]) -> None:
        """Told at most every TYPING_EVERY seconds. ``to_room(room)``: whom to tell of typing in a room."""
        now = self._context.loop.time()
        if now - self._typed.get(command.conversation, float("-inf")) < TYPING_EVERY:
            return
        self._typed[command.conversation] = now
        kind, _, id = command.conversation.partition(":")
        message: Wire = Typing(room=bytes.fromhex(id)) if kind == "r" else Typing()
        for identity in to_room(id) if kind == "r" else [id]:
            contact = self._context.people.get(identity)
            if contact is not None and contact.line is not None:
                contact.line.send(message)

    def take_typing(self, identity: str, message: Typing) -> None:
        now = self._context.loop.time()
        contact = self._context.people.get(identity)
        key = f"{identity}{message.room.hex()}"
        if contact is None or now - self._typing_told.get(key, float("-inf")) < TYPING_TOLD_EVERY:
            return
        if len(self._typing_told) > 1000:
            self._typing_told.clear()
        self._typing_told[key] = now
        conversation = f"r:{message.room.hex()}" if message.room else f"p:{identity}"
        self._context.emit(TypingSeen(conversation, identity, contact.name))


def quote_of(store: HistoryStore, conversation: str, message: str) -> str:
    """The beginning of the message that is replied to; "" where it is gone."""
    row = store.messages.get(conversation, message) if message else None
    return row.text[:QUOTE] if row is not None else ""
