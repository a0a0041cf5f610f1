"""Search over the texts of all messages, newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from net.chat.history.grams import gram_query, trigram_query
from net.chat.history.records import SearchHit

SNIPPET_BEFORE = 24
"""Characters shown before the first match."""

SNIPPET_LENGTH = 120

_FETCH_AT_ONCE = 50
_FOUND = "m.id, m.text, c.name, m.place - c.first, m.uid, m.time"
_JOINED = (
    " CROSS JOIN messages m ON m.id = {ids} CROSS JOIN conversations c ON c.id = m.conversation"
    " WHERE {match} AND m.place >= 0 AND c.name IS NOT NULL"
)

_Values = tuple[int, str, str, int, bytes, int]


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
    for _, body, name, position, uid, when in _candidates(database, words, scope):
        folded = body.lower()
        if (not conversation or name == conversation) and all(word in folded for word in words):
            start = min(folded.find(word) for word in words)
            hits.append(SearchHit(name, uid.hex(), position, snippet(body, start), when))
            if len(hits) >= limit:
                break
    return hits


def snippet(text: str, start: int) -> str:
    """A line of at most SNIPPET_LENGTH characters around ``start``, with … where something is left out."""
    first = max(0, start - SNIPPET_BEFORE)
    last = first + SNIPPET_LENGTH
    line = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{line}{'…' if last < len(text) else ''}"


def _candidates(database: sqlite3.Connection, words: list[str], scope: int | None) -> Iterator[_Values]:
    """Messages that may have all the words, newest first."""
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


def _rows(cursor: sqlite3.Cursor) -> Iterator[_Values]:
    while part := cursor.fetchmany(_FETCH_AT_ONCE):
        yield from part
