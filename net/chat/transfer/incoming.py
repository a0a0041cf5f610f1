"""The receiver's side of one transfer with one person: what the user and the sender decide.

With a line and the user's consent a `Reception` receives; this decides when one begins and ends, and answers
the sender's questions with the truth.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

from net.chat.events import TransferStage
from net.chat.history.records import ItemProgress, ItemRecord, TransferRecord
from net.chat.transfer.arrival import discard_parts
from net.chat.transfer.context import TransferContext, TransferLine
from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.ledger import Ledger
from net.chat.transfer.offer import MAX_TRANSFER_ITEMS
from net.chat.transfer.received_file import ReceivedFile
from net.chat.transfer.reception import Reception
from net.chat.transfer.status import TransferStatus
from net.protocol.chat.messages import Begin, End, Missing, TransferItems, TransferState, Wire

MAX_FAILED = 1000
"""Failed items that are named to the sender one by one."""

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
    """``items`` and ``progress``: what is remembered of an earlier run. ``status`` and ``items`` are for
    others to read. Everything runs on the loop's thread."""

    def __init__(
        self,
        context: TransferContext,
        record: TransferRecord,
        items: Iterable[ItemRecord] = (),
        progress: Iterable[ItemProgress] = (),
    ) -> None:
        self.items = Ledger(record.transfer, context.store, items, progress)
        self.status = TransferStatus(context, record, self.items.failed())
        self._context = context
        self._line: TransferLine | None = None
        self._reception: Reception | None = None
        self._task: asyncio.Task[None] | None = None
        self._requests = itertools.count(1)
        self._alone = asyncio.Lock()
        self._removing: asyncio.Task[None] | None = None

    # --- The line ---

    def attach(self, line: TransferLine) -> None:
        """There is a line to the sender: ask for its truth, and go on."""
        self._drop_work()
        self._line = line
        if not self.status.is_over:
            self._send_state("asking")
        self.status.stalled()
        self._start()

    def detach(self) -> None:
        """The line is gone."""
        self._line = None
        self._drop_work()
        self.status.stalled()

    # --- The user ---

    def accept(self, folder: Path) -> None:
        """Take it, into ``folder``."""
        if self.status.stage is not TransferStage.OFFERED:
            return
        if self.status.record.count > MAX_TRANSFER_ITEMS:
            self._fail(TransferFault.TOO_MANY)
            return
        self.status.enter(TransferStage.WAITING, folder=str(folder))
        self._start()

    def decline(self) -> None:
        """Only before it was accepted."""
        if self.status.stage is TransferStage.OFFERED:
            self.status.enter(TransferStage.DECLINED)
            self._send_truth()

    def pause(self) -> None:
        """Ask for nothing more; what is on the disk stays."""
        if self.status.stage in {*_STARTED, TransferStage.PAUSED_THERE}:
            self.status.paused_here = True
            self._drop_work()
            self.status.enter(TransferStage.PAUSED_HERE)
            self._send_truth()

    def resume(self) -> None:
        """Go on after a pause; after a failure try again what failed, and only that."""
        status = self.status
        if status.stage is TransferStage.FAILED and status.record.folder:
            self._retry()
        elif status.stage is TransferStage.PAUSED_HERE:
            status.paused_here = False
            status.enter(TransferStage.PAUSED_THERE if status.paused_there else TransferStage.WAITING)
            self._send_state("resumed")
            self._start()

    def cancel(self) -> None:
        """End it; the parts are removed, what is whole stays."""
        if not self.status.is_over:
            self._end(TransferStage.CANCELLED_HERE)
            self._send_truth()

    def close(self) -> None:
        """The program ends: parts stay, nothing more is reported."""
        self._line = None
        self._drop_work()
        self.items.flush()
        self.status.close()

    async def settled(self) -> None:
        """Until no file is held and no part is being removed."""
        async with self._alone:
            pass
        if self._removing is not None:
            await asyncio.wait({self._removing})

    # --- The sender ---

    def take(self, message: Wire) -> bool:
        """TransferItems, Begin, Missing or TransferState of this transfer. True for a Begin that was asked
        for: then data and End of its channel belong here."""
        reception = self._reception
        if isinstance(message, TransferState):
            self._take_state(message)
        elif reception is None:
            return False
        elif isinstance(message, Begin):
            return self._unless_wrong(lambda: reception.take_begin(message)) is True
        elif isinstance(message, TransferItems):
            self._unless_wrong(lambda: reception.take_items(message))
        elif isinstance(message, Missing):
            reception.take_missing(message)
        return False

    def take_data(self, channel: int, data: bytes | bytearray) -> None:
        if self._reception is not None:
            try:
                self._reception.take_data(channel, data)
            except TransferError as error:
                self._fail(error.fault)

    def take_end(self, message: End) -> None:
        if self._reception is not None:
            self._reception.take_end(message)

    def _unless_wrong(self, take: Callable[[], bool | None]) -> bool | None:
        """A sender that does not keep to docs/protocol.md fails the transfer."""
        try:
            return take()
        except TransferError as error:
            self._fail(error.fault)
            return None

    def _take_state(self, message: TransferState) -> None:
        state, status = message.state, self.status
        stage = status.stage
        if state == "asking":
            self._send_truth()
        elif status.is_over:
            return
        elif state in {"cancelled", "unknown"}:
            self._end(TransferStage.CANCELLED_THERE)
        elif state == "paused":
            status.paused_there = True
            if stage in _STARTED:
                self._drop_work()
                status.enter(TransferStage.PAUSED_THERE)
        elif state in {"resumed", "running", "offered"}:
            status.paused_there = False
            if stage is TransferStage.PAUSED_THERE:
                status.enter(TransferStage.WAITING)
                self._start()
            elif stage is TransferStage.FAILED and state == "resumed" and status.record.folder:
                self._retry()

    def _send_state(self, state: str) -> None:
        if self._line is None:
            return
        record = self.status.record
        failed = state == "failed"
        self._line.send(
            TransferState(
                transfer=self.status.id,
                state=state,
                reason=record.reason[:32] if failed else "",
                done=record.done,
                failed=list(self.status.failed[:MAX_FAILED]) if failed else [],
            )
        )

    def _send_truth(self) -> None:
        self._send_state(_TRUTH.get(self.status.stage, "running"))

    # --- Runs of receiving ---

    def _start(self) -> None:
        if self._line is not None and self._reception is None and self.status.stage in _STARTED:
            self._reception = reception = Reception(
                self._context, self.status, self.items, self._line, self._requests
            )
            self._task = self._context.loop.create_task(self._run(reception))

    def _drop_work(self) -> None:
        task, self._task, self._reception = self._task, None, None
        if task is not None:
            task.cancel()

    async def _run(self, reception: Reception) -> None:
        async with self._alone:
            try:
                await reception.run()
                self._finish()
            except TransferError as error:
                # This task is the work that `_fail` would drop; it still has files to close.
                self._task = None
                self._fail(error.fault)
            finally:
                # The next run takes up these files: they must be closed before it may begin.
                await reception.close()
                if self._reception is reception:
                    self._task = self._reception = None
                    # Somebody tried again while the files were being closed: nothing was begun for them then.
                    if self.status.stage is TransferStage.WAITING:
                        self._start()

    def _finish(self) -> None:
        failed = self.items.failed()
        self.status.failed = failed
        if failed:
            self.status.enter(TransferStage.FAILED, self.items.reason(failed[0]))
        else:
            self.status.enter(TransferStage.FINISHED)
        self._send_truth()

    def _retry(self) -> None:
        self.items.forget_failed()
        self.status.failed = ()
        self.status.enter(TransferStage.WAITING)
        self._start()

    def _fail(self, fault: TransferFault) -> None:
        """The whole, until somebody tries again; parts stay."""
        self._drop_work()
        self.status.failed = self.items.failed()
        self.items.flush()
        self.status.enter(TransferStage.FAILED, fault.value)
        self._send_truth()

    def _end(self, stage: TransferStage) -> None:
        self._drop_work()
        self.status.enter(stage)
        if self.status.record.folder:
            self._removing = self._context.loop.create_task(self._remove_parts())

    async def _remove_parts(self) -> None:
        landing = self.items.landing(Path(self.status.record.folder))
        parts = [ReceivedFile(landing, item.components, item.index) for item in self.items.begun()]
        async with self._alone:
            await self._context.on_disk(discard_parts, parts)
