"""What goes out: beacons to each interface, to single addresses, and answers to who asks."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from net.address import Address, AddressError, SocketAddress
from net.chat.commands import PORT
from net.chat.discovery.sockets import GROUP6, LOOPBACK_BROADCAST, BeaconSockets
from net.chat.discovery.subnets import Subnets
from net.chat.limits import RateLimit
from net.protocol.chat import beacon as wire
from net.protocol.chat.beacon import ANSWER, PROBE, Beacon
from net.protocol.chat.cleaning import clean_name
from net.system.interfaces import Interface

ANSWERS_AT_ONCE = 40
"""More than so many waiting for an answer get one broadcast between them."""

MAX_ASKED = 4096
SEND_RATE = 200
SEND_STEP = 10
"""Single addresses are written to at so many a second, a few at a time."""


@dataclass(frozen=True, slots=True)
class Options:
    """``port``: of the beacons; ``dns_sd`` and ``loopback`` (other Duplex on this PC, where no interface
    leads to them) can be left out."""

    port: int = PORT
    dns_sd: bool = True
    loopback: bool = True


class Announcer:
    """NetThread only. While ``invisible``, and after `close`, nothing is sent but probes."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        identity: str,
        tcp_port: int,
        start: bytes,
        profile: Callable[[], tuple[str, str]],
        options: Options,
        sockets: BeaconSockets,
    ) -> None:
        self.sockets = sockets
        self.interfaces: list[Interface] = []
        self.subnets = Subnets([])
        self.invisible = False
        self.options = options
        self._loop = loop
        self._identity = bytes.fromhex(identity)
        self._tcp_port = tcp_port
        self._start = start
        self._profile = profile
        self._asked: dict[SocketAddress, int] = {}
        self._answering: asyncio.TimerHandle | None = None
        self._closed = False
        self._per_target = RateLimit(1.0, 4.0)
        self._per_host = RateLimit(20.0, 100.0)

    def set_interfaces(self, interfaces: list[Interface]) -> None:
        self.interfaces = interfaces
        self.subnets = Subnets(interfaces)
        self.sockets.update(interfaces)

    def usable(self) -> list[Interface]:
        return [one for one in self.interfaces if one.is_up and not one.is_loopback]

    @property
    def _is_silent(self) -> bool:
        return self._closed or self.invisible

    @property
    def profile(self) -> tuple[str, str]:
        """Name and colour, cleaned."""
        name, colour = self._profile()
        return clean_name(name), wire.clean_colour(colour)

    def encode(self, flags: int, *, probe: str = "", start: bytes = b"") -> bytes:
        name, colour = ("", "") if flags & PROBE else self.profile
        return wire.encode(
            Beacon(
                identity=self._identity,
                name=name,
                colour=colour,
                port=self._tcp_port,
                flags=flags,
                start=start or self._start,
                probe=probe,
            )
        )

    def announce(self, flags: int) -> None:
        """One beacon to each interface's broadcast address and IPv6 group."""
        if self._is_silent:
            return
        sockets = self.sockets
        data = self.encode(flags)
        port = self.options.port
        usable = self.usable()
        for host in sorted({host for one in usable for host in one.broadcast_addresses}):
            sockets.send(data, socket.AF_INET, (host, port))
        for one in usable:
            if has_link_local(one):
                sockets.send(data, socket.AF_INET6, (GROUP6, port, 0, one.index))
        if self.options.loopback:
            sockets.send(data, socket.AF_INET, (LOOPBACK_BROADCAST, port))

    async def send_to_each(self, flags: int, targets: Iterable[tuple[str, int]]) -> None:
        """One beacon to each (host text, port), paced."""
        for count, (host, port) in enumerate(list(targets)):
            if count % SEND_STEP == SEND_STEP - 1:
                await asyncio.sleep(SEND_STEP / SEND_RATE)
            self.send_to(self.encode(flags), host, port)

    def send_to(self, data: bytes, host: str, port: int) -> None:
        bare, _, scope = host.partition("%")
        if self._is_silent or self.subnets.is_own(bare):
            return
        family = socket.AF_INET6 if ":" in bare else socket.AF_INET
        with contextlib.suppress(OSError, AddressError):  # the scope's interface is gone
            self.sockets.send(data, family, Address(bare, port, scope).to_socket(family))

    def answer(self, target: SocketAddress, now: float) -> None:
        """Answer soon, if the limits allow."""
        if self._is_silent or len(self._asked) >= MAX_ASKED or target in self._asked:
            return
        if not (self._per_target.allows(target, now) and self._per_host.allows(target[0], now)):
            return
        self._asked[target] = socket.AF_INET6 if len(target) == 4 else socket.AF_INET
        if self._answering is None:
            # Not all at once: a class of a thousand would drown whoever asks.
            self._answering = self._loop.call_later(random.uniform(0.01, 0.15), self._send_answers)

    def close(self) -> None:
        self._closed = True
        if self._answering is not None:
            self._answering.cancel()

    def _send_answers(self) -> None:
        self._answering = None
        asked, self._asked = self._asked, {}
        if self._is_silent or not asked:
            return
        data = self.encode(ANSWER)
        for target, family in list(asked.items())[:ANSWERS_AT_ONCE]:
            self.sockets.send(data, family, target)
        if len(asked) > ANSWERS_AT_ONCE:
            self.announce(ANSWER)
            self._answering = self._loop.call_later(1.0, self._send_answers)


def has_link_local(interface: Interface) -> bool:
    return interface.index > 0 and any(
        address.version == 6 and address.is_link_local for address in interface.addresses
    )


def host_text(address: Address) -> str:
    """The host with its scope, no brackets."""
    return f"{address.host}%{address.scope}" if address.scope else address.host
