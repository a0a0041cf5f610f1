"""Transfers: what was offered, and how far each item is, so that a restart goes on where it was."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence

from net.chat.events import LeftOut, TransferStage
from net.chat.history.records import (
    OVER_STAGES,
    ItemProgress,
    ItemRecord,
    TransferRecord,
    left_out_text,
    path_bytes,
)
from net.chat.history.schema import ITEM_COLUMNS, PROGRESS_COLUMNS, TRANSFER_COLUMNS, TRANSFER_QUERY

OVER_VALUES = tuple(stage.value for stage in OVER_STAGES)


# Made where it is missing: a history that was begun before this was kept is read on.
_LEFT_OUT = "CREATE TABLE IF NOT EXISTS left_out(owner BLOB PRIMARY KEY, names TEXT NOT NULL) WITHOUT ROWID"


class TransferTable:
    """Only for the history's worker: a part of `HistoryStore`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(_LEFT_OUT)

    def save(self, transfer: TransferRecord) -> None:
        """Keep the transfer as it is now."""
        self._database.execute(
            f"INSERT INTO transfers({TRANSFER_COLUMNS}) VALUES (:transfer, :group, :conversation, :identity,"
            " :incoming, :title, :count, :size, :stage, :reason, :folder, :done, :picture, :preview,"
            " :message, :time) ON CONFLICT(transfer) DO UPDATE SET"
            " stage = excluded.stage, reason = excluded.reason, folder = excluded.folder,"
            " done = excluded.done, count = excluded.count, size = excluded.size",
            {
                "transfer": bytes.fromhex(transfer.transfer),
                "group": bytes.fromhex(transfer.group),
                "conversation": str(transfer.conversation),
                "identity": bytes.fromhex(transfer.identity),
                "incoming": transfer.incoming,
                "title": transfer.title,
                "count": transfer.count,
                "size": transfer.size,
                "stage": transfer.stage.value,
                "reason": transfer.reason,
                "folder": path_bytes(transfer.folder),
                "done": transfer.done,
                "picture": transfer.picture,
                "preview": transfer.preview,
                "message": bytes.fromhex(transfer.message),
                "time": transfer.time or time.time_ns(),
            },
        )

    def get(self, transfer: str) -> TransferRecord | None:
        query = f"{TRANSFER_QUERY} WHERE transfer = ?"
        found = self._database.execute(query, (bytes.fromhex(transfer),)).fetchone()
        return TransferRecord.of(found) if found else None

    def offered_by(self, identity: str, limit: int) -> int:
        """How many offers of this person are not decided; counted up to ``limit``."""
        query = (
            "SELECT count(*) FROM (SELECT 1 FROM transfers"
            " WHERE identity = ? AND incoming = 1 AND stage = ? LIMIT ?)"
        )
        values = (bytes.fromhex(identity), TransferStage.OFFERED.value, limit)
        return int(self._database.execute(query, values).fetchone()[0])

    def open(self) -> list[TransferRecord]:
        """All that are not over (failed ones can be resumed: they are open), in order."""
        marks = ",".join("?" * len(OVER_VALUES))
        query = f"{TRANSFER_QUERY} WHERE stage NOT IN ({marks}) ORDER BY id"
        return [TransferRecord.of(values) for values in self._database.execute(query, OVER_VALUES)]

    def add_items(self, owner: str, items: Sequence[ItemRecord]) -> None:
        """``owner``: a sending's group (its transfers share the items), or an incoming transfer's id."""
        key = bytes.fromhex(owner)
        self._database.executemany(
            f"INSERT OR REPLACE INTO items(owner, {ITEM_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    key,
                    item.index,
                    json.dumps(item.components),
                    item.size,
                    item.modified,
                    item.folder,
                    path_bytes(item.source),
                )
                for item in items
            ],
        )

    def save_left_out(self, group: str, left_out: LeftOut) -> None:
        """What this sending could not offer."""
        query = "INSERT OR REPLACE INTO left_out VALUES (?, ?)"
        self._database.execute(query, (bytes.fromhex(group), left_out_text(left_out)))

    def items(self, owner: str, first: int = 0, limit: int = 1_000_000) -> list[ItemRecord]:
        """The items from index ``first`` on, in order."""
        query = f"SELECT {ITEM_COLUMNS} FROM items WHERE owner = ? AND item >= ? ORDER BY item LIMIT ?"
        rows = self._database.execute(query, (bytes.fromhex(owner), first, limit))
        return [ItemRecord.of(row) for row in rows]

    def save_progress(self, transfer: str, items: Sequence[ItemProgress]) -> None:
        key = bytes.fromhex(transfer)
        self._database.executemany(
            f"INSERT OR REPLACE INTO progress(transfer, {PROGRESS_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    key,
                    item.index,
                    item.done,
                    item.stage.value,
                    item.reason,
                    item.digest,
                    path_bytes(item.target),
                )
                for item in items
            ],
        )

    def progress(self, transfer: str) -> list[ItemProgress]:
        """Of the items that were begun, in order."""
        query = f"SELECT {PROGRESS_COLUMNS} FROM progress WHERE transfer = ? ORDER BY item"
        rows = self._database.execute(query, (bytes.fromhex(transfer),))
        return [ItemProgress.of(row) for row in rows]
