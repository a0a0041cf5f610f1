"""Search over the texts of all messages, newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from net.chat.history.grams import gram_query, trigram_query

SNIPPET_BEFORE = 24
"""Characters shown before the first match."""

SNIPPET_LENGTH = 120

_FETCH_AT_ONCE = 100
_FOUND = "c.name, m.uid, m.place - c.first, m.text, m.time"
_JOINED = (
    " CROSS JOIN messages m ON m.id = {ids} CROSS JOIN conversations c ON c.id = m.conversation"
    " WHERE {match} AND m.place >= 0 AND c.name IS NOT NULL"
)

_Values = tuple[str, bytes, int, str, int]


class SearchHit(NamedTuple):
    """A message that has all ``words`` (lower-case). A tuple, and its line made only when it is shown: of
    thousands found a few are looked at."""

    conversation: str
    message: str
    position: int
    text: str
    time: int
    words: list[str]

    @property
    def snippet(self) -> str:
        """A line of the text around the first match."""
        folded = self.text.lower()
        return snippet(self.text, min(folded.find(word) for word in self.words))


def find(database: sqlite3.Connection, text: str, conversation: str, limit: int) -> list[SearchHit]:
    """What `HistoryReader.search` says, within one read transaction. Messages the index does not have yet are
    looked through one by one."""
    words = text.lower().split()
    scope: int | None = None
    if conversation:
        query = "SELECT id FROM conversations WHERE name = ?"
        found = database.execute(query, (conversation,)).fetchone()
        if found is None:
            return []
        scope = found[0]
    hits: list[SearchHit] = []
    if not words or limit <= 0:
        return hits
    for part in _candidates(database, words, scope):
        for name, uid, position, body, when in part:
            folded = body.lower()
            for word in words:
                if word not in folded:
                    break
            else:
                if not conversation or name == conversation:
                    hits.append(SearchHit(name, uid.hex(), position, body, when, words))
                    if len(hits) >= limit:
                        return hits
    return hits


def snippet(text: str, start: int) -> str:
    """A line of at most SNIPPET_LENGTH characters around ``start``, with … where something is left out."""
    first = max(0, start - SNIPPET_BEFORE)
    last = first + SNIPPET_LENGTH
    line = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{line}{'…' if last < len(text) else ''}"


def _candidates(database: sqlite3.Connection, words: list[str], scope: int | None) -> Iterator[list[_Values]]:
    """Messages that may have all the words, newest first, some at a time."""
    (indexed,) = database.execute("SELECT value FROM facts WHERE name = 'indexed'").fetchone()
    tail = (
        f"SELECT {_FOUND} FROM messages m CROSS JOIN conversations c ON c.id = m.conversation"
        " WHERE m.id > ? AND m.place >= 0 AND c.name IS NOT NULL ORDER BY m.id DESC"
    )
    yield from _rows(database.execute(tail, (indexed,)))
    if any(len(word) >= 3 for word in words):
        table, query = "texts", trigram_query(words, scope)
    else:
        table, query = "grams", gram_query(words, scope)
    rest = _JOINED.format(ids=f"{table}.rowid", match=f"{table} MATCH ?")
    cursor = database.execute(f"SELECT {_FOUND} FROM {table}{rest} ORDER BY {table}.rowid DESC", (query,))
    yield from _rows(cursor)


def _rows(cursor: sqlite3.Cursor) -> Iterator[list[_Values]]:
    while part := cursor.fetchmany(_FETCH_AT_ONCE):
        yield part
