"""How events leave the network's threads: in batches, counted, towards the consumer and the transcript.

What one wake-up of NetThread produced is put on the queue once. The bytes that were put and not yet taken are
counted: above HIGH_WATER the outlet is congested, until they are below LOW_WATER again.
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

from net.events import Event

HIGH_WATER = 16 * 1024 * 1024
"""Bytes handed over and not yet taken above which TCP connections stop reading and UDP endpoints drop."""

LOW_WATER = 4 * 1024 * 1024
"""Bytes below which they go on."""

BATCH_SIZE = 1024 * 1024
BATCH_EVENTS = 200
"""Bytes and events above which a batch is handed over though more is ready to be read."""

LATEST = 0.001
"""Seconds that what `Outlet.put_later` tells waits for something that is worth waking the consumer for."""

RECORDER_POLL = 0.02
"""Seconds between looks at a transcript that is behind."""

Batch = tuple[Event, ...]


class Recording(Protocol):
    """The transcript's recorder, as far as the outlet knows it."""

    def put(self, batch: Batch, /) -> None: ...


class EventQueue(queue.SimpleQueue[Batch]):
    """Batches of events for one consumer; taking one makes room. ``outstanding``: bytes put and not taken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sizes: deque[int] = deque()
        self._alarm: Callable[[], None] | None = None
        self.outstanding = 0

    def put_sized(self, batch: Batch, size: int) -> int:
        """Put a batch that holds ``size`` bytes of data; gives the bytes outstanding now. Any thread."""
        with self._lock:
            self._sizes.append(size)
            self.outstanding = outstanding = self.outstanding + size
        super().put(batch)
        return outstanding

    def put(self, item: Batch, block: bool = True, timeout: float | None = None) -> None:
        self.put_sized(item, 0)

    def put_nowait(self, item: Batch) -> None:
        self.put_sized(item, 0)

    def get(self, block: bool = True, timeout: float | None = None) -> Batch:
        batch = super().get(block, timeout)
        self._took()
        return batch

    def get_nowait(self) -> Batch:
        batch = super().get_nowait()
        self._took()
        return batch

    def call_when_low(self, alarm: Callable[[], None]) -> None:
        """Call ``alarm`` once, on the consumer's thread, when less than LOW_WATER is outstanding."""
        with self._lock:
            low = self.outstanding < LOW_WATER
            self._alarm = None if low else alarm
        if low:
            alarm()

    def _took(self) -> None:
        alarm = None
        with self._lock:
            self.outstanding -= self._sizes.popleft()
            if self._alarm is not None and self.outstanding < LOW_WATER:
                alarm, self._alarm = self._alarm, None
        if alarm is not None:
            alarm()


class Outlet:
    """Collects what NetThread tells and hands it over once per wake-up; other threads hand over their own.

    ``congested`` may be read from any thread. ``recorder`` may be set until the first event is put. Whoever
    sets ``flushed_by_loop`` calls `flush` before the thread sleeps when ``urgent``, else at ``due``
    (``time.monotonic()``).
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, events: EventQueue, recorder: Recording | None = None
    ) -> None:
        self._loop = loop
        self._events = events
        self._batch: list[Event] = []
        self._size = 0
        self._waiting: list[Callable[[], None]] = []
        self.recorder = recorder
        self.flushed_by_loop = False
        self.congested = False
        self.urgent = False
        self.due = 0.0

    def put(self, event: Event, size: int = 0) -> None:
        """Tell ``event``, which holds ``size`` bytes of data. NetThread only."""
        if not self.urgent:
            self.urgent = True
            if not self.flushed_by_loop:
                self._loop.call_soon(self.flush)
        self._batch.append(event)
        self._size += size

    def put_later(self, event: Event, size: int = 0) -> None:
        """As `put`, but handed over with what comes next, or after LATEST seconds. NetThread only.

        For what the consumer asked for itself: to learn that at once would cost an echo a second waking.
        """
        if not self._batch:
            self.due = time.monotonic() + LATEST
            if not self.flushed_by_loop:
                self._loop.call_later(LATEST, self.flush)
        self._batch.append(event)
        self._size += size

    def put_batch(self, events: Batch, size: int) -> bool:
        """Hand over a batch from any thread; False, and nothing put, while congested.

        The caller sees to the order between its batches and what NetThread tells about the same session:
        `flush` before the thread starts, the thread ended before `Closed` is put.
        """
        if self.congested:
            return False
        self._hand_over(events, size)
        return True

    @property
    def waiting(self) -> bool:
        """Whether anything was put since the last `flush`."""
        return bool(self._batch)

    @property
    def is_full(self) -> bool:
        """Whether the batch should not grow further."""
        return self._size >= BATCH_SIZE or len(self._batch) >= BATCH_EVENTS

    def flush(self) -> None:
        """Hand over what was put so far. NetThread only."""
        batch = self._batch
        if batch:
            size = self._size
            self._batch = []
            self._size = 0
            self.urgent = False
            self._hand_over(tuple(batch), size)

    def when_clear(self, callback: Callable[[], None]) -> None:
        """Call back on NetThread once the congestion is over. NetThread only."""
        self._waiting.append(callback)
        if not self.congested and len(self._waiting) == 1:
            self._loop.call_soon(self._clear)

    def _hand_over(self, batch: Batch, size: int) -> None:
        if self.recorder is not None:
            self.recorder.put(batch)
        outstanding = self._events.put_sized(batch, size)
        if not self.congested and (outstanding > HIGH_WATER or self._recorder_backlog() > HIGH_WATER):
            self.congested = True
            self._events.call_when_low(self._on_low)

    def _recorder_backlog(self) -> int:
        return int(getattr(self.recorder, "backlog", 0))

    def _on_low(self) -> None:
        # The loop is closed once the engine has stopped; then nobody reads any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._clear)

    def _clear(self) -> None:
        if self._recorder_backlog() > LOW_WATER:
            self._loop.call_later(RECORDER_POLL, self._clear)
            return
        self.congested = False
        waiting, self._waiting = self._waiting, []
        for callback in waiting:
            callback()
