"""Receiving: one run over one line, from asking for the first missing item to the last one's name.

The receiver leads. It asks for the list of items where it does not know all of them, then for item after item
from the byte where its part ends, AHEAD of them at a time, because small files need not each wait for an
answer. What arrives is hashed on the loop and written by a thread, many pieces at a time. With an item's last
byte comes its SHA-256; where it is right, first the digest is remembered, then the file gets its name: a
crash in between finds the named file again by its size and digest.

A break at any byte, here or there, ends the run, and the next run asks anew from where the parts end. A part
is hashed again from its beginning when it is taken up, so that the digest at the end covers every byte on the
disk, not only those of the last run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from net.chat.events import TransferStage
from net.chat.history.records import ItemRecord
from net.chat.transfer.arrival import Arrival, ItemRequest, close_parts, land_all, write_arrivals
from net.chat.transfer.context import TransferContext, TransferLine
from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.intake import Intake
from net.chat.transfer.landing import Landing
from net.chat.transfer.ledger import Ledger
from net.chat.transfer.received_file import ReceivedFile
from net.chat.transfer.status import TransferStatus
from net.protocol.chat.messages import Accept, Begin, End, Missing, Received, TransferItems, Want

AHEAD = 8
"""Items asked for at a time: small files do not each wait for an answer."""

AHEAD_BYTES = 1024 * 1024
"""No further item is asked for while this much of those asked for is missing."""


class Reception:
    """``requests`` gives numbers that no other run over this line uses: an answer to what an earlier run
    asked for is known by its number, and skipped. `run`, then `close`, also where `run` was cancelled."""

    def __init__(
        self,
        context: TransferContext,
        status: TransferStatus,
        ledger: Ledger,
        line: TransferLine,
        requests: Iterator[int],
    ) -> None:
        self._context = context
        self._status = status
        self._ledger = ledger
        self._line = line
        self._requests = requests
        self._intake = Intake(context)
        self._held: set[ItemRequest] = set()

    async def run(self) -> None:
        """Until each item is whole or has failed. Raises `TransferError` where nothing more can go on."""
        async with self._intake.turn:
            ledger = self._ledger
            landing = ledger.landing(Path(self._status.record.folder))
            self._line.send(Accept(transfer=self._status.id, have=len(ledger.items)))
            while len(ledger.items) < self._status.record.count:
                await self._intake.woken()
            await self._context.on_disk(landing.check_space, ledger.size - ledger.done)
            self._status.enter(TransferStage.RUNNING)
            self._advance()
            await self._receive(landing)
            await self._context.on_disk(self._set_folder_times, landing)
            await ledger.flush()

    async def close(self) -> None:
        """Let go of all files: the next run takes them up."""
        for request in self._held:
            request.part.stop()
        await self._context.on_disk(close_parts, self._held)

    # --- What the sender answers ---

    def take_items(self, message: TransferItems) -> None:
        """Raises `TransferError` where it is more than was offered, or than this program takes."""
        if message.first != len(self._ledger.items):
            return
        if message.first + len(message.items) > self._status.record.count:
            raise TransferError(TransferFault.PROTOCOL)
        if not self._ledger.add(message.items):
            raise TransferError(TransferFault.TOO_MANY)
        self._advance()
        self._intake.wake()

    def take_begin(self, message: Begin) -> bool:
        """Whether it was asked for: then data and End of its channel belong here. Raises `TransferError`
        where it is not what was asked for."""
        request = self._intake.current()
        if request is None or (request.number, request.index) != (message.request, message.item):
            return False
        fits = message.offset == request.position and message.size >= message.offset
        if request.channel >= 0 or not fits or not self._ledger.resize(request.index, message.size):
            raise TransferError(TransferFault.PROTOCOL)
        request.channel = message.channel
        request.modified = message.modified
        request.size = message.size
        self._advance()
        return True

    def take_data(self, channel: int, data: bytes | bytearray) -> None:
        """Raises `TransferError` where it is more than there is of the item, or than the window allows."""
        request = self._intake.current()
        if request is None or request.channel != channel:
            return
        request.position += len(data)
        if request.position > request.size or self._intake.queued > 2 * self._context.window:
            raise TransferError(TransferFault.PROTOCOL)
        request.part.hash(data)
        self._intake.put(Arrival(request, data=data))

    def take_end(self, message: End) -> None:
        request = self._intake.current()
        if request is not None and request.channel == message.channel:
            request.ended = True
            self._intake.put(Arrival(request, digest=message.digest))

    def take_missing(self, message: Missing) -> None:
        request = self._intake.current()
        if request is not None and (request.number, request.index) == (message.request, message.item):
            request.ended = True
            self._intake.put(Arrival(request, missing=message.reason or TransferFault.UNREADABLE.value))

    # --- Asking and writing ---

    async def _receive(self, landing: Landing) -> None:
        missing = self._ledger.missing()
        intake = self._intake
        while True:
            more = True
            while more and len(intake.asked) < AHEAD and intake.bytes_asked < AHEAD_BYTES:
                more = await self._ask_next(landing, missing)
            if not intake.asked:
                return
            await self._write(await intake.collected())

    async def _ask_next(self, landing: Landing, missing: Iterator[ItemRecord]) -> bool:
        """False where nothing is left to ask for."""
        item = next(missing, None)
        if item is None:
            return False
        on_disk, ledger = self._context.on_disk, self._ledger
        top = item.components[0]
        if top not in landing.tops and (item.folder or len(item.components) > 1):
            # Remembered before it is made: after a crash the same folder is taken, not a second one.
            path = await on_disk(landing.choose_top, top)
            ledger.progress_to(item.index, 0, path)
            await ledger.flush()
        if item.folder:
            try:
                path = await on_disk(landing.make_folder, item.components)
                ledger.finish(item.index, path)
            except TransferError as error:
                self._item_failed(item.index, error)
            return True
        part = ReceivedFile(landing, item.components, item.index)
        digest = ledger.digest(item.index)
        if digest:
            landed = await on_disk(part.find_landed, item.size, digest)
            if landed is not None:
                await on_disk(part.discard)
                ledger.finish(item.index, landed)
                return True
        request = ItemRequest(next(self._requests), item.index, part)
        self._held.add(request)
        try:
            await on_disk(part.open, item.size)
        except TransferError as error:
            self._item_failed(item.index, error)
            return True
        request.position, request.size = part.size, item.size
        ledger.progress_to(item.index, part.size, part.path)
        self._intake.asked.append(request)
        self._line.send(
            Want(transfer=self._status.id, item=item.index, offset=part.size, request=request.number)
        )
        return True

    async def _write(self, arrivals: list[Arrival]) -> None:
        ledger = self._ledger
        outcomes = await self._context.on_disk(write_arrivals, arrivals)
        for arrival in arrivals:
            self._line.give_back(arrival.data)
        whole = [outcome for outcome in outcomes if outcome.ended and outcome.request.error is None]
        for outcome in outcomes:
            part = outcome.request.part
            ledger.progress_to(outcome.request.index, part.size, part.path)
        if whole:
            # Remembered before the files get their names: a crash in between finds them again by it.
            for outcome in whole:
                ledger.set_digest(outcome.request.index, outcome.digest)
            await ledger.flush()
            landed = await self._context.on_disk(land_all, whole)
            for outcome, path in zip(whole, landed, strict=True):
                if isinstance(path, TransferError):
                    self._item_failed(outcome.request.index, path)
                else:
                    ledger.finish(outcome.request.index, path)
        for outcome in outcomes:
            if outcome.request.error is not None:
                self._item_failed(outcome.request.index, outcome.request.error)
            if outcome.ended:
                self._intake.asked.remove(outcome.request)
        self._advance()
        ledger.flush_soon(self._context.clock())
        last = outcomes[-1].request
        self._line.send(
            Received(transfer=self._status.id, request=last.number, position=last.part.size, done=ledger.done)
        )

    def _item_failed(self, index: int, error: TransferError) -> None:
        self._ledger.fail(index, error.fault)
        self._status.failed = self._ledger.failed()
        if error.whole:
            raise error

    def _advance(self) -> None:
        count = self._status.record.count
        self._status.advance(self._ledger.done, self._ledger.whole_size(count))

    def _set_folder_times(self, landing: Landing) -> None:
        for item in self._ledger.folders_deepest_first():
            landing.set_folder_time(item.components, item.modified)
