"""Sending one message again and again, without drift."""

from __future__ import annotations

import asyncio

from net.loop.outlet import Outlet
from net.sockets.commands import StartRepeat
from net.sockets.events import RepeatProgressed
from net.sockets.session import Session

SHORTEST_INTERVAL = 0.001
PROGRESS_INTERVAL = 0.1
"""Seconds between two `RepeatProgressed`; the last one is always emitted."""

QUEUE_LIMIT = 4 * 1024 * 1024
"""Bytes queued for a slow peer above which turns are skipped, as they are while more waits to be recorded
than the transcript can take."""


class Repeat:
    """Turn n is due at start + n * interval of the loop's clock. A turn whose message could not be sent
    before the next one was due is skipped. Ends with one ``RepeatProgressed(finished=True)``: after ``count``
    messages, on `stop`, or when the session is no longer open."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, session: Session, command: StartRepeat, outlet: Outlet
    ) -> None:
        self.sent = 0
        self.finished = False
        self._loop = loop
        self._session = session
        self._command = command
        self._outlet = outlet
        self._interval = max(command.interval, SHORTEST_INTERVAL)
        self._start = 0.0
        self._number = 0
        self._reported_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Send the first message now."""
        self._start = self._loop.time()
        self._reported_at = self._start - PROGRESS_INTERVAL
        self._turn()

    def stop(self) -> None:
        """End it. Idempotent."""
        if self.finished:
            return
        self.finished = True
        if self._timer is not None:
            self._timer.cancel()
        self._report()

    def _turn(self) -> None:
        count = self._command.count
        if not self._session.is_open or (count is not None and self.sent >= count):
            self.stop()
            return
        if self._session.queued <= QUEUE_LIMIT and not self._outlet.congested:
            if self._session.send([self._command.message], self._command.to, "repeat") is not None:
                if not self._session.is_open:
                    self.stop()
                    return
            else:
                self.sent += 1
        if self.finished:
            return
        if count is not None and self.sent >= count:
            self.stop()
            return
        now = self._loop.time()
        if now - self._reported_at >= PROGRESS_INTERVAL:
            self._reported_at = now
            self._report()
        self._number = self._next(now)
        self._timer = self._loop.call_at(self._start + self._number * self._interval, self._turn)

    def _next(self, now: float) -> int:
        """The number of the first turn after this one that is not past already."""
        following = self._number + 1
        if self._start + following * self._interval > now:
            return following
        # Never the same turn twice, which rounding of the quotient alone would allow.
        return max(following, int((now - self._start) / self._interval) + 1)

    def _report(self) -> None:
        command = self._command
        self._outlet.put(
            RepeatProgressed(command.session, command.job, self.sent, command.count, self.finished)
        )
