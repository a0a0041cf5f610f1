"""`Conversation`: with whom something is said. What commands and events name it by, and dictionaries too.

In the history, and in what the terminal prints, it is a text: ``p:`` and the identity of the person, ``r:``
and the room's id, or ``all``. `Conversation.parse` and ``str()`` translate there, and nowhere else.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

_TEXT = re.compile(r"([pr]):((?:[0-9a-f]{2})+)")
_TEXTS_KEPT = 512
"""Texts whose conversation need not be made again: the history reads the same few over and over."""


class ConversationKind(str, Enum):
    PERSON = "p"
    ROOM = "r"
    EVERYBODY = "all"  # announcements


class Conversation(NamedTuple):
    """``id``: the person's identity or the room's id as lower-case hex; "" for `EVERYBODY`.

    A tuple, for it is hashed several times for each message and for each line of the list of people; and made
    without the call of Python code that its own constructor is."""

    kind: ConversationKind
    id: str = ""

    @classmethod
    def person(cls, identity: str) -> Conversation:
        return tuple.__new__(cls, (_PERSON, identity))

    @classmethod
    def room(cls, room: str) -> Conversation:
        return tuple.__new__(cls, (_ROOM, room))

    @classmethod
    def parse(cls, text: str) -> Conversation:
        """What ``str()`` gave. Raises ValueError for any other text."""
        return _parsed(text)

    @property
    def is_person(self) -> bool:
        return self.kind is _PERSON

    @property
    def is_room(self) -> bool:
        return self.kind is _ROOM

    def __str__(self) -> str:
        return self.kind.value if self.kind is _EVERYBODY else f"{self.kind.value}:{self.id}"


# Found faster here than in their class.
_PERSON = ConversationKind.PERSON
_ROOM = ConversationKind.ROOM
_EVERYBODY = ConversationKind.EVERYBODY

EVERYBODY = Conversation(_EVERYBODY)
"""Announcements to everybody in sight."""


@lru_cache(_TEXTS_KEPT)
def _parsed(text: str) -> Conversation:
    if text == _EVERYBODY.value:
        return EVERYBODY
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"no conversation: {text!r}")
    return Conversation(ConversationKind(match[1]), match[2])
