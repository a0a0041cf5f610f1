"""`Discovery`: announces this PC on every interface and tells who is seen, until it is stopped.

A beacon goes out in a burst (at 0.1, 0.5 and 2 s) at the start, when an interface or an address is new and
when the user asks, then every 30 s; beacons of a burst are answered directly. Who was met before is also
asked at the addresses of then, and so are listed hosts. Everything heard is a hint.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from net.address import Address, AddressError, SocketAddress
from net.chat.commands import PORT
from net.chat.discovery.dns_sd import DnsSd, Service
from net.chat.discovery.hosts import Hosts, parse_hosts
from net.chat.discovery.limits import RateLimit
from net.chat.discovery.sightings import Sighting, Sightings, Way
from net.chat.discovery.sockets import GROUP4, GROUP6, LOOPBACK_BROADCAST, BeaconSockets, Heard
from net.chat.discovery.subnets import Subnets
from net.interfaces import Interface, interfaces
from net.protocol.chat import beacon as wire
from net.protocol.chat.beacon import ANSWER, GOODBYE, PROBE, REQUEST, Beacon
from net.protocol.chat.cleaning import clean_name
from net.resolve import resolve

BURST = (0.1, 0.5, 2.0)
"""Seconds after its beginning at which a burst's beacons go out."""

PERIOD = 30.0
JITTER = 0.2
"""Seconds between beacons afterwards, and the part of it that chance adds or takes."""

WATCH_PERIOD = 2.0
"""Seconds between looks at the interfaces."""

SWEEP_PERIOD = 300.0
SWEEP_RATE = 200
"""Seconds between, and addresses a second of, asking all listed hosts; those that answered are asked each
PERIOD."""

ANSWERS_AT_ONCE = 40
"""More than so many waiting for an answer get one broadcast between them."""

MAX_ASKED = 4096
MAX_MET_ADDRESSES = 4
ECHO_TIMES = (0.0, 0.3, 0.6)
ECHO_TIMEOUT = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """``port``: of the beacons; ``dns_sd`` and ``loopback`` (other Duplex on this PC, where no interface
    leads to them) can be left out."""

    port: int = PORT
    dns_sd: bool = True
    loopback: bool = True


@dataclass(frozen=True, slots=True)
class Echo:
    """Whether this PC heard what it sent itself on ``interface``: ``way`` is "broadcast", "multicast" or
    "multicast6"; ``error``: the system's refusal to send, or ""."""

    interface: str
    way: str
    target: str
    heard: bool
    error: str = ""


class Discovery:
    """All methods and callbacks: NetThread only; none blocks.

    ``identity``: hex; ``profile()`` gives (name, "#rrggbb" or ""); ``on_seen`` is called for a person who is
    new, changed or restarted, and about every 25 s while seen; ``on_gone(identity)`` after 90 s of silence
    or a goodbye. Neither proves anything.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        identity: str,
        tcp_port: int,
        profile: Callable[[], tuple[str, str]],
        on_seen: Callable[[Sighting], None],
        on_gone: Callable[[str], None],
        options: Options | None = None,
    ) -> None:
        self.interfaces: list[Interface] = []
        """As last looked at."""
        self.twin: Address | None = None
        """Where another Duplex with *our* identity was heard: a copied profile folder."""
        self._loop = loop
        self._identity = identity
        self._tcp_port = tcp_port
        self._profile = profile
        self._on_seen = on_seen
        self._on_gone = on_gone
        self._options = options or Options()
        self._start = os.urandom(wire.START_LENGTH)
        self._sightings = Sightings()
        self._subnets = Subnets([])
        self._sockets: BeaconSockets | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._dns_sd: DnsSd | None = None
        self._invisible = False
        self._hosts = Hosts()
        self._host_addresses: dict[str, None] = {}
        self._found_hosts: dict[str, int] = {}
        self._met: dict[str, tuple[Address, ...]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[SocketAddress, int] = {}
        self._answering: asyncio.TimerHandle | None = None
        self._answer_limit = RateLimit(1.0, 4.0)
        self._probes: set[tuple[bytes, str]] = set()

    # -- what the chat's core says

    def start(self) -> None:
        """Begin; once."""
        self._executor = ThreadPoolExecutor(2, "NetDiscovery")
        identity = bytes.fromhex(self._identity)
        port = self._options.port
        self._sockets = BeaconSockets(self._post, port, self._tcp_port, identity, self._start, self._on_heard)
        if self._options.dns_sd:
            self._dns_sd = DnsSd(
                self._loop,
                self._executor,
                self._identity,
                self._start.hex(),
                self._on_service,
                self._on_service_gone,
            )
        self._spawn("watch", self._watch())
        self._spawn("period", self._announce_forever())
        self._spawn("expiry", self._expire_forever())

    async def stop(self) -> None:
        """Say goodbye and end everything; takes up to a second or two for DNS-SD. Idempotent."""
        sockets, executor = self._sockets, self._executor
        if sockets is None or executor is None:
            return
        if not self._invisible:
            self._say_goodbye()
        self._sockets = self._executor = None
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._answering is not None:
            self._answering.cancel()
        sockets.close()
        if self._dns_sd is not None:
            await self._dns_sd.stop()
        await self._loop.run_in_executor(executor, sockets.join, 1.0)
        executor.shutdown(wait=True)  # its threads are idle

    def set(self, *, invisible: bool, hosts: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """``invisible``: listen only. ``hosts``: to be asked too; gives the texts that can't be, each with
        "syntax" or "too_many"."""
        changed = invisible != self._invisible
        if changed and invisible:
            self._say_goodbye()
        self._invisible = invisible
        parsed = parse_hosts(hosts)
        new_hosts = (parsed.addresses, parsed.names) != (self._hosts.addresses, self._hosts.names)
        self._hosts = parsed
        if self._sockets is not None:
            if changed:
                self._announce_by_dns_sd()
                self.find_again()
            elif new_hosts:
                self._spawn("sweep", self._sweep_forever())
        return parsed.refused

    def met_before(self, people: Mapping[str, Iterable[Address]]) -> None:
        """All people remembered (identity hex), each with last addresses, best first (may be empty): they are
        asked there, and always keep their place in the table. Replaces what was said before."""
        self._met = {
            identity: tuple(address for address in addresses if not address.is_name)[:MAX_MET_ADDRESSES]
            for identity, addresses in people.items()
        }
        self._sightings.set_known(self._met)

    def profile_changed(self) -> None:
        """Name or colour are new: announce them."""
        if self._sockets is not None:
            self._announce_by_dns_sd()
            self._announce(0)

    def find_again(self) -> None:
        """A burst now on every way, and the listed hosts asked anew."""
        if self._sockets is not None:
            self._spawn("burst", self._burst())
            self._spawn("sweep", self._sweep_forever())
            if self._dns_sd is not None:
                self._dns_sd.ask()

    def heard(self, host: str) -> tuple[bool, bool]:
        """Whether in the last two minutes a beacon came from ``host`` (an IP address without scope), and
        whether DNS-SD told of somebody there."""
        return self._sightings.heard(host, self._loop.time())

    def sighting(self, identity: str) -> Sighting | None:
        """What is known now of ``identity``."""
        return self._sightings.sighting(identity)

    def sightings(self) -> list[Sighting]:
        return self._sightings.all()

    @property
    def port(self) -> int:
        """The beacons' UDP port."""
        return self._options.port

    @property
    def errors(self) -> dict[str, OSError]:
        """What the system refuses now: by target address, "bind", or "dns_sd"."""
        errors = dict(self._sockets.errors) if self._sockets is not None else {}
        if self._dns_sd is not None and self._dns_sd.error is not None:
            errors["dns_sd"] = self._dns_sd.error
        return errors

    async def hear_itself(self) -> list[Echo]:
        """Send probes on each interface and listen for them; takes up to ECHO_TIMEOUT. Also works while
        invisible: others ignore probes, and they carry no name."""
        sockets = self._sockets
        if sockets is None:
            return []
        nonce = os.urandom(wire.START_LENGTH)
        probes: list[tuple[str, str, str, Callable[[bytes], OSError | None]]] = []
        port = self._options.port
        for interface in self._usable():
            for host in interface.broadcast_addresses:
                probes.append(
                    (interface.name, "broadcast", host, _sending(sockets, socket.AF_INET, (host, port)))
                )
            if interface.ipv4:
                probes.append((interface.name, "multicast", GROUP4, _sending4(sockets, interface)))
            if _has_link_local(interface):
                target = (GROUP6, port, 0, interface.index)
                probes.append(
                    (interface.name, "multicast6", GROUP6, _sending(sockets, socket.AF_INET6, target))
                )
        marks = [f"{index} {name}"[:64] for index, (name, _, _, _) in enumerate(probes)]
        errors: dict[int, OSError | None] = {}
        self._probes = {(nonce, mark) for mark in marks}
        begun = self._loop.time()
        for delay in ECHO_TIMES:
            await asyncio.sleep(begun + delay - self._loop.time())
            for index, (_, _, _, send) in enumerate(probes):
                if (nonce, marks[index]) in self._probes:
                    errors[index] = send(self._encode(PROBE, probe=marks[index], start=nonce))
        while any(probe[0] == nonce for probe in self._probes) and self._loop.time() < begun + ECHO_TIMEOUT:
            await asyncio.sleep(0.02)
        missing = {mark for own, mark in self._probes if own == nonce}
        self._probes = {probe for probe in self._probes if probe[0] != nonce}
        return [
            Echo(name, way, target, marks[index] not in missing, str(errors.get(index) or ""))
            for index, (name, way, target, _) in enumerate(probes)
        ]

    # -- announcing

    async def _burst(self) -> None:
        begun = self._loop.time()
        for delay in BURST:
            await asyncio.sleep(max(0.0, begun + delay - self._loop.time()))
            self._announce(REQUEST)
            self._ask_directly(everyone=True)

    async def _announce_forever(self) -> None:
        while True:
            await asyncio.sleep(PERIOD * random.uniform(1 - JITTER, 1 + JITTER))
            self._announce(0)
            self._ask_directly(everyone=False)

    def _announce(self, flags: int) -> None:
        """One beacon to each interface's broadcast address and IPv6 group."""
        sockets = self._sockets
        if sockets is None or self._invisible:
            return
        data = self._encode(flags)
        port = self._options.port
        usable = self._usable()
        for host in sorted({host for interface in usable for host in interface.broadcast_addresses}):
            sockets.send(data, socket.AF_INET, (host, port))
        for interface in usable:
            if _has_link_local(interface):
                sockets.send(data, socket.AF_INET6, (GROUP6, port, 0, interface.index))
        if self._options.loopback:
            sockets.send(data, socket.AF_INET, (LOOPBACK_BROADCAST, port))

    def _ask_directly(self, *, everyone: bool) -> None:
        """Beacons to people met before who are not seen now (or ``everyone``), and to hosts that answered."""
        if self._invisible or self._sockets is None:
            return
        data = self._encode(REQUEST)
        now = self._loop.time()
        targets: dict[tuple[str, int], None] = {}
        for identity, addresses in self._met.items():
            silent = now - self._sightings.last_heard(identity, Way.BEACON) > PERIOD
            if not (everyone or silent or self._is_remote(identity)):
                continue
            for address in addresses:
                targets[_host_text(address), address.port] = None
        for host, tcp_port in self._found_hosts.items():
            targets[host, tcp_port] = None
        for host, tcp_port in targets:
            for port in {self._options.port, tcp_port}:
                self._send_to(data, host, port)

    def _is_remote(self, identity: str) -> bool:
        """Whether nothing but unicast reaches it, so that it hears of us only if we ask."""
        seen = self._sightings.sighting(identity)
        return seen is None or not any(self._subnets.has(address) for address in seen.addresses)

    def _send_to(self, data: bytes, host: str, port: int) -> None:
        bare, _, scope = host.partition("%")
        family = socket.AF_INET6 if ":" in bare else socket.AF_INET
        if self._sockets is not None and not self._subnets.is_own(bare):
            with contextlib.suppress(OSError, AddressError):  # the scope's interface is gone
                self._sockets.send(data, family, Address(bare, port, scope).to_socket(family))

    def _say_goodbye(self) -> None:
        if self._sockets is None or self._invisible:
            return
        self._announce(GOODBYE)
        data = self._encode(GOODBYE)
        for identity in list(self._met)[:MAX_ASKED]:
            seen = self._sightings.sighting(identity)
            for address in seen.addresses if seen is not None else ():
                self._send_to(data, _host_text(address), self._options.port)

    def _encode(self, flags: int, *, probe: str = "", start: bytes = b"") -> bytes:
        name, colour = ("", "") if flags & PROBE else self._profile()
        return wire.encode(
            Beacon(
                identity=bytes.fromhex(self._identity),
                name=clean_name(name),
                colour=wire.clean_colour(colour),
                port=self._tcp_port,
                flags=flags,
                start=start or self._start,
                probe=probe,
            )
        )

    # -- hearing

    def _on_heard(self, batch: list[Heard]) -> None:
        now = self._loop.time()
        for beacon, sender, raw in batch:
            identity = beacon.identity.hex()
            if identity == self._identity:
                self._hear_own(beacon, sender)
                continue
            if beacon.flags & GOODBYE:
                if self._sightings.left(identity, sender.host, Way.BEACON):
                    self._on_gone(identity)
                continue
            host = _host_text(sender)
            if host in self._host_addresses:
                self._found_hosts[host] = beacon.port
            is_new = identity not in self._sightings
            address = Address(sender.host, beacon.port, sender.scope)
            places = {address: self._subnets.is_virtual(address)}
            told = self._sightings.seen(
                identity, beacon.name, beacon.colour, beacon.start, places, Way.BEACON, now
            )
            if beacon.flags & REQUEST or (is_new and not beacon.flags & ANSWER and told is not None):
                self._answer(raw, now)
            if told is not None:
                self._on_seen(told)

    def _hear_own(self, beacon: Beacon, sender: Address) -> None:
        if beacon.flags & PROBE:
            self._probes.discard((beacon.start, beacon.probe))
        elif not self._subnets.is_own(sender.host):
            self.twin = sender

    def _answer(self, target: SocketAddress, now: float) -> None:
        if self._invisible or len(self._asked) >= MAX_ASKED or not self._answer_limit.allows(target[0], now):
            return
        self._asked[target] = socket.AF_INET6 if len(target) == 4 else socket.AF_INET
        if self._answering is None:
            # Not all at once: a class of a thousand would drown whoever asks.
            self._answering = self._loop.call_later(random.uniform(0.01, 0.15), self._send_answers)

    def _send_answers(self) -> None:
        self._answering = None
        asked, self._asked = self._asked, {}
        sockets = self._sockets
        if sockets is None or self._invisible:
            return
        data = self._encode(ANSWER)
        for target, family in list(asked.items())[:ANSWERS_AT_ONCE]:
            sockets.send(data, family, target)
        if len(asked) > ANSWERS_AT_ONCE:
            self._announce(ANSWER)
            self._answering = self._loop.call_later(1.0, self._send_answers)

    def _on_service(self, service: Service) -> None:
        now = self._loop.time()
        places = {
            address: self._subnets.is_virtual(address)
            for address in service.addresses
            # Two PCs may both have Docker's 172.17.0.1; who shares our address is heard by its beacon.
            if not self._subnets.is_own(address.host)
        }
        if not places:
            return
        start = bytes.fromhex(service.start) if len(service.start) == 2 * wire.START_LENGTH else b""
        told = self._sightings.seen(
            service.identity, service.name, service.colour, start, places, Way.DNS_SD, now
        )
        if told is not None:
            self._on_seen(told)

    def _on_service_gone(self, identity: str) -> None:
        if self._sightings.left(identity, "", Way.DNS_SD):
            self._on_gone(identity)

    # -- looking after it

    async def _watch(self) -> None:
        """Interfaces come and go: sockets follow, news get a burst."""
        known: set[tuple[str, str]] | None = None
        while self._sockets is not None and self._executor is not None:
            found = await self._loop.run_in_executor(self._executor, interfaces)
            usable = {
                (interface.name, address.host)
                for interface in found
                if interface.is_up
                for address in interface.addresses
            }
            if self._sockets is None:
                return
            if known != usable:
                self.interfaces = found
                self._subnets = Subnets(found)
                self._sockets.update(found)
                names = {name for name, _ in usable}
                gone = [name for name, _ in known - usable if name not in names] if known else []
                for identity in self._sightings.drop_scopes(gone):
                    self._on_gone(identity)
                if self._dns_sd is not None:
                    self._dns_sd.network_changed(found)
                    self._announce_by_dns_sd()
                if known is None or usable - known:
                    self._spawn("burst", self._burst())
                    self._spawn("sweep", self._sweep_forever())
                known = usable
            await asyncio.sleep(WATCH_PERIOD)

    async def _expire_forever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(5.0)
            now = self._loop.time()
            for identity in self._sightings.expire(now):
                self._on_gone(identity)
            rounds += 1
            if self._dns_sd is not None and rounds % 3 == 0:
                silent = [
                    seen.identity
                    for seen in self._sightings.all()
                    if Way.DNS_SD in seen.ways
                    and now - self._sightings.last_heard(seen.identity, Way.BEACON) > 1.5 * PERIOD
                ]
                self._dns_sd.refresh(silent, self._still_there)

    def _still_there(self, identity: str, age: float) -> None:
        self._sightings.still_there(identity, Way.DNS_SD, self._loop.time() - age)

    async def _sweep_forever(self) -> None:
        """Ask every listed host, a few at a time."""
        pauses = iter((BURST[-1], 4 * BURST[-1]))
        while True:
            self._host_addresses = dict.fromkeys(self._hosts.addresses)
            for name in self._hosts.names:
                with contextlib.suppress(OSError, AddressError):
                    for _, target in await resolve(Address(name, self._options.port), socket.SOCK_DGRAM):
                        self._host_addresses[_host_text(Address.from_socket(target))] = None
            self._found_hosts = {
                host: port for host, port in self._found_hosts.items() if host in self._host_addresses
            }
            if not self._invisible:
                for count, host in enumerate(list(self._host_addresses)):
                    if count % 10 == 9:
                        await asyncio.sleep(10 / SWEEP_RATE)
                    self._send_to(self._encode(REQUEST), host, self._options.port)
            await asyncio.sleep(next(pauses, SWEEP_PERIOD if self._found_hosts else SWEEP_PERIOD / 5))

    def _announce_by_dns_sd(self) -> None:
        if self._dns_sd is not None:
            name, colour = self._profile()
            self._dns_sd.announce(
                None if self._invisible else (clean_name(name), wire.clean_colour(colour), self._tcp_port)
            )

    def _usable(self) -> list[Interface]:
        return [interface for interface in self.interfaces if interface.is_up and not interface.is_loopback]

    def _spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        before = self._tasks.pop(name, None)
        if before is not None:
            before.cancel()
        self._tasks[name] = self._loop.create_task(coroutine)

    def _post(self, function: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)


def _sending(sockets: BeaconSockets, family: int, target: SocketAddress) -> Callable[[bytes], OSError | None]:
    return lambda data: sockets.send(data, family, target)


def _sending4(sockets: BeaconSockets, interface: Interface) -> Callable[[bytes], OSError | None]:
    return lambda data: sockets.send_multicast4(data, interface)


def _has_link_local(interface: Interface) -> bool:
    return interface.index > 0 and any(
        address.version == 6 and address.is_link_local for address in interface.addresses
    )


def _host_text(address: Address) -> str:
    return f"{address.host}%{address.scope}" if address.scope else address.host
