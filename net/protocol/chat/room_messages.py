"""What a room's host and its members say to each other (docs/protocol.md, "Rooms"): the host orders and
keeps, each author signs."""

from __future__ import annotations

import struct
from typing import Annotated

import msgspec
from msgspec import Meta

from net.protocol.chat.messages import (
    MAX_ITEMS,
    Colour,
    Id,
    Identity,
    Milliseconds,
    Name,
    Number,
    Text,
    Wire,
)

MAX_AUTHOR_CERTIFICATE = 2048
"""Bytes of a certificate that goes with a log: an entry of the longest text fits an envelope with it."""

AuthorCertificate = Annotated[bytes, Meta(min_length=1, max_length=MAX_AUTHOR_CERTIFICATE)]
AuthorSignature = Annotated[bytes, Meta(max_length=80)]


def signed_words(
    room: bytes, author: bytes, id: bytes, time: int, text: str, reply_to: bytes = b"", quote: str = ""
) -> bytes:
    """What an author signs: what was said, where, and when by their own clock, so that it can be put neither
    elsewhere nor into another's mouth. ``id`` is the message's, ``author`` an identity, ``time`` in ms.
    Raises `UnicodeEncodeError` where a text is no Unicode."""
    quoted = quote.encode()
    return b"".join(
        (
            *(b"duplex room words 1\0", room, author, id, struct.pack(">Q", time)),
            *(bytes([len(reply_to)]), reply_to, struct.pack(">I", len(quoted)), quoted, text.encode()),
        )
    )


class RoomListed(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_listed"):
    """Host to everybody it talks to: a room that may be joined (or, ``closed``, no longer exists).
    ``locked``: with the code only."""

    room: Id
    name: Name
    members: Annotated[int, Meta(ge=0, le=100_000)] = 0
    locked: bool = False
    closed: bool = False


class RoomJoin(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_join"):
    """To the host. ``have``: the highest log number this member has, so that only what came later is sent."""

    room: Annotated[bytes, Meta(max_length=16)] = b""
    code: Annotated[str, Meta(max_length=8)] = ""
    have: Number = 0


class RoomRefused(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_refused"):
    """``reason``: "unknown", "locked", "removed", "full", "read_only", "muted", "moved" or "signature"."""

    room: Annotated[bytes, Meta(max_length=16)] = b""
    reason: Annotated[str, Meta(max_length=32)]
    message: Annotated[bytes, Meta(max_length=16)] = b""


class RoomLeave(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_leave"):
    room: Id


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    identity: Identity
    name: Name
    colour: Colour = ""
    state: Annotated[str, Meta(max_length=16)] = "online"
    muted: bool = False


class RoomState(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_state"):
    """Host to a member: the room as it is. ``part`` of ``parts`` lists the members 200 at a time."""

    room: Id
    name: Name
    host: Identity
    code: Annotated[str, Meta(max_length=8)] = ""
    locked: bool = False
    read_only: bool = False
    all_muted: bool = False
    last: Number = 0
    part: Annotated[int, Meta(ge=0, le=1000)] = 0
    parts: Annotated[int, Meta(ge=1, le=1000)] = 1
    members: Annotated[list[Member], Meta(max_length=MAX_ITEMS)] = msgspec.field(default_factory=list)


class MemberChanged(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="member_changed"):
    """Host to members. ``gone``: left or was removed (``removed``)."""

    room: Id
    member: Member
    gone: bool = False
    removed: bool = False


class RoomPost(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_post"):
    """Member to host, through the outbox: please put this into the log."""

    room: Id
    id: Id
    text: Text
    time: Milliseconds
    reply_to: Annotated[bytes, Meta(max_length=16)] = b""
    quote: Annotated[str, Meta(max_length=200)] = ""
    signature: AuthorSignature = b""


class RoomEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the log; ``number`` is dense from 1 in the host's order. ``signature``: the author's over
    `signed_words`; b"" where it was said with a Duplex that does not sign yet."""

    number: Number
    id: Id
    author: Identity
    name: Name
    time: Milliseconds
    text: Text
    reply_to: Annotated[bytes, Meta(max_length=16)] = b""
    quote: Annotated[str, Meta(max_length=200)] = ""
    signature: AuthorSignature = b""


class RoomLog(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_log"):
    """Host to a member: entries in order; what a member has already it skips by number. ``certificates``: of
    the authors of those that are signed, each once, for members who never met them."""

    room: Id
    entries: Annotated[list[RoomEntry], Meta(max_length=MAX_ITEMS)]
    certificates: Annotated[list[AuthorCertificate], Meta(max_length=MAX_ITEMS)] = msgspec.field(
        default_factory=list
    )


class RoomRule(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_rule"):
    """Host's window to itself never goes over the wire; a *new* host announces itself with this after a
    hand-over: ``host`` signs nothing,
    because it arrives on the old host's talking connection."""

    room: Id
    host: Identity
    address: Annotated[str, Meta(max_length=64)] = ""


class RoomHandover(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_handover"):
    """Old host to new host, through the outbox, after the new one has all of the log."""

    room: Id
    name: Name
    code: Annotated[str, Meta(max_length=8)]
    locked: bool = False
    read_only: bool = False
    muted: Annotated[list[Identity], Meta(max_length=1000)] = msgspec.field(default_factory=list)
    removed: Annotated[list[Identity], Meta(max_length=1000)] = msgspec.field(default_factory=list)


class RoomControl(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="room_control"):
    """Host to a member: "removed" or "closed"."""

    room: Id
    action: Annotated[str, Meta(max_length=16)]
