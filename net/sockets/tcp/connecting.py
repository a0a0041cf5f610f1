"""The steps to a TCP connection: resolve, race the addresses, shake hands for TLS; cancellable at any
time."""

from __future__ import annotations

import asyncio
import socket
import ssl

from net.address import Address, AddressError, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.commands import TcpConnect, TlsOptions
from net.sockets.events import Role, State
from net.sockets.network import Network
from net.sockets.opening import Opening
from net.sockets.session import OpenError
from net.sockets.tcp.connection import Connection
from net.sockets.tcp.handshake import shake_hands
from net.sockets.tcp.race import Race
from net.sockets.tls import client_context
from net.system.resolve import Candidate, resolve
from net.system.urgent import with_marks


class ConnectionOpening(Opening):
    """A client's session until its `Connection` replaces it with `Opened`, or until `OpenFailed`."""

    def __init__(self, network: Network, command: TcpConnect) -> None:
        super().__init__(network, command.session)
        self._command = command
        self._timed_out = False
        self._timer: asyncio.TimerHandle | None = None

    async def _open(self) -> None:
        command = self._command
        try:
            self._start_timer()
            # The TLS files are read first: without them there is no need to connect.
            context = None if command.tls is None else await self._read_files(command.tls)
            candidates, local = await self._resolve()
            race = Race(self._network, command, lambda: self._timed_out)
            sock, address = await race.run(candidates, local)
            self._stop_timer()
            await self._take(sock, address, context)
        finally:
            self._stop_timer()

    async def _explain(self, error: OSError) -> Fault:
        return fault_from_oserror(error, self._command.address, self._command.timeout)

    # --- The time-out ---

    def _cancel_fault(self) -> Fault:
        """The task is cancelled by the timer or by the user; this tells which."""
        if not self._timed_out:
            return super()._cancel_fault()
        command = self._command
        return Fault(FaultKind.TIMED_OUT, {"address": str(command.address), "seconds": command.timeout})

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self._network.loop.call_later(self._command.timeout, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timed_out = True
        self._task.cancel()

    # --- The steps ---

    async def _read_files(self, options: TlsOptions) -> ssl.SSLContext:
        return await self._network.loop.run_in_executor(None, client_context, options)

    async def _resolve(self) -> tuple[list[Candidate], dict[int, SocketAddress]]:
        """The addresses to try, and the local address to bind to for each family."""
        command = self._command
        if command.address.port == 0:
            raise AddressError("port_range", "0")
        if command.address.is_multicast or command.address.is_limited_broadcast:
            raise OpenError(Fault(FaultKind.NOT_ONE_PC, {"address": str(command.address)}))
        if command.address.is_name:
            self._network.report_state(self.session, State.RESOLVING)
        candidates = await resolve(command.address)
        if command.local_address is None:
            return candidates, {}
        local = dict(await resolve(command.local_address, passive=True))
        candidates = [candidate for candidate in candidates if candidate[0] in local]
        if not candidates:
            raise OpenError(Fault(FaultKind.ADDRESS_FAMILY, {"address": str(command.local_address)}))
        return candidates, local

    async def _take(
        self, sock: socket.socket, address: SocketAddress, context: ssl.SSLContext | None
    ) -> None:
        """Make a connection of the socket; if that fails, the socket is closed."""
        command, network = self._command, self._network
        if command.tls is None:
            sock = with_marks(sock)
        try:
            connection = Connection(
                network,
                self.session,
                Role.CLIENT,
                sock,
                local=Address.from_socket(sock.getsockname()),
                remote=Address.from_socket(address),
                framing=command.framing,
                codec=command.codec,
                keep_half_open=command.options.keep_half_open,
                rules=command.reply_rules,
                no_delay=command.options.no_delay,
            )
            if command.tls is None or context is None:
                await network.loop.create_connection(lambda: connection, sock=sock)
            else:
                network.report_state(self.session, State.HANDSHAKING, Address.from_socket(address))
                connection.expect_tls(command.tls.verify)
                self._start_timer()
                name = command.tls.server_name or command.address.host
                await shake_hands(network.loop, lambda: connection, sock, context, command.timeout, name)
        except BaseException:
            if network.sessions.get(self.session) is self:
                network.call(self.session, "close", "", sock.close)
            raise
