"""Where received files land: inside one folder, whatever the peer calls them, and whole or as ``.part``.

A file grows as ``name.<tag>.part`` beside its place; the tag is made of the transfer and the item: it is
found again after any restart, even one that remembered nothing. Only when its SHA-256 was right does it get
its name, exclusively: what is there already is never replaced, "name (2).ext" is taken instead.

Folders are walked from the download folder by descriptors and without following links (O_NOFOLLOW), where the
system has that; elsewhere each step is looked at before it is taken. All here blocks: for an executor.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from net.chat.transfer.faults import TransferError, TransferFault, writing_fault
from net.protocol.chat.filenames import safe_component

HASH_BLOCK = 1024 * 1024
WRITE_PIECE = 32 * 1024
"""Bytes of one write. For a long one Linux takes long pieces of memory, which nobody used for a while: of
256 KiB at a time the page cache's share of a file's processor time was three times as high."""

MAX_TRIES = 9999
"""Names tried beside one that is taken."""

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0) | _NOFOLLOW | getattr(os, "O_CLOEXEC", 0)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.mkdir in os.supports_dir_fd
_REPARSE = 0x400
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


def numbered(name: str, number: int, folder: bool = False) -> str:
    """The name itself for 1, "name (2).ext" for 2 and so on; a folder has no extension."""
    if number == 1:
        return name
    stem, dot, extension = name.rpartition(".")
    if folder or not stem or len(extension) > 16:
        return f"{name} ({number})"
    return f"{stem} ({number}){dot}{extension}"


@dataclass(frozen=True)
class Place:
    """A folder that is there. ``descriptor``: open, or None where the system knows paths only."""

    path: Path
    descriptor: int | None

    def at(self, name: str) -> str:
        """What to give a system call together with ``dir_fd=descriptor``."""
        return name if self.descriptor is not None else str(self.path / name)


class Part:
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
                flags = os.O_RDWR | os.O_CREAT | _NOFOLLOW | _BINARY | getattr(os, "O_NONBLOCK", 0)
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
                _set_time(self._file, modified)
            self._close_file()
            with self._landing.place(self._folder) as place:
                name = _rename_exclusively(place, self._part, self._name)
                path = place.path / name
                if os.utime not in os.supports_fd:
                    _set_time(str(path), modified)
                self.landed = path
                return path

    def find_landed(self, size: int, digest: bytes) -> Path | None:
        """The file, if it got its name before a crash and nobody remembered."""
        with contextlib.suppress(OSError, TransferError), self._landing.place(self._folder) as place:
            for number in range(1, MAX_TRIES):
                name = numbered(self._name, number)
                try:
                    file = os.open(place.at(name), os.O_RDONLY | _NOFOLLOW | _BINARY, dir_fd=place.descriptor)
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


class Landing:
    """Where one transfer lands. ``tops``: what was chosen for its topmost folders, from an earlier run."""

    def __init__(self, folder: Path, transfer: str, tops: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.tops = dict(tops or {})
        self._transfer = bytes.fromhex(transfer)
        self._names: dict[tuple[str, ...], str] = {}
        self._lock = threading.Lock()

    def tag(self, item: int) -> str:
        return hashlib.sha256(self._transfer + item.to_bytes(8, "big")).hexdigest()[:8]

    def check_space(self, needed: int) -> None:
        """Make the folder and see whether ``needed`` more bytes fit. Raises TransferError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.folder).free
        except OSError as error:
            raise writing_fault(error) from error
        if needed > free:
            raise TransferError(TransferFault.DISK_FULL, whole=True)

    def choose_top(self, top: str) -> Path:
        """A name that is free now, for the topmost folder ``top`` of this transfer. Raises TransferError."""
        wanted = safe_component(top)
        for number in range(1, MAX_TRIES):
            name = numbered(wanted, number, folder=True)
            if not os.path.lexists(self.folder / name):
                self.tops[top] = name
                return self.folder / name
        raise TransferError(TransferFault.UNWRITABLE)

    def part(self, components: Sequence[str], item: int) -> Part:
        return Part(self, components, item)

    def make_folder(self, components: Sequence[str]) -> Path:
        """Raises TransferError."""
        try:
            with self.place(tuple(components)) as place:
                return place.path
        except OSError as error:
            raise writing_fault(error) from error

    def set_folder_time(self, components: Sequence[str], modified: int) -> None:
        """Once all is in it. Never raises."""
        with contextlib.suppress(OSError, TransferError), self.place(tuple(components)) as place:
            target = place.descriptor if place.descriptor is not None else str(place.path)
            _set_time(target, modified)

    def shown(self, components: tuple[str, ...]) -> Path:
        """The folder's path below the download folder, as names were chosen so far."""
        path = Path()
        for depth in range(1, len(components) + 1):
            known = self._names.get(components[:depth])
            if known is None and depth == 1:
                known = self.tops.get(components[0])
            path /= known or safe_component(components[depth - 1])
        return path

    def forget(self, folder: tuple[str, ...], part: str) -> None:
        """Remove a part. Raises OSError."""
        with self.place(folder) as place:
            os.unlink(place.at(part), dir_fd=place.descriptor)

    @contextmanager
    def place(self, components: tuple[str, ...]) -> Iterator[Place]:
        """The folder, made where it is missing; nothing on the way to it is a link. Raises OSError."""
        with self._lock:
            path = self.folder
            descriptor: int | None = None
            if _BY_DESCRIPTOR:
                path.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(path, _FOLDER & ~_NOFOLLOW)
            place = Place(path, descriptor)
            try:
                for depth in range(1, len(components) + 1):
                    deeper = self._enter(place, components[:depth])
                    if place.descriptor is not None:
                        os.close(place.descriptor)
                    place = deeper
            except BaseException:
                if place.descriptor is not None:
                    os.close(place.descriptor)
                raise
        try:
            yield place
        finally:
            if place.descriptor is not None:
                os.close(place.descriptor)

    def _enter(self, place: Place, components: tuple[str, ...]) -> Place:
        wanted = safe_component(components[-1])
        top = len(components) == 1
        known = self._names.get(components) or (self.tops.get(components[0]) if top else None)
        if known is not None:
            with contextlib.suppress(FileExistsError):
                os.mkdir(place.at(known), dir_fd=place.descriptor)
            deeper = _enter_folder(place, known)
            if deeper is not None:
                return deeper
        for number in range(1, MAX_TRIES):
            name = numbered(wanted, number, folder=True)
            try:
                os.mkdir(place.at(name), dir_fd=place.descriptor)
            except FileExistsError:
                # The topmost is this transfer's own; below it, what is there is ours already.
                if top:
                    continue
            deeper = _enter_folder(place, name)
            if deeper is None:
                continue
            self._names[components] = name
            if top:
                self.tops[components[0]] = name
            return deeper
        raise FileExistsError(errno.EEXIST, "no name is free", wanted)


def _enter_folder(place: Place, name: str) -> Place | None:
    """None where it is no folder, or a link to one."""
    path = place.path / name
    if place.descriptor is None:
        facts = os.lstat(path)
        link = getattr(facts, "st_file_attributes", 0) & _REPARSE
        return Place(path, None) if stat.S_ISDIR(facts.st_mode) and not link else None
    try:
        return Place(path, os.open(name, _FOLDER, dir_fd=place.descriptor))
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
            return None
        raise


def _refuse_link(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        facts = os.lstat(path)
        if stat.S_ISLNK(facts.st_mode) or getattr(facts, "st_file_attributes", 0) & _REPARSE:
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
                os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NOFOLLOW, dir_fd=folder))
            except FileExistsError:
                continue
            os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)
            return candidate
        os.unlink(source, dir_fd=folder)
        return candidate
    raise FileExistsError(errno.EEXIST, "no name is free", name)


def _set_time(target: int | str, modified: int) -> None:
    """A time that the file system does not know is no reason to lose the file."""
    with contextlib.suppress(OSError, OverflowError, ValueError):
        moment = modified * 1_000_000
        os.utime(target, ns=(moment, moment))


def _digest(file: int) -> bytes:
    total = hashlib.sha256()
    while block := os.read(file, HASH_BLOCK):
        total.update(block)
    return total.digest()
