"""What the chat's terminal knows (people, rooms, transfers), and the lines it prints about them.

A line is a tag, then fields with one space between, then at most one free text that may hold spaces. Tags and
states are never translated, so that scripts can read them; docs/command-line.md lists them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    ChatStarted,
    LeftOut,
    MessageAdded,
    Person,
    Proof,
    Room,
    RoomMember,
    TransferChanged,
    TransferStage,
)

ID_DIGITS = 12
"""Digits of an identity, a message, a room or a transfer that are printed: enough to distinguish them."""

LEAST_DIGITS = 4
"""Digits of an id that are enough to name somebody."""

DOUBTFUL = (Proof.UNSIGNED, Proof.FORGED)
"""Proofs that are reported in a line of their own."""

NOTHING = "-"

UNDER_WAY = (TransferStage.OFFERED, TransferStage.WAITING, TransferStage.RUNNING)
OVER = (
    TransferStage.FINISHED,
    TransferStage.DECLINED,
    TransferStage.CANCELLED_HERE,
    TransferStage.CANCELLED_THERE,
)
T = TypeVar("T", Person, Room)


def short(id: str) -> str:
    return id[:ID_DIGITS] or NOTHING


def one_line(text: str) -> str:
    """``text`` on one line: line ends as ``\\n``, tabs as ``\\t``, backslashes doubled."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def short_conversation(conversation: Conversation) -> str:
    if conversation == EVERYBODY:
        return str(conversation)
    return str(conversation._replace(id=short(conversation.id)))


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def proof_line(conversation: Conversation, message: str, proof: Proof) -> str:
    """Of a message in a room that its author did not sign."""
    return f"proof {short_conversation(conversation)} {short(message)} {proof.value}"


def message_line(event: MessageAdded) -> str:
    tag = ("in" if event.incoming else "out") + ("-file" if event.transfer else "")
    author = [short(event.author)] if event.incoming else []
    where = short_conversation(event.conversation)
    return " ".join([tag, where, short(event.message), *author, one_line(event.text)])


def person_line(person: Person) -> str:
    state = f"{person.presence.value} {person.trust.value}"
    return f"person {short(person.identity)} {state} {person.path or NOTHING} {one_line(person.name)}"


def room_line(room: Room) -> str:
    standing = "hosted" if room.hosted_here else "joined" if room.joined else "seen"
    rules = [
        name
        for name, holds in (
            ("locked", room.locked),
            ("read_only", room.read_only),
            ("all_muted", room.all_muted),
            ("host_away", not room.host_online),
        )
        if holds
    ]
    fields = f"{short(room.room)} {standing} {room.code or NOTHING} {room.members}"
    return f"room {fields} {','.join(rules) or NOTHING} {one_line(room.name)}"


def member_line(room: str, member: RoomMember) -> str:
    muted = "muted" if member.muted else NOTHING
    return f"member {short(room)} {short(member.identity)} {member.state} {muted} {one_line(member.name)}"


def file_line(number: int, event: TransferChanged) -> str:
    way = "in" if event.incoming else "out"
    fields = f"{number} {way} {short(event.identity)} {event.stage.value} {event.done} {event.size}"
    return f"file {fields} {event.reason or NOTHING} {one_line(event.title)}"


def left_out_line(number: int, left_out: LeftOut) -> str:
    """Of the transfer with this number."""
    counts = ",".join(f"{reason}={count}" for reason, count in left_out.counts)
    return f"left-out {number} {counts}"


@dataclass
class Roster:
    """Everything by its id (hex); transfers have numbers from 1 in the order in which they first
    appeared."""

    me: ChatStarted | None = None
    people: dict[str, Person] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    transfers: dict[str, TransferChanged] = field(default_factory=dict)
    refusals: int = 0  # of rooms, so far

    def find_people(self, text: str) -> list[Person]:
        """Those of this name, whatever its case, or whose identity begins so."""
        return _matching(self.people.values(), text, [one.identity for one in self.people.values()])

    def find_rooms(self, text: str) -> list[Room]:
        """Those of this name or code, or whose id begins so."""
        coded = [one for one in self.rooms.values() if one.code and one.code == text.upper()]
        return coded or _matching(self.rooms.values(), text, [one.room for one in self.rooms.values()])

    def number_of(self, transfer: str) -> int:
        return list(self.transfers).index(transfer) + 1

    def transfer(self, number: int) -> TransferChanged | None:
        all_ = list(self.transfers.values())
        return all_[number - 1] if 0 < number <= len(all_) else None

    def newest(self, stages: Iterable[TransferStage], incoming: bool | None = None) -> TransferChanged | None:
        """The transfer begun last that is in one of these stages."""
        wanted = frozenset(stages)
        for one in reversed(self.transfers.values()):
            if one.stage in wanted and incoming in (None, one.incoming):
                return one
        return None

    def name_of(self, identity: str) -> str:
        person = self.people.get(identity)
        return person.name if person is not None else ""


def _matching(all_: Iterable[T], text: str, ids: Iterable[str]) -> list[T]:
    both = list(zip(all_, ids, strict=True))
    folded = text.casefold()
    named = [one for one, _ in both if one.name.casefold() == folded]
    if named or len(text) < LEAST_DIGITS:
        return named
    return [one for one, id in both if id.startswith(folded)]
