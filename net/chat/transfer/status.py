"""How one transfer stands: its stage, its bytes, its rate; kept in the history and reported to the views."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from net.chat.events import TransferChanged, TransferStage
from net.chat.history.records import OVER_STAGES, TransferRecord
from net.chat.transfer.context import TransferContext
from net.chat.transfer.rate import RateMeter

REPORT_INTERVAL = 0.1
"""Seconds between two reports of one transfer, new stages apart."""

SAVE_INTERVAL = 1.0
"""Seconds between two saves of the bytes done."""


class TransferStatus:
    """``record``: what is stored; ``failed``: the indexes of failed items; ``paused_here`` and
    ``paused_there``: both sides can pause it, and it goes on when neither does."""

    def __init__(
        self, context: TransferContext, record: TransferRecord, failed: tuple[int, ...] = ()
    ) -> None:
        self.record = record
        self.failed = failed
        self.paused_here = record.stage is TransferStage.PAUSED_HERE
        self.paused_there = record.stage is TransferStage.PAUSED_THERE
        self._context = context
        self._meter = RateMeter()
        self._reported = float("-inf")
        self._saved = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    @property
    def stage(self) -> TransferStage:
        return self.record.stage

    @property
    def is_over(self) -> bool:
        return self.record.stage in OVER_STAGES

    @property
    def id(self) -> bytes:
        """The transfer's, as it stands on the wire."""
        return bytes.fromhex(self.record.transfer)

    def enter(self, stage: TransferStage, reason: str = "", folder: str = "") -> None:
        """A new stage is saved and reported at once; the same one again is not."""
        record = self.record
        if (record.stage, record.reason) == (stage, reason) and folder in ("", record.folder):
            return
        if stage is not TransferStage.RUNNING or record.stage is not TransferStage.RUNNING:
            self._meter.reset()
        self.record = replace(record, stage=stage, reason=reason, folder=folder or record.folder)
        self._context.store.save(self.record)
        self._saved = self._context.clock()
        self.report()

    def advance(self, done: int, size: int | None = None) -> None:
        """``done`` bytes in all are on the receiver's disk."""
        if done == self.record.done and size in (None, self.record.size):
            return
        size = self.record.size if size is None else size
        self.record = replace(self.record, done=done, size=size)
        now = self._context.clock()
        self._meter.add(now, done)
        if now - self._saved >= SAVE_INTERVAL:
            self._saved = now
            self._context.store.save(self.record)
        if now - self._reported >= REPORT_INTERVAL:
            self.report()
        elif self._timer is None:
            self._timer = self._context.loop.call_later(REPORT_INTERVAL, self.report)

    def stalled(self) -> None:
        """The line is gone, or a new one stands: nothing is running now."""
        if self.stage is TransferStage.RUNNING:
            self.enter(TransferStage.WAITING)

    def report(self) -> None:
        """Report now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._reported = self._context.clock()
        self._context.changed(self.event())

    def event(self) -> TransferChanged:
        """How it stands now."""
        record = self.record
        now = self._context.clock()
        running = record.stage is TransferStage.RUNNING
        return TransferChanged(
            transfer=record.transfer,
            group=record.group,
            conversation=record.conversation,
            identity=record.identity,
            incoming=record.incoming,
            title=record.title,
            count=record.count,
            size=record.size,
            done=record.done,
            rate=self._meter.rate(now) if running else 0.0,
            seconds_left=self._meter.seconds_left(now, record.size - record.done) if running else None,
            stage=record.stage,
            reason=record.reason,
            folder=record.folder,
            failed=self.failed,
            left_out=record.left_out,
        )

    def close(self) -> None:
        """Save what is done; no more reports."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._context.store.save(self.record)
