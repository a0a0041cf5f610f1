"""What proves the entries of rooms' logs: their authors' signatures, and the certificates these are checked
with. Only rooms have any, so they lie beside the messages, not in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from net.chat.events import Proof
from net.chat.history.schema import PROOFS

# Made where they are missing: a history that was begun before rooms were signed is read on.
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS signatures(message INTEGER PRIMARY KEY, signature BLOB NOT NULL,"
    " proof INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS certificates(identity BLOB PRIMARY KEY, certificate BLOB NOT NULL)"
    " WITHOUT ROWID",
)


class ProofTable:
    """Only for the history's worker: a part of `MessageTable`. What is kept is written with `flush`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._fresh: list[tuple[int, bytes, int]] = []
        self._certificates: set[str] = set()
        for statement in _SCHEMA:
            database.execute(statement)

    def keep(self, message: int, signature: bytes, proof: Proof) -> None:
        """Of the message with this number in the database."""
        if proof is not Proof.NONE:
            self._fresh.append((message, signature, PROOFS.index(proof)))

    def keep_certificate(self, identity: str, certificate: bytes) -> None:
        """DER; whose id ``identity`` is."""
        if certificate and identity not in self._certificates:
            self._certificates.add(identity)
            query = "INSERT OR IGNORE INTO certificates VALUES (?, ?)"
            self._database.execute(query, (bytes.fromhex(identity), certificate))

    def certificate(self, identity: str) -> bytes:
        """b"" where it is not known."""
        query = "SELECT certificate FROM certificates WHERE identity = ?"
        found = self._database.execute(query, (bytes.fromhex(identity),)).fetchone()
        return found[0] if found else b""

    def remove(self, messages: Sequence[int]) -> None:
        self._database.executemany("DELETE FROM signatures WHERE message = ?", [(one,) for one in messages])

    def flush(self) -> None:
        if self._fresh:
            query = "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?)"
            self._database.executemany(query, self._fresh)
            self._fresh = []

    def reset(self) -> None:
        """After a rollback the database knows best."""
        self._fresh, self._certificates = [], set()
