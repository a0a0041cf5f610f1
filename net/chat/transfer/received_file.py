"""One received file on its way: whole, with the right SHA-256, or not there at all.

A file grows as ``name.<tag>.part`` beside its place; the tag is made of the transfer and the item: it is
found again after any restart, even one that remembered nothing. What is there is hashed again when it is
taken up, so that the digest covers every byte. Only when the SHA-256 is the sender's does the file get its
name, exclusively: what is there already is never replaced, "name (2).ext" is taken instead. All but
`ReceivedFile.hash` blocks: for an executor.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from net.chat.transfer.faults import TransferError, TransferFault, writing_fault
from net.chat.transfer.landing import MAX_TRIES, NOFOLLOW, REPARSE, Landing, Place, numbered, set_time
from net.protocol.chat.filenames import safe_component

HASH_BLOCK = 1024 * 1024
WRITE_PIECE = 32 * 1024
"""Bytes of one write. For a long one Linux takes long pieces of memory, which nobody used for a while: of
256 KiB at a time the page cache's share of a file's processor time was three times as high."""

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


class ReceivedFile:
    """One file on its way. ``size``: bytes it has on the disk."""

    def __init__(self, landing: Landing, components: Sequence[str], item: int) -> None:
        self.size = 0
        self.landed: Path | None = None
        self._landing = landing
        self._folder = tuple(components[:-1])
        self._name = safe_component(components[-1])
        self._part = f"{self._name}.{landing.tag(item)}.part"
        self._file = -1
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()
        self._closed = False

    @property
    def path(self) -> Path:
        """Where it is, as far as it was looked for."""
        return self._landing.folder / self._landing.shown(self._folder) / self._part

    def open(self, size: int) -> None:
        """Take up what is there, at most ``size`` bytes, and hash it. Raises TransferError."""
        with self._lock, self._faults():
            if self._closed or self._file >= 0:
                return
            with self._landing.place(self._folder) as place:
                flags = os.O_RDWR | os.O_CREAT | NOFOLLOW | _BINARY | getattr(os, "O_NONBLOCK", 0)
                path = place.at(self._part)
                if place.descriptor is None:
                    _refuse_link(path)
                self._file = os.open(path, flags, 0o666, dir_fd=place.descriptor)
                facts = os.fstat(self._file)
                if stat.S_ISREG(facts.st_mode) and facts.st_nlink > 1:
                    # Another name of the same file is somebody else's: begin with one of our own.
                    self._close_file()
                    os.unlink(path, dir_fd=place.descriptor)
                    self._file = os.open(path, flags | os.O_EXCL, 0o666, dir_fd=place.descriptor)
                    facts = os.fstat(self._file)
            if not stat.S_ISREG(facts.st_mode):
                raise TransferError(TransferFault.UNWRITABLE)
            if facts.st_size > size:
                os.truncate(self._file, 0)
            while not self._closed:
                block = os.read(self._file, HASH_BLOCK)
                if not block:
                    break
                self._hash.update(block)
                self.size += len(block)

    def hash(self, block: bytes | bytearray) -> None:
        """What follows, in the thread where it arrives: there it is in the processor's cache still, and the
        disk's thread, which has most to do, only writes. Once open, and once for each block."""
        self._hash.update(block)

    def write(self, blocks: Sequence[bytes | bytearray]) -> None:
        """Put behind what is there. Raises TransferError; what was written before it counts."""
        with self._lock, self._faults():
            if self._closed:
                return
            for block in blocks:
                view = memoryview(block)
                while view:
                    written = os.write(self._file, view[:WRITE_PIECE])
                    self.size += written
                    view = view[written:]

    def check(self, digest: bytes, size: int) -> None:
        """Raises TransferError HASH, and removes the part, unless this is the whole content. One that was
        closed meanwhile stays as it is, for the next run."""
        if self._closed:
            raise TransferError(TransferFault.UNWRITABLE)
        if self.size == size and self._hash.digest() == digest:
            return
        self.discard()
        raise TransferError(TransferFault.HASH)

    def land(self, modified: int) -> Path:
        """Give it its name and time (ms since the epoch). Raises TransferError."""
        with self._lock, self._faults():
            if self._closed:
                raise TransferError(TransferFault.UNWRITABLE)
            if os.utime in os.supports_fd:
                set_time(self._file, modified)
            self._close_file()
            with self._landing.place(self._folder) as place:
                name = _rename_exclusively(place, self._part, self._name)
                path = place.path / name
                if os.utime not in os.supports_fd:
                    set_time(str(path), modified)
                self.landed = path
                return path

    def find_landed(self, size: int, digest: bytes) -> Path | None:
        """The file, if it got its name before a crash and nobody remembered."""
        with contextlib.suppress(OSError, TransferError), self._landing.place(self._folder) as place:
            for number in range(1, MAX_TRIES):
                name = numbered(self._name, number)
                try:
                    file = os.open(place.at(name), os.O_RDONLY | NOFOLLOW | _BINARY, dir_fd=place.descriptor)
                except OSError:
                    return None
                with open(file, "rb") as content:
                    if os.fstat(content.fileno()).st_size == size and _digest(content.fileno()) == digest:
                        return place.path / name
        return None

    def stop(self) -> None:
        """Let what is under way in another thread end soon, and nothing begin."""
        self._closed = True

    def discard(self) -> None:
        """Remove what there is of it. Never raises."""
        with self._lock:
            self._closed = True
            self._close_file()
            with contextlib.suppress(OSError, TransferError):
                self._landing.forget(self._folder, self._part)

    def close(self) -> None:
        """Keep the part for later. Idempotent."""
        self._closed = True
        with self._lock:
            self._close_file()

    def _close_file(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            with contextlib.suppress(OSError):
                os.close(file)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise writing_fault(error) from error


def _refuse_link(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        facts = os.lstat(path)
        if stat.S_ISLNK(facts.st_mode) or getattr(facts, "st_file_attributes", 0) & REPARSE:
            raise FileExistsError(errno.ELOOP, "a link", path)


def _rename_exclusively(place: Place, part: str, name: str) -> str:
    """The name it got."""
    source = place.at(part)
    folder = place.descriptor
    for number in range(1, MAX_TRIES):
        candidate = numbered(name, number)
        target = place.at(candidate)
        try:
            if os.name == "nt":
                os.rename(source, target)
                return candidate
            os.link(source, target, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A file system without hard links: hold the name with an empty file, then take its place.
            try:
                os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | NOFOLLOW, dir_fd=folder))
            except FileExistsError:
                continue
            os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)
            return candidate
        os.unlink(source, dir_fd=folder)
        return candidate
    raise FileExistsError(errno.EEXIST, "no name is free", name)


def _digest(file: int) -> bytes:
    total = hashlib.sha256()
    while block := os.read(file, HASH_BLOCK):
        total.update(block)
    return total.digest()
