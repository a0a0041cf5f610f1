"""What is said in a conversation, whether with a person or in a room. NetThread only."""

from __future__ import annotations

from net.chat.commands import SendText
from net.chat.rooms import Rooms
from net.chat.texts import Texts


class Conversations:
    def __init__(self, texts: Texts, rooms: Rooms) -> None:
        self._texts = texts
        self._rooms = rooms

    def send(self, command: SendText) -> None:
        if command.conversation.startswith("r:"):
            self._rooms.texts.send(command)
        else:
            self._texts.send(command)
