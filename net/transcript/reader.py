"""The transcript file: the messages and events of each session in one sqlite file, and the reader through
which the panes fetch rows.

A row's id is ``region << 32 | place``. A region is the row space of one session, or of a listener together
with its connections; its rows are numbered in order of arrival, place 0, 1, 2 ... without gaps. The rows of a
page are thus one range of the primary key, however many rows there are, and counting them means finding the
last one. Each session of a listener's region also has a region of its own in ``places``, which maps (session,
position) to the row. Only notes, which are few, have an index besides.
"""

from __future__ import annotations

import json
import re
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from net.protocol.codec import CodecError, decode_carrying, encode_text
from net.storage.reader import StoreReader
from net.transcript.notes import Detail

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE sessions(id INTEGER PRIMARY KEY, parent INTEGER, region INTEGER NOT NULL,
  places INTEGER NOT NULL,
  transport TEXT NOT NULL, role TEXT NOT NULL, local TEXT NOT NULL, remote TEXT NOT NULL, codec TEXT NOT NULL,
  opened INTEGER NOT NULL, closed INTEGER, reason TEXT NOT NULL);
CREATE INDEX sessions_of_region ON sessions(region);
CREATE TABLE rows(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, position INTEGER NOT NULL,
  time INTEGER NOT NULL, kind INTEGER NOT NULL, link INTEGER NOT NULL, data);
CREATE INDEX notes ON rows(id, session) WHERE kind >= 16;
CREATE TABLE places(id INTEGER PRIMARY KEY, row INTEGER NOT NULL);
CREATE TABLE links(id INTEGER PRIMARY KEY, region INTEGER NOT NULL, transport TEXT NOT NULL,
  local TEXT NOT NULL, remote TEXT NOT NULL);
CREATE TABLE garbage(region INTEGER PRIMARY KEY);
"""

REGION_SHIFT = 32
PLACE_MASK = (1 << REGION_SHIFT) - 1

KIND_IN = 0
ORIGIN_KINDS = {"user": 1, "reply": 2, "repeat": 3, "file": 4}
KIND_OTHER_ORIGIN = 5
FATES = ("passed", "lost", "queue-full", "doubled", "reordered")
BACK = 8
DELAY_SHIFT = 4
FIRST_NOTE_KIND = 16
NOTE_KINDS = {
    kind: FIRST_NOTE_KIND + index
    for index, kind in enumerate(
        (
            "state",
            "opened",
            "open_failed",
            "closed",
            "call",
            "fault",
            "group",
            "file",
            "fault_ended",
            "relay",
            "client",
            "urgent",
        )
    )
}


def relayed_kind(fate: str, back: bool, delay: float) -> int:
    """The kind of a relayed message, which is below 0: it carries the fate, the direction (BACK: from the
    target to the client) and the ``delay`` in microseconds above them. The link's remote end is the client,
    its local one the target."""
    return -1 - (FATES.index(fate) + BACK * back + (round(delay * 1e6) << DELAY_SHIFT))


_ORIGINS = {code: origin for origin, code in ORIGIN_KINDS.items()} | {KIND_OTHER_ORIGIN: "other"}
_NOTES = {code: kind for kind, code in NOTE_KINDS.items()}

_HEX = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)\Z")
_ROW = "r.id, r.session, r.position, r.time, r.kind, l.transport, l.local, l.remote, r.data"
_LINK = "CROSS JOIN links l ON l.id = r.link"
_FETCH_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One message or note.

    ``id`` stays the same until transcripts are cleared; ``position`` counts the session's rows from 0;
    ``time`` in ns; ``direction``: "in", "out" or "note"; ``note``: the kind of a note, "" for messages;
    ``detail``: a note's values, ``{"origin": ...}`` for a message not sent by the user in person, and
    ``{"fate": ..., "delay": seconds}`` for one that came to a relay: "in" for its target, which is ``local``,
    "out" back to its client, which is ``remote``.
    """

    id: int
    session: int
    position: int
    time: int
    direction: str
    transport: str
    local: str
    remote: str
    data: bytes
    note: str
    detail: Detail

    @property
    def place(self) -> int:
        """Its position among the rows of the whole tree (the listener's and all its connections')."""
        return self.id & PLACE_MASK


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session of the transcript. ``closed`` is None while it is open; ``reason`` is a `CloseReason` value,
    "open_failed", or "" if the program ended before the session did. ``rows``: its own rows only."""

    session: int
    parent: int | None
    transport: str
    role: str
    local: str
    remote: str
    opened: int
    closed: int | None
    reason: str
    rows: int
    codec: str = "utf-8"


@dataclass(frozen=True, slots=True)
class RowFilter:
    """``directions``: "in", "out" or both; ``peer``: a remote address as text, "" for all; ``notes``: include
    notes."""

    directions: frozenset[str] = frozenset(("in", "out"))
    peer: str = ""
    notes: bool = True


class TranscriptReader(StoreReader):
    """Reads a transcript while it is being written. If there is no database (yet), there are no rows."""

    def is_ready(self, database: sqlite3.Connection) -> bool:
        # A file that was just created has no tables yet.
        return database.execute("SELECT 1 FROM sqlite_master WHERE name = 'garbage'").fetchone() is not None

    def count(self, session: int, tree: bool = False) -> int:
        """The number of rows of a session; ``tree``: of a listener and all its connections."""
        with self.read() as database:
            return _count(database, session, tree) if database else 0

    def fetch(self, session: int, start: int, stop: int, tree: bool = False) -> list[Row]:
        """The rows from position ``start`` up to ``stop`` (exclusive), or as many of them as there are."""
        start = max(start, 0)
        if stop <= start:
            return []
        with self.read() as database:
            scope = _scope(database, session, tree) if database else None
            if database is None or scope is None:
                return []
            query = f"SELECT {_ROW} FROM {scope.tables} {_LINK} WHERE {scope.range} ORDER BY {scope.order}"
            return [_row(values) for values in database.execute(query, scope.part(start, stop))]

    def select(
        self, session: int, filter: RowFilter, tree: bool = False, start: int = 0, stop: int = PLACE_MASK
    ) -> array[int]:
        """The ids, in order, of the rows from position ``start`` up to ``stop`` (exclusive) that pass the
        filter. With ``peer``, notes that name another peer are left out; those that name none are not.

        The time grows with the number of rows between the two; notes alone are found by their index.
        """
        chosen = array("q")
        wanted: list[str] = []
        if "in" in filter.directions:
            wanted.append(f"(r.kind = {KIND_IN} OR r.kind < 0 AND (-1 - r.kind) & {BACK} = 0)")
        if "out" in filter.directions:
            wanted.append(
                f"(r.kind BETWEEN {KIND_IN + 1} AND {FIRST_NOTE_KIND - 1}"
                f" OR r.kind < 0 AND (-1 - r.kind) & {BACK} != 0)"
            )
        if filter.notes:
            wanted.append(f"r.kind >= {FIRST_NOTE_KIND}")
        if not wanted or stop <= start:
            return chosen
        with self.read() as database:
            scope = _scope(database, session, tree) if database else None
            if database is None or scope is None:
                return chosen
            arguments: list[int | str] = [*scope.part(start, stop)]
            within = f"{scope.tables} WHERE {scope.range}"
            order = scope.order
            if order != "r.id" and wanted == [f"r.kind >= {FIRST_NOTE_KIND}"]:
                # Looking through the region's few notes is quicker than through the session's many rows.
                query = "SELECT row FROM places WHERE id BETWEEN ? AND ? ORDER BY id"
                ends = [
                    database.execute(f"{query} {way} LIMIT 1", arguments).fetchone() for way in ("", "DESC")
                ]
                if None in ends:
                    return chosen
                within, order = "rows r WHERE r.id BETWEEN ? AND ? AND r.session = ?", "r.id"
                arguments = [ends[0][0], ends[1][0], session]
            query = f"SELECT r.id FROM {within} AND ({' OR '.join(wanted)})"
            if filter.peer:
                query += (
                    " AND (r.link IN (SELECT id FROM links WHERE remote = ?)"
                    f" OR r.kind >= {FIRST_NOTE_KIND} AND r.link IN (SELECT id FROM links WHERE remote = ''))"
                )
                arguments.append(filter.peer)
            cursor = database.execute(f"{query} ORDER BY {order}", arguments)
            while part := cursor.fetchmany(_FETCH_AT_ONCE):
                chosen.extend([row[0] for row in part])
        return chosen

    def fetch_rows(self, ids: Sequence[int]) -> list[Row]:
        """The rows with these ids, in the given order; deleted ones are left out."""
        query = f"SELECT {_ROW} FROM rows r {_LINK} WHERE r.id IN (SELECT value FROM json_each(?))"
        with self.read() as database:
            if database is None:
                return []
            found: dict[int, Row] = {}
            for start in range(0, len(ids), _FETCH_AT_ONCE):
                part = json.dumps(list(ids[start : start + _FETCH_AT_ONCE]))
                found.update((values[0], _row(values)) for values in database.execute(query, (part,)))
        return [found[id] for id in ids if id in found]

    def find(
        self,
        session: int,
        text: str,
        codec: str,
        tree: bool = False,
        after: int = 0,
        limit: int = 10_000,
        hex: bool = False,
    ) -> list[int]:
        """The positions (``tree``: places in the tree), from ``after`` on, of messages that contain
        ``text``, at most ``limit``; ASCII letters match in either case. With ``hex``, or if the text begins
        with 0x and is valid, the bytes it spells are searched exactly. Text that the codec cannot encode is
        never found. After `interrupt`: the positions found so far."""
        wanted = search_for(text, codec, hex)
        if wanted is None or limit <= 0:
            return []
        positions: list[int] = []
        with self.read() as database:
            scope = _scope(database, session, tree) if database else None
            if database is None or scope is None:
                return []
            query = (
                f"SELECT {scope.order} & {PLACE_MASK}, r.data FROM {scope.tables}"
                f" WHERE {scope.range} AND r.kind < {FIRST_NOTE_KIND} AND {wanted.test}"
                f" ORDER BY {scope.order}"
            )
            with self.interruptible():
                for position, data in database.execute(query, (*scope.part(after), *wanted.needles)):
                    if wanted.holds(data):
                        positions.append(position)
                        if len(positions) >= limit:
                            break
        return positions

    def is_listener(self, session: int) -> bool:
        """Whether the session is a listener: it has, or may get, connections, whose rows are in its tree."""
        with self.read() as database:
            query = "SELECT 1 FROM sessions WHERE id = ? AND places > 0 AND parent IS NULL"
            return database is not None and database.execute(query, (session,)).fetchone() is not None

    def sessions(self) -> list[StoredSession]:
        """All sessions of the transcript, oldest first."""
        with self.read() as database:
            if database is None:
                return []
            query = f"SELECT {SESSION_COLUMNS} FROM sessions ORDER BY id"
            return [stored_session(database, row) for row in database.execute(query).fetchall()]


SESSION_COLUMNS = "id, parent, transport, role, local, remote, opened, closed, reason, codec, region, places"


def stored_session(database: sqlite3.Connection, row: tuple[Any, ...]) -> StoredSession:
    """The session that a row of SESSION_COLUMNS describes."""
    id, parent, transport, role, local, remote, opened, closed, reason, codec, region, places = row
    return StoredSession(
        session=id,
        parent=parent,
        transport=transport,
        role=role,
        local=local,
        remote=remote,
        opened=opened,
        closed=closed,
        reason=reason,
        rows=last_place(database, "places", places) if places else last_place(database, "rows", region),
        codec=codec,
    )


def _regions(database: sqlite3.Connection, session: int) -> tuple[int, int] | None:
    found: tuple[int, int] | None = database.execute(
        "SELECT region, places FROM sessions WHERE id = ?", (session,)
    ).fetchone()
    return found


def last_place(database: sqlite3.Connection, table: str, region: int) -> int:
    """The number of rows in a region of "rows" or "places"."""
    first = region << REGION_SHIFT
    found = database.execute(
        f"SELECT id FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
        (first, first + PLACE_MASK),
    ).fetchone()
    return (found[0] & PLACE_MASK) + 1 if found else 0


def _count(database: sqlite3.Connection, session: int, tree: bool) -> int:
    found = _regions(database, session)
    if found is None:
        return 0
    region, places = found
    return (
        last_place(database, "places", places)
        if places and not tree
        else last_place(database, "rows", region)
    )


class _Scope(NamedTuple):
    """The rows of a session or a tree, as a range of a primary key."""

    tables: str
    order: str
    first: int

    @property
    def range(self) -> str:
        return f"{self.order} BETWEEN ? AND ?"

    def part(self, start: int = 0, stop: int = PLACE_MASK) -> tuple[int, int]:
        return self.first + max(start, 0), self.first + min(stop, PLACE_MASK) - 1


def _scope(database: sqlite3.Connection, session: int, tree: bool) -> _Scope | None:
    found = _regions(database, session)
    if found is None:
        return None
    region, places = found
    if tree or not places:
        return _Scope("rows r", "r.id", region << REGION_SHIFT)
    return _Scope("places p CROSS JOIN rows r ON r.id = p.row", "p.id", places << REGION_SHIFT)


def _row(values: tuple[int, int, int, int, int, str, str, str, bytes | str]) -> Row:
    id, session, position, time, kind, transport, local, remote, data = values
    if isinstance(data, str):
        return Row(
            id=id,
            session=session,
            position=position,
            time=time,
            direction="note",
            transport=transport,
            local=local,
            remote=remote,
            data=b"",
            note=_NOTES.get(kind, ""),
            detail=json.loads(data),
        )
    direction = "in" if kind == KIND_IN else "out"
    origin = _ORIGINS.get(kind, "user")
    detail: Detail = {} if kind == KIND_IN or origin == "user" else {"origin": origin}
    if kind < 0:
        code = -1 - kind
        direction = "out" if code & BACK else "in"
        fate = code & (BACK - 1)
        detail = {
            "fate": FATES[fate] if fate < len(FATES) else "",
            "delay": (code >> DELAY_SHIFT) / 1e6,
        }
    return Row(
        id=id,
        session=session,
        position=position,
        time=time,
        direction=direction,
        transport=transport,
        local=local,
        remote=remote,
        data=data,
        note="",
        detail=detail,
    )


@dataclass(frozen=True, slots=True)
class MessageSearch:
    """A search of the rows' data: a condition on ``r.data`` with its parameters ``needles``, and a check of
    the decoded text."""

    test: str
    needles: tuple[bytes, ...]
    text: str
    codec: str
    exact: bool

    def holds(self, data: bytes) -> bool:
        """Whether data that met the condition really matches: bytes may match across two characters."""
        return self.exact or self.text in decode_carrying(data, self.codec).casefold()


def search_for(text: str, codec: str, hex: bool = False) -> MessageSearch | None:
    """The search for ``text`` as in `TranscriptReader.find`; None if nothing can match."""
    needle = _hex_needle(text, hex)
    exact = needle is not None
    needles = [needle] if needle is not None else _encoded(text, codec)
    if not any(needles):
        return None
    # lower() folds ASCII and leaves other bytes alone; on BLOBs instr compares bytes, not characters.
    folded = not exact and any(needle.lower() != needle.upper() for needle in needles)
    haystack = "CAST(lower(CAST(r.data AS TEXT)) AS BLOB)" if folded else "r.data"
    tests = " OR ".join([f"instr({haystack}, ?)"] * len(needles))
    looked_for = tuple(needle.lower() if folded else needle for needle in needles)
    return MessageSearch(f"({tests})", looked_for, text.casefold(), codec, exact)


def _hex_needle(text: str, hex: bool) -> bytes | None:
    stripped = text.strip()
    if not hex and stripped[:2].lower() != "0x":
        return None
    digits: list[str] = []
    for part in re.split(r"[\s,:]+", stripped):
        match = _HEX.match(part)
        if match is None:
            return b"" if hex else None
        digits.append(match.group(1))
    return bytes.fromhex("".join(digits))


def _encoded(text: str, codec: str) -> list[bytes]:
    try:
        needles = [encode_text(text, codec)]
    except CodecError:
        return []
    if codec == "utf-16":
        needles.append(text.encode("utf-16-be"))
    return needles
