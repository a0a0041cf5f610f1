"""Where a relay may pass things on to."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from net.address import Address, AddressError
from net.events import Fault, FaultKind
from net.sockets.session import OpenError
from net.system.interfaces import is_broadcast, is_local
from net.system.resolve import Candidate, resolve


@runtime_checkable
class Relaying(Protocol):
    """An open relay, as the others see it. ``target``: resolved."""

    @property
    def local_address(self) -> Address: ...

    @property
    def target(self) -> Address: ...


async def resolve_target(target: Address, kind: socket.SocketKind, family: int) -> list[Candidate]:
    """The addresses of ``target``, those of ``family`` first. Raises `OpenError`, `AddressError` and
    `OSError`."""
    if target.port == 0:
        raise AddressError("port_range", "0")
    refuse_many(target)
    found = await resolve(target, kind)
    for _family, address in found:
        refuse_many(Address.from_socket(address))
    return sorted(found, key=lambda candidate: candidate[0] != family)


def refuse_many(target: Address) -> None:
    """Raises `OpenError` for an address that is not one program's: one datagram of a client would become as
    many answers as there are PCs."""
    if target.is_multicast or target.is_limited_broadcast or target.is_any or is_broadcast(target.host):
        raise OpenError(Fault(FaultKind.RELAY_TARGET, {"address": str(target)}))


def refuse_loop(local: Address, target: Address, relays: Iterable[Relaying]) -> None:
    """Raises `OpenError` if what a relay at ``local`` passes on to ``target`` comes back to it, also by way
    of other relays of this program. (A way through another program's relay cannot be seen.)"""
    others = list(relays)
    seen: set[Address] = set()
    at = target
    while at not in seen:
        if _reaches(at, local):
            raise OpenError(Fault(FaultKind.RELAY_LOOP, {"address": str(target)}))
        seen.add(at)
        at = next((other.target for other in others if _reaches(at, other.local_address)), at)


def _reaches(target: Address, local: Address) -> bool:
    """Whether what is sent to ``target`` arrives at a socket bound to ``local``."""
    if target.port != local.port:
        return False
    return target.host == local.host or (local.is_any and is_local(target.host))
