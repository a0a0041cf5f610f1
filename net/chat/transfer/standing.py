"""How one transfer stands: its stage, its bytes, its rate; kept in the history and told to the window."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from net.chat.events import TransferChanged, TransferStage
from net.chat.history.records import TransferRecord
from net.chat.transfer.rate import RateMeter
from net.chat.transfer.surroundings import Surroundings

TELL_INTERVAL = 0.1
"""Seconds between two reports of one transfer, new stages apart."""

SAVE_INTERVAL = 1.0
"""Seconds between two saves of the bytes done."""

OVER = frozenset(
    {
        TransferStage.FINISHED,
        TransferStage.DECLINED,
        TransferStage.CANCELLED_HERE,
        TransferStage.CANCELLED_THERE,
    }
)
"""Nothing more happens to these. FAILED can be resumed."""


class Standing:
    """``record`` is what is stored; ``failed`` the indexes of failed items."""

    def __init__(self, around: Surroundings, record: TransferRecord, failed: tuple[int, ...] = ()) -> None:
        self.record = record
        self.failed = failed
        self._around = around
        self._meter = RateMeter()
        self._told = float("-inf")
        self._saved = float("-inf")
        self._timer: asyncio.TimerHandle | None = None

    @property
    def stage(self) -> TransferStage:
        return self.record.stage

    @property
    def is_over(self) -> bool:
        return self.record.stage in OVER

    def enter(self, stage: TransferStage, reason: str = "", folder: str = "") -> None:
        """A new stage is saved and told at once; the same one again is not."""
        record = self.record
        if (record.stage, record.reason) == (stage, reason) and folder in ("", record.folder):
            return
        if stage is not TransferStage.RUNNING or record.stage is not TransferStage.RUNNING:
            self._meter.reset()
        self.record = replace(record, stage=stage, reason=reason, folder=folder or record.folder)
        self._around.store.save(self.record)
        self._saved = self._around.clock()
        self.tell()

    def advance(self, done: int, size: int | None = None) -> None:
        """``done`` bytes in all are on the receiver's disk."""
        if done == self.record.done and size in (None, self.record.size):
            return
        size = self.record.size if size is None else size
        self.record = replace(self.record, done=done, size=size)
        now = self._around.clock()
        self._meter.add(now, done)
        if now - self._saved >= SAVE_INTERVAL:
            self._saved = now
            self._around.store.save(self.record)
        if now - self._told >= TELL_INTERVAL:
            self.tell()
        elif self._timer is None:
            self._timer = self._around.loop.call_later(TELL_INTERVAL, self.tell)

    def tell(self) -> None:
        """Report now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._told = self._around.clock()
        self._around.changed(self.event())

    def event(self) -> TransferChanged:
        record = self.record
        now = self._around.clock()
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
        )

    def close(self) -> None:
        """Save what is done; no more reports."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._around.store.save(self.record)
