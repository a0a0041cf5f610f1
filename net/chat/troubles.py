"""Why a command of the chat could not be done, as a `ChatFault`; and what events are emitted with."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from net.chat.conversation import Conversation
from net.chat.events import ChatFault
from net.events import Event, Fault, FaultKind

Emit = Callable[[Event], None]
"""Takes an event to the views; on NetThread."""


class Trouble(str, Enum):
    """Why something was not done: ``details["reason"]`` of a `ChatFault` whose kind is NOT_OPEN or
    NOT_CONNECTED."""

    NOT_STARTED = "not_started"
    PERSON_UNKNOWN = "person_unknown"
    PERSON_BLOCKED = "person_blocked"  # or with a changed key that waits for a decision
    PAIRING = "pairing"  # the other did not want to: details["detail"] says how
    NO_ONE_VISIBLE = "no_one_visible"
    ROOM_UNKNOWN = "room_unknown"
    NOT_HOST = "not_host"
    NOT_MEMBER = "not_member"
    MEMBER_AWAY = "member_away"  # a room can be handed only to one who is there and has all of it
    TEXT_EMPTY = "text_empty"
    NAME_EMPTY = "name_empty"
    TRANSFER_UNKNOWN = "transfer_unknown"
    SET_ASIDE = "set_aside"  # an envelope from or to a person that could not be handled; the others go on


def trouble(
    reason: Trouble,
    conversation: Conversation | None = None,
    identity: str = "",
    detail: str = "",
    offline: bool = False,
) -> ChatFault:
    kind = FaultKind.NOT_CONNECTED if offline else FaultKind.NOT_OPEN
    details = {"reason": reason.value}
    if detail:
        details["detail"] = detail
    return ChatFault(Fault(kind), conversation, identity, details)
