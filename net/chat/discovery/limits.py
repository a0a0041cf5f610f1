"""Bounds against floods: a token bucket for each key, for so many keys."""

from __future__ import annotations

from collections.abc import Hashable


class RateLimit:
    """Lets each key pass ``rate`` times a second on average, ``burst`` times at once. The ``keys`` used last
    are remembered; times are seconds of one monotonic clock."""

    def __init__(self, rate: float, burst: float, keys: int = 4096) -> None:
        self._rate = rate
        self._burst = burst
        self._keys = keys
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def allows(self, key: Hashable, now: float) -> bool:
        """Whether ``key`` may pass now; if so, it has."""
        tokens, before = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - before) * self._rate)
        passes = tokens >= 1
        while len(self._buckets) >= self._keys:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = (tokens - 1 if passes else tokens, now)
        return passes
