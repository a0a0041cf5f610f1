"""Who was seen on the LAN, where, how and when: a bounded table of hints. Takes the time as an argument.

One identity is one entry, whatever the addresses. People met before always have a place; strangers share
MAX_STRANGERS places, of which one address gets at most MAX_PER_HOST, so that forged beacons crowd nobody
out for long and memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from net.address import Address

EXPIRY = 90.0
"""Seconds of silence after which an address, and a person without any, is forgotten: three missed beacons."""

MAX_STRANGERS = 2000
MAX_PER_HOST = 100
"""Strangers seen at one address: some share a PC, thousands don't."""

MAX_ADDRESSES = 8
"""Addresses kept of one person: those heard last."""

REPEAT = 25.0
"""Seconds after which an unchanged person is reported again."""

HEARD_WITHIN = 120.0
MAX_HEARD = 4096
"""Addresses of which `Sightings.heard` knows something."""


class Way(str, Enum):
    """How a person was seen."""

    BEACON = "beacon"  # by broadcast or multicast, or the answer to ours
    DNS_SD = "dns_sd"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hint that ``identity`` (hex) may be at ``addresses``: those heard directly before those that only
    DNS-SD named, those of a real LAN before virtual ones, the one heard last first. ``name`` is cleaned,
    ``colour`` "#rrggbb" or "". ``restarted``: its Duplex was started anew, so that an old connection is
    dead. ``copies``: "name (host)" of each Duplex where several speak in turn with this one identity."""

    identity: str
    name: str
    colour: str
    addresses: tuple[Address, ...]
    ways: frozenset[Way]
    restarted: bool = False
    copies: tuple[str, ...] = ()


@dataclass(slots=True)
class _Speaker:
    """One running Duplex, known by what it made when it started."""

    name: str
    host: str
    time: float


@dataclass(slots=True)
class _Place:
    way: Way
    time: float
    is_virtual: bool


class _Entry:
    __slots__ = ("colour", "is_shared", "name", "origin", "places", "reported", "speakers", "spoke", "start")

    def __init__(self, origin: str) -> None:
        self.name = ""
        self.colour = ""
        self.start = b""
        self.origin = origin  # the host whose quota it takes, "" for people met before
        self.places: dict[tuple[Address, Way], _Place] = {}
        self.reported = 0.0
        self.speakers: dict[bytes, _Speaker] = {}
        self.spoke = b""  # who sent the last beacon
        self.is_shared = False

    def hear(self, start: bytes, speaker: _Speaker) -> None:
        """A Duplex that is started anew never speaks as the old one again: where one does, there are two."""
        if start in self.speakers and start != self.spoke:
            self.is_shared = True
        before = self.speakers.pop(start, None)
        if before is not None and ":" not in before.host:
            speaker.host = (
                before.host
            )  # one PC has several addresses: it is known by one, of IPv4 if it has it
        while len(self.speakers) >= MAX_ADDRESSES:
            del self.speakers[next(iter(self.speakers))]
        self.speakers[start] = speaker
        self.spoke = start

    def forget_speakers(self, before: float) -> None:
        self.speakers = {start: one for start, one in self.speakers.items() if one.time >= before}
        self.is_shared = self.is_shared and len(self.speakers) > 1

    @property
    def copies(self) -> tuple[str, ...]:
        if not self.is_shared or len(self.speakers) < 2:
            return ()
        return tuple(sorted(f"{one.name} ({one.host})" for one in self.speakers.values()))


class Sightings:
    """``known``: identities (hex) met before. Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._known: frozenset[str] = frozenset()
        self._strangers = 0
        self._per_host: dict[str, int] = {}
        self._heard: dict[tuple[str, Way], float] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, identity: str) -> bool:
        return identity in self._entries

    def set_known(self, identities: Iterable[str]) -> None:
        self._known = frozenset(identities)
        for identity, entry in self._entries.items():
            if entry.origin and identity in self._known:
                self._give_back(entry)
                entry.origin = ""

    def seen(
        self,
        identity: str,
        *,
        name: str,
        colour: str,
        start: bytes,
        addresses: Mapping[Address, bool],
        way: Way,
        now: float,
    ) -> Sighting | None:
        """Note it (``addresses``: each with whether it is on a virtual interface); gives what is to be
        reported, None where nothing is new."""
        for address in addresses:
            self._note_heard(address.host, way, now)
        entry = self._entries.get(identity) or self._admit(identity, addresses)
        if entry is None:
            return None
        before = (entry.name, entry.colour, set(entry.places), entry.copies)
        if way is Way.BEACON and start:
            entry.hear(start, _Speaker(name, next((one.host for one in addresses), "?"), now))
        # Two that speak in turn are no restart each time.
        restarted = bool(entry.start and start and entry.start != start) and not entry.is_shared
        entry.name, entry.colour, entry.start = name, colour, start or entry.start
        for address, is_virtual in addresses.items():
            before_place = entry.places.get((address, way))
            time = max(now, before_place.time) if before_place is not None else now
            entry.places[address, way] = _Place(way, time, is_virtual)
        self._bound(entry)
        changed = before != (entry.name, entry.colour, set(entry.places), entry.copies)
        if not (changed or restarted or now - entry.reported >= REPEAT):
            return None
        entry.reported = now
        return self._sighting(identity, entry, restarted)

    def left(self, identity: str, host: str, way: Way | None = None, start: bytes = b"") -> bool:
        """It said goodbye from ``host`` ("" for any) with this ``start``, or its DNS-SD service went; True
        where no place is left and the person is gone."""
        entry = self._entries.get(identity)
        if entry is None:
            return False
        if entry.speakers.pop(start, None) is not None:
            entry.forget_speakers(0.0)
        for key in list(entry.places):
            if (not host or key[0].host == host) and way in (None, key[1]):
                del entry.places[key]
        return self._forget_if_empty(identity, entry)

    def drop_scopes(self, scopes: Sequence[str]) -> list[str]:
        """Forget link-local addresses of interfaces that are gone; gives the identities that are gone."""
        gone = []
        for identity, entry in list(self._entries.items()):
            for key in [key for key in entry.places if key[0].scope and key[0].scope in scopes]:
                del entry.places[key]
            if self._forget_if_empty(identity, entry):
                gone.append(identity)
        return gone

    def expire(self, now: float) -> list[str]:
        """Forget what was not heard for EXPIRY seconds; gives the identities that are gone."""
        gone = []
        for identity, entry in list(self._entries.items()):
            for key, place in list(entry.places.items()):
                if now - place.time > EXPIRY:
                    del entry.places[key]
            entry.forget_speakers(now - EXPIRY)
            if self._forget_if_empty(identity, entry):
                gone.append(identity)
        for noted in [noted for noted, time in self._heard.items() if now - time > HEARD_WITHIN]:
            del self._heard[noted]
        return gone

    def sighting(self, identity: str) -> Sighting | None:
        entry = self._entries.get(identity)
        return self._sighting(identity, entry, False) if entry is not None else None

    def all(self) -> list[Sighting]:
        return [self._sighting(identity, entry, False) for identity, entry in self._entries.items()]

    def heard_since(self, way: Way, time: float) -> frozenset[str]:
        """Identities that were heard by this way since then."""
        return frozenset(
            identity
            for identity, entry in self._entries.items()
            if any(place.way is way and place.time >= time for place in entry.places.values())
        )

    def heard(self, host: str, now: float) -> tuple[bool, bool]:
        """Whether a beacon, and whether DNS-SD, named anybody at ``host`` in the last two minutes."""
        times = [self._heard.get((host, way), -HEARD_WITHIN) for way in (Way.BEACON, Way.DNS_SD)]
        return now - times[0] < HEARD_WITHIN, now - times[1] < HEARD_WITHIN

    def _admit(self, identity: str, addresses: Mapping[Address, bool]) -> _Entry | None:
        origin = ""
        if identity not in self._known:
            origin = next((address.host for address in addresses), "?")
            if self._strangers >= MAX_STRANGERS or self._per_host.get(origin, 0) >= MAX_PER_HOST:
                return None
            self._strangers += 1
            self._per_host[origin] = self._per_host.get(origin, 0) + 1
        entry = self._entries[identity] = _Entry(origin)
        return entry

    def _give_back(self, entry: _Entry) -> None:
        self._strangers -= 1
        self._per_host[entry.origin] -= 1
        if not self._per_host[entry.origin]:
            del self._per_host[entry.origin]

    def _forget_if_empty(self, identity: str, entry: _Entry) -> bool:
        if entry.places:
            return False
        if entry.origin:
            self._give_back(entry)
        del self._entries[identity]
        return True

    def _bound(self, entry: _Entry) -> None:
        # A port that changed leaves no dead address behind.
        newest: dict[tuple[str, str, Way], tuple[float, Address]] = {}
        for (address, way), place in entry.places.items():
            host = (address.host, address.scope, way)
            if host not in newest or newest[host][0] <= place.time:
                newest[host] = (place.time, address)
        for address, way in list(entry.places):
            if newest[address.host, address.scope, way][1] != address:
                del entry.places[address, way]
        excess = len(entry.places) - MAX_ADDRESSES
        if excess > 0:
            for key, _ in sorted(entry.places.items(), key=lambda item: item[1].time)[:excess]:
                del entry.places[key]

    def _note_heard(self, host: str, way: Way, now: float) -> None:
        before = self._heard.pop((host, way), now)
        while len(self._heard) >= MAX_HEARD:
            del self._heard[next(iter(self._heard))]
        self._heard[host, way] = max(now, before)

    def _sighting(self, identity: str, entry: _Entry, restarted: bool) -> Sighting:
        best: dict[Address, tuple[bool, bool, float]] = {}
        for (address, way), place in entry.places.items():
            rank = (way is Way.DNS_SD, place.is_virtual, -place.time)
            best[address] = min(best.get(address, rank), rank)
        addresses = tuple(sorted(best, key=lambda address: (best[address], address)))
        ways = frozenset(way for _, way in entry.places)
        return Sighting(
            identity=identity,
            name=entry.name,
            colour=entry.colour,
            addresses=addresses,
            ways=ways,
            restarted=restarted,
            copies=entry.copies,
        )
