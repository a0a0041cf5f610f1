"""DNS-SD (RFC 6763) over multicast DNS (RFC 6762): ``_duplex._tcp``, announced and browsed.

zeroconf runs on its own thread; making, registering and closing, which take up to two seconds, happen on
an executor, one after the other. It does not notice new interfaces, so it is made anew for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import NamedTuple

from zeroconf import (
    IPVersion,
    NonUniqueNameException,
    ServiceBrowser,
    ServiceInfo,
    ServiceStateChange,
    Zeroconf,
)
from zeroconf._dns import DNSQuestion
from zeroconf._protocol.outgoing import DNSOutgoing
from zeroconf._utils.time import current_time_millis
from zeroconf.asyncio import AsyncServiceInfo
from zeroconf.const import _CLASS_IN, _FLAGS_QR_QUERY, _TYPE_PTR, _TYPE_SRV

from net.address import Address, AddressError
from net.protocol.chat.beacon import clean_colour
from net.protocol.chat.cleaning import clean_name, cut_to_bytes
from net.protocol.chat.messages import VERSION
from net.system.interfaces import Interface

SERVICE_TYPE = "_duplex._tcp.local."
MAX_SERVICES = 3000
"""Names heard, beyond which somebody floods: DNS-SD rests for FLOOD_PAUSE seconds, beacons go on."""

FLOOD_PAUSE = 600.0
MAX_RESOLVING = 32
RESOLVE_TIMEOUT = 3000
"""Milliseconds to ask for a service's address."""

MAX_ADDRESSES = 8
FRESH = 40.0
"""Seconds after which a service's record is asked for again, where no beacon is heard."""

QUESTIONS = 10
"""In one datagram."""

_NAME_BYTES = 240
_logger = logging.getLogger("duplex.net")


class Announcement(NamedTuple):
    """What is said of this Duplex; ``port``: the TCP listener's."""

    name: str
    colour: str
    port: int


@dataclass(frozen=True, slots=True)
class Service:
    """What a Duplex says of itself; cleaned, proven by nothing."""

    identity: str
    name: str
    colour: str
    start: str
    addresses: tuple[Address, ...]
    age: float = 0.0
    """Seconds since it was last heard."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    network: int = 0
    hosts: tuple[str, ...] = ()
    indexes: tuple[int, ...] = ()
    own: tuple[str, ...] = ()
    announcement: Announcement | None = None
    closed: bool = False


class DnsSd:
    """Methods and callbacks on ``loop``'s thread. Nothing runs until `network_changed`. ``error``: what the
    system last refused, None when all is well."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        executor: Executor,
        identity: str,
        start: str,
        on_service: Callable[[Service], None],
        on_gone: Callable[[str], None],
    ) -> None:
        self.error: OSError | None = None
        self._loop = loop
        self._executor = executor
        self._identity = identity
        self._start = start
        self._on_service = on_service
        self._on_gone = on_gone
        self._wanted = _Wanted()
        self._applied = _Wanted()
        self._runner: asyncio.Task[None] | None = None
        # Below: the executor's, or zeroconf's own thread's.
        self._zeroconf: Zeroconf | None = None
        self._browser: ServiceBrowser | None = None
        self._info: ServiceInfo | None = None
        self._names: dict[str, str] = {}
        self._resolving = 0
        self._flooded = 0.0

    def network_changed(self, interfaces: Sequence[Interface]) -> None:
        """Listen and announce on these from now on."""
        usable = [interface for interface in interfaces if interface.is_up and not interface.is_loopback]
        # Groups are joined in this order, and the kernel may have a limit for them.
        usable.sort(key=lambda interface: interface.is_virtual)
        best = [interface for interface in usable if not interface.is_virtual] or usable
        own = [address.host for interface in best for address in interface.addresses]
        self._want(
            network=self._wanted.network + 1,
            hosts=tuple(interface.ipv4 for interface in usable if interface.ipv4),
            indexes=tuple(
                interface.index
                for interface in usable
                if interface.index and any(address.version == 6 for address in interface.addresses)
            ),
            own=tuple(sorted(own, key=lambda host: ":" in host)[:MAX_ADDRESSES]),
        )

    def announce(self, announcement: Announcement | None) -> None:
        """None: only listen."""
        self._want(announcement=announcement)

    def ask(self) -> None:
        """Ask again who is there."""
        zeroconf = self._zeroconf
        if zeroconf is None or zeroconf.loop is None:
            return
        question = DNSOutgoing(_FLAGS_QR_QUERY)
        question.add_question(DNSQuestion(SERVICE_TYPE, _TYPE_PTR, _CLASS_IN))
        with contextlib.suppress(RuntimeError):
            zeroconf.loop.call_soon_threadsafe(zeroconf.async_send, question)

    def refresh(self, skip: frozenset[str]) -> None:
        """Report again the services that are still announced, but those of ``skip``, and ask for those that
        are not fresh."""
        zeroconf = self._zeroconf
        if zeroconf is None or zeroconf.loop is None:
            return
        with contextlib.suppress(RuntimeError):
            zeroconf.loop.call_soon_threadsafe(self._refresh, zeroconf, skip)

    async def stop(self) -> None:
        """Withdraw the announcement and end zeroconf's thread; takes up to about a second."""
        self._want(announcement=None, closed=True)
        while self._runner is not None:
            await asyncio.wait([self._runner])

    # --- One change after the other ---

    def _want(
        self,
        *,
        network: int | None = None,
        hosts: tuple[str, ...] | None = None,
        indexes: tuple[int, ...] | None = None,
        own: tuple[str, ...] | None = None,
        announcement: Announcement | bool | None = True,
        closed: bool = False,
    ) -> None:
        before = self._wanted
        self._wanted = _Wanted(
            network=before.network if network is None else network,
            hosts=before.hosts if hosts is None else hosts,
            indexes=before.indexes if indexes is None else indexes,
            own=before.own if own is None else own,
            announcement=before.announcement if isinstance(announcement, bool) else announcement,
            closed=closed or before.closed,
        )
        if self._runner is None and self._wanted != self._applied:
            self._runner = self._loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._wanted != self._applied:
                wanted = self._wanted
                self.error = await self._loop.run_in_executor(self._executor, self._apply, wanted)
                self._applied = wanted
        finally:
            self._runner = None

    def _apply(self, wanted: _Wanted) -> OSError | None:
        try:
            if wanted.closed or wanted.network != self._applied.network:
                self._close()
            if wanted.closed or not (wanted.hosts or wanted.indexes):
                return None
            self._register(self._zeroconf or self._open(wanted), wanted)
        except OSError as error:
            return error
        except Exception as error:  # zeroconf's own kinds: its event loop blocked, a name refused
            _logger.warning("DNS-SD: %r", error)
            return OSError(0, repr(error))
        return None

    def _open(self, wanted: _Wanted) -> Zeroconf:
        choice: list[str | int] = [*wanted.hosts, *wanted.indexes]
        version = (
            IPVersion.All
            if wanted.indexes and wanted.hosts
            else (IPVersion.V6Only if wanted.indexes else IPVersion.V4Only)
        )
        try:
            zeroconf = Zeroconf(interfaces=choice, ip_version=version)
        except OSError:
            if not wanted.hosts or not wanted.indexes:
                raise
            zeroconf = Zeroconf(interfaces=list(wanted.hosts), ip_version=IPVersion.V4Only)
        self._zeroconf = zeroconf
        self._names.clear()
        self._browser = ServiceBrowser(zeroconf, SERVICE_TYPE, handlers=[self._service_changed])
        return zeroconf

    def _register(self, zeroconf: Zeroconf, wanted: _Wanted) -> None:
        if wanted.announcement is None:
            if self._info is not None:
                zeroconf.unregister_service(self._info)
                self._info = None
            return
        announced = wanted.announcement
        # One instance for each identity, whatever the name; a label has at most 63 bytes.
        instance = self._identity[:32]
        info = ServiceInfo(
            SERVICE_TYPE,
            f"{instance}.{SERVICE_TYPE}",
            addresses=[_packed(host) for host in wanted.own],
            port=announced.port,
            properties={
                "version": str(VERSION),
                "id": self._identity,
                "name": cut_to_bytes(announced.name, _NAME_BYTES),
                "colour": announced.colour,
                "start": self._start,
            },
            server=f"duplex-{instance}.local.",
        )
        if self._info is not None:
            zeroconf.update_service(info)
        else:
            try:
                zeroconf.register_service(info)
            except NonUniqueNameException:
                # A squatter, or our own answer coming round another interface: it is only a label.
                zeroconf.register_service(info, allow_name_change=True)
        self._info = info

    def _close(self) -> None:
        zeroconf, self._zeroconf = self._zeroconf, None
        browser, self._browser = self._browser, None
        self._info = None
        if browser is not None:
            browser.cancel()
        if zeroconf is not None:
            with contextlib.suppress(OSError):
                zeroconf.close()
        self._resolving = 0

    # --- Zeroconf's thread ---

    def _service_changed(
        self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is ServiceStateChange.Removed:
            identity = self._names.pop(name, "")
            if identity and identity not in self._names.values():
                self._call(self._on_gone, identity)
            return
        if len(self._names) >= MAX_SERVICES:
            if time.monotonic() - self._flooded > FLOOD_PAUSE:
                self._flooded = time.monotonic()
                self._call(self._rest)
            return
        self._names.setdefault(name, "")
        if zeroconf.loop is not None and self._resolving < MAX_RESOLVING:
            self._resolving += 1
            with contextlib.suppress(RuntimeError):
                zeroconf.loop.call_soon_threadsafe(self._begin_resolving, zeroconf, name)

    def _begin_resolving(self, zeroconf: Zeroconf, name: str) -> None:
        task = asyncio.get_running_loop().create_task(self._resolve(zeroconf, name))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _refresh(self, zeroconf: Zeroconf, skip: frozenset[str]) -> None:
        stale = []
        for name, identity in list(self._names.items()):
            if identity in skip:
                continue
            age = _age(zeroconf, name)
            if age is not None:
                self._resolving += 1
                self._begin_resolving(zeroconf, name)
            if age is None or age >= FRESH:
                stale.append(name)
        for first in range(0, len(stale), QUESTIONS):
            question = DNSOutgoing(_FLAGS_QR_QUERY)
            for name in stale[first : first + QUESTIONS]:
                question.add_question(DNSQuestion(name, _TYPE_SRV, _CLASS_IN))
            zeroconf.async_send(question)

    async def _resolve(self, zeroconf: Zeroconf, name: str) -> None:
        try:
            info = AsyncServiceInfo(SERVICE_TYPE, name)
            if not await info.async_request(zeroconf, RESOLVE_TIMEOUT):
                return
            service = read_service(info, _age(zeroconf, name) or 0.0)
        finally:
            self._resolving -= 1
        if service is not None and service.identity != self._identity:
            self._names[name] = service.identity
            self._call(self._on_service, service)

    def _rest(self) -> None:
        """Close for a while: zeroconf keeps all it hears for an hour."""
        hosts, indexes = self._wanted.hosts, self._wanted.indexes
        self._want(network=self._wanted.network + 1, hosts=(), indexes=())
        self._loop.call_later(FLOOD_PAUSE, self._wake, hosts, indexes)

    def _wake(self, hosts: tuple[str, ...], indexes: tuple[int, ...]) -> None:
        if not self._wanted.closed and not self._wanted.hosts and not self._wanted.indexes:
            self._want(network=self._wanted.network + 1, hosts=hosts, indexes=indexes)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function, *arguments)


def _age(zeroconf: Zeroconf, name: str) -> float | None:
    """Seconds since the service's address was last heard, None where it is known no more."""
    record = zeroconf.cache.get_by_details(name, _TYPE_SRV, _CLASS_IN)
    now = current_time_millis()
    if record is None or record.is_expired(now):
        return None
    return max(0.0, (now - record.created) / 1000)


def read_service(info: ServiceInfo, age: float = 0.0) -> Service | None:
    """What a resolved service says, None where it is no Duplex's."""
    texts = {key.decode("ascii", "replace"): _text(value) for key, value in info.properties.items()}
    identity = texts.get("id", "").lower()
    if len(identity) != 64 or set(identity) - set("0123456789abcdef") or not info.port:
        return None
    addresses: list[Address] = []
    for text in info.parsed_scoped_addresses()[:MAX_ADDRESSES]:
        host, _, scope = text.partition("%")
        with contextlib.suppress(AddressError, ValueError, OSError):
            scope = socket.if_indextoname(int(scope)) if scope.isdigit() else scope
            address = Address(host, info.port, scope)
            linked = address.version == 6 and host.lower().startswith("fe80")
            if not (address.is_any or address.is_name or (linked and not scope)) and not _is_odd(host):
                addresses.append(address)
    if not addresses:
        return None
    start = texts.get("start", "")
    return Service(
        identity=identity,
        name=clean_name(texts.get("name", "")),
        colour=clean_colour(texts.get("colour", "")),
        start=start if not set(start) - set("0123456789abcdef") else "",
        addresses=tuple(addresses),
        age=age,
    )


def _is_odd(host: str) -> bool:
    """No address a person can be at: loopback, multicast, broadcast."""
    return host.startswith(("127.", "ff", "255.")) or host == "::1"


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _packed(host: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
