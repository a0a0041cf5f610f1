"""The history's database as its one worker sees it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from net.chat.events import MessageState
from net.chat.history.messages import MessageTable
from net.chat.history.outbox import OutboxTable
from net.chat.history.people import PeopleTable
from net.chat.history.places import Places
from net.chat.history.proofs import ProofTable
from net.chat.history.records import StateChange
from net.chat.history.room_log import LogTable
from net.chat.history.rooms import RoomTable
from net.chat.history.schema import SCHEMA, SCHEMA_VERSION
from net.chat.history.search_index import SearchIndex
from net.chat.history.transfers import TransferTable
from net.chat.history.wal import WriteAheadLog
from net.events import Fault
from net.storage.fallback import copy_readable
from net.storage.file import Schema, free_pages, has_wal, journal_notes, open_database, open_or_replace

_CACHE_KIB = 16 * 1024
_FREE_PAGES = 1_000  # that are kept for the next messages
_VACUUM_PAGES = 500
_SCHEMA = Schema(
    SCHEMA_VERSION,
    SCHEMA,
    pragmas=("synchronous = FULL", "secure_delete = FAST", f"cache_size = -{_CACHE_KIB}"),
    unchecked=("texts", "grams"),
)

T = TypeVar("T")

FollowUp = Callable[[], object]
"""What NetThread does once the changes of an action are on the disk: report them, send what they put into
the outbox."""

StoreAction = Callable[["HistoryStore"], "FollowUp | None"]
"""A change of the history, run on the history's thread within one transaction."""


class HistoryStore:
    """What an action given to `History.submit` works with. Only on the history's thread."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database = database
        self._path = path
        self._wal = WriteAheadLog(database, path) if has_wal(database) else None
        self._closed = False
        self.index = SearchIndex(database)
        self.people = PeopleTable(database)
        places, proofs = Places(database), ProofTable(database)
        self.messages = MessageTable(database, places, self.index, proofs)
        self.log = LogTable(database, self.messages, places, proofs)
        self.outbox = OutboxTable(database)
        self.rooms = RoomTable(database)
        self.transfers = TransferTable(database)

    def sent(self, peer: str, above: int, up_to: int, path: str) -> list[StateChange]:
        """These envelopes went out over ``path``: their messages are SENT."""
        messages = self.outbox.messages_between(peer, above, up_to)
        return self.messages.set_state(messages, MessageState.SENT, peer, path)

    def acknowledged(self, peer: str, up_to: int, path: str = "") -> tuple[int, list[StateChange]]:
        """The peer has all up to this number on its disk: take it out of the outbox; its messages are
        DELIVERED. How many envelopes that were, and what changed."""
        removed, messages = self.outbox.remove(peer, up_to)
        return removed, self.messages.set_state(messages, MessageState.DELIVERED, peer, path)

    def behind(self) -> int:
        """How many messages the search index does not have yet, at most."""
        return max(0, self.messages.last_id() - self.index.indexed)

    def transaction(self, action: Callable[[], T]) -> T:
        """What ``action`` returns, once all it did is committed: readers and a next process see it, and after
        `sync` it is on the disk. After an error nothing of it happened."""
        try:
            self.prepare()
            result = action()
            self.messages.flush()
            self.outbox.flush()
            self._database.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._database.rollback()
            self.messages.reset()
            self.outbox.reset()
            with contextlib.suppress(sqlite3.Error):
                self.index.reset()
            raise
        return result

    def prepare(self) -> None:
        """Begin the next transaction, while nobody waits for it: a quarter of a small one's time."""
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")

    @property
    def is_behind(self) -> bool:
        """Whether `sync` has anything to do: with a rollback journal each commit is on the disk at once."""
        return self._wal is not None and self._wal.is_behind

    def sync(self) -> None:
        """Wait until all that was committed is on the disk, also if the power fails. Raises `OSError` or
        `sqlite3.Error`; then it is to be called again."""
        if self._wal is not None:
            self._wal.sync()
        self.outbox.synced()

    def sweep(self, limit: int) -> bool:
        """Remove some of what lay in deleted conversations, then give free space back to the disk; whether
        there may be more to do."""
        if self.messages.sweep(limit):
            return True
        (free,) = self._database.execute("PRAGMA freelist_count").fetchone()
        if free < _FREE_PAGES:
            return False
        free_pages(self._database, _VACUUM_PAGES)
        return True

    def journal_notes(self) -> tuple[Fault, ...]:
        """What is to be said of the file's journal."""
        return journal_notes(self._database, self._path)

    def close(self) -> None:
        """Idempotent."""
        if self._closed:
            return
        self._closed = True
        try:
            self.transaction(self.outbox.end)
            self.sync()
        finally:
            if self._wal is not None:
                self._wal.close()
            self._database.close()


def open_history(path: Path) -> tuple[HistoryStore, tuple[Fault, ...]]:
    """The history at ``path``, whose lock the caller holds, and what is to be said of the file.

    Raises `sqlite3.Error` or `OSError` where no database can be made here now.
    """
    store, notes = open_or_replace(path, _open)
    notes = tuple(Fault(note.kind, {**note.params, "store": "history"}) for note in notes)
    return store, (*notes, *store.journal_notes())


def copy_history(path: Path, copy: Path) -> None:
    """What can be read of the history at ``path``, for a start that cannot write there. What waits for others
    stays behind, and goes when it can be taken out; and the numbers given here must not be those that the
    next start gives. Raises `sqlite3.Error`."""
    copy_readable(path, copy)
    with contextlib.closing(sqlite3.connect(copy)) as database, database:
        database.execute("DELETE FROM outbox")
        database.execute("DELETE FROM bodies")
        database.execute("UPDATE facts SET value = randomblob(16) WHERE name = 'stream'")
        database.execute("UPDATE peers SET stream = randomblob(16), last = 0")


def _open(path: Path) -> HistoryStore:
    # What people wrote is nobody else's business; sqlite gives the same mode to the files beside it.
    # Not where it is there: closing a file takes all locks that this process has on it, its readers' too.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    database = open_database(path, _SCHEMA)
    try:
        store = HistoryStore(database, path)
        store.transaction(store.outbox.begin)
        if has_wal(database):
            # From here on `HistoryStore.sync` waits for the disk, not each COMMIT.
            database.execute("PRAGMA synchronous = NORMAL")
        return store
    except BaseException:
        database.close()
        raise
