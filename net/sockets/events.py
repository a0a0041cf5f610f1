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
    """A listener listens, a connection is connected (TLS included), or an endpoint is bound.
    ``other_addresses``: a listener's on a name, besides the first."""

    session: int
    parent: int | None  # the listener of an accepted connection
    transport: Transport
    role: Role
    local_address: Address
    remote_address: Address | None
    time: int
    tls: TlsFacts | None = None
    other_addresses: tuple[Address, ...] = ()


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
    """One recv on a TCP connection, and the messages of its framing that it completed, oldest first; there
    may be none. ``size``: the bytes it returned, framing included (with TLS: decrypted); 0 if nothing was
    read and messages are passed on that were held back. ``start``: bytes received on this connection
    before."""

    session: int
    messages: list[bytes]
    time: int
    size: int = 0
    start: int = 0


class DatagramsReceived(Event, frozen=True):
    """Datagrams that one wake-up received on one endpoint, oldest first. ``senders[i]`` sent
    ``datagrams[i]``; senders are raw socket addresses, ``(host, port)`` or ``(host, port, flowinfo,
    scope_id)``: `Address.from_socket` converts them."""

    session: int
    datagrams: list[bytes]
    senders: list[tuple[str, int] | tuple[str, int, int, int]]
    time: int


class SentFile(NamedTuple):
    """A file that a job sends. ``modified``: its time of modification in ns; ``size`` in bytes."""

    job: int
    path: str
    size: int
    modified: int


class FilePart(NamedTuple):
    """The origin of a message that is a file's bytes from ``start`` on."""

    file: SentFile
    start: int


Origin = str | FilePart
"""Where a sent message comes from: as in `MessagesSent`, or a file that is sent."""


class MessagesSent(Event, frozen=True):
    """Messages that were handed to the kernel, oldest first: for TCP by one call (or to the connection's send
    buffer), for UDP by one call each. ``origin``: "user", "reply" or "repeat". TCP: ``size``: the bytes of
    that call, framing included; ``start``: bytes sent on this connection before."""

    session: int
    messages: list[bytes]
    remote_address: Address | None
    origin: str
    time: int
    size: int = 0
    start: int = 0


class FileSent(Event, frozen=True):
    """As `MessagesSent`, for one message of a file's bytes, ``size`` of them from ``start`` on. The bytes
    themselves are in the file. TCP: ``of_call``: the messages of the call that this one is the first of, 0 if
    it is a further one; ``call_size``, ``call_start``: as ``size`` and ``start`` there."""

    session: int
    file: SentFile
    start: int
    size: int
    remote_address: Address | None
    time: int
    of_call: int = 1
    call_size: int = 0
    call_start: int = 0


def sent_events(
    session: int,
    messages: list[bytes],
    remote: Address | None,
    origin: Origin,
    time: int,
    size: int = 0,
    sent_before: int = 0,
) -> list[MessagesSent | FileSent]:
    """What reports that these messages were sent. TCP: by one call of ``size`` bytes, after
    ``sent_before``."""
    if isinstance(origin, str):
        return [MessagesSent(session, messages, remote, origin, time, size, sent_before)]
    events: list[MessagesSent | FileSent] = []
    start, of_call = origin.start, len(messages)
    for message in messages:
        events.append(
            FileSent(session, origin.file, start, len(message), remote, time, of_call, size, sent_before)
        )
        start += len(message)
        of_call = 0
    return events


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


class Acknowledged(Event, frozen=True):
    """The kernel tells how much of what we sent on a TCP connection the peer's kernel has acknowledged: the
    first ``upto`` bytes, ``size`` more than before, which completes ``sends`` more of our sends;
    ``finished``: our FIN too. ``time``: when we asked; the acknowledgement came before. ``upto`` None: this
    system does not tell; nothing more follows."""

    session: int
    upto: int | None
    size: int
    sends: int
    finished: bool
    time: int


class FaultOccurred(Event, frozen=True):
    """An error that does not end the session (a datagram too long, a peer's port unreachable ...)."""

    session: int
    fault: Fault
    time: int


class FaultEnded(Event, frozen=True):
    """The cause of a `FaultOccurred` is gone, or its session ends. ``fault``: the one that occurred, met
    ``count`` times since ``since``."""

    session: int
    kind: FaultKind
    time: int
    fault: Fault | None = None
    count: int = 1
    since: int = 0


class UrgentReceived(Event, frozen=True):
    """The byte ``value`` at ``position`` of a received TCP stream (from 0) was sent as urgent (MSG_OOB). It
    stands in its place in what `MessagesReceived` brings next."""

    session: int
    value: int
    position: int
    time: int


class FaultRepeated(Event, frozen=True):
    """The cause of a `FaultOccurred` persists: it was met ``count`` times since ``since``. At most once a
    second; `FaultEnded` follows when it is over."""

    session: int
    fault: Fault
    count: int
    since: int
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
    fault). ``sha256``: of a finished one, in hex."""

    session: int
    job: int
    path: str
    sent: int
    size: int
    rate: float  # bytes a second
    state: str
    fault: Fault | None = None
    sha256: str = ""


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
