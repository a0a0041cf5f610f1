"""Where received files land: inside one folder, whatever the peer calls them.

Folders are walked from the download folder by descriptors and without following links (O_NOFOLLOW), where the
system has that; elsewhere each step is looked at before it is taken. The topmost folder of a transfer is its
own: what is there already is never mixed with it, "name (2)" is taken instead. All here blocks: for an
executor."""

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

MAX_TRIES = 9999
"""Names tried beside one that is taken."""

NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_DIRECTORY", 0) | NOFOLLOW | getattr(os, "O_CLOEXEC", 0)
_BY_DESCRIPTOR = os.open in os.supports_dir_fd and os.mkdir in os.supports_dir_fd
REPARSE = 0x400
"""The flag of Windows for links and what is like them."""


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
            set_time(target, modified)

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
                descriptor = os.open(path, _FOLDER & ~NOFOLLOW)
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
        link = getattr(facts, "st_file_attributes", 0) & REPARSE
        return Place(path, None) if stat.S_ISDIR(facts.st_mode) and not link else None
    try:
        return Place(path, os.open(name, _FOLDER, dir_fd=place.descriptor))
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:
            return None
        raise


def set_time(target: int | str, modified: int) -> None:
    """A time that the file system does not know is no reason to lose the file."""
    with contextlib.suppress(OSError, OverflowError, ValueError):
        moment = modified * 1_000_000
        os.utime(target, ns=(moment, moment))
