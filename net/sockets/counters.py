"""Totals and rates of active sessions, and kernel facts of watched connections.

One timer serves all sessions, and it runs only while something changes. A session that sends or receives
calls `CounterClock.touch`, which costs one dict look-up while the session is already on the list. Every
PERIOD each session on the list is read once: its `_Meter` keeps the totals at the ends of the last
RATE_PERIODS periods, and a rate is the difference to the oldest of them divided by the time between. A
session stays on the list until its rates have dropped to 0 and that was reported; when it becomes active
again a new series begins, so that the pause does not count towards the rate.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

from net.loop.outlet import Outlet
from net.sockets.events import CountersChanged, KernelFacts
from net.sockets.session import Session, Totals

PERIOD = 0.25
"""Seconds between two `CountersChanged` of one session."""

RATE_PERIODS = 4
"""Periods a rate is taken over: one second."""

KERNEL_PERIOD = 1.0
"""Seconds between two `KernelFacts` of one connection."""


class _Meter:
    """A session's totals at the ends of the last periods."""

    __slots__ = ("moving", "reported", "samples")

    def __init__(self, now: float) -> None:
        self.samples: deque[tuple[float, int, int]] = deque([(now - PERIOD, 0, 0)], RATE_PERIODS + 1)
        self.reported = Totals()
        self.moving = False

    def read(self, session: Session, now: float) -> CountersChanged | None:
        """The event to emit; None if nothing changed and the rates are 0."""
        totals = session.counters()
        self.samples.append((now, totals.bytes_received, totals.bytes_sent))
        since, received, sent = self.samples[0]
        elapsed = max(now - since, PERIOD / 2)
        rate_received = (totals.bytes_received - received) / elapsed
        rate_sent = (totals.bytes_sent - sent) / elapsed
        moved, self.moving = self.moving, rate_received > 0 or rate_sent > 0
        if totals == self.reported and not moved and not self.moving:
            return None
        self.reported = totals
        return _changed(session.session, totals, rate_received, rate_sent)


def _changed(session: int, totals: Totals, rate_received: float, rate_sent: float) -> CountersChanged:
    return CountersChanged(
        session=session,
        messages_received=totals.messages_received,
        bytes_received=totals.bytes_received,
        messages_sent=totals.messages_sent,
        bytes_sent=totals.bytes_sent,
        rate_received=rate_received,
        rate_sent=rate_sent,
        drops=totals.drops,
        queued=totals.queued,
    )


class CounterClock:
    """NetThread only. Sessions call `touch` when their totals change; those passed to `watch` are read every
    period."""

    def __init__(self, loop: asyncio.AbstractEventLoop, outlet: Outlet) -> None:
        self._loop = loop
        self._outlet = outlet
        self._meters: dict[int, _Meter] = {}
        self.moving: dict[int, Session] = {}  # active sessions, which are reported each period, by id
        self._watched: dict[int, Session] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._kernel: dict[int, Callable[[], KernelFacts | None]] = {}
        self._kernel_timer: asyncio.TimerHandle | None = None

    def touch(self, session: Session) -> None:
        """The session's totals changed."""
        number = session.session
        if number in self.moving:
            return
        self.moving[number] = session
        meter = self._meters.get(number)
        now = time.monotonic()
        if meter is None:
            self._meters[number] = _Meter(now)
        elif not meter.moving:
            # What happened before the pause does not count towards the rate after it.
            reported = meter.reported
            meter.samples.clear()
            meter.samples.append((now - PERIOD, reported.bytes_received, reported.bytes_sent))
        self._start()

    def watch(self, session: Session) -> None:
        """Read a session that cannot call `touch` itself, because it receives on another thread."""
        self._watched[session.session] = session
        self.touch(session)

    def forget(self, session: Session) -> None:
        """The session ends: report its last totals now, before `Closed`."""
        number = session.session
        self.moving.pop(number, None)
        self._watched.pop(number, None)
        self.watch_kernel(number, None)
        meter = self._meters.pop(number, None)
        totals = session.counters()
        if totals != (meter.reported if meter is not None else Totals()):
            self._outlet.put(_changed(number, totals, 0.0, 0.0))

    def watch_kernel(self, session: int, look: Callable[[], KernelFacts | None] | None) -> None:
        """Emit the result of ``look`` now and once a second; ``look`` None ends that."""
        if look is None:
            self._kernel.pop(session, None)
            return
        self._kernel[session] = look
        self._report_kernel(look)
        if self._kernel_timer is None:
            self._kernel_timer = self._loop.call_later(KERNEL_PERIOD, self._look_at_kernel)

    def stop(self) -> None:
        """Emit no more events."""
        for timer in (self._timer, self._kernel_timer):
            if timer is not None:
                timer.cancel()

    def _start(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(PERIOD, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = time.monotonic()
        moving, self.moving = self.moving, {}
        for number, session in moving.items():
            changed = self._meters[number].read(session, now)
            if changed is not None:
                self._outlet.put(changed)
            if changed is not None or number in self._watched:
                self.moving[number] = session
        if self.moving:
            self._start()

    def _look_at_kernel(self) -> None:
        self._kernel_timer = None
        for look in list(self._kernel.values()):
            self._report_kernel(look)
        if self._kernel:
            self._kernel_timer = self._loop.call_later(KERNEL_PERIOD, self._look_at_kernel)

    def _report_kernel(self, look: Callable[[], KernelFacts | None]) -> None:
        facts = look()
        if facts is not None:
            self._outlet.put(facts)
