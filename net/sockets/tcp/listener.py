"""A TCP listener: binds, listens, accepts, and speaks to all its connections at once."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import logging
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Sequence

from net.address import Address, AddressError, SocketAddress
from net.events import Fault, FaultKind
from net.faults import (
    fault_from_address,
    fault_from_framing,
    fault_from_oserror,
    fault_from_ours,
    with_program,
)
from net.protocol.framing import Framing, FramingError, frame_many
from net.protocol.reply import ReplyRule
from net.sockets.commands import CONNECT_TIMEOUT, TcpListen
from net.sockets.events import (
    CloseReason,
    Opened,
    ReplyRulesChanged,
    Role,
    State,
    Transport,
)
from net.sockets.network import Network
from net.sockets.session import Totals
from net.sockets.socket_options import set_option, set_options
from net.sockets.tcp.connecting import open_tls
from net.sockets.tcp.connection import Connection
from net.sockets.tls import TlsFileError, server_context
from net.system.resolve import Candidate, in_thread, resolve

logger = logging.getLogger("duplex.net")

ACCEPT_PAUSE = 0.5
"""Seconds without accepting after the system's limit of open files was reached."""

ACCEPT_BURST = 256
"""Connections accepted before everything else on NetThread has its turn. All that wait are taken at once: a
full backlog costs each further client a second, until its SYN is sent again."""

HANDSHAKES = 256
"""TLS handshakes under way at once; further clients wait in the backlog."""

_PASSING = (errno.ECONNABORTED, errno.EPROTO, errno.EPERM)
"""What accept says of one client that is gone already (accept(2)), not of the listener."""


class Listener:
    """Its session is OPEN from `Opened`, when it listens, until all its connections have ended."""

    def __init__(self, network: Network, command: TcpListen) -> None:
        self.session = command.session
        self.framing = command.framing
        self.codec = command.codec
        self.rules: Sequence[ReplyRule] = command.reply_rules
        self._network = network
        self._command = command
        self._sock: socket.socket | None = None
        self._context: ssl.SSLContext | None = None
        self._children: dict[int, Connection] = {}
        self._past = Totals()
        self._arriving: set[asyncio.Task[None]] = set()
        self._started = False
        self._opened = False
        self._reason: CloseReason | None = None
        self._fault: Fault | None = None
        self._task = network.loop.create_task(self._run())

    @property
    def is_open(self) -> bool:
        return self._opened and self._reason is None

    @property
    def local_address(self) -> Address | None:
        """Where it listens, while it does."""
        return Address.from_socket(self._sock.getsockname()) if self._sock is not None else None

    @property
    def message_limit(self) -> None:
        return None

    @property
    def queued(self) -> int:
        """Bytes in the fullest send buffer of its connections: the slowest client sets the pace of a file."""
        return max((connection.queued for connection in self._children.values()), default=0)

    def connections(self) -> Iterator[Connection]:
        return iter(list(self._children.values()))

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: str = "user"
    ) -> Fault | None:
        """To every connection; with ``to``, to the one with that remote address."""
        if not self.is_open:
            return self._refuse(Fault(FaultKind.NOT_OPEN))
        messages = list(messages)
        try:
            data = frame_many(self.framing, messages, self.codec)
        except FramingError as error:
            return self._refuse(fault_from_framing(error))
        reached = False
        written: list[tuple[Connection, int]] = []
        framing, codec, clock = self.framing, self.codec, time.time_ns
        for connection in list(self._children.values()):
            if not connection.is_open or (to is not None and connection.remote != to):
                continue
            reached = True
            if connection.framing is not framing or connection.codec != codec:
                connection.send(messages, None, origin)
            elif connection.write_framed(data) is None and data:
                written.append((connection, clock()))
        # Only now, so that the last client need not wait until all the others' sending is told.
        size = len(data)
        for connection, now in written:
            connection.tell_sent(messages, size, origin, now)
        return None if reached else self._refuse(Fault(FaultKind.NOT_CONNECTED))

    def set_framing(self, framing: Framing, codec: str) -> None:
        self.framing = framing
        self.codec = codec
        for connection in self._children.values():
            connection.set_framing(framing, codec)

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        self.rules = tuple(rules)
        for connection in self._children.values():
            connection.set_reply_rules(rules)
        self._network.outlet.put(ReplyRulesChanged(self.session, tuple(rules)))

    def counters(self) -> Totals:
        rows = [self._past, *(connection.counters() for connection in self._children.values())]
        return Totals(*map(sum, zip(*rows, strict=True)))

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        if self._reason is not None:
            return
        self._reason = reason
        if self._opened:
            self._network.report_state(self.session, State.CLOSING)
        # A task cancelled before its first step never runs, and would tell nothing.
        if self._started:
            self._task.cancel()
        if self._context is not None:
            for task in self._arriving:
                task.cancel()
        for connection in self.connections():
            connection.close(reason)

    def abort(self) -> None:
        """Reset all connections and stop listening; also ends a close that waits for peers."""
        self.close(CloseReason.ABORTED)
        for connection in self.connections():
            connection.abort()

    def child_ended(self, connection: Connection) -> None:
        """A connection of ours is about to tell `Closed`."""
        if self._children.pop(connection.session, None) is not None:
            past = connection.counters()._replace(queued=0)
            self._past = Totals(*map(sum, zip(self._past, past, strict=True)))
            self._network.loop.call_soon(self._end_if_over)

    def child_opened(self, connection: Connection) -> None:
        self._children[connection.session] = connection
        if self._reason is not None:
            self._network.loop.call_soon(connection.close, self._reason)

    # -- inside

    def _refuse(self, fault: Fault) -> Fault:
        self._network.report_fault(self.session, fault)
        return fault

    async def _run(self) -> None:
        fault: Fault | None = None
        self._started = True
        try:
            if self._reason is not None:
                raise asyncio.CancelledError
            await self._open()
            await self._accept_all()
        except asyncio.CancelledError:
            fault = Fault(FaultKind.CANCELLED)
        except TlsFileError as error:
            fault = error.fault
        except AddressError as error:
            fault = fault_from_address(error)
        except OSError as error:
            fault = fault_from_oserror(error, self._command.address)
            if not self._opened:
                fault = await self._explain(fault)
        except Exception as error:
            # A mistake of ours must not leave a session without its end.
            logger.exception("listening")
            fault = fault_from_ours(error)
        if self._sock is not None:
            self._sock.close()
            self._network.report_call(self.session, "close")
        if not self._opened:
            self._network.forget(self)
            self._network.report_open_failed(self.session, fault or Fault(FaultKind.CANCELLED))
            return
        if self._reason is None:
            # accept itself failed: the interface or the socket is gone.
            self._fault = fault
            self.close(CloseReason.FAILED)
        self._end_if_over()

    async def _explain(self, fault: Fault) -> Fault:
        try:
            return await in_thread(with_program, fault, self._command.address.port)
        except asyncio.CancelledError:
            return fault

    async def _open(self) -> None:
        command, network = self._command, self._network
        if command.tls is not None:
            self._context = await network.loop.run_in_executor(
                None, server_context, command.tls, network.data_folder
            )
        if command.address.is_name and command.address.host:
            network.report_state(self.session, State.RESOLVING)
        candidates = await resolve(command.address, passive=True)
        self._sock = self._bind_first(candidates)
        self._sock.listen(command.backlog)
        network.report_call(self.session, "listen", str(command.backlog))
        self._opened = True
        network.outlet.put(
            Opened(
                self.session,
                None,
                Transport.TCP if self._context is None else Transport.TLS,
                Role.SERVER,
                Address.from_socket(self._sock.getsockname()),
                None,
                time.time_ns(),
            )
        )
        network.report_state(self.session, State.LISTENING)
        if self.rules:
            network.outlet.put(ReplyRulesChanged(self.session, tuple(self.rules)))

    def _bind_first(self, candidates: Sequence[Candidate]) -> socket.socket:
        """A name may stand for several addresses, of which not all need be ours."""
        first: OSError | None = None
        for family, address in candidates:
            try:
                return self._bind(family, address)
            except OSError as error:
                first = first or error
        raise first or OSError(errno.EADDRNOTAVAIL, "no address")

    def _bind(self, family: int, address: SocketAddress) -> socket.socket:
        network, session, options = self._network, self.session, self._command.options
        sock = socket.socket(family, socket.SOCK_STREAM)
        name = "AF_INET6" if family == socket.AF_INET6 else "AF_INET"
        network.report_call(session, "socket", f"{name}, SOCK_STREAM")
        try:
            sock.setblocking(False)
            if options.reuse_address and sys.platform != "win32":
                # On Windows this option would let two programs have the same port.
                reuse = socket.SO_REUSEADDR
                name = "SOL_SOCKET, SO_REUSEADDR"
                set_option(network, session, sock, name, socket.SOL_SOCKET, reuse, 1)
            if family == socket.AF_INET6:
                only = 0 if options.dual_stack and address[0] == "::" else 1
                name = "IPPROTO_IPV6, IPV6_V6ONLY"
                set_option(network, session, sock, name, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
            set_options(network, session, sock, options)
            network.call(session, "bind", repr(address[:2]), functools.partial(sock.bind, address))
            return sock
        except BaseException:
            sock.close()
            network.report_call(session, "close")
            raise

    async def _accept_all(self) -> None:
        assert self._sock is not None
        told = False
        while True:
            while self._context is not None and len(self._arriving) >= HANDSHAKES:
                await asyncio.wait(self._arriving, return_when=asyncio.FIRST_COMPLETED)
            try:
                arrived = [await self._network.loop.sock_accept(self._sock)]
            except OSError as error:
                if error.errno in _PASSING:
                    continue
                fault = fault_from_oserror(error, self._command.address)
                if fault.kind is not FaultKind.TOO_MANY_FILES and error.errno not in (
                    errno.ENOBUFS,
                    errno.ENOMEM,
                ):
                    raise
                # The client stays in the backlog; trying again at once would only keep a core busy.
                if not told:
                    told = True
                    self._network.report_fault(self.session, Fault(FaultKind.TOO_MANY_FILES))
                await asyncio.sleep(ACCEPT_PAUSE)
                continue
            told = False
            # What is wrong with the listener is met again, and told, by the next accept above.
            with contextlib.suppress(OSError):
                while len(arrived) < ACCEPT_BURST:
                    arrived.append(self._sock.accept())
            for sock, address in arrived:
                self._adopt(sock, address)
            await asyncio.sleep(0)

    def _adopt(self, sock: socket.socket, address: SocketAddress) -> None:
        network = self._network
        remote = Address.from_socket(address)
        network.report_call(self.session, "accept", "", repr(address[:2]))
        try:
            sock.setblocking(False)
            local = Address.from_socket(sock.getsockname())
        except OSError:
            self._drop(sock, remote)  # gone already
            return
        connection = Connection(
            network,
            network.new_session(),
            Role.ACCEPTED,
            sock,
            local,
            remote,
            self.framing,
            self.codec,
            listener=self,
            keep_half_open=self._command.options.keep_half_open,
            rules=self.rules,
            no_delay=self._command.options.no_delay,
        )
        if self._context is None:
            opening = self._open_plain(connection)
        else:
            connection.expect_tls(verify=bool(self._command.tls and self._command.tls.verify))
            opening = self._shake_hands(connection, self._context)
        task = network.loop.create_task(opening)
        self._arriving.add(task)
        task.add_done_callback(functools.partial(self._arrived, connection))

    def _arrived(self, connection: Connection, task: asyncio.Task[None]) -> None:
        self._arriving.discard(task)
        if task.cancelled() and connection.session not in self._children:
            self._drop(connection.sock, connection.remote)
        self._end_if_over()

    def _drop(self, sock: socket.socket, remote: Address) -> None:
        sock.close()
        self._network.report_call(self.session, "close", str(remote))

    async def _open_plain(self, connection: Connection) -> None:
        try:
            await self._network.loop.connect_accepted_socket(lambda: connection, connection.sock)
        except OSError:
            # Some systems refuse options on a socket whose peer is gone.
            self._drop(connection.sock, connection.remote)

    async def _shake_hands(self, connection: Connection, context: ssl.SSLContext) -> None:
        network = self._network
        try:
            await open_tls(network, connection, connection.sock, context, CONNECT_TIMEOUT)
        except OSError as error:
            # What fails here never was a session; the listener tells it and goes on.
            fault = fault_from_oserror(error, connection.remote, CONNECT_TIMEOUT)
            if fault.kind is not FaultKind.TLS_NOT_VERIFIED:
                params = {"detail": str(fault.params.get("detail", fault.kind.value)), "address": ""}
                fault = Fault(FaultKind.TLS_FAILED, {**params, "address": str(connection.remote)})
            if self._reason is None:
                network.report_fault(self.session, fault)
            self._drop(connection.sock, connection.remote)

    def _end_if_over(self) -> None:
        if not self._task.done() and self._task is not asyncio.current_task():
            return
        if self._reason is None or self._children or self._arriving or not self._opened:
            return
        network = self._network
        if self.session in network.sessions:
            network.forget(self)
            network.report_closed(self.session, self._reason, self._fault)
