"""Commands of the sockets wing: frozen structs in the imperative, for ``Engine.submit`` from any thread.

The caller gets a fresh session id from ``engine.new_session()`` and names it in the opening command; accepted
connections get theirs from the engine. A command about a session that has ended (or never existed) emits one
``FaultOccurred(session, NOT_OPEN)`` and does nothing else. No command blocks, and none raises for an error of
the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from net.address import Address
from net.protocol.framing import Framing
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.protocol.reply import ReplyRule

CONNECT_TIMEOUT = 10.0
"""Seconds a TCP connect (all addresses together) or a TLS handshake may take, unless the command says
otherwise."""

DEFAULT_BACKLOG = 1024
"""Clients that may wait to be accepted. The kernel reduces it to its own limit (Linux: 4096); a client that
finds the backlog full must wait a second until its SYN is sent again."""

SEND_BUFFER_LIMIT = 64 * 1024 * 1024
"""Bytes that may be queued for one peer that does not read; a send beyond that is refused with
SEND_BUFFER_FULL."""


class TcpOptions(Struct, frozen=True):
    """Socket options. None leaves the system's default. Buffer sizes in bytes. ``keep_half_open``: after the
    peer's FIN, stay able to send until `Close`; otherwise the connection ends once its queue is sent."""

    reuse_address: bool = True
    no_delay: bool = True
    keep_alive: bool = False
    receive_buffer: int | None = None
    send_buffer: int | None = None
    dual_stack: bool = True  # a listener on "::" also accepts IPv4
    keep_half_open: bool = False


class TlsOptions(Struct, frozen=True):
    """TLS for a listener or a client. Without ``certificate`` and ``key`` (PEM file paths) a listener
    generates a self-signed certificate and keeps it in the profile. ``verify`` (client): check the chain
    and the name."""

    certificate: str = ""
    key: str = ""
    verify: bool = False
    server_name: str = ""
    authority: str = ""  # PEM file of trusted authorities besides the system's


class TcpListen(Struct, frozen=True):
    """Listen for TCP (with ``tls``: TLS) connections, which get ``framing``, ``codec`` and
    ``reply_rules``."""

    session: int
    address: Address  # port 0: the system picks one, which Opened names; host may be a name
    backlog: int = DEFAULT_BACKLOG
    options: TcpOptions = field(default_factory=TcpOptions)
    framing: Framing = field(default_factory=Framing)
    codec: str = "utf-8"
    tls: TlsOptions | None = None
    reply_rules: Sequence[ReplyRule] = ()


class TcpConnect(Struct, frozen=True):
    """Connect to ``address``, from ``local_address`` if given. ``timeout`` in seconds."""

    session: int
    address: Address
    local_address: Address | None = None
    timeout: float = CONNECT_TIMEOUT
    options: TcpOptions = field(default_factory=TcpOptions)
    framing: Framing = field(default_factory=Framing)
    codec: str = "utf-8"
    tls: TlsOptions | None = None
    reply_rules: Sequence[ReplyRule] = ()


class UdpOpen(Struct, frozen=True):
    """Bind an endpoint. ``peer`` connects it. ``broadcast`` sets SO_BROADCAST. ``group`` is joined at once,
    on ``interface`` (a name, an index as text, or a local address; "" lets the system choose), by which
    255.255.255.255 leaves as well."""

    session: int
    address: Address
    peer: Address | None = None
    broadcast: bool = False
    group: Address | None = None
    interface: str = ""
    ttl: int = 1  # multicast TTL / hop limit, 0 to 255
    loop: bool = True  # receive own multicast datagrams
    reuse_address: bool = False
    receive_buffer: int | None = None
    codec: str = "utf-8"
    reply_rules: Sequence[ReplyRule] = ()


class RelayDatagrams(Struct, frozen=True):
    """Pass on the datagrams that come to ``address`` to ``target``, and its answers back, as a bad network
    would. Each client's address has a socket of its own to the target, so that the target tells them apart.
    All of them share the two links. ``seed``: None draws one, which `RelayChanged` tells."""

    session: int
    address: Address
    target: Address
    to_target: Impairment = field(default_factory=Impairment)
    to_client: Impairment = field(default_factory=Impairment)
    seed: int | None = None
    codec: str = "utf-8"


class RelayStreams(Struct, frozen=True):
    """Accept TCP connections at ``address``, connect to ``target`` for each, and pass on both streams as a
    slow network would. It cannot lose a segment."""

    session: int
    address: Address
    target: Address
    to_target: StreamImpairment = field(default_factory=StreamImpairment)
    to_client: StreamImpairment = field(default_factory=StreamImpairment)
    codec: str = "utf-8"


class ChangeRelay(Struct, frozen=True):
    """Other settings for an open relay, of its own kind. What is under way keeps its delay."""

    session: int
    to_target: Impairment | StreamImpairment
    to_client: Impairment | StreamImpairment


class BreakRelayed(Struct, frozen=True):
    """Do something to the connections that pass through a TCP relay, or to that of one ``client``. "cut":
    forget what is under way and close both ends in order; "half-close": tell the target that the client has
    ended, and read no more from it; "reset": reset both ends."""

    session: int
    how: Literal["cut", "half-close", "reset"]
    client: Address | None = None


class Send(Struct, frozen=True):
    """Send messages in order. On a listener: to each of its connections, framed. On an endpoint: to
    ``to``, else to its connected peer, else to its group. ``origin``: see `MessagesSent`."""

    session: int
    messages: Sequence[bytes]
    to: Address | None = None


class ShutdownWrite(Struct, frozen=True):
    """Half-close: ``shutdown(SHUT_WR)`` once the queue is sent. The peer reads end of stream; we keep
    reading."""

    session: int


class Close(Struct, frozen=True):
    """Orderly close (a listener: of all its connections too); while connecting: cancel. Idempotent."""

    session: int


class Abort(Struct, frozen=True):
    """Close with RST (SO_LINGER 1, 0); the send buffer is discarded."""

    session: int


class JoinGroup(Struct, frozen=True):
    """Join a multicast group on ``interface`` (see `UdpOpen`)."""

    session: int
    group: Address
    interface: str = ""


class LeaveGroup(Struct, frozen=True):
    """Leave a multicast group on ``interface``; "" leaves it where it was joined last."""

    session: int
    group: Address
    interface: str = ""


class SetFraming(Struct, frozen=True):
    """Change the framing from the next byte on. On a listener: for its connections, present and future."""

    session: int
    framing: Framing
    codec: str = "utf-8"


class SetReplyRules(Struct, frozen=True):
    """Replace the auto-reply rules. On a listener: for its connections, present and future."""

    session: int
    rules: Sequence[ReplyRule]


class StartRepeat(Struct, frozen=True):
    """Send ``message`` every ``interval`` seconds (at least 0.001), at start + n * interval regardless of
    earlier delays; a missed turn is skipped, never made up for in a burst. ``count`` None: until stopped or
    closed."""

    session: int
    job: int
    message: bytes
    interval: float
    count: int | None = None
    to: Address | None = None


class StopRepeat(Struct, frozen=True):
    """End a repeat; its last `RepeatProgressed` follows."""

    session: int
    job: int


class SendFile(Struct, frozen=True):
    """Send a file's bytes in messages of ``chunk`` bytes; over TCP with raw framing as a plain stream.
    ``interval``: seconds between datagrams on UDP (0: as fast as the socket accepts them)."""

    session: int
    job: int
    path: str
    to: Address | None = None
    chunk: int = 64 * 1024
    interval: float = 0.0


class PauseFile(Struct, frozen=True):
    """Pause a file; bytes that the session has accepted are still sent."""

    session: int
    job: int


class ResumeFile(Struct, frozen=True):
    """Continue a paused file."""

    session: int
    job: int


class CancelFile(Struct, frozen=True):
    """End a file without sending the rest."""

    session: int
    job: int


class WatchKernel(Struct, frozen=True):
    """Start or stop emitting KernelFacts once a second for a TCP connection."""

    session: int
    on: bool


SocketsCommand = (
    TcpListen
    | TcpConnect
    | UdpOpen
    | RelayDatagrams
    | RelayStreams
    | ChangeRelay
    | BreakRelayed
    | Send
    | ShutdownWrite
    | Close
    | Abort
    | JoinGroup
    | LeaveGroup
    | SetFraming
    | SetReplyRules
    | StartRepeat
    | StopRepeat
    | SendFile
    | PauseFile
    | ResumeFile
    | CancelFile
    | WatchKernel
)
