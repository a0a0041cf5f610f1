"""Where each message stands in its conversation: gapless places, counts, and what was seen."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from net.chat.conversation import Conversation
from net.chat.history.records import conversation_of
from net.chat.history.schema import PLACE_MASK, PLACE_SHIFT

_STEP = 50


@dataclass(slots=True)
class ConversationPlaces:
    """``seen``: the first place that was not yet seen. Places are ``first`` up to ``first + count``."""

    id: int
    first: int
    count: int
    seen: int
    unread: int
    changed: bool = False

    def key(self, place: int) -> int:
        return (self.id << PLACE_SHIFT) + place


class Places:
    """The tables ``conversations`` and ``places``, for the history's worker."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._conversations: dict[Conversation, ConversationPlaces] = {}
        self._fresh: list[tuple[int, int]] = []

    def of(self, conversation: Conversation) -> ConversationPlaces:
        """Those of this conversation, which is entered where it is new."""
        known = self._conversations.get(conversation)
        if known is None:
            name = str(conversation)
            query = "SELECT id, first, count, seen, unread FROM conversations WHERE name = ?"
            found = self._database.execute(query, (name,)).fetchone()
            if found is None:
                self._database.execute(
                    "INSERT INTO conversations(name, first, count, seen, unread) VALUES (?, 0, 0, 0, 0)",
                    (name,),
                )
                found = self._database.execute(query, (name,)).fetchone()
            known = self._conversations[conversation] = ConversationPlaces(*found)
        return known

    def conversations(self) -> list[Conversation]:
        query = "SELECT name FROM conversations WHERE name IS NOT NULL ORDER BY id"
        found = (conversation_of(name) for (name,) in self._database.execute(query))
        return [conversation for conversation in found if conversation is not None]

    def append(self, conversation: ConversationPlaces, message: int, incoming: bool) -> None:
        place = conversation.first + conversation.count
        self._fresh.append((conversation.key(place), message))
        conversation.count += 1
        conversation.unread += incoming
        conversation.changed = True

    def messages(self, conversation: ConversationPlaces, limit: int = -1) -> list[int]:
        """The ids of its messages from the first on."""
        return self._between(conversation, conversation.first, limit)

    def backwards(self, conversation: ConversationPlaces) -> Iterator[int]:
        """The ids of its messages from the last to the first, a few at a time."""
        self.flush()
        stop = conversation.first + conversation.count
        while stop > conversation.first:
            start = max(conversation.first, stop - _STEP)
            yield from reversed(self._between(conversation, start, stop - start))
            stop = start

    def see(self, conversation: ConversationPlaces, position: int) -> list[tuple[str, str]]:
        """All up to this position was seen; (author, message) of those that were not before."""
        self.flush()
        stop = conversation.first + min(position + 1, conversation.count)
        if stop <= conversation.seen:
            return []
        rows = self._database.execute(
            "SELECT a.identity, m.uid FROM places p JOIN messages m ON m.id = p.message"
            " JOIN authors a ON a.id = m.author WHERE p.id >= ? AND p.id < ? AND m.incoming = 1"
            " ORDER BY p.id",
            (conversation.key(conversation.seen), conversation.key(stop)),
        ).fetchall()
        conversation.seen = stop
        conversation.unread = max(0, conversation.unread - len(rows))
        conversation.changed = True
        return [(identity.hex(), uid.hex()) for identity, uid in rows]

    def remove(self, conversation: ConversationPlaces, gone: Sequence[tuple[int, int, bool]]) -> None:
        """Take messages (id, place, incoming) out, and close up by moving the shorter side."""
        if not gone:
            return
        self.flush()
        unseen = [incoming for _, place, incoming in gone if place >= conversation.seen]
        places = sorted(place for _, place, _ in gone)
        end, number = conversation.first + conversation.count, len(places)
        seen = conversation.seen - conversation.first - (number - len(unseen))
        if places[-1] - conversation.first < end - places[0]:
            starts = [conversation.first, *(place + 1 for place in places[:-1])]
            for index in reversed(range(number)):
                self._shift(conversation, starts[index], places[index], number - index)
            freed = conversation.first
            conversation.first += number
        else:
            stops = [*places[1:], end]
            for index in range(number):
                self._shift(conversation, places[index] + 1, stops[index], -index - 1)
            freed = end - number
        self._database.execute(
            "DELETE FROM places WHERE id BETWEEN ? AND ?",
            (conversation.key(freed), conversation.key(freed + number - 1)),
        )
        conversation.count -= len(gone)
        conversation.seen = conversation.first + seen
        conversation.unread = max(0, conversation.unread - sum(unseen))
        conversation.changed = True

    def put_before(self, conversation: ConversationPlaces, message: int, waiting: Sequence[int]) -> None:
        """Move a message in front of these, which stand at the end (the message may be among them)."""
        self.flush()
        order = [message, *(id for id in waiting if id != message)]
        start = conversation.first + conversation.count - len(order)
        self._write(conversation, start, order)
        if conversation.seen > start:
            # What stood here was ours and needs no seeing; what comes here may not have been seen.
            conversation.seen = start
            conversation.changed = True

    def abandon(self, conversation: Conversation) -> None:
        """Make the conversation empty at once; what was in it is removed later, piece by piece."""
        self.flush()
        known = self._conversations.pop(conversation, None) or self.of(conversation)
        self._conversations.pop(conversation, None)
        self._database.execute("UPDATE conversations SET name = NULL WHERE id = ?", (known.id,))

    def drop(self, messages: Sequence[int]) -> None:
        """Remove the places of messages in abandoned conversations."""
        self._database.executemany(
            "DELETE FROM places WHERE id = (SELECT (conversation << 32) + place FROM messages WHERE id = ?)",
            [(message,) for message in messages],
        )

    def flush(self) -> None:
        if self._fresh:
            self._database.executemany("INSERT INTO places VALUES (?, ?)", self._fresh)
            self._fresh = []
        changed = [known for known in self._conversations.values() if known.changed]
        if changed:
            self._database.executemany(
                "UPDATE conversations SET first = ?, count = ?, seen = ?, unread = ? WHERE id = ?",
                [(known.first, known.count, known.seen, known.unread, known.id) for known in changed],
            )
            for known in changed:
                known.changed = False

    def reset(self) -> None:
        self._conversations, self._fresh = {}, []

    def _between(self, conversation: ConversationPlaces, start: int, limit: int = -1) -> list[int]:
        query = "SELECT message FROM places WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"
        keys = (conversation.key(start), conversation.key(PLACE_MASK))
        return [id for (id,) in self._database.execute(query, (*keys, limit))]

    def _shift(self, conversation: ConversationPlaces, start: int, stop: int, by: int) -> None:
        """Move the messages of these places; what stood where they come to is overwritten."""
        if start < stop:
            span = (conversation.key(start), conversation.key(stop - 1))
            self._database.execute(
                "UPDATE messages SET place = place + ? WHERE id IN"
                " (SELECT message FROM places WHERE id BETWEEN ? AND ?)",
                (by, *span),
            )
            self._database.execute(
                "INSERT OR REPLACE INTO places SELECT id + ?, message FROM places WHERE id BETWEEN ? AND ?",
                (by, *span),
            )

    def _write(self, conversation: ConversationPlaces, start: int, messages: Sequence[int]) -> None:
        self._database.executemany(
            "INSERT OR REPLACE INTO places VALUES (?, ?)",
            [(conversation.key(start + offset), id) for offset, id in enumerate(messages)],
        )
        self._database.executemany(
            "UPDATE messages SET place = ? WHERE id = ?",
            [(start + offset, id) for offset, id in enumerate(messages)],
        )
