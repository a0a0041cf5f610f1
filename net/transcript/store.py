"""The writing side of the transcript: one sqlite connection, used by one thread.

Rows are inserted by statements of many rows each. ``executemany`` would release the interpreter's lock and
take it again for every row: beside a busy thread that allows 4 thousand rows a second, this 150 thousand.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from net.address import SocketAddress
from net.sockets.events import (
    Acknowledged,
    DatagramsReceived,
    FileProgressed,
    FileSent,
    MessagesReceived,
    MessagesRelayed,
    MessagesSent,
    Opened,
    Role,
    Transport,
)
from net.storage.file import (
    BUSY_SECONDS,
    FileLock,
    Values,
    free_pages,
    insert_rows,
    lock_path,
    remove,
    set_aside,
)
from net.transcript.clearing import clear_sessions, expired, sweep
from net.transcript.events import Stored
from net.transcript.file import candidates, open_transcript
from net.transcript.notes import Note, Record, sender_text
from net.transcript.reader import (
    CALL_ACKNOWLEDGED,
    CALL_FINISHED,
    CALL_NOTE,
    CALL_RECEIVED,
    CALL_SENT,
    CALL_UNTOLD,
    KIND_FILE,
    KIND_IN,
    KIND_OTHER_ORIGIN,
    NOTE_KINDS,
    ORIGIN_KINDS,
    PLACE_MASK,
    REGION_SHIFT,
    last_place,
    relayed_kind,
)
from net.transcript.session_book import SessionBook, SessionFacts

LINKS_KEPT = 4096  # of one session, in memory
PAGES_AT_ONCE = 500


class Tree(Struct):
    """A region of rows and calls: a session alone, or a listener with its connections."""

    region: int
    rows: int
    calls: int


class Slot(Struct):
    """Where a session's next row and call go. ``places``: its own region of places, 0 while it is the only
    session of its tree."""

    facts: SessionFacts
    tree: Tree
    places: int
    rows: int
    calls: int
    links: dict[object, int] = field(default_factory=dict)


class Store:
    """One open transcript file with its lock. Methods raise `sqlite3.Error` (or `OSError`) if the disk fails;
    nothing has been written then, and the call may be repeated.

    ``notes``: what is to be said of the file. ``highest_session``: of the sessions stored before.
    """

    def __init__(self, path: Path, lock: FileLock, book: SessionBook) -> None:
        self.path = path
        self._lock = lock
        self._book = book
        self._database, self.notes = open_transcript(path)
        self._slots: dict[int, Slot] = {}
        self._ended: set[int] = set()
        self._dirty: dict[int, Slot] = {}
        self._rows: list[Values] = []
        self._places: list[Values] = []
        self._links: list[Values] = []
        self._calls: list[Values] = []
        self._call_places: list[Values] = []
        self._next_region = 1
        self._next_link = 1
        self._next_file = 1
        self._files: dict[int, int] = {}
        """The ids of the files that are being sent, by job."""
        self._adders: dict[type, Callable[[Any], None]] = {
            MessagesReceived: self._add_received,
            MessagesSent: self._add_sent,
            FileSent: self._add_file_sent,
            DatagramsReceived: self._add_datagrams,
            MessagesRelayed: self._add_relayed,
            Acknowledged: self._add_acknowledged,
            Note: self._add_note,
        }
        self.highest_session = self._first("SELECT max(id) FROM sessions")
        try:
            self._transaction(self._end_what_was_open)
            self._recall()
        except BaseException:
            self._database.close()
            raise

    @property
    def is_empty(self) -> bool:
        """Whether it holds no sessions."""
        return not self._first("SELECT 1 FROM sessions LIMIT 1")

    def write(self, records: Iterable[Record]) -> Stored:
        """Write and commit, all or nothing."""
        touched: set[int] = set()
        ended: list[int] = []
        adders = self._adders

        def add() -> Stored:
            for record in records:
                adders[type(record)](record)
                touched.add(record.session)
                if isinstance(record, Note) and record.is_end:
                    ended.append(record.session)
            self._flush()
            return self._counts(touched)

        stored = self._transaction(add)
        for session in ended:
            self._slots.pop(session, None)
            self._ended.add(session)
            self._book.forget(session)
        return stored

    def clear(self, session: int | None) -> Stored:
        """Delete the rows of a session (a listener: and of its connections), or of all that have ended.
        The rows are invisible at once; `tidy` frees their space."""
        if session is None:
            query = "SELECT id FROM sessions WHERE closed IS NOT NULL"
            cleared = {id for (id,) in self._database.execute(query)}
        else:
            query = "SELECT id FROM sessions WHERE id = ? OR parent = ?"
            cleared = {id for (id,) in self._database.execute(query, (session, session))}
        return self._transaction(lambda: self._clear(cleared)) if cleared else Stored({})

    def prune(self, keep_days: int, now: int | None = None) -> Stored:
        """Clear the trees whose sessions all ended more than ``keep_days`` days ago; with 0 days all that was
        stored before this file was opened."""
        regions = expired(self._database, keep_days, self.highest_session, now)
        query = "SELECT id FROM sessions WHERE region IN (SELECT value FROM json_each(?))"
        cleared = {id for (id,) in self._database.execute(query, (json.dumps(regions),))}
        return self._transaction(lambda: self._clear(cleared)) if cleared else Stored({})

    def tidy(self) -> bool:
        """Do a little of the pending deletions (some milliseconds); False when none are left."""
        if self._first("SELECT 1 FROM garbage LIMIT 1"):
            self._transaction(lambda: sweep(self._database))
            return True
        if self._first("PRAGMA freelist_count") > PAGES_AT_ONCE:
            self._transaction(lambda: free_pages(self._database, PAGES_AT_ONCE))
            return True
        return False

    def fold(self) -> None:
        """Write what is in the journal into the file itself, and empty the journal, unless somebody reads
        just now: it takes several times the room of the rows in it."""
        self._database.execute("PRAGMA busy_timeout = 0")
        try:
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._database.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")

    def close(self, delete: bool = False) -> None:
        """Close the file, delete it if ``delete``, and release its lock."""
        self._database.close()
        try:
            if delete:
                remove(self.path)
        finally:
            self._lock.release()

    def set_aside(self) -> Path:
        """Close a file that turned out to be damaged and rename it; returns the new path."""
        with contextlib.suppress(sqlite3.Error):
            self._database.close()
        try:
            return set_aside(self.path, "damaged")
        finally:
            self._lock.release()

    def _clear(self, cleared: set[int]) -> Stored:
        stored = clear_sessions(self._database, cleared, self._new_region)
        self._forget()
        self._files.clear()
        return stored

    # --- Rows ---

    def _add_note(self, note: Note) -> None:
        facts = self._book.learn(note)
        slot = self._slot(note.session)
        event = note.event
        if isinstance(event, Opened):
            if event.parent is not None:
                self._adopt(slot, self._slot(event.parent))
            elif event.role is Role.SERVER:
                self._make_listener(slot)
        if note.is_end or isinstance(event, Opened):
            slot.facts = facts
            slot.links.clear()
            self._dirty[note.session] = slot
        if isinstance(event, FileProgressed) and event.sha256 and event.job in self._files:
            digest = (event.sha256, self._files[event.job])
            self._database.execute("UPDATE files SET sha256 = ? WHERE id = ?", digest)
        detail = json.dumps(note.detail)
        if facts.transport != Transport.UDP.value and facts.role != Role.RELAY.value:
            self._add_call(slot, note.time, CALL_NOTE, 1)
        self._append(slot, note.time, repeat(NOTE_KINDS[note.kind]), repeat(self._link(slot)), [detail])

    def _add_received(self, record: MessagesReceived) -> None:
        slot = self._slot(record.session)
        self._add_call(slot, record.time, CALL_RECEIVED, len(record.messages), record.size, record.start)
        self._append(slot, record.time, repeat(KIND_IN), repeat(self._link(slot)), record.messages)

    def _add_sent(self, record: MessagesSent) -> None:
        slot = self._slot(record.session)
        remote = "" if record.remote_address is None else str(record.remote_address)
        kind = ORIGIN_KINDS.get(record.origin, KIND_OTHER_ORIGIN)
        if slot.facts.transport != Transport.UDP.value:
            self._add_call(slot, record.time, CALL_SENT, len(record.messages), record.size, record.start)
        self._append(slot, record.time, repeat(kind), repeat(self._link(slot, remote)), record.messages)

    def _add_file_sent(self, record: FileSent) -> None:
        """A reference to the file: its bytes are where they were."""
        slot, file = self._slot(record.session), record.file
        if file.job not in self._files:
            self._files[file.job] = self._next_file
            facts = (self._next_file, slot.tree.region, file.path, file.size, file.modified, "")
            self._database.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", facts)
            self._next_file += 1
        part = {"file": self._files[file.job], "start": record.start, "stop": record.start + record.size}
        data = json.dumps(part, separators=(",", ":")).encode()
        remote = "" if record.remote_address is None else str(record.remote_address)
        if record.of_call and slot.facts.transport != Transport.UDP.value:
            self._add_call(slot, record.time, CALL_SENT, record.of_call, record.call_size, record.call_start)
        self._append(slot, record.time, repeat(KIND_FILE), repeat(self._link(slot, remote)), [data])

    def _add_datagrams(self, record: DatagramsReceived) -> None:
        slot = self._slot(record.session)
        links = self._sender_links(slot, record.senders)
        self._append(slot, record.time, repeat(KIND_IN), links, record.datagrams)

    def _add_relayed(self, record: MessagesRelayed) -> None:
        slot, pieces = self._slot(record.session), record.pieces
        kinds = [relayed_kind(piece.fate.value, piece.back, piece.delay) for piece in pieces]
        links = self._sender_links(slot, [piece.client for piece in pieces], slot.facts.remote)
        self._append(slot, record.time, kinds, links, [piece.data for piece in pieces])

    def _add_acknowledged(self, record: Acknowledged) -> None:
        slot = self._slot(record.session)
        if record.upto is None:
            self._add_call(slot, record.time, CALL_UNTOLD, 0)
        else:
            kind = CALL_FINISHED if record.finished else CALL_ACKNOWLEDGED
            self._add_call(slot, record.time, kind, record.sends, record.size, record.upto - record.size)

    def _add_call(self, slot: Slot, time: int, kind: int, rows: int, size: int = 0, start: int = 0) -> None:
        """A call whose ``rows`` are appended next. Of an acknowledgement ``rows`` is the number of sends that
        it completes."""
        tree, session = slot.tree, slot.facts.session
        id = (tree.region << REGION_SHIFT) + tree.calls
        self._calls.append((id, session, slot.calls, time, kind, slot.rows, tree.rows, rows, size, start))
        if slot.places:
            self._call_places.append(((slot.places << REGION_SHIFT) + slot.calls, id))
        tree.calls += 1
        slot.calls += 1

    def _append(
        self,
        slot: Slot,
        time: int,
        kinds: Iterable[int],
        links: Iterable[int],
        data: Sequence[bytes | str],
    ) -> None:
        # Whole events at once, by iterators written in C: there are many rows.
        count = len(data)
        tree = slot.tree
        first = (tree.region << REGION_SHIFT) + tree.rows
        positions = range(slot.rows, slot.rows + count)
        session = slot.facts.session
        ids = range(first, first + count)
        self._rows.extend(zip(ids, repeat(session), positions, repeat(time), kinds, links, data))
        if slot.places:
            place = (slot.places << REGION_SHIFT) + slot.rows
            self._places.extend(zip(range(place, place + count), ids, strict=True))
        tree.rows += count
        slot.rows += count

    def _sender_links(self, slot: Slot, senders: Sequence[SocketAddress], local: str = "") -> Iterable[int]:
        links = slot.links
        unknown = set(senders).difference(links)
        if unknown:
            if len(links) + len(unknown) > LINKS_KEPT:
                links.clear()
                unknown = set(senders)
            for sender in unknown:
                links[sender] = self._new_link(slot, sender_text(sender), local)
        return [links[sender] for sender in senders]

    def _link(self, slot: Slot, remote: str = "") -> int:
        remote = remote or slot.facts.remote
        link = slot.links.get(remote)
        if link is None:
            if len(slot.links) > LINKS_KEPT:
                slot.links.clear()
            link = slot.links[remote] = self._new_link(slot, remote)
        return link

    def _new_link(self, slot: Slot, remote: str, local: str = "") -> int:
        facts = slot.facts
        link = self._next_link
        self._next_link += 1
        self._links.append((link, slot.tree.region, facts.transport, local or facts.local, remote))
        return link

    # --- Sessions and their trees ---

    def _slot(self, session: int) -> Slot:
        slot = self._slots.get(session)
        if slot is not None:
            return slot
        known = session <= self.highest_session or session in self._ended
        stored = (
            known
            and self._database.execute(
                "SELECT parent, region, places, transport, role, local, remote, opened, closed, reason"
                " FROM sessions WHERE id = ?",
                (session,),
            ).fetchone()
        )
        if not stored:
            slot = Slot(self._book.facts(session), Tree(self._new_region(), 0, 0), 0, 0, 0)
            self._dirty[session] = slot
        else:
            parent, region, places, transport, role, local, remote, opened, closed, reason = stored
            facts = self._book.facts(session)
            if not facts.role:
                facts.transport, facts.parent, facts.role = transport, parent, role
                facts.local, facts.remote, facts.opened = local, remote, opened
                facts.closed, facts.reason = closed, reason
            tree = self._slot(parent).tree if parent is not None and self._shares(parent, region) else None
            if tree is None:
                rows, calls = (last_place(self._database, table, region) for table in ("rows", "calls"))
                tree = Tree(region, rows, calls)
            rows, calls = tree.rows, tree.calls
            if places:
                rows = last_place(self._database, "places", places)
                calls = last_place(self._database, "call_places", places)
            slot = Slot(facts, tree, places, rows, calls)
        self._slots[session] = slot
        return slot

    def _shares(self, parent: int, region: int) -> bool:
        slot = self._slots.get(parent)
        if slot is not None:
            return slot.tree.region == region
        return self._first("SELECT region FROM sessions WHERE id = ?", parent) == region

    def _make_listener(self, slot: Slot) -> None:
        """From now on its rows and its connections' rows share a tree."""
        if slot.places:
            return
        self._flush()
        slot.places = self._new_region()
        first = slot.tree.region << REGION_SHIFT
        for places, table in (("places", "rows"), ("call_places", "calls")):
            self._database.execute(
                f"INSERT INTO {places} SELECT ? + position, id FROM {table} WHERE id BETWEEN ? AND ?",
                (slot.places << REGION_SHIFT, first, first + PLACE_MASK),
            )
        self._dirty[slot.facts.session] = slot

    def _adopt(self, slot: Slot, parent: Slot) -> None:
        """The session turns out to be a connection of the listener: its rows so far move into the listener's
        tree."""
        if slot.tree is parent.tree:
            return
        self._make_listener(parent)
        old, tree = slot.tree, parent.tree
        slot.places = self._new_region()
        if slot.rows:
            self._flush()
            region, own = tree.region << REGION_SHIFT, slot.places << REGION_SHIFT
            source = old.region << REGION_SHIFT
            span = (source, source + PLACE_MASK)
            self._database.execute(
                "INSERT INTO rows SELECT ? + position, session, position, time, kind, link, data"
                " FROM rows WHERE id BETWEEN ? AND ?",
                (region + tree.rows, *span),
            )
            self._database.execute(
                "INSERT INTO calls SELECT ? + position, session, position, time, kind, first, ? + first,"
                " rows, size, start FROM calls WHERE id BETWEEN ? AND ?",
                (region + tree.calls, tree.rows, *span),
            )
            for places, table, moved in (("places", "rows", tree.rows), ("call_places", "calls", tree.calls)):
                self._database.execute(
                    f"INSERT INTO {places} SELECT ? + position, ? + position FROM {table}"
                    " WHERE id BETWEEN ? AND ?",
                    (own, region + moved, *span),
                )
                self._database.execute(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", span)
            for table in ("links", "files"):
                move = f"UPDATE {table} SET region = ? WHERE region = ?"
                self._database.execute(move, (tree.region, old.region))
            tree.rows += slot.rows
            tree.calls += slot.calls
        slot.tree = tree
        slot.links.clear()
        self._dirty[slot.facts.session] = slot

    def _counts(self, touched: Iterable[int]) -> Stored:
        counts: dict[int, int] = {}
        trees: dict[int, int] = {}
        for session in touched:
            slot = self._slot(session)
            counts[session] = slot.rows
            root = session if slot.facts.parent is None else slot.facts.parent
            if slot.places:
                trees[root] = slot.tree.rows
        return Stored(counts, trees)

    # --- The database ---

    def _transaction(self, action: Callable[[], Stored | None]) -> Stored:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            result = action()
            self._database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.rollback()
            self._forget()
            with contextlib.suppress(sqlite3.Error):
                self._recall()
            raise
        return result or Stored({})

    def _flush(self) -> None:
        insert_rows(self._database, "links", self._links)
        insert_rows(self._database, "rows", self._rows)
        insert_rows(self._database, "places", self._places)
        insert_rows(self._database, "calls", self._calls)
        insert_rows(self._database, "call_places", self._call_places)
        self._links, self._rows, self._places, self._calls, self._call_places = [], [], [], [], []
        sessions = [
            (
                session,
                facts.parent,
                slot.tree.region,
                slot.places,
                facts.transport,
                facts.role,
                facts.local,
                facts.remote,
                self._book.codec(session),
                facts.opened or time.time_ns(),
                facts.closed,
                facts.reason,
            )
            for session, slot in self._dirty.items()
            for facts in (slot.facts,)
        ]
        self._dirty = {}
        insert_rows(self._database, "sessions", sessions)

    def _forget(self) -> None:
        """After a rollback or a clearing only the database is right; slots are read again when needed."""
        self._ended.update(self._slots)
        self._slots.clear()
        self._dirty.clear()
        self._links, self._rows, self._places, self._calls, self._call_places = [], [], [], [], []

    def _recall(self) -> None:
        self._next_region = 1 + max(
            self._first("SELECT max(region) FROM sessions"),
            self._first("SELECT max(places) FROM sessions"),
            self._first("SELECT max(region) FROM garbage"),
        )
        self._next_link = 1 + self._first("SELECT max(id) FROM links")
        self._next_file = 1 + self._first("SELECT max(id) FROM files")
        # Of those that a rollback took back, or that a clearing removed, there will be another entry.
        stored = {id for (id,) in self._database.execute("SELECT id FROM files")}
        self._files = {job: id for job, id in self._files.items() if id in stored}

    def _end_what_was_open(self) -> None:
        """End the sessions of a program that was killed at the time of their last row."""
        query = "SELECT id, opened, region, places FROM sessions WHERE closed IS NULL"
        for session, opened, region, places in self._database.execute(query).fetchall():
            table = "places" if places else "rows"
            first = (places or region) << REGION_SHIFT
            last = self._first(
                f"SELECT id FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
                first,
                first + PLACE_MASK,
            )
            if places and last:
                last = self._first("SELECT row FROM places WHERE id = ?", last)
            when = self._first("SELECT time FROM rows WHERE id = ?", last) if last else opened
            self._database.execute("UPDATE sessions SET closed = ? WHERE id = ?", (when or opened, session))

    def _new_region(self) -> int:
        self._next_region += 1
        return self._next_region - 1

    def _first(self, query: str, *parameters: int | str) -> int:
        found = self._database.execute(query, parameters).fetchone()
        return found[0] or 0 if found else 0


def open_store(path: Path, book: SessionBook, fresh: bool = False, below: int | None = None) -> Store:
    """The transcript at ``path``, or under the next free name where another program records there.

    ``fresh``: an existing file is deleted first. ``below``: session ids from there on are already in use, so
    a file that contains such ids is skipped. Raises `OSError` or `sqlite3.Error`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for candidate in candidates(path):
        lock = FileLock(lock_path(candidate))
        if not lock.held:
            continue
        try:
            if fresh:
                remove(candidate)
            store = Store(candidate, lock, book)
        except BaseException:
            lock.release()
            raise
        if below is None or store.highest_session < below:
            return store
        store.close()
    raise OSError(f"no free transcript beside {path}")
