"""The state of every session: events update one `SessionInfo` each. No tkinter here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, field

from gui.pages.sockets.choice import Choice
from gui.shared.dispatch import Takers
from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.sockets import events as ev
from net.sockets.events import CloseReason, Role, State, Transport
from net.transcript.events import Stored

LEARNED_SENDERS = 200
MAX_ENDED_CHILDREN = 2000
LIVE = frozenset(
    {
        State.LISTENING,
        State.CONNECTED,
        State.BOUND,
        State.HALF_CLOSED_LOCAL,
        State.HALF_CLOSED_REMOTE,
        State.CLOSING,
    }
)
STARTING = frozenset({State.RESOLVING, State.CONNECTING, State.HANDSHAKING})
WRITABLE = frozenset({State.CONNECTED, State.HALF_CLOSED_REMOTE, State.BOUND, State.LISTENING})


class SessionInfo(Struct):
    """One session. Counters and rates as in `CountersChanged` (bytes, bytes a second); times in ns.

    ``unread``: messages that arrived while the session was not shown. ``rows``: in the transcript, as last
    reported by `Stored`. ``lasting``: a fault that persists while the session stays open, met
    ``lasting_count`` times since ``lasting_since`` (ns). ``codec``: used if
    there is no choice. ``earlier``: read from the transcript, not of this window. ``other_locals``: of a
    listener on a name, besides ``local``. ``senders``: who wrote to
    an endpoint, the latest last, at most LEARNED_SENDERS. ``closed``: it has ended, or failed to open.
    ``relayed``, ``seed``: of a relay.
    """

    session: int
    parent: int | None = None
    transport: Transport = Transport.TCP
    role: Role = Role.CLIENT
    local: Address | None = None
    remote: Address | None = None
    other_locals: tuple[Address, ...] = ()
    state: State = State.IDLE
    trying: Address | None = None
    reason: CloseReason | None = None
    fault: Fault | None = None
    open_failed: bool = False
    opened_at: int | None = None
    ended_at: int = 0
    unread: int = 0
    rows: int = 0
    messages_received: int = 0
    bytes_received: int = 0
    messages_sent: int = 0
    bytes_sent: int = 0
    rate_received: float = 0.0
    rate_sent: float = 0.0
    drops: int = 0
    queued: int = 0
    children: list[int] = field(default_factory=list)
    senders: OrderedDict[Address, None] = field(default_factory=OrderedDict)
    kernel: ev.KernelFacts | None = None
    tls: ev.TlsFacts | None = None
    lasting: Fault | None = None
    lasting_count: int = 1
    lasting_since: int = 0
    choice: Choice | None = None
    codec: str = "utf-8"
    earlier: bool = False
    relayed: ev.RelayCounted | None = None
    seed: int = 0

    @property
    def is_starting(self) -> bool:
        return self.state in STARTING and not self.closed

    @property
    def is_live(self) -> bool:
        return self.state in LIVE and not self.closed

    @property
    def closed(self) -> bool:
        return self.open_failed or self.reason is not None or self.earlier

    @property
    def is_listener(self) -> bool:
        return self.role is Role.SERVER

    @property
    def is_relay(self) -> bool:
        return self.role is Role.RELAY

    @property
    def is_udp(self) -> bool:
        return self.transport is Transport.UDP

    @property
    def is_connection(self) -> bool:
        """A single TCP connection, connected or accepted."""
        return self.role in (Role.CLIENT, Role.ACCEPTED)

    @property
    def can_reopen(self) -> bool:
        """Whether it has ended, and this window knows its opening parameters."""
        return self.closed and self.parent is None and self.choice is not None

    @property
    def destination(self) -> Address | None:
        """Where an endpoint sends by default, as far as it was chosen or learned."""
        if self.remote is not None:
            return self.remote
        chosen = self.choice.destination if self.choice is not None and self.is_udp else None
        return chosen or next(reversed(self.senders), None)


class SessionModel:
    """Every session of this window in the order they began. Events come in through `takers`.

    ``shown``: the visible session; messages for it (or, if it is a listener, for its connections) do not
    become unread.
    """

    def __init__(self) -> None:
        self._sessions: dict[int, SessionInfo] = {}
        self._touched: set[int] = set()
        self.shown: int | None = None

    def __contains__(self, session: int) -> bool:
        return session in self._sessions

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[SessionInfo]:
        return iter(self._sessions.values())

    def get(self, session: int | None) -> SessionInfo | None:
        return None if session is None else self._sessions.get(session)

    def begin(self, session: int, choice: Choice) -> SessionInfo:
        """Add a session that this window is opening now."""
        known = self._ensure(session)
        known.choice = choice
        known.transport, known.role = choice.wire, choice.role_kind
        known.trying = choice.address
        known.state = State.RESOLVING if known.role is Role.CLIENT else State.IDLE
        return known

    def recall(self, known: SessionInfo, connections: Iterable[SessionInfo] = ()) -> None:
        """Add a session of the transcript, with a listener's connections, to the list."""
        for each in (known, *connections):
            self._sessions.setdefault(each.session, each)

    def show(self, session: int | None) -> None:
        """Show this session; its unread count becomes 0, and those of a listener's connections too."""
        self.shown = session
        known = self.get(session)
        if known is not None:
            known.unread = 0
            for child in known.children:
                if child in self._sessions:
                    self._sessions[child].unread = 0

    def forget(self, session: int) -> None:
        """Remove an ended session from the list, with its connections; the transcript keeps them."""
        known = self._sessions.pop(session, None)
        if known is None:
            return
        for child in known.children:
            self._sessions.pop(child, None)
        parent = self.get(known.parent)
        if parent is not None and session in parent.children:
            parent.children.remove(session)
        if self.shown is not None and self.shown not in self._sessions:
            self.shown = None

    def lines(self) -> list[tuple[SessionInfo, int]]:
        """(session, depth) in the order of the list: newest first, those of the transcript last, connections
        (oldest first) under their listener."""
        shown: list[tuple[SessionInfo, int]] = []
        for known in sorted(self._sessions.values(), key=lambda info: (info.earlier, -info.session)):
            if known.parent is None or known.parent not in self._sessions:
                shown.append((known, 0))
                shown += [(self._sessions[child], 1) for child in known.children if child in self._sessions]
        return shown

    def opened_as(self, choice: Choice) -> SessionInfo | None:
        """The shown session (or the shown connection's listener) if it was opened with this exact choice."""
        known = self.get(self.shown)
        if known is not None and known.parent is not None:
            known = self.get(known.parent) or known
        return known if known is not None and known.choice == choice else None

    def peers(self, session: int, most: int) -> list[Address]:
        """The peers of a listener's connections, or an endpoint's senders: at most ``most``."""
        known = self.get(session)
        if known is None:
            return []
        if known.is_listener:
            children = [self.get(child) for child in known.children[-most:]]
            return [child.remote for child in children if child is not None and child.remote is not None]
        return list(known.senders)[-most:] if known.is_udp or known.is_relay else []

    def live_children(self, session: int) -> list[SessionInfo]:
        known = self.get(session)
        if known is None:
            return []
        return [info for child in known.children if (info := self.get(child)) is not None and info.is_live]

    def live_count(self) -> int:
        return sum(known.is_live for known in self)

    # --- Events ---

    def takers(self) -> Takers:
        """Event type -> the method that handles it. `take_touched` returns afterwards which sessions have
        changed."""
        return {
            Stored: self._stored,
            ev.StateChanged: self._state_changed,
            ev.Opened: self._opened,
            ev.OpenFailed: self._open_failed,
            ev.Closed: self._closed,
            ev.MessagesReceived: self._messages_received,
            ev.DatagramsReceived: self._datagrams_received,
            ev.MessagesRelayed: self._messages_relayed,
            ev.RelayCounted: self._relay_counted,
            ev.RelayChanged: self._relay_changed,
            ev.CountersChanged: self._counters_changed,
            ev.KernelFacts: self._kernel_facts,
            ev.FaultOccurred: self._fault_occurred,
            ev.FaultRepeated: self._fault_repeated,
            ev.FaultEnded: self._fault_ended,
        }

    def take_touched(self) -> set[int]:
        """The sessions whose line in the list may have changed since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    def _ensure(self, session: int) -> SessionInfo:
        known = self._sessions.get(session)
        if known is None:
            known = self._sessions[session] = SessionInfo(session)
        return known

    def _touch(self, session: int) -> SessionInfo:
        known = self._ensure(session)
        self._touched.add(session)
        if known.parent is not None:
            self._touched.add(known.parent)
        return known

    def _stored(self, event: Stored) -> None:
        for session, rows in event.counts.items():
            known = self._sessions.get(session)
            if known is not None:
                known.rows = rows

    def _state_changed(self, event: ev.StateChanged) -> None:
        known = self._touch(event.session)
        known.state = event.state
        known.trying = event.address or known.trying

    def _opened(self, event: ev.Opened) -> None:
        known = self._touch(event.session)
        known.parent, known.transport, known.role = event.parent, event.transport, event.role
        known.local, known.remote = event.local_address, event.remote_address
        known.other_locals = event.other_addresses
        known.opened_at, known.tls = event.time, event.tls
        if known.state in STARTING or known.state is State.IDLE:
            known.state = _OPEN_STATE.get(event.role, State.BOUND)
        if event.parent is not None:
            self._touched.add(event.parent)
        parent = self.get(event.parent)
        if parent is not None:
            parent.children.append(known.session)
            known.choice = known.choice or parent.choice

    def _open_failed(self, event: ev.OpenFailed) -> None:
        known = self._touch(event.session)
        known.open_failed, known.fault, known.ended_at = True, event.fault, event.time
        known.state = State.CLOSED

    def _closed(self, event: ev.Closed) -> None:
        known = self._touch(event.session)
        known.reason, known.fault, known.ended_at = event.reason, event.fault, event.time
        known.state = State.CLOSED
        known.rate_received = known.rate_sent = 0.0
        self._thin_out(known.parent)

    def _messages_received(self, event: ev.MessagesReceived) -> None:
        self._add_unread(self._touch(event.session), len(event.messages))

    def _datagrams_received(self, event: ev.DatagramsReceived) -> None:
        known = self._touch(event.session)
        self._learn(known, event.senders)
        self._add_unread(known, len(event.datagrams))

    def _messages_relayed(self, event: ev.MessagesRelayed) -> None:
        known = self._touch(event.session)
        self._learn(known, [piece.client for piece in event.pieces])
        self._add_unread(known, len(event.pieces))

    def _relay_counted(self, event: ev.RelayCounted) -> None:
        self._touch(event.session).relayed = event

    def _relay_changed(self, event: ev.RelayChanged) -> None:
        self._touch(event.session).seed = event.seed

    def _counters_changed(self, event: ev.CountersChanged) -> None:
        known = self._touch(event.session)
        known.messages_received, known.bytes_received = event.messages_received, event.bytes_received
        known.messages_sent, known.bytes_sent = event.messages_sent, event.bytes_sent
        known.rate_received, known.rate_sent = event.rate_received, event.rate_sent
        known.drops, known.queued = event.drops, event.queued

    def _kernel_facts(self, event: ev.KernelFacts) -> None:
        known = self._touch(event.session)
        known.kernel = event

    def _fault_occurred(self, event: ev.FaultOccurred) -> None:
        if event.session not in self._sessions:
            return
        known = self._touch(event.session)
        if event.fault.kind is FaultKind.ADDRESS_GONE:
            known.lasting, known.lasting_count, known.lasting_since = event.fault, 1, event.time

    def _fault_repeated(self, event: ev.FaultRepeated) -> None:
        known = self._touch(event.session)
        # An address that has gone is the cause of much else.
        if known.lasting is None or known.lasting.kind is not FaultKind.ADDRESS_GONE:
            known.lasting = event.fault
            known.lasting_count, known.lasting_since = event.count, event.since

    def _fault_ended(self, event: ev.FaultEnded) -> None:
        known = self._touch(event.session)
        if known.lasting and known.lasting.kind is event.kind:
            known.lasting = None

    def _add_unread(self, known: SessionInfo, messages: int) -> None:
        if self.shown is None or self.shown not in (known.session, known.parent):
            known.unread += messages

    def _learn(self, known: SessionInfo, senders: Sequence[SocketAddress]) -> None:
        # a burst mostly has few senders; the latest one is offered first as a destination
        for sender in OrderedDict.fromkeys(senders):
            address = Address.from_socket(sender)
            known.senders[address] = None
            known.senders.move_to_end(address)
        while len(known.senders) > LEARNED_SENDERS:
            known.senders.popitem(last=False)

    def _thin_out(self, listener: int | None) -> None:
        """Remove the oldest ended connections: a client that reconnects ten thousand times must not fill the
        list."""
        known = self.get(listener)
        if known is None or len(known.children) <= MAX_ENDED_CHILDREN:
            return
        ended = [child for child in known.children if child != self.shown and self._has_ended(child)]
        surplus = set(ended[: len(known.children) - MAX_ENDED_CHILDREN + MAX_ENDED_CHILDREN // 10])
        known.children = [child for child in known.children if child not in surplus]
        for child in surplus:
            self._sessions.pop(child, None)

    def _has_ended(self, session: int) -> bool:
        known = self._sessions.get(session)
        return known is None or known.closed


_OPEN_STATE = {Role.SERVER: State.LISTENING, Role.CLIENT: State.CONNECTED, Role.ACCEPTED: State.CONNECTED}
