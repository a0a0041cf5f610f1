"""A store whose own file cannot work: it goes to memory, and that is said.

What may be over soon (a full disk, another writer) is not meant: then opening is tried again. But a folder in
the file's place, a read-only profile or a file system on which sqlite works in no way stays so, and who waits
for it waits for ever.

"Memory" is a file in a private folder that is deleted at the end: on Linux in /dev/shm, else where the system
keeps temporary files. So readers, exports and the writer work as with any other file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from net.events import Fault, FaultKind
from net.storage.file import FileLock, fault_of, is_passing, lock_path

_PREFIX = "duplex-memory-"
_LOCK = "lock"
_LEAST_FREE = 256 * 1024 * 1024  # bytes of /dev/shm; in a container it is small

T = TypeVar("T")


class MemoryFolder:
    """A folder that only this user can read, and that goes with the program; what a killed one left is
    removed by the next. Raises `OSError`."""

    def __init__(self) -> None:
        parent = _memory()
        _sweep(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._lock = FileLock(self.path / _LOCK)

    def close(self) -> None:
        """Delete it with all that is in it. Idempotent."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def _memory() -> str:
    shared = "/dev/shm"
    with contextlib.suppress(OSError):
        if sys.platform == "linux" and os.access(shared, os.W_OK | os.X_OK):
            found = os.statvfs(shared)
            if found.f_bavail * found.f_frsize >= _LEAST_FREE:
                return shared
    return tempfile.gettempdir()


def _sweep(parent: str) -> None:
    for left in Path(parent).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if not (left / _LOCK).exists():
                continue  # being made just now
            lock = FileLock(left / _LOCK)
            if lock.held:
                lock.release()
                shutil.rmtree(left, ignore_errors=True)


def file_lock(path: Path) -> FileLock:
    """The lock of the database at ``path``. Where its folder takes no lock file, or the file system knows no
    locks, one in the system's temporary folder: then it holds for this PC. Raises `OSError`."""
    try:
        return FileLock(lock_path(path))
    except OSError:
        name = hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()[:32]
        return FileLock(Path(tempfile.gettempdir()) / f"duplex-{name}.lock")


@dataclass(frozen=True, slots=True)
class OpenedStore(Generic[T]):
    """``path``: where it is, within ``folder`` if that is not None; ``notes``: what is to be said of it."""

    store: T
    path: Path
    folder: MemoryFolder | None
    notes: tuple[Fault, ...]


def open_somewhere(
    path: Path,
    open: Callable[[Path], tuple[T, tuple[Fault, ...]]],
    prepare: Callable[[Path, Path], object] = lambda path, copy: None,
) -> OpenedStore[T]:
    """``open(path)``, or in memory where that can never succeed, after ``prepare(path, copy)``, which may put
    there what can still be read. Raises `sqlite3.Error` or `OSError` where it may succeed later, or where not
    even memory works."""
    try:
        store, notes = open(path)
    except (sqlite3.Error, OSError) as error:
        if is_passing(error, path):
            raise
        note = _note(error, path)
    else:
        return OpenedStore(store, path, None, notes)
    folder = MemoryFolder()
    try:
        copy = folder.path / path.name
        with contextlib.suppress(sqlite3.Error, OSError):
            prepare(path, copy)
        store, _ = open(copy)
    except BaseException:
        folder.close()
        raise
    return OpenedStore(store, copy, folder, (note,))


def _note(error: Exception, path: Path) -> Fault:
    fault = fault_of(error, path)
    reason = "read_only" if fault.kind is FaultKind.STORE_READ_ONLY else "failed"
    params = {"path": str(path), "reason": "folder" if path.is_dir() else reason}
    return Fault(FaultKind.STORE_IN_MEMORY, {**params, "detail": str(fault.params.get("detail", ""))})


def copy_readable(path: Path, copy: Path) -> None:
    """A copy of the database at ``path``, which may be read but not written, with what its write-ahead log
    holds if that can be read here. Raises `sqlite3.Error`."""
    if not path.is_file():
        return
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as target:
        try:
            _copy(f"{path.absolute().as_uri()}?mode=ro", target)
        except sqlite3.OperationalError:
            # Without a place for the log's index: the file alone, as nobody can change it.
            _copy(f"{path.absolute().as_uri()}?immutable=1", target)


def _copy(uri: str, target: sqlite3.Connection) -> None:
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as source:
        source.backup(target)
