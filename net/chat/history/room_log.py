"""A room's log: its messages in the order that the host gave them, with what proves them.

An entry's number is its place in the log, dense from 1; only the host gives numbers. A member shows entries
in the order of their numbers and behind them its own posts that have none yet: when one of these comes back
in the log it takes the place of its number, in front of those that still wait. An entry that is here already
is not taken again, so the log may be sent twice. Entries of which a member kept none, because they were
deleted or came before it, are gaps that nobody fills: `LogTable.last_number` is what it asks from.
"""

from __future__ import annotations

import sqlite3

from net.chat.conversation import Conversation
from net.chat.events import MessageState
from net.chat.history.messages import MessageTable
from net.chat.history.places import Places
from net.chat.history.proofs import ProofTable
from net.chat.history.records import LogEntry, MessageRow, NewMessage
from net.chat.history.schema import RANKS

_DELIVERED = RANKS[MessageState.DELIVERED]
_REFUSED = RANKS[MessageState.REFUSED]


class LogTable:
    """Only for the history's worker: a part of `HistoryStore`. The entries are the messages with a number."""

    def __init__(
        self, database: sqlite3.Connection, messages: MessageTable, places: Places, proofs: ProofTable
    ) -> None:
        self._database = database
        self._messages = messages
        self._places = places
        self._proofs = proofs

    def add(self, room: str, entry: LogEntry, incoming: bool, when: int = 0) -> MessageRow | None:
        """An entry that the host has ordered. Posts of ours that the host has not yet ordered stay behind it;
        one of ours that this is becomes DELIVERED and takes its place. None where it is there already."""
        conversation = Conversation.room(room)
        pending = self._waiting_posts(conversation)
        known = self._messages.id_of(bytes.fromhex(entry.message), self._places.of(conversation).id)
        if known is not None:
            if not self._order(known, entry.number):
                return None
            self._put_before(conversation, known, pending)
            return self._messages.row(known)
        row = self._add_message(conversation, entry, incoming, when)
        if row is None or (incoming and not pending):
            return row
        self._messages.flush()
        added = self._messages.id_of(bytes.fromhex(entry.message), self._places.of(conversation).id)
        if added is None:
            return row
        if not incoming:
            # Only here: the host chose the id, and may have chosen that of another message of ours.
            self._database.execute("UPDATE messages SET state = ? WHERE id = ?", (_DELIVERED, added))
        self._put_before(conversation, added, pending)
        return self._messages.row(added)

    def entries(self, room: str, above: int, limit: int = 200) -> list[LogEntry]:
        """What is here of the room's log above a number, in order."""
        self._messages.flush()
        query = (
            "SELECT m.number, m.uid, a.identity, a.name, m.sent, m.text, m.reply_to, m.quote, s.signature,"
            " k.certificate FROM messages m JOIN authors a ON a.id = m.author"
            " LEFT JOIN signatures s ON s.message = m.id LEFT JOIN certificates k ON k.identity = a.identity"
            " WHERE m.conversation = ? AND m.number > ? ORDER BY m.number LIMIT ?"
        )
        rows = self._database.execute(query, (self._places.of(Conversation.room(room)).id, above, limit))
        return [LogEntry.of(row) for row in rows]

    def last_number(self, room: str) -> int:
        """The highest log number that is here."""
        self._messages.flush()
        query = "SELECT max(number) FROM messages WHERE conversation = ? AND number > 0"
        found = self._database.execute(query, (self._places.of(Conversation.room(room)).id,)).fetchone()
        return int(found[0] or 0)

    def keep_certificate(self, author: str, certificate: bytes) -> None:
        """To be handed on with what ``author`` signed in rooms. DER; b"" is none."""
        self._proofs.keep_certificate(author, certificate)

    def certificate(self, author: str) -> bytes:
        """As it was kept; b"" where it is not known."""
        return self._proofs.certificate(author)

    def _add_message(
        self, conversation: Conversation, entry: LogEntry, incoming: bool, when: int
    ) -> MessageRow | None:
        new = NewMessage(
            message=entry.message,
            author=entry.author,
            name=entry.name,
            text=entry.text,
            time=when,
            sent=entry.sent,
            reply_to=entry.reply_to,
            quote=entry.quote,
            signature=entry.signature,
            proof=entry.proof,
        )
        if entry.signature:
            self.keep_certificate(entry.author, entry.certificate)
        return self._messages.add(conversation, new, incoming, number=entry.number)

    def _order(self, id: int, number: int) -> bool:
        """Give a post of ours its number; False where it has one, or is not ours."""
        self._messages.flush()
        changed = self._database.execute(
            "UPDATE messages SET number = ?, state = ? WHERE id = ? AND incoming = 0 AND number = 0",
            (number, _DELIVERED, id),
        )
        return changed.rowcount > 0

    def _put_before(self, conversation: Conversation, id: int, pending: list[int]) -> None:
        if pending and pending[0] != id:
            self._messages.flush()
            self._places.put_before(self._places.of(conversation), id, pending)

    def _waiting_posts(self, conversation: Conversation) -> list[int]:
        """Our posts at the end that have no number yet, in order."""
        place = self._places.of(conversation)
        self._messages.flush()
        waiting: list[int] = []
        for id in self._places.backwards(place):
            query = "SELECT number, incoming, state FROM messages WHERE id = ?"
            number, incoming, state = self._database.execute(query, (id,)).fetchone()
            if number or incoming or state == _REFUSED:
                break
            waiting.append(id)
        return waiting[::-1]
