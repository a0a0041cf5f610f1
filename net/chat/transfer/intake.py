"""What a receiver asked for and what has arrived of it, until it is written."""

from __future__ import annotations

import asyncio
from collections import deque

from net.chat.transfer.arrival import Arrival, ItemRequest
from net.chat.transfer.context import TransferContext, Turn

WRITE_BYTES = 2 * 1024 * 1024
"""Bytes that are worth a hand-over to a thread."""

MAX_WRITE_BYTES = 4 * 1024 * 1024
"""Bytes of one hand-over."""

WRITE_DELAY = 0.2
"""Seconds after which fewer bytes are written too."""


class Intake:
    """Of one run of receiving. ``asked``: what was asked for, in that order, which is the order of the
    answers; ``queued``: bytes that have arrived and wait to be written."""

    def __init__(self, context: TransferContext) -> None:
        self.asked: deque[ItemRequest] = deque()
        self.queued = 0
        self.turn = Turn(context, context.receiving_turns)
        self._loop = context.loop
        self._arrived: deque[Arrival] = deque()
        self._urgent = False
        self._wake = asyncio.Event()

    @property
    def bytes_asked(self) -> int:
        """ItemRequest for and not here."""
        return sum(request.size - request.position for request in self.asked)

    def current(self) -> ItemRequest | None:
        """The one that is answered now: answers come in the order of asking."""
        return next((request for request in self.asked if not request.ended), None)

    def put(self, arrival: Arrival) -> None:
        first = not self._arrived
        self._arrived.append(arrival)
        self.queued += len(arrival.data)
        if not arrival.data or self.queued >= WRITE_BYTES:
            self._hurry()
        elif first:
            self._loop.call_later(WRITE_DELAY, self._hurry)

    def wake(self) -> None:
        """Something else than data has come."""
        self._wake.set()

    async def woken(self) -> None:
        self._wake.clear()
        await self.turn.wait(self._wake)

    async def collected(self) -> list[Arrival]:
        """What is worth a hand-over."""
        while not self._arrived or not self._urgent:
            await self.woken()
        arrivals: list[Arrival] = []
        size = 0
        while self._arrived and size < MAX_WRITE_BYTES:
            arrivals.append(self._arrived.popleft())
            size += len(arrivals[-1].data)
        self.queued -= size
        self._urgent = self.queued >= WRITE_BYTES or any(not arrival.data for arrival in self._arrived)
        if self._arrived and not self._urgent:
            self._loop.call_later(WRITE_DELAY, self._hurry)
        return arrivals

    def _hurry(self) -> None:
        self._urgent = True
        self._wake.set()
