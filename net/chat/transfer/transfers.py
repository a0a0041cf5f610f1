"""All transfers of this PC: what the chat's core talks to.

    transfers = Transfers(loop, store, changed)
    await transfers.load()                          # what was not over when the program ended
    found = await transfers.scan(paths)             # once for all receivers
    offer = await transfers.offer(record, found)    # the message for the outbox
    transfers.take_offer(record)                    # an Offer came out of the peer's outbox
    transfers.attach(identity, line) ... detach(identity); take(), take_data(), drained()

All on the loop's thread. Identities and transfers are hex.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from net.chat.events import TransferChanged, TransferItemsChanged, TransferStage
from net.chat.history.records import TransferRecord
from net.chat.tasks import Tasks
from net.chat.transfer.context import TransferContext, TransferLine, TransferStore
from net.chat.transfer.incoming import Incoming
from net.chat.transfer.offer import Scan, from_source, scan
from net.chat.transfer.outgoing import Outgoing
from net.chat.transfer.preview import make_preview
from net.chat.transfer.watches import ItemWatches
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
    """``changed`` gets each new state, at most ten times a second for each transfer; ``items_changed`` the
    items of those that are watched (`watches`)."""

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
        self._lines: dict[str, TransferLine] = {}
        self._all: dict[str, Outgoing | Incoming] = {}
        self._channels: dict[tuple[str, int], Incoming] = {}
        self._tasks = Tasks(loop)
        self.watches = ItemWatches(self._context, self._tasks, self._all, items_changed)
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
        self.watches.close()
        for transfer in self._all.values():
            transfer.close()
        for transfer in self._all.values():
            if isinstance(transfer, Incoming):
                await transfer.settled()
        self._tasks.cancel()
        await self._context.loop.run_in_executor(None, self._executor.shutdown)

    async def scan(self, paths: Sequence[Path]) -> Scan:
        """What is to be sent; see `net.chat.transfer.offer.scan`."""
        return await self._context.on_disk(lambda: scan(paths, stopped=lambda: self._closed))

    async def offer(self, record: TransferRecord, found: Scan, room: bytes = b"") -> Offer:
        """Begin to offer ``found`` (with at least one item) as ``record`` says; title, count, size, preview
        and what was left out are filled in. Gives the message that goes through the outbox. The transfers of
        one group give the same ``found``."""
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
            left_out=found.left_out,
        )
        if not any(other.status.record.group == record.group for other in self._all.values()):
            self._context.store.add_items(record.group, found.items)
            if found.left_out.counts:
                self._context.store.save_left_out(record.group, found.left_out)
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

    def take_offer(self, record: TransferRecord) -> None:
        """An offer that arrived, and is stored with a `checked_preview`."""
        if record.transfer not in self._all:
            incoming = Incoming(self._context, record)
            self._add(incoming)
            self._context.changed(incoming.status.event())

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

    # --- The peers ---

    def attach(self, identity: str, line: TransferLine) -> None:
        """A line to this person stands; a former one is forgotten."""
        self._forget_channels(identity)
        self._lines[identity] = line
        for found in tuple(self._all.values()):
            if found.status.record.identity == identity:
                found.attach(line)

    def detach(self, identity: str) -> None:
        """The line is gone."""
        self._lines.pop(identity, None)
        self._forget_channels(identity)
        for found in tuple(self._all.values()):
            if found.status.record.identity == identity:
                found.detach()
                if found.status.is_over:
                    # The store answers for it from now on.
                    del self._all[found.status.record.transfer]

    def drained(self, identity: str) -> None:
        """The line is writable again."""
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
                self._tasks.spawn(self._answer_for_old(identity, transfer))
        elif isinstance(found, Outgoing):
            if isinstance(message, (*_TO_SENDER, TransferState)):
                found.take(message)
        elif not isinstance(message, _TO_SENDER) and found.take(message) and isinstance(message, Begin):
            self._channels[identity, message.channel] = found
        return True

    def take_data(self, identity: str, channel: int, data: bytes | bytearray) -> None:
        """File data of this person; what nobody asked for is dropped."""
        incoming = self._channels.get((identity, channel))
        if incoming is not None:
            incoming.take_data(channel, data)

    async def _answer_for_old(self, identity: str, transfer: str) -> None:
        """What was over before this start is in the store only."""
        record = await self._context.store.get(transfer)
        line = self._lines.get(identity)
        if line is not None and line.is_open and transfer not in self._all:
            state, done = "unknown", 0
            if record is not None and record.identity == identity:
                state, done = _ANSWERS.get(record.stage, "unknown"), record.done
            line.send(TransferState(transfer=bytes.fromhex(transfer), state=state, done=done))

    def _add(self, transfer: Outgoing | Incoming) -> None:
        record = transfer.status.record
        self._all[record.transfer] = transfer
        line = self._lines.get(record.identity)
        if line is not None:
            transfer.attach(line)

    def _forget_channels(self, identity: str) -> None:
        for key in [key for key in self._channels if key[0] == identity]:
            del self._channels[key]
