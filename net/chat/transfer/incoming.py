"""The receiver's side of one transfer with one person: it leads.

With a link and the user's consent it asks for the list of items it does not know yet, then for item after
item from where its part ends, a few ahead. What arrives is written, hashed and, when the SHA-256 is right,
named.
A break at any byte, here or there, only means to begin asking anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

from net.chat.events import TransferChanged, TransferStage
from net.chat.history.records import ItemProgress, ItemRecord, TransferRecord
from net.chat.transfer.arrival import Arrival, Asked, close_parts, discard_parts, land_all, write_arrivals
from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.intake import Intake
from net.chat.transfer.landing import Landing
from net.chat.transfer.ledger import Ledger
from net.chat.transfer.offer import MAX_TRANSFER_ITEMS
from net.chat.transfer.standing import Standing
from net.chat.transfer.surroundings import Surroundings, TransferLink
from net.protocol.chat.messages import (
    Accept,
    Begin,
    End,
    Missing,
    Received,
    TransferItems,
    TransferState,
    Want,
    Wire,
)

AHEAD = 8
"""Items asked for at a time: small files do not each wait for an answer."""

AHEAD_BYTES = 1024 * 1024
"""No further item is asked for while this much of those asked for is missing."""

MAX_FAILED = 1000
"""Failed items that are told to the sender one by one."""

_STARTED = {TransferStage.WAITING, TransferStage.RUNNING}
_TRUTH = {
    TransferStage.OFFERED: "offered",
    TransferStage.PAUSED_HERE: "paused",
    TransferStage.FINISHED: "finished",
    TransferStage.DECLINED: "declined",
    TransferStage.CANCELLED_HERE: "cancelled",
    TransferStage.CANCELLED_THERE: "cancelled",
    TransferStage.FAILED: "failed",
}


class Incoming:
    """``items`` and ``progress``: what is remembered of an earlier run. Everything runs on the loop's
    thread."""

    def __init__(
        self,
        around: Surroundings,
        record: TransferRecord,
        items: Iterable[ItemRecord] = (),
        progress: Iterable[ItemProgress] = (),
    ) -> None:
        self._around = around
        self._ledger = Ledger(record.transfer, around.store, items, progress)
        self._standing = Standing(around, record, self._ledger.failed())
        self._link: TransferLink | None = None
        self._paused_here = record.stage is TransferStage.PAUSED_HERE
        self._paused_there = record.stage is TransferStage.PAUSED_THERE
        self._intake = Intake(around)
        self._request = 0
        self._task: asyncio.Task[None] | None = None
        self._alone = asyncio.Lock()
        self._removing: asyncio.Task[None] | None = None

    @property
    def record(self) -> TransferRecord:
        return self._standing.record

    @property
    def is_over(self) -> bool:
        return self._standing.is_over

    def event(self) -> TransferChanged:
        """How it stands now."""
        return self._standing.event()

    @property
    def items(self) -> Ledger:
        return self._ledger

    # --- The link ---

    def attach(self, link: TransferLink) -> None:
        """There is a link to the sender: ask for its truth, and go on."""
        self._drop_work()
        self._link = link
        if not self.is_over:
            self._tell_peer("asking")
        if self._standing.stage is TransferStage.RUNNING:
            self._standing.enter(TransferStage.WAITING)
        self._start()

    def detach(self) -> None:
        """The link is gone."""
        self._link = None
        self._drop_work()
        if self._standing.stage is TransferStage.RUNNING:
            self._standing.enter(TransferStage.WAITING)

    # --- The user ---

    def accept(self, folder: Path) -> None:
        """Take it, into ``folder``."""
        if self._standing.stage is not TransferStage.OFFERED:
            return
        if self.record.count > MAX_TRANSFER_ITEMS:
            self._fail(TransferFault.TOO_MANY)
            return
        self._standing.enter(TransferStage.WAITING, folder=str(folder))
        self._start()

    def decline(self) -> None:
        if self._standing.stage is TransferStage.OFFERED:
            self._standing.enter(TransferStage.DECLINED)
            self._tell_truth()

    def pause(self) -> None:
        if self._standing.stage in {*_STARTED, TransferStage.PAUSED_THERE}:
            self._paused_here = True
            self._drop_work()
            self._standing.enter(TransferStage.PAUSED_HERE)
            self._tell_truth()

    def resume(self) -> None:
        """Go on after a pause; after a failure try again what failed, and only that."""
        stage = self._standing.stage
        if stage is TransferStage.FAILED and self.record.folder:
            self._retry()
        elif stage is TransferStage.PAUSED_HERE:
            self._paused_here = False
            self._standing.enter(TransferStage.PAUSED_THERE if self._paused_there else TransferStage.WAITING)
            self._tell_peer("resumed")
            self._start()

    def cancel(self) -> None:
        """End it; the parts are removed, what is whole stays."""
        if not self.is_over:
            self._end(TransferStage.CANCELLED_HERE)
            self._tell_truth()

    def close(self) -> None:
        """The program ends: parts stay, nothing more is told."""
        self._link = None
        self._drop_work()
        self._ledger.flush()
        self._standing.close()

    async def settled(self) -> None:
        """Until no file is held and no part is being removed."""
        async with self._alone:
            pass
        if self._removing is not None:
            await asyncio.wait({self._removing})

    # --- The peer ---

    def take(self, message: Wire) -> bool:
        """TransferItems, Begin, Missing or TransferState of this transfer. True for a Begin that was asked
        for: then data and End of its channel belong here."""
        if isinstance(message, TransferState):
            self._take_state(message)
        elif self._task is None:
            return False
        elif isinstance(message, TransferItems):
            self._take_items(message)
        elif isinstance(message, Begin):
            return self._take_begin(message)
        elif isinstance(message, Missing):
            asked = self._intake.current()
            if asked is not None and asked.request == message.request and asked.index == message.item:
                asked.ended = True
                self._intake.put(Arrival(asked, missing=message.reason or TransferFault.UNREADABLE.value))
        return False

    def take_data(self, channel: int, data: bytes | bytearray) -> None:
        asked = self._intake.current()
        if asked is None or asked.channel != channel:
            return
        asked.position += len(data)
        if asked.position > asked.size or self._intake.queued > 2 * self._around.window:
            self._fail(TransferFault.PROTOCOL)
            return
        asked.part.hash(data)
        self._intake.put(Arrival(asked, data=data))

    def take_end(self, message: End) -> None:
        asked = self._intake.current()
        if asked is not None and asked.channel == message.channel:
            asked.ended = True
            self._intake.put(Arrival(asked, digest=message.digest))

    def _take_begin(self, message: Begin) -> bool:
        asked = self._intake.current()
        if asked is None or (asked.request, asked.index) != (message.request, message.item):
            return False
        fits = message.offset == asked.position and message.size >= message.offset
        if asked.channel >= 0 or not fits or not self._ledger.resize(asked.index, message.size):
            self._fail(TransferFault.PROTOCOL)
            return False
        asked.channel = message.channel
        asked.modified = message.modified
        asked.size = message.size
        self._advance()
        return True

    def _take_items(self, message: TransferItems) -> None:
        if message.first != len(self._ledger.items):
            return
        if message.first + len(message.items) > self.record.count:
            self._fail(TransferFault.PROTOCOL)
            return
        if not self._ledger.add(message.items):
            self._fail(TransferFault.TOO_MANY)
            return
        self._advance()
        self._intake.wake()

    def _take_state(self, message: TransferState) -> None:
        state = message.state
        stage = self._standing.stage
        if state == "asking":
            self._tell_truth()
        elif self.is_over:
            return
        elif state in {"cancelled", "unknown"}:
            self._end(TransferStage.CANCELLED_THERE)
        elif state == "paused":
            self._paused_there = True
            if stage in _STARTED:
                self._drop_work()
                self._standing.enter(TransferStage.PAUSED_THERE)
        elif state in {"resumed", "running", "offered"}:
            self._paused_there = False
            if stage is TransferStage.PAUSED_THERE:
                self._standing.enter(TransferStage.WAITING)
                self._start()
            elif stage is TransferStage.FAILED and state == "resumed" and self.record.folder:
                self._retry()

    @property
    def _id(self) -> bytes:
        return bytes.fromhex(self.record.transfer)

    def _tell_peer(self, state: str) -> None:
        if self._link is not None:
            reason, failed = "", []
            if state == "failed":
                reason, failed = self.record.reason[:32], list(self._standing.failed[:MAX_FAILED])
            done = self.record.done
            self._link.send(
                TransferState(transfer=self._id, state=state, reason=reason, done=done, failed=failed)
            )

    def _tell_truth(self) -> None:
        self._tell_peer(_TRUTH.get(self._standing.stage, "running"))

    # --- The work ---

    def _start(self) -> None:
        if self._link is not None and self._task is None and self._standing.stage in _STARTED:
            self._task = self._around.loop.create_task(self._run(self._link))

    def _drop_work(self) -> None:
        task, self._task = self._task, None
        self._intake.clear()
        if task is not None:
            task.cancel()

    def _retry(self) -> None:
        self._ledger.forget_failed()
        self._standing.failed = ()
        self._standing.enter(TransferStage.WAITING)
        self._start()

    def _fail(self, fault: TransferFault) -> None:
        """The whole, until somebody tries again; parts stay."""
        self._drop_work()
        self._standing.failed = self._ledger.failed()
        self._ledger.flush()
        self._standing.enter(TransferStage.FAILED, fault.value)
        self._tell_truth()

    def _end(self, stage: TransferStage) -> None:
        self._drop_work()
        self._standing.enter(stage)
        if self.record.folder:
            self._removing = self._around.loop.create_task(self._remove_parts())

    async def _remove_parts(self) -> None:
        landing = self._ledger.landing(Path(self.record.folder))
        parts = [landing.part(item.components, item.index) for item in self._ledger.begun()]
        async with self._alone:
            await self._around.on_disk(discard_parts, parts)

    async def _run(self, link: TransferLink) -> None:
        async with self._alone, self._intake.turn:
            landing = self._ledger.landing(Path(self.record.folder))
            held: set[Asked] = set()
            try:
                link.send(Accept(transfer=self._id, have=len(self._ledger.items)))
                while len(self._ledger.items) < self.record.count:
                    await self._intake.woken()
                await self._around.on_disk(landing.check_space, self._ledger.size - self._ledger.done)
                self._standing.enter(TransferStage.RUNNING)
                self._advance()
                await self._receive(link, landing, held)
                await self._finish(landing)
            except TransferError as error:
                self._task = None
                self._fail(error.fault)
            finally:
                # The next run takes up these files: they must be closed before it may begin.
                for asked in held:
                    asked.part.stop()
                await self._around.on_disk(close_parts, held)
                if self._task is asyncio.current_task():
                    self._task = None
                    # Somebody tried again while the files were being closed: nothing was begun for them then.
                    if self._standing.stage is TransferStage.WAITING:
                        self._start()

    async def _receive(self, link: TransferLink, landing: Landing, held: set[Asked]) -> None:
        missing = self._ledger.missing()
        while True:
            more = True
            while more and len(self._intake.asked) < AHEAD and self._intake.bytes_asked < AHEAD_BYTES:
                more = await self._ask_next(link, landing, missing, held)
            if not self._intake.asked:
                return
            arrivals = await self._intake.collected()
            await self._write(link, arrivals, held)

    async def _ask_next(
        self, link: TransferLink, landing: Landing, missing: Iterator[ItemRecord], held: set[Asked]
    ) -> bool:
        """False where nothing is left to ask for."""
        item = next(missing, None)
        if item is None:
            return False
        on_disk = self._around.on_disk
        top = item.components[0]
        if top not in landing.tops and (item.folder or len(item.components) > 1):
            # Remembered before it is made: after a crash the same folder is taken, not a second one.
            path = await on_disk(landing.choose_top, top)
            self._ledger.progress_to(item.index, 0, path)
            await self._ledger.flush()
        if item.folder:
            try:
                path = await on_disk(landing.make_folder, item.components)
                self._ledger.finish(item.index, path)
            except TransferError as error:
                self._item_failed(item.index, error)
            return True
        part = landing.part(item.components, item.index)
        digest = self._ledger.digest(item.index)
        if digest:
            landed = await on_disk(part.find_landed, item.size, digest)
            if landed is not None:
                await on_disk(part.discard)
                self._ledger.finish(item.index, landed)
                return True
        self._request += 1
        asked = Asked(self._request, item.index, part)
        held.add(asked)
        try:
            await on_disk(part.open, item.size)
        except TransferError as error:
            self._item_failed(item.index, error)
            return True
        asked.position, asked.size = part.size, item.size
        self._ledger.progress_to(item.index, part.size, part.path)
        self._intake.asked.append(asked)
        link.send(Want(transfer=self._id, item=item.index, offset=part.size, request=asked.request))
        return True

    async def _write(self, link: TransferLink, arrivals: list[Arrival], held: set[Asked]) -> None:
        outcomes = await self._around.on_disk(write_arrivals, arrivals)
        for arrival in arrivals:
            link.give_back(arrival.data)
        whole = [outcome for outcome in outcomes if outcome.ended and outcome.asked.error is None]
        for outcome in outcomes:
            self._ledger.progress_to(outcome.asked.index, outcome.asked.part.size, outcome.asked.part.path)
        if whole:
            # Remembered before the files get their names: a crash in between finds them again by it.
            for outcome in whole:
                self._ledger.set_digest(outcome.asked.index, outcome.digest)
            await self._ledger.flush()
            landed = await self._around.on_disk(land_all, whole)
            for outcome, path in zip(whole, landed, strict=True):
                if isinstance(path, TransferError):
                    self._item_failed(outcome.asked.index, path)
                else:
                    self._ledger.finish(outcome.asked.index, path)
        for outcome in outcomes:
            if outcome.asked.error is not None:
                self._item_failed(outcome.asked.index, outcome.asked.error)
            if outcome.ended:
                self._intake.asked.remove(outcome.asked)
        self._advance()
        self._ledger.flush_soon(self._around.clock())
        last, done = outcomes[-1].asked, self._ledger.done
        link.send(Received(transfer=self._id, request=last.request, position=last.part.size, done=done))

    def _item_failed(self, index: int, error: TransferError) -> None:
        self._ledger.fail(index, error.fault)
        self._standing.failed = self._ledger.failed()
        if error.whole:
            raise error

    def _advance(self) -> None:
        complete = len(self._ledger.items) == self.record.count
        self._standing.advance(self._ledger.done, self._ledger.size if complete else None)

    async def _finish(self, landing: Landing) -> None:
        def set_times() -> None:
            for item in self._ledger.folders_deepest_first():
                landing.set_folder_time(item.components, item.modified)

        await self._around.on_disk(set_times)
        await self._ledger.flush()
        failed = self._ledger.failed()
        self._standing.failed = failed
        if failed:
            self._standing.enter(TransferStage.FAILED, self._ledger.reason(failed[0]))
        else:
            self._standing.enter(TransferStage.FINISHED)
        self._tell_truth()
