"""The transcript file: the messages and events of each session in one sqlite file, and the reader through
which the panes fetch rows.

A row's id is ``region << 32 | place``. A region is the row space of one session, or of a listener together
with its connections; its rows are numbered in order of arrival, place 0, 1, 2 ... without gaps. The rows of a
page are thus one range of the primary key, however many rows there are, and counting them means finding the
last one. Each session of a listener's region also has a region of its own in ``places``, which maps (session,
position) to the row. Only notes, which are few, have an index besides.

``calls`` has what happened on TCP, in the same order: a recv or send that we made, with the messages that
came of it; a note; what the peer's kernel has acknowledged. Its ids and those of ``call_places`` are formed
like those of ``rows`` and ``places``. The rows of successive calls are successive rows. UDP has no entries:
there each message is a call of its own. Neither has what Duplex recorded before version 2.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from net.protocol.codec import CodecError, decode_parts, encode_text
from net.protocol.folding import plain, written_forms
from net.storage.reader import StoreReader
from net.transcript.notes import Detail, file_name

SCHEMA_VERSION = 2
_CALLS = """
CREATE TABLE calls(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, position INTEGER NOT NULL,
  time INTEGER NOT NULL, kind INTEGER NOT NULL, first INTEGER NOT NULL, place INTEGER NOT NULL,
  rows INTEGER NOT NULL, size INTEGER NOT NULL, start INTEGER NOT NULL);
CREATE INDEX notes_of_calls ON calls(id, session) WHERE kind = 2;
CREATE INDEX acknowledgements ON calls(session, id) WHERE kind > 2;
CREATE TABLE call_places(id INTEGER PRIMARY KEY, row INTEGER NOT NULL)
"""
SCHEMA = f"""
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
{_CALLS}"""
UPGRADES = {1: _CALLS}
"""From each older version that can be opened to the next one."""

FILES = (
    "CREATE TABLE IF NOT EXISTS files(id INTEGER PRIMARY KEY, region INTEGER NOT NULL, path TEXT NOT NULL,"
    " size INTEGER NOT NULL, modified INTEGER NOT NULL, sha256 TEXT NOT NULL)"
)
"""The files that were sent. A row of KIND_FILE refers to one instead of holding its bytes; its data is JSON,
``{"file": id, "start": first byte, "stop": after the last}``, which an earlier Duplex shows as a message."""

REGION_SHIFT = 32
PLACE_MASK = (1 << REGION_SHIFT) - 1

KIND_IN = 0
ORIGIN_KINDS = {"user": 1, "reply": 2, "repeat": 3, "file": 4}
KIND_OTHER_ORIGIN = 5
KIND_FILE = 6
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

CALL_RECEIVED, CALL_SENT, CALL_NOTE, CALL_ACKNOWLEDGED, CALL_FINISHED, CALL_UNTOLD = range(6)


def relayed_kind(fate: str, back: bool, delay: float) -> int:
    """The kind of a relayed message, which is below 0: it carries the fate, the direction (BACK: from the
    target to the client) and the ``delay`` in microseconds above them. The link's remote end is the client,
    its local one the target."""
    return -1 - (FATES.index(fate) + BACK * back + (round(delay * 1e6) << DELAY_SHIFT))


_ORIGINS = {code: origin for origin, code in ORIGIN_KINDS.items()} | {KIND_OTHER_ORIGIN: "other"}
_NOTES = {code: kind for kind, code in NOTE_KINDS.items()}

_HEX = re.compile(r"(?:0[xX])?((?:[0-9A-Fa-f]{2})+)\Z")
_FACTS = "r.id, r.session, r.position, r.time, r.kind, l.transport, l.local, l.remote"
_WHOLE = f"{_FACTS}, r.data, length(r.data)"
# length() does not read the data, and neither does CASE where it does not take it.
_HEAD = f"{_FACTS}, CASE WHEN r.kind >= {KIND_FILE} OR length(r.data) <= ? THEN r.data END, length(r.data)"
_LINK = "CROSS JOIN links l ON l.id = r.link"
_FETCH_AT_ONCE = 5_000
_WALKED_AT_ONCE = 500
PART_BYTES = 64 * 1024
"""Of a long message that are decoded at once."""
IS_MESSAGE = f"r.kind < {KIND_FILE}"
"""The condition that a row ``r`` holds a message's own bytes."""


class Row(Struct, frozen=True):
    """One message or note.

    ``id`` stays the same until transcripts are cleared; ``position`` counts the session's rows from 0;
    ``time`` in ns; ``direction``: "in", "out" or "note"; ``note``: the kind of a note, "" for messages;
    ``data``: the message, or its beginning if so was asked; ``size``: the whole message's bytes;
    ``detail``: a note's values, ``{"origin": ...}`` for a message not sent by the user in person, and
    ``{"fate": ..., "delay": seconds}`` for one that came to a relay: "in" for its target, which is ``local``,
    "out" back to its client, which is ``remote``. A part of a sent file has no data, but ``{"origin": "file",
    "file": facts, "start": its first byte, "stop": after the last}``; the facts are "name", "path", "size",
    "modified" (in ns) and "sha256", "" if not all of it was sent.
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
    size: int

    @property
    def place(self) -> int:
        """Its position among the rows of the whole tree (the listener's and all its connections')."""
        return self.id & PLACE_MASK


class StoredSession(Struct, frozen=True):
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


CallKind = Literal["received", "sent", "note", "acknowledged", "finished", "untold"]
_CALL_KINDS: tuple[CallKind, ...] = ("received", "sent", "note", "acknowledged", "finished", "untold")


class StoredCall(NamedTuple):
    """One entry of a TCP session's calls; ``time`` in ns.

    ``kind``: "received" or "sent": our recv or send (or what we handed to the send buffer) of ``size`` bytes,
    framing included, after ``start`` bytes in this direction, and its messages, which are the ``rows`` rows
    from ``first`` (``place`` in the tree) on; received with size 0: messages that had been held back. "note":
    a row that is no message. "acknowledged": when we asked, the peer's kernel had acknowledged ``size`` more
    bytes than ``start``, which completes ``rows`` sends; "finished": our FIN too; "untold": this system does
    not tell.
    """

    id: int
    session: int
    position: int
    time: int
    kind: CallKind
    first: int
    place: int
    rows: int
    size: int
    start: int

    @property
    def stop(self) -> int:
        """The bytes of the stream up to the end of this call."""
        return self.start + self.size

    @property
    def place_among_calls(self) -> int:
        """Its position among the calls of the whole tree."""
        return self.id & PLACE_MASK

    @property
    def row_ids(self) -> range:
        """The ids of its messages, or of the note."""
        if self.kind not in ("received", "sent", "note"):
            return range(0)
        first = (self.id & ~PLACE_MASK) + self.place
        return range(first, first + self.rows)


class RowFilter(Struct, frozen=True):
    """``directions``: "in", "out" or both; ``peer``: a remote address as text, "" for all; ``notes``: include
    notes."""

    directions: frozenset[str] = frozenset(("in", "out"))
    peer: str = ""
    notes: bool = True


@dataclass(frozen=True, slots=True)
class RowPart:
    """Some of a session's rows: those with these ids, or else those of these ranges (start, stop) of
    positions (of a listener: of places in its tree)."""

    ids: Sequence[int] = ()
    ranges: Sequence[tuple[int, int]] = ()

    def __len__(self) -> int:
        return len(self.ids) or sum(stop - start for start, stop in self.ranges)


class TranscriptReader(StoreReader):
    """Reads a transcript while it is being written. If there is no database (yet), there are no rows."""

    def is_ready(self, database: sqlite3.Connection) -> bool:
        # A file that was just created has no tables yet.
        return database.execute("SELECT 1 FROM sqlite_master WHERE name = 'garbage'").fetchone() is not None

    def count(self, session: int, tree: bool = False) -> int:
        """The number of rows of a session; ``tree``: of a listener and all its connections."""
        with self.read() as database:
            return _count(database, session, tree) if database else 0

    def fetch(
        self, session: int, start: int, stop: int, tree: bool = False, most: int | None = None
    ) -> list[Row]:
        """The rows from position ``start`` up to ``stop`` (exclusive), or as many of them as there are.
        ``most``: read no more than so many bytes of each message."""
        start = max(start, 0)
        if stop <= start:
            return []
        with self.read() as database:
            scope = _scope(database, session, tree) if database else None
            if database is None or scope is None:
                return []
            which, limit = _columns(most)
            query = f"SELECT {which} FROM {scope.tables} {_LINK} WHERE {scope.range} ORDER BY {scope.order}"
            found = database.execute(query, (*limit, *scope.part(start, stop))).fetchall()
            return [_row(values, database, most) for values in found]

    def select(
        self, session: int, filter: RowFilter, tree: bool = False, start: int = 0, stop: int = PLACE_MASK
    ) -> array[int]:
        """The ids, in order, of the rows from position ``start`` up to ``stop`` (exclusive) that pass the
        filter. With ``peer``, notes that name another peer are left out; those that name none are not.

        The time grows with the number of rows between the two; notes alone are found by their index.
        """
        chosen = array("q")
        if not (filter.directions or filter.notes) or stop <= start:
            return chosen
        passes, peer = _passing(filter)
        with self.read() as database:
            scope = _scope(database, session, tree) if database else None
            if database is None or scope is None:
                return chosen
            arguments = scope.part(start, stop)
            within = f"{scope.tables} WHERE {scope.range}"
            order = scope.order
            if order != "r.id" and filter.notes and not filter.directions:
                # Looking through the region's few notes is quicker than through the session's many rows.
                query = "SELECT row FROM places WHERE id BETWEEN ? AND ? ORDER BY id"
                ends = [
                    database.execute(f"{query} {way} LIMIT 1", arguments).fetchone() for way in ("", "DESC")
                ]
                if None in ends:
                    return chosen
                within, order = f"rows r WHERE r.id BETWEEN ? AND ? AND r.session = {session:d}", "r.id"
                arguments = ends[0][0], ends[1][0]
            query = f"SELECT r.id FROM {within} AND {passes} ORDER BY {order}"
            cursor = database.execute(query, (*arguments, *peer))
            while part := cursor.fetchmany(_FETCH_AT_ONCE):
                chosen.extend([row[0] for row in part])
        return chosen

    def fetch_rows(self, ids: Sequence[int], most: int | None = None) -> list[Row]:
        """The rows with these ids, in the given order; deleted ones are left out. ``most`` as in `fetch`."""
        which, limit = _columns(most)
        query = f"SELECT {which} FROM rows r {_LINK} WHERE r.id IN (SELECT value FROM json_each(?))"
        with self.read() as database:
            if database is None:
                return []
            found: dict[int, Row] = {}
            for start in range(0, len(ids), _FETCH_AT_ONCE):
                part = json.dumps(list(ids[start : start + _FETCH_AT_ONCE]))
                rows = database.execute(query, (*limit, part)).fetchall()
                found.update((values[0], _row(values, database, most)) for values in rows)
        return [found[id] for id in ids if id in found]

    def walk(self, session: int, part: RowPart | None = None) -> Iterator[Row]:
        """The rows of a session (a listener: of its connections too), or a part of them, whole: page by page,
        so that memory use stays small and no read transaction delays the writer's checkpoints."""
        if part is not None and part.ids:
            for start in range(0, len(part.ids), _WALKED_AT_ONCE):
                yield from self.fetch_rows(part.ids[start : start + _WALKED_AT_ONCE])
            return
        # A connection's tree is its listener's, so only its own rows are read.
        tree = self.is_listener(session)
        for first, last in [(0, self.count(session, tree))] if part is None else part.ranges:
            for start in range(first, last, _WALKED_AT_ONCE):
                yield from self.fetch(session, start, min(start + _WALKED_AT_ONCE, last), tree)

    def find(
        self,
        session: int,
        text: str,
        codec: str,
        tree: bool = False,
        start: int = 0,
        stop: int = PLACE_MASK,
        hex: bool = False,
        filter: RowFilter | None = None,
    ) -> Iterator[int]:
        """The positions (``tree``: places in the tree) from ``start`` up to ``stop`` (exclusive) of messages
        that contain ``text``, and pass the filter, newest first; ASCII letters match in either case. With
        ``hex``, or if the text begins with 0x and is valid, the bytes it spells are searched exactly. Text
        that the codec cannot encode is never found. `interrupt` ends it."""
        wanted = search_for(text, codec, hex)
        if wanted is None or stop <= start:
            return
        passes, peer = ("1", ()) if filter is None else _passing(filter)
        with self.read() as database:
            scope = _scope(database, session, tree) if database else None
            if database is None or scope is None:
                return
            query = (
                f"SELECT {scope.order} & {PLACE_MASK}, r.data FROM {scope.tables}"
                f" WHERE {scope.range} AND {IS_MESSAGE} AND {passes} AND {wanted.test}"
                f" ORDER BY {scope.order} DESC"
            )
            with self.interruptible():
                values = (*scope.part(start, stop), *peer, *wanted.needles)
                for position, data in database.execute(query, values):
                    if wanted.holds(data):
                        yield position

    # --- Calls ---

    def count_calls(self, session: int, tree: bool = False) -> int:
        """The number of calls of a session (``tree``: as in `count`); 0 if it has none: UDP, or recorded by
        an older Duplex."""
        with self.read() as database:
            return _count(database, session, tree, "calls") if database and _has_calls(database) else 0

    def calls(
        self, session: int, start: int, stop: int, tree: bool = False, notes_only: bool = False
    ) -> list[StoredCall]:
        """The calls from position ``start`` up to ``stop`` (exclusive); ``notes_only``: of those the notes,
        which are found by their index."""
        if stop <= start:
            return []
        with self.read() as database:
            scope = _scope(database, session, tree, "calls") if database else None
            if database is None or scope is None or not _has_calls(database):
                return []
            within, span = scope.range, scope.part(start, stop)
            query = f"SELECT r.* FROM {scope.tables} WHERE {within}"
            if notes_only and scope.order != "r.id":
                query = "SELECT row FROM call_places WHERE id BETWEEN ? AND ? ORDER BY id"
                ends = [database.execute(f"{query} {way} LIMIT 1", span).fetchone() for way in ("", "DESC")]
                if None in ends:
                    return []
                span = (ends[0][0], ends[1][0])
                query = f"SELECT r.* FROM calls r WHERE r.id BETWEEN ? AND ? AND r.session = {session:d}"
            if notes_only:
                query += f" AND r.kind = {CALL_NOTE}"
            order = "r.id" if notes_only else scope.order
            return [_call(values) for values in database.execute(f"{query} ORDER BY {order}", span)]

    def call(self, id: int) -> StoredCall | None:
        """The call with this id; None if it was deleted."""
        with self.read() as database:
            if database is None or not _has_calls(database):
                return None
            found = database.execute("SELECT * FROM calls WHERE id = ?", (id,)).fetchone()
            return None if found is None else _call(found)

    def call_of(self, row: int) -> StoredCall | None:
        """The call that the row with this id came of; None if it is not known. The calls of a region are in
        the order of their rows, so it is found by bisection."""
        with self.read() as database:
            if database is None or not _has_calls(database):
                return None
            first = row & ~PLACE_MASK
            low, high = 0, last_place(database, "calls", row >> REGION_SHIFT)
            query = "SELECT * FROM calls WHERE id = ?"
            while low < high:
                middle = (low + high) // 2
                found = database.execute(query, (first + middle,)).fetchone()
                if found is None:
                    return None
                call = _call(found)
                if call.place > row & PLACE_MASK:
                    high = middle
                elif row in call.row_ids:
                    return call
                else:
                    low = middle + 1
        return None

    def acknowledged(self, session: int) -> StoredCall | None:
        """The newest call of a session that tells of acknowledgements."""
        with self.read() as database:
            if database is None or not _has_calls(database):
                return None
            query = f"SELECT * FROM calls WHERE session = ? AND kind > {CALL_NOTE} ORDER BY id DESC LIMIT 1"
            found = database.execute(query, (session,)).fetchone()
            return None if found is None else _call(found)

    def remote_of(self, session: int) -> str:
        """A session's remote address as text; "" if it has none, or is unknown."""
        with self.read() as database:
            if database is None:
                return ""
            query = "SELECT remote FROM sessions WHERE id = ?"
            found = database.execute(query, (session,)).fetchone()
            return str(found[0]) if found else ""

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


def _passing(filter: RowFilter) -> tuple[str, tuple[str, ...]]:
    """The filter as a condition on a row ``r``, and the condition's values."""
    wanted: list[str] = []
    if "in" in filter.directions:
        wanted.append(f"r.kind = {KIND_IN} OR r.kind < 0 AND (-1 - r.kind) & {BACK} = 0")
    if "out" in filter.directions:
        wanted.append(
            f"r.kind BETWEEN {KIND_IN + 1} AND {FIRST_NOTE_KIND - 1}"
            f" OR r.kind < 0 AND (-1 - r.kind) & {BACK} != 0"
        )
    if filter.notes:
        wanted.append(f"r.kind >= {FIRST_NOTE_KIND}")
    condition = f"({' OR '.join(wanted) or '0'})"
    if not filter.peer:
        return condition, ()
    return (
        f"{condition} AND (r.link IN (SELECT id FROM links WHERE remote = ?)"
        f" OR r.kind >= {FIRST_NOTE_KIND} AND r.link IN (SELECT id FROM links WHERE remote = ''))"
    ), (filter.peer,)


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
    """The number of rows in a region of a table: "rows", "places", "calls" or "call_places"."""
    first = region << REGION_SHIFT
    found = database.execute(
        f"SELECT id FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
        (first, first + PLACE_MASK),
    ).fetchone()
    return (found[0] & PLACE_MASK) + 1 if found else 0


def _count(database: sqlite3.Connection, session: int, tree: bool, table: str = "rows") -> int:
    found = _regions(database, session)
    if found is None:
        return 0
    region, places = found
    return (
        last_place(database, _PLACES[table], places)
        if places and not tree
        else last_place(database, table, region)
    )


_PLACES = {"rows": "places", "calls": "call_places"}


def _has_calls(database: sqlite3.Connection) -> bool:
    """Whether the file has these tables: one that an older Duplex holds has not."""
    version: int = database.execute("PRAGMA user_version").fetchone()[0]
    return version > 1


def _call(values: tuple[int, int, int, int, int, int, int, int, int, int]) -> StoredCall:
    id, session, position, time, kind, first, place, rows, size, start = values
    return StoredCall(id, session, position, time, _CALL_KINDS[kind], first, place, rows, size, start)


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


def _scope(database: sqlite3.Connection, session: int, tree: bool, table: str = "rows") -> _Scope | None:
    found = _regions(database, session)
    if found is None:
        return None
    region, places = found
    if tree or not places:
        return _Scope(f"{table} r", "r.id", region << REGION_SHIFT)
    joined = f"{_PLACES[table]} p CROSS JOIN {table} r ON r.id = p.row"
    return _Scope(joined, "p.id", places << REGION_SHIFT)


def _columns(most: int | None) -> tuple[str, tuple[int, ...]]:
    """What to select for rows whose messages are read up to ``most`` bytes, and the query's first values."""
    return (_WHOLE, ()) if most is None else (_HEAD, (most,))


def _head(database: sqlite3.Connection, id: int, most: int) -> bytes:
    """The beginning of a large message, without reading the rest of it from the disk."""
    if sys.version_info >= (3, 11):
        with database.blobopen("rows", "data", id, readonly=True) as blob:
            return blob.read(most)
    head: bytes = database.execute("SELECT substr(data, 1, ?) FROM rows WHERE id = ?", (most, id)).fetchone()[
        0
    ]
    return head


_Values = tuple[int, int, int, int, int, str, str, str, bytes | str | None, int]


def _row(values: _Values, database: sqlite3.Connection, most: int | None) -> Row:
    id, session, position, time, kind, transport, local, remote, data, size = values
    if data is None:
        data = _head(database, id, most or 0)
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
            size=0,
        )
    direction = "in" if kind == KIND_IN else "out"
    origin = _ORIGINS.get(kind, "user")
    detail: Detail = {} if kind == KIND_IN or origin == "user" else {"origin": origin}
    if kind == KIND_FILE:
        detail, data, size = _part_of_file(json.loads(data), database)
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
        size=size,
    )


def _part_of_file(part: Detail, database: sqlite3.Connection) -> tuple[Detail, bytes, int]:
    """The detail, data and size of a row that refers to a part of a file."""
    query = "SELECT path, size, modified, sha256 FROM files WHERE id = ?"
    path, size, modified, sha256 = database.execute(query, (part["file"],)).fetchone() or ("", 0, 0, "")
    facts = {"name": file_name(path), "path": path, "size": size, "modified": modified, "sha256": sha256}
    start, stop = part["start"], part["stop"]
    return {"origin": "file", "file": facts, "start": start, "stop": stop}, b"", stop - start


class MessageSearch(Struct, frozen=True):
    """A search of the rows' data: a condition on ``r.data`` with its parameters ``needles``, and a check of
    the decoded text."""

    test: str
    needles: tuple[bytes, ...]
    forms: tuple[str, ...]
    codec: str
    exact: bool

    def holds(self, data: bytes) -> bool:
        """Whether data that met the condition really matches: bytes may match across two characters. A long
        message is looked at in parts, because decoding one of a gigabyte would stop the window meanwhile."""
        if self.exact:
            return True
        longest = max(map(len, self.forms))
        before = ""
        for part in decode_parts(data, self.codec, PART_BYTES):
            part = before + part.casefold()
            if any(form in part for form in self.forms):
                return True
            before = part[-longest:]
        return False


def search_for(text: str, codec: str, hex: bool = False) -> MessageSearch | None:
    """The search for ``text`` as in `TranscriptReader.find`; None if nothing can match."""
    needle = _hex_needle(plain(text), hex)
    exact = needle is not None
    forms = [form for form in written_forms(text) if form]
    needles = [needle] if needle is not None else [one for form in forms for one in _encoded(form, codec)]
    if not any(needles):
        return None
    # lower() folds ASCII and leaves other bytes alone; on BLOBs instr compares bytes, not characters.
    folded = not exact and any(needle.lower() != needle.upper() for needle in needles)
    haystack = "CAST(lower(CAST(r.data AS TEXT)) AS BLOB)" if folded else "r.data"
    tests = " OR ".join([f"instr({haystack}, ?)"] * len(needles))
    looked_for = tuple(needle.lower() if folded else needle for needle in needles)
    return MessageSearch(f"({tests})", looked_for, tuple(form.casefold() for form in forms), codec, exact)


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
