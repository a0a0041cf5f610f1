"""What happened: frozen dataclasses in the past tense, put on ``Engine.events`` in batches (tuples).

Laws
----
* Events carry session ids (``int``, unique within a profile's transcript), never sockets.
* Each `Opened` is followed by exactly one `Closed` for the same session; a session that never opened ends
  with exactly one `OpenFailed` instead. Nothing about a session follows its end.
* `EngineStopped` is always the last event.
* Times are ``time.time_ns()`` of the moment it happened, in nanoseconds since the epoch (UTC).
* Faults are kinds with parameters (`Fault`); the words for people are made by the window, in its language.

The three that carry messages are named tuples: made in a quarter of the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from net.address import Address
from net.protocol.reply import ReplyRule


class Transport(str, Enum):
    """What carries the bytes. ``TLS`` is TCP with TLS on top; the transcript's ``transport`` key uses these
    values."""

    TCP = "tcp"
    UDP = "udp"
    TLS = "tls"


class Role(str, Enum):
    """The part a session plays. ``ACCEPTED`` is one connection of a ``SERVER``'s listener."""

    SERVER = "server"
    CLIENT = "client"
    ACCEPTED = "accepted"
    UNICAST = "unicast"
    BROADCAST = "broadcast"
    MULTICAST = "multicast"


class State(str, Enum):
    """Where a session stands now; every change is told by `StateChanged`."""

    IDLE = "idle"
    RESOLVING = "resolving"
    CONNECTING = "connecting"
    HANDSHAKING = "handshaking"  # TLS
    LISTENING = "listening"
    CONNECTED = "connected"
    BOUND = "bound"  # a UDP endpoint
    HALF_CLOSED_LOCAL = "half_closed_local"  # we sent FIN, the peer may go on
    HALF_CLOSED_REMOTE = "half_closed_remote"  # the peer sent FIN, we may go on
    CLOSING = "closing"
    CLOSED = "closed"


class CloseReason(str, Enum):
    """Why an open session ended."""

    BY_ME = "by_me"
    BY_PEER = "by_peer"
    RESET = "reset"  # RST from the peer
    ABORTED = "aborted"  # RST from us
    TIMED_OUT = "timed_out"  # the kernel gave up: the cable was pulled, or the peer vanished
    FAILED = "failed"  # see the fault
    ENGINE_STOPPED = "engine_stopped"


class FaultKind(str, Enum):
    """What went wrong, as a closed vocabulary; ``Fault.params`` holds what a sentence about it needs."""

    ADDRESS_INVALID = "address_invalid"  # value
    NAME_NOT_FOUND = "name_not_found"  # host
    NAME_LOOKUP_FAILED = "name_lookup_failed"  # host, detail
    ADDRESS_IN_USE = "address_in_use"  # address, program, pid ("" where unknown)
    ADDRESS_NOT_LOCAL = "address_not_local"  # address
    ADDRESS_FAMILY = "address_family"  # address: IPv6 is not available here, or families differ
    PERMISSION = "permission"  # address: privileged port, or forbidden by a firewall
    REFUSED = "refused"  # address
    UNREACHABLE = "unreachable"  # address
    TIMED_OUT = "timed_out"  # address, seconds
    CANCELLED = "cancelled"
    RESET = "reset"  # address
    TLS_FAILED = "tls_failed"  # detail
    TLS_NOT_VERIFIED = "tls_not_verified"  # detail
    MESSAGE_TOO_LONG = "message_too_long"  # size, limit (bytes)
    MESSAGE_SIZE = "message_size"  # size, expected (bytes): a fixed-size message of the wrong size
    FRAMING_LIMIT = "framing_limit"  # limit (bytes): the peer sent more than the framing allows
    FRAMING_INVALID = "framing_invalid"  # detail
    NOT_OPEN = "not_open"  # the session is not open (any more)
    NOT_CONNECTED = "not_connected"  # nobody to send to
    HALF_CLOSE_UNAVAILABLE = "half_close_unavailable"  # TLS ends both directions at once
    NO_DESTINATION = "no_destination"  # a UDP endpoint without a peer was given no address
    SEND_BUFFER_FULL = "send_buffer_full"  # the peer does not read; size, limit
    BROADCAST_NOT_ALLOWED = "broadcast_not_allowed"  # address
    GROUP_INVALID = "group_invalid"  # address
    INTERFACE_GONE = "interface_gone"  # interface
    ADDRESS_GONE = "address_gone"  # address: this PC no longer has it; `FaultEnded` tells when it is back
    TOO_MANY_FILES = "too_many_files"  # the system's limit of open sockets is reached
    FILE_UNREADABLE = "file_unreadable"  # path, detail
    FILE_CHANGED = "file_changed"  # path
    STORE_FULL = "store_full"  # path: no space left
    STORE_READ_ONLY = "store_read_only"  # path
    STORE_FAILED = "store_failed"  # path, detail
    STORE_DAMAGED = "store_damaged"  # path, aside: the unreadable file's new name; a new one is begun
    REPLY_LIMIT = "reply_limit"  # limit: an auto-reply rule reached its number of answers
    INTERNAL = "internal"  # detail: a mistake of our own, which is in the log
    SYSTEM = "system"  # detail, errno: whatever else the operating system said


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that went wrong: a kind and the values a sentence about it needs."""

    kind: FaultKind
    params: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What a TLS handshake agreed on. ``fingerprint`` is the SHA-256 of the peer's certificate, hex, or
    ""."""

    version: str
    cipher: str
    verified: bool
    peer_name: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    session: int
    state: State
    time: int
    address: Address | None = None  # the one being tried while CONNECTING


@dataclass(frozen=True, slots=True)
class Opened:
    """A listener listens, a connection is connected (TLS included), or an endpoint is bound."""

    session: int
    parent: int | None  # the listener of an accepted connection
    transport: Transport
    role: Role
    local_address: Address
    remote_address: Address | None
    time: int
    tls: TlsFacts | None = None


@dataclass(frozen=True, slots=True)
class OpenFailed:
    session: int
    fault: Fault
    time: int


@dataclass(frozen=True, slots=True)
class Closed:
    session: int
    reason: CloseReason
    fault: Fault | None
    time: int


class MessagesReceived(NamedTuple):
    """What one wake-up brought on one TCP connection: whole messages of its framing, oldest first."""

    session: int
    messages: list[bytes]
    time: int


class DatagramsReceived(NamedTuple):
    """What one wake-up brought to one endpoint, oldest first. ``senders[i]`` sent ``datagrams[i]``; the
    senders are raw socket addresses, ``(host, port)`` or ``(host, port, flowinfo, scope_id)``:
    `Address.from_socket` reads them."""

    session: int
    datagrams: list[bytes]
    senders: list[tuple[str, int] | tuple[str, int, int, int]]
    time: int


class MessagesSent(NamedTuple):
    """These messages were handed to the kernel (or, for TCP, to the connection's send buffer), oldest first.
    ``origin`` tells who sent: "user", "reply", "repeat" or "file"."""

    session: int
    messages: list[bytes]
    remote_address: Address | None
    origin: str
    time: int


@dataclass(frozen=True, slots=True)
class SocketCalled:
    """A socket call we made, observed: ``call`` is the name as in Python's ``socket`` module ("bind",
    "listen", "accept", "connect", "shutdown", "close", "setsockopt" ...), ``arguments`` as they would be
    written, ``result`` what it gave ("" for None, otherwise the value or the error's name)."""

    session: int
    call: str
    arguments: str
    result: str
    time: int


@dataclass(frozen=True, slots=True)
class FaultOccurred:
    """Something failed that does not end the session (a datagram too long, a peer's port unreachable ...)."""

    session: int
    fault: Fault
    time: int


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """What a `FaultOccurred` of this kind told of the session is over; the session was open all the time."""

    session: int
    kind: FaultKind
    time: int


@dataclass(frozen=True, slots=True)
class CountersChanged:
    """A session's totals since it opened, told at most four times a second. Rates are bytes a second over
    the last second. ``drops``: datagrams that the kernel or we dropped. ``queued``: bytes waiting in the
    send buffer."""

    session: int
    messages_received: int
    bytes_received: int
    messages_sent: int
    bytes_sent: int
    rate_received: float
    rate_sent: float
    drops: int
    queued: int


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What the kernel tells about a watched TCP connection; None where this system does not say. Times in
    ms."""

    session: int
    state: str | None
    rtt: float | None
    rto: float | None
    retransmissions: int | None
    congestion_window: int | None  # segments
    send_window: int | None  # bytes
    receive_window: int | None  # bytes
    bytes_acked: int | None
    bytes_unacked: int | None
    time: int


@dataclass(frozen=True, slots=True)
class RepeatProgressed:
    session: int
    job: int
    sent: int
    count: int | None  # None: until stopped
    finished: bool


@dataclass(frozen=True, slots=True)
class FileProgressed:
    """``state``: "sending", "paused", "finished", "cancelled" or "failed" (then with a fault)."""

    session: int
    job: int
    path: str
    sent: int
    size: int
    rate: float  # bytes a second
    state: str
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """A multicast group was joined or left on an endpoint."""

    session: int
    group: Address
    interface: str
    joined: bool
    time: int


@dataclass(frozen=True, slots=True)
class ReplyRulesChanged:
    session: int
    rules: tuple[ReplyRule, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows were committed to the transcript: for each session touched, how many rows it has now. ``trees``:
    for each listener touched, directly or by one of its connections, the rows of it and of all its
    connections together."""

    counts: Mapping[int, int]
    trees: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoreFaulted:
    """The transcript (or the JSON-lines stream, then ``stream`` is true) can't be written now. Rows wait in
    memory and are written as soon as it works again, which ``fault is None`` tells."""

    fault: Fault | None
    stream: bool


@dataclass(frozen=True, slots=True)
class Exported:
    job: int
    path: str
    rows: int
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class EngineStopped:
    """Always the last event."""


Event = (
    StateChanged
    | Opened
    | OpenFailed
    | Closed
    | MessagesReceived
    | DatagramsReceived
    | MessagesSent
    | SocketCalled
    | FaultOccurred
    | FaultEnded
    | CountersChanged
    | KernelFacts
    | RepeatProgressed
    | FileProgressed
    | GroupChanged
    | ReplyRulesChanged
    | Stored
    | StoreFaulted
    | Exported
    | EngineStopped
)
