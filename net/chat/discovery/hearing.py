"""What is heard of others, by beacons and by DNS-SD, and of ourselves. NetThread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from net.address import Address, SocketAddress
from net.chat.discovery.announcing import Announcer, host_text
from net.chat.discovery.dns_sd import Service
from net.chat.discovery.echoes import Echoes
from net.chat.discovery.listed_hosts import ListedHosts
from net.chat.discovery.met_people import MetPeople
from net.chat.discovery.sightings import EXPIRY, Sighting, Sightings, Way
from net.chat.discovery.sockets import Heard
from net.protocol.chat.beacon import ANSWER, GOODBYE, PROBE, REQUEST, START_LENGTH, Beacon

MAX_TWINS = 64
"""Other Duplex with our identity that are told of."""

DNS_SD_GRACE = 4.0
"""Seconds before a withdrawn service counts: whose network changes announces itself anew."""


class Hearing:
    """Puts everything into ``sightings``; ``on_seen`` and ``on_gone`` as in `Discovery`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        identity: str,
        announcer: Announcer,
        sightings: Sightings,
        on_seen: Callable[[Sighting], None],
        on_gone: Callable[[str], None],
        on_twins: Callable[[tuple[Address, ...]], None],
    ) -> None:
        self.echoes = Echoes(loop, announcer)
        self.listed = ListedHosts(announcer)
        self.met = MetPeople()
        self._loop = loop
        self._identity = identity
        self._announcer = announcer
        self._sightings = sightings
        self._on_seen = on_seen
        self._on_gone = on_gone
        self._on_twins = on_twins
        self._twins: dict[bytes, tuple[Address, float]] = {}  # by what they made when they started
        self._leaving: dict[str, asyncio.TimerHandle] = {}

    def close(self) -> None:
        for timer in self._leaving.values():
            timer.cancel()

    # --- Beacons ---

    def beacons(self, batch: list[Heard]) -> None:
        now = self._loop.time()
        for beacon, sender, raw in batch:
            identity = beacon.identity.hex()
            if identity == self._identity:
                self._hear_own(beacon, sender, raw, now)
            elif beacon.flags & GOODBYE:
                self._hear_goodbye(identity, beacon, sender)
            else:
                self._hear(identity, beacon, sender, raw, now)

    def _hear_goodbye(self, identity: str, beacon: Beacon, sender: Address) -> None:
        before = self._sightings.sighting(identity)
        if self._sightings.left(identity, sender.host, start=beacon.start):
            self._on_gone(identity)
            return
        after = self._sightings.sighting(identity)
        if before is not None and after is not None and before.copies != after.copies:
            self._on_seen(after)

    def _hear(self, identity: str, beacon: Beacon, sender: Address, raw: SocketAddress, now: float) -> None:
        if not beacon.flags & ANSWER:
            self.met.heard(identity, now)
        self.listed.heard(host_text(sender), beacon.port)
        is_new = identity not in self._sightings
        address = Address(sender.host, beacon.port, sender.scope)
        places = {address: self._announcer.subnets.is_virtual(address)}
        sighting = self._sightings.seen(
            identity,
            name=beacon.name,
            colour=beacon.colour,
            start=beacon.start,
            addresses=places,
            way=Way.BEACON,
            now=now,
        )
        if beacon.flags & REQUEST or (is_new and not beacon.flags & ANSWER and sighting is not None):
            self._announcer.answer(raw, now)
        if sighting is not None:
            self._on_seen(sighting)

    def _hear_own(self, beacon: Beacon, sender: Address, raw: SocketAddress, now: float) -> None:
        """What this Duplex sent itself is dropped before, by its start; probes have another."""
        if beacon.flags & PROBE:
            self.echoes.heard(beacon)
            return
        before = self.twins
        if beacon.flags & GOODBYE:
            self._twins.pop(beacon.start, None)
        elif beacon.start in self._twins or len(self._twins) < MAX_TWINS:
            known = self._twins.get(beacon.start)
            is_new = known is None
            # One PC has several addresses: it is told by one, of IPv4 if it has it.
            place = sender if known is None or ":" in known[0].host else known[0]
            self._twins[beacon.start] = (Address(place.host, beacon.port, place.scope), now)
            if beacon.flags & REQUEST or (is_new and not beacon.flags & ANSWER):
                # So that the other knows at once, too.
                self._announcer.answer(raw, now)
        if self.twins != before:
            self._on_twins(self.twins)

    @property
    def twins(self) -> tuple[Address, ...]:
        """Where other Duplex with *our* identity were heard of late: a copied profile folder."""
        return tuple(dict.fromkeys(address for address, _ in self._twins.values()))

    def expire(self, now: float) -> None:
        """Forget the twins that were silent for EXPIRY seconds."""
        before = self.twins
        self._twins = {start: twin for start, twin in self._twins.items() if now - twin[1] <= EXPIRY}
        if self.twins != before:
            self._on_twins(self.twins)

    # --- DNS-SD ---

    def service(self, service: Service) -> None:
        leaving = self._leaving.pop(service.identity, None)
        if leaving is not None:
            leaving.cancel()
        subnets = self._announcer.subnets
        places = {
            address: subnets.is_virtual(address)
            for address in service.addresses
            # Two PCs may both have Docker's 172.17.0.1; who shares our address is heard by its beacon.
            if not subnets.is_own(address.host)
        }
        if not places:
            return
        sighting = self._sightings.seen(
            service.identity,
            name=service.name,
            colour=service.colour,
            start=bytes.fromhex(service.start) if len(service.start) == 2 * START_LENGTH else b"",
            addresses=places,
            way=Way.DNS_SD,
            now=self._loop.time() - service.age,
        )
        if sighting is not None:
            self._on_seen(sighting)

    def service_gone(self, identity: str) -> None:
        if identity not in self._leaving and identity in self._sightings:
            self._leaving[identity] = self._loop.call_later(DNS_SD_GRACE, self._service_left, identity)

    def _service_left(self, identity: str) -> None:
        self._leaving.pop(identity, None)
        if self._sightings.left(identity, "", Way.DNS_SD):
            self._on_gone(identity)
