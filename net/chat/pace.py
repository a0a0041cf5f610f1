"""Pace: a peer that asks for much in a short time waits. Nothing of what it says is lost; TCP holds it back.

What goes through the outbox is held by the disk's pace, and file data by the receiver's; this is for all else
that costs us work or the window a redraw, however small it is on the wire.
"""

from __future__ import annotations

import asyncio
import time

from net.chat.limits import Bucket
from net.chat.line import Line
from net.protocol.chat.messages import (
    Begin,
    Delivered,
    End,
    Missing,
    Queued,
    Received,
    TransferItems,
    Want,
    Wire,
)
from net.protocol.chat.room_messages import RoomJoin

BURST = 3000
PER_SECOND = 1000.0
"""A room of a thousand may come at once, and a thousand transfers may be asked for."""

JOINS = 100
JOINS_PER_SECOND = 10.0
"""Each is answered with all the members, and with the log."""

PAUSE = 0.1
"""Seconds for which nothing is taken from who asks too much."""

_FREE = frozenset({Queued, Delivered, Begin, End, Missing, Received, TransferItems, Want})


class Pace:
    """Of one person, over all the links there are one after another."""

    __slots__ = ("_joins", "_loop", "_others")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        now = time.monotonic()
        self._loop = loop
        self._joins = Bucket(JOINS, JOINS_PER_SECOND, now)
        self._others = Bucket(BURST, PER_SECOND, now)

    def took(self, link: Line, message: Wire) -> None:
        """This came; the link is paused where it was too much."""
        if type(message) in _FREE:
            return
        bucket = self._joins if isinstance(message, RoomJoin) else self._others
        if not bucket.take(time.monotonic()):
            link.pause()
            self._loop.call_later(PAUSE, link.resume)
