"""Gate: who may come in, so that one address can't keep the others out. Sans-IO; time is an argument.

A connection counts against its address until it has proved who it is: somebody known never counts. For each
address there is a bound on what is open at once, and a bucket of tokens for new connections, `burst` at once
and then `per_second`; another one for pairings, which cost us signatures. When all addresses together have
`open_in_all` open, the next visitor takes the place of the oldest one of the address that has most: whoever
fills the house loses from its own. Addresses are forgotten once they are quiet, since a full bucket is like a
new one.
"""

from __future__ import annotations

from dataclasses import dataclass

from net.chat.limits import Bucket

_REMEMBERED = 4096
"""Addresses above which those that are quiet are forgotten at once, rather than in time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For connections that have not proved who they are yet."""

    open_per_address: int = 32
    open_in_all: int = 256
    burst: int = 120
    """New connections of one address before `per_second` counts."""
    per_second: float = 20.0
    pairings: int = 60
    """Pairings from one address before `pairings_per_second` counts."""
    pairings_per_second: float = 1.0


class _Place:
    __slots__ = ("connections", "open", "pairings")

    def __init__(self, limits: Limits, now: float) -> None:
        self.open = 0
        self.connections = Bucket(limits.burst, limits.per_second, now)
        self.pairings = Bucket(limits.pairings, limits.pairings_per_second, now)


class Gate:
    """``host`` is an address without its port. Each `enter` that gave True is followed by one `leave`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._places: dict[str, _Place] = {}
        self.open = 0

    @property
    def is_crowded(self) -> bool:
        """Whether the next one must take the place of another."""
        return self.open >= self._limits.open_in_all

    def enter(self, host: str, now: float) -> bool:
        place = self._place(host, now)
        if place.open >= self._limits.open_per_address or not place.connections.take(now):
            return False
        place.open += 1
        self.open += 1
        return True

    def leave(self, host: str, proved: bool) -> None:
        """``proved``: it is somebody known, and never counted."""
        place = self._places[host]
        place.open -= 1
        self.open -= 1
        if proved:
            place.connections.give_back()

    def may_pair(self, host: str, now: float) -> bool:
        return self._place(host, now).pairings.take(now)

    def fullest(self) -> str:
        """The host that has most connections open."""
        return max(self._places, key=lambda host: self._places[host].open)

    def __len__(self) -> int:
        return len(self._places)

    def _place(self, host: str, now: float) -> _Place:
        place = self._places.get(host)
        if place is None:
            if len(self._places) >= _REMEMBERED:
                self._forget(now)
            place = self._places[host] = _Place(self._limits, now)
        return place

    def _forget(self, now: float) -> None:
        """A quiet address is like a new one; where there are too many restless ones the earliest go too."""
        quiet = [
            host
            for host, place in self._places.items()
            if not place.open and place.connections.is_full(now) and place.pairings.is_full(now)
        ]
        idle = [host for host, place in self._places.items() if not place.open]
        for host in quiet or idle[: max(1, _REMEMBERED // 4)]:
            del self._places[host]
