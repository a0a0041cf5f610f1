"""Resolves names to socket addresses, off the loop: a slow name server blocks nothing, and can be given up
on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from net.address import Address, AddressError, SocketAddress

T = TypeVar("T")
Candidate = tuple[int, SocketAddress]
"""An address family and an address as ``connect`` and ``bind`` take it."""

# A variable of this module, so that tests can substitute a name server of their own.
look_up: Callable[..., list[Any]] = socket.getaddrinfo


async def resolve(
    address: Address, socket_type: int = socket.SOCK_STREAM, family: int = 0, passive: bool = False
) -> list[Candidate]:
    """All socket addresses of ``address`` in the order to try them: alternating families (RFC 8305 section
    4).

    ``family``: AF_INET, AF_INET6 or 0 for both; ``passive``: for binding, where the empty host means every
    interface. Raises `OSError` (`socket.gaierror` for names) and `AddressError`. Can be cancelled at any
    time.
    """
    if not address.host:
        if not passive:
            raise AddressError("empty", "")
        return [
            candidate
            for candidate in (
                (int(socket.AF_INET6), ("::", address.port, 0, 0)),
                (int(socket.AF_INET), ("0.0.0.0", address.port)),
            )
            if family in (0, candidate[0]) and (candidate[0] == socket.AF_INET or socket.has_ipv6)
        ]
    version = address.version
    if version is not None:
        own = socket.AF_INET6 if version == 6 else socket.AF_INET
        wanted = family or own
        return [(int(wanted), address.to_socket(wanted))]
    found = await in_thread(_look_up, address, family, socket_type, passive)
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return alternate([(int(entry[0]), entry[4]) for entry in found])


def alternate(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without duplicates, alternating between families, beginning with that of the first."""
    unique = list(dict.fromkeys(candidates))
    if not unique:
        return []
    first = [candidate for candidate in unique if candidate[0] == unique[0][0]]
    second = [candidate for candidate in unique if candidate[0] != unique[0][0]]
    ordered: list[Candidate] = []
    while first or second:
        if first:
            ordered.append(first.pop(0))
        if second:
            ordered.append(second.pop(0))
    return ordered


def _look_up(address: Address, family: int, socket_type: int, passive: bool) -> list[Any]:
    flags = socket.AI_PASSIVE if passive else 0
    try:
        return look_up(address.host, address.port, family=family, type=socket_type, flags=flags)
    except (UnicodeError, ValueError) as error:
        # Labels that Python's idna codec refuses are unknown to any name server.
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from None


async def in_thread(function: Callable[..., T], *arguments: object) -> T:
    """Run ``function`` on a daemon thread, which the program's exit does not wait for: it may block for
    minutes and cannot be interrupted."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = function(*arguments)
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name="Resolve", daemon=True).start()
    return await future
