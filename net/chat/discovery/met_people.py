"""The people met before: they are asked at the addresses of then. Takes the time as an argument."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from net.address import Address

MAX_ADDRESSES = 4
"""Addresses of one person that are asked."""


class MetPeople:
    """Iterating gives their identities (hex). Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._addresses: dict[str, tuple[Address, ...]] = {}
        self._heard: dict[str, float] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    def set(self, people: Mapping[str, Iterable[Address]]) -> None:
        """Each with last addresses, best first. Replaces what was said before."""
        self._addresses = {
            identity: tuple(address for address in addresses if not address.is_name)[:MAX_ADDRESSES]
            for identity, addresses in people.items()
        }
        self._heard = {
            identity: time for identity, time in self._heard.items() if identity in self._addresses
        }

    def heard(self, identity: str, now: float) -> None:
        """An unasked beacon came from this person; of others nothing is kept."""
        if identity in self._addresses:
            self._heard[identity] = now

    def addresses(self, silent_since: float | None = None) -> Iterator[tuple[Address, ...]]:
        """Of each person; only of those not heard since then, where a time is given."""
        for identity, addresses in self._addresses.items():
            if silent_since is None or self._heard.get(identity, float("-inf")) < silent_since:
                yield addresses
