"""What a receiver knows of the items of one transfer, and how far each is; kept in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from net.chat.events import TransferItemState, TransferStage
from net.chat.history.records import ItemProgress, ItemRecord
from net.chat.transfer.context import TransferStore
from net.chat.transfer.faults import TransferFault
from net.chat.transfer.landing import Landing
from net.chat.transfer.watching import ignore
from net.protocol.chat.filenames import safe_component
from net.protocol.chat.messages import TransferItem

MAX_NAMES = 64 * 1024 * 1024
"""Characters of all names of one transfer: an honest one has a tenth of it."""

MAX_SIZE = 2**62
"""Bytes of a transfer: what the database can count."""

FLUSH_INTERVAL = 1.0
"""Seconds between two saves of what is under way."""


class Ledger:
    """``size``: of all items known; ``done``: bytes of them on the disk. An `ItemList`."""

    def __init__(
        self,
        transfer: str,
        store: TransferStore,
        items: Iterable[ItemRecord],
        progress: Iterable[ItemProgress],
    ) -> None:
        self.on_item: Callable[[int], object] = ignore
        self.items = list(items)
        self.size = sum(item.size for item in self.items)
        self.done = 0
        self._names = sum(map(_weight, self.items))
        self._transfer = transfer
        self._store = store
        self._progress: dict[int, ItemProgress] = {}
        self._failed: set[int] = set()
        self._unsaved: set[int] = set()
        self._flushed = float("-inf")
        for entry in progress:
            if entry.index < len(self.items):
                self._set(entry)
        self._unsaved.clear()

    def add(self, items: Sequence[TransferItem]) -> bool:
        """The following ones; False, and none is taken, where they are too much."""
        first = len(self.items)
        records = [
            ItemRecord(
                index=index,
                components=tuple(item.path),
                size=0 if item.folder else item.size,
                modified=item.modified,
                folder=item.folder,
            )
            for index, item in enumerate(items, first)
        ]
        names = self._names + sum(map(_weight, records))
        size = self.size + sum(record.size for record in records)
        if names > MAX_NAMES or size > MAX_SIZE:
            return False
        self.items += records
        self._names, self.size = names, size
        self._store.add_items(self._transfer, records)
        self.on_item(first)
        return True

    def resize(self, index: int, size: int) -> bool:
        """The file is another one now; False where it is too much."""
        item = self.items[index]
        if self.size - item.size + size > MAX_SIZE:
            return False
        if item.size != size:
            self.size += size - item.size
            self.items[index] = replace(item, size=size)
            self._store.add_items(self._transfer, [self.items[index]])
            self.on_item(index)
        return True

    def progress_to(self, index: int, done: int, path: Path) -> None:
        known = self._progress.get(index)
        digest = known.digest if known is not None else b""
        self._set(
            ItemProgress(index, done=done, stage=TransferStage.RUNNING, digest=digest, target=str(path))
        )

    def set_digest(self, index: int, digest: bytes) -> None:
        """The content is whole; its name comes next."""
        self._set(replace(self._progress[index], digest=digest))

    def finish(self, index: int, path: Path) -> None:
        known = self._progress.get(index) or ItemProgress(index)
        done = self.items[index].size
        self._set(replace(known, done=done, stage=TransferStage.FINISHED, reason="", target=str(path)))

    def fail(self, index: int, fault: TransferFault) -> None:
        known = self._progress.get(index) or ItemProgress(index)
        kept = known.done if fault in {TransferFault.DISK_FULL, TransferFault.READ_ONLY} else 0
        self._set(replace(known, done=kept, stage=TransferStage.FAILED, reason=fault.value, digest=b""))

    def forget_failed(self) -> None:
        """They are missing again."""
        for index in sorted(self._failed):
            self._set(replace(self._progress[index], stage=TransferStage.RUNNING, reason=""))

    def digest(self, index: int) -> bytes:
        known = self._progress.get(index)
        return known.digest if known is not None else b""

    def failed(self) -> tuple[int, ...]:
        return tuple(sorted(self._failed))

    def reason(self, index: int) -> str:
        return self._progress[index].reason

    def begun(self) -> list[ItemRecord]:
        """Files of which there may be a part."""
        return [
            self.items[index]
            for index, entry in self._progress.items()
            if entry.stage is not TransferStage.FINISHED and not self.items[index].folder
        ]

    def missing(self) -> Iterator[ItemRecord]:
        """Neither finished nor failed."""
        for index in range(len(self.items)):
            entry = self._progress.get(index)
            if entry is None or entry.stage is TransferStage.RUNNING:
                yield self.items[index]

    def folders_deepest_first(self) -> list[ItemRecord]:
        folders = [item for item in self.items if item.folder]
        return sorted(folders, key=lambda item: -len(item.components))

    def landing(self, folder: Path) -> Landing:
        """With the names that were chosen for its topmost folders."""
        tops: dict[str, str] = {}
        for index, entry in self._progress.items():
            item = self.items[index]
            if entry.target and (item.folder or len(item.components) > 1):
                target = Path(entry.target)
                if target.is_relative_to(folder) and target != folder:
                    tops[item.components[0]] = target.relative_to(folder).parts[0]
        return Landing(folder, self._transfer, tops)

    def whole_size(self, count: int) -> int | None:
        """Bytes of all ``count`` items of the transfer; None while some of them are not known."""
        return self.size if len(self.items) == count else None

    @property
    def known(self) -> int:
        return len(self.items)

    def state(self, index: int) -> TransferItemState:
        item = self.items[index]
        entry = self._progress.get(index) or ItemProgress(index, stage=TransferStage.WAITING)
        return TransferItemState(
            index=index,
            name="/".join(map(safe_component, item.components)),
            size=item.size,
            done=entry.done,
            state=entry.stage,
            reason=entry.reason,
            folder=item.folder,
            path=entry.target if entry.stage is TransferStage.FINISHED else "",
        )

    def flush(self) -> Awaitable[None]:
        """Save what changed; await it to know it on the disk."""
        changed = [self._progress[index] for index in sorted(self._unsaved)]
        self._unsaved.clear()
        if changed:
            return self._store.save_progress(self._transfer, changed)
        nothing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        nothing.set_result(None)
        return nothing

    def flush_soon(self, now: float) -> None:
        """Save, but not too often."""
        if now - self._flushed >= FLUSH_INTERVAL:
            self._flushed = now
            self.flush()

    def _set(self, entry: ItemProgress) -> None:
        before = self._progress.get(entry.index)
        if before == entry:
            return
        self.done += entry.done - (before.done if before is not None else 0)
        self._progress[entry.index] = entry
        self._unsaved.add(entry.index)
        self.on_item(entry.index)
        if entry.stage is TransferStage.FAILED:
            self._failed.add(entry.index)
        else:
            self._failed.discard(entry.index)


def _weight(item: ItemRecord) -> int:
    return sum(map(len, item.components))
