"""Conversations and their messages, as the worker writes them.

New messages are gathered and written together at the end of the transaction, or before the first query that
must see them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from net.chat.conversation import Conversation
from net.chat.events import MessageState
from net.chat.history.places import Places
from net.chat.history.proofs import ProofTable
from net.chat.history.records import (
    ConversationCount,
    MessageRow,
    NewMessage,
    Seen,
    StateChange,
    conversation_of,
)
from net.chat.history.schema import MESSAGE_QUERY, RANKS, STATES
from net.chat.history.search_index import SearchIndex

_QUEUED, _DELIVERED, _DISPLAYED = (
    RANKS[state] for state in (MessageState.QUEUED, MessageState.DELIVERED, MessageState.DISPLAYED)
)
_REFUSED = RANKS[MessageState.REFUSED]
_COLUMNS = (
    "id, conversation, place, uid, author, incoming, time, sent, state, path, text, reply_to, quote,"
    " announcement, transfer, number, recipients, delivered, displayed"
)
_INSERT = f"INSERT INTO messages({_COLUMNS}) VALUES ({','.join('?' * 19)})"


class MessageTable:
    """Only for the history's worker: a part of `HistoryStore`."""

    def __init__(
        self, database: sqlite3.Connection, places: Places, index: SearchIndex, proofs: ProofTable
    ) -> None:
        self._database = database
        self._places = places
        self._index = index
        self._proofs = proofs
        self._authors: dict[tuple[str, str], int] = {}
        self._fresh: list[tuple[object, ...]] = []
        self._fresh_uids: set[tuple[bytes, int]] = set()
        self._next_id = 0

    def add(
        self,
        conversation: Conversation,
        new: NewMessage,
        incoming: bool,
        recipients: Sequence[str] = (),
        number: int = 0,
    ) -> MessageRow | None:
        """Put a message at the end of a conversation; ours are queued, theirs received and unread. None where
        the conversation has a message of this id already. ``recipients``: to whom an announcement goes;
        ``number``: its place in a room's log."""
        place = self._places.of(conversation)
        uid = bytes.fromhex(new.message)
        if self.id_of(uid, place.id) is not None:
            return None
        state = MessageState.RECEIVED if incoming else MessageState.QUEUED
        when = new.time or time.time_ns()
        id = self._new_id()
        where = place.first + place.count
        self._fresh.append(
            (  # in the order of _COLUMNS
                id,
                place.id,
                where,
                uid,
                self._author(new.author, new.name),
                int(incoming),
                when,
                new.sent,
                RANKS[state],
                "",
                new.text,
                bytes.fromhex(new.reply_to),
                new.quote,
                int(new.announcement),
                bytes.fromhex(new.transfer),
                number,
                len(recipients),
                0,
                0,
            )
        )
        self._fresh_uids.add((uid, place.id))
        self._proofs.keep(id, new.signature, new.proof)
        self._places.append(place, id, incoming)
        if recipients:
            self.flush()
            self._database.executemany(
                "INSERT OR IGNORE INTO receipts VALUES (?, ?, ?)",
                [(id, bytes.fromhex(identity), _QUEUED) for identity in recipients],
            )
        return MessageRow(
            conversation=conversation,
            position=where - place.first,
            message=new.message,
            incoming=incoming,
            author=new.author,
            name=new.name,
            text=new.text,
            time=when,
            sent=new.sent,
            state=state,
            reply_to=new.reply_to,
            quote=new.quote,
            announcement=new.announcement,
            transfer=new.transfer,
            number=number,
            recipients=len(recipients),
            proof=new.proof,
        )

    def get(self, conversation: Conversation, message: str) -> MessageRow | None:
        place = self._places.of(conversation)
        id = self.id_of(bytes.fromhex(message), place.id)
        return None if id is None else self.row(id)

    def count(self, conversation: Conversation) -> ConversationCount:
        place = self._places.of(conversation)
        return ConversationCount(conversation, place.count, place.unread)

    # --- What becomes of our own ---

    def set_state(
        self, messages: Sequence[str], state: MessageState, peer: str = "", path: str = ""
    ) -> list[StateChange]:
        """``peer`` reports this of messages of ours that were meant for it: in its conversation, announced to
        it, or in a room (not DISPLAYED, there). A state never goes back; REFUSED is kept. An announcement's
        is what holds for all it went to. ``path``: the address it went over. What changed, in order."""
        self.flush()
        changes: list[StateChange] = []
        for message in messages:
            query = (
                "SELECT m.id, c.name, m.state, m.recipients FROM messages m"
                " JOIN conversations c ON c.id = m.conversation WHERE m.uid = ? AND m.incoming = 0"
            )
            for id, name, rank, recipients in self._database.execute(
                query, (bytes.fromhex(message),)
            ).fetchall():
                conversation = conversation_of(name)
                if conversation is None:
                    continue
                if recipients:
                    reached = self._receipt(id, peer, state)
                elif _meant_for(conversation, peer, state):
                    reached = RANKS[state]
                else:
                    continue
                if reached > rank and rank != _REFUSED:
                    self._database.execute(
                        "UPDATE messages SET state = ?, path = CASE ? WHEN '' THEN path ELSE ? END"
                        " WHERE id = ?",
                        (reached, path, path, id),
                    )
                    changes.append(StateChange(conversation, message, STATES[reached], path))
        return changes

    def _receipt(self, id: int, peer: str, state: MessageState) -> int:
        """The announcement's state after this peer's has changed."""
        self._database.execute(
            "UPDATE receipts SET state = ? WHERE message = ? AND identity = ? AND state < ?",
            (RANKS[state], id, bytes.fromhex(peer), RANKS[state]),
        )
        query = "SELECT min(state), sum(state >= ?), sum(state >= ?) FROM receipts WHERE message = ?"
        lowest, delivered, displayed = self._database.execute(query, (_DELIVERED, _DISPLAYED, id)).fetchone()
        query = "UPDATE messages SET delivered = ?, displayed = ? WHERE id = ?"
        self._database.execute(query, (delivered or 0, displayed or 0, id))
        return int(lowest or 0)

    # --- What the user saw and deletes ---

    def mark_displayed(self, conversation: Conversation, position: int) -> Seen:
        """All up to ``position`` (included) was seen. Cheap where nothing new was."""
        self.flush()
        place = self._places.of(conversation)
        found = self._places.see(place, position)
        return Seen(conversation, place.count, place.unread, tuple(found))

    def delete(self, conversation: Conversation, messages: Sequence[str] = ()) -> ConversationCount:
        """For me only; ``messages`` empty: all of it. Positions close up. In a room hosted here what others
        may still ask for stays in the log."""
        self.flush()
        place = self._places.of(conversation)
        hosted = self._hosted(conversation)
        if not messages and not hosted:
            self._places.abandon(conversation)
            return ConversationCount(conversation, 0, 0)
        if messages:
            uids = [bytes.fromhex(message) for message in messages]
            ids = [id for uid in uids if (id := self.id_of(uid, place.id)) is not None]
        else:
            ids = self._places.messages(place)
        gone = [row for id in ids if (row := self._placed(id)) is not None]
        self._places.remove(place, [(id, where, bool(incoming)) for id, where, incoming, _, _ in gone])
        self._index.remove([(id, place.id, text) for id, _, _, _, text in gone])
        self._database.executemany(
            "UPDATE messages SET place = -1 WHERE id = ?",
            [(id,) for id, _, _, number, _ in gone if hosted and number],
        )
        self._remove_rows([id for id, _, _, number, _ in gone if not (hosted and number)])
        return ConversationCount(conversation, place.count, place.unread)

    def delete_older(self, before: int, limit: int = 500) -> list[ConversationCount]:
        """Delete messages from before ``before`` (ns), up to ``limit`` of each conversation, also from rooms'
        logs; the conversations that changed. Call again until there is none."""
        self.flush()
        changed = []
        for conversation in self._places.conversations():
            place = self._places.of(conversation)
            ids: list[int] = []
            for id in self._places.messages(place, limit):
                (when,) = self._database.execute("SELECT time FROM messages WHERE id = ?", (id,)).fetchone()
                if when >= before:
                    break
                ids.append(id)
            gone = [row for id in ids if (row := self._placed(id)) is not None]
            if gone:
                standing = [(id, where, bool(incoming)) for id, where, incoming, _, _ in gone]
                self._places.remove(place, standing)
                self._index.remove([(id, place.id, text) for id, _, _, _, text in gone])
                self._remove_rows([row[0] for row in gone])
                changed.append(ConversationCount(conversation, place.count, place.unread))
            where = "conversation = ? AND place = -1 AND number > 0 AND time < ?"
            kept = self._database.execute(f"SELECT id FROM messages WHERE {where}", (place.id, before))
            self._remove_rows([id for (id,) in kept.fetchall()])
        return changed

    def sweep(self, limit: int = 500) -> bool:
        """Remove some of what lay in deleted conversations; whether there may be more."""
        query = (
            "SELECT m.id, m.conversation, m.text FROM conversations c JOIN places p"
            f" ON p.id BETWEEN c.id << 32 AND (c.id << 32) + {2**32 - 1} JOIN messages m ON m.id = p.message"
            " WHERE c.name IS NULL LIMIT ?"
        )
        rows = self._database.execute(query, (limit,)).fetchall()
        self._index.remove(rows)
        ids = [id for id, _, _ in rows]
        self._places.drop(ids)
        self._remove_rows(ids)
        if not rows:
            self._database.execute("DELETE FROM conversations WHERE name IS NULL")
        return bool(rows)

    # --- The store's calls ---

    def flush(self) -> None:
        """Write what was gathered."""
        if self._fresh:
            self._database.executemany(_INSERT, self._fresh)
            self._fresh, self._fresh_uids = [], set()
        self._proofs.flush()
        self._places.flush()

    def reset(self) -> None:
        """After a rollback the database knows best."""
        self._authors, self._fresh, self._fresh_uids, self._next_id = {}, [], set(), 0
        self._proofs.reset()
        self._places.reset()

    def last_id(self) -> int:
        """The id that was given last."""
        if not self._next_id:
            (highest,) = self._database.execute("SELECT max(id) FROM messages").fetchone()
            # An id is not given again as long as the search index knows it.
            self._next_id = 1 + max(highest or 0, self._index.indexed)
        return self._next_id - 1

    def _new_id(self) -> int:
        self._next_id = self.last_id() + 2
        return self._next_id - 1

    def id_of(self, uid: bytes, conversation: int) -> int | None:
        """The number that a message has in the database; None where the conversation does not have it."""
        if (uid, conversation) in self._fresh_uids:
            self.flush()
        query = "SELECT id FROM messages WHERE uid = ? AND conversation = ?"
        found = self._database.execute(query, (uid, conversation)).fetchone()
        return found[0] if found else None

    def _author(self, identity: str, name: str) -> int:
        known = self._authors.get((identity, name))
        if known is None:
            values = (bytes.fromhex(identity), name)
            query = "SELECT id FROM authors WHERE identity = ? AND name = ?"
            found = self._database.execute(query, values).fetchone()
            if found is None:
                cursor = self._database.execute("INSERT INTO authors(identity, name) VALUES (?, ?)", values)
                known = cursor.lastrowid or 0
            else:
                known = int(found[0])
            self._authors[identity, name] = known
        return known

    def row(self, id: int) -> MessageRow:
        """The message with this number in the database."""
        self.flush()
        return MessageRow.of(self._database.execute(f"{MESSAGE_QUERY} WHERE m.id = ?", (id,)).fetchone())

    def _placed(self, id: int) -> tuple[int, int, int, int, str] | None:
        query = "SELECT id, place, incoming, number, text FROM messages WHERE id = ? AND place >= 0"
        found: tuple[int, int, int, int, str] | None = self._database.execute(query, (id,)).fetchone()
        return found

    def _remove_rows(self, ids: Sequence[int]) -> None:
        keys = [(id,) for id in ids]
        self._database.executemany("DELETE FROM receipts WHERE message = ?", keys)
        self._database.executemany("DELETE FROM messages WHERE id = ?", keys)
        self._proofs.remove(ids)

    def _hosted(self, conversation: Conversation) -> bool:
        if not conversation.is_room:
            return False
        query = "SELECT hosted FROM rooms WHERE room = ? AND ended = ''"
        found = self._database.execute(query, (bytes.fromhex(conversation.id),)).fetchone()
        return bool(found and found[0])


def _meant_for(conversation: Conversation, peer: str, state: MessageState) -> bool:
    if not peer or (conversation.is_person and conversation.id == peer):
        return True
    return conversation.is_room and state is not MessageState.DISPLAYED
