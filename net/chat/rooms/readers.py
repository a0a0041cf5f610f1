"""Who is here of a room that is hosted here, and how the log reaches them.

The host numbers the entries of a room's log densely from 1, in the order in which it commits them; that order
is the room's, whatever the clocks of the authors say. For each member that is here the host knows up to which
number it has sent the log. One that is up to date is sent new entries as they are committed, encoded once for
all. One that is behind (it has just joined, or its line is slow) is sent the log from the disk instead, a
piece at a time and each piece once the one before has gone, until nothing is missing; then it is up to date.
So no entry is sent twice or out of order, and a slow member costs no memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from net.chat.history import History, LogEntry
from net.chat.line import Line
from net.chat.rooms.entries import packed
from net.protocol.chat.frames import encode_many

CATCH_UP = 200
"""Entries read from the disk at once for a member that is behind."""

SLOW_BYTES = 2 * 1024 * 1024
"""Bytes that wait on a member's line above which it reads the log from the disk later."""


@dataclass(slots=True)
class _Reader:
    """``have``: all up to this number was sent."""

    line: Line
    have: int
    behind: bool = True
    reading: bool = False


class Readers:
    """``last``: the number of the newest entry that is committed."""

    def __init__(self, loop: asyncio.AbstractEventLoop, history: History, room: str, last: int) -> None:
        self.last = last
        self._loop = loop
        self._history = history
        self._room = room
        self._readers: dict[str, _Reader] = {}
        self._fresh: list[LogEntry] = []
        self._shown: set[str] = set()
        """Authors whose certificates all readers have been sent."""

    def __contains__(self, identity: str) -> bool:
        return identity in self._readers

    def has_all(self, identity: str) -> bool:
        """Whether this member is here and has the whole log."""
        reader = self._readers.get(identity)
        return reader is not None and not reader.behind and reader.have == self.last

    def add(self, identity: str, line: Line, have: int) -> None:
        """A member is here and says that it has the log up to ``have``; `catch_up` sends it the rest."""
        self._readers[identity] = _Reader(line, min(have, self.last))
        self._shown.clear()

    def remove(self, identity: str) -> bool:
        """Whether it was here."""
        return self._readers.pop(identity, None) is not None

    def clear(self) -> None:
        self._readers.clear()

    def write(self, frames: bytes) -> None:
        """To all who are here."""
        for reader in self._readers.values():
            reader.line.send_encoded(frames)

    def append(self, entry: LogEntry) -> None:
        """This was committed: it goes out at the end of the loop's turn, with what else that brings."""
        self.last = entry.number
        if not self._fresh:
            self._loop.call_soon(self.flush)
        self._fresh.append(entry)

    def flush(self) -> None:
        """Send now what was appended."""
        fresh, self._fresh = self._fresh, []
        if not fresh:
            return
        # A certificate is longer than most of what is said: it goes once to those who are here.
        news = [replace(one, certificate=b"") if one.author in self._shown else one for one in fresh]
        self._shown.update(one.author for one in fresh)
        frames = encode_many(list(packed(self._room, news)))
        first, last = fresh[0].number, fresh[-1].number
        for reader in self._readers.values():
            if reader.behind or reader.have >= last:
                continue
            if reader.have != first - 1 or reader.line.queued > SLOW_BYTES:
                reader.behind = True
                self._catch_up(reader)
                continue
            reader.line.send_encoded(frames)
            reader.have = last

    def catch_up(self, identity: str) -> None:
        """Send this member what it does not have, as much as its line takes; the rest at the next call, when
        that has gone."""
        reader = self._readers.get(identity)
        if reader is not None and reader.behind:
            self._catch_up(reader)

    def _catch_up(self, reader: _Reader) -> None:
        if reader.reading or not reader.line.is_open or not reader.line.writable:
            return
        reader.reading = True
        room, above = self._room, reader.have

        def found(entries: Sequence[LogEntry]) -> None:
            reader.reading = False
            if entries:
                reader.line.send_many(list(packed(room, entries)))
            if len(entries) == CATCH_UP:
                reader.have = entries[-1].number
                self._catch_up(reader)
            else:
                # All that was committed has been read; what is no longer kept is not waited for.
                reader.have, reader.behind = self.last, False

        self._history.submit(lambda store: store.log.entries(room, above, CATCH_UP), found)
