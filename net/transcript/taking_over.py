"""Moving what another program recorded into this file, a tree of sessions at a time.

A second Duplex with the same profile records into a file of its own, which nobody reads once it has ended.
Whoever has the first file takes the others' sessions into it. Their ids are in use here already: they get
ids below all others', so that those of this run go on from the highest.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from net.transcript.reader import KIND_FILE, PLACE_MASK, REGION_SHIFT

_SESSION = "transport, role, local, remote, codec, opened, closed, reason"


@contextlib.contextmanager
def attached(database: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Within the block the tables of the file ``path`` are those of ``other``."""
    database.execute("ATTACH ? AS other", (str(path),))
    try:
        yield
    finally:
        database.execute("DETACH other")


def oldest_tree(database: sqlite3.Connection) -> int | None:
    """The region in ``other`` of its oldest tree; None if it is empty."""
    query = "SELECT region FROM other.sessions ORDER BY parent IS NOT NULL, opened, id LIMIT 1"
    found = database.execute(query).fetchone()
    return found[0] if found else None


def copy_tree(
    database: sqlite3.Connection,
    region: int,
    new_region: Callable[[], int],
    next_link: int,
    next_file: int,
) -> tuple[int, int]:
    """Copy a tree out of ``other``, within the caller's transaction, unless it is here already because a
    program was killed between this and the deletion there. Returns the next free ids of links and files."""
    where = "FROM other.sessions WHERE region = ?"
    members = database.execute(
        f"SELECT id, parent, places, {_SESSION} {where} ORDER BY id", (region,)
    ).fetchall()
    known = "SELECT 1 FROM main.sessions WHERE opened = ? AND role = ? AND local = ? AND remote = ?"
    _id, _parent, _places, _transport, role, local, remote, _codec, opened, *_rest = members[0]
    if database.execute(known, (opened, role, local, remote)).fetchone():
        return next_link, next_file
    lowest = min(0, database.execute("SELECT min(id) FROM main.sessions").fetchone()[0] or 0)
    ids = {member[0]: lowest - len(members) + index for index, member in enumerate(members)}
    database.execute("CREATE TEMP TABLE IF NOT EXISTS taken(old INTEGER PRIMARY KEY, new INTEGER)")
    database.execute("DELETE FROM taken")
    database.executemany("INSERT INTO taken VALUES (?, ?)", ids.items())
    fresh = new_region()
    links, next_link = _shift(database, "links", region, next_link)
    files, next_file = _shift(database, "files", region, next_file)
    own, span = fresh << REGION_SHIFT, _span(region)
    database.execute(
        "INSERT INTO main.links SELECT id + ?, ?, transport, local, remote FROM other.links WHERE region = ?",
        (links, fresh, region),
    )
    database.execute(
        "INSERT INTO main.files SELECT id + ?, ?, path, size, modified, sha256 FROM other.files"
        " WHERE region = ?",
        (files, fresh, region),
    )
    file = "json_extract(CAST(data AS TEXT), '$.file') + :files"
    database.execute(
        "INSERT INTO main.rows SELECT :own + (id & :mask), new, position, time, kind, link + :links,"
        f" CASE kind WHEN {KIND_FILE} THEN CAST(json_set(CAST(data AS TEXT), '$.file', {file}) AS BLOB)"
        " ELSE data END"
        " FROM other.rows JOIN taken ON old = session WHERE id BETWEEN :first AND :last",
        {"own": own, "mask": PLACE_MASK, "links": links, "files": files, "first": span[0], "last": span[1]},
    )
    database.execute(
        "INSERT INTO main.calls"
        " SELECT ? + (id & ?), new, position, time, kind, first, place, rows, size, start"
        " FROM other.calls JOIN taken ON old = session WHERE id BETWEEN ? AND ?",
        (own, PLACE_MASK, *span),
    )
    for id, parent, places, *facts in members:
        fresh_places = new_region() if places else 0
        for table in ("places", "call_places") if places else ():
            database.execute(
                f"INSERT INTO main.{table} SELECT ? + (id & ?), ? + (row & ?) FROM other.{table}"
                " WHERE id BETWEEN ? AND ?",
                (fresh_places << REGION_SHIFT, PLACE_MASK, own, PLACE_MASK, *_span(places)),
            )
        entry = (ids[id], ids.get(parent), fresh, fresh_places, *facts)
        marks = ", ".join("?" * len(entry))
        columns = f"id, parent, region, places, {_SESSION}"
        database.execute(f"INSERT INTO main.sessions({columns}) VALUES ({marks})", entry)
    return next_link, next_file


def _span(region: int) -> tuple[int, int]:
    return region << REGION_SHIFT, (region << REGION_SHIFT) + PLACE_MASK


def _shift(database: sqlite3.Connection, table: str, region: int, free: int) -> tuple[int, int]:
    """What is added to the ids of the region's entries so that they begin at ``free``; the next free one."""
    query = f"SELECT min(id), max(id) FROM other.{table} WHERE region = ?"
    lowest, highest = database.execute(query, (region,)).fetchone()
    if lowest is None:
        return 0, free
    return free - lowest, free + highest - lowest + 1
