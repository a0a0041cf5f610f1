"""`Recorder`: puts what happens in a run into the order of time, and hands it over in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

import msgspec

from net.lab.recording import Header, RecordedEvent

SORT_SECONDS = 0.01
"""Events of several processes reach us a little out of order; they are kept so long and sorted."""

EVENT_BYTES = 200
"""What an event takes besides its data, about."""

Emit = Callable[[tuple[RecordedEvent, ...], int], None]
"""Takes events in their order, and the bytes they hold."""


class Recorder:
    """NetThread only. Times are seconds since ``began``, on `time.perf_counter`, which all processes of a PC
    share."""

    def __init__(self, loop: asyncio.AbstractEventLoop, emit: Emit) -> None:
        self._loop = loop
        self._emit = emit
        self._began = perf_counter()
        self._waiting: list[RecordedEvent] = []
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._watchers: list[Callable[[RecordedEvent], None]] = []

    def now(self) -> float:
        return perf_counter() - self._began

    def at(self, clock: float) -> float:
        """The ``t`` of a moment on another process' clock."""
        return max(0.0, clock - self._began)

    def subscribe(self, watch: Callable[[RecordedEvent], None]) -> None:
        self._watchers.append(watch)

    def record(self, event: RecordedEvent) -> None:
        """Add an event. One that belongs before others that have been handed over already gets the time of
        the last of them."""
        self._waiting.append(event)
        for watch in self._watchers:
            watch(event)
        if self._timer is None:
            self._timer = self._loop.call_later(SORT_SECONDS, self.flush)

    def flush(self) -> None:
        """Hand over all that was recorded."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        events = sorted(self._waiting, key=_time)
        self._waiting = []
        if events[0].t < self._last:
            events = [msgspec.structs.replace(each, t=max(each.t, self._last)) for each in events]
        self._last = events[-1].t
        size = sum(len(getattr(each, "data", b"")) + EVENT_BYTES for each in events)
        self._emit(tuple(events), size)


def _time(event: RecordedEvent) -> float:
    return -1.0 if isinstance(event, Header) else event.t
