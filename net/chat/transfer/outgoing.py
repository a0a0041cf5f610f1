"""The sender's side of one transfer with one person: what the user and the receiver decide.

The receiver decides what it needs and from where, and an `ItemSender` answers; so a break, a restart and a
retry are all the same to the sender. How far the transfer is, it learns from the receiver.
"""

from __future__ import annotations

from collections.abc import Sequence

from net.chat.events import TransferStage
from net.chat.history.records import ItemRecord, TransferRecord
from net.chat.transfer.context import TransferContext, TransferLine
from net.chat.transfer.item_sender import ItemSender
from net.chat.transfer.sent import SentItems
from net.chat.transfer.status import TransferStatus
from net.protocol.chat.messages import Accept, Received, TransferState, Want, Wire

_THEIRS = {
    "declined": TransferStage.DECLINED,
    "cancelled": TransferStage.CANCELLED_THERE,
    "finished": TransferStage.FINISHED,
}
_GOES_ON = {TransferStage.OFFERED, TransferStage.PAUSED_THERE, TransferStage.FAILED}


class Outgoing:
    """``items``: shared with the other transfers of the same group. ``status`` and the attribute ``items``
    are for others to read. Everything runs on the loop's thread."""

    def __init__(self, context: TransferContext, record: TransferRecord, items: Sequence[ItemRecord]) -> None:
        self.items = SentItems(items)
        self.status = TransferStatus(context, record)
        self._sender = ItemSender(context, self.status, items, self.items)
        self._line: TransferLine | None = None
        self._retry = False

    # --- The line ---

    def attach(self, line: TransferLine) -> None:
        """There is a line to the receiver: ask for its truth."""
        self._sender.drop()
        self._line = line
        if self._retry:
            self._send_state("resumed")
            self._retry = False
        if not self.status.is_over:
            self._send_state("asking")

    def detach(self) -> None:
        """The line is gone."""
        self._line = None
        self._sender.drop()
        self.status.stalled()

    def drained(self) -> None:
        """The line is writable again."""
        self._sender.drained()

    # --- The user ---

    def pause(self) -> None:
        """Answer nothing more, until `resume`."""
        status = self.status
        if status.is_over or status.stage in {TransferStage.OFFERED, TransferStage.FAILED}:
            return
        status.paused_here = True
        self._sender.drop()
        status.enter(TransferStage.PAUSED_HERE)
        self._send_state("paused")

    def resume(self) -> None:
        """Go on after a pause; after a failure the receiver is asked to try again what failed."""
        status = self.status
        if status.is_over:
            return
        if status.stage is TransferStage.FAILED:
            status.failed = ()
            status.enter(TransferStage.WAITING)
            self._retry = self._line is None
            self._send_state("resumed")
        elif status.paused_here:
            status.paused_here = False
            status.enter(TransferStage.PAUSED_THERE if status.paused_there else TransferStage.WAITING)
            self._send_state("resumed")

    def cancel(self) -> None:
        """End it, for both."""
        if self.status.is_over:
            return
        self._sender.drop()
        self.status.enter(TransferStage.CANCELLED_HERE)
        self._send_state("cancelled")

    def close(self) -> None:
        """The program ends: nothing more is reported."""
        self._line = None
        self._sender.drop()
        self.status.close()

    # --- The receiver ---

    def take(self, message: Wire) -> None:
        """Accept, Want, Received or TransferState of this transfer."""
        status, line = self.status, self._line
        if isinstance(message, TransferState):
            self._take_state(message)
        elif status.is_over or status.paused_here:
            self._send_truth()
        elif isinstance(message, Received):
            self._advance(message.done)
            self._sender.received(message)
        elif line is None:
            return
        elif isinstance(message, Accept):
            if status.stage in {TransferStage.OFFERED, TransferStage.FAILED}:
                status.enter(TransferStage.WAITING)
            status.paused_there = False
            self._sender.list_items(line, message.have)
        elif isinstance(message, Want):
            self._sender.send(line, message)

    def _take_state(self, message: TransferState) -> None:
        state, status = message.state, self.status
        if state == "asking":
            self._send_truth()
        elif status.is_over or state == "offered":
            return
        elif state in _THEIRS:
            self._sender.drop()
            if state == "finished":
                status.advance(status.record.size)
                self.items.finished()
            status.enter(_THEIRS[state])
        elif state == "unknown":
            # Before the offer has arrived the receiver can't know it.
            if status.stage is not TransferStage.OFFERED:
                status.enter(TransferStage.CANCELLED_THERE)
        elif state == "failed":
            self._sender.drop()
            status.failed = tuple(message.failed)
            self.items.failed(message.failed, message.reason)
            self._advance(message.done)
            status.enter(TransferStage.FAILED, message.reason)
        elif state == "paused":
            status.paused_there = True
            self._sender.drop()
            self._advance(message.done)
            if not status.paused_here:
                status.enter(TransferStage.PAUSED_THERE)
        elif state in {"resumed", "running"}:
            status.paused_there = False
            self._advance(message.done)
            if status.stage in _GOES_ON:
                status.enter(TransferStage.WAITING)

    def _advance(self, done: int) -> None:
        self.status.advance(min(done, self.status.record.size))

    def _send_state(self, state: str) -> None:
        if self._line is not None:
            self._line.send(TransferState(transfer=self.status.id, state=state))

    def _send_truth(self) -> None:
        status = self.status
        if status.stage is TransferStage.CANCELLED_HERE:
            self._send_state("cancelled")
        elif status.paused_here:
            self._send_state("paused")
        elif not status.is_over:
            self._send_state("offered" if status.stage is TransferStage.OFFERED else "running")
