"""`StreamLink`: one direction through which a stream's bytes pass, delayed and slowed down, in order.

It cannot lose anything: a relay between two TCP connections has acknowledged what it read, and what it did
not pass on would be missing for ever. Segments are lost below it, where it sees nothing.
"""

from __future__ import annotations

from collections import deque

from net.protocol.impairment.settings import StreamImpairment

HELD_BYTES = 256 * 1024
"""Above this the link wants no more (`StreamLink.is_full`): TCP's own flow control then slows the sender
down."""

PIECE_SECONDS = 0.02
"""Of a slow stream as many bytes are passed on at once as fit into this time, at least one."""


class StreamLink:
    """Times are seconds of any clock that never goes back. The end of the stream passes as an empty piece,
    after all bytes before it."""

    def __init__(self, impairment: StreamImpairment) -> None:
        self.impairment = impairment
        self.held = 0
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0
        self._flying: deque[tuple[float, float, bytes]] = deque()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is under way, not even the end of the stream."""
        return not self._waiting and not self._flying

    @property
    def is_full(self) -> bool:
        return self.held >= HELD_BYTES

    def change(self, impairment: StreamImpairment, now: float) -> None:
        """Other settings from now on. What is on its way already keeps its delay."""
        self._advance(now)
        self.impairment = impairment
        self._free_at = max(self._free_at, now)

    def take(self, data: bytes, now: float) -> None:
        """Bytes come; b"" is the end of the stream."""
        self.held += len(data)
        self._waiting.append((now, data))

    def leave(self, now: float) -> list[tuple[bytes, float]]:
        """The pieces that leave by now, each with the seconds it was kept."""
        self._advance(now)
        left: list[tuple[bytes, float]] = []
        if self.impairment.stalled:
            return left
        while self._flying and self._flying[0][0] <= now:
            at, came, piece = self._flying.popleft()
            self.held -= len(piece)
            left.append((piece, max(at, came) - came))
        return left

    def next_time(self) -> float | None:
        """When the next piece leaves; None if none is under way or the stream is stalled."""
        if self.impairment.stalled:
            return None
        if self._flying:
            return self._flying[0][0]
        if self._waiting:
            return self._sent_at() + self.impairment.delay
        return None

    def clear(self) -> None:
        """Forget all that is under way."""
        self._waiting.clear()
        self._flying.clear()
        self.held = 0

    def _sent_at(self) -> float:
        """When the next piece of what is waiting has been sent."""
        came, data = self._waiting[0]
        rate = self.impairment.rate
        if not rate:
            return max(came, self._free_at if data else came)
        return max(came, self._free_at) + min(len(data), self._piece()) / rate

    def _piece(self) -> int:
        return max(1, int(self.impairment.rate * PIECE_SECONDS))

    def _advance(self, now: float) -> None:
        while self._waiting:
            at = self._sent_at()
            if at > now:
                return
            came, data = self._waiting.popleft()
            if self.impairment.rate and len(data) > self._piece():
                self._waiting.appendleft((came, data[self._piece() :]))
                data = data[: self._piece()]
            self._free_at = at
            # A shorter delay than before lets nothing overtake what is on its way.
            leaves = max(at + self.impairment.delay, self._flying[-1][0] if self._flying else 0.0)
            self._flying.append((leaves, came, data))
