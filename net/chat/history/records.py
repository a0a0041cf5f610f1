"""What the history keeps, as plain values. Identities, messages, rooms, transfers and groups are lower-case
hex; times are ``time.time_ns()`` of this PC.

Each ``of`` takes a row of the database: the columns that `net.chat.history.schema` names for the record, in
their order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec

from net.chat.conversation import Conversation
from net.chat.events import (
    NOTHING_LEFT_OUT,
    LeftOut,
    MessageState,
    MessageStateChanged,
    Proof,
    TransferStage,
    Trust,
)
from net.chat.history.schema import PROOFS, STATES

Row = tuple[Any, ...]
"""As sqlite gives it."""


def conversation_of(name: str | None) -> Conversation | None:
    """The conversation of this name in the database. None if it was deleted (it has no name), or if the file
    is damaged and the name is not one: the other conversations can still be read."""
    if name is None:
        return None
    try:
        return Conversation.parse(name)
    except ValueError:
        return None


OVER_STAGES = frozenset(
    {
        TransferStage.FINISHED,
        TransferStage.DECLINED,
        TransferStage.CANCELLED_HERE,
        TransferStage.CANCELLED_THERE,
    }
)
"""Nothing more happens to a transfer in one of these. FAILED can be resumed."""


def path_bytes(path: str) -> bytes:
    """As the database keeps it: file names need not be text, Linux has any bytes and Windows half surrogate
    pairs."""
    return path.encode("utf-8", "surrogatepass")


def path_text(path: bytes) -> str:
    return path.decode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person who was met. ``certificate``: DER; ``addresses``: the one that last worked first, then those
    seen, the newest first."""

    identity: str
    certificate: bytes
    name: str
    colour: str = ""
    trust: Trust = Trust.UNVERIFIED
    digits: str = ""
    addresses: tuple[str, ...] = ()
    last_seen: int = 0

    @classmethod
    def of(cls, row: Row) -> PersonRecord:
        identity, certificate, name, colour, trust, digits, addresses, last_seen = row
        return cls(
            identity=identity.hex(),
            certificate=certificate,
            name=name,
            colour=colour,
            trust=Trust(trust),
            digits=digits,
            addresses=tuple(json.loads(addresses)),
            last_seen=last_seen,
        )


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that comes into the history. ``time`` 0: now; ``sent``: ms by the sender's clock, 0 where it
    does not matter; ``author``: identity; ``signature``: the author's, in a room."""

    message: str
    author: str
    name: str
    text: str
    time: int = 0
    sent: int = 0
    reply_to: str = ""
    quote: str = ""
    announcement: bool = False
    transfer: str = ""
    signature: bytes = b""
    proof: Proof = Proof.NONE


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message of a conversation; ``position`` is dense from 0. ``number``: its place in a room's log, 0
    where it has none (yet). ``recipients``: how many an announcement of ours went to (else 0), of whom
    ``delivered`` have it and ``displayed`` saw it; its ``state`` is what holds for all of them."""

    conversation: Conversation
    position: int
    message: str
    incoming: bool
    author: str
    name: str
    text: str
    time: int
    sent: int
    state: MessageState
    path: str = ""
    reply_to: str = ""
    quote: str = ""
    announcement: bool = False
    transfer: str = ""
    number: int = 0
    recipients: int = 0
    delivered: int = 0
    displayed: int = 0
    proof: Proof = Proof.NONE

    @classmethod
    def of(cls, row: Row) -> MessageRow:
        # fmt: off
        (
            conversation, position, uid, incoming, author, name, text, when, sent, state, path, reply_to,
            quote, announcement, transfer, number, recipients, delivered, displayed, proof,
        ) = row
        # fmt: on
        return cls(
            conversation=Conversation.parse(conversation),
            position=position,
            message=uid.hex(),
            incoming=incoming != 0,
            author=author.hex(),
            name=name,
            text=text,
            time=when,
            sent=sent,
            state=STATES[state],
            path=path,
            reply_to=reply_to.hex(),
            quote=quote,
            announcement=announcement != 0,
            transfer=transfer.hex(),
            number=number,
            recipients=recipients,
            delivered=delivered,
            displayed=displayed,
            proof=PROOFS[proof or 0],
        )


@dataclass(frozen=True, slots=True)
class ConversationRow:
    conversation: Conversation
    count: int
    unread: int
    last: MessageRow | None


@dataclass(frozen=True, slots=True)
class ConversationCount:
    conversation: Conversation
    count: int
    unread: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What `MarkDisplayed` changed: ``messages`` are (author, message) seen for the first time."""

    conversation: Conversation
    count: int
    unread: int
    messages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StateChange:
    conversation: Conversation
    message: str
    state: MessageState
    path: str

    def event(self) -> MessageStateChanged:
        return MessageStateChanged(self.conversation, self.message, self.state, self.path)


@dataclass(frozen=True, slots=True)
class Envelope:
    """``body``: an encoded wire message; ``message``: the id it carries, or ""."""

    number: int
    body: bytes
    message: str


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """``last``: the highest log number here. ``ended``: why it is over here ("left", "removed", "closed"), or
    ""."""

    room: str
    name: str
    host: str
    hosted: bool
    joined: bool = True
    code: str = ""
    locked: bool = False
    read_only: bool = False
    all_muted: bool = False
    last: int = 0
    ended: str = ""

    @classmethod
    def of(cls, row: Row) -> RoomRecord:
        room, name, host, hosted, joined, code, locked, read_only, all_muted, last, ended = row
        return cls(
            room=room.hex(),
            name=name,
            host=host.hex(),
            hosted=bool(hosted),
            joined=bool(joined),
            code=code,
            locked=bool(locked),
            read_only=bool(read_only),
            all_muted=bool(all_muted),
            last=last,
            ended=ended,
        )


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """``removed``: thrown out by the host, who lets them in no more."""

    identity: str
    name: str = ""
    colour: str = ""
    muted: bool = False
    removed: bool = False

    @classmethod
    def of(cls, row: Row) -> MemberRecord:
        identity, name, colour, muted, removed = row
        return cls(
            identity=identity.hex(), name=name, colour=colour, muted=bool(muted), removed=bool(removed)
        )


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of a room's log; ``sent`` in ms by the author's clock. ``signature`` and
    ``certificate`` (DER) are the author's, to be handed on; b"" where they are not known."""

    number: int
    message: str
    author: str
    name: str
    sent: int
    text: str
    reply_to: str = ""
    quote: str = ""
    signature: bytes = b""
    certificate: bytes = b""
    proof: Proof = Proof.NONE

    @classmethod
    def of(cls, row: Row) -> LogEntry:
        """A row of `net.chat.history.messages.MessageTable.log`. Whether the signature is right is not asked
        again: ``proof`` stays NONE."""
        number, uid, author, name, sent, text, reply_to, quote, signature, certificate = row
        return cls(
            number=number,
            message=uid.hex(),
            author=author.hex(),
            name=name,
            sent=sent,
            text=text,
            reply_to=reply_to.hex(),
            quote=quote,
            signature=signature or b"",
            certificate=certificate or b"",
        )


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """One transfer with one person. ``message``: the message that shows it; ``size`` and ``done`` in bytes;
    ``preview``: a small JPEG or PNG; ``folder``: where it lands here; ``left_out``: kept once for its whole
    group, by `TransferTable.save_left_out`."""

    transfer: str
    group: str
    conversation: Conversation
    identity: str
    incoming: bool
    title: str
    count: int
    size: int
    stage: TransferStage = TransferStage.OFFERED
    reason: str = ""
    folder: str = ""
    done: int = 0
    picture: bool = False
    preview: bytes = b""
    message: str = ""
    time: int = 0
    left_out: LeftOut = NOTHING_LEFT_OUT

    @classmethod
    def of(cls, row: Row) -> TransferRecord:
        transfer, group, conversation, identity, incoming, title, count, size, stage, reason = row[:10]
        folder, done, picture, preview, message, when, left_out = row[10:]
        return cls(
            transfer=transfer.hex(),
            group=group.hex(),
            conversation=Conversation.parse(conversation),
            identity=identity.hex(),
            incoming=bool(incoming),
            title=title,
            count=count,
            size=size,
            stage=TransferStage(stage),
            reason=reason,
            folder=path_text(folder),
            done=done,
            picture=bool(picture),
            preview=preview,
            message=message.hex(),
            time=when,
            left_out=left_out_of(left_out),
        )


def left_out_of(text: str | None) -> LeftOut:
    """As `left_out_text` wrote it; of what is not there or no such text: nothing."""
    try:
        return msgspec.json.decode(text or "{}", type=LeftOut)
    except msgspec.DecodeError:
        return NOTHING_LEFT_OUT


def left_out_text(left_out: LeftOut) -> str:
    return msgspec.json.encode(left_out).decode()


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One file or folder of a sending (kept once for its whole group) or of an incoming transfer.
    ``components``: the path as offered; ``source``: where it lies here, "" for an incoming one; ``modified``
    in ms."""

    index: int
    components: tuple[str, ...]
    size: int = 0
    modified: int = 0
    folder: bool = False
    source: str = ""

    @classmethod
    def of(cls, row: Row) -> ItemRecord:
        index, components, size, modified, folder, source = row
        return cls(
            index=index,
            components=tuple(json.loads(components)),
            size=size,
            modified=modified,
            folder=bool(folder),
            source=path_text(source),
        )


@dataclass(frozen=True, slots=True)
class ItemProgress:
    """How far one item is in one transfer; items not begun have none. ``digest``: SHA-256, b"" while unknown;
    ``target``: the path it is written to."""

    index: int
    done: int = 0
    stage: TransferStage = TransferStage.RUNNING
    reason: str = ""
    digest: bytes = b""
    target: str = ""

    @classmethod
    def of(cls, row: Row) -> ItemProgress:
        index, done, stage, reason, digest, target = row
        return cls(
            index=index,
            done=done,
            stage=TransferStage(stage),
            reason=reason,
            digest=digest,
            target=path_text(target),
        )
