"""Totals and rates: reported while something moves, exact at the end, silent otherwise."""

from __future__ import annotations

import socket

import pytest

from net.events import Event
from net.sockets import counters
from net.sockets.commands import Close, Send
from net.sockets.counters import CounterClock
from net.sockets.events import Closed, CountersChanged
from net.sockets.session import Totals
from tests.net.watching import Watched


class FakeLoop:
    """A loop whose time the test moves."""

    def __init__(self) -> None:
        self.timers: list[FakeTimer] = []

    def call_later(self, delay: float, callback: object) -> FakeTimer:
        timer = FakeTimer(callback)
        self.timers.append(timer)
        return timer

    def run_due(self) -> bool:
        """Whether a timer was set, which has run."""
        due, self.timers = self.timers, []
        for timer in due:
            timer.callback()  # type: ignore[operator]
        return bool(due)


class FakeTimer:
    def __init__(self, callback: object) -> None:
        self.callback = callback

    def cancel(self) -> None: ...


class FakeSession:
    """A session whose totals the test sets."""

    session = 7

    def __init__(self) -> None:
        self.totals = Totals()

    def counters(self) -> Totals:
        return self.totals


class Reported(list[Event]):
    """An outlet, as far as the clock uses it."""

    def put(self, event: Event, size: int = 0) -> None:
        self.append(event)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [100.0]
    monkeypatch.setattr("net.sockets.counters.time.monotonic", lambda: time[0])
    return time


def make_clock() -> tuple[FakeLoop, Reported, CounterClock]:
    loop, reported = FakeLoop(), Reported()
    return loop, reported, CounterClock(loop, reported)  # type: ignore[arg-type]


def test_rate_is_of_the_last_second_and_then_all_is_silent(now: list[float]) -> None:
    loop, reported, clock = make_clock()
    session = FakeSession()
    for _ in range(8):
        session.totals = session.totals._replace(bytes_received=session.totals.bytes_received + 1000)
        clock.touch(session)  # type: ignore[arg-type]
        now[0] += counters.PERIOD
        assert loop.run_due()
    last = reported[-1]
    assert isinstance(last, CountersChanged) and last.bytes_received == 8000
    assert last.rate_received == pytest.approx(4000)
    periods = 0
    while loop.timers:
        now[0] += counters.PERIOD
        loop.run_due()
        periods += 1
        assert periods < 10, "the clock never stops"
    end = reported[-1]
    assert isinstance(end, CountersChanged) and end.rate_received == 0 and end.bytes_received == 8000
    count = len(reported)
    assert not loop.run_due() and len(reported) == count


def test_last_totals_are_reported_at_the_end(now: list[float]) -> None:
    _, reported, clock = make_clock()
    session = FakeSession()
    clock.touch(session)  # type: ignore[arg-type]
    session.totals = Totals(bytes_sent=5)
    clock.forget(session)  # type: ignore[arg-type]
    (event,) = reported
    assert isinstance(event, CountersChanged) and event.bytes_sent == 5 and event.rate_sent == 0
    clock.forget(session)  # type: ignore[arg-type]
    assert len(reported) == 2  # it was forgotten, and so were its reported totals


def test_connection_and_its_listener_are_counted(watched: Watched) -> None:
    listener, address = watched.listen()
    with socket.create_connection((address.host, address.port)) as peer:
        (session,) = watched.accepted(listener)
        peer.sendall(b"12345")
        watched.wait_received(session, b"12345")
        watched.engine.submit(Send(session, [b"123", b"4567"]))
        expected = (5, 2, 7)

        def shown(number: int) -> bool:
            seen = watched.all(CountersChanged, number)
            last = seen[-1] if seen else None
            return last is not None and expected == (last.bytes_received, last.messages_sent, last.bytes_sent)

        watched.wait(lambda: shown(session) and shown(listener))

        def at_rest() -> bool:
            last = watched.all(CountersChanged, session)[-1]
            return last.rate_received == 0 and last.rate_sent == 0

        watched.wait(at_rest)
        watched.engine.submit(Close(session))
        watched.end(session)
    # Its ended connections still count in the listener's totals.
    watched.engine.submit(Close(listener))
    watched.end(listener)
    assert shown(listener)
    kinds = [type(event) for event in watched.seen if getattr(event, "session", None) == listener]
    assert kinds[-1] is Closed
