""" "... is typing": sent while this user types, and shown while others do. NetThread only."""

from __future__ import annotations

from net.chat.commands import SendTyping
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import TypingSeen
from net.chat.inbox import Inbox
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms import Rooms
from net.protocol.chat.messages import Typing

SEND_EVERY = 3.0
"""Seconds between two notices in one conversation, however fast the keys are."""

SHOW_EVERY = 1.0
"""Seconds between two notices of one person in one conversation that are shown; those between are dropped."""

MOST_REMEMBERED = 1000


class TypingNotices:
    def __init__(self, context: ChatContext, inbox: Inbox, rooms: Rooms) -> None:
        self._context = context
        self._rooms = rooms
        self._sent: dict[Conversation, float] = {}
        self._shown: dict[tuple[str, bytes], float] = {}
        inbox.on_message(Typing, self.take)

    def send(self, command: SendTyping) -> None:
        now = self._context.loop.time()
        if now - self._sent.get(command.conversation, float("-inf")) < SEND_EVERY:
            return
        self._sent[command.conversation] = now
        in_room, id = command.conversation.is_room, command.conversation.id
        message = Typing(room=bytes.fromhex(id)) if in_room else Typing()
        for identity in self._rooms.peers(id) if in_room else [id]:
            contact = self._context.people.get(identity)
            if contact is not None and contact.line is not None:
                contact.line.send(message)

    def take(self, contact: Contact, line: Line, message: Typing) -> None:
        """One that arrives."""
        identity, room = contact.identity, message.room.hex()
        if room and not self._rooms.is_member(room, identity):
            return
        now = self._context.loop.time()
        key = (identity, message.room)
        if now - self._shown.get(key, float("-inf")) < SHOW_EVERY:
            return
        if len(self._shown) > MOST_REMEMBERED:
            self._shown.clear()
        self._shown[key] = now
        conversation = Conversation.room(room) if room else Conversation.person(identity)
        self._context.emit(TypingSeen(conversation, identity, contact.name))
