"""A program as a grader sees it, without sockets and with time that only jumps."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from net.lab.tasks.grading import (
    Broken,
    Close,
    Connect,
    Connected,
    Door,
    DoorsOpened,
    Ended,
    EndSending,
    Grader,
    OpenDoors,
    Received,
    Send,
    Verdict,
)

LONGEST = 10_000
"""Events after which a play has no end."""
CLOSES = Ended()
RESETS = Broken()

Reply = Callable[[bytes], list[Any]]
"""What a program does with what one recv brought (b"": the end of the stream): bytes to send, or an event."""


class Played(NamedTuple):
    verdict: Verdict
    sent: list[bytes]
    seconds: float


def play(
    grader: Grader,
    reply: Reply,
    *,
    first: list[Any],
    thinks: float = 0.001,
    connects: bool = True,
    doors: tuple[Door, ...] = (),
) -> Played:
    """``first``: what the program does when it begins; ``thinks``: seconds between recv and answer."""
    waiting: list[tuple[float, int, Any]] = []
    numbers = itertools.count()
    sent: list[bytes] = []
    now = 0.0

    def later(what: list[Any]) -> None:
        for each in what:
            event = Received(each) if isinstance(each, bytes) else each
            heapq.heappush(waiting, (now + thinks, next(numbers), event))

    def act() -> None:
        for action in grader.take_actions():
            if isinstance(action, Send):
                sent.append(action.data)
                later(reply(action.data))
            elif isinstance(action, EndSending):
                later(reply(b""))
            elif isinstance(action, OpenDoors):
                later([DoorsOpened(doors)])
            else:
                assert isinstance(action, Close | Connect)

    grader.advance(now, Connected() if connects else None)
    later(first)
    for _ in range(LONGEST):
        act()
        if grader.verdict is not None:
            return Played(grader.verdict, sent, now)
        wake = grader.wake
        assert wake is not None
        if waiting and waiting[0][0] <= wake:
            now, _number, event = heapq.heappop(waiting)
            grader.advance(now, event)
        else:
            now = max(now, wake)
            grader.advance(now)
    raise AssertionError(f"no verdict after {now} s")


class LineReader:
    """Splits what comes into lines; ``answer`` makes the reply to one."""

    def __init__(self, answer: Callable[[bytes], bytes], closes: bool = True) -> None:
        self._answer = answer
        self._closes = closes
        self._data = b""

    def __call__(self, data: bytes) -> list[Any]:
        if not data:
            return [CLOSES] if self._closes else []
        self._data += data
        *lines, self._data = self._data.split(b"\n")
        return [self._answer(line) for line in lines]
