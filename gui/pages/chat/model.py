"""What the Chat page knows from the events: people, rooms, conversations, transfers, what is unread and who
is typing. No tkinter here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from gui.shared.dispatch import Takers
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    ChatFailed,
    ChatFault,
    ChatStarted,
    ConversationChanged,
    DigitsCompared,
    IdentityShared,
    KeyChanged,
    MessageAdded,
    MessageStateChanged,
    OfferFailed,
    Person,
    PersonChanged,
    PersonForgotten,
    PresenceState,
    Room,
    RoomChanged,
    RoomEnded,
    RoomMember,
    RoomMembers,
    RoomMembersChanged,
    TransferChanged,
    Trust,
    TypingSeen,
    UpdateNeeded,
)
from net.chat.history import ConversationRow, MessageRow
from net.events import Fault
from net.protocol.folding import folded

TYPING_SECONDS = 6.0
"""How long somebody counts as typing after the last event that reported it."""

TRANSFERS_KEPT = 2000
FINGERPRINT_DIGITS = 8
"""How much of an identity is shown to distinguish people of the same name. It proves nothing: only comparing
the six digits does."""

HERE = (PresenceState.ONLINE, PresenceState.AWAY, PresenceState.BUSY)
Section = Literal["online", "rooms", "offline"]
_NUMBERS = re.compile(r"(\d{1,18})")


@dataclass(frozen=True, slots=True)
class LastLine:
    """The newest message of a conversation; ``time`` in ns."""

    text: str
    time: int
    incoming: bool
    name: str
    transfer: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """One line of the list: a person, a room, or the announcements to all."""

    conversation: Conversation
    section: Section
    name: str
    colour: str = ""
    presence: PresenceState = PresenceState.OFFLINE
    trust: Trust | None = None
    last: LastLine | None = None
    unread: int = 0
    address: str = ""
    fingerprint: str = ""
    picture: str | bytes = ""
    joined: bool = True
    typing: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    section: Section
    count: int


@dataclass(slots=True)
class Changes:
    """What a batch of events changed. ``renamed``: somebody's name, look or fingerprint; ``extended``:
    conversations to which rows were appended; ``rewritten``: those whose stored rows changed in place;
    ``counted``: the new number of rows, by conversation."""

    listed: bool = False
    own: bool = False
    renamed: bool = False
    extended: set[Conversation] = field(default_factory=set)
    rewritten: set[Conversation] = field(default_factory=set)
    counted: dict[Conversation, int] = field(default_factory=dict)
    typing: set[Conversation] = field(default_factory=set)
    arrived: list[MessageAdded] = field(default_factory=list)
    faults: list[ChatFault] = field(default_factory=list)
    unsent: list[OfferFailed] = field(default_factory=list)
    updates: list[UpdateNeeded] = field(default_factory=list)
    ended: list[RoomEnded] = field(default_factory=list)


class ChatModel:
    """``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.me: ChatStarted | None = None
        self.failed: Fault | None = None
        self.shared: tuple[str, ...] = ()
        """Where else this PC's identity is used."""
        self.people: dict[str, Person] = {}
        self.rooms: dict[str, Room] = {}
        self.muted: set[str] = set()
        """Rooms in which this PC's own user may not write."""
        self.transfers: dict[str, TransferChanged] = {}
        self.key_changes: dict[str, KeyChanged] = {}
        self.unread: dict[Conversation, int] = {}
        self.last: dict[Conversation, LastLine] = {}
        self._typing: dict[Conversation, dict[str, tuple[str, float]]] = {}
        self._named: dict[str, set[str]] = {}
        self._digits_said: dict[str, tuple[str, bool]] = {}
        self._changes = Changes()

    # --- What happened ---

    def takers(self) -> Takers:
        """What takes which events; `take_changes` says afterwards what they changed."""
        return {kind: self._applying(apply) for kind, apply in _APPLY.items()}

    def _applying(self, apply: Callable[[ChatModel, Any, Changes], None]) -> Callable[[Any], None]:
        return lambda event: apply(self, event, self._changes)

    def take_changes(self) -> Changes:
        """What changed since the last call."""
        changes, self._changes = self._changes, Changes()
        return changes

    def load(self, conversations: Iterable[ConversationRow]) -> None:
        """Take over the newest message and the number of unread ones of each conversation."""
        for row in conversations:
            self.unread[row.conversation] = row.unread
            self.set_last(row.conversation, row.last)

    def set_last(self, conversation: Conversation, last: MessageRow | None) -> None:
        """Take over the newest message from the history, after some were deleted."""
        if last is None:
            self.last.pop(conversation, None)
            return
        self.last[conversation] = LastLine(
            last.text, last.time, last.incoming, last.name, bool(last.transfer)
        )

    def _started(self, event: ChatStarted, changes: Changes) -> None:
        if self.me is None or self.me.identity != event.identity:
            self._forget_all()
        self.me, self.failed, self.shared = event, None, ()
        changes.own = changes.listed = True

    def _forget_all(self) -> None:
        """Whoever starts anew, perhaps as somebody else, is told of everybody again."""
        for known in (self.people, self.rooms, self.transfers, self.key_changes, self._named):
            known.clear()
        self._typing.clear()
        self._digits_said.clear()
        self.muted.clear()

    def _identity_shared(self, event: IdentityShared, changes: Changes) -> None:
        self.shared = event.addresses
        changes.own = True

    def _failed(self, event: ChatFailed, changes: Changes) -> None:
        self.me, self.failed, self.shared = None, event.fault, ()
        changes.own = True

    def _person(self, event: PersonChanged, changes: Changes) -> None:
        person = event.person
        before = self.people.get(person.identity)
        if before is None or before.name != person.name:
            self._unname(before)
            self._named.setdefault(folded_name(person.name), set()).add(person.identity)
        if before is None or _looks(before) != _looks(person):
            changes.renamed = True
        self.people[person.identity] = person
        self.unread[Conversation.person(person.identity)] = person.unread
        if person.trust is not Trust.CHANGED:
            self.key_changes.pop(person.identity, None)
        changes.listed = True

    def _forgotten(self, event: PersonForgotten, changes: Changes) -> None:
        self._unname(self.people.pop(event.identity, None))
        self._digits_said.pop(event.identity, None)
        changes.renamed = True
        self.key_changes.pop(event.identity, None)
        self.unread.pop(Conversation.person(event.identity), None)
        changes.listed = True

    def _unname(self, person: Person | None) -> None:
        if person is not None:
            self._named.get(folded_name(person.name), set()).discard(person.identity)

    def _compared(self, event: DigitsCompared, changes: Changes) -> None:
        person = self.people.get(event.identity)
        self._digits_said[event.identity] = (person.digits if person is not None else "", event.same)
        changes.listed = True

    def _key(self, event: KeyChanged, changes: Changes) -> None:
        self.key_changes[event.identity] = event
        changes.listed = True

    def _room(self, event: RoomChanged, changes: Changes) -> None:
        self.rooms[event.room.room] = event.room
        self.unread[Conversation.room(event.room.room)] = event.room.unread
        changes.listed = True

    def _members(self, event: RoomMembers, changes: Changes) -> None:
        self._note_muted(event.room, event.members, changes)

    def _members_changed(self, event: RoomMembersChanged, changes: Changes) -> None:
        self._note_muted(event.room, event.changed, changes)

    def _note_muted(self, room: str, members: Iterable[RoomMember], changes: Changes) -> None:
        """If this PC's user is among the members, note whether they may write in the room."""
        own = self.me.identity if self.me is not None else ""
        for one in members:
            if one.identity == own:
                (self.muted.add if one.muted else self.muted.discard)(room)
                changes.listed = True

    def _room_ended(self, event: RoomEnded, changes: Changes) -> None:
        if event.reason == "refused:unknown" or not event.reason.startswith("refused"):
            self.rooms.pop(event.room, None)
            self.muted.discard(event.room)
            self.unread.pop(Conversation.room(event.room), None)
        changes.ended.append(event)
        changes.listed = True

    def _added(self, event: MessageAdded, changes: Changes) -> None:
        self.last[event.conversation] = LastLine(
            event.text, event.time, event.incoming, event.name, bool(event.transfer)
        )
        self._typing.get(event.conversation, {}).pop(event.author, None)
        changes.listed = True
        changes.extended.add(event.conversation)
        changes.typing.add(event.conversation)
        if event.incoming:
            changes.arrived.append(event)

    def _state(self, event: MessageStateChanged, changes: Changes) -> None:
        changes.rewritten.add(event.conversation)

    def _conversation(self, event: ConversationChanged, changes: Changes) -> None:
        self.unread[event.conversation] = event.unread
        if not event.count:
            self.last.pop(event.conversation, None)
        changes.rewritten.add(event.conversation)
        changes.counted[event.conversation] = event.count
        changes.listed = True

    def _types(self, event: TypingSeen, changes: Changes) -> None:
        until = self._clock() + TYPING_SECONDS
        self._typing.setdefault(event.conversation, {})[event.identity] = (event.name, until)
        changes.typing.add(event.conversation)
        changes.listed = True

    def _transfer(self, event: TransferChanged, changes: Changes) -> None:
        self.transfers.pop(event.transfer, None)
        self.transfers[event.transfer] = event
        if len(self.transfers) > TRANSFERS_KEPT:
            del self.transfers[next(iter(self.transfers))]
        changes.rewritten.add(event.conversation)

    def _fault(self, event: ChatFault, changes: Changes) -> None:
        changes.faults.append(event)

    def _offer_failed(self, event: OfferFailed, changes: Changes) -> None:
        changes.unsent.append(event)

    def _update(self, event: UpdateNeeded, changes: Changes) -> None:
        changes.updates.append(event)

    # --- What is asked ---

    def person(self, conversation: Conversation | None) -> Person | None:
        if conversation is None or not conversation.is_person:
            return None
        return self.people.get(conversation.id)

    def room(self, conversation: Conversation | None) -> Room | None:
        if conversation is None or not conversation.is_room:
            return None
        return self.rooms.get(conversation.id)

    def digits_said(self, identity: str) -> bool | None:
        """Whether the other person said that the present digits are the same; None if they said nothing."""
        person = self.people.get(identity)
        digits, same = self._digits_said.get(identity, ("", False))
        return same if person is not None and digits and digits == person.digits else None

    def fingerprint(self, identity: str, name: str) -> str:
        """The first digits of the identity if somebody else has the same name, else ""."""
        others = self._named.get(folded_name(name), set()) - {identity}
        return identity[:FINGERPRINT_DIGITS] if others else ""

    def name_of(self, identity: str, name: str) -> str:
        """``name``, followed by the fingerprint if somebody else has the same name."""
        fingerprint = self.fingerprint(identity, name)
        return f"{name} [{fingerprint}]" if fingerprint else name

    def typing(self, conversation: Conversation) -> list[str]:
        """The names of those who are typing there now."""
        known = self._typing.get(conversation)
        if not known:
            return []
        now = self._clock()
        for identity in [identity for identity, (_name, until) in known.items() if until <= now]:
            del known[identity]
        return [name for name, _until in known.values()]

    @property
    def anyone_typing(self) -> bool:
        """Whether somebody was typing anywhere when `typing` was last called."""
        return any(self._typing.values())

    @property
    def total_unread(self) -> int:
        """Unread messages in all conversations, without those of blocked people."""
        return sum(
            count
            for conversation, count in self.unread.items()
            if (person := self.person(conversation)) is None or person.trust is not Trust.BLOCKED
        )

    @property
    def online(self) -> int:
        return sum(1 for person in self.people.values() if person.presence in HERE)

    def lines(self, wanted: str = "") -> list[Heading | Talk]:
        """The list of conversations from top to bottom: of each section a heading, then those whose name or
        address contains ``wanted``, the one with the newest message first."""
        looked_for = folded(wanted.strip())
        sections: dict[Section, list[Talk]] = {"online": [], "rooms": [], "offline": []}
        for talk in self._talks():
            if not looked_for or looked_for in folded(talk.name) or looked_for in talk.address:
                sections[talk.section].append(talk)
        lines: list[Heading | Talk] = []
        for section, talks in sections.items():
            if talks:
                talks.sort(key=_order)
                lines += [Heading(section, len(talks)), *talks]
        return lines

    def _talks(self) -> list[Talk]:
        talks = []
        for identity, person in self.people.items():
            conversation = Conversation.person(identity)
            here = person.presence is not PresenceState.OFFLINE or person.trust is Trust.UNKNOWN
            talks.append(
                Talk(
                    conversation=conversation,
                    section="online" if here else "offline",
                    name=person.name,
                    colour=person.colour,
                    presence=person.presence,
                    trust=person.trust,
                    last=self.last.get(conversation),
                    unread=self.unread.get(conversation, 0),
                    address=person.path or next(iter(person.addresses), ""),
                    fingerprint=self.fingerprint(identity, person.name),
                    picture=person.picture,
                    typing=bool(self.typing(conversation)),
                )
            )
        for id, room in self.rooms.items():
            conversation = Conversation.room(id)
            there = PresenceState.ONLINE if room.host_online or room.hosted_here else PresenceState.OFFLINE
            talks.append(
                Talk(
                    conversation=conversation,
                    section="rooms",
                    name=room.name,
                    presence=there,
                    last=self.last.get(conversation),
                    unread=self.unread.get(conversation, 0),
                    joined=room.joined or room.hosted_here,
                    typing=bool(self.typing(conversation)),
                )
            )
        if self.people or EVERYBODY in self.last:
            talks.append(
                Talk(
                    EVERYBODY,
                    "rooms",
                    "",
                    last=self.last.get(EVERYBODY),
                    unread=self.unread.get(EVERYBODY, 0),
                )
            )
        return talks


def folded_name(name: str) -> str:
    """The name with case, width and spaces removed: names that look alike are equal."""
    return "".join(folded(name).split())


def name_order(name: str) -> list[str | int]:
    """A sort key that compares numbers in names by their value: Pupil 2 comes before Pupil 10."""
    parts = _NUMBERS.split(name.casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def _looks(person: Person) -> tuple[str, str, str]:
    return person.name, person.colour, person.picture


def _order(talk: Talk) -> tuple[bool, int, list[str | int]]:
    return (talk.conversation != EVERYBODY, -(talk.last.time if talk.last else 0), name_order(talk.name))


_APPLY: dict[type, Callable[[ChatModel, Any, Changes], None]] = {
    ChatStarted: ChatModel._started,
    ChatFailed: ChatModel._failed,
    IdentityShared: ChatModel._identity_shared,
    PersonChanged: ChatModel._person,
    PersonForgotten: ChatModel._forgotten,
    DigitsCompared: ChatModel._compared,
    KeyChanged: ChatModel._key,
    RoomChanged: ChatModel._room,
    RoomEnded: ChatModel._room_ended,
    RoomMembers: ChatModel._members,
    RoomMembersChanged: ChatModel._members_changed,
    MessageAdded: ChatModel._added,
    MessageStateChanged: ChatModel._state,
    ConversationChanged: ChatModel._conversation,
    TypingSeen: ChatModel._types,
    TransferChanged: ChatModel._transfer,
    ChatFault: ChatModel._fault,
    OfferFailed: ChatModel._offer_failed,
    UpdateNeeded: ChatModel._update,
}
