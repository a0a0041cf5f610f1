"""What panes read: rows of a conversation by their position, counts, and search."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from net.chat.conversation import Conversation
from net.chat.events import MessageState
from net.chat.history import search
from net.chat.history.records import (
    OVER_STAGES,
    ConversationRow,
    MessageRow,
    TransferRecord,
    conversation_of,
    path_bytes,
    path_text,
)
from net.chat.history.schema import (
    MESSAGE_COLUMNS,
    MESSAGE_QUERY,
    PLACE_SHIFT,
    SCHEMA_VERSION,
    STATES,
    TRANSFER_QUERY,
)
from net.chat.history.search import SearchHit
from net.storage.reader import Location, StoreReader

_BY_PLACE = (
    f"SELECT {MESSAGE_COLUMNS} FROM places p CROSS JOIN messages m ON m.id = p.message"
    " CROSS JOIN conversations c ON c.id = m.conversation CROSS JOIN authors a ON a.id = m.author"
)


class HistoryReader(StoreReader):
    """Reads a history while it is being written, as it was at its last commit. Where there is no database
    (yet), there is nothing.

    Raises `sqlite3.Error` where the file is damaged."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: _location(path))

    def conversations(self) -> list[ConversationRow]:
        """All that have or had messages, the one with the newest message first."""
        rows: list[tuple[int, ConversationRow]] = []
        with self.read() as database:
            if database is None:
                return []
            query = "SELECT id, name, first, count, unread FROM conversations WHERE name IS NOT NULL"
            for id, name, first, count, unread in database.execute(query).fetchall():
                conversation = conversation_of(name)
                if conversation is None:
                    continue
                key = (id << PLACE_SHIFT) + first + count - 1
                found = database.execute(f"{_BY_PLACE} WHERE p.id = ?", (key,)).fetchone() if count else None
                last = MessageRow.of(found) if found else None
                rows.append((last.time if last else 0, ConversationRow(conversation, count, unread, last)))
        return [row for _, row in sorted(rows, key=lambda pair: pair[0], reverse=True)]

    def count(self, conversation: Conversation) -> int:
        with self.read() as database:
            scope = _scope(database, conversation)
            return scope[2] if scope else 0

    def unread(self, conversation: Conversation) -> int:
        with self.read() as database:
            scope = _scope(database, conversation)
            return scope[3] if scope else 0

    def fetch(self, conversation: Conversation, start: int, stop: int) -> list[MessageRow]:
        """The messages from position ``start`` up to ``stop`` (not included), as many of them as there are;
        as quick in a long conversation as in a short one."""
        with self.read() as database:
            scope = _scope(database, conversation)
            if database is None or scope is None:
                return []
            id, first, count, _ = scope
            start, stop = max(start, 0), min(stop, count)
            if stop <= start:
                return []
            key = (id << PLACE_SHIFT) + first
            rows = database.execute(
                f"{_BY_PLACE} WHERE p.id BETWEEN ? AND ? ORDER BY p.id", (key + start, key + stop - 1)
            )
            return [MessageRow.of(values) for values in rows]

    def get(self, conversation: Conversation, message: str) -> MessageRow | None:
        """A message by its id; None where it was deleted."""
        with self.read() as database:
            if database is None:
                return None
            query = f"{MESSAGE_QUERY} WHERE m.uid = ? AND c.name = ? AND m.place >= 0"
            found = database.execute(query, (bytes.fromhex(message), str(conversation))).fetchone()
            return MessageRow.of(found) if found else None

    def position_of(self, conversation: Conversation, message: str) -> int | None:
        """Where a message stands now."""
        found = self.get(conversation, message)
        return None if found is None else found.position

    def recipients(self, conversation: Conversation, message: str) -> dict[str, MessageState]:
        """How far an announcement of ours is with each identity it went to."""
        with self.read() as database:
            if database is None:
                return {}
            query = (
                "SELECT r.identity, r.state FROM messages m JOIN conversations c ON c.id = m.conversation"
                " JOIN receipts r ON r.message = m.id WHERE m.uid = ? AND c.name = ?"
            )
            rows = database.execute(query, (bytes.fromhex(message), str(conversation)))
            return {identity.hex(): STATES[state] for identity, state in rows}

    def transfer(self, transfer: str) -> TransferRecord | None:
        """A transfer as it was last stored, for the message that shows it."""
        with self.read() as database:
            if database is None:
                return None
            query = f"{TRANSFER_QUERY} WHERE transfer = ?"
            found = database.execute(query, (bytes.fromhex(transfer),)).fetchone()
            return TransferRecord.of(found) if found else None

    def picture(self, transfer: str) -> Path | None:
        """The first file of a transfer: where it was written, or where it was sent from."""
        key = bytes.fromhex(transfer)
        queries = (
            "SELECT target FROM progress WHERE transfer = ? AND target <> x'' AND stage = 'finished'"
            " ORDER BY item LIMIT 1",
            "SELECT i.source FROM transfers t JOIN items i ON i.owner = t.sending"
            " WHERE t.transfer = ? AND t.incoming = 0 AND i.source <> x'' ORDER BY i.item LIMIT 1",
        )
        with self.read() as database:
            if database is None:
                return None
            for query in queries:
                found = database.execute(query, (key,)).fetchone()
                if found:
                    return Path(path_text(found[0]))
        return None

    def sources(self, folder: Path) -> set[Path]:
        """The files below ``folder`` that an offer of ours still needs: one that is not over, or whose
        message is still here. Looks at all items."""
        start = path_bytes(str(folder))
        stages = [stage.value for stage in OVER_STAGES]
        over = ",".join("?" * len(stages))
        query = (
            "SELECT DISTINCT i.source FROM items i JOIN transfers t ON t.sending = i.owner"
            f" WHERE substr(i.source, 1, ?) = ? AND (t.stage NOT IN ({over}) OR t.message = x''"
            " OR EXISTS (SELECT 1 FROM messages m WHERE m.uid = t.message))"
        )
        with self.read() as database:
            if database is None:
                return set()
            found = database.execute(query, (len(start), start, *stages))
            return {Path(path_text(source)) for (source,) in found}

    def search(
        self, text: str, conversation: Conversation | None = None, limit: int = 200
    ) -> list[SearchHit]:
        """The newest messages that contain all words of ``text``, whatever their case; in all conversations
        where ``conversation`` is None. [] where it was interrupted."""
        found: list[SearchHit] = []
        with self.read() as database, self.interruptible():
            found = search.find(database, text, conversation, limit) if database else []
        return found

    def is_ready(self, database: sqlite3.Connection) -> bool:
        try:
            return bool(database.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION)
        except sqlite3.Error:
            return False


def _location(path: Path) -> Location | None:
    """Another file may take the name: the one before was damaged."""
    try:
        return path, path.stat().st_ino
    except OSError:
        return None


def _scope(
    database: sqlite3.Connection | None, conversation: Conversation
) -> tuple[int, int, int, int] | None:
    if database is None:
        return None
    query = "SELECT id, first, count, unread FROM conversations WHERE name = ?"
    found: tuple[int, int, int, int] | None = database.execute(query, (str(conversation),)).fetchone()
    return found
