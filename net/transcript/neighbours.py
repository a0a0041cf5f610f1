"""The transcript files of other programs with the same profile. A program that has ended may never run again
to prune its own file, so whoever prunes does it for all files that no program holds, a little at a time."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from net.storage.file import FileLock, lock_path, remove
from net.transcript.clearing import DAY_NS, EVERY, expired
from net.transcript.file import candidates
from net.transcript.reader import SCHEMA_VERSION, UPGRADES, TranscriptReader
from net.transcript.session_book import SessionBook
from net.transcript.store import Store

logger = logging.getLogger("duplex.net")


class Neighbours:
    """``path``: the name of the first file. For one thread; only `expiring` may be called from any."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._days = 0
        self._due: deque[Path] = deque()
        self._store: Store | None = None

    def prune(self, keep_days: int, own: Path) -> None:
        """Delete what is `net.transcript.clearing.expired` in all files except ``own``: whole files at once,
        the rest by `step`."""
        self.close()
        self._days = keep_days
        for path in self._others(own):
            try:
                with _held(path) as held:
                    if held and _is_old(path, keep_days):
                        remove(path)
                    elif held:
                        self._due.append(path)
            except OSError as error:
                logger.warning("%s can't be pruned: %s", path, error)

    def step(self) -> bool:
        """Do a little of the remaining work (some milliseconds); False when none is left."""
        try:
            if self._store is not None:
                if not self._store.tidy():
                    self._let_go()
                return True
            if self._due:
                self._begin(self._due.popleft())
                return True
        except (sqlite3.Error, OSError) as error:
            logger.warning("pruning what another program recorded: %s", error)
            self._let_go()
            return True
        return False

    def expiring(self, keep_days: int, own: Path) -> int:
        """How many sessions (a listener with its connections counts as one) `prune` would delete now."""
        count = 0
        for path in self._others(own):
            with contextlib.suppress(sqlite3.Error, OSError), _held(path) as held:
                if held:
                    count += _expiring(path, keep_days)
        return count

    def close(self) -> None:
        """Stop; the remaining work is left to the next run."""
        self._due.clear()
        self._let_go()

    def _others(self, own: Path) -> list[Path]:
        return [path for path in candidates(self._path) if path != own and path.exists()]

    def _begin(self, path: Path) -> None:
        lock = FileLock(lock_path(path))
        try:
            # A file with nothing to delete is not even opened for writing.
            if lock.held and _loses(path, self._days):
                self._store = Store(path, lock, SessionBook())
        finally:
            if self._store is None:
                lock.release()
        if self._store is not None:
            self._store.prune(self._days)
            if self._store.is_empty:
                self._let_go(delete=True)

    def _let_go(self, delete: bool = False) -> None:
        store, self._store = self._store, None
        if store is not None:
            with contextlib.suppress(sqlite3.Error, OSError):
                store.close(delete)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[bool]:
    """Whether this file is free; within the block no other program can take it."""
    lock = FileLock(lock_path(path))
    try:
        yield lock.held
    finally:
        lock.release()


def _is_old(path: Path, keep_days: int) -> bool:
    """Whether everything in it is to go, because nothing was written to it since. The last rows of a killed
    program are in the journal beside it."""
    if not keep_days:
        return True
    written = os.stat(path).st_mtime
    with contextlib.suppress(FileNotFoundError):
        written = max(written, os.stat(f"{path}-wal").st_mtime)
    return written < (time.time_ns() - keep_days * DAY_NS) / 1e9


@contextlib.contextmanager
def _read(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Yields None if the file is of a version of Duplex that this one can't read, for which it is kept."""
    with contextlib.closing(TranscriptReader(path)) as reader, reader.read() as database:
        version = 0 if database is None else database.execute("PRAGMA user_version").fetchone()[0]
        yield database if version == SCHEMA_VERSION or version in UPGRADES else None


def _loses(path: Path, keep_days: int) -> bool:
    with _read(path) as database:
        if database is None:
            return False
        # When the last sessions of a killed program ended is not known yet.
        unended = database.execute("SELECT 1 FROM sessions WHERE closed IS NULL LIMIT 1").fetchone()
        return unended is not None or bool(expired(database, keep_days, EVERY))


def _expiring(path: Path, keep_days: int) -> int:
    with _read(path) as database:
        if database is None:
            return 0
        if _is_old(path, keep_days):
            counted: int = database.execute("SELECT count(DISTINCT region) FROM sessions").fetchone()[0]
            return counted
        return len(expired(database, keep_days, EVERY))
