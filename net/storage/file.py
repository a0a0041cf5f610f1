"""A sqlite file of ours: its lock, opening it, setting aside an unreadable one, and explaining errors. Knows
nothing of the file's content.

Journals
--------
With a write-ahead log a reader never waits for the writer, but the two share memory through a mapped file,
which folders of another machine (9p, SMB, VirtualBox's shared folders) and FUSE without a page cache do not
have. There a rollback journal is used (https://sqlite.org/wal.html, section 1 and 8): slower, and as safe.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, TypeVar

from msgspec import Struct, field

from net.events import Fault, FaultKind

BUSY_SECONDS = 5.0
"""Seconds that writing waits for another writer of the file."""

VARIABLES = 32_766  # in one statement; every sqlite since 3.32 accepts as many
_PROBE_BYTES = 64 * 1024
_WAL_PAGES = 4_000
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

T = TypeVar("T")


# --- The lock ---


class FileLock:
    """A lock held through a file of its own; it ends with the process, however that ends. ``held`` is False
    if another process has it.

    Raises `OSError` if the lock file cannot be created.
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
        """Give the lock up. Idempotent."""
        self._file.close()
        self.held = False


def lock_path(path: Path) -> Path:
    """The lock file of a database: ``<name>.lock`` beside it."""
    return path.with_name(path.name + ".lock")


# --- Opening ---


class Schema(Struct, frozen=True):
    """The layout of a file. ``version``: sqlite's ``user_version``, not 0; ``statements``: those that create
    the tables, separated by semicolons; ``pragmas``: for this file only, as ``name = value``; ``unchecked``:
    prefixes of the names of tables that are too expensive to check when the file is opened; ``upgrades``: for
    each older version that can be opened, the statements that make the next version of it; ``additions``:
    statements that create what a later program of the same version added, each with IF NOT EXISTS: an
    earlier program opens the file all the same, and knows nothing of it."""

    version: int
    statements: str
    pragmas: tuple[str, ...]
    unchecked: tuple[str, ...] = ()
    upgrades: Mapping[int, str] = field(default_factory=dict)
    additions: tuple[str, ...] = ()


class OtherVersion(Exception):
    """The file has a version that this program does not know."""

    def __init__(self, version: int) -> None:
        super().__init__(str(version))
        self.version = version


def open_database(path: Path, schema: Schema) -> sqlite3.Connection:
    """A writing connection to ``path``, whose lock the caller holds; what is missing is created, and a file
    of an older version upgraded, at once or not at all. With a write-ahead log, or a rollback journal where
    no such log works (`has_wal`).

    In autocommit mode: the caller begins and ends transactions. Another thread may close it.
    Raises `OtherVersion`, and `sqlite3.Error` if no database can be opened here now.
    """
    try:
        return _open_database(path, schema, "WAL")
    except sqlite3.OperationalError as error:
        if path.is_dir() or is_damage(error) or is_passing(error, path):
            raise
        with contextlib.suppress(sqlite3.Error):
            _leave_wal(path)
        return _open_database(path, schema, "TRUNCATE")


def has_wal(database: sqlite3.Connection) -> bool:
    """Whether readers need not wait for this connection, and a commit need not wait for the disk."""
    return bool(database.execute("PRAGMA journal_mode").fetchone()[0] == "wal")


def journal_notes(database: sqlite3.Connection, path: Path) -> tuple[Fault, ...]:
    """What is to be said of the journal."""
    return () if has_wal(database) else (Fault(FaultKind.STORE_WITHOUT_WAL, {"path": str(path)}),)


def _open_database(path: Path, schema: Schema, journal: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = _tables(database)
        if version != schema.version and version not in schema.upgrades and (version or tables):
            raise OtherVersion(version)
        # Set before the first table exists, so that the space of deleted rows can be returned.
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute(f"PRAGMA journal_mode = {journal}")
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        database.execute(f"PRAGMA journal_size_limit = {_WAL_PAGES * 4096}")
        for pragma in schema.pragmas:
            database.execute(f"PRAGMA {pragma}")
        if not tables:
            _run_at_once(database, schema.statements, schema.version)
        else:
            for older in range(version, schema.version):
                _run_at_once(database, schema.upgrades[older], older + 1)
        for statement in schema.additions:
            database.execute(statement)
        # Find damage now, while the file can be set aside before anything was promised.
        for table in _tables(database):
            if not table.startswith(schema.unchecked):
                database.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone()
    except BaseException:
        database.close()
        raise
    return database


def _leave_wal(path: Path) -> None:
    """Take what a write-ahead log still holds into the file, and do without from now on. Who has the file
    alone needs no shared memory for that."""
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as database:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = TRUNCATE")


def _run_at_once(database: sqlite3.Connection, statements: str, version: int) -> None:
    """Run the statements in one transaction; from then on the file is of this version."""
    database.execute("BEGIN IMMEDIATE")
    for statement in statements.split(";"):
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {version}")
    database.execute("COMMIT")


def _tables(database: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in database.execute(query)]


def open_or_replace(path: Path, open: Callable[[Path], T]) -> tuple[T, tuple[Fault, ...]]:
    """The result of ``open(path)``, and what is to be said of it: the file was damaged, or of another
    version, and was set aside; or it was empty. Then a new one was begun. Raises what ``open`` raises
    otherwise."""
    was_there, was_empty = path.exists(), _is_empty(path)
    try:
        opened = open(path)
    except (sqlite3.OperationalError, OSError):
        if not was_there and _is_empty(path):
            # Left by this attempt: the next one must not take it for one that lost all.
            with contextlib.suppress(OSError):
                path.unlink()
        raise
    except OtherVersion as error:
        kind, aside = FaultKind.STORE_OTHER_VERSION, set_aside(path, f"version-{error.version}")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        kind, aside = FaultKind.STORE_DAMAGED, set_aside(path, "damaged")
    else:
        return opened, (Fault(FaultKind.STORE_EMPTY, {"path": str(path)}),) if was_empty else ()
    return open(path), (Fault(kind, {"path": str(path), "aside": str(aside)}),)


def _is_empty(path: Path) -> bool:
    """Whether a file without a byte is there, and none beside it that still holds something."""
    try:
        if os.stat(path).st_size or not path.is_file():
            return False
        return not any(
            os.path.exists(f"{path}{suffix}") and os.stat(f"{path}{suffix}").st_size
            for suffix in ("-wal", "-journal")
        )
    except OSError:
        return False


def set_aside(path: Path, word: str) -> Path:
    """Rename a database to ``<name>.<word>-<time>``; returns the new path."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.name}.{word}-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{word}-{stamp}-{number}")
    os.replace(path, aside)
    for suffix in ("-wal", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{aside}{suffix}")
    with contextlib.suppress(FileNotFoundError):
        os.remove(f"{path}-shm")
    return aside


def remove(path: Path) -> None:
    """Delete a database with its journal files; the lock file stays, for others may be waiting on it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{path}{suffix}")


# --- Writing ---


Values = Sequence[object]


def insert_rows(database: sqlite3.Connection, table: str, rows: Sequence[Values]) -> None:
    """Insert all columns of the rows by statements of up to VARIABLES values. Their row counts are powers of
    two, so that the connection can reuse the compiled statements."""
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
    """Return that many free pages to the file system; quickest within a transaction."""
    for _ in range(pages):
        # sqlite3 takes one step of a statement without columns, and each step of this one frees one page.
        database.execute("PRAGMA incremental_vacuum(1)")


# --- Errors ---


def is_damage(error: Exception) -> bool:
    """Whether the error means that the file's content is damaged, not that it cannot be read or written."""
    if not isinstance(error, sqlite3.DatabaseError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in (11, 26)  # SQLITE_CORRUPT, SQLITE_NOTADB
    text = str(error)
    return "malformed" in text or "not a database" in text


def is_passing(error: Exception, path: Path) -> bool:
    """Whether what keeps the file from being opened may be over soon: no space, another writer, too many
    open files. What else does so will do so the next time, too."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (5, 6, 13) or "is full" in str(error) or "is locked" in str(error):
            return True
    cause = _cause(error, path)
    return isinstance(cause, OSError) and cause.errno in (*_NO_SPACE, errno.EMFILE, errno.ENFILE)


def fault_of(error: Exception, path: Path) -> Fault:
    """Why the file cannot be written; found out by a test write if sqlite only reports "I/O error"."""
    where = {"path": str(path)}
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == 13 or "is full" in str(error):
        return Fault(FaultKind.STORE_FULL, where)
    if _is_read_only(error):
        return Fault(FaultKind.STORE_READ_ONLY, where)
    problem = _cause(error, path)
    if isinstance(problem, OSError):
        if problem.errno in _NO_SPACE:
            return Fault(FaultKind.STORE_FULL, where)
        if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            return Fault(FaultKind.STORE_READ_ONLY, where)
    return Fault(FaultKind.STORE_FAILED, {**where, "detail": _detail(problem)})


def written_fault(error: Exception, path: Path) -> Fault:
    """Why a file that was asked for could not be written: nothing waits, nothing was changed."""
    return Fault(FaultKind.FILE_UNWRITABLE, {"path": str(path), "detail": _detail(_cause(error, path))})


def _detail(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _is_read_only(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == 8 or "readonly" in str(error)


def _cause(error: Exception, path: Path) -> Exception:
    """What the system says where sqlite only reports "I/O error"."""
    if isinstance(error, sqlite3.Error):
        try:
            _probe(path.parent)
        except OSError as found:
            return found
    return error


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
