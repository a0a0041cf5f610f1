"""Two people's transfers joined by a wire in memory, which can be cut at any byte; either side is restarted
at will."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from net.chat.conversation import Conversation
from net.chat.events import (
    LeftOut,
    TransferChanged,
    TransferItemsChanged,
    TransferItemState,
    TransferStage,
)
from net.chat.history.records import OVER_STAGES, ItemProgress, ItemRecord, TransferRecord
from net.chat.transfer import Transfers
from net.protocol.chat.frames import Data, FrameDecoder, encode, encode_data
from net.protocol.chat.messages import Offer, Wire

A, B = "aa" * 32, "bb" * 32
SEND_LIMIT = 512 * 1024
DEADLINE = 60.0


class MemoryStore:
    """A TransferStore; ``frozen``: the program was killed, nothing more reaches the disk."""

    def __init__(self) -> None:
        self.records: dict[str, TransferRecord] = {}
        self.item_lists: dict[str, dict[int, ItemRecord]] = {}
        self.progresses: dict[str, dict[int, ItemProgress]] = {}
        self.left_out: dict[str, LeftOut] = {}
        self.frozen = False

    def survivor(self) -> MemoryStore:
        """What a new start finds; the old one writes no more."""
        self.frozen = True
        store = MemoryStore()
        store.records = dict(self.records)
        store.item_lists = {key: dict(value) for key, value in self.item_lists.items()}
        store.progresses = {key: dict(value) for key, value in self.progresses.items()}
        return store

    def save(self, record: TransferRecord) -> None:
        if not self.frozen:
            self.records[record.transfer] = record

    def add_items(self, owner: str, items: Sequence[ItemRecord]) -> None:
        if not self.frozen:
            self.item_lists.setdefault(owner, {}).update({item.index: item for item in items})

    def save_left_out(self, group: str, left_out: LeftOut) -> None:
        if not self.frozen:
            self.left_out[group] = left_out

    def save_progress(self, transfer: str, progress: Sequence[ItemProgress]) -> Awaitable[None]:
        if not self.frozen:
            self.progresses.setdefault(transfer, {}).update({entry.index: entry for entry in progress})
        return asyncio.ensure_future(asyncio.sleep(0))

    async def get(self, transfer: str) -> TransferRecord | None:
        return self.records.get(transfer)

    async def open(self) -> list[TransferRecord]:
        return [record for record in self.records.values() if record.stage not in OVER_STAGES]

    async def items(self, owner: str) -> list[ItemRecord]:
        found = self.item_lists.get(owner, {})
        return [found[index] for index in sorted(found)]

    async def progress(self, transfer: str) -> list[ItemProgress]:
        found = self.progresses.get(transfer, {})
        return [found[index] for index in sorted(found)]


class Side:
    """One person's program."""

    def __init__(self, identity: str, store: MemoryStore | None = None, window: int | None = None) -> None:
        self.identity = identity
        self.store = store or MemoryStore()
        self.window = window
        self.events: list[TransferChanged] = []
        self.item_events: list[TransferItemsChanged] = []
        self.transfers = self._new()
        self.dead: list[Transfers] = []

    def _new(self) -> Transfers:
        loop, tell = asyncio.get_running_loop(), self.item_events.append
        return Transfers(loop, self.store, self.events.append, tell, window=self.window)

    async def kill_and_start(self) -> None:
        """As SIGKILL and a new start: what was not stored is lost."""
        self.store = self.store.survivor()
        await self.transfers.stop()
        self.transfers = self._new()
        await self.transfers.load()

    def done(self, transfer: str) -> int:
        now = self.transfers.get(transfer)
        return now.done if now is not None else 0

    def stage(self, transfer: str) -> TransferStage:
        return self.last(transfer).stage

    def items(self, transfer: str) -> dict[int, TransferItemState]:
        """What a view that watches would show."""
        shown: dict[int, TransferItemState] = {}
        for event in self.item_events:
            if event.transfer == transfer:
                if event.whole:
                    shown.clear()
                shown.update({item.index: item for item in event.items})
        return shown

    def last(self, transfer: str) -> TransferChanged:
        return next(event for event in reversed(self.events) if event.transfer == transfer)


class End:
    """One end of the wire: a TransferLink. ``hold_after``: bytes after which what is sent stays under way."""

    def __init__(self, wire: MemoryWire, other: Side, sender: Side) -> None:
        self.is_open = True
        self.queued = 0
        self.sent = 0
        self.hold_after = float("inf")
        self.messages: list[Wire] = []
        self._wire = wire
        self._other = other
        self._sender = sender
        self._decoder = FrameDecoder(small=False)
        self._full = False
        self._held: list[bytes] = []

    @property
    def writable(self) -> bool:
        return self.is_open and self.queued < SEND_LIMIT

    def send(self, message: Wire) -> None:
        self.messages.append(message)
        self._put(encode(message))

    def send_data(self, channel: int, data: bytes | bytearray | memoryview) -> None:
        self._put(encode_data(channel, data) + bytes(data))

    def give_back(self, data: bytes | bytearray) -> None:
        """Overwritten, as the next frame would: whoever still looks at it sees wrong content."""
        if isinstance(data, bytearray):
            data[:] = bytes(len(data))

    def _put(self, data: bytes) -> None:
        if self.is_open:
            self.queued += len(data)
            self._full = self._full or not self.writable
            asyncio.get_running_loop().call_soon(self._arrive, data)

    def release(self) -> None:
        """What stayed on the way arrives now."""
        self.hold_after = float("inf")
        held, self._held = self._held, []
        for data in held:
            self._arrive(data)

    def _arrive(self, data: bytes) -> None:
        if not self.is_open:
            return
        if self.sent >= self.hold_after:
            self._held.append(data)
            return
        self.queued -= len(data)
        budget = self._wire.budget
        cut = budget is not None and len(data) >= budget
        if budget is not None:
            data = data[:budget]
            self._wire.budget = budget - len(data)
        self.sent += len(data)
        for frame in self._decoder.feed(data):
            if not self.is_open:
                return
            if isinstance(frame, Data):
                self._other.transfers.take_data(self._sender.identity, frame.channel, frame.data)
            else:
                self._other.transfers.take(self._sender.identity, frame)
        if cut:
            self._wire.cut()
        elif self._full and self.writable:
            self._full = False
            self._sender.transfers.drained(self._other.identity)


class MemoryWire:
    """Joins ``a`` and ``b`` until it is cut. ``budget``: bytes until then, both ways; None for any."""

    def __init__(self, a: Side, b: Side, budget: int | None = None) -> None:
        self.a, self.b = a, b
        self.budget = budget
        self.a_end, self.b_end = End(self, b, a), End(self, a, b)
        a.transfers.attach(b.identity, self.a_end)
        b.transfers.attach(a.identity, self.b_end)

    @property
    def is_open(self) -> bool:
        return self.a_end.is_open

    def cut(self) -> None:
        if self.is_open:
            self.a_end.is_open = self.b_end.is_open = False
            self.a.transfers.detach(self.b.identity)
            self.b.transfers.detach(self.a.identity)


def record_of(offer: Offer, sender: str) -> TransferRecord:
    """What the receiver's core makes of an Offer."""
    return TransferRecord(
        transfer=offer.id.hex(),
        group="",
        conversation=Conversation.person(sender),
        identity=sender,
        incoming=True,
        title=offer.title,
        count=offer.count,
        size=offer.size,
        picture=offer.picture,
        preview=offer.preview,
        time=1,
    )


class Pair:
    """``a`` sends to ``b``."""

    def __init__(self, folder: Path, window: int | None = None) -> None:
        self.sent = folder / "sent"
        self.received = folder / "received"
        self.sent.mkdir(exist_ok=True)
        self.received.mkdir(exist_ok=True)
        self.a, self.b = Side(A, window=window), Side(B, window=window)
        self.wire: MemoryWire | None = None

    def join(self, budget: int | None = None) -> MemoryWire:
        if self.wire is not None:
            self.wire.cut()
        self.wire = MemoryWire(self.a, self.b, budget)
        return self.wire

    async def offer(self, paths: Sequence[Path], picture: bool = False) -> str:
        """Offered and known to the receiver; gives the transfer."""
        transfer = os.urandom(16).hex()
        record = TransferRecord(
            transfer,
            os.urandom(16).hex(),
            Conversation.person(B),
            B,
            False,
            "",
            0,
            0,
            time=10**9,
            picture=picture,
        )
        offer = await self.a.transfers.offer(record, await self.a.transfers.scan(paths))
        record = record_of(offer, A)
        self.b.store.save(record)
        self.b.transfers.take_offer(record)
        return transfer

    async def until(self, condition: Callable[[], bool], what: str = "", seconds: float = DEADLINE) -> None:
        """Raises AssertionError when it does not hold within so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition():
            assert loop.time() < end, what or f"a {self.a.events[-1:]} b {self.b.events[-1:]}"
            await asyncio.sleep(0.001)

    async def both(self, transfer: str, stage: TransferStage) -> None:
        await self.until(lambda: self.a.stage(transfer) is stage and self.b.stage(transfer) is stage)

    async def close(self) -> None:
        if self.wire is not None:
            self.wire.cut()
        await self.a.transfers.stop()
        await self.b.transfers.stop()


def tree_of(folder: Path) -> dict[str, bytes | None]:
    """Relative path -> content; None for a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def run(test: Callable[[Pair], Awaitable[None]], folder: Path, window: int | None = None) -> None:
    """Run the coroutine with a pair of sides of its own."""

    async def whole() -> None:
        pair = Pair(folder, window)
        try:
            await test(pair)
        finally:
            await pair.close()

    asyncio.run(whole())


__all__ = ["DEADLINE", "A", "B", "MemoryStore", "MemoryWire", "Pair", "Side", "record_of", "run", "tree_of"]
