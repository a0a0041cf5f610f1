"""`Race`: connects to whichever of a name's addresses answers first (Happy Eyeballs, RFC 8305).

The addresses are tried in the order in which they were resolved. A new attempt begins ATTEMPT_DELAY after the
last one, or as soon as all attempts so far have failed; the first that connects wins, and the others are
closed.
"""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable, Sequence

from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.commands import TcpConnect
from net.sockets.events import State
from net.sockets.network import Network, error_name
from net.sockets.session import OpenError
from net.sockets.socket_options import keep_urgent_in_line, new_socket, set_options, set_reuse
from net.system.holders import pair_seconds, with_holder
from net.system.resolve import Candidate, in_thread

ATTEMPT_DELAY = 0.25
"""Seconds before the next address is tried beside those under way (RFC 8305 section 5)."""

_FROM_AFAR = (FaultKind.REFUSED, FaultKind.TIMED_OUT, FaultKind.RESET, FaultKind.PERMISSION)
"""If all addresses failed, the first fault found in this order is reported: it comes from farthest away."""


class Race:
    """For one `TcpConnect`. ``is_late``: whether its time-out has passed, when attempts are cancelled."""

    def __init__(self, network: Network, command: TcpConnect, is_late: Callable[[], bool]) -> None:
        self._network = network
        self._command = command
        self._is_late = is_late

    async def run(
        self, candidates: Sequence[Candidate], local: dict[int, SocketAddress]
    ) -> tuple[socket.socket, SocketAddress]:
        """The socket that connected first, and its peer's address. ``local``: by family, the address to bind
        to first. Raises `OpenError` if none connected."""
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
                    address = attempts.pop(task)
                    error = task.exception()
                    if error is None:
                        return task.result(), address
                    if not isinstance(error, OSError):
                        raise error
                    faults.append(await self._explain(error, Address.from_socket(address)))
        finally:
            for task in attempts:
                task.cancel()
            # An attempt that connected at the same moment has lost the race all the same.
            for result in await asyncio.gather(*attempts, return_exceptions=True):
                if isinstance(result, socket.socket):
                    self._network.call(self._command.session, "close", "", result.close)
        raise OpenError(next((f for kind in _FROM_AFAR for f in faults if f.kind is kind), faults[0]))

    async def _explain(self, error: OSError, address: Address) -> Fault:
        if isinstance(error, _BindError) and self._command.local_address is not None:
            local = self._command.local_address
            fault = fault_from_oserror(error.cause, local, call="bind")
            return await in_thread(with_holder, fault, local)
        fault = fault_from_oserror(error, address, self._command.timeout, call="connect")
        bound = self._command.local_address
        if fault.kind is FaultKind.NO_FREE_PORT and bound is not None and bound.port:
            # The port is ours: it is the pair of addresses that another connection has, or had.
            seconds = round(await in_thread(pair_seconds, bound, address), 1)
            values: dict[str, str | float] = {
                "local": str(bound),
                "address": str(address),
                "seconds": seconds,
            }
            return Fault(FaultKind.PAIR_IN_USE, values)
        return fault

    async def _attempt(
        self, family: int, address: SocketAddress, local: SocketAddress | None
    ) -> socket.socket:
        network, session, options = self._network, self._command.session, self._command.options
        network.report_state(session, State.CONNECTING, Address.from_socket(address))
        with new_socket(network, session, family, socket.SOCK_STREAM) as sock:
            set_options(network, session, sock, options)
            if self._command.tls is None:
                keep_urgent_in_line(network, session, sock)
            if local is not None:
                set_reuse(network, session, sock, options)
                self._bind(sock, local)
            result = ""
            try:
                await network.loop.sock_connect(sock, address)
            except OSError as error:
                result = error_name(error)
                raise
            except asyncio.CancelledError:
                # The error of a blocking socket with a time-out. An attempt that was overtaken by another, or
                # ended by the user, was cancelled.
                result = "ETIMEDOUT" if self._is_late() else "ECANCELED"
                raise
            finally:
                network.report_call(session, "connect", repr(address[:2]), result)
            return sock

    def _bind(self, sock: socket.socket, local: SocketAddress) -> None:
        bind = functools.partial(sock.bind, local)
        try:
            self._network.call(self._command.session, "bind", repr(local[:2]), bind)
        except OSError as error:
            raise _BindError(error) from error


class _BindError(OSError):
    """The local address is at fault, not the peer's."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror)
        self.cause = cause
