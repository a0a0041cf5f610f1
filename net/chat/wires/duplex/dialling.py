"""Dialling: all addresses of one person raced, until one of them has shaken hands and is the one expected."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from net.address import Address, AddressError
from net.chat.identity import identity_of
from net.chat.wires.duplex.channel import Channel, CloseKind
from net.system.resolve import Candidate, resolve

T = TypeVar("T")

ATTEMPT_DELAY = 0.25
"""Seconds before the next address is tried beside those under way (RFC 8305 section 5)."""

CONNECT_TIMEOUT = 5.0
"""Seconds an address has to answer our SYN."""

_TELLING = (CloseKind.IMPOSTOR, CloseKind.REFUSED, CloseKind.BAD_FRAME, CloseKind.TIMED_OUT, CloseKind.RESET)
"""Of several failures the first of these is reported: it says most about the peer."""


class DialError(Exception):
    """No connection came about. ``kind``: REFUSED: TLS says that one of us is not known to the other (pair
    anew, or blocked there); IMPOSTOR: somebody else is at that address; UNREACHABLE and others as they
    are."""

    def __init__(self, kind: CloseKind, detail: str = "", address: Address | None = None) -> None:
        super().__init__(f"{kind.value} {detail} {address or ''}")
        self.kind = kind
        self.detail = detail
        self.address = address


async def within(seconds: float, work: Awaitable[T]) -> T:
    """As `asyncio.wait_for`, which before Python 3.12 goes on where it is cancelled at the very moment that
    the work is done: who was given up would still be dialled."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        raise asyncio.TimeoutError
    finally:
        if not task.done():
            task.cancel()
            # It may hold what the caller closes next.
            await asyncio.wait({task})
        elif not task.cancelled():
            task.exception()  # or asyncio complains that nobody asked


class Dialler:
    """``make``: a new channel that shakes hands as a client; ``identity``: who is expected, None for
    anybody."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, make: Callable[[], Channel], identity: bytes | None
    ) -> None:
        self._loop = loop
        self._make = make
        self._identity = identity

    async def race(self, addresses: Sequence[Address]) -> Channel:
        """The first channel that has shaken hands with who is expected; the others are closed. A new address
        is tried ATTEMPT_DELAY after the last, or as soon as all so far have failed. Raises `DialError`."""
        waiting = list(addresses)
        attempts: set[asyncio.Task[Channel]] = set()
        failures: list[DialError] = []
        winner: Channel | None = None
        try:
            while (waiting or attempts) and winner is None:
                if waiting:
                    attempts.add(self._loop.create_task(self._attempt(waiting.pop(0))))
                done, attempts = await asyncio.wait(
                    attempts,
                    timeout=ATTEMPT_DELAY if waiting else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                for task in done:
                    error = task.exception()
                    if isinstance(error, DialError):
                        failures.append(error)
                    elif error is not None:
                        raise error
                    elif winner is None:
                        winner = task.result()
                    else:
                        task.result().abort(CloseKind.BY_ME)
        finally:
            for task in attempts:
                task.cancel()
            for result in await asyncio.gather(*attempts, return_exceptions=True):
                if isinstance(result, Channel):
                    result.abort(CloseKind.BY_ME)
        if winner is not None:
            return winner
        if not failures:
            raise DialError(CloseKind.UNREACHABLE, "no address")
        raise next((f for kind in _TELLING for f in failures if f.kind is kind), failures[0])

    async def _attempt(self, address: Address) -> Channel:
        try:
            candidates = await within(CONNECT_TIMEOUT, resolve(address))
        except (OSError, AddressError, asyncio.TimeoutError) as error:
            raise DialError(CloseKind.UNREACHABLE, str(error), address) from error
        failure: DialError | None = None
        for candidate in candidates:
            try:
                return await self._connect(candidate)
            except DialError as error:
                failure = error
        raise failure or DialError(CloseKind.UNREACHABLE, "no address", address)

    async def _connect(self, candidate: Candidate) -> Channel:
        family, where = candidate
        address = Address.from_socket(where)
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            await within(CONNECT_TIMEOUT, self._loop.sock_connect(sock, where))
        except (OSError, asyncio.TimeoutError) as error:
            sock.close()
            raise DialError(CloseKind.UNREACHABLE, str(error) or "timed out", address) from error
        except BaseException:
            sock.close()
            raise
        channel = self._make()
        ready: asyncio.Future[None] = self._loop.create_future()

        def succeed() -> None:
            # Nothing is taken before whoever dialled has said what is to become of it.
            channel.pause()
            if not ready.done():
                ready.set_result(None)

        def fail(kind: CloseKind, detail: str) -> None:
            if not ready.done():
                ready.set_exception(DialError(kind, detail, address))

        channel.on_ready = succeed
        channel.on_closed = fail
        try:
            await self._loop.create_connection(lambda: channel, sock=sock)
            await ready
        except BaseException as error:
            channel.abort(CloseKind.BY_ME)
            if isinstance(error, OSError):
                sock.close()
                raise DialError(CloseKind.RESET, str(error), address) from error
            raise
        if self._identity is not None and identity_of(channel.peer_certificate) != self._identity:
            channel.abort(CloseKind.IMPOSTOR)
            raise DialError(CloseKind.IMPOSTOR, "", address)
        return channel
