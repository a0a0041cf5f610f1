"""`AckWatch`: asks the kernel how much of what a connection sent the peer's kernel has acknowledged.

No system calls back when an acknowledgement comes (Linux could, through the socket's error queue, but a
socket with an entry there looks readable for as long as nobody reads it). So the kernel is asked: FIRST_LOOK
after a send, then less and less often, up to LAST_LOOK, while something is waiting; and just before received
bytes are reported, because what answers us usually carries the acknowledgement. An event is emitted only if
more has been acknowledged. While much is on its way, or many connections wait, one event covers many sends.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable

from net.sockets.events import Acknowledged
from net.sockets.network import Network
from net.system.kernel import acknowledged, unacked_bytes

FIRST_LOOK = 0.002
NEXT_LOOK = 0.02
LAST_LOOK = 0.25
"""Seconds: after a send, after a look that found some of it acknowledged, and the most between two looks."""

SPACING = 0.00025
"""Seconds between two looks, over all connections that wait, apart from first ones."""

NEAREST = 0.001
"""Seconds within which received bytes cause no second look."""


class AckWatch:
    """Of one connection. ``queued``: how many bytes our own send buffer holds; ``encrypted``: the kernel
    counts the bytes of TLS, not ours, so only a moment when everything is acknowledged tells something.
    NetThread only."""

    __slots__ = (
        "_encrypted",
        "_ends",
        "_fin",
        "_fin_known",
        "_known",
        "_looked",
        "_network",
        "_pause",
        "_queued",
        "_session",
        "_sock",
        "_timer",
        "_total",
        "_waiting",
        "_was_empty",
        "silent",
    )

    def __init__(
        self,
        network: Network,
        session: int,
        sock: socket.socket,
        queued: Callable[[], int],
        encrypted: bool,
    ) -> None:
        self._network = network
        self._session = session
        self._sock = sock
        self._queued = queued
        self._encrypted = encrypted
        self._ends: deque[int] = deque()
        self._total = 0
        self._known = 0
        self._fin = False
        self._fin_known = False
        self._waiting = False
        self._was_empty = False
        self._pause = FIRST_LOOK
        self._looked = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.silent = False
        """This system does not tell."""

    def sent(self, total: int) -> None:
        """A send was made, or is about to be: ``total`` bytes in all so far."""
        if not self.silent:
            self._ends.append(total)
            self._total = total
            if not self._waiting:
                self._begin()

    def finished(self) -> None:
        """Our FIN was sent."""
        if not self.silent:
            self._fin = True
            self._begin()

    def look_at_answer(self) -> None:
        """Bytes were received: they usually acknowledge what was sent before."""
        if self._waiting and time.monotonic() - self._looked >= NEAREST:
            self._look()

    def close(self) -> None:
        """The socket is about to be closed: look for the last time."""
        if self._waiting:
            self._look()
        if self._waiting and self._encrypted:
            self._look()
        self._end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        if not self._waiting:
            self._waiting = True
            self._network.unacknowledged += 1
            self._pause = FIRST_LOOK
            self._was_empty = False
        loop = self._network.loop
        if self._timer is not None and self._timer.when() > loop.time() + FIRST_LOOK:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = loop.call_later(FIRST_LOOK, self._look_on)

    def _end(self) -> None:
        # The timer stays: in a quick exchange the next send begins before it is over.
        if self._waiting:
            self._waiting = False
            self._network.unacknowledged -= 1

    def _look_on(self) -> None:
        self._timer = None
        if not self._waiting:
            return
        before = self._known
        self._look()
        if self._waiting:
            self._pause = NEXT_LOOK if self._known > before else min(2 * self._pause, LAST_LOOK)
            pause = max(self._pause, self._network.unacknowledged * SPACING)
            self._timer = self._network.loop.call_later(pause, self._look_on)

    def _look(self) -> None:
        """Ask, and tell what is new; with nothing left to wait for the timer ends."""
        self._looked = time.monotonic()
        told = self._told()
        if told is None:
            self.silent = True
            self._ends.clear()
            self._end()
            self._network.outlet.put_later(Acknowledged(self._session, None, 0, 0, False, time.time_ns()))
            return
        upto, fin = told
        new = upto - self._known
        if new > 0 or fin > self._fin_known:
            ends, sends = self._ends, 0
            while ends and ends[0] <= upto:
                ends.popleft()
                sends += 1
            self._known = max(upto, self._known)
            self._fin_known = fin
            self._network.outlet.put_later(
                Acknowledged(self._session, self._known, max(0, new), sends, fin, time.time_ns())
            )
        if self._known == self._total and self._fin_known == self._fin:
            self._end()

    def _told(self) -> tuple[int, bool] | None:
        if not self._encrypted:
            return acknowledged(self._sock, self._total - self._queued(), self._fin)
        waiting = unacked_bytes(self._sock)
        if waiting is None:
            return None
        # Between two of the transport's writes the kernel may be empty while the transport is not: what is
        # empty twice has nothing more to write.
        empty, self._was_empty = self._was_empty, waiting == 0 and not self._queued()
        return (self._total if empty and self._was_empty else self._known), False
