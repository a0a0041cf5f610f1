"""What two Duplex say to each other: msgspec structs, encoded as MessagePack, decoded strictly.

Every struct has a tag (``t``) and named fields, so that a newer Duplex may add fields and kinds: unknown
fields are ignored, an unknown kind decodes to `Unknown` and is skipped politely. A missing or mistyped field
is a `WireError`. Limits stand in the types, so that a decoder refuses what is too long before anybody stores
it. docs/protocol.md tells the order they come in.

Ids are 16 random bytes. Times are milliseconds since the epoch by the *sender's* clock, which may be hours
off: they are shown, never used to order anything."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

VERSION = 1
"""What this program speaks. A peer whose ``min_version`` is above it is told to update, or we are."""

MIN_VERSION = 1
"""The oldest this program still speaks."""

MAX_TEXT = 16_000
"""Characters of one message."""

MAX_TEXT_BYTES = 56_000
"""Bytes of one message as UTF-8, so that it fits the body of a `Queued` with all its other fields."""

MAX_BODY = 60_000
"""Bytes of what an envelope holds."""

MAX_NAME = 64
MAX_FILE_NAME = 1024
MAX_ITEMS = 200
"""Items of one TransferItems message; a transfer may have many of them."""

Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
Identity = Annotated[bytes, Meta(min_length=32, max_length=32)]
Nonce = Annotated[bytes, Meta(min_length=32, max_length=32)]
Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
Certificate = Annotated[bytes, Meta(min_length=1, max_length=4096)]
Signature = Annotated[bytes, Meta(min_length=1, max_length=256)]
Name = Annotated[str, Meta(max_length=MAX_NAME)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
FileName = Annotated[str, Meta(min_length=1, max_length=MAX_FILE_NAME)]
Number = Annotated[int, Meta(ge=0, le=2**62)]
Milliseconds = Annotated[int, Meta(ge=0, le=2**53)]
Colour = Annotated[str, Meta(pattern=r"^(#[0-9a-f]{6})?$")]
Code = Annotated[str, Meta(pattern=r"^[A-Z2-9]{6}$")]


class Wire(msgspec.Struct, frozen=True, tag_field="t", kw_only=True, omit_defaults=True):
    """One message."""


# --- The pairing door (docs/protocol.md, "Pairing")


class PairHello(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="pair_hello"):
    """Client to server: who I am, and a promise of my nonce: SHA-256 of it."""

    version: int
    min_version: int
    certificate: Certificate
    commitment: Digest


class PairNonce(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="pair_nonce"):
    """Server to client."""

    version: int
    min_version: int
    nonce: Nonce


class PairReveal(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="pair_reveal"):
    """Client to server: the promised nonce, and a signature that proves the certificate's key."""

    nonce: Nonce
    signature: Signature
    name: Name
    colour: Colour = ""


class PairDone(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="pair_done"):
    """Server to client, likewise."""

    signature: Signature
    name: Name
    colour: Colour = ""


class PairRefused(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="pair_refused"):
    """``reason``: "blocked", "version", "busy" or "bad"."""

    reason: Annotated[str, Meta(max_length=32)]


# --- The diagnosis door: anyone on the LAN may ask what this PC hears


class DiagnoseRequest(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="diagnose_request"):
    version: int


class DiagnoseReply(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="diagnose_reply"):
    """What the asked one heard of the asker's address within the last two minutes, and on which ways it
    announces itself."""

    version: int
    heard_beacon: bool
    heard_dns_sd: bool
    seen_address: Annotated[str, Meta(max_length=64)]
    interfaces: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=32)]


# --- The talking door


class Hello(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="hello"):
    """First on every talking connection, both ways. ``stream`` and ``received`` make delivery exact:
    ``stream`` names the sender's
    outbox; ``received`` is the highest number of the *peer's* stream ``received_stream`` that this side has
    on disk. ``picture``: SHA-256 of the sender's `Picture`, here and in each `Presence`."""

    version: int
    min_version: int
    name: Name
    colour: Colour = ""
    status: Annotated[str, Meta(max_length=16)] = "online"
    picture: Annotated[bytes, Meta(max_length=32)] = b""
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    stream: Id
    received_stream: Annotated[bytes, Meta(max_length=16)] = b""
    received: Number = 0


class Queued(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="queued"):
    """An envelope out of the sender's outbox: delivered once and in order. ``number`` rises by at least one,
    ``body`` is an encoded `Wire`
    that is stored before `Delivered` tells so."""

    number: Number
    body: Annotated[bytes, Meta(max_length=MAX_BODY)]


class Delivered(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="delivered"):
    """All of your stream up to ``number`` is on my disk."""

    number: Number


class Displayed(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="displayed"):
    """These messages were seen by a person (goes through the outbox too, so that it is told once they are
    back)."""

    messages: Annotated[list[Id], Meta(max_length=500)]


class Say(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="say"):
    """A person's message. ``room`` empty: to you. ``announcement``: the same went to everybody."""

    id: Id
    text: Text
    time: Milliseconds
    room: Annotated[bytes, Meta(max_length=16)] = b""
    reply_to: Annotated[bytes, Meta(max_length=16)] = b""
    quote: Annotated[str, Meta(max_length=200)] = ""
    announcement: bool = False


class Typing(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="typing"):
    room: Annotated[bytes, Meta(max_length=16)] = b""


class Presence(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="presence"):
    """``status``: "online", "away", "busy" (do not disturb) or "leaving"."""

    status: Annotated[str, Meta(max_length=16)]
    name: Name = ""
    colour: Colour = ""
    picture: Annotated[bytes, Meta(max_length=32)] = b""


class Ping(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="ping"):
    """Asks for a `Pong` with the same number; both keep a dead link from looking alive."""

    number: Number


class Pong(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="pong"):
    number: Number


class CompareDigits(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="compare_digits"):
    """This person says that the six digits were the same (``same``), or were not."""

    same: bool


# --- Transfers ---


class TransferItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file or folder. ``path``: its components, which the receiver makes safe; ``size`` in bytes;
    ``modified``: ms since the epoch."""

    path: Annotated[list[FileName], Meta(min_length=1, max_length=32)]
    size: Number = 0
    modified: Annotated[int, Meta(ge=-(2**53), le=2**53)] = 0
    folder: bool = False


class Offer(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="offer"):
    """Goes through the outbox. ``count`` items of ``size`` bytes in all follow as `TransferItems`; a picture
    has a small preview (JPEG or PNG)."""

    id: Id
    time: Milliseconds
    title: FileName
    count: Annotated[int, Meta(ge=1, le=1_000_000)]
    size: Number
    picture: bool = False
    preview: Annotated[bytes, Meta(max_length=24_000)] = b""
    room: Annotated[bytes, Meta(max_length=16)] = b""


class TransferItems(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="transfer_items"):
    """Items ``first`` and following, asked for by `Accept`."""

    transfer: Id
    first: Number
    items: Annotated[list[TransferItem], Meta(max_length=MAX_ITEMS)]


class Accept(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="accept"):
    """Receiver: send (or go on). The sender answers with all `TransferItems`; then the receiver asks item by
    item with `Want`. ``have``: how many items, from the first, the receiver knows already; only the later
    ones are told."""

    transfer: Id
    have: Number = 0


class Want(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="want"):
    """Receiver: send item ``item`` from ``offset``. Answered by `Begin` and data frames, or by `Missing`, in
    the order of asking. ``request`` is repeated in the answer: an answer to what was given up is known by it.
    """

    transfer: Id
    item: Number
    offset: Number = 0
    request: Number = 0


class Begin(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="begin"):
    """Sender: data frames of this item follow, numbered ``channel``; ``size`` and ``modified`` as the file is
    now."""

    transfer: Id
    item: Number
    channel: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    offset: Number
    size: Number
    modified: Annotated[int, Meta(ge=-(2**53), le=2**53)]
    request: Number = 0


class Received(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="received"):
    """Receiver: of the item asked for by ``request``, all up to ``position`` (from the file's start) is on my
    disk, and ``done`` bytes of the whole transfer. The sender keeps at most 8 MiB beyond it on the way, and
    shows ``done`` as how far the transfer is."""

    transfer: Id
    request: Number
    position: Number
    done: Number


class End(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="end"):
    """Sender: all of the item has gone; SHA-256 of its whole content."""

    channel: Annotated[int, Meta(ge=0, le=2**32 - 1)]
    digest: Digest


class Missing(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="missing"):
    """Sender: the item can't be sent. ``reason``: "deleted", "changed", "unreadable"."""

    transfer: Id
    item: Number
    reason: Annotated[str, Meta(max_length=32)]
    request: Number = 0


class TransferState(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="transfer_state"):
    """Either side's truth about the whole: "declined", "paused", "resumed", "cancelled", "finished", "failed"
    (``reason``: "disk_full",
    "read_only", "hash", "deleted", "changed", "unreadable", "unwritable", "too_many", "protocol"); ``done``
    bytes and ``failed`` items. On a new link each side sends "asking" for every transfer that is not over,
    and is answered with the other's truth: one of the above, "offered", "running", or "unknown"."""

    transfer: Id
    state: Annotated[str, Meta(max_length=16)]
    reason: Annotated[str, Meta(max_length=32)] = ""
    done: Number = 0
    failed: Annotated[list[Number], Meta(max_length=1000)] = []


class Bye(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="bye"):
    """Last on a connection. ``reason``: "leaving", "duplicate", "blocked", "version", "busy"."""

    reason: Annotated[str, Meta(max_length=32)] = "leaving"


class Unknown(Wire, frozen=True, kw_only=True, omit_defaults=True, tag="unknown"):
    """A kind that this version does not know; made by the decoder, never sent."""

    kind: str = ""


class WireError(ValueError):
    """The bytes are no message of this protocol; the text says why, in English, for the log.

    ``before``: what was decoded of the same bytes before the fault."""

    def __init__(self, detail: str, before: tuple[object, ...] = ()) -> None:
        super().__init__(detail)
        self.before = before
