"""Whose items are looked at: of transfers that are held, and of those that were over before the program
began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from net.chat.events import TransferItemsChanged, TransferStage
from net.chat.tasks import Tasks
from net.chat.transfer.context import TransferContext
from net.chat.transfer.ledger import Ledger
from net.chat.transfer.sent import SentItems
from net.chat.transfer.status import TransferStatus
from net.chat.transfer.watching import ItemList, ItemWatch


class Watched(Protocol):
    """A transfer, as far as its items matter."""

    @property
    def status(self) -> TransferStatus: ...

    @property
    def items(self) -> ItemList: ...


class ItemWatches:
    """``held``: the transfers that are held, by their ids; others are read from the store."""

    def __init__(
        self,
        context: TransferContext,
        tasks: Tasks,
        held: Mapping[str, Watched],
        items_changed: Callable[[TransferItemsChanged], None],
    ) -> None:
        self._context = context
        self._tasks = tasks
        self._held = held
        self._items_changed = items_changed
        self._watches: dict[str, ItemWatch] = {}
        self._closed = False

    def watch(self, transfer: str) -> None:
        """Report its items, all of them and then those that change; those of one that is over too. Once more:
        from the beginning."""
        self.unwatch(transfer)
        found = self._held.get(transfer)
        if found is None:
            self._tasks.spawn(self._watch_stored(transfer))
        else:
            self._watch(transfer, found.status.record.count, found.items)

    def unwatch(self, transfer: str) -> None:
        watch = self._watches.pop(transfer, None)
        if watch is not None:
            watch.close()

    def close(self) -> None:
        self._closed = True
        for watch in self._watches.values():
            watch.close()

    def _watch(self, transfer: str, count: int, items: ItemList) -> None:
        loop = self._context.loop
        self._watches[transfer] = ItemWatch(loop, transfer, count, items, self._items_changed)

    async def _watch_stored(self, transfer: str) -> None:
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
