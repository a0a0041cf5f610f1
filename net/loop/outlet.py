"""How events leave the network's threads: in batches, counted, to the consumer and to the transcript.

Batching
--------
Waking the consumer costs both threads more than most events do, so the events of one wake-up of NetThread are
put on the queue once, as a tuple: what is put in one turn of the loop leaves in the next (`Outlet.put`). Only
a large batch, a flood's, stays for another turn as long as it grows, up to BATCH_SIZE or BATCH_EVENTS. What
can wait (`Outlet.put_later`: our own message was sent) leaves with the next events, or after LATEST seconds.
Other threads hand over batches of their own (`Outlet.put_batch`).

Backpressure
------------
The bytes that were put and not yet taken are counted, and so are those waiting to be recorded. Above
HIGH_WATER of either the outlet is congested until both are below LOW_WATER: TCP connections then stop reading
(`Outlet.when_clear` calls them back), so that TCP itself slows the peer down; UDP endpoints drop and count.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from net.events import Batch, Event
from net.loop.alarm import Alarm

HIGH_WATER = 16 * 1024 * 1024
"""Bytes put and not yet taken above which TCP connections stop reading and UDP endpoints drop."""

LOW_WATER = 4 * 1024 * 1024
"""Bytes below which they resume."""

BATCH_SIZE = 1024 * 1024
BATCH_EVENTS = 200
"""Bytes and events at which a batch leaves though it still grows."""

SMALL_BATCH = 4 * 1024
SMALL_EVENTS = 8
"""Bytes and events below which a batch leaves without a look whether it grows."""

LATEST = 0.001
"""Seconds that an event of `Outlet.put_later` waits for another that is worth waking the consumer for."""

RECORDER_POLL = 0.02
"""Seconds between checks of a transcript that lags behind."""


class EventRecorder(Protocol):
    """The transcript's recorder, as far as the outlet knows it."""

    def put(self, batch: Batch, /) -> None: ...

    @property
    def backlog(self) -> int:
        """Bytes that wait to be recorded."""
        ...


class EventQueue:
    """Batches of events for one consumer. ``outstanding``: bytes put and not taken yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: deque[tuple[Batch, int]] = deque()
        self._low: Callable[[], None] | None = None
        # Only a consumer that sleeps in `get` has one: a window polls and never waits.
        self._alarm: Alarm | None = None
        self._sleeper: Alarm | None = None  # while it sleeps
        self.outstanding = 0

    def put_sized(self, batch: Batch, size: int) -> int:
        """Put a batch that holds ``size`` bytes of data; returns the bytes outstanding now. Any thread."""
        with self._lock:
            self._batches.append((batch, size))
            self.outstanding = outstanding = self.outstanding + size
            sleeper, self._sleeper = self._sleeper, None
        if sleeper is not None:
            sleeper.ring()
        return outstanding

    def put(self, batch: Batch) -> None:
        """Put a batch that counts no bytes. Any thread."""
        self.put_sized(batch, 0)

    def empty(self) -> bool:
        """Whether there is no batch now."""
        return not self._batches

    def get(self, block: bool = True, timeout: float | None = None) -> Batch:
        """The oldest batch; waits for it up to ``timeout`` seconds, None for ever. Raises `queue.Empty`."""
        if not self._batches and (not block or not self._sleep(timeout)):
            raise queue.Empty
        low = None
        with self._lock:
            batch, size = self._batches.popleft()
            self.outstanding -= size
            if self._low is not None and self.outstanding < LOW_WATER:
                low, self._low = self._low, None
        if low is not None:
            low()
        return batch

    def get_nowait(self) -> Batch:
        """The oldest batch. Raises `queue.Empty`."""
        return self.get(False)

    def call_when_low(self, alarm: Callable[[], None]) -> None:
        """Call ``alarm`` once, on the consumer's thread, when less than LOW_WATER is outstanding."""
        with self._lock:
            low = self.outstanding < LOW_WATER
            self._low = None if low else alarm
        if low:
            alarm()

    def _sleep(self, timeout: float | None) -> bool:
        """Sleep until there is a batch; False if the time runs out."""
        alarm = self._alarm = self._alarm or Alarm()
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._sleeper = alarm
            # A batch put after the last look rang no alarm.
            if self._batches:
                self._sleeper = None
                return True
            alarm.wait(timeout)
            if self._batches:
                return True
            if deadline is not None:
                timeout = deadline - time.monotonic()
                if timeout <= 0:
                    self._sleeper = None
                    return False


class Outlet:
    """Collects the events that NetThread emits and hands them over once per wake-up; other threads hand over
    their own.

    ``congested`` may be read from any thread. ``recorder`` may be set until the first event is put.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, events: EventQueue, recorder: EventRecorder | None = None
    ) -> None:
        self._loop = loop
        self._events = events
        self._batch: list[Event] = []
        self._size = 0
        self._waiting: list[Callable[[], None]] = []
        self.recorder = recorder
        self.congested = False
        self._scheduled = False
        self._grown_to = 0

    def put(self, event: Event, size: int = 0) -> None:
        """Emit ``event``, which holds ``size`` bytes of data. NetThread only."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._leave)
        self._batch.append(event)
        self._size += size

    def put_later(self, event: Event, size: int = 0) -> None:
        """As `put`, but handed over with the next events, or after LATEST seconds. NetThread only.

        For confirmations of the consumer's own requests: reporting them at once would cost an echo a second
        wake-up.
        """
        if not self._batch:
            self._loop.call_later(LATEST, self.flush)
        self._batch.append(event)
        self._size += size

    def put_batch(self, events: Batch, size: int) -> bool:
        """Hand over a batch from any thread; False, and nothing put, while congested.

        The caller ensures the order between its batches and NetThread's events of the same session:
        `flush` before the thread starts, and the thread ends before `Closed` is put.
        """
        if self.congested:
            return False
        self._hand_over(events, size)
        return True

    def flush(self) -> None:
        """Hand over all events put so far. NetThread only."""
        batch = self._batch
        if batch:
            size = self._size
            self._batch = []
            self._size = 0
            self._scheduled = False
            self._grown_to = 0
            self._hand_over(tuple(batch), size)

    def _leave(self) -> None:
        """Hand over the batch, unless it is a flood's and grew in the last turn: waking the consumer costs
        both threads, so a flood reaches it in few large batches."""
        events, size = len(self._batch), self._size
        small = size < SMALL_BATCH and events < SMALL_EVENTS
        full = size >= BATCH_SIZE or events >= BATCH_EVENTS
        if small or full or events == self._grown_to:
            self.flush()
        else:
            self._grown_to = events
            self._loop.call_soon(self._leave)

    def when_clear(self, callback: Callable[[], None]) -> None:
        """Call back on NetThread once the congestion is over. NetThread only."""
        self._waiting.append(callback)
        if not self.congested and len(self._waiting) == 1:
            self._loop.call_soon(self._clear)

    def _hand_over(self, batch: Batch, size: int) -> None:
        backlog = 0
        if self.recorder is not None:
            self.recorder.put(batch)
            backlog = self.recorder.backlog
        outstanding = self._events.put_sized(batch, size)
        if (outstanding > HIGH_WATER or backlog > HIGH_WATER) and not self.congested:
            self.congested = True
            self._events.call_when_low(self._on_low)

    def _on_low(self) -> None:
        # The loop is closed once the engine has stopped; nothing reads any more then.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._clear)

    def _clear(self) -> None:
        if self.recorder is not None and self.recorder.backlog > LOW_WATER:
            self._loop.call_later(RECORDER_POLL, self._clear)
            return
        self.congested = False
        waiting, self._waiting = self._waiting, []
        for callback in waiting:
            callback()
