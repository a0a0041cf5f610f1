"""The write-ahead log and its sync.

With sqlite's own ``synchronous = FULL`` a COMMIT returns when it is on the disk, and nothing can be done
between the writing and the waiting. Here COMMIT only writes (a killed process loses nothing of that; a power
failure may), and `WriteAheadLog.sync` waits for the disk: what may go on meanwhile does, and what need not be
on the disk at once costs no wait of its own.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

_sync = getattr(os, "fdatasync", os.fsync)
_FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class WriteAheadLog:
    """Of a database in WAL mode with ``synchronous = NORMAL``, written by this connection only."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        # A file number of our own: sqlite holds no locks on this file that closing it would lose.
        self._file = os.open(f"{path}-wal", _FLAGS)
        self._changes = database.total_changes
        self._failed = False

    @property
    def is_behind(self) -> bool:
        """Whether anything was written that is not known to be on the disk."""
        return self._failed or self._database.total_changes != self._changes

    def sync(self) -> None:
        """Return once all that was committed is on the disk. Raises `OSError` or `sqlite3.Error`."""
        if not self.is_behind:
            return
        changes = self._database.total_changes
        if self._failed:
            # After a failed sync the system may take the pages for clean, and a second one means nothing:
            # they are written once more, into the database itself.
            self._checkpoint()
        else:
            try:
                _sync(self._file)
            except OSError:
                self._failed = True
                raise
        self._changes, self._failed = changes, False

    def close(self) -> None:
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1

    def _checkpoint(self) -> None:
        self._database.rollback()  # what was only begun
        busy, pages, moved = self._database.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if busy or pages != moved:
            raise OSError("the write-ahead log could not be moved into the database")
