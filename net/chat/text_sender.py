"""Sending texts, to people and into rooms. NetThread only."""

from __future__ import annotations

from net.chat.commands import SendText
from net.chat.rooms.room_texts import RoomTexts
from net.chat.texts import Texts


class TextSender:
    def __init__(self, texts: Texts, room_texts: RoomTexts) -> None:
        self._texts = texts
        self._room_texts = room_texts

    def send(self, command: SendText) -> None:
        if command.conversation.is_room:
            self._room_texts.send(command)
        else:
            self._texts.send(command)
