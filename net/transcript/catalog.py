"""The sessions of a transcript: for a list of earlier ones, and to find those too old to keep.

A listener and its connections count as one. Lists contain ids, newest first; the details are fetched for a
screenful at a time.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

from msgspec import Struct

from net.transcript.clearing import expired
from net.transcript.reader import (
    IS_MESSAGE,
    PLACE_MASK,
    REGION_SHIFT,
    SESSION_COLUMNS,
    StoredSession,
    TranscriptReader,
    last_place,
    search_for,
    stored_session,
)

MOST_CONNECTIONS = 2_000
"""How many connections of one listener `SessionCatalog.connections` returns: the newest."""


class StoredTree(Struct, frozen=True):
    """A session without connections, or a listener with its connections. ``rows``: of all of them."""

    session: StoredSession
    connections: int
    rows: int


class SessionCatalog:
    """Queries ``reader``, which it does not close. For the reader's thread."""

    def __init__(self, reader: TranscriptReader) -> None:
        self._reader = reader

    def trees(self, address: str = "") -> array[int]:
        """The ids of all sessions without a parent, newest first; ``address``: only those with an address
        that contains this text, their own or a connection's."""
        with self._reader.read() as database:
            if database is None:
                return array("q")
            query = "SELECT id FROM sessions WHERE parent IS NULL ORDER BY opened DESC, id DESC"
            arguments: tuple[str, ...] = ()
            if address:
                query = (
                    "SELECT id FROM sessions WHERE parent IS NULL AND id IN (SELECT coalesce(parent, id)"
                    " FROM sessions WHERE instr(local || ' ' || remote, ?)) ORDER BY opened DESC, id DESC"
                )
                arguments = (address.lower(),)
            return array("q", [id for (id,) in database.execute(query, arguments)])

    def fetch(self, ids: Sequence[int]) -> list[StoredTree]:
        """The details of these ids, in the given order; deleted ones are left out."""
        found: list[StoredTree] = []
        with self._reader.read() as database:
            if database is None:
                return found
            for id in ids:
                query = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE id = ?"
                row = database.execute(query, (id,)).fetchone()
                if row is not None:
                    region = row[10]
                    # All sessions of a region but one are connections: this reads only its index.
                    query = "SELECT count(*) - 1 FROM sessions WHERE region = ?"
                    connections = database.execute(query, (region,)).fetchone()[0]
                    rows = last_place(database, "rows", region)
                    found.append(StoredTree(stored_session(database, row), connections, rows))
        return found

    def connections(self, session: int) -> list[StoredSession]:
        """The connections of a listener, oldest first, at most MOST_CONNECTIONS of the newest."""
        with self._reader.read() as database:
            if database is None:
                return []
            query = (
                f"SELECT {SESSION_COLUMNS} FROM sessions WHERE parent = ?"
                " AND region = (SELECT region FROM sessions WHERE id = ?) ORDER BY id DESC LIMIT ?"
            )
            rows = database.execute(query, (session, session, MOST_CONNECTIONS)).fetchall()
            return [stored_session(database, row) for row in reversed(rows)]

    def holding(self, text: str, found: Callable[[int], object], hex: bool = False) -> None:
        """Call ``found(id)`` for each of `trees` with a message that contains ``text`` (as in
        `TranscriptReader.find`, decoded with its session's codec), newest first. Reads everything, half a
        second for a million messages: call it on a background thread. `TranscriptReader.interrupt` ends
        it."""
        with self._reader.read() as database, self._reader.interruptible():
            if database is None:
                return
            query = (
                "SELECT id, region, codec FROM sessions WHERE parent IS NULL ORDER BY opened DESC, id DESC"
            )
            for id, region, codec in database.execute(query):
                wanted = search_for(text, codec, hex)
                if wanted is None:
                    continue
                first = region << REGION_SHIFT
                messages = database.execute(
                    "SELECT r.data FROM rows r WHERE r.id BETWEEN ? AND ?"
                    f" AND {IS_MESSAGE} AND {wanted.test}",
                    (first, first + PLACE_MASK, *wanted.needles),
                )
                if any(wanted.holds(data) for (data,) in messages):
                    found(id)
                if self._reader.interrupted:
                    return

    def expiring(self, keep_days: int | None, earlier: int) -> int:
        """How many of `trees` are `net.transcript.clearing.expired`."""
        if keep_days is None:
            return 0
        with self._reader.read() as database:
            return 0 if database is None else len(expired(database, keep_days, earlier))
