"""`Sockets`: the wing of raw TCP and UDP. It opens sessions and passes each command to its session."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_ours
from net.loop.outlet import Outlet
from net.sockets.address_watch import AddressWatch
from net.sockets.commands import (
    Abort,
    BreakRelayed,
    CancelFile,
    ChangeRelay,
    Close,
    JoinGroup,
    LeaveGroup,
    PauseFile,
    RelayDatagrams,
    RelayStreams,
    ResumeFile,
    Send,
    SendFile,
    SetFraming,
    SetReplyRules,
    ShutdownWrite,
    StartRepeat,
    StopRepeat,
    TcpConnect,
    TcpListen,
    UdpOpen,
    WatchKernel,
)
from net.sockets.events import CloseReason, Role, Transport
from net.sockets.network import Network
from net.sockets.socket_options import raise_file_limit
from net.sockets.tcp.connecting import ConnectionOpening
from net.sockets.tcp.connection import Connection
from net.sockets.tcp.listener import Listener
from net.sockets.udp.bound_socket import role_of
from net.sockets.udp.endpoint import Endpoint
from net.sockets.udp.opening import EndpointOpening
from net.wing import Routes

if TYPE_CHECKING:
    from net.sockets.relay.relays import Relays

CLOSE_GRACE = 2.0
"""Seconds that sessions get at the end to send their queues; then they are reset."""

ABORT_GRACE = 1.0
"""Seconds that sessions get to end after that."""

T = TypeVar("T")


class OnSessionExpected(Protocol):
    """Called for each session before it opens."""

    def __call__(
        self, session: int, *, codec: str, transport: Transport, role: Role, address: Address
    ) -> None: ...


class Sockets:
    """NetThread only. ``new_session`` makes the ids of accepted connections; ``on_expected`` is called with
    the parameters of each session that a command is about to open."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        outlet: Outlet,
        new_session: Callable[[], int],
        data_folder: Path | None,
        on_expected: OnSessionExpected,
    ) -> None:
        raise_file_limit()
        self._network = Network(loop, outlet, new_session, data_folder)
        self._sessions = self._network.sessions
        self.addresses = AddressWatch(self._network)
        self._on_expected = on_expected

    def routes(self) -> Routes:
        jobs = self._network.jobs
        return {
            TcpListen: self._listen,
            TcpConnect: self._connect,
            UdpOpen: self._open_endpoint,
            RelayDatagrams: self._relay_datagrams,
            RelayStreams: self._relay_streams,
            ChangeRelay: self._change_relay,
            BreakRelayed: self._break_relayed,
            Send: self._send,
            Close: self._close,
            Abort: self._abort,
            ShutdownWrite: self._shutdown_write,
            SetFraming: self._set_framing,
            SetReplyRules: self._set_reply_rules,
            JoinGroup: self._join_group,
            LeaveGroup: self._leave_group,
            WatchKernel: self._watch_kernel,
            StartRepeat: self._start_repeat,
            StopRepeat: jobs.stop_repeat,
            SendFile: self._send_file,
            PauseFile: jobs.pause_file,
            ResumeFile: jobs.resume_file,
            CancelFile: jobs.cancel_file,
        }

    def failed(self, command: Any, error: Exception) -> None:
        self._network.report_fault(command.session, fault_from_ours(error))

    def callback_failed(self, protocol: object, error: BaseException) -> None:
        """A callback of ``protocol`` raised ``error``, which has been logged."""
        if isinstance(protocol, Connection):
            self._network.report_fault(protocol.session, fault_from_ours(error))

    async def stop(self) -> None:
        """Close all sessions in order; reset those that have not ended after CLOSE_GRACE seconds."""
        deadline = time.monotonic() + CLOSE_GRACE
        self._network.jobs.stop()
        for session in list(self._sessions.values()):
            session.close(CloseReason.ENGINE_STOPPED)
        await self._wait_for_sessions(deadline)
        for session in list(self._sessions.values()):
            if isinstance(session, Connection):
                session.abort(CloseReason.ENGINE_STOPPED)
        await self._wait_for_sessions(time.monotonic() + ABORT_GRACE)
        self._network.clock.stop()
        self.addresses.stop()

    async def _wait_for_sessions(self, deadline: float) -> None:
        while self._sessions and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    # --- Opening ---

    def _listen(self, command: TcpListen) -> None:
        self._expect(command, Role.SERVER, Transport.TCP if command.tls is None else Transport.TLS)
        self._sessions[command.session] = Listener(self._network, command)

    def _connect(self, command: TcpConnect) -> None:
        self._expect(command, Role.CLIENT, Transport.TCP if command.tls is None else Transport.TLS)
        self._sessions[command.session] = ConnectionOpening(self._network, command)

    def _open_endpoint(self, command: UdpOpen) -> None:
        self._expect(command, role_of(command), Transport.UDP)
        self._sessions[command.session] = EndpointOpening(self._network, command)

    def _relay_datagrams(self, command: RelayDatagrams) -> None:
        self._expect(command, Role.RELAY, Transport.UDP)
        self._relays.open_datagrams(command)

    def _relay_streams(self, command: RelayStreams) -> None:
        self._expect(command, Role.RELAY, Transport.TCP)
        self._relays.open_streams(command)

    @functools.cached_property
    def _relays(self) -> Relays:
        """Imported with the first relay: whoever has none does not wait for it."""
        from net.sockets.relay.relays import Relays

        return Relays(self._network)

    def _expect(
        self,
        command: TcpListen | TcpConnect | UdpOpen | RelayDatagrams | RelayStreams,
        role: Role,
        transport: Transport,
    ) -> None:
        self.addresses.start(command.address)
        self._on_expected(
            command.session, codec=command.codec, transport=transport, role=role, address=command.address
        )

    # --- Any session ---

    def _send(self, command: Send) -> None:
        session = self._sessions.get(command.session)
        if session is None:
            self._report_not_open(command.session)
        else:
            session.send(command.messages, command.to)

    def _close(self, command: Close) -> None:
        # Closing a closed session is no error: both ends may do it at the same time.
        session = self._sessions.get(command.session)
        if session is not None:
            session.close()

    def _abort(self, command: Abort) -> None:
        session = self._sessions.get(command.session)
        if session is not None:
            session.abort()

    def _start_repeat(self, command: StartRepeat) -> None:
        if command.session not in self._sessions:
            self._report_not_open(command.session)
        self._network.jobs.start_repeat(command)

    def _send_file(self, command: SendFile) -> None:
        if command.session not in self._sessions:
            self._report_not_open(command.session)
        self._network.jobs.send_file(command)

    def _report_not_open(self, session: int) -> None:
        self._network.report_fault(session, Fault(FaultKind.NOT_OPEN))

    # --- Sessions of one kind ---

    def _find(self, session: int, kind: type[T]) -> T | None:
        """The session if it is of ``kind``; otherwise, or if there is none, a fault is reported."""
        found = self._sessions.get(session)
        if isinstance(found, kind):
            return found
        self._report_not_open(session)
        return None

    def _shutdown_write(self, command: ShutdownWrite) -> None:
        connection = self._find(command.session, Connection)
        if connection is not None:
            connection.shutdown_write()

    def _set_framing(self, command: SetFraming) -> None:
        session = self._sessions.get(command.session)
        if isinstance(session, Connection | Listener):
            session.set_framing(command.framing, command.codec)
        else:
            self._report_not_open(command.session)

    def _set_reply_rules(self, command: SetReplyRules) -> None:
        session = self._sessions.get(command.session)
        if isinstance(session, Connection | Listener | EndpointOpening | Endpoint):
            session.set_reply_rules(command.rules)
        else:
            self._report_not_open(command.session)

    def _change_relay(self, command: ChangeRelay) -> None:
        if not self._relays.change(command):
            self._report_not_open(command.session)

    def _break_relayed(self, command: BreakRelayed) -> None:
        if not self._relays.break_up(command):
            self._report_not_open(command.session)

    def _join_group(self, command: JoinGroup) -> None:
        endpoint = self._find(command.session, Endpoint)
        if endpoint is not None:
            endpoint.join_group(command.group, command.interface)

    def _leave_group(self, command: LeaveGroup) -> None:
        endpoint = self._find(command.session, Endpoint)
        if endpoint is not None:
            endpoint.leave_group(command.group, command.interface)

    def _watch_kernel(self, command: WatchKernel) -> None:
        connection = self._find(command.session, Connection)
        if connection is not None:
            connection.watch_kernel(command.on)
