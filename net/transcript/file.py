"""The transcript's database file: which one is free, opening it, and setting aside what cannot be read."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO

from net.events import Fault, FaultKind
from net.transcript.reader import SCHEMA, SCHEMA_VERSION

MOST_FILES = 100
"""Programs that can record side by side in one folder."""

VARIABLES = 32_766  # that every sqlite since 3.32 takes in one statement
_BUSY_SECONDS = 5.0
_PROBE_BYTES = 64 * 1024
_WAL_PAGES = 4_000


class FileLock:
    """A lock on a file of its own that ends with the process, however that ends. ``held`` is False where
    another has it.

    Raises `OSError` where the lock file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = open(path, "ab")  # noqa: SIM115 - held open as long as the lock
        try:
            if sys.platform == "win32":
                import msvcrt

                self._file.seek(0)
                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            self.held = False
            if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                raise
        else:
            self.held = True

    def release(self) -> None:
        self._file.close()
        self.held = False


def candidates(path: Path) -> Iterator[Path]:
    """transcript.sqlite, transcript-2.sqlite ..."""
    yield path
    for number in range(2, MOST_FILES + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def remove(path: Path) -> None:
    """Remove a database with what belongs to it; the lock file stays, for others may be waiting on it."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{path}{suffix}")


def set_aside(path: Path, word: str) -> Path:
    """Rename a database; the new name is ``<name>.<word>-<time>``."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.name}.{word}-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{word}-{stamp}-{number}")
    os.replace(path, aside)
    with contextlib.suppress(FileNotFoundError):
        os.replace(f"{path}-wal", f"{aside}-wal")
    with contextlib.suppress(FileNotFoundError):
        os.remove(f"{path}-shm")
    return aside


Values = Sequence[object]


def insert_rows(database: sqlite3.Connection, table: str, rows: Sequence[Values]) -> None:
    """Insert all columns of the rows by statements of up to VARIABLES values, in sizes that are powers of
    two, so that the connection remembers their compiled forms."""
    if not rows:
        return
    columns = len(rows[0])
    start, size = 0, 1 << (VARIABLES // columns).bit_length() - 1
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        statement = _insert_statement(table, columns, size)
        database.execute(statement, list(chain.from_iterable(rows[start : start + size])))
        start += size


@functools.lru_cache(maxsize=128)
def _insert_statement(table: str, columns: int, size: int) -> str:
    row = f"({','.join('?' * columns)})"
    return f"INSERT OR REPLACE INTO {table} VALUES {','.join([row] * size)}"


def free_pages(database: sqlite3.Connection, pages: int) -> None:
    """Give so many free pages back to the disk; quickest within a transaction."""
    for _ in range(pages):
        # sqlite3 takes one step of a statement without columns, and each step of this one frees one page.
        database.execute("PRAGMA incremental_vacuum(1)")


def open_database(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    """A writing connection to ``path``, whose lock the caller holds, and where a file that could not be
    read went.

    Raises `sqlite3.Error` or `OSError` where no database can be made here now.
    """
    try:
        return _open(path), None
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        aside = set_aside(path, "damaged")
    except _OtherVersion as error:
        aside = set_aside(path, f"version-{error.version}")
    return _open(path), aside


class _OtherVersion(Exception):
    def __init__(self, version: int) -> None:
        super().__init__(str(version))
        self.version = version


def _open(path: Path) -> sqlite3.Connection:
    # Autocommit: transactions are begun and ended by whoever writes. The thread that closes may be another.
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version != SCHEMA_VERSION and (version or tables):
            raise _OtherVersion(version)
        # Before the first table, so that the space of deleted rows can be given back.
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        database.execute(f"PRAGMA journal_size_limit = {_WAL_PAGES * 4096}")
        if not tables:
            database.execute("BEGIN IMMEDIATE")
            for statement in SCHEMA.split(";"):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            database.execute("COMMIT")
        for table in ("sessions", "rows", "places", "links", "garbage"):
            database.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone()
    except BaseException:
        database.close()
        raise
    return database


def is_damage(error: Exception) -> bool:
    """Whether the error says that the file's content is wrong, not that it cannot be reached or written."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB
    text = str(error)
    return "malformed" in text or "not a database" in text


def fault_of(error: Exception, path: Path) -> Fault:
    """Why the file cannot be written, found out by trying where sqlite only says "I/O error"."""
    where = {"path": str(path)}
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == 13 or "is full" in str(error):
        return Fault(FaultKind.STORE_FULL, where)
    if code == 8 or "readonly" in str(error):
        return Fault(FaultKind.STORE_READ_ONLY, where)
    problem: Exception = error
    if isinstance(error, sqlite3.Error):
        try:
            _probe(path.parent)
        except OSError as found:
            problem = found
    if isinstance(problem, OSError):
        if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return Fault(FaultKind.STORE_FULL, where)
        if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return Fault(FaultKind.STORE_READ_ONLY, where)
    return Fault(FaultKind.STORE_FAILED, {**where, "detail": str(problem)})


def _probe(folder: Path) -> None:
    probe = folder / f".duplex-probe-{os.getpid()}"
    try:
        with open(probe, "wb", buffering=0) as file:
            written = file.write(bytes(_PROBE_BYTES))
            if written < _PROBE_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
