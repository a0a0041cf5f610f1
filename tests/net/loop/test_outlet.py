"""Batches for a sleeping consumer, and when a batch is handed over."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Iterator

import pytest

from net.events import Batch
from net.loop.outlet import BATCH_SIZE, SMALL_BATCH, EventQueue, Outlet
from net.sockets.events import MessagesReceived, MessagesSent


def received(number: int) -> MessagesReceived:
    return MessagesReceived(number, [b"x"], 0)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        yield loop


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


def test_what_one_turn_puts_leaves_together_in_the_next(loop: asyncio.AbstractEventLoop) -> None:
    outlet = Outlet(loop, EventQueue())

    async def turn() -> None:
        for number in range(3):
            outlet.put(received(number), 1)
        assert reported(outlet) == []
        await asyncio.sleep(0)
        assert reported(outlet) == [(received(0), received(1), received(2))]
        outlet.put(received(3), 1)
        await asyncio.sleep(0)
        assert reported(outlet) == [(received(3),)]

    loop.run_until_complete(turn())


def test_a_flood_leaves_when_it_stops_growing_or_is_large_enough(loop: asyncio.AbstractEventLoop) -> None:
    outlet = Outlet(loop, EventQueue())

    async def turn() -> None:
        for _ in range(3):
            outlet.put(received(1), SMALL_BATCH)
            await asyncio.sleep(0)
            assert reported(outlet) == []
        await asyncio.sleep(0)
        assert [len(batch) for batch in reported(outlet)] == [3]
        outlet.put(received(1), SMALL_BATCH)
        await asyncio.sleep(0)
        outlet.put(received(2), BATCH_SIZE)
        await asyncio.sleep(0)
        assert [len(batch) for batch in reported(outlet)] == [2]

    loop.run_until_complete(turn())


def test_what_can_wait_leaves_with_the_next_or_by_itself_in_the_end(loop: asyncio.AbstractEventLoop) -> None:
    events = EventQueue()
    outlet = Outlet(loop, events)
    first, second = MessagesSent(1, [b"a"], None, "user", 0), received(1)
    third = MessagesSent(1, [b"c"], None, "user", 2)

    async def turn() -> None:
        outlet.put_later(first, 1)
        await asyncio.sleep(0)
        assert reported(outlet) == []
        outlet.put(second, 1)
        await asyncio.sleep(0)
        assert reported(outlet) == [(first, second)]
        outlet.put_later(third, 1)
        batch = await asyncio.wait_for(loop.run_in_executor(None, events.get, True, 10.0), 20.0)
        assert batch == (third,)

    loop.run_until_complete(turn())
    loop.run_until_complete(loop.shutdown_default_executor())


def test_a_flush_hands_over_at_once(loop: asyncio.AbstractEventLoop) -> None:
    outlet = Outlet(loop, EventQueue())
    outlet.put_later(received(1), 1)
    outlet.put(received(2), 1)
    outlet.flush()
    assert reported(outlet) == [(received(1), received(2))]
    outlet.flush()
    assert reported(outlet) == []
