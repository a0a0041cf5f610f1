"""`Discovery`: announces this PC on every interface and reports who is seen, until it is stopped.

A beacon goes out in a burst (at 0.1, 0.5 and 2 s) at the start, when an interface or an address is new and
when the user asks, then every 30 s; beacons of a burst are answered directly. Who was met before is also
asked at the addresses of then, and so are listed hosts. Everything heard is a hint.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from net.address import Address
from net.chat.discovery.announcing import Announcer, Options, host_text
from net.chat.discovery.dns_sd import Announcement, DnsSd
from net.chat.discovery.echoes import Echo
from net.chat.discovery.hearing import Hearing
from net.chat.discovery.sightings import Sighting, Sightings, Way
from net.chat.discovery.sockets import BeaconSockets
from net.protocol.chat.beacon import GOODBYE, REQUEST, START_LENGTH
from net.system.interfaces import Interface, interfaces

BURST = (0.1, 0.5, 2.0)
"""Seconds after its beginning at which a burst's beacons go out."""

PERIOD = 30.0
JITTER = 0.2
"""Seconds between beacons afterwards, and the part of it that chance adds or takes."""

SILENCE = 1.5 * PERIOD
"""Seconds without an unasked beacon after which a person is asked directly, and by DNS-SD."""

WATCH_PERIOD = 2.0
"""Seconds between looks at the interfaces."""

EXPIRY_PERIOD = 5.0
DNS_SD_ROUNDS = 3
"""Seconds between looks for who fell silent; DNS-SD's records are looked at in each third."""

MAX_DIRECT = 2000
"""Targets of one round that are asked directly."""


class Discovery:
    """All methods and callbacks: NetThread only; none blocks.

    ``identity``: hex; ``profile()`` gives (name, "#rrggbb" or ""); ``sightings``: the table it keeps;
    ``on_seen`` is called for a person who is new, changed or restarted, and about every 30 s while seen;
    ``on_gone(identity)`` after 90 s of silence or a goodbye; ``on_twins`` with the addresses where our own
    identity is used as well, whenever they change. None of it proves anything.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        identity: str,
        tcp_port: int,
        profile: Callable[[], tuple[str, str]],
        sightings: Sightings,
        on_seen: Callable[[Sighting], None],
        on_gone: Callable[[str], None],
        on_twins: Callable[[tuple[Address, ...]], None],
        options: Options | None = None,
    ) -> None:
        self._loop = loop
        self._identity = identity
        self._tcp_port = tcp_port
        self._on_gone = on_gone
        self._options = options or Options()
        self._sightings = sightings
        self._executor = ThreadPoolExecutor(2, "NetDiscovery")
        start = os.urandom(START_LENGTH)
        own = bytes.fromhex(identity)
        self._sockets = BeaconSockets(self._post, self._options.port, tcp_port, own, start)
        self._announcer = Announcer(loop, identity, tcp_port, start, profile, self._options, self._sockets)
        self._hearing = hearing = Hearing(
            loop, identity, self._announcer, sightings, on_seen, on_gone, on_twins
        )
        self._dns_sd: DnsSd | None = None
        if self._options.dns_sd:
            self._dns_sd = DnsSd(
                loop, self._executor, identity, start.hex(), hearing.service, hearing.service_gone
            )
        self._is_running = False
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # --- What it is to do ---

    def start(self) -> None:
        """Begin; once."""
        self._is_running = True
        self._sockets.start(self._hearing.beacons)
        self._spawn("watch", self._watch())
        self._spawn("period", self._announce_forever())
        self._spawn("expiry", self._expire_forever())

    async def stop(self) -> None:
        """Say goodbye and end everything; takes up to a second or two for DNS-SD. Idempotent."""
        if not self._is_running:
            self._sockets.close()
            return
        self._say_goodbye()
        self._announcer.close()
        self._is_running = False
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._hearing.close()
        self._sockets.close()
        if self._dns_sd is not None:
            await self._dns_sd.stop()
        await self._loop.run_in_executor(self._executor, self._sockets.join, 1.0)
        self._executor.shutdown(wait=True)  # its threads are idle

    def set(self, *, invisible: bool, hosts: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """``invisible``: listen only. ``hosts``: to be asked too; gives the texts that can't be, each with
        "syntax" or "too_many"."""
        changed = invisible != self._announcer.invisible
        if changed and invisible:
            self._say_goodbye()
        self._announcer.invisible = invisible
        new_hosts = self._hearing.listed.set(hosts)
        if self._is_running:
            if changed:
                self._announce_by_dns_sd()
                self.find_again()
            elif new_hosts:
                self._spawn("sweep", self._hearing.listed.sweep())
        return self._hearing.listed.refused

    def met_before(self, people: Mapping[str, Iterable[Address]]) -> None:
        """All people remembered (identity hex), each with last addresses, best first (may be empty): they are
        asked there, and always keep their place in the table. Replaces what was said before."""
        self._hearing.met.set(people)
        self._sightings.set_known(self._hearing.met)

    def profile_changed(self) -> None:
        """Name or colour are new: announce them."""
        if self._is_running:
            self._announce_by_dns_sd()
            self._announcer.announce(0)

    def find_again(self) -> None:
        """A burst now on every way, and the listed hosts asked anew."""
        if self._is_running:
            self._spawn("burst", self._burst())
            self._spawn("sweep", self._hearing.listed.sweep())
            if self._dns_sd is not None:
                self._dns_sd.ask()

    def heard(self, host: str) -> tuple[bool, bool]:
        """Whether in the last two minutes a beacon came from ``host`` (an IP address without scope), and
        whether DNS-SD named somebody there."""
        return self._sightings.heard(host, self._loop.time())

    def sightings(self) -> list[Sighting]:
        return self._sightings.all()

    @property
    def twins(self) -> tuple[Address, ...]:
        """Where other Duplex with *our* identity were heard of late: a copied profile folder."""
        return self._hearing.twins

    @property
    def invisible(self) -> bool:
        return self._announcer.invisible

    @property
    def interfaces(self) -> list[Interface]:
        """As last looked at, at most WATCH_PERIOD ago."""
        return self._announcer.interfaces

    @property
    def port(self) -> int:
        """The beacons' UDP port."""
        return self._options.port

    @property
    def errors(self) -> dict[str, OSError]:
        """What the system refuses now: by target address, "bind", or "dns_sd"."""
        errors = dict(self._sockets.errors)
        if self._dns_sd is not None and self._dns_sd.error is not None:
            errors["dns_sd"] = self._dns_sd.error
        return errors

    async def hear_itself(self) -> list[Echo]:
        """Send probes on each interface and listen for them; takes up to a second. Also works while
        invisible: others ignore probes, and they carry no name."""
        return await self._hearing.echoes.listen()

    # --- Announcing ---

    async def _burst(self) -> None:
        begun = self._loop.time()
        for delay in BURST:
            await asyncio.sleep(max(0.0, begun + delay - self._loop.time()))
            self._announcer.announce(REQUEST)
            await self._ask_directly(everyone=True)

    async def _announce_forever(self) -> None:
        while True:
            await asyncio.sleep(PERIOD * random.uniform(1 - JITTER, 1 + JITTER))
            self._announcer.announce(0)
            await self._ask_directly(everyone=False)

    async def _ask_directly(self, *, everyone: bool) -> None:
        """Beacons to people met before whose own do not reach us (or ``everyone``), and to listed hosts that
        answered."""
        silent_since = None if everyone else self._loop.time() - SILENCE
        targets: dict[tuple[str, int], None] = {}
        for host, tcp_port in self._hearing.listed.found.items():
            self._add_targets(targets, host, tcp_port)
        for addresses in self._hearing.met.addresses(silent_since):
            if len(targets) > MAX_DIRECT:
                break
            for address in addresses:
                self._add_targets(targets, host_text(address), address.port)
        await self._announcer.send_to_each(REQUEST, targets)

    def _add_targets(self, targets: dict[tuple[str, int], None], host: str, tcp_port: int) -> None:
        # A second Duplex on a PC listens for datagrams of its own at its TCP port's number.
        targets[host, self._options.port] = targets[host, tcp_port] = None

    def _say_goodbye(self) -> None:
        announcer = self._announcer
        if announcer.invisible:
            return
        announcer.announce(GOODBYE)
        data = announcer.encode(GOODBYE)
        for identity in self._hearing.met:
            seen = self._sightings.sighting(identity)
            for address in seen.addresses if seen is not None else ():
                announcer.send_to(data, host_text(address), self._options.port)

    # --- Looking after it ---

    async def _watch(self) -> None:
        """Interfaces come and go: sockets follow, news get a burst."""
        known: set[tuple[str, str]] | None = None
        while True:
            found = await self._loop.run_in_executor(self._executor, interfaces)
            usable = {(one.name, address.host) for one in found if one.is_up for address in one.addresses}
            if known != usable:
                self._announcer.set_interfaces(found)
                names = {name for name, _ in usable}
                gone = [name for name, _ in known - usable if name not in names] if known else []
                for identity in self._sightings.drop_scopes(gone):
                    self._on_gone(identity)
                if self._dns_sd is not None:
                    self._dns_sd.network_changed(found)
                    self._announce_by_dns_sd()
                if known is None or usable - known:
                    self._spawn("burst", self._burst())
                    self._spawn("sweep", self._hearing.listed.sweep())
                known = usable
            await asyncio.sleep(WATCH_PERIOD)

    async def _expire_forever(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(EXPIRY_PERIOD)
            now = self._loop.time()
            for identity in self._sightings.expire(now):
                self._on_gone(identity)
            self._hearing.expire(now)
            rounds += 1
            if self._dns_sd is not None and rounds % DNS_SD_ROUNDS == 0:
                self._dns_sd.refresh(self._sightings.heard_since(Way.BEACON, now - SILENCE))

    def _announce_by_dns_sd(self) -> None:
        if self._dns_sd is not None:
            name, colour = self._announcer.profile
            own = Announcement(name, colour, self._tcp_port)
            self._dns_sd.announce(None if self._announcer.invisible else own)

    def _spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        before = self._tasks.pop(name, None)
        if before is not None:
            before.cancel()
        self._tasks[name] = self._loop.create_task(coroutine)

    def _post(self, function: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(function)
