"""The way to a TCP connection: resolve, race the addresses (RFC 8305), shake hands for TLS; all of it
cancellable."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import Sequence
from typing import Any

from net.address import Address, AddressError, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_address, fault_from_oserror, fault_from_ours, with_program
from net.sockets.commands import TcpConnect
from net.sockets.events import CloseReason, Role, State
from net.sockets.network import Network, error_name
from net.sockets.session import Totals
from net.sockets.socket_options import set_option, set_options
from net.sockets.tcp.closing import TLS_LINGER
from net.sockets.tcp.connection import Connection
from net.sockets.tls import TlsFileError, client_context
from net.system.resolve import Candidate, in_thread, resolve

logger = logging.getLogger("duplex.net")

ATTEMPT_DELAY = 0.25
"""Seconds before the next address is tried beside those under way (RFC 8305 section 5)."""

_TELLING = (FaultKind.REFUSED, FaultKind.TIMED_OUT, FaultKind.RESET, FaultKind.PERMISSION)
"""Of several addresses' faults the first of these is told, because it comes from the farthest."""


class Connecting:
    """A client's session until it is `Opened`, when its `Connection` takes its place, or `OpenFailed`."""

    is_open = False
    local_address = None
    message_limit = None
    queued = 0

    def __init__(self, network: Network, command: TcpConnect) -> None:
        self.session = command.session
        self._network = network
        self._command = command
        self._started = False
        self._cancelled = False
        self._task = network.loop.create_task(self._run())
        self._timed_out = False
        self._timer: asyncio.TimerHandle | None = None

    def send(
        self, messages: Sequence[bytes], to: Address | None = None, origin: str = "user"
    ) -> Fault | None:
        fault = Fault(FaultKind.NOT_CONNECTED)
        self._network.report_fault(self.session, fault)
        return fault

    def counters(self) -> Totals:
        return Totals()

    def close(self, reason: CloseReason = CloseReason.BY_ME) -> None:
        # A task cancelled before its first step never runs, and would tell nothing.
        self._cancelled = True
        if self._started:
            self._task.cancel()

    def abort(self) -> None:
        self.close()

    async def _run(self) -> None:
        fault: Fault | None = None
        self._started = True
        try:
            if self._cancelled:
                raise asyncio.CancelledError
            await self._connect()
        except asyncio.CancelledError:
            # Cancelled by the timer or by the user, who need not know each other.
            if not isinstance(self._network.sessions.get(self.session), Connection):
                fault = self._time_out_fault() if self._timed_out else Fault(FaultKind.CANCELLED)
        except TlsFileError as error:
            fault = error.fault
        except AddressError as error:
            fault = fault_from_address(error)
        except OSError as error:
            fault = fault_from_oserror(error, self._command.address, self._command.timeout)
        except _ConnectError as error:
            fault = error.fault
        except Exception as error:
            # A mistake of ours must not leave a session without its end.
            logger.exception("connecting")
            fault = fault_from_ours(error)
        finally:
            self._stop_timer()
        if fault is not None:
            self._fail(fault)

    def _fail(self, fault: Fault) -> None:
        network = self._network
        network.forget(self)
        network.report_open_failed(self.session, fault)

    def _time_out_fault(self) -> Fault:
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

    async def _connect(self) -> None:
        command, network = self._command, self._network
        self._start_timer()
        context: ssl.SSLContext | None = None
        if command.tls is not None:
            context = await network.loop.run_in_executor(None, client_context, command.tls)
        if command.address.port == 0:
            raise AddressError("port_range", "0")
        if command.address.is_name:
            network.report_state(self.session, State.RESOLVING)
        candidates = await resolve(command.address)
        local: list[Candidate] = []
        if command.local_address is not None:
            local = await resolve(command.local_address, passive=True)
            families = {family for family, _ in local}
            candidates = [candidate for candidate in candidates if candidate[0] in families]
            if not candidates:
                params = {"address": str(command.local_address)}
                raise _ConnectError(Fault(FaultKind.ADDRESS_FAMILY, params))
        sock, address = await self._race(candidates, dict(local))
        self._stop_timer()
        try:
            await self._open(sock, address, context)
        except BaseException:
            if not isinstance(network.sessions.get(self.session), Connection):
                sock.close()
                network.report_call(self.session, "close")
            raise

    async def _open(
        self, sock: socket.socket, address: SocketAddress, context: ssl.SSLContext | None
    ) -> None:
        command, network = self._command, self._network
        connection = Connection(
            network,
            self.session,
            Role.CLIENT,
            sock,
            Address.from_socket(sock.getsockname()),
            Address.from_socket(address),
            command.framing,
            command.codec,
            keep_half_open=command.options.keep_half_open,
            rules=command.reply_rules,
            no_delay=command.options.no_delay,
        )
        if context is None:
            await network.loop.create_connection(lambda: connection, sock=sock)
            return
        assert command.tls is not None
        network.report_state(self.session, State.HANDSHAKING, Address.from_socket(address))
        name = command.tls.server_name or command.address.host
        connection.expect_tls(command.tls.verify)
        self._start_timer()
        await open_tls(network, connection, sock, context, command.timeout, name)

    async def _race(
        self, candidates: Sequence[Candidate], local: dict[int, SocketAddress]
    ) -> tuple[socket.socket, SocketAddress]:
        """Try the addresses, a new one ATTEMPT_DELAY after the last or as soon as all so far have failed."""
        waiting = list(candidates)
        attempts: dict[asyncio.Task[socket.socket], SocketAddress] = {}
        faults: list[Fault] = []
        try:
            while waiting or attempts:
                if waiting:
                    family, address = waiting.pop(0)
                    task = self._network.loop.create_task(self._attempt(family, address, local.get(family)))
                    attempts[task] = address
                delay = ATTEMPT_DELAY if waiting else None
                done, _ = await asyncio.wait(attempts, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    error = task.exception()
                    if error is None:
                        address = attempts.pop(task)
                        return task.result(), address
                    failed = attempts.pop(task)
                    if not isinstance(error, OSError):
                        raise error
                    faults.append(await self._explain(error, Address.from_socket(failed)))
        finally:
            for task in attempts:
                task.cancel()
            # One that connected in the same moment has lost the race all the same.
            for result in await asyncio.gather(*attempts, return_exceptions=True):
                if isinstance(result, socket.socket):
                    result.close()
                    self._network.report_call(self.session, "close")
        raise _ConnectError(next((f for kind in _TELLING for f in faults if f.kind is kind), faults[0]))

    async def _explain(self, error: OSError, address: Address) -> Fault:
        if isinstance(error, _BindError) and self._command.local_address is not None:
            local = self._command.local_address
            fault = fault_from_oserror(error.cause, local)
            return await in_thread(with_program, fault, local.port)
        return fault_from_oserror(error, address, self._command.timeout)

    async def _attempt(
        self, family: int, address: SocketAddress, local: SocketAddress | None
    ) -> socket.socket:
        network, session, options = self._network, self.session, self._command.options
        where = Address.from_socket(address)
        network.report_state(session, State.CONNECTING, where)
        sock = socket.socket(family, socket.SOCK_STREAM)
        network.report_call(session, "socket", f"{_family_name(family)}, SOCK_STREAM")
        try:
            sock.setblocking(False)
            set_options(network, session, sock, options)
            if local is not None:
                if options.reuse_address and sys.platform != "win32":
                    set_option(
                        network,
                        session,
                        sock,
                        "SOL_SOCKET, SO_REUSEADDR",
                        socket.SOL_SOCKET,
                        socket.SO_REUSEADDR,
                        1,
                    )
                self._bind(sock, local)
            try:
                await network.loop.sock_connect(sock, address)
            except OSError as error:
                network.report_call(session, "connect", repr(address[:2]), error_name(error))
                raise
            except asyncio.CancelledError:
                # What a blocking socket with a time-out gives. An attempt that another overtook, or the user
                # ended, was cancelled.
                result = "ETIMEDOUT" if self._timed_out else "ECANCELED"
                network.report_call(session, "connect", repr(address[:2]), result)
                raise
            network.report_call(session, "connect", repr(address[:2]))
            return sock
        except BaseException:
            sock.close()
            network.report_call(session, "close")
            raise

    def _bind(self, sock: socket.socket, local: SocketAddress) -> None:
        try:
            sock.bind(local)
        except OSError as error:
            self._network.report_call(self.session, "bind", repr(local[:2]), error_name(error))
            raise _BindError(error) from error
        self._network.report_call(self.session, "bind", repr(local[:2]))


class _ConnectError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _BindError(OSError):
    """The local address is at fault, not the peer's."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror)
        self.cause = cause


def _family_name(family: int) -> str:
    return "AF_INET6" if family == socket.AF_INET6 else "AF_INET"


async def open_tls(
    network: Network,
    connection: Connection,
    sock: socket.socket,
    context: ssl.SSLContext,
    timeout: float,
    server_name: str | None = None,
) -> None:
    """Shake hands on ``sock``, as the client where ``server_name`` is given. Raises `OSError`, also for
    TLS."""
    limits: dict[str, Any] = {"ssl_handshake_timeout": timeout}
    if sys.version_info >= (3, 11):
        limits["ssl_shutdown_timeout"] = TLS_LINGER
    loop = network.loop
    if server_name is None:
        await loop.connect_accepted_socket(lambda: connection, sock, ssl=context, **limits)
    else:
        await loop.create_connection(
            lambda: connection, sock=sock, ssl=context, server_hostname=server_name, **limits
        )
