"""All transfers of this PC: what the chat's core talks to.

    transfers = Transfers(loop, store, changed)
    await transfers.load()                          # what was not over when the program ended
    found = await transfers.scan(paths)             # once for all receivers
    offer = await transfers.offer(record, found)    # the message for the outbox
    transfers.take_offer(record)                    # an Offer came out of the peer's outbox
    transfers.attach(identity, link) ... detach(identity); take(), take_data(), drained()

All on the loop's thread. Identities and transfers are hex.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from net.chat.events import TransferChanged, TransferItemsChanged, TransferStage
from net.chat.history.records import TransferRecord
from net.chat.transfer.context import TransferContext, TransferLine, TransferStore
from net.chat.transfer.incoming import Incoming
from net.chat.transfer.ledger import Ledger
from net.chat.transfer.offer import Scan, from_source, scan
from net.chat.transfer.outgoing import Outgoing
from net.chat.transfer.preview import checked_preview, make_preview
from net.chat.transfer.sent import SentItems
from net.chat.transfer.watching import ItemList, ItemWatch
from net.protocol.chat.messages import (
    MAX_FILE_NAME,
    Accept,
    Begin,
    End,
    Missing,
    Offer,
    Received,
    TransferItems,
    TransferState,
    Want,
    Wire,
)

DISK_THREADS = 4

_ANSWERS = {
    TransferStage.FINISHED: "finished",
    TransferStage.DECLINED: "declined",
    TransferStage.CANCELLED_HERE: "cancelled",
    TransferStage.CANCELLED_THERE: "cancelled",
}
_TO_SENDER = (Accept, Want, Received)
_TO_RECEIVER = (TransferItems, Begin, Missing)
TRANSFER_MESSAGES = (*_TO_SENDER, *_TO_RECEIVER, TransferState, End)
"""The types of what `Transfers.take` takes."""


class Transfers:
    """``changed`` is told each new state, at most ten times a second for each transfer; ``items_changed`` the
    items of those that are watched."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        store: TransferStore,
        changed: Callable[[TransferChanged], None],
        items_changed: Callable[[TransferItemsChanged], None] = lambda changed: None,
        *,
        window: int | None = None,
    ) -> None:
        self._executor = ThreadPoolExecutor(DISK_THREADS, "transfer")
        self._context = TransferContext(loop, self._executor, store, changed)
        if window is not None:
            self._context.window = window
        self._links: dict[str, TransferLine] = {}
        self._all: dict[str, Outgoing | Incoming] = {}
        self._channels: dict[tuple[str, int], Incoming] = {}
        self._items_changed = items_changed
        self._watches: dict[str, ItemWatch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    # --- From the disk, and to it ---

    async def load(self) -> None:
        """Take up all that was not over."""
        store = self._context.store
        for record in await store.open():
            if record.transfer in self._all:
                continue
            if record.incoming:
                items, progress = await store.items(record.transfer), await store.progress(record.transfer)
                self._add(Incoming(self._context, record, items, progress))
            else:
                self._add(Outgoing(self._context, record, await store.items(record.group)))

    async def stop(self) -> None:
        """Save, let go of all files, end the threads. Nothing may be called after it."""
        self._closed = True
        for watch in self._watches.values():
            watch.close()
        for transfer in self._all.values():
            transfer.close()
        for transfer in self._all.values():
            if isinstance(transfer, Incoming):
                await transfer.settled()
        for task in tuple(self._tasks):
            task.cancel()
        await self._context.loop.run_in_executor(None, self._executor.shutdown)

    async def scan(self, paths: Sequence[Path]) -> Scan:
        """What is to be sent; see `net.chat.transfer.offer.scan`."""
        return await self._context.on_disk(lambda: scan(paths, stopped=lambda: self._closed))

    async def offer(self, record: TransferRecord, found: Scan, room: bytes = b"") -> Offer:
        """Begin to offer ``found`` (with at least one item) as ``record`` says; title, count, size and
        preview are filled in. Gives the message that goes through the outbox. The transfers of one group give
        the same ``found``."""
        preview = record.preview
        if record.picture and not preview:
            preview = await self._context.on_disk(make_preview, from_source(found.items[0].source))
        record = replace(
            record,
            title=record.title or found.title,
            count=len(found.items),
            size=found.size,
            preview=preview,
            picture=record.picture and bool(preview),
            stage=TransferStage.OFFERED,
        )
        if not any(other.status.record.group == record.group for other in self._all.values()):
            self._context.store.add_items(record.group, found.items)
        self._context.store.save(record)
        outgoing = Outgoing(self._context, record, found.items)
        self._add(outgoing)
        self._context.changed(outgoing.status.event())
        return Offer(
            id=bytes.fromhex(record.transfer),
            time=record.time // 1_000_000,
            title=record.title[:MAX_FILE_NAME],
            count=record.count,
            size=record.size,
            picture=record.picture,
            preview=record.preview,
            room=room,
        )

    async def take_offer(self, record: TransferRecord) -> TransferRecord:
        """An offer that arrived. Gives the record as it is kept: a preview that is none is left out."""
        preview = await self._context.on_disk(checked_preview, record.preview)
        record = replace(
            record, preview=preview, incoming=True, stage=TransferStage.OFFERED, done=0, folder=""
        )
        if record.transfer not in self._all:
            self._context.store.save(record)
            incoming = Incoming(self._context, record)
            self._add(incoming)
            self._context.changed(incoming.status.event())
        return record

    # --- The user ---

    def accept(self, transfer: str, folder: Path) -> None:
        found = self._all.get(transfer)
        if isinstance(found, Incoming):
            found.accept(folder)

    def decline(self, transfer: str) -> None:
        found = self._all.get(transfer)
        if isinstance(found, Incoming):
            found.decline()

    def pause(self, transfer: str) -> None:
        if transfer in self._all:
            self._all[transfer].pause()

    def resume(self, transfer: str) -> None:
        """Go on, or try again what failed."""
        if transfer in self._all:
            self._all[transfer].resume()

    def cancel(self, transfer: str) -> None:
        if transfer in self._all:
            self._all[transfer].cancel()

    def get(self, transfer: str) -> TransferChanged | None:
        """How it stands now; None for one that is not known, or was over before the program began."""
        found = self._all.get(transfer)
        return found.status.event() if found is not None else None

    def open(self) -> list[TransferChanged]:
        """All that are not over."""
        return [found.status.event() for found in self._all.values() if not found.status.is_over]

    def watch(self, transfer: str) -> None:
        """Tell its items, all of them and then those that change; those of one that is over too. Once more:
        from the beginning."""
        self.unwatch(transfer)
        found = self._all.get(transfer)
        if found is None:
            self._spawn(self._watch_old(transfer))
        else:
            self._watch(transfer, found.status.record.count, found.items)

    def unwatch(self, transfer: str) -> None:
        watch = self._watches.pop(transfer, None)
        if watch is not None:
            watch.close()

    def _watch(self, transfer: str, count: int, items: ItemList) -> None:
        loop = self._context.loop
        self._watches[transfer] = ItemWatch(loop, transfer, count, items, self._items_changed)

    async def _watch_old(self, transfer: str) -> None:
        """What the program does not hold any more."""
        store = self._context.store
        record = await store.get(transfer)
        if record is None:
            self._items_changed(TransferItemsChanged(transfer, 0, (), whole=True))
            return
        items: ItemList
        if record.incoming:
            items = Ledger(transfer, store, await store.items(transfer), await store.progress(transfer))
        else:
            finished = record.stage is TransferStage.FINISHED
            items = SentItems(await store.items(record.group), finished)
        if not self._closed and transfer not in self._watches:
            self._watch(transfer, record.count, items)

    # --- The peers ---

    def attach(self, identity: str, link: TransferLine) -> None:
        """A talking link with this person is up; a former one is forgotten."""
        self._forget_channels(identity)
        self._links[identity] = link
        for found in tuple(self._all.values()):
            if found.status.record.identity == identity:
                found.attach(link)

    def detach(self, identity: str) -> None:
        """The link is gone."""
        self._links.pop(identity, None)
        self._forget_channels(identity)
        for found in tuple(self._all.values()):
            if found.status.record.identity == identity:
                found.detach()
                if found.status.is_over:
                    # The store answers for it from now on.
                    del self._all[found.status.record.transfer]

    def drained(self, identity: str) -> None:
        """The link is writable again."""
        for found in self._all.values():
            if isinstance(found, Outgoing) and found.status.record.identity == identity:
                found.drained()

    def take(self, identity: str, message: Wire) -> bool:
        """A message of this person. False where it is none about transfers (an Offer comes through the
        outbox, and goes to `take_offer`)."""
        if isinstance(message, End):
            incoming = self._channels.pop((identity, message.channel), None)
            if incoming is not None:
                incoming.take_end(message)
            return True
        if not isinstance(message, (*_TO_SENDER, *_TO_RECEIVER, TransferState)):
            return False
        transfer = message.transfer.hex()
        found = self._all.get(transfer)
        if found is None or found.status.record.identity != identity:
            if isinstance(message, Accept) or (
                isinstance(message, TransferState) and message.state == "asking"
            ):
                self._spawn(self._answer_for_old(identity, transfer))
        elif isinstance(found, Outgoing):
            if isinstance(message, (*_TO_SENDER, TransferState)):
                found.take(message)
        elif not isinstance(message, _TO_SENDER) and found.take(message) and isinstance(message, Begin):
            self._channels[identity, message.channel] = found
        return True

    def take_data(self, identity: str, channel: int, data: bytes | bytearray) -> None:
        """File data of this person; what nobody asked for is let go by."""
        incoming = self._channels.get((identity, channel))
        if incoming is not None:
            incoming.take_data(channel, data)

    async def _answer_for_old(self, identity: str, transfer: str) -> None:
        """What was over before this start is in the store only."""
        record = await self._context.store.get(transfer)
        link = self._links.get(identity)
        if link is not None and link.is_open and transfer not in self._all:
            known = record is not None and record.identity == identity
            state = _ANSWERS.get(record.stage, "unknown") if known and record is not None else "unknown"
            done = record.done if known and record is not None else 0
            link.send(TransferState(transfer=bytes.fromhex(transfer), state=state, done=done))

    def _spawn(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = self._context.loop.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _add(self, transfer: Outgoing | Incoming) -> None:
        record = transfer.status.record
        self._all[record.transfer] = transfer
        link = self._links.get(record.identity)
        if link is not None:
            transfer.attach(link)

    def _forget_channels(self, identity: str) -> None:
        for key in [key for key in self._channels if key[0] == identity]:
            del self._channels[key]
