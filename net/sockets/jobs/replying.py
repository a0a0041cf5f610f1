"""Auto-reply: rules reply to the messages of a session, so many a second to each peer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from net.address import Address
from net.events import Fault, FaultKind
from net.protocol.reply import ReplyRule, ReplyRules
from net.sockets.session import Session

PENDING_LIMIT = 10_000
"""Delayed replies that may be pending; further ones are dropped, which is reported."""


def now() -> datetime:
    """The present time in this PC's zone."""
    return datetime.now().astimezone()


class Replier:
    """Replies through ``session.send(..., origin="reply")``. ``report(session, fault)``: told of each
    reply that a limit prevented.

    Raises `ReplyRuleError` if a rule's reply cannot be encoded in ``codec``.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        session: Session,
        rules: Iterable[ReplyRule],
        codec: str,
        report: Callable[[int, Fault], object],
    ) -> None:
        self._loop = loop
        self._session = session
        self._rules = ReplyRules(rules, codec)
        self._report_fault = report
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._next = 0
        self._closed = False

    @property
    def pending(self) -> int:
        """The number of pending delayed replies."""
        return len(self._timers)

    def on_message(self, data: bytes, remote: Address) -> None:
        """Reply to one message from ``remote``: at once, or after the rule's delay."""
        if self._closed:
            return
        at_once: list[bytes] = []
        for answer in self._rules.answers(data, str(remote), now()):
            if answer.delay <= 0:
                at_once.append(answer.data)
            elif len(self._timers) < PENDING_LIMIT:
                self._later(answer.delay, answer.data, remote)
            else:
                self._report(Fault(FaultKind.REPLIES_PENDING, {"limit": PENDING_LIMIT}))
        if at_once:
            self._send(at_once, remote)
        for rule in self._rules.refused:
            limit = self._rules.rules[rule].limit
            self._report(Fault(FaultKind.REPLY_LIMIT, {"limit": limit, "address": str(remote)}))

    def close(self) -> None:
        """Send no more replies; pending ones are dropped. Idempotent."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _later(self, delay: float, data: bytes, remote: Address) -> None:
        number = self._next
        self._next += 1

        def send() -> None:
            del self._timers[number]
            self._send([data], remote)

        self._timers[number] = self._loop.call_later(delay, send)

    def _send(self, answers: Sequence[bytes], remote: Address) -> None:
        if self._session.is_open:
            self._session.send(answers, remote, "reply")

    def _report(self, fault: Fault) -> None:
        self._report_fault(self._session.session, fault)
