"""Transfers: what was offered, and how far each item is, so that a restart goes on where it was."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence

from net.chat.events import TransferStage
from net.chat.history.records import ItemProgress, ItemRecord, TransferRecord

_TRANSFER = (
    "transfer, sending, conversation, identity, incoming, title, count, size, stage, reason, folder, done,"
    " picture, preview, message, time"
)
_ITEM = "item, components, size, modified, folder, source"
_PROGRESS = "item, done, stage, reason, digest, target"
OVER_STAGES = tuple(
    stage.value
    for stage in (
        *(TransferStage.FINISHED, TransferStage.DECLINED),
        *(TransferStage.CANCELLED_HERE, TransferStage.CANCELLED_THERE),
    )
)


class TransferTable:
    """Only for the history's worker: a part of `HistoryStore`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def save(self, transfer: TransferRecord) -> None:
        """Keep the transfer as it is now."""
        columns = len(_TRANSFER.split(","))
        self._database.execute(
            f"INSERT INTO transfers({_TRANSFER}) VALUES ({','.join('?' * columns)})"
            " ON CONFLICT(transfer) DO UPDATE SET stage = excluded.stage, reason = excluded.reason,"
            " folder = excluded.folder, done = excluded.done, count = excluded.count, size = excluded.size",
            (
                *(bytes.fromhex(transfer.transfer), bytes.fromhex(transfer.group), transfer.conversation),
                *(bytes.fromhex(transfer.identity), transfer.incoming, transfer.title, transfer.count),
                *(transfer.size, transfer.stage.value, transfer.reason, _path(transfer.folder)),
                *(transfer.done, transfer.picture, transfer.preview, bytes.fromhex(transfer.message)),
                transfer.time or time.time_ns(),
            ),
        )

    def set_stage(
        self, transfer: str, stage: TransferStage, reason: str = "", done: int | None = None, folder: str = ""
    ) -> None:
        """``done`` None and ``folder`` "": as they were."""
        self._database.execute(
            "UPDATE transfers SET stage = ?, reason = ?, done = coalesce(?, done),"
            " folder = CASE ? WHEN x'' THEN folder ELSE ? END WHERE transfer = ?",
            (stage.value, reason, done, _path(folder), _path(folder), bytes.fromhex(transfer)),
        )

    def get(self, transfer: str) -> TransferRecord | None:
        query = f"SELECT {_TRANSFER} FROM transfers WHERE transfer = ?"
        found = self._database.execute(query, (bytes.fromhex(transfer),)).fetchone()
        return transfer_of(found) if found else None

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
        marks = ",".join("?" * len(OVER_STAGES))
        query = f"SELECT {_TRANSFER} FROM transfers WHERE stage NOT IN ({marks}) ORDER BY id"
        return [transfer_of(values) for values in self._database.execute(query, OVER_STAGES)]

    def of_group(self, group: str) -> list[TransferRecord]:
        query = f"SELECT {_TRANSFER} FROM transfers WHERE sending = ? ORDER BY id"
        return [transfer_of(values) for values in self._database.execute(query, (bytes.fromhex(group),))]

    def add_items(self, owner: str, items: Sequence[ItemRecord]) -> None:
        """``owner``: a sending's group (its transfers share the items), or an incoming transfer's id."""
        key = bytes.fromhex(owner)
        self._database.executemany(
            f"INSERT OR REPLACE INTO items(owner, {_ITEM}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(key, item.index, json.dumps(item.components), item.size),
                    *(item.modified, item.folder, _path(item.source)),
                )
                for item in items
            ],
        )

    def items(self, owner: str, first: int = 0, limit: int = 1_000_000) -> list[ItemRecord]:
        """The items from index ``first`` on, in order."""
        query = f"SELECT {_ITEM} FROM items WHERE owner = ? AND item >= ? ORDER BY item LIMIT ?"
        return [
            ItemRecord(index, tuple(json.loads(components)), size, modified, bool(folder), path_text(source))
            for index, components, size, modified, folder, source in self._database.execute(
                query, (bytes.fromhex(owner), first, limit)
            )
        ]

    def save_progress(self, transfer: str, items: Sequence[ItemProgress]) -> None:
        key = bytes.fromhex(transfer)
        self._database.executemany(
            f"INSERT OR REPLACE INTO progress(transfer, {_PROGRESS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(key, item.index, item.done, item.stage.value, item.reason, item.digest),
                    _path(item.target),
                )
                for item in items
            ],
        )

    def progress(self, transfer: str) -> list[ItemProgress]:
        """Of the items that were begun, in order."""
        query = f"SELECT {_PROGRESS} FROM progress WHERE transfer = ? ORDER BY item"
        return [
            ItemProgress(index, done, TransferStage(stage), reason, digest, path_text(target))
            for index, done, stage, reason, digest, target in self._database.execute(
                query, (bytes.fromhex(transfer),)
            )
        ]

    def forget(self, transfer: str) -> None:
        """With its items, unless another transfer of the same group is left."""
        found = self.get(transfer)
        if found is None:
            return
        key = (bytes.fromhex(transfer),)
        for table, column in (("transfers", "transfer"), ("progress", "transfer"), ("items", "owner")):
            self._database.execute(f"DELETE FROM {table} WHERE {column} = ?", key)
        if found.group and not self.of_group(found.group):
            self._database.execute("DELETE FROM items WHERE owner = ?", (bytes.fromhex(found.group),))


TransferValues = tuple[
    bytes, bytes, str, bytes, int, str, int, int, str, str, bytes, int, int, bytes, bytes, int
]


def transfer_of(values: TransferValues) -> TransferRecord:
    transfer, group, conversation, identity, incoming, title, count, size, stage, reason = values[:10]
    folder, done, picture, preview, message, when = values[10:]
    return TransferRecord(
        *(transfer.hex(), group.hex(), conversation, identity.hex(), bool(incoming), title, count, size),
        *(TransferStage(stage), reason, path_text(folder), done, bool(picture), preview, message.hex(), when),
    )


TRANSFER_COLUMNS = _TRANSFER


def _path(path: str) -> bytes:
    # Names of files need not be text: Linux has any bytes, Windows half surrogate pairs.
    return path.encode("utf-8", "surrogatepass")


def path_text(path: bytes) -> str:
    return path.decode("utf-8", "surrogatepass")
