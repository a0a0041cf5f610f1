"""Repeating on a fake clock, so that the time of every turn is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from net.address import Address
from net.events import Event, Fault, FaultKind
from net.loop.outlet import EventQueue, Outlet
from net.sockets.commands import StartRepeat
from net.sockets.events import RepeatProgressed
from net.sockets.jobs.repeat import QUEUE_LIMIT, Repeat
from tests.net.loop_thread import loop_thread
from tests.net.sockets.jobs.clock import HandClock
from tests.net.sockets.jobs.fake_session import FakeSession
from tests.waiting import wait_until

TO = Address("127.0.0.1", 9)


@pytest.fixture
def clock() -> Iterator[HandClock]:
    loop = HandClock()
    yield loop
    loop.close()


class Kept(Outlet):
    """Events as they are put."""

    def __init__(self, loop: HandClock) -> None:
        super().__init__(loop, EventQueue())
        self.events: list[Event] = []

    def put(self, event: Event, size: int = 0) -> None:
        self.events.append(event)


class Case:
    def __init__(self, clock: HandClock, interval: float, count: int | None = None) -> None:
        self.session = FakeSession()
        self.outlet = Kept(clock)
        self.times: list[float] = []
        self.session.on_send = lambda: self.times.append(round(clock.now - 1000.0, 6))
        command = StartRepeat(1, 5, b"tick", interval, count, TO)
        self.repeat = Repeat(clock, self.session, command, self.outlet)
        self.repeat.start()

    @property
    def last(self) -> RepeatProgressed:
        event = self.outlet.events[-1]
        assert isinstance(event, RepeatProgressed)
        return event


def test_turns_stay_on_the_beat_however_late_each_is(clock: HandClock) -> None:
    case = Case(clock, 1.0, 5)
    clock.run_to(1100.0, late=0.3)
    assert case.times == [0.0, 1.3, 2.3, 3.3, 4.3]
    assert case.session.sent == [(b"tick", TO, "repeat")] * 5
    assert case.last == RepeatProgressed(1, 5, 5, 5, True)


def test_a_tenth_of_a_second_does_not_drift_in_a_thousand_turns(clock: HandClock) -> None:
    case = Case(clock, 0.1, 1001)
    clock.run_to(1200.0)
    assert len(case.times) == 1001
    assert case.times[-1] == pytest.approx(100.0, abs=1e-6)


def test_missed_turns_are_skipped_and_not_made_up(clock: HandClock) -> None:
    case = Case(clock, 1.0)
    clock.run_to(1001.0)
    clock.now = 1004.5  # the thread was busy
    clock.run_to(1006.0)
    assert case.times == [0.0, 1.0, 4.5, 5.0, 6.0]


def test_the_shortest_interval_is_a_millisecond(clock: HandClock) -> None:
    case = Case(clock, 0.0)
    clock.run_to(1000.0105)
    assert len(case.times) == 11


def test_progress_is_reported_ten_times_a_second_at_most(clock: HandClock) -> None:
    case = Case(clock, 0.001)
    clock.run_to(1001.0005)
    assert 10 <= len(case.outlet.events) <= 11
    case.repeat.stop()
    case.repeat.stop()
    assert case.last.finished and case.last.sent == len(case.times)
    reported = len(case.outlet.events)
    clock.run_to(1002.0)
    assert (len(case.outlet.events), case.last.sent) == (reported, len(case.times))


def test_it_ends_with_its_session(clock: HandClock) -> None:
    case = Case(clock, 1.0)
    clock.run_to(1001.0)
    case.session.is_open = False
    clock.run_to(1010.0)
    assert case.last == RepeatProgressed(1, 5, 2, None, True)
    assert len(case.times) == 2


def test_a_peer_that_does_not_read_costs_turns_and_no_memory(clock: HandClock) -> None:
    case = Case(clock, 1.0)
    case.session.queued = QUEUE_LIMIT + 1
    clock.run_to(1005.0)
    assert len(case.times) == 1
    case.session.queued = 0
    clock.run_to(1006.0)
    assert case.times == [0.0, 6.0]


def test_a_refused_message_is_not_counted(clock: HandClock) -> None:
    case = Case(clock, 1.0, 3)
    case.session.refuse = Fault(FaultKind.UNREACHABLE)
    clock.run_to(1005.0)
    case.session.refuse = None
    clock.run_to(1010.0)
    assert case.repeat.sent == 3 and case.last.finished


def test_on_a_real_loop_with_a_real_endpoint() -> None:
    with loop_thread() as net_loop:
        receiver, sender = net_loop.open(), net_loop.open()
        command = StartRepeat(sender.session, 5, b"tick", 0.002, 20, receiver.local_address)
        repeat = Repeat(net_loop.loop, sender, command, net_loop.outlet)
        net_loop.call(repeat.start)
        assert net_loop.wait_received(receiver, 20) == [b"tick"] * 20
        last = wait_until(lambda: [event for event in net_loop.of(RepeatProgressed) if event.finished])
        assert last == [RepeatProgressed(sender.session, 5, 20, 20, True)]
