"""Files between people and into rooms. `net.chat.transfer` carries them over the lines and remembers them in
the history; here the user steers them. NetThread only."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from pathlib import Path

from net.chat.commands import (
    AcceptTransfer,
    CancelTransfer,
    DeclineTransfer,
    PauseTransfer,
    ResumeTransfer,
    WatchItems,
)
from net.chat.context import ChatContext
from net.chat.events import LeftOut
from net.chat.file_arrivals import FileArrivals
from net.chat.file_offers import FileOffers
from net.chat.history import ItemProgress, ItemRecord, TransferRecord
from net.chat.inbox import Inbox, LineObserver
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms import Rooms
from net.chat.transfer import TRANSFER_MESSAGES, Transfers
from net.chat.troubles import Trouble, trouble
from net.protocol.chat.messages import Wire


class Files(LineObserver):
    """``offers``: what this user sends; ``arrivals``: what others do. ``downloads`` and ``accept_verified``
    as in `FileArrivals`."""

    def __init__(
        self, context: ChatContext, inbox: Inbox, rooms: Rooms, downloads: Path, accept_verified: bool
    ) -> None:
        self._context = context
        self._transfers = Transfers(context.loop, _Store(context), context.emit, context.emit)
        self.offers = FileOffers(context, rooms, self._transfers)
        self.arrivals = FileArrivals(context, inbox, rooms, self._transfers, downloads, accept_verified)
        inbox.on_messages(TRANSFER_MESSAGES, self._take)
        inbox.watch(self)

    async def load(self) -> None:
        await self._transfers.load()
        for transfer in self._transfers.open():
            self._context.emit(transfer)

    async def stop(self) -> None:
        await self._transfers.stop()

    # --- Lines ---

    def opened(self, contact: Contact, line: Line) -> None:
        identity = contact.identity
        line.on_data = lambda line, channel, data: self._transfers.take_data(identity, channel, data)
        self._transfers.attach(identity, line)

    def closed(self, contact: Contact, line: Line) -> None:
        self._transfers.detach(contact.identity)

    def drained(self, contact: Contact) -> None:
        self._transfers.drained(contact.identity)

    def _take(self, contact: Contact, line: Line, message: Wire) -> None:
        self._transfers.take(contact.identity, message)

    # --- Commands ---

    def accept(self, command: AcceptTransfer) -> None:
        if self._known(command.transfer):
            self.arrivals.accept(command.transfer, command.folder)

    def decline(self, command: DeclineTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.decline(command.transfer)

    def pause(self, command: PauseTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.pause(command.transfer)

    def resume(self, command: ResumeTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.resume(command.transfer)

    def cancel(self, command: CancelTransfer) -> None:
        if self._known(command.transfer):
            self._transfers.cancel(command.transfer)

    def watch_items(self, command: WatchItems) -> None:
        if command.watching:
            self._transfers.watches.watch(command.transfer)
        else:
            self._transfers.watches.unwatch(command.transfer)

    def _known(self, transfer: str) -> bool:
        if self._transfers.get(transfer) is not None:
            return True
        self._context.emit(trouble(Trouble.TRANSFER_UNKNOWN, detail=transfer))
        return False


class _Store:
    """The history as the transfers' store."""

    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def save(self, record: TransferRecord) -> None:
        self._context.history.submit(lambda store: store.transfers.save(record))

    def add_items(self, owner: str, items: Sequence[ItemRecord]) -> None:
        kept = tuple(items)
        self._context.history.submit(lambda store: store.transfers.add_items(owner, kept))

    def save_left_out(self, group: str, left_out: LeftOut) -> None:
        self._context.history.submit(lambda store: store.transfers.save_left_out(group, left_out))

    def save_progress(self, transfer: str, progress: Sequence[ItemProgress]) -> Awaitable[None]:
        kept = tuple(progress)
        return self._context.on_disk(lambda store: store.transfers.save_progress(transfer, kept))

    def get(self, transfer: str) -> Awaitable[TransferRecord | None]:
        return self._context.on_disk(lambda store: store.transfers.get(transfer))

    def open(self) -> Awaitable[list[TransferRecord]]:
        return self._context.on_disk(lambda store: store.transfers.open())

    def items(self, owner: str) -> Awaitable[list[ItemRecord]]:
        return self._context.on_disk(lambda store: store.transfers.items(owner))

    def progress(self, transfer: str) -> Awaitable[list[ItemProgress]]:
        return self._context.on_disk(lambda store: store.transfers.progress(transfer))
