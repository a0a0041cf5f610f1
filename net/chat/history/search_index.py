"""The search index as the worker writes it: it follows behind the messages, so that they need not wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from net.chat.history.grams import grams_of, scope_of


class SearchIndex:
    """The tables ``texts`` and ``grams``, for the history's worker. Messages above ``indexed`` are not in
    them yet: readers look through those themselves."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.reset()

    def reset(self) -> None:
        query = "SELECT value FROM facts WHERE name = 'indexed'"
        self.indexed: int = self._database.execute(query).fetchone()[0]

    def step(self, limit: int) -> int:
        """Index the next messages; how many there were."""
        rows: list[tuple[int, int, int, str]] = self._database.execute(
            "SELECT id, conversation, place, text FROM messages WHERE id > ? ORDER BY id LIMIT ?",
            (self.indexed, limit),
        ).fetchall()
        if rows:
            placed = [(id, conversation, text) for id, conversation, place, text in rows if place >= 0]
            self._database.executemany(
                "INSERT INTO texts(rowid, text, scope) VALUES (?, ?, ?)",
                [(id, text, scope_of(conversation)) for id, conversation, text in placed],
            )
            self._database.executemany(
                "INSERT INTO grams(rowid, text) VALUES (?, ?)",
                [(id, grams_of(text, conversation)) for id, conversation, text in placed],
            )
            self.indexed = rows[-1][0]
            self._database.execute("UPDATE facts SET value = ? WHERE name = 'indexed'", (self.indexed,))
        return len(rows)

    def remove(self, rows: Sequence[tuple[int, int, str]]) -> None:
        """Forget messages (id, conversation, text)."""
        known = [row for row in rows if row[0] <= self.indexed]
        self._database.executemany(
            "INSERT INTO texts(texts, rowid, text, scope) VALUES ('delete', ?, ?, ?)",
            [(id, text, scope_of(conversation)) for id, conversation, text in known],
        )
        self._database.executemany(
            "INSERT INTO grams(grams, rowid, text) VALUES ('delete', ?, ?)",
            [(id, grams_of(text, conversation)) for id, conversation, text in known],
        )
