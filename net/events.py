"""The base class of all events, faults, and the events that several wings or none emit.

Events are frozen structs (msgspec) in the past tense, put on ``Engine.events`` in batches (tuples). Each wing
defines its own: `net.sockets.events`, `net.transcript.events`, `net.chat.events`, `net.lab.events`.

Laws
----
* `EngineStopped` is always the last event.
* Times are ``time.time_ns()`` of the moment it happened, in nanoseconds since the epoch (UTC).
* Faults are kinds with parameters (`Fault`); `gui.shared.wording` makes sentences of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field


class Event(Struct, frozen=True):
    """Something that happened. `Engine.events` carries batches of these."""


Batch = tuple[Event, ...]
"""Events put on the queue together, in the order they happened."""


class FaultKind(str, Enum):
    """What went wrong, as a closed vocabulary; ``Fault.params`` holds the values for a sentence about it."""

    ADDRESS_INVALID = "address_invalid"  # value
    NAME_NOT_FOUND = "name_not_found"  # host
    NAME_LOOKUP_FAILED = "name_lookup_failed"  # host, detail
    ADDRESS_IN_USE = "address_in_use"  # address, holder, program, pid, seconds: `PortHolder`
    PAIR_IN_USE = "pair_in_use"  # local, address, seconds (0: unknown): of a connection that has ended
    NO_FREE_PORT = "no_free_port"  # address: all ports that the system chooses from are taken
    ADDRESS_NOT_LOCAL = "address_not_local"  # address
    IPV6_OFF = "ipv6_off"  # address: this PC has no IPv6
    SCOPE_MISSING = "scope_missing"  # address: link-local, and may be on any interface
    NOT_ONE_PC = "not_one_pc"  # address: of a group or of everybody, to which TCP can't connect
    ADDRESS_FAMILY = "address_family"  # address: IPv6 is not available here, or families differ
    PERMISSION = "permission"  # address, port: the system gives this port to nobody, or not to us
    FORBIDDEN = "forbidden"  # address: a firewall or a route of this PC lets nothing go there
    REFUSED = "refused"  # address: of TCP
    PORT_CLOSED = "port_closed"  # address: no program there has this UDP port
    UNREACHABLE = "unreachable"  # address
    TIMED_OUT = "timed_out"  # address, seconds (0: an open connection's peer no longer answers)
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
    ADDRESS_GONE = "address_gone"  # address: this PC lost it; `FaultEnded` follows when it is back
    TOO_MANY_FILES = "too_many_files"  # the system's limit of open sockets is reached
    FILE_UNREADABLE = "file_unreadable"  # path, detail
    FILE_CHANGED = "file_changed"  # path
    STORE_FULL = "store_full"  # path: no space left
    STORE_READ_ONLY = "store_read_only"  # path
    STORE_FAILED = "store_failed"  # path, detail
    STORE_DAMAGED = "store_damaged"  # path, aside: the unreadable file's new name; a new file is begun
    STORE_OTHER_VERSION = "store_other_version"  # path, aside: likewise, written by another version
    STORE_EMPTY = "store_empty"  # path: the file was there without a byte; it begins anew
    STORE_WITHOUT_WAL = "store_without_wal"  # path: no write-ahead log works there, a rollback journal does
    STORE_IN_MEMORY = "store_in_memory"  # path, detail: no file works; reason: folder, read_only, failed
    FILE_UNWRITABLE = "file_unwritable"  # path, detail: a file that was asked for, such as an export
    CERTIFICATE_DAMAGED = "certificate_damaged"  # path, aside: a TLS server's own; a new one is made
    CERTIFICATE_IN_MEMORY = "certificate_in_memory"  # path, detail: likewise, it can't be kept
    PROFILE_IN_USE = "profile_in_use"  # path: another Duplex uses the folder
    IDENTITY_DAMAGED = "identity_damaged"  # path: nobody knows us without it; what: empty, zeros, cut, other
    IDENTITY_UNREADABLE = "identity_unreadable"  # path, detail: it may not be read
    IDENTITY_RESTORED = "identity_restored"  # path, aside: its copy was good; what: as above
    IDENTITY_IN_MEMORY = "identity_in_memory"  # path, detail: it can't be kept: a stranger at each start
    RELAY_LOOP = "relay_loop"  # address: the target is the relay itself, or leads back to it
    RELAY_TARGET = "relay_target"  # address: a group, a broadcast address or 0.0.0.0 is no one program
    RELAY_SENDS_NOTHING = "relay_sends_nothing"  # a relay has no messages of its own
    RELAY_CLIENTS = "relay_clients"  # limit: so many clients have come that a new one is refused
    REPLY_LIMIT = "reply_limit"  # limit, address: an auto-reply rule answers a peer no more often a second
    REPLIES_PENDING = "replies_pending"  # limit: so many delayed replies wait that another is dropped
    INTERNAL = "internal"  # detail: a bug of ours; the log has the traceback
    SYSTEM = "system"  # detail, errno: any other error of the operating system


class PortHolder(str, Enum):
    """Who keeps an address from being bound: ``holder`` of ADDRESS_IN_USE. ``TIME_WAIT``: no program, but a
    connection that was closed here first."""

    PROGRAM = "program"
    DUPLEX = "duplex"
    TIME_WAIT = "time_wait"
    UNKNOWN = ""


class Fault(Struct, frozen=True):
    """One thing that went wrong: a kind and the values a sentence about it needs."""

    kind: FaultKind
    params: Mapping[str, str | int | float] = field(default_factory=dict)


class StoreFaulted(Event, frozen=True):
    """The transcript or the chat's history can't be written now, or (``stream``) the JSON-lines stream. Rows
    wait in memory and are written once it works again, which an event with ``fault`` None and the same
    ``path`` reports. A fault whose kind is in `LASTING` is news of the file, and writing goes on."""

    fault: Fault | None
    stream: bool
    path: str = ""


LASTING = frozenset(
    {
        FaultKind.STORE_DAMAGED,
        FaultKind.STORE_OTHER_VERSION,
        FaultKind.STORE_EMPTY,
        FaultKind.STORE_WITHOUT_WAL,
        FaultKind.STORE_IN_MEMORY,
        FaultKind.IDENTITY_RESTORED,
        FaultKind.IDENTITY_IN_MEMORY,
    }
)
"""What a user is to know for as long as Duplex runs, though everything works."""


class ExportProgressed(Event, frozen=True):
    """An export that takes longer goes on: ``rows`` of ``total`` are written."""

    job: int
    rows: int
    total: int


class Exported(Event, frozen=True):
    """An export has ended: ``rows`` were written to ``path``; with a ``fault``, a file that was
    there before is unchanged."""

    job: int
    path: str
    rows: int
    fault: Fault | None


class EngineStopped(Event, frozen=True):
    """Always the last event."""
