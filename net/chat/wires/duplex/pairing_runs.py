"""Which pairings are under way. Of two that cross one must be the last, or the two sides would show different
digits."""

from __future__ import annotations

import time
from collections.abc import Callable

from net.chat.wires.duplex.gate import Gate
from net.chat.wires.duplex.pairing import PairingError


class PairingRuns:
    """``own``: our identity. A run is either asked for by us or served to a peer. Where both sides dial at
    once the run of the smaller identity stays: that side, which has its own under way, refuses the other's as
    "busy". Whoever already serves a peer does not ask it."""

    def __init__(self, own: bytes, gate: Gate, is_blocked: Callable[[bytes], bool]) -> None:
        self._own = own
        self._gate = gate
        self._is_blocked = is_blocked
        self._asked: set[bytes] = set()
        self._served: set[bytes] = set()

    def begin_asking(self, peer: bytes) -> None:
        """Raises `PairingError` where a run with this peer is under way already."""
        if peer in self._served or peer in self._asked:
            raise PairingError("busy")
        self._asked.add(peer)

    def end_asking(self, peer: bytes) -> None:
        self._asked.discard(peer)

    def begin_serving(self, peer: bytes, host: str) -> None:
        """A pairing from outside. Raises `PairingError` where it is not wanted."""
        if self._is_blocked(peer):
            raise PairingError("blocked")
        crossing = peer in self._asked and self._own < peer
        if crossing or peer in self._served or not self._gate.may_pair(host, time.monotonic()):
            raise PairingError("busy")
        self._served.add(peer)

    def end_serving(self, peer: bytes) -> None:
        self._served.discard(peer)
