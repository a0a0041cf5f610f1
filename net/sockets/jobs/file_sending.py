"""Sending a file's bytes through a session, no faster than the peer takes them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from typing import BinaryIO

from msgspec import Struct

from net.events import Fault, FaultKind
from net.loop.outlet import Outlet
from net.sockets.commands import SendFile
from net.sockets.events import FilePart, FileProgressed, SentFile
from net.sockets.session import Session

PROGRESS_INTERVAL = 0.1
"""Seconds between two `FileProgressed` while sending; every change of state is reported at once."""

BLOCK = 256 * 1024
BLOCK_MESSAGES = 256
"""Bytes and messages read from the file and sent in one step (at least one message)."""

QUEUE_LIMIT = 1024 * 1024
"""Bytes queued in the session above which no more are added: with one block, all the memory that a slow peer
costs."""

QUEUE_POLL = 0.002
"""Seconds between checks of a full queue."""


class _Failed(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind.value)
        self.fault = fault


class _Cancelled(Exception):
    pass


class _Source(Struct):
    """The open file, with its size and time of modification when it was opened."""

    file: BinaryIO
    size: int
    modified: int


class FileSender:
    """Sends one file. Ends with one `FileProgressed` in the state "finished", "cancelled" or "failed".

    "finished" means that the session has accepted the last byte (for TCP: it is at least in the send
    buffer). If the file changes while it is sent, the result would be neither the old one nor the new one:
    it fails with FILE_CHANGED.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, session: Session, command: SendFile, outlet: Outlet
    ) -> None:
        self.sent = 0
        self.size = 0
        self.finished = False
        self._loop = loop
        self._session = session
        self._command = command
        self._outlet = outlet
        self._chunk = max(1, command.chunk)
        if session.message_limit is not None:
            self._chunk = min(self._chunk, session.message_limit)
        self._cancelled = False
        self._paused = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._reported_at = 0.0
        self._reported_sent = 0
        self._rate = 0.0
        self._digest = hashlib.sha256()

    def start(self) -> None:
        """Open the file and send it, in a task of the loop."""
        self._reported_at = self._loop.time()
        self._task = self._loop.create_task(self._run())

    def pause(self) -> None:
        """Send nothing until `resume`. Bytes that the session has accepted are still sent."""
        if not self.finished and not self._paused:
            self._paused = True
            self._rate = 0.0
            self._report("paused")

    def resume(self) -> None:
        """Continue after `pause`. Idempotent."""
        if not self.finished and self._paused:
            self._paused = False
            self._reported_at, self._reported_sent = self._loop.time(), self.sent
            self._report("sending")
            self._changed.set()

    def cancel(self) -> None:
        """End without sending the rest. Idempotent."""
        self._cancelled = True
        self._end("cancelled")

    def session_ended(self) -> None:
        """The session closes: fail with NOT_OPEN now. Idempotent."""
        self._end("failed", Fault(FaultKind.NOT_OPEN))

    async def _run(self) -> None:
        source: _Source | None = None
        try:
            source = await self._loop.run_in_executor(None, self._open)
            self.size = source.size
            if not self.finished:
                self._report("paused" if self._paused else "sending")
            command = self._command
            await self._send_all(source, SentFile(command.job, command.path, source.size, source.modified))
        except _Failed as failure:
            self._end("failed", failure.fault)
        except _Cancelled:
            self._end("cancelled")
        else:
            self._end("finished", sha256=self._digest.hexdigest())
        finally:
            if source is not None:
                source.file.close()

    async def _send_all(self, source: _Source, file: SentFile) -> None:
        due = self._loop.time()
        block = self._chunk * min(max(1, BLOCK // self._chunk), BLOCK_MESSAGES)
        while self.sent < source.size:
            await self._ready()
            data = await self._loop.run_in_executor(None, self._read, source, block)
            for start in range(0, len(data), self._chunk):
                if self._command.interval > 0:
                    due = await self._wait_until(due) + self._command.interval
                await self._ready()
                piece = data[start : start + self._chunk]
                fault = self._session.send([piece], self._command.to, FilePart(file, self.sent))
                if fault is not None:
                    raise _Failed(fault)
                self.sent += len(piece)
                self._progress()

    async def _ready(self) -> None:
        """Wait until the next piece may be sent, and recorded."""
        while True:
            self._check()
            if not self._paused and self._session.queued <= QUEUE_LIMIT and not self._outlet.congested:
                return
            if self._paused:
                await self._sleep(None)
            else:
                self._progress()
                await self._sleep(QUEUE_POLL)

    async def _wait_until(self, due: float) -> float:
        """Wait for ``due``, a time of the loop's clock; returns it, or now if it is long past (a delay is not
        made up for in a burst)."""
        while (now := self._loop.time()) < due:
            self._check()
            await self._sleep(due - now)
        self._check()
        return max(due, now - self._command.interval)

    async def _sleep(self, seconds: float | None) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except asyncio.TimeoutError:  # not the built-in TimeoutError before Python 3.11
            return

    def _check(self) -> None:
        if self._cancelled or self.finished:
            raise _Cancelled
        if not self._session.is_open:
            raise _Failed(Fault(FaultKind.NOT_OPEN))

    def _open(self) -> _Source:
        path = self._command.path
        try:
            # Opening a FIFO or a device could block for ever.
            if not stat.S_ISREG(os.stat(path).st_mode):
                raise OSError(22, "not a regular file")
            file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by whoever sends from it
            facts = os.fstat(file.fileno())
        except (OSError, ValueError) as error:
            raise _Failed(self._unreadable(error)) from None
        return _Source(file, facts.st_size, facts.st_mtime_ns)

    def _read(self, source: _Source, size: int) -> bytes:
        changed = _Failed(Fault(FaultKind.FILE_CHANGED, {"path": self._command.path}))
        try:
            data = source.file.read(size)
            facts = os.fstat(source.file.fileno())
        except (OSError, ValueError) as error:
            raise _Failed(self._unreadable(error)) from None
        if facts.st_size != source.size or facts.st_mtime_ns != source.modified or not data:
            raise changed
        self._digest.update(data)
        return data

    def _unreadable(self, error: OSError | ValueError) -> Fault:
        detail = getattr(error, "strerror", None) or str(error)
        return Fault(FaultKind.FILE_UNREADABLE, {"path": self._command.path, "detail": detail})

    def _progress(self) -> None:
        now = self._loop.time()
        passed = now - self._reported_at
        if passed >= PROGRESS_INTERVAL and not self._paused:
            self._rate = (self.sent - self._reported_sent) / passed
            self._reported_at, self._reported_sent = now, self.sent
            self._report("sending")

    def _end(self, state: str, fault: Fault | None = None, sha256: str = "") -> None:
        if self.finished:
            return
        self.finished = True
        self._changed.set()
        self._report(state, fault, sha256)

    def _report(self, state: str, fault: Fault | None = None, sha256: str = "") -> None:
        command = self._command
        self._outlet.put(
            FileProgressed(
                command.session,
                command.job,
                command.path,
                self.sent,
                self.size,
                self._rate,
                state,
                fault,
                sha256,
            )
        )
