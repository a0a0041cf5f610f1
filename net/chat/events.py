"""What happened in the chat: frozen structs, put on the same ``Engine.events`` as the sockets' events.

Identities, messages, rooms and transfers are named by their ids as lower-case hex. Times are
``time.time_ns()`` of this PC. Text in events is cleaned already (`net.protocol.chat.cleaning`): it may be
shown as it is."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct, field

from net.chat.conversation import Conversation
from net.events import Event, Fault


class Trust(str, Enum):
    """How sure this PC is of who a person is."""

    UNKNOWN = "unknown"  # seen on the LAN, never spoken with
    UNVERIFIED = "unverified"  # remembered on first contact
    VERIFIED = "verified"  # both compared the six digits
    CHANGED = "changed"  # a known name with another key: blocked until the user decides
    BLOCKED = "blocked"


class PresenceState(str, Enum):
    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    AWAY = "away"
    BUSY = "busy"


class MessageState(str, Enum):
    """How far a message has come. One of ours to a room is DELIVERED when the host has it in the log."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"  # on the other's disk
    DISPLAYED = "displayed"
    RECEIVED = "received"  # theirs
    REFUSED = "refused"  # by the room's host: muted, read-only, removed


class Proof(str, Enum):
    """Whether a message in a room is what its author said. The host orders a room's messages and hands them
    on; it can't change them unseen."""

    NONE = "none"  # not in a room, or from before rooms were signed
    SIGNED = "signed"
    UNSIGNED = "unsigned"  # said with a Duplex that does not sign, or the host took the signature away
    FORGED = "forged"  # not what the author signed


class TransferStage(str, Enum):
    OFFERED = "offered"
    WAITING = "waiting"  # accepted; the other is away, or a turn is awaited
    RUNNING = "running"
    PAUSED_HERE = "paused_here"
    PAUSED_THERE = "paused_there"
    FINISHED = "finished"
    DECLINED = "declined"
    CANCELLED_HERE = "cancelled_here"
    CANCELLED_THERE = "cancelled_there"
    FAILED = "failed"


class Person(Struct, frozen=True):
    """All that views may know of one person. ``addresses``: where this person was seen, the one that last
    worked first; ``last_seen``: 0 for never."""

    identity: str
    name: str
    colour: str
    trust: Trust
    presence: PresenceState
    addresses: tuple[str, ...] = ()
    path: str = ""  # the address in use now, e.g. "192.168.1.23:45654"; "" when not connected
    digits: str = ""  # six, to compare; "" before pairing
    unread: int = 0
    last_seen: int = 0
    picture: str = ""  # path of the file, which never changes: another picture is another file
    copies: tuple[str, ...] = ()  # "name (address)" of several Duplex with this one identity; else empty


class ChatStarted(Event, frozen=True):
    """The chat runs. ``identity``, ``name`` and ``colour`` are this user's; ``port``: of the talking
    listener; ``link``: the duplex:// link that others can open; ``history``: the file to read it from, ""
    for the profile's own."""

    identity: str
    name: str
    colour: str
    port: int
    link: str
    history: str = ""


class ChatFailed(Event, frozen=True):
    fault: Fault


class IdentityShared(Event, frozen=True):
    """Duplex runs elsewhere with this PC's identity, as on PCs that were cloned from one disk: what others
    write reaches one of them. ``addresses``: where ("192.168.1.23:45654"); none: no longer."""

    addresses: tuple[str, ...]


class PersonChanged(Event, frozen=True):
    person: Person


class PersonForgotten(Event, frozen=True):
    identity: str


class KeyChanged(Event, frozen=True):
    """``identity`` is new and has the ``name`` of the person ``known``, who is remembered with another key:
    blocked until the user decides (`TrustNewKey`, `BlockPerson`)."""

    identity: str
    known: str
    name: str


class DigitsCompared(Event, frozen=True):
    """The other person says the six digits were the same (or not)."""

    identity: str
    same: bool


class UpdateNeeded(Event, frozen=True):
    """A peer speaks no version that this Duplex does. ``ours``: it is this Duplex that should be updated."""

    identity: str
    name: str
    ours: bool


class MessageAdded(Event, frozen=True):
    """A message is in the history: ``position`` is its place in the conversation, 0-based and dense."""

    conversation: Conversation
    message: str
    position: int
    incoming: bool
    author: str  # identity
    name: str
    text: str
    announcement: bool
    transfer: str  # id, where the message is an offer of files
    time: int
    proof: Proof = Proof.NONE


class MessageStateChanged(Event, frozen=True):
    conversation: Conversation
    message: str
    state: MessageState
    path: str = ""  # over which address it went


class ConversationChanged(Event, frozen=True):
    """Rows were deleted, or are stored now as they were reported, or the unread count changed: fetch
    again."""

    conversation: Conversation
    count: int
    unread: int


class TypingSeen(Event, frozen=True):
    conversation: Conversation
    identity: str
    name: str


class TransferItemState(Struct, frozen=True):
    """One file or folder of a transfer. ``name``: its path inside the transfer, with "/"; ``done``: bytes on
    the receiver's disk; ``path``: where it lies here, "" while it does not.

    ``state``: WAITING (not begun), RUNNING (begun: it goes on while the transfer is RUNNING), FINISHED, or
    FAILED with a wire ``reason``."""

    index: int
    name: str
    size: int
    done: int
    state: TransferStage
    reason: str = ""
    folder: bool = False
    path: str = ""


class TransferItemsChanged(Event, frozen=True):
    """The answer to `WatchItems`: ``items`` came or changed, in the order of their indexes. ``whole``: the
    first answer, forget what was reported before. ``count``: items of the transfer in all; 0 where it is not
    known. The list comes in pieces, and of an incoming transfer only once it is accepted."""

    transfer: str
    count: int
    items: tuple[TransferItemState, ...]
    whole: bool = False


class LeftOut(Struct, frozen=True):
    """What of a sending can't be offered. ``counts``: how many for each reason, the most first; ``names``: of
    the first thousand the path inside the sending, with "/", and the reason.

    Reasons: "deleted", "unreadable", "link" (leads out of the folder), "folder_link" (leads to a folder),
    "broken_link" (leads to nothing), "special" (a pipe, socket or device), "too_deep", and last "too_many",
    whose count is how many were taken before: what comes later was not looked at."""

    counts: tuple[tuple[str, int], ...] = ()
    names: tuple[tuple[str, str], ...] = ()


NOTHING_LEFT_OUT = LeftOut()


class OfferFailed(Event, frozen=True):
    """Nothing of what an `OfferFiles` with this ``group`` names can be sent."""

    conversation: Conversation
    group: str
    left_out: LeftOut


class TransferChanged(Event, frozen=True):
    """One transfer with one person. ``group``: the id shared by the transfers of one sending to many;
    ``rate``: bytes a second; ``seconds_left``: None while unknown; ``folder``: where it lands here, or lay;
    ``reason`` of a failure: a FaultKind value or a wire reason; ``left_out`` of the sending, not of one that
    is incoming."""

    transfer: str
    group: str
    conversation: Conversation
    identity: str
    incoming: bool
    title: str
    count: int
    size: int
    done: int
    rate: float
    seconds_left: float | None
    stage: TransferStage
    reason: str = ""
    folder: str = ""
    failed: tuple[int, ...] = ()
    left_out: LeftOut = NOTHING_LEFT_OUT


class RoomMember(Struct, frozen=True):
    identity: str
    name: str
    colour: str
    state: str
    muted: bool


class Room(Struct, frozen=True):
    room: str
    name: str
    host: str  # identity
    hosted_here: bool
    joined: bool
    code: str
    locked: bool
    read_only: bool
    all_muted: bool
    host_online: bool
    members: int
    unread: int = 0


class RoomChanged(Event, frozen=True):
    room: Room


class RoomMembersChanged(Event, frozen=True):
    """Those of ``changed`` came or changed, those of ``gone`` (identities) left. `ListMembers` asks for
    all."""

    room: str
    changed: tuple[RoomMember, ...]
    gone: tuple[str, ...] = ()


class RoomMembers(Event, frozen=True):
    room: str
    members: tuple[RoomMember, ...]


class RoomEnded(Event, frozen=True):
    """We are no longer in the room, were not let in, or can't join it now. ``reason``: "left", "removed",
    "closed", "away" (the host), or "refused:" and the host's reason, such as "refused:locked"."""

    room: str
    reason: str


class Diagnosis(Event, frozen=True):
    """The answer to Diagnose: what was found so far, worst first, until ``finished``. Each finding is (kind,
    params) as in `net.chat.diagnosis.findings`, e.g. ("multicast_not_heard", {"interface": "eth0"})."""

    findings: tuple[tuple[str, dict[str, str]], ...]
    finished: bool


class SearchFound(Event, frozen=True):
    """The answer to Search, newest first: (conversation, message, position, snippet, time)."""

    job: int
    hits: tuple[tuple[Conversation, str, int, str, int], ...]
    finished: bool


class ChatFault(Event, frozen=True):
    """Something failed; ``conversation`` or ``identity`` where it belongs to one. ``details["reason"]``: a
    `net.chat.troubles.Trouble` value, or what a failed connection came to."""

    fault: Fault
    conversation: Conversation | None = None
    identity: str = ""
    details: dict[str, str] = field(default_factory=dict)
