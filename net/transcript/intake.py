"""The queue in front of a recording thread: batches of events and orders, in the order they arrived.

Waiting messages are counted in bytes. A full disk, or a pipe that nobody reads, may delay WAITING_LIMIT
bytes; beyond that messages are left out of batches (other events are kept) and counted, and a note in their
session reports how many there were.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from typing import Generic, NamedTuple, TypeVar

from net.events import Batch, Event
from net.sockets.events import DatagramsReceived, MessagesReceived, MessagesRelayed, MessagesSent
from net.transcript.notes import Note, messages_of

WAITING_LIMIT = 256 * 1024 * 1024
"""Bytes of messages that may wait in memory; messages beyond that are not recorded."""

MESSAGE_OVERHEAD = 48  # bytes of memory of a short bytes object besides its data, with its list entry
EVENT_OVERHEAD = 400

OrderT = TypeVar("OrderT")


class Arrived(NamedTuple):
    """A batch with the bytes it is counted as."""

    batch: Batch
    weight: int


class Intake(Generic[OrderT]):
    """`put` and `order` may be called from any thread, the rest from the recording one. ``waiting``: bytes
    put and not yet reported to `done`."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Arrived | OrderT | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._lost: Counter[int] = Counter()
        self.waiting = 0

    def put(self, batch: Batch) -> None:
        """Queue a batch, without its messages if there is no room for them. Never blocks."""
        weight = 0
        for event in batch:
            weight += EVENT_OVERHEAD
            messages = messages_of(event)
            if messages is not None:
                weight += sum(map(len, messages)) + MESSAGE_OVERHEAD * len(messages)
        with self._lock:
            if self.waiting + weight > WAITING_LIMIT:
                batch = self._without_messages(batch)
                weight = EVENT_OVERHEAD * len(batch)
            self.waiting += weight
        if batch:
            self._queue.put(Arrived(batch, weight))

    def order(self, order: OrderT) -> None:
        """Queue an order, to be run after everything put before."""
        self._queue.put(order)

    def stop(self) -> None:
        """Nothing more will be put: once all is taken, `get` returns None."""
        self._queue.put(None)

    def get(self, timeout: float | None = None) -> Arrived | OrderT | None:
        """The next batch, an order, or None to stop. Raises `queue.Empty`."""
        return self._queue.get(timeout=timeout)

    def get_nowait(self) -> Arrived | OrderT | None:
        """As `get`, without waiting."""
        return self._queue.get_nowait()

    def done(self, weight: int) -> None:
        """Batches of so many bytes have been written, or contained nothing to record."""
        with self._lock:
            self.waiting -= weight

    def take_lost(self) -> list[Note]:
        """A note for each session with messages left out since the last call."""
        with self._lock:
            lost, self._lost = self._lost, Counter()
        now = time.time_ns()
        return [
            Note(session, "fault", {"kind": "store_full", "params": {"lost": count}}, now)
            for session, count in lost.items()
        ]

    def _without_messages(self, batch: Batch) -> Batch:
        kept: list[Event] = []
        for event in batch:
            messages = messages_of(event)
            if messages is None:
                kept.append(event)
            elif isinstance(event, MessagesReceived | MessagesSent | DatagramsReceived | MessagesRelayed):
                self._lost[event.session] += len(messages)
        return tuple(kept)
