"""`DatagramLink`: one direction through which datagrams pass, with what a bad network does to them.

The way of a datagram: it is lost, or it (and its copy, if it is doubled) stands in the queue of the narrow
place, then it is on its way for its delay, then it may be held until the next one has passed it. What
happened to it, its fate, is told when it is known: of a lost one at once, of the others when they leave.

All lots of a datagram are drawn when it comes, always the same number of them. So the same seed gives the
same fates to the same datagrams, however often one looks, and changing one setting leaves the lots of the
others as they are.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment

HELD_DATAGRAMS = 65_536
HELD_BYTES = 32 * 1024 * 1024
"""What a link keeps at most, in its queue and on its way: a flood with a long delay must not fill the memory.
What comes beyond that finds the queue full."""

HOLD_SECONDS = 0.25
"""How long a datagram that is to be overtaken waits for one that does."""

T = TypeVar("T")


class Told(NamedTuple, Generic[T]):
    """One fate. ``number``: of the datagram in its direction, from 1; ``item``: what `DatagramLink.take` was
    given; ``at``: when it left, or was lost; ``delay``: seconds it was kept until then; ``queued``: datagrams
    that stood in the queue when it came."""

    number: int
    fate: Fate
    item: T
    at: float
    delay: float
    queued: int


@dataclass(slots=True)
class _Datagram(Generic[T]):
    number: int
    item: T
    size: int
    came: float
    queued: int
    lot: float  # of its delay, 0 to 1
    is_copy: bool
    is_late: bool


class DatagramLink(Generic[T]):
    """Times are seconds of any clock that never goes back. ``seed``: of its lots."""

    def __init__(self, impairment: Impairment, seed: int) -> None:
        self.impairment = impairment
        self.held = 0
        self.held_bytes = 0
        self._random = random.Random(seed)
        self._number = 0
        self._highest = 0  # of those that have left
        self._is_bad: bool | None = None  # the state of the model that loses in bursts; None before the first
        self._queue: deque[_Datagram[T]] = deque()
        self._sent_at = 0.0  # when the first of the queue has been sent
        self._flying: list[tuple[float, int, _Datagram[T]]] = []
        self._order = 0
        self._late: list[tuple[float, _Datagram[T]]] = []
        self._told: list[Told[T]] = []

    @property
    def queued(self) -> int:
        """Datagrams in the queue of the narrow place."""
        return len(self._queue)

    def change(self, impairment: Impairment, now: float) -> None:
        """Other settings from now on. What is on its way already keeps its delay."""
        self._advance(now)
        before, self.impairment = self.impairment.rate, impairment
        if self._queue and impairment.rate != before:
            if impairment.rate:
                # Of the first one only the rest is still to be sent.
                self._sent_at = now + (self._sent_at - now) * before / impairment.rate
            else:
                while self._queue:
                    self._fly(self._queue.popleft(), now)
        self._is_bad = None if not impairment.burst else self._is_bad

    def take(self, item: T, size: int, now: float) -> None:
        """A datagram of ``size`` bytes comes."""
        self._advance(now)
        settings, draw = self.impairment, self._random.random
        loss, double, reorder, delay, copy_delay = draw(), draw(), draw(), draw(), draw()
        self._number = number = self._number + 1
        queued = len(self._queue)
        if self._loses(loss) or number in settings.lose:
            self._told.append(Told(number, Fate.LOST, item, now, 0.0, queued))
            return
        late = reorder < settings.reorder or number in settings.late
        self._enter(_Datagram(number, item, size, now, queued, delay, False, late), now)
        if double < settings.double or number in settings.twice:
            self._enter(_Datagram(number, item, size, now, queued, copy_delay, True, False), now)

    def leave(self, now: float) -> list[Told[T]]:
        """The fates since the last call, in the order in which they were decided."""
        self._advance(now)
        told, self._told = self._told, []
        return told

    def next_time(self) -> float | None:
        """When `leave` has something to tell; None if nothing is under way."""
        if self._told:
            return self._told[0].at
        times = [at for at, _datagram in self._late[:1]]
        if self._flying:
            times.append(self._flying[0][0])
        if self._queue:
            times.append(self._sent_at)
        return min(times, default=None)

    def clear(self) -> None:
        """Forget all that is under way."""
        self._queue.clear()
        self._flying.clear()
        self._late.clear()
        self._told.clear()
        self.held = self.held_bytes = 0

    # --- On its way ---

    def _loses(self, lot: float) -> bool:
        """Gilbert's model: in the bad state everything is lost, in the good one nothing. Left with the
        probability 1 / burst, the bad state lasts ``burst`` datagrams in the mean; it is entered so often
        that its share of all is ``loss``."""
        loss, burst = self.impairment.loss, self.impairment.burst
        if not burst or loss in (0.0, 1.0) or self._is_bad is None:
            self._is_bad = lot < loss
        elif self._is_bad:
            self._is_bad = lot >= 1.0 / burst
        else:
            self._is_bad = lot < loss / (burst * (1.0 - loss))
        return self._is_bad

    def _enter(self, datagram: _Datagram[T], now: float) -> None:
        rate = self.impairment.rate
        full = bool(rate) and len(self._queue) >= self.impairment.queue
        if full or self.held >= HELD_DATAGRAMS or self.held_bytes + datagram.size > HELD_BYTES:
            self._told.append(
                Told(datagram.number, Fate.QUEUE_FULL, datagram.item, now, 0.0, datagram.queued)
            )
            return
        self.held += 1
        self.held_bytes += datagram.size
        if not rate:
            self._fly(datagram, now)
            return
        if not self._queue:
            self._sent_at = now + 1.0 / rate
        self._queue.append(datagram)

    def _fly(self, datagram: _Datagram[T], at: float) -> None:
        delay, jitter = self.impairment.delay, self.impairment.jitter
        if jitter:
            low = max(0.0, delay - jitter)
            delay = low + datagram.lot * (delay + jitter - low)
        if not delay and not self._flying:
            self._arrive(datagram, at)
            return
        self._order += 1
        heapq.heappush(self._flying, (at + delay, self._order, datagram))

    def _advance(self, now: float) -> None:
        """Let everything happen that is due, in its order in time."""
        while True:
            sent_at = self._sent_at if self._queue else now + 1.0
            arrives_at = self._flying[0][0] if self._flying else now + 1.0
            overdue_at = self._late[0][0] if self._late else now + 1.0
            if min(sent_at, arrives_at, overdue_at) > now:
                return
            if sent_at <= arrives_at and sent_at <= overdue_at:
                datagram = self._queue.popleft()
                self._sent_at = sent_at + 1.0 / self.impairment.rate
                self._fly(datagram, sent_at)
            elif arrives_at <= overdue_at:
                _at, _order, datagram = heapq.heappop(self._flying)
                self._arrive(datagram, arrives_at)
            else:
                _at, datagram = self._late.pop(0)
                self._tell(datagram, overdue_at)

    def _arrive(self, datagram: _Datagram[T], at: float) -> None:
        if datagram.is_late:
            self._late.append((at + HOLD_SECONDS, datagram))
            return
        self._tell(datagram, at)
        if self._late:
            overtaken = [late for _at, late in self._late if late.number < datagram.number]
            self._late = [held for held in self._late if held[1].number >= datagram.number]
            for late in overtaken:
                self._tell(late, at)

    def _tell(self, datagram: _Datagram[T], at: float) -> None:
        self.held -= 1
        self.held_bytes -= datagram.size
        fate = Fate.PASSED
        if datagram.is_copy:
            fate = Fate.DOUBLED
        elif datagram.number < self._highest:
            fate = Fate.REORDERED
        self._highest = max(self._highest, datagram.number)
        self._told.append(Told(datagram.number, fate, datagram.item, at, at - datagram.came, datagram.queued))
