"""Rooms: hosted here or joined, and their members. Their log is the messages with a number."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from net.chat.history.records import MemberRecord, RoomRecord

_ROOM = "room, name, host, hosted, joined, code, locked, read_only, all_muted, last, ended"
_MEMBER = "identity, name, colour, muted, removed"


class RoomTable:
    """Only for the history's worker: a part of `HistoryStore`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def save(self, room: RoomRecord) -> None:
        """Keep the room as it is now; ``last`` is never lowered."""
        self._database.execute(
            f"INSERT INTO rooms({_ROOM}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(room) DO UPDATE"
            " SET name = excluded.name, host = excluded.host, hosted = excluded.hosted,"
            " joined = excluded.joined, code = excluded.code, locked = excluded.locked,"
            " read_only = excluded.read_only, all_muted = excluded.all_muted,"
            " last = max(last, excluded.last), ended = excluded.ended",
            (
                *(bytes.fromhex(room.room), room.name, bytes.fromhex(room.host), room.hosted, room.joined),
                *(room.code, room.locked, room.read_only, room.all_muted, room.last, room.ended),
            ),
        )

    def get(self, room: str) -> RoomRecord | None:
        query = f"SELECT {_ROOM} FROM rooms WHERE room = ?"
        found = self._database.execute(query, (bytes.fromhex(room),)).fetchone()
        return _room(found) if found else None

    def all(self) -> list[RoomRecord]:
        """In the order in which they were made or joined."""
        query = f"SELECT {_ROOM} FROM rooms ORDER BY id"
        return [_room(values) for values in self._database.execute(query)]

    def forget(self, room: str) -> None:
        """The room and its members. Messages stay; `MessageTable.delete` removes them."""
        key = (bytes.fromhex(room),)
        self._database.execute("DELETE FROM rooms WHERE room = ?", key)
        self._database.execute("DELETE FROM members WHERE room = ?", key)

    def set_last(self, room: str, number: int) -> None:
        """The highest log number that is here; never lowered."""
        query = "UPDATE rooms SET last = max(last, ?) WHERE room = ?"
        self._database.execute(query, (number, bytes.fromhex(room)))

    def save_members(self, room: str, members: Sequence[MemberRecord]) -> None:
        """Add or change these members."""
        key = bytes.fromhex(room)
        self._database.executemany(
            f"INSERT OR REPLACE INTO members(room, {_MEMBER}) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    *(key, bytes.fromhex(member.identity), member.name, member.colour),
                    *(member.muted, member.removed),
                )
                for member in members
            ],
        )

    def drop_members(self, room: str, identities: Sequence[str]) -> None:
        """They left. One who was thrown out is kept, with ``removed``."""
        self._database.executemany(
            "DELETE FROM members WHERE room = ? AND identity = ?",
            [(bytes.fromhex(room), bytes.fromhex(identity)) for identity in identities],
        )

    def members(self, room: str) -> list[MemberRecord]:
        """Those removed too."""
        query = f"SELECT {_MEMBER} FROM members WHERE room = ? ORDER BY identity"
        rows = self._database.execute(query, (bytes.fromhex(room),))
        return [
            MemberRecord(identity.hex(), name, colour, bool(muted), bool(removed))
            for identity, name, colour, muted, removed in rows
        ]


_Values = tuple[bytes, str, bytes, int, int, str, int, int, int, int, str]


def _room(values: _Values) -> RoomRecord:
    room, name, host, hosted, joined, code, locked, read_only, all_muted, last, ended = values
    return RoomRecord(
        *(room.hex(), name, host.hex(), bool(hosted), bool(joined), code),
        *(bool(locked), bool(read_only), bool(all_muted), last, ended),
    )
