"""Events of the sockets wing, and the enums and structs they contain.

Laws
----
* Events carry session ids (``int``, unique within a profile's transcript), never sockets.
* Each `Opened` is followed by exactly one `Closed` for the same session; a session that never opened ends
  with exactly one `OpenFailed` instead. Nothing about a session follows its end.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from msgspec import Struct

from net.address import Address
from net.events import Event, Fault, FaultKind
from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment, StreamImpairment
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
    RELAY = "relay"


class State(str, Enum):
    """The present state of a session; every change is reported by `StateChanged`."""

    IDLE = "idle"
    RESOLVING = "resolving"
    CONNECTING = "connecting"
    HANDSHAKING = "handshaking"  # TLS
    LISTENING = "listening"
    CONNECTED = "connected"
    BOUND = "bound"  # a UDP endpoint
    HALF_CLOSED_LOCAL = "half_closed_local"  # we sent FIN, the peer may still send
    HALF_CLOSED_REMOTE = "half_closed_remote"  # the peer sent FIN, we may still send
    CLOSING = "closing"
    CLOSED = "closed"


INCOMPLETE_SHOWN = 256
"""Bytes of an incomplete message that `MessageIncomplete` has, at most."""


class CloseReason(str, Enum):
    """Why an open session ended."""

    BY_ME = "by_me"
    BY_PEER = "by_peer"
    RESET = "reset"  # RST from the peer
    ABORTED = "aborted"  # RST from us
    TIMED_OUT = "timed_out"  # the kernel gave up: the cable was pulled, or the peer vanished
    FAILED = "failed"  # see the fault
    ENGINE_STOPPED = "engine_stopped"


class TlsFacts(Struct, frozen=True):
    """The result of a TLS handshake. ``fingerprint``: the SHA-256 of the peer's certificate in hex, or ""."""

    version: str
    cipher: str
    verified: bool
    peer_name: str
    fingerprint: str


class StateChanged(Event, frozen=True):
    """A session's state changed. ``time`` as in all events: ns since the epoch."""

    session: int
    state: State
    time: int
    address: Address | None = None  # the one being tried while CONNECTING


class Opened(Event, frozen=True):
    """A listener listens, a connection is connected (TLS included), or an endpoint is bound."""

    session: int
    parent: int | None  # the listener of an accepted connection
    transport: Transport
    role: Role
    local_address: Address
    remote_address: Address | None
    time: int
    tls: TlsFacts | None = None


class OpenFailed(Event, frozen=True):
    """A session could not be opened. It is the session's last event."""

    session: int
    fault: Fault
    time: int


class Closed(Event, frozen=True):
    """An open session ended. It is the session's last event."""

    session: int
    reason: CloseReason
    fault: Fault | None
    time: int


class MessagesReceived(Event, frozen=True):
    """Messages that one wake-up received on one TCP connection: whole messages of its framing, oldest
    first."""

    session: int
    messages: list[bytes]
    time: int


class DatagramsReceived(Event, frozen=True):
    """Datagrams that one wake-up received on one endpoint, oldest first. ``senders[i]`` sent
    ``datagrams[i]``; senders are raw socket addresses, ``(host, port)`` or ``(host, port, flowinfo,
    scope_id)``: `Address.from_socket` converts them."""

    session: int
    datagrams: list[bytes]
    senders: list[tuple[str, int] | tuple[str, int, int, int]]
    time: int


class MessagesSent(Event, frozen=True):
    """Messages that were handed to the kernel (or, for TCP, to the connection's send buffer), oldest first.
    ``origin``: "user", "reply", "repeat" or "file"."""

    session: int
    messages: list[bytes]
    remote_address: Address | None
    origin: str
    time: int


class RelayedPiece(NamedTuple):
    """A datagram, or a piece of a stream, and its fate. ``back``: it goes from the target to ``client``, a
    raw socket address; ``delay``: seconds it was kept; ``number``: of a datagram in its direction, from 1 (0
    for streams)."""

    data: bytes
    fate: Fate
    back: bool
    client: tuple[str, int] | tuple[str, int, int, int]
    delay: float
    number: int


class MessagesRelayed(Event, frozen=True):
    """What a relay did with what came, in the order in which it was decided: of a lost datagram when it came,
    of the others when they left."""

    session: int
    pieces: list[RelayedPiece]
    time: int


class SocketCalled(Event, frozen=True):
    """A socket call we made. ``call``: its name in Python's ``socket`` module ("bind", "listen", "accept",
    "connect", "shutdown", "close", "setsockopt" ...); ``arguments``: as in source code; ``result``: the
    return value ("" for None) or the name of the error."""

    session: int
    call: str
    arguments: str
    result: str
    time: int


class FaultOccurred(Event, frozen=True):
    """An error that does not end the session (a datagram too long, a peer's port unreachable ...)."""

    session: int
    fault: Fault
    time: int


class FaultEnded(Event, frozen=True):
    """The cause of a `FaultOccurred` of this kind is gone; the session was open all the time."""

    session: int
    kind: FaultKind
    time: int


class CountersChanged(Event, frozen=True):
    """A session's totals since it opened, emitted at most four times a second. Rates are bytes a second over
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


class MessageIncomplete(Event, frozen=True):
    """A TCP connection has received part of a message, and its framing waits for the rest: ``size`` bytes so
    far, which begin with ``start`` (at most INCOMPLETE_SHOWN bytes). Emitted once they have waited a while,
    and with size 0 when nothing waits any more."""

    session: int
    size: int
    start: bytes
    time: int


class KernelFacts(Event, frozen=True):
    """The kernel's data about a watched TCP connection; None if this system does not provide it. Times in
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


class RepeatProgressed(Event, frozen=True):
    """A repeat's progress: ``sent`` of ``count`` messages."""

    session: int
    job: int
    sent: int
    count: int | None  # None: until stopped
    finished: bool


class FileProgressed(Event, frozen=True):
    """A file's progress in bytes. ``state``: "sending", "paused", "finished", "cancelled" or "failed" (with a
    fault)."""

    session: int
    job: int
    path: str
    sent: int
    size: int
    rate: float  # bytes a second
    state: str
    fault: Fault | None = None


class GroupChanged(Event, frozen=True):
    """A multicast group was joined or left on an endpoint."""

    session: int
    group: Address
    interface: str
    joined: bool
    time: int


class ReplyRulesChanged(Event, frozen=True):
    """The session's auto-reply rules were replaced."""

    session: int
    rules: tuple[ReplyRule, ...]


class RelayChanged(Event, frozen=True):
    """What a relay does from now on. ``seed``: of its lots; 0 where none are drawn (TCP)."""

    session: int
    to_target: Impairment | StreamImpairment
    to_client: Impairment | StreamImpairment
    seed: int
    time: int


class RelayClientChanged(Event, frozen=True):
    """Somebody came to a relay, or went. ``state``: "came", "went" (a UDP client: nothing passed for a long
    time), "reset", "cut" or "refused" (there are too many)."""

    session: int
    client: Address
    state: str
    time: int


class FateCounts(NamedTuple):
    """Of one direction, since the relay opened: datagrams (or pieces of streams) that came, and their fates
    so far; the rest is under way."""

    came: int = 0
    passed: int = 0
    lost: int = 0
    queue_full: int = 0
    doubled: int = 0
    reordered: int = 0


class RelayCounted(Event, frozen=True):
    """A relay's counts, at most four times a second. ``clients``: now; ``queued``: datagrams in the queue
    towards the target; ``untold``: pieces that passed while too many events waited, so that none was made of
    them."""

    session: int
    to_target: FateCounts
    to_client: FateCounts
    clients: int
    queued: int
    untold: int
