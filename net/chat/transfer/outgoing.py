"""The sender's side of one transfer with one person.

It answers: items to `Accept`, an item's bytes to `Want`, one after another and in the order of asking. The
receiver decides what it needs and from where; so a break, a restart and a retry are all the same to the
sender. How far the transfer is, it learns from the receiver.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from net.chat.events import TransferChanged, TransferStage
from net.chat.history.records import ItemRecord, TransferRecord
from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.offer import from_source
from net.chat.transfer.sent import SentItems
from net.chat.transfer.source import Source
from net.chat.transfer.standing import Standing
from net.chat.transfer.surroundings import Surroundings, TransferLink, Turn
from net.protocol.chat.messages import (
    MAX_ITEMS,
    Accept,
    Begin,
    End,
    Missing,
    Received,
    TransferItem,
    TransferItems,
    TransferState,
    Want,
    Wire,
)

READ_BLOCKS = 8
"""Blocks read by one hand-over to a thread; as many again are read ahead."""

MAX_WANTED = 64
"""Items asked for and not answered; a receiver asks for fewer at a time."""

MAX_LIST_BYTES = 48_000
"""Bytes of names in one `TransferItems`, so that it fits a control frame."""

LIST_QUEUE = 1024 * 1024
"""Bytes waiting in the link above which no more items are listed."""

_THEIRS = {
    "declined": TransferStage.DECLINED,
    "cancelled": TransferStage.CANCELLED_THERE,
    "finished": TransferStage.FINISHED,
}


class Outgoing:
    """``items``: shared with the other transfers of the same group. Everything runs on the loop's thread."""

    def __init__(self, around: Surroundings, record: TransferRecord, items: Sequence[ItemRecord]) -> None:
        self.items = SentItems(items)
        self._around = around
        self._items = items
        self._standing = Standing(around, record)
        self._link: TransferLink | None = None
        self._paused_here = record.stage is TransferStage.PAUSED_HERE
        self._paused_there = record.stage is TransferStage.PAUSED_THERE
        self._now_is: dict[int, tuple[int, int]] = {}
        self._retry = False
        self._list_from: int | None = None
        self._wants: deque[Want] = deque()
        self._request = -1
        self._position = 0
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._turn = Turn(around, around.sending_turns)

    @property
    def record(self) -> TransferRecord:
        return self._standing.record

    @property
    def is_over(self) -> bool:
        return self._standing.is_over

    def event(self) -> TransferChanged:
        """How it stands now."""
        return self._standing.event()

    # --- The link ---

    def attach(self, link: TransferLink) -> None:
        """There is a link to the receiver: ask for its truth."""
        self._drop_work()
        self._link = link
        if self._retry:
            self._tell_peer("resumed")
            self._retry = False
        if not self.is_over:
            self._tell_peer("asking")

    def detach(self) -> None:
        """The link is gone."""
        self._link = None
        self._drop_work()
        if self._standing.stage is TransferStage.RUNNING:
            self._standing.enter(TransferStage.WAITING)

    def drained(self) -> None:
        """The link is writable again."""
        self._wake.set()

    # --- The user ---

    def pause(self) -> None:
        if self._standing.is_over or self._standing.stage in {TransferStage.OFFERED, TransferStage.FAILED}:
            return
        self._paused_here = True
        self._drop_work()
        self._standing.enter(TransferStage.PAUSED_HERE)
        self._tell_peer("paused")

    def resume(self) -> None:
        """Go on after a pause; after a failure the receiver is asked to try again what failed."""
        if self._standing.is_over:
            return
        if self._standing.stage is TransferStage.FAILED:
            self._standing.failed = ()
            self._standing.enter(TransferStage.WAITING)
            self._retry = self._link is None
            self._tell_peer("resumed")
        elif self._paused_here:
            self._paused_here = False
            self._standing.enter(TransferStage.PAUSED_THERE if self._paused_there else TransferStage.WAITING)
            self._tell_peer("resumed")

    def cancel(self) -> None:
        if self._standing.is_over:
            return
        self._drop_work()
        self._standing.enter(TransferStage.CANCELLED_HERE)
        self._tell_peer("cancelled")

    def close(self) -> None:
        """The program ends: nothing more is told."""
        self._link = None
        self._drop_work()
        self._standing.close()

    # --- The peer ---

    def take(self, message: Wire) -> None:
        """Accept, Want, Received or TransferState of this transfer."""
        if isinstance(message, TransferState):
            self._take_state(message)
        elif self._standing.is_over or self._paused_here:
            self._tell_truth()
        elif isinstance(message, Accept):
            if self._standing.stage in {TransferStage.OFFERED, TransferStage.FAILED}:
                self._standing.enter(TransferStage.WAITING)
            self._paused_there = False
            self._list_from = message.have
            self._work()
        elif isinstance(message, Want):
            if message.item < len(self._items) and len(self._wants) < MAX_WANTED:
                self._wants.append(message)
                self._work()
        elif isinstance(message, Received):
            self._advance(message.done)
            self.items.received(message.request, message.position)
            if message.request == self._request:
                self._position = max(self._position, message.position)
                self._wake.set()

    def _take_state(self, message: TransferState) -> None:
        state = message.state
        if state == "asking":
            self._tell_truth()
        elif self._standing.is_over or state == "offered":
            return
        elif state in _THEIRS:
            self._drop_work()
            if state == "finished":
                self._standing.advance(self.record.size)
                self.items.finished()
            self._standing.enter(_THEIRS[state])
        elif state == "unknown":
            # Before the offer has arrived the receiver can't know it.
            if self._standing.stage is not TransferStage.OFFERED:
                self._standing.enter(TransferStage.CANCELLED_THERE)
        elif state == "failed":
            self._drop_work()
            self._standing.failed = tuple(message.failed)
            self.items.failed(message.failed, message.reason)
            self._advance(message.done)
            self._standing.enter(TransferStage.FAILED, message.reason)
        elif state == "paused":
            self._paused_there = True
            self._drop_work()
            self._advance(message.done)
            if not self._paused_here:
                self._standing.enter(TransferStage.PAUSED_THERE)
        elif state in {"resumed", "running"}:
            self._paused_there = False
            self._advance(message.done)
            if self._standing.stage in {
                *(TransferStage.OFFERED, TransferStage.PAUSED_THERE, TransferStage.FAILED)
            }:
                self._standing.enter(TransferStage.WAITING)

    def _advance(self, done: int) -> None:
        self._standing.advance(min(done, self.record.size))

    @property
    def _id(self) -> bytes:
        return bytes.fromhex(self.record.transfer)

    def _tell_peer(self, state: str) -> None:
        if self._link is not None:
            self._link.send(TransferState(transfer=self._id, state=state))

    def _tell_truth(self) -> None:
        if self._standing.stage is TransferStage.CANCELLED_HERE:
            self._tell_peer("cancelled")
        elif self._paused_here:
            self._tell_peer("paused")
        elif not self.is_over:
            self._tell_peer("offered" if self._standing.stage is TransferStage.OFFERED else "running")

    # --- The work ---

    def _drop_work(self) -> None:
        self._wants.clear()
        self.items.dropped()
        self._list_from = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def _work(self) -> None:
        if self._task is None:
            self._task = self._around.loop.create_task(self._answer())

    async def _answer(self) -> None:
        try:
            while (link := self._link) is not None and link.is_open:
                if self._list_from is not None:
                    first, self._list_from = self._list_from, None
                    await self._list(link, first)
                elif self._wants:
                    async with self._turn:
                        await self._send_item(link, self._wants.popleft())
                else:
                    break
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _list(self, link: TransferLink, first: int) -> None:
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
            await self._until(lambda: link.writable or link.queued <= LIST_QUEUE)
            link.send(TransferItems(transfer=self._id, first=first, items=part))
            first += len(part)

    async def _send_item(self, link: TransferLink, want: Want) -> None:
        item = self._items[want.item]
        source = Source(from_source(item.source))
        on_disk = self._around.on_disk
        size, modified = self._now_is.get(want.item, (item.size, item.modified))
        try:
            await on_disk(source.open, size, modified, want.offset)
            self._standing.enter(TransferStage.RUNNING)
            self.items.begun(want.request, want.item, want.offset, source.size)
            channel = self._around.new_channel()
            link.send(
                Begin(
                    transfer=self._id,
                    item=want.item,
                    channel=channel,
                    offset=want.offset,
                    size=source.size,
                    modified=source.modified,
                    request=want.request,
                )
            )
            await self._stream(link, source, want, channel)
            link.send(End(channel=channel, digest=await on_disk(source.digest)))
            self.items.ended(want.request)
        except TransferError as error:
            if error.fault is TransferFault.CHANGED:
                # Whoever tries again gets the file as it is then.
                await on_disk(source.look)
                self._now_is[want.item] = (source.size, source.modified)
                self._standing.advance(self.record.done, self.record.size + source.size - size)
            reason = error.fault.value
            self.items.missing(want.item, reason)
            link.send(Missing(transfer=self._id, item=want.item, reason=reason, request=want.request))
        finally:
            self._around.aside(source.close)

    async def _stream(self, link: TransferLink, source: Source, want: Want, channel: int) -> None:
        """The next blocks are read while these are sent."""
        around = self._around
        self._request, self._position = want.request, want.offset
        free = want.offset + around.window
        sent = want.offset

        def may_send() -> bool:
            nonlocal free
            free = self._position + around.window
            return link.writable and sent < free

        ahead = around.loop.create_task(around.on_disk(source.read, READ_BLOCKS))
        try:
            while blocks := await ahead:
                ahead = around.loop.create_task(around.on_disk(source.read, READ_BLOCKS))
                for block in blocks:
                    if not link.writable or sent >= free:
                        await self._until(may_send)
                    source.hash(block)
                    link.send_data(channel, block)
                    sent += len(block)
        finally:
            ahead.add_done_callback(_take_outcome)
            ahead.cancel()

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Until it holds; looked at whenever the link drains or the receiver tells how far it is."""
        while not condition():
            self._wake.clear()
            await self._turn.wait(self._wake)


def _take_outcome(task: asyncio.Task[list[memoryview]]) -> None:
    """What was read ahead for nothing may have failed for nothing."""
    if not task.cancelled():
        task.exception()
