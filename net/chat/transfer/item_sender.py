"""Sending: what the receiver of one transfer asks for, one answer after another in the order of asking.

A file is read by a thread a few blocks ahead and hashed as it is sent. At most `TransferContext.window` bytes
are on the way beyond what the receiver has reported to be on its disk, so that a slow disk there costs no
memory here or there; above that, and while the line is full, the sender waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from net.chat.events import TransferStage
from net.chat.history.records import ItemRecord
from net.chat.transfer.context import TransferContext, TransferLine, Turn
from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.offer import from_source
from net.chat.transfer.sent import SentItems
from net.chat.transfer.source import Source
from net.chat.transfer.status import TransferStatus
from net.protocol.chat.messages import (
    MAX_ITEMS,
    Begin,
    End,
    Missing,
    Received,
    TransferItem,
    TransferItems,
    Want,
)

READ_BLOCKS = 8
"""Blocks read by one hand-over to a thread; as many again are read ahead."""

MAX_WANTED = 64
"""Items asked for and not answered; a receiver asks for fewer at a time."""

MAX_LIST_BYTES = 48_000
"""Bytes of names in one `TransferItems`, so that it fits a control frame."""

LIST_QUEUE = 1024 * 1024
"""Bytes waiting in the line above which no more items are listed."""


class ItemSender:
    """``sent`` is kept up to date with what was sent and received. Each `list_items` and `send` names the
    line to answer on; after `drop` it may be another one."""

    def __init__(
        self,
        context: TransferContext,
        status: TransferStatus,
        items: Sequence[ItemRecord],
        sent: SentItems,
    ) -> None:
        self._context = context
        self._status = status
        self._items = items
        self._sent = sent
        self._now_is: dict[int, tuple[int, int]] = {}
        self._list_from: int | None = None
        self._wants: deque[Want] = deque()
        self._request = -1
        self._position = 0
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._turn = Turn(context, context.sending_turns)

    def list_items(self, line: TransferLine, first: int) -> None:
        """Name the items from ``first`` on."""
        self._list_from = first
        self._work(line)

    def send(self, line: TransferLine, want: Want) -> None:
        """Above MAX_WANTED unanswered ones it is ignored."""
        if want.item < len(self._items) and len(self._wants) < MAX_WANTED:
            self._wants.append(want)
            self._work(line)

    def received(self, message: Received) -> None:
        """The receiver reports how far it is."""
        self._sent.received(message.request, message.position)
        if message.request == self._request:
            self._position = max(self._position, message.position)
            self._wake.set()

    def drained(self) -> None:
        """The line is writable again."""
        self._wake.set()

    def drop(self) -> None:
        """Answer nothing more of what was asked for."""
        self._wants.clear()
        self._sent.dropped()
        self._list_from = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _work(self, line: TransferLine) -> None:
        if self._task is None:
            self._task = self._context.loop.create_task(self._answer(line))

    async def _answer(self, line: TransferLine) -> None:
        try:
            while line.is_open:
                if self._list_from is not None:
                    first, self._list_from = self._list_from, None
                    await self._list(line, first)
                elif self._wants:
                    async with self._turn:
                        await self._send_item(line, self._wants.popleft())
                else:
                    break
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _list(self, line: TransferLine, first: int) -> None:
        """All items from ``first`` on, in as many messages as they need."""
        while first < len(self._items):
            part: list[TransferItem] = []
            weight = 0
            for item in self._items[first : first + MAX_ITEMS]:
                weight += 64 + sum(len(name.encode()) + 5 for name in item.components)
                if part and weight > MAX_LIST_BYTES:
                    break
                path = list(item.components)
                part.append(
                    TransferItem(path=path, size=item.size, modified=item.modified, folder=item.folder)
                )
            await self._until(lambda: line.writable or line.queued <= LIST_QUEUE)
            line.send(TransferItems(transfer=self._status.id, first=first, items=part))
            first += len(part)

    async def _send_item(self, line: TransferLine, want: Want) -> None:
        status, item = self._status, self._items[want.item]
        source = Source(from_source(item.source))
        on_disk = self._context.on_disk
        size, modified = self._now_is.get(want.item, (item.size, item.modified))
        try:
            await on_disk(source.open, size, modified, want.offset)
            status.enter(TransferStage.RUNNING)
            self._sent.begun(want.request, want.item, want.offset, source.size)
            channel = self._context.new_channel()
            line.send(
                Begin(
                    transfer=status.id,
                    item=want.item,
                    channel=channel,
                    offset=want.offset,
                    size=source.size,
                    modified=source.modified,
                    request=want.request,
                )
            )
            await self._stream(line, source, want, channel)
            line.send(End(channel=channel, digest=await on_disk(source.digest)))
            self._sent.ended(want.request)
        except TransferError as error:
            if error.fault is TransferFault.CHANGED:
                # Whoever tries again gets the file as it is then.
                await on_disk(source.look)
                self._now_is[want.item] = (source.size, source.modified)
                status.advance(status.record.done, status.record.size + source.size - size)
            reason = error.fault.value
            self._sent.missing(want.item, reason)
            line.send(Missing(transfer=status.id, item=want.item, reason=reason, request=want.request))
        finally:
            self._context.aside(source.close)

    async def _stream(self, line: TransferLine, source: Source, want: Want, channel: int) -> None:
        """The next blocks are read while these are sent."""
        context = self._context
        self._request, self._position = want.request, want.offset
        free = want.offset + context.window
        sent = want.offset

        def may_send() -> bool:
            nonlocal free
            free = self._position + context.window
            return line.writable and sent < free

        ahead = context.loop.create_task(context.on_disk(source.read, READ_BLOCKS))
        try:
            while blocks := await ahead:
                ahead = context.loop.create_task(context.on_disk(source.read, READ_BLOCKS))
                for block in blocks:
                    if not line.writable or sent >= free:
                        await self._until(may_send)
                    source.hash(block)
                    line.send_data(channel, block)
                    sent += len(block)
        finally:
            ahead.add_done_callback(_take_outcome)
            ahead.cancel()

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Until it holds; looked at whenever the line drains or the receiver reports how far it is."""
        while not condition():
            self._wake.clear()
            await self._turn.wait(self._wake)


def _take_outcome(task: asyncio.Task[list[memoryview]]) -> None:
    """What was read ahead for nothing may have failed for nothing."""
    if not task.cancelled():
        task.exception()
