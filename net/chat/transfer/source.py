"""A file being read and hashed for sending, as long as it stays what was offered. All but `Source.hash`
blocks: for an executor."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import stat
import threading
from pathlib import Path

from net.chat.transfer.context import BLOCK
from net.chat.transfer.faults import TransferError, TransferFault, reading_fault

SKIP_BLOCK = 1024 * 1024


class Source:
    """``size`` and ``modified`` (ms) as the file is; each call may raise TransferError."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self.modified = 0
        self._path = path
        self._file = -1
        self._left = 0
        self._moment = 0
        self._content: io.FileIO | None = None
        self._buffers: list[list[memoryview]] = [[], []]
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()
        self._closed = False

    def open(self, size: int, modified: int, offset: int) -> None:
        """Where the file is no longer of this ``size`` and ``modified`` time it is CHANGED, with ``size`` and
        ``modified`` set to what they are now. What lies before ``offset`` is hashed."""
        try:
            with self._lock:
                if self._closed:
                    return
                flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
                self._file = os.open(self._path, flags | getattr(os, "O_CLOEXEC", 0))
                content = self._content = io.FileIO(self._file, closefd=False)
                facts = os.fstat(self._file)
                if not stat.S_ISREG(facts.st_mode):
                    raise TransferError(TransferFault.UNREADABLE)
                self.size = facts.st_size
                self.modified = facts.st_mtime_ns // 1_000_000
                self._moment = facts.st_mtime_ns
                if (self.size, self.modified) != (size, modified) or offset > size:
                    raise TransferError(TransferFault.CHANGED)
                self._left = self.size
                skipped = memoryview(bytearray(min(offset, SKIP_BLOCK)))
                while offset > 0 and not self._closed:
                    block = self._read(content, skipped[:offset])
                    self._hash.update(block)
                    offset -= len(block)
        except OSError as error:
            raise reading_fault(error) from error

    def read(self, blocks: int) -> list[memoryview]:
        """At most this many blocks of at most BLOCK bytes; none at the end. They hold until the next call but
        one: fresh memory for each would cost more than its hash. A file that is shorter than it was is
        CHANGED."""
        found: list[memoryview] = []
        try:
            with self._lock:
                content = self._content
                if content is None:
                    return found
                self._buffers.reverse()
                buffers = self._buffers[0]
                while self._left and len(found) < blocks and not self._closed:
                    if len(found) == len(buffers):
                        buffers.append(memoryview(bytearray(min(self._left, BLOCK))))
                    found.append(self._read(content, buffers[len(found)]))
        except OSError as error:
            raise reading_fault(error) from error
        return found

    def hash(self, block: memoryview) -> None:
        """What was read, in the thread that sends it next: each hand-over of a block costs as much as a part
        of its hash. Once for each block, in their order."""
        self._hash.update(block)

    def digest(self) -> bytes:
        """SHA-256 of the whole content, which is hashed by now, if the file still is what it was."""
        try:
            with self._lock:
                if self._closed:
                    return b""
                facts = os.fstat(self._file)
        except OSError as error:
            raise reading_fault(error) from error
        if (facts.st_size, facts.st_mtime_ns) != (self.size, self._moment):
            raise TransferError(TransferFault.CHANGED)
        return self._hash.digest()

    def look(self) -> None:
        """Take ``size`` and ``modified`` from the file as it is now, for the next try."""
        with contextlib.suppress(OSError):
            facts = os.stat(self._path)
            self.size, self.modified = facts.st_size, facts.st_mtime_ns // 1_000_000

    def close(self) -> None:
        """Idempotent; waits for a read under way, which ends soon."""
        self._closed = True
        with self._lock:
            file, self._file = self._file, -1
            if file >= 0:
                with contextlib.suppress(OSError):
                    os.close(file)

    def _read(self, content: io.FileIO, buffer: memoryview) -> memoryview:
        size = content.readinto(buffer[: self._left])
        if not size:
            raise TransferError(TransferFault.CHANGED)
        block = buffer[:size]
        self._left -= size
        return block
