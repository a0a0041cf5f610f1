"""Batches for a sleeping consumer, and when a batch is handed over."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from net.events import Batch
from net.loop.outlet import LATEST, SMALL_BATCH, SMALL_EVENTS, EventQueue, Outlet
from net.sockets.events import MessagesReceived, MessagesSent


def received(number: int) -> MessagesReceived:
    return MessagesReceived(number, [b"x"], 0)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        outlet = Outlet(loop, EventQueue())
        outlet.flushed_by_loop = True
        yield outlet


def reported(outlet: Outlet) -> list[Batch]:
    batches = []
    with contextlib.suppress(queue.Empty):
        while True:
            batches.append(outlet._events.get_nowait())
    return batches


def test_a_sleeping_consumer_gets_every_batch_in_order() -> None:
    events = EventQueue()
    got: list[Batch] = []
    seen = threading.Semaphore(0)

    def consume() -> None:
        while len(got) < 2000:
            got.append(events.get(timeout=20.0))
            seen.release()

    consumer = threading.Thread(target=consume)
    consumer.start()
    for number in range(2000):
        events.put((received(number),))
        if number % 3 == 0:
            # Now and then the consumer catches up, and sleeps.
            for _ in range(min(number + 1, 3)):
                assert seen.acquire(timeout=20.0)
    consumer.join(20.0)
    assert [batch[0].session for batch in got if isinstance(batch[0], MessagesReceived)] == list(range(2000))


def test_what_was_put_before_is_there_without_waiting() -> None:
    events = EventQueue()
    events.put_sized((received(1),), 7)
    assert not events.empty() and events.outstanding == 7
    assert events.get(timeout=0) == (received(1),)
    assert events.empty() and events.outstanding == 0


def test_an_empty_queue_is_reported_at_once_or_after_the_time() -> None:
    events = EventQueue()
    for wait in (events.get_nowait, lambda: events.get(timeout=0.01), lambda: events.get(timeout=0)):
        with pytest.raises(queue.Empty):
            wait()
    events.put((received(1),))
    assert events.get() == (received(1),)


def test_a_short_message_that_comes_alone_is_handed_over_at_once(outlet: Outlet) -> None:
    outlet.alone = True
    outlet.put_later(MessagesSent(1, [b"a"], None, "user", 0), 1)
    outlet.put_first(received(1), 1)
    assert [len(batch) for batch in reported(outlet)] == [2]
    assert not outlet.urgent


@pytest.mark.parametrize(
    ("alone", "size", "events"), [(False, 1, 1), (True, SMALL_BATCH, 1), (True, 1, SMALL_EVENTS)]
)
def test_a_flood_waits_for_what_else_is_there(outlet: Outlet, alone: bool, size: int, events: int) -> None:
    outlet.alone = alone
    for number in range(events - 1):
        outlet.put(received(number))
    outlet.put_first(received(events), size)
    assert reported(outlet) == [] and outlet.urgent
    outlet.flush()
    assert [len(batch) for batch in reported(outlet)] == [events]


def test_what_can_wait_shortens_the_sleep_and_goes_when_it_is_due(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("net.loop.outlet.time", SimpleNamespace(monotonic=lambda: now[0]))
    assert outlet.until_due(None) is None and outlet.until_due(5.0) == 5.0
    outlet.put_later(received(1), 1)
    assert outlet.until_due(None) == outlet.until_due(5.0) == pytest.approx(LATEST)
    assert outlet.until_due(0.0) == 0.0 and reported(outlet) == []
    now[0] += LATEST
    assert outlet.until_due(5.0) == 5.0 and reported(outlet) == [(received(1),)]
    assert outlet.until_due(None) is None
