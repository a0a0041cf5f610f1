"""Search over the texts of all messages, newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from net.chat.conversation import Conversation
from net.chat.history.grams import Word, gram_query, has_trigrams, trigram_query
from net.chat.history.records import conversation_of
from net.protocol.folding import written_forms

SNIPPET_BEFORE = 24
"""Characters shown before the first match."""

SNIPPET_LENGTH = 120

_FETCH_AT_ONCE = 200
_FOUND = "SELECT m.conversation, m.uid, m.place, m.text, m.time FROM"


class SearchHit(NamedTuple):
    """A message that has all ``words`` (lower-case, spaces between them). A tuple, and its line made only
    when it is shown: of hundreds found a few are looked at."""

    conversation: Conversation
    uid: bytes
    position: int
    text: str
    time: int
    words: str

    @property
    def message(self) -> str:
        """Its id."""
        return self.uid.hex()

    @property
    def snippet(self) -> str:
        """A line of the text around the first match."""
        folded = self.text.lower()
        forms = [form for word in self.words.split() for form in written_forms(word)]
        return snippet(self.text, min(at for form in forms if (at := folded.find(form)) >= 0))


_Values = tuple[int, bytes, int, str, int]
_hit = partial(tuple.__new__, SearchHit)  # without the check of each field: hundreds are made at a time


def find(
    database: sqlite3.Connection, text: str, conversation: Conversation | None, limit: int
) -> list[SearchHit]:
    """What `HistoryReader.search` says, within one read transaction. Messages the index does not have yet are
    looked through one by one."""
    words = [written_forms(word) for word in text.lower().split()]
    words = [word for word in words if word[0]]
    joined = " ".join(word[0] for word in words)
    # The conversations are few: to join them to each row would cost more than all the rest.
    conversations: dict[int, Conversation | None] = {}
    firsts: dict[int, int] = {}
    scope: int | None = None
    if conversation is not None:
        query = "SELECT id FROM conversations WHERE name = ?"
        found = database.execute(query, (str(conversation),)).fetchone()
        if found is None:
            return []
        scope = found[0]
    hits: list[SearchHit] = []
    if not words or limit <= 0:
        return hits
    for part in _candidates(database, words, scope, min(limit, _FETCH_AT_ONCE)):
        for word in words:
            # What is there as it was typed need not be folded.
            part = [row for row in part if word[0] in row[3] or _holds(row[3].lower(), word)]
        for id in {row[0] for row in part}.difference(conversations):
            query = "SELECT name, first FROM conversations WHERE id = ?"
            name, firsts[id] = database.execute(query, (id,)).fetchone() or (None, 0)
            conversations[id] = conversation_of(name) if scope is None or id == scope else None
        hits += [
            _hit((known, uid, place - firsts[id], body, when, joined))
            for id, uid, place, body, when in part
            if (known := conversations[id]) is not None
        ]
        if len(hits) >= limit:
            break
    return hits[:limit]


def snippet(text: str, start: int) -> str:
    """A line of at most SNIPPET_LENGTH characters around ``start``, with … where something is left out."""
    first = max(0, start - SNIPPET_BEFORE)
    last = first + SNIPPET_LENGTH
    line = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{line}{'…' if last < len(text) else ''}"


def _holds(folded: str, word: Word) -> bool:
    return any(form in folded for form in word)


def _candidates(
    database: sqlite3.Connection, words: list[Word], scope: int | None, step: int
) -> Iterator[list[_Values]]:
    """Messages that may have all the words, newest first, ``step`` at a time; also of conversations that are
    deleted already."""
    query = "SELECT value, (SELECT max(id) FROM messages) FROM facts WHERE name = 'indexed'"
    indexed, last = database.execute(query).fetchone()
    if last is not None and last > indexed:
        tail = f"{_FOUND} messages m WHERE m.id > ? AND m.place >= 0 ORDER BY m.id DESC"
        yield from _rows(database.execute(tail, (indexed,)), step)
    if any(map(has_trigrams, words)):
        table, match = "texts", trigram_query(words, scope)
    else:
        table, match = "grams", gram_query(words, scope)
    cursor = database.execute(
        f"{_FOUND} {table} CROSS JOIN messages m ON m.id = {table}.rowid"
        f" WHERE {table} MATCH ? AND m.place >= 0 ORDER BY {table}.rowid DESC",
        (match,),
    )
    yield from _rows(cursor, step)


def _rows(cursor: sqlite3.Cursor, step: int) -> Iterator[list[_Values]]:
    while part := cursor.fetchmany(step):
        yield part
