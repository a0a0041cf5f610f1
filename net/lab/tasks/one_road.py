"""`one-road` (UDP): 300 numbers through a narrow road whose width changes, without filling it with waste.

The program sends datagrams ``WHO N``, N from 1 to 300, in any order, and each again until its answer ``N
ok`` has come; at the end ``WHO done``. The road carries so many datagrams a second and has a short queue;
what finds the queue full is lost without a word. Its rate changes two times, by the seed. Passed: of all
datagrams sent at least `USEFUL_SHARE` brought something new, and it took at most `TOO_SLOW` seconds, which
one at a time does not reach."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from net.lab.tasks.grading import Failed
from net.lab.tasks.reliability import NumberedSender

if TYPE_CHECKING:
    from net.lab.tasks.grading import Script

NUMBERS = 300
USEFUL_SHARE = 0.8
SENT_LIMIT = 2 * NUMBERS
"""Datagrams after which waste is certain."""
QUEUE = 8
"""Datagrams that may wait."""
DELAY = 0.06
"""Seconds that the road takes in each direction, without the queue."""


class Road:
    """One datagram after the other, at a rate that changes with time; a queue of `QUEUE`."""

    def __init__(self, phases: list[tuple[float, float]]) -> None:
        """``phases``: (until when, datagrams a second), times counted from the first datagram."""
        self._phases = phases
        self._leaving: deque[float] = deque()

    def enter(self, now: float) -> float | None:
        """When a datagram that enters now leaves the road's narrow place; None if the queue is full."""
        while self._leaving and self._leaving[0] <= now:
            self._leaving.popleft()
        if len(self._leaving) > QUEUE:
            return None
        start = self._leaving[-1] if self._leaving else now
        self._leaving.append(start + 1 / self._rate(start))
        return self._leaving[-1]

    def _rate(self, time: float) -> float:
        return next((rate for until, rate in self._phases if time < until), self._phases[-1][1])


class OneRoad(NumberedSender):
    LAST = NUMBERS
    ONE_AT_A_TIME = False
    TOO_SLOW = 20.0

    def script(self) -> Script[None]:
        draw = self.random.uniform
        narrow = draw(1.2, 1.8)
        road = Road([(narrow, draw(70, 90)), (narrow + draw(3.0, 4.0), draw(12, 18)), (1e9, draw(100, 130))])
        begun = sent = lost = 0.0
        while True:
            number = yield from self.read_number()
            if not begun:
                begun = self.now
            if number is None:
                break
            sent += 1
            left = road.enter(self.now - begun)
            if left is None:
                lost += 1
            else:
                self.send_answer(number, left - (self.now - begun) + 2 * DELAY)
            if sent > SENT_LIMIT:
                raise Failed("road-wasted", **self._values(sent, lost))
            if self.now - begun > self.TOO_SLOW:
                raise Failed("too-timid", seconds=int(self.TOO_SLOW), arrived=len(self.answered))
        missing = self.missing()
        if missing:
            raise Failed("done-too-early", missing=" ".join(str(number) for number in missing[:10]))
        if NUMBERS / sent < USEFUL_SHARE:
            raise Failed("road-wasted", **self._values(sent, lost))

    def _values(self, sent: float, lost: float) -> dict[str, int]:
        return {"sent": int(sent), "lost": int(lost), "percent": round(100 * len(self.answered) / sent)}
