"""What is offered: files and folders listed as they are now. All here blocks: for an executor."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

from net.chat.events import NOTHING_LEFT_OUT, LeftOut
from net.chat.history.records import ItemRecord
from net.chat.transfer.faults import TransferFault, reading_fault
from net.chat.transfer.landing import numbered
from net.protocol.chat.filenames import offered_name

MAX_TRANSFER_ITEMS = 100_000
"""Files and folders of one transfer: they are listed in memory at both ends."""

MAX_DEPTH = 32
"""Components of a path, as `TransferItem` has them."""

MOST_NAMED = 1000
"""Files left out of which the names are kept; the others are counted."""

_URI = "file://"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a sending consists of; one scan serves all its receivers. ``size`` in bytes."""

    title: str
    items: tuple[ItemRecord, ...]
    size: int
    left_out: LeftOut = NOTHING_LEFT_OUT


class _Full(Exception):
    pass


@dataclass
class _Listing:
    limit: int
    stopped: Callable[[], bool]
    items: list[ItemRecord] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    names: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: Path, components: tuple[str, ...], facts: os.stat_result, folder: bool) -> None:
        if len(self.items) >= self.limit or self.stopped():
            self.counts[TransferFault.TOO_MANY.value] = len(self.items)
            raise _Full
        size = 0 if folder else facts.st_size
        modified = facts.st_mtime_ns // 1_000_000
        self.items.append(ItemRecord(len(self.items), components, size, modified, folder, to_source(path)))

    def skip(self, components: tuple[str, ...], reason: str) -> None:
        self.counts[reason] += 1
        if len(self.names) < MOST_NAMED:
            self.names.append(("/".join(components), reason))

    def left_out(self) -> LeftOut:
        counts = self.counts.most_common()
        counts.sort(key=lambda count: count[0] == TransferFault.TOO_MANY.value)
        return LeftOut(tuple(counts), tuple(self.names))


def scan(
    paths: Iterable[Path],
    limit: int = MAX_TRANSFER_ITEMS,
    stopped: Callable[[], bool] = lambda: False,
) -> Scan:
    """List ``paths`` and all that is in them, each folder before what it holds.

    A link that was chosen itself is followed; one inside a folder only to a file inside the same folder. What
    can't be sent is in ``left_out``; nothing is raised.
    """
    listing = _Listing(limit, stopped)
    taken: set[str] = set()
    try:
        for path in paths:
            path = Path(os.path.abspath(path))
            name = _free_name(offered_name(path.name or "_"), taken)
            _add_chosen(listing, path, name)
    except _Full:
        pass
    items = tuple(listing.items)
    title = items[0].components[0] if items else ""
    return Scan(title, items, sum(item.size for item in items), listing.left_out())


def _add_chosen(listing: _Listing, path: Path, name: str) -> None:
    try:
        facts = path.stat()
    except OSError as error:
        listing.skip((name,), _why_not(path, error))
        return
    if stat.S_ISDIR(facts.st_mode) and not os.access(path, os.R_OK | os.X_OK):
        listing.skip((name,), TransferFault.UNREADABLE.value)
    elif stat.S_ISDIR(facts.st_mode):
        listing.add(path, (name,), facts, True)
        _add_content(listing, path, (name,))
    else:
        _add_file(listing, path, (name,), facts)


def _add_file(listing: _Listing, path: Path, components: tuple[str, ...], facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        listing.skip(components, "special")
    elif not os.access(path, os.R_OK):
        listing.skip(components, TransferFault.UNREADABLE.value)
    else:
        listing.add(path, components, facts, False)


def _add_content(listing: _Listing, top: Path, above: tuple[str, ...]) -> None:
    """Folder by folder with a list of what is to do: a tree may be deeper than the stack."""
    root = Path(os.path.realpath(top))
    waiting = [(top, above)]
    while waiting:
        folder, components = waiting.pop()
        deeper = []
        for path, name in _entries(listing, folder, components):
            inner = (*components, name)
            if len(inner) > MAX_DEPTH:
                listing.skip(inner, "too_deep")
                continue
            try:
                facts = path.lstat()
                if _is_link(facts):
                    target = Path(os.path.realpath(path))
                    facts = path.stat()
                    if not target.is_relative_to(root):
                        listing.skip(inner, "link")
                        continue
                    if stat.S_ISDIR(facts.st_mode):
                        listing.skip(inner, "folder_link")
                        continue
            except OSError as error:
                listing.skip(inner, _why_not(path, error))
                continue
            if stat.S_ISDIR(facts.st_mode):
                listing.add(path, inner, facts, True)
                deeper.append((path, inner))
            else:
                _add_file(listing, path, inner, facts)
        waiting.extend(reversed(deeper))


def _entries(listing: _Listing, folder: Path, components: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """What is in the folder, with its name as it is offered."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        listing.skip(components, reading_fault(error).fault.value)
        return
    offered = [offered_name(name) for name in names]
    # A name that is offered as it is keeps it; one that had to be decoded makes room for it.
    taken = {wanted for name, wanted in zip(names, offered, strict=True) if name == wanted}
    for name, wanted in zip(names, offered, strict=True):
        yield folder / name, wanted if name == wanted else _free_name(wanted, taken)


def _why_not(path: Path, error: OSError) -> str:
    if os.path.islink(path) and not os.path.exists(path):
        return "broken_link"
    return reading_fault(error).fault.value


def _is_link(facts: os.stat_result) -> bool:
    return stat.S_ISLNK(facts.st_mode) or bool(getattr(facts, "st_file_attributes", 0) & 0x400)


def _free_name(name: str, taken: set[str]) -> str:
    """Two things of one name, chosen in different folders, must not become one."""
    number = 1
    while numbered(name, number) in taken:
        number += 1
    free = numbered(name, number)
    taken.add(free)
    return free


def to_source(path: Path) -> str:
    """The path as text that any store takes: a file: URI where its name is no Unicode."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return path.as_uri()
    return text


def from_source(source: str) -> Path:
    if source.startswith(_URI):
        return Path(os.fsdecode(unquote_to_bytes(source[len(_URI) :])))
    return Path(source)
