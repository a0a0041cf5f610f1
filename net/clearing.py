"""Deleting from the transcript: out of sight at once, off the disk little by little.

Sessions are cleared by giving them a new, empty region; the old one is written down as garbage, which
`sweep` deletes in slices. Of a tree that loses only some of its sessions the rows of the others are copied,
closed up.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from net.events import Stored
from net.store_file import insert_rows
from net.transcript import PLACE_MASK, REGION_SHIFT, last_place

SLICE_ROWS = 2_000


def clear_sessions(database: sqlite3.Connection, cleared: set[int], new_region: Callable[[], int]) -> Stored:
    """Within the caller's transaction. Sessions that have ended go altogether, those that are open keep
    their entry. What each has now is given."""
    counts = dict.fromkeys(cleared, 0)
    trees: dict[int, int] = {}
    named = json.dumps(sorted(cleared))
    chosen = "(SELECT value FROM json_each(?))"
    query = f"SELECT DISTINCT region FROM sessions WHERE id IN {chosen}"
    garbage: list[tuple[int]] = []
    for (region,) in database.execute(query, (named,)).fetchall():
        fresh = new_region()
        garbage.append((region,))
        count = _move_the_staying(database, region, fresh, named, chosen)
        query = "SELECT id, places, parent FROM sessions WHERE region = ?"
        for id, places, parent in database.execute(query, (region,)).fetchall():
            new_places = 0
            if places:
                new_places = new_region()
                garbage.append((places,))
                trees[id if parent is None else parent] = count
            database.execute(
                "UPDATE sessions SET region = ?, places = ? WHERE id = ?", (fresh, new_places, id)
            )
        database.execute(
            "INSERT INTO places SELECT (s.places << ?) + r.position, r.id FROM rows r JOIN sessions s"
            " ON s.id = r.session WHERE r.id BETWEEN ? AND ? AND s.places > 0",
            (REGION_SHIFT, fresh << REGION_SHIFT, (fresh << REGION_SHIFT) + PLACE_MASK),
        )
    insert_rows(database, "garbage", garbage)
    database.execute(f"DELETE FROM sessions WHERE closed IS NOT NULL AND id IN {chosen}", (named,))
    return Stored(counts, trees)


def _move_the_staying(database: sqlite3.Connection, region: int, fresh: int, named: str, chosen: str) -> int:
    staying = f"SELECT count(*) FROM sessions WHERE region = ? AND id NOT IN {chosen}"
    if not database.execute(staying, (region, named)).fetchone()[0]:
        return 0
    first = region << REGION_SHIFT
    database.execute(
        "INSERT INTO rows SELECT ? + row_number() OVER (ORDER BY id) - 1,"
        " session, position, time, kind, link, data"
        f" FROM rows WHERE id BETWEEN ? AND ? AND session NOT IN {chosen}",
        (fresh << REGION_SHIFT, first, first + PLACE_MASK, named),
    )
    database.execute("UPDATE links SET region = ? WHERE region = ?", (fresh, region))
    return last_place(database, "rows", fresh)


def sweep(database: sqlite3.Connection, region: int) -> None:
    """Delete a slice of a garbage region, within the caller's transaction; with the last one the region is
    forgotten."""
    first = region << REGION_SHIFT
    for table in ("rows", "places"):
        gone = database.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE id BETWEEN ? AND ? LIMIT ?)",
            (first, first + PLACE_MASK, SLICE_ROWS),
        ).rowcount
        if gone == SLICE_ROWS:
            return
    database.execute("DELETE FROM links WHERE region = ?", (region,))
    database.execute("DELETE FROM garbage WHERE region = ?", (region,))
