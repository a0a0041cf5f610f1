"""What a transfer needs beside itself: a line to the peer, a place to remember, threads for the disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar

from net.chat.events import LeftOut, TransferChanged
from net.chat.history.records import ItemProgress, ItemRecord, TransferRecord
from net.protocol.chat.messages import Wire

T = TypeVar("T")

BLOCK = 256 * 1024
"""Bytes of one data frame."""

WINDOW = 16 * 1024 * 1024
"""Bytes on the way beyond what the receiver has on its disk: bounds the memory a slow disk costs."""

SENDING_AT_ONCE = 8
"""Items that are read and sent at the same time; the others wait for their turn."""

RECEIVING_AT_ONCE = 8
"""Transfers that are received at the same time."""

STALLED_AFTER = 10.0
"""Seconds without a sign from the peer after which its turn goes to another."""


class TransferLine(Protocol):
    """The part of a `net.chat.line.Line` that a transfer uses."""

    @property
    def is_open(self) -> bool: ...

    @property
    def writable(self) -> bool: ...

    @property
    def queued(self) -> int: ...

    def send(self, message: Wire) -> None: ...

    def send_data(self, channel: int, data: bytes | bytearray | memoryview) -> None: ...

    def give_back(self, data: bytes | bytearray) -> None: ...


class TransferStore(Protocol):
    """Where transfers are remembered. Called on the loop's thread, must not block; what is saved later is
    stored later. An awaited answer means: on the disk."""

    def save(self, record: TransferRecord) -> None: ...

    def add_items(self, owner: str, items: Sequence[ItemRecord]) -> None: ...

    def save_left_out(self, group: str, left_out: LeftOut) -> None: ...

    def save_progress(self, transfer: str, progress: Sequence[ItemProgress]) -> Awaitable[None]: ...

    def get(self, transfer: str) -> Awaitable[TransferRecord | None]: ...

    def open(self) -> Awaitable[list[TransferRecord]]:
        """All transfers that are not over."""

    def items(self, owner: str) -> Awaitable[list[ItemRecord]]:
        """``owner``: the group of a sending, or an incoming transfer's id."""

    def progress(self, transfer: str) -> Awaitable[list[ItemProgress]]: ...


@dataclass
class TransferContext:
    """``changed`` is called on the loop's thread, at most ten times a second for each transfer, and at once
    for each new stage."""

    loop: asyncio.AbstractEventLoop
    executor: Executor
    store: TransferStore
    changed: Callable[[TransferChanged], None]
    clock: Callable[[], float] = time.monotonic
    window: int = WINDOW
    sending_turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SENDING_AT_ONCE))
    receiving_turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RECEIVING_AT_ONCE))
    _channel: int = 0

    def new_channel(self) -> int:
        self._channel = self._channel % (2**32 - 1) + 1
        return self._channel

    async def on_disk(self, function: Callable[..., T], *arguments: object) -> T:
        """Run in a thread of the transfers' own."""
        return await self.loop.run_in_executor(self.executor, partial(function, *arguments))

    def aside(self, function: Callable[[], object]) -> None:
        """Run in a thread, and nobody waits (closing files); after the executor's end, here."""
        try:
            self.executor.submit(function)
        except RuntimeError:
            function()


class Turn:
    """One of the turns of ``turns``, held for the length of the ``async with``, but for long waits."""

    def __init__(self, context: TransferContext, turns: asyncio.Semaphore) -> None:
        self._loop = context.loop
        self._turns = turns
        self._held = False

    async def __aenter__(self) -> Turn:
        await self._turns.acquire()
        self._held = True
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._release()

    async def wait(self, event: asyncio.Event) -> None:
        """Until ``event``. After STALLED_AFTER seconds the turn is let go, and taken again afterwards."""
        timer = self._loop.call_later(STALLED_AFTER, self._release)
        try:
            await event.wait()
        finally:
            timer.cancel()
        if not self._held:
            await self._turns.acquire()
            self._held = True

    def _release(self) -> None:
        if self._held:
            self._held = False
            self._turns.release()
