"""The people this PC met."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence

from net.chat.history.records import PersonRecord
from net.chat.history.schema import PERSON_COLUMNS

MOST_ADDRESSES = 16
"""Addresses kept of one person."""


class PeopleTable:
    """Only for the history's worker: a part of `HistoryStore`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def remember(self, person: PersonRecord) -> None:
        """Keep this person; one who is known already keeps the addresses and gets the rest anew."""
        addresses = person.addresses or self._addresses(person.identity) or ()
        self._database.execute(
            f"INSERT INTO people({PERSON_COLUMNS}) VALUES (:identity, :certificate, :name, :colour, :trust,"
            " :digits, :addresses, :last_seen) ON CONFLICT(identity) DO UPDATE SET"
            " certificate = excluded.certificate, name = excluded.name, colour = excluded.colour,"
            " trust = excluded.trust, digits = excluded.digits, addresses = excluded.addresses,"
            " last_seen = max(last_seen, excluded.last_seen)",
            {
                "identity": bytes.fromhex(person.identity),
                "certificate": person.certificate,
                "name": person.name,
                "colour": person.colour,
                "trust": person.trust.value,
                "digits": person.digits,
                "addresses": json.dumps(addresses[:MOST_ADDRESSES]),
                "last_seen": person.last_seen,
            },
        )

    def all(self) -> list[PersonRecord]:
        """In the order in which they were met."""
        query = f"SELECT {PERSON_COLUMNS} FROM people ORDER BY id"
        return [PersonRecord.of(values) for values in self._database.execute(query)]

    def rename(self, identity: str, name: str, colour: str) -> None:
        self._set(identity, "name = ?, colour = ?", name, colour)

    def address_worked(self, identity: str, address: str) -> None:
        """A talking connection stood over it: it comes first from now on."""
        known = self._addresses(identity)
        if known is not None and known[:1] != [address]:
            self._store_addresses(identity, [address, *(other for other in known if other != address)])

    def addresses_seen(self, identity: str, addresses: Sequence[str]) -> None:
        """Heard of by discovery: they come after the one that last worked and before the others."""
        known = self._addresses(identity)
        if known is None:
            return
        fresh = [address for address in dict.fromkeys(addresses) if address != next(iter(known), None)]
        ordered = [*known[:1], *fresh, *(other for other in known[1:] if other not in fresh)]
        if ordered[:MOST_ADDRESSES] != known:
            self._store_addresses(identity, ordered)

    def seen(self, identity: str, when: int = 0) -> None:
        """``when`` in ns, 0: now."""
        self._set(identity, "last_seen = max(last_seen, ?)", when or time.time_ns())

    def forget(self, identity: str) -> None:
        """Key, name and addresses. Messages stay; `MessageTable.delete` removes them."""
        self._database.execute("DELETE FROM people WHERE identity = ?", (bytes.fromhex(identity),))

    def _set(self, identity: str, assignments: str, *values: str | int) -> None:
        self._database.execute(
            f"UPDATE people SET {assignments} WHERE identity = ?", (*values, bytes.fromhex(identity))
        )

    def _addresses(self, identity: str) -> list[str] | None:
        query = "SELECT addresses FROM people WHERE identity = ?"
        found = self._database.execute(query, (bytes.fromhex(identity),)).fetchone()
        return [str(address) for address in json.loads(found[0])] if found else None

    def _store_addresses(self, identity: str, addresses: Sequence[str]) -> None:
        self._set(identity, "addresses = ?", json.dumps(addresses[:MOST_ADDRESSES]))
