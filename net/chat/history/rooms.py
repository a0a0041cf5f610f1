"""Rooms: hosted here or joined, and their members. Their log is the messages with a number."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from net.chat.history.records import MemberRecord, RoomRecord
from net.chat.history.schema import MEMBER_COLUMNS, ROOM_COLUMNS


class RoomTable:
    """Only for the history's worker: a part of `HistoryStore`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def save(self, room: RoomRecord) -> None:
        """Keep the room as it is now; ``last`` is never lowered."""
        self._database.execute(
            f"INSERT INTO rooms({ROOM_COLUMNS}) VALUES (:room, :name, :host, :hosted, :joined, :code,"
            " :locked, :read_only, :all_muted, :last, :ended) ON CONFLICT(room) DO UPDATE SET"
            " name = excluded.name, host = excluded.host, hosted = excluded.hosted,"
            " joined = excluded.joined, code = excluded.code, locked = excluded.locked,"
            " read_only = excluded.read_only, all_muted = excluded.all_muted,"
            " last = max(last, excluded.last), ended = excluded.ended",
            {
                "room": bytes.fromhex(room.room),
                "name": room.name,
                "host": bytes.fromhex(room.host),
                "hosted": room.hosted,
                "joined": room.joined,
                "code": room.code,
                "locked": room.locked,
                "read_only": room.read_only,
                "all_muted": room.all_muted,
                "last": room.last,
                "ended": room.ended,
            },
        )

    def all(self) -> list[RoomRecord]:
        """In the order in which they were made or joined."""
        query = f"SELECT {ROOM_COLUMNS} FROM rooms ORDER BY id"
        return [RoomRecord.of(values) for values in self._database.execute(query)]

    def set_last(self, room: str, number: int) -> None:
        """The highest log number that is here; never lowered."""
        query = "UPDATE rooms SET last = max(last, ?) WHERE room = ?"
        self._database.execute(query, (number, bytes.fromhex(room)))

    def save_members(self, room: str, members: Sequence[MemberRecord]) -> None:
        """Add or change these members."""
        key = bytes.fromhex(room)
        self._database.executemany(
            f"INSERT OR REPLACE INTO members(room, {MEMBER_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    key,
                    bytes.fromhex(member.identity),
                    member.name,
                    member.colour,
                    member.muted,
                    member.removed,
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
        query = f"SELECT {MEMBER_COLUMNS} FROM members WHERE room = ? ORDER BY identity"
        rows = self._database.execute(query, (bytes.fromhex(room),))
        return [MemberRecord.of(row) for row in rows]
