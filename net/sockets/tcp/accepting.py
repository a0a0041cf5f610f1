"""`Acceptor`: where TCP connections are accepted.

The whole backlog is accepted at once (a full one costs each further client a second, until its SYN is sent
again), up to ACCEPT_BURST, and then everything else on NetThread has its turn. With TLS, at most HANDSHAKES
handshakes run at the same time; the other clients wait in the backlog.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import socket
import ssl
from collections.abc import Callable, Sequence

from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.commands import CONNECT_TIMEOUT
from net.sockets.network import Network
from net.sockets.tcp.connection import Connection
from net.sockets.tcp.handshake import shake_hands
from net.system.urgent import with_marks

ACCEPT_PAUSE = 0.5
"""Seconds to pause accepting after the system's limit of open files was reached."""

ACCEPT_BURST = 256
"""Connections accepted before everything else on NetThread has its turn."""

HANDSHAKES = 256
"""TLS handshakes that run at the same time."""

_PASSING = (errno.ECONNABORTED, errno.EPROTO, errno.EPERM)
"""Errors of accept that concern one client that has gone already (accept(2)), not the listener."""

_NO_MEMORY = (errno.ENOBUFS, errno.ENOMEM)


class Acceptor:
    """Accepts at the listening sockets of one session. ``new_connection(sock, local, remote)`` creates a
    client's connection; ``on_arrived`` is called whenever one has opened, or has failed to. ``context`` and
    ``verify``: of TLS. NetThread only."""

    def __init__(
        self,
        network: Network,
        session: int,
        socks: Sequence[socket.socket],
        context: ssl.SSLContext | None,
        verify: bool,
        new_connection: Callable[[socket.socket, Address, Address], Connection],
        on_arrived: Callable[[], None],
    ) -> None:
        # IPv4 first: it is what most people type.
        self._socks = sorted(socks, key=lambda sock: sock.family != socket.AF_INET)
        self.addresses = tuple(Address.from_socket(sock.getsockname()) for sock in self._socks)
        self._network = network
        self._session = session
        self._context = context
        self._verify = verify
        self._new_connection = new_connection
        self._on_arrived = on_arrived
        self._arriving: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def is_over(self) -> bool:
        """Whether no client is being accepted."""
        return not self._arriving

    async def run(self) -> None:
        """Accept until cancelled. Raises `OSError` for an error of a listening socket."""
        loops = [self._network.loop.create_task(self._accept_at(sock)) for sock in self._socks]
        try:
            await asyncio.gather(*loops)
        finally:
            for loop in loops:
                loop.cancel()
            # None may still wait for a socket that is closed next.
            await asyncio.gather(*loops, return_exceptions=True)

    async def _accept_at(self, listening: socket.socket) -> None:
        reported = False
        while True:
            while self._context is not None and len(self._arriving) >= HANDSHAKES:
                await asyncio.wait(self._arriving, return_when=asyncio.FIRST_COMPLETED)
            try:
                arrived = [await self._network.loop.sock_accept(listening)]
            except OSError as error:
                if error.errno in _PASSING:
                    continue
                fault = fault_from_oserror(error, self.addresses[0])
                if fault.kind is not FaultKind.TOO_MANY_FILES and error.errno not in _NO_MEMORY:
                    raise
                # The client stays in the backlog; retrying at once would only keep a core busy.
                if not reported:
                    reported = True
                    self._network.report_fault(self._session, Fault(FaultKind.TOO_MANY_FILES))
                await asyncio.sleep(ACCEPT_PAUSE)
                continue
            reported = False
            # The next accept above meets an error of the listener again, and reports it.
            with contextlib.suppress(OSError):
                while len(arrived) < ACCEPT_BURST:
                    arrived.append(listening.accept())
            for sock, address in arrived:
                self._adopt(sock, address)
            await asyncio.sleep(0)

    def stop(self) -> None:
        """Cancel the handshakes under way; their failures are no longer reported."""
        self._stopped = True
        if self._context is not None:
            for task in self._arriving:
                task.cancel()

    def close(self) -> None:
        """Close the listening sockets."""
        for sock in self._socks:
            self._network.call(self._session, "close", "", sock.close)

    def _adopt(self, sock: socket.socket, address: SocketAddress) -> None:
        network = self._network
        remote = Address.from_socket(address)
        network.report_call(self._session, "accept", "", repr(address[:2]))
        try:
            if self._context is None:
                sock = with_marks(sock)
            sock.setblocking(False)
            local = Address.from_socket(sock.getsockname())
        except OSError:
            self._drop(sock, remote)  # gone already
            return
        connection = self._new_connection(sock, local, remote)
        if self._context is None:
            opening = self._open_plain(connection)
        else:
            connection.expect_tls(self._verify)
            opening = self._shake_hands(connection, self._context)
        task = network.loop.create_task(opening)
        self._arriving.add(task)
        task.add_done_callback(functools.partial(self._arrived, connection))

    def _arrived(self, connection: Connection, task: asyncio.Task[None]) -> None:
        self._arriving.discard(task)
        if task.cancelled() and connection.session not in self._network.sessions:
            self._drop(connection.sock, connection.remote)
        self._on_arrived()

    def _drop(self, sock: socket.socket, remote: Address) -> None:
        self._network.call(self._session, "close", str(remote), sock.close)

    async def _open_plain(self, connection: Connection) -> None:
        try:
            await self._network.loop.connect_accepted_socket(lambda: connection, connection.sock)
        except OSError:
            # Some systems refuse options on a socket whose peer has gone.
            self._drop(connection.sock, connection.remote)

    async def _shake_hands(self, connection: Connection, context: ssl.SSLContext) -> None:
        network = self._network
        try:
            await shake_hands(network.loop, lambda: connection, connection.sock, context, CONNECT_TIMEOUT)
        except OSError as error:
            # A failed client never became a session; the listener reports it and goes on.
            fault = fault_from_oserror(error, connection.remote, CONNECT_TIMEOUT)
            if fault.kind is not FaultKind.TLS_NOT_VERIFIED:
                detail = str(fault.params.get("detail", fault.kind.value))
                fault = Fault(FaultKind.TLS_FAILED, {"detail": detail, "address": str(connection.remote)})
            if not self._stopped:
                network.report_fault(self._session, fault)
            self._drop(connection.sock, connection.remote)
