"""Texts between two people and announcements to all, with their receipts. NetThread only."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace

from net.chat.commands import DeleteMessages, MarkDisplayed, SendText
from net.chat.context import ChatContext
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import ChatFault, MessageState
from net.chat.history import ConversationCount, FollowUp, HistoryStore, MessageRow, NewMessage, StoreAction
from net.chat.inbox import Inbox
from net.chat.troubles import Trouble, trouble
from net.events import Fault, FaultKind
from net.protocol.chat.cleaning import clean_message
from net.protocol.chat.messages import (
    MAX_TEXT,
    MAX_TEXT_BYTES,
    Displayed,
    Say,
)

QUOTE = 200
"""Characters of a quote."""

DISPLAYED_AT_ONCE = 500
"""Messages of one receipt."""


class Texts:
    def __init__(self, context: ChatContext, inbox: Inbox) -> None:
        self._context = context
        inbox.on_body(Say, self.take)
        inbox.on_body(Displayed, self._displayed)

    def text_of(self, command: SendText) -> str | None:
        """What is sent of the command's text; None where it can't be, which is reported."""
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
        announcement = conversation == EVERYBODY
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
            contact = context.people.get(conversation.id)
            if contact is None:
                context.emit(trouble(Trouble.PERSON_UNKNOWN, conversation, conversation.id))
                return
            if contact.is_refused:
                context.emit(trouble(Trouble.PERSON_BLOCKED, conversation, contact.identity))
                return
            peers = [contact.identity]
        text = self.text_of(command)
        if text is None:
            return
        now = time.time_ns()

        def work(store: HistoryStore) -> tuple[MessageRow, FollowUp, int] | None:
            quote = quote_of(store, conversation, command.reply_to)
            new = replace(self.own_message(command, text, quote, now), announcement=announcement)
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

        def written(result: tuple[MessageRow, FollowUp, int] | None) -> None:
            if result is not None:
                row, went, number = result
                went()
                if not announcement:
                    context.wire(peers[0]).follow(number, peers[0], conversation, command.message)
                context.added(row)

        context.history.submit(work, written=written)

    def own_message(self, command: SendText, text: str, quote: str, now: int) -> NewMessage:
        """What this user writes, as it comes into the history; ``now`` in ns."""
        return NewMessage(
            message=command.message,
            author=self._context.identity,
            name=self._context.name,
            text=text,
            time=now,
            sent=now // 1_000_000,
            reply_to=command.reply_to,
            quote=quote,
        )

    def take(self, identity: str, message: Say) -> StoreAction | None:
        """A message out of an envelope."""
        if message.room:
            return None
        context = self._context
        contact = context.people.get(identity)
        name = contact.name if contact is not None else ""
        conversation = EVERYBODY if message.announcement else Conversation.person(identity)
        new = NewMessage(
            message=message.id.hex(),
            author=identity,
            name=name,
            text=clean_message(message.text),
            time=time.time_ns(),
            sent=message.time,
            reply_to=message.reply_to.hex(),
            quote=clean_message(message.quote),
            announcement=message.announcement,
        )

        def action(store: HistoryStore) -> FollowUp | None:
            row = store.messages.add(conversation, new, True)
            if row is None:
                return None
            return self._added(row, store.messages.count(conversation))

        return action

    def _added(self, row: MessageRow, count: ConversationCount) -> FollowUp:
        def report() -> None:
            self._context.added(row)
            self._context.counted(count)

        return report

    def _displayed(self, identity: str, message: Displayed) -> StoreAction:
        """The other has seen these messages of ours."""
        ids = [id.hex() for id in message.messages]

        def action(store: HistoryStore) -> FollowUp:
            changes = store.messages.set_state(ids, MessageState.DISPLAYED, identity)
            return lambda: self._context.emit_states(changes)

        return action

    def mark_displayed(self, command: MarkDisplayed) -> None:
        context = self._context
        refused = {contact.identity for contact in context.people.contacts.values() if not contact.may_talk}
        known = set(context.people.contacts)

        def work(store: HistoryStore) -> tuple[ConversationCount, list[FollowUp]]:
            seen = store.messages.mark_displayed(command.conversation, command.position)
            effects: list[FollowUp] = []
            if not command.conversation.is_room:
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

        def done(result: tuple[ConversationCount, list[FollowUp]]) -> None:
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


def quote_of(store: HistoryStore, conversation: Conversation, message: str) -> str:
    """The beginning of the message that is replied to; "" where it is gone."""
    row = store.messages.get(conversation, message) if message else None
    return row.text[:QUOTE] if row is not None else ""
