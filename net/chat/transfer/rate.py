"""How fast a transfer goes and how long it will take; the time is an argument."""

from __future__ import annotations

from collections import deque

WINDOW = 4.0
"""Seconds of the past the rate is taken from."""

STEP = 0.1
"""Seconds between two samples kept."""

SETTLED = 1.0
"""Seconds after which a time left is given: before that it jumps."""


class RateMeter:
    """Bytes a second over the last WINDOW seconds. ``now`` is any monotonic clock in seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def reset(self) -> None:
        """After a pause or a break: the time that stood still does not count."""
        self._samples.clear()

    def add(self, now: float, done: int) -> None:
        """``done``: bytes in all. A smaller number than before (an item begins anew) starts over."""
        samples = self._samples
        if samples and done < samples[-1][1]:
            samples.clear()
        if len(samples) >= 2 and now - samples[-2][0] < STEP:
            samples[-1] = (now, done)
        else:
            samples.append((now, done))
        while len(samples) > 2 and now - samples[1][0] >= WINDOW:
            samples.popleft()

    def rate(self, now: float) -> float:
        """Bytes a second; 0.0 before there are two samples. Falls while nothing arrives."""
        if len(self._samples) < 2:
            return 0.0
        first, start = self._samples[0]
        span = max(now, self._samples[-1][0]) - first
        return (self._samples[-1][1] - start) / span if span > 0 else 0.0

    def seconds_left(self, now: float, missing: int) -> float | None:
        """For ``missing`` bytes; None while it can't be known."""
        rate = self.rate(now)
        if rate <= 0 or now - self._samples[0][0] < SETTLED:
            return None
        return missing / rate
