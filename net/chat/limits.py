"""Bounds against floods: token buckets. Time is an argument."""

from __future__ import annotations

from collections.abc import Hashable


class Bucket:
    """Holds up to ``full`` tokens, which come back at ``rate`` a second from ``now`` on: what costs a token
    happens ``rate`` times a second on average and ``full`` times at once. Times are seconds of one monotonic
    clock."""

    __slots__ = ("_full", "_rate", "_stamp", "_tokens")

    def __init__(self, full: float, rate: float, now: float) -> None:
        self._full = full
        self._rate = rate
        self._tokens = full
        self._stamp = now

    def take(self, now: float) -> bool:
        """Whether there was a token; if so, it is gone."""
        self._fill(now)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def give_back(self) -> None:
        self._tokens = min(self._full, self._tokens + 1)

    def is_full(self, now: float) -> bool:
        self._fill(now)
        return self._tokens >= self._full

    def _fill(self, now: float) -> None:
        self._tokens = min(self._full, self._tokens + max(0.0, now - self._stamp) * self._rate)
        self._stamp = now


class RateLimit:
    """A `Bucket` for each key: lets each pass ``rate`` times a second on average, ``burst`` times at once.
    The ``keys`` used last are remembered."""

    def __init__(self, rate: float, burst: float, keys: int = 4096) -> None:
        self._rate = rate
        self._burst = burst
        self._keys = keys
        self._buckets: dict[Hashable, Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def allows(self, key: Hashable, now: float) -> bool:
        """Whether ``key`` may pass now; if so, it has."""
        bucket = self._buckets.pop(key, None) or Bucket(self._burst, self._rate, now)
        while len(self._buckets) >= self._keys:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = bucket
        return bucket.take(now)

    def forget(self, key: Hashable) -> None:
        self._buckets.pop(key, None)
