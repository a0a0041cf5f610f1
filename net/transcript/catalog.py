"""What a transcript holds, session by session: for a list of earlier ones, and what is too old to keep.

A listener counts as one with its connections. Lists are of ids, the newest first; what is shown of each is
fetched by the screenful.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from net.transcript.clearing import expired
from net.transcript.reader import (
    FIRST_NOTE_KIND,
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
"""Connections of one listener that `SessionCatalog.connections` gives, the newest."""


@dataclass(frozen=True, slots=True)
class StoredTree:
    """A session that stands alone, or a listener with its connections. ``rows``: of all of them."""

    session: StoredSession
    connections: int
    rows: int


class SessionCatalog:
    """Asks ``reader``, which it does not close. Same thread as the reader's."""

    def __init__(self, reader: TranscriptReader) -> None:
        self._reader = reader

    def trees(self, address: str = "") -> array[int]:
        """The ids of all that have no parent, newest first; ``address``: of those in which an address holds
        this text."""
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
        """What is known of these, in the order asked for; those that are gone are left out."""
        found: list[StoredTree] = []
        with self._reader.read() as database:
            if database is None:
                return found
            for id in ids:
                query = f"SELECT {SESSION_COLUMNS} FROM sessions WHERE id = ?"
                row = database.execute(query, (id,)).fetchone()
                if row is not None:
                    region = row[10]
                    # Of a region all but one are connections: this reads its index alone.
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
        """Call ``found`` for each of `trees` with a message that contains ``text`` (as
        `TranscriptReader.find` says, each read in its session's codec), newest first. Reads everything, half
        a second for a million messages: for a thread of its own. `TranscriptReader.interrupt` ends it."""
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
                    f"SELECT r.data FROM rows r WHERE r.id BETWEEN ? AND ? AND r.kind < {FIRST_NOTE_KIND}"
                    f" AND {wanted.test}",
                    (first, first + PLACE_MASK, *wanted.needles),
                )
                if any(wanted.holds(data) for (data,) in messages):
                    found(id)
                if self._reader.interrupted:
                    return

    def expiring(self, keep_days: int | None, earlier: int) -> int:
        """How many of `trees` `net.transcript.clearing.expired` names."""
        if keep_days is None:
            return 0
        with self._reader.read() as database:
            return 0 if database is None else len(expired(database, keep_days, earlier))
