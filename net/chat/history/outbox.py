"""The outbox: numbered envelopes that wait for their receivers; and how much of others' streams is here.

A stream is what one peer gets from us, numbered from 1. Its id is the database's own until
`OutboxTable.renew` gives this peer a fresh one, which is needed where the peer acknowledges more than
was ever numbered here (the profile was restored from an older copy): the peer would skip what gets those
numbers again.

An envelope may go out when its number is committed and not yet on the disk. If the power fails then, the peer
may have a number that is not known here, and must not be given to another envelope. So after an end without
`OutboxTable.end` the numbering goes on AHEAD higher, and no more than that many may be under way like this.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from net.chat.history.records import Envelope

AHEAD = 256
"""Numbers of one stream that may go out before they are on the disk."""


@dataclass(slots=True)
class _Peer:
    id: int
    stream: bytes
    last: int
    changed: bool = False


class OutboxTable:
    """Only for the history's worker: a part of `HistoryStore`. Peers are identities in hex."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._peers: dict[str, _Peer] = {}
        self._received: dict[tuple[int, bytes], int] = {}
        self._received_changed: set[tuple[int, bytes]] = set()
        self._entries: list[tuple[int, int, int]] = []
        self._bodies: list[tuple[int, bytes, int, bytes]] = []
        self._next_body = 0
        self._unsynced = 0

    def begin(self) -> None:
        """Before anything is numbered; to be on the disk before anything goes out."""
        known = dict(self._database.execute("SELECT name, value FROM facts WHERE name IN ('ahead', 'open')"))
        ahead = known.get("ahead", 0)
        if known.get("open"):
            ahead += AHEAD
            self._database.execute("UPDATE peers SET last = last + ?", (AHEAD,))
        facts = [("ahead", ahead), ("open", 1)]
        self._database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts)

    def end(self) -> None:
        """After the last number; only where all of them get on the disk."""
        self._database.execute("UPDATE facts SET value = 0 WHERE name = 'open'")

    @property
    def may_go_ahead(self) -> bool:
        """Whether what was numbered may go out before it is on the disk."""
        return self._unsynced <= AHEAD

    def stream(self, peer: str) -> bytes:
        """The 16-byte id of what this peer gets from us."""
        return self._peer(peer).stream

    def last_number(self, peer: str) -> int:
        """The highest number given to this peer, acknowledged or not."""
        return self._peer(peer).last

    def enqueue(self, peers: Sequence[str], body: bytes, message: str = "") -> list[int]:
        """Put one body into the outbox of each of these peers; their numbers of it. ``message``: the id of
        the message whose state follows the acknowledgements."""
        if not peers:
            return []
        if not self._next_body:
            self._next_body = 1 + (self._first("SELECT max(id) FROM bodies") or 0)
        self._unsynced += 1
        self._bodies.append((self._next_body, bytes.fromhex(message), len(peers), body))
        numbers = []
        for identity in peers:
            peer = self._peer(identity)
            peer.last += 1
            peer.changed = True
            self._entries.append((peer.id, peer.last, self._next_body))
            numbers.append(peer.last)
        self._next_body += 1
        return numbers

    def unsent(self, peer: str, above: int = 0, limit: int = 256) -> list[Envelope]:
        """What waits for this peer above a number, in order."""
        self.flush()
        query = (
            "SELECT o.number, b.body, b.uid FROM outbox o JOIN bodies b ON b.id = o.body"
            " WHERE o.peer = ? AND o.number > ? ORDER BY o.number LIMIT ?"
        )
        rows = self._database.execute(query, (self._peer(peer).id, above, limit))
        return [Envelope(number, body, uid.hex()) for number, body, uid in rows]

    def waiting(self) -> dict[str, int]:
        """For how many envelopes each peer is waited for; peers without are left out."""
        self.flush()
        query = (
            "SELECT p.identity, count(*) FROM outbox o JOIN peers p ON p.id = o.peer GROUP BY o.peer"
            " ORDER BY o.peer"
        )
        return {identity.hex(): count for identity, count in self._database.execute(query)}

    def messages_between(self, peer: str, above: int, up_to: int) -> list[str]:
        """The ids of the messages in these envelopes, in order."""
        self.flush()
        query = (
            "SELECT b.uid FROM outbox o JOIN bodies b ON b.id = o.body"
            " WHERE o.peer = ? AND o.number > ? AND o.number <= ? AND b.uid <> x'' ORDER BY o.number"
        )
        rows = self._database.execute(query, (self._peer(peer).id, above, up_to))
        return [uid.hex() for (uid,) in rows]

    def remove(self, peer: str, up_to: int) -> tuple[int, list[str]]:
        """The peer has all up to this number: take it out. How many envelopes that were, and the ids of the
        messages that were in them."""
        self.flush()
        id = self._peer(peer).id
        query = (
            "SELECT o.body, b.uid FROM outbox o JOIN bodies b ON b.id = o.body"
            " WHERE o.peer = ? AND o.number <= ? ORDER BY o.number"
        )
        rows = self._database.execute(query, (id, up_to)).fetchall()
        if not rows:
            return 0, []
        bodies = [(body,) for body, _ in rows]
        self._database.execute("DELETE FROM outbox WHERE peer = ? AND number <= ?", (id, up_to))
        self._database.executemany("UPDATE bodies SET uses = uses - 1 WHERE id = ?", bodies)
        self._database.executemany("DELETE FROM bodies WHERE id = ? AND uses <= 0", bodies)
        return len(rows), [uid.hex() for _, uid in rows if uid]

    def drop(self, peer: str) -> None:
        """Nothing is wanted for this peer any more (forgotten, blocked). Its numbering goes on."""
        self.remove(peer, self.last_number(peer))

    def renew(self, peer: str) -> bytes:
        """Begin a new stream for this peer: what waits is numbered anew from 1. The new stream's id."""
        self.flush()
        known = self._peer(peer)
        query = "SELECT body FROM outbox WHERE peer = ? ORDER BY number"
        bodies = self._database.execute(query, (known.id,)).fetchall()
        self._database.execute("DELETE FROM outbox WHERE peer = ?", (known.id,))
        self._entries = [(known.id, number, body) for number, (body,) in enumerate(bodies, 1)]
        known.stream, known.last, known.changed = os.urandom(16), len(bodies), True
        return known.stream

    # --- What came from others ---

    def received(self, peer: str, stream: bytes) -> int:
        """The highest number of this stream that is here, 0 for one that is new."""
        key = (self._peer(peer).id, stream)
        number = self._received.get(key)
        if number is None:
            query = "SELECT number FROM received WHERE peer = ? AND stream = ?"
            number = self._received[key] = self._first(query, *key) or 0
        return number

    def receive(self, peer: str, stream: bytes, number: int) -> bool:
        """Whether this envelope is new; then it counts as received together with what else the same action
        stores. Numbers rise, but need not be dense."""
        if number <= self.received(peer, stream):
            return False
        key = (self._peer(peer).id, stream)
        self._received[key] = number
        self._received_changed.add(key)
        return True

    # --- The store's calls ---

    def flush(self) -> None:
        """Write what was gathered."""
        changed = [peer for peer in self._peers.values() if peer.changed]
        if changed:
            self._database.executemany(
                "UPDATE peers SET stream = ?, last = ? WHERE id = ?",
                [(peer.stream, peer.last, peer.id) for peer in changed],
            )
            for peer in changed:
                peer.changed = False
        if self._bodies:
            self._database.executemany("INSERT INTO bodies VALUES (?, ?, ?, ?)", self._bodies)
        if self._entries:
            self._database.executemany("INSERT INTO outbox VALUES (?, ?, ?)", self._entries)
        if self._received_changed:
            self._database.executemany(
                "INSERT INTO received VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = excluded.number",
                [(*key, self._received[key]) for key in self._received_changed],
            )
        self._bodies, self._entries, self._received_changed = [], [], set()

    def synced(self) -> None:
        """All that was committed is on the disk."""
        self._unsynced = 0

    def reset(self) -> None:
        """After a rollback the database knows best."""
        self._peers, self._received, self._received_changed = {}, {}, set()
        self._bodies, self._entries, self._next_body = [], [], 0

    def _peer(self, identity: str) -> _Peer:
        peer = self._peers.get(identity)
        if peer is None:
            query = "SELECT id, stream, last FROM peers WHERE identity = ?"
            key = bytes.fromhex(identity)
            found = self._database.execute(query, (key,)).fetchone()
            if found is None:
                self._database.execute(
                    "INSERT INTO peers(identity, stream, last) SELECT ?, s.value, a.value"
                    " FROM facts s JOIN facts a ON a.name = 'ahead' WHERE s.name = 'stream'",
                    (key,),
                )
                found = self._database.execute(query, (key,)).fetchone()
            peer = self._peers[identity] = _Peer(*found)
        return peer

    def _first(self, query: str, *parameters: int | bytes) -> int | None:
        found = self._database.execute(query, parameters).fetchone()
        return found[0] if found else None
