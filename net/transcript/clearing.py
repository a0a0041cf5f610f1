"""Deleting from the transcript: invisible at once, removed from the disk little by little.

Sessions are cleared by assigning them a new, empty region; the old one is listed as garbage, which `sweep`
deletes in slices. If only some sessions of a tree are cleared, the rows of the others are copied without
gaps.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

from net.storage.file import insert_rows
from net.transcript.events import Stored
from net.transcript.reader import PLACE_MASK, REGION_SHIFT, last_place

SLICE_ROWS = 2_000
DAY_NS = 86_400 * 1_000_000_000
EVERY = (1 << 63) - 1


def expired(database: sqlite3.Connection, keep_days: int, earlier: int, now: int | None = None) -> list[int]:
    """The regions that are no longer kept: those whose sessions all ended more than ``keep_days`` days ago;
    with 0 days all from before this run, whose ids go up to ``earlier``. ``now`` in ns."""
    limit = EVERY if not keep_days else (time.time_ns() if now is None else now) - keep_days * DAY_NS
    query = (
        "SELECT region FROM sessions GROUP BY region"
        " HAVING count(closed) = count(*) AND max(closed) < ? AND max(id) <= ?"
    )
    return [region for (region,) in database.execute(query, (limit, EVERY if keep_days else earlier))]


def clear_sessions(database: sqlite3.Connection, cleared: set[int], new_region: Callable[[], int]) -> Stored:
    """Clear these sessions within the caller's transaction. Ended ones are deleted altogether, open ones keep
    their entry. Returns the new row counts."""
    database.execute("CREATE TEMP TABLE IF NOT EXISTS cleared(id INTEGER PRIMARY KEY)")
    database.execute("DELETE FROM cleared")
    insert_rows(database, "cleared", [(session,) for session in cleared])
    trees = dict.fromkeys(
        (id for (id,) in database.execute(f"{_WHOLE_TREES} AND places > 0 AND parent IS NULL").fetchall()), 0
    )
    for column in ("region", "places"):
        database.execute(
            f"INSERT INTO garbage SELECT DISTINCT {column} FROM sessions"
            f" WHERE {column} > 0 AND id IN ({_WHOLE_TREES})"
        )
    database.execute(f"DELETE FROM sessions WHERE id IN ({_WHOLE_TREES})")
    regions = "SELECT DISTINCT region FROM sessions WHERE id IN (SELECT id FROM cleared)"
    for (region,) in database.execute(regions).fetchall():
        _clear_part(database, region, new_region, trees)
    database.execute("DELETE FROM sessions WHERE closed IS NOT NULL AND id IN (SELECT id FROM cleared)")
    return Stored(dict.fromkeys(cleared, 0), trees)


# Sessions of trees whose members are all cleared and ended: the usual case, done for all at once.
_WHOLE_TREES = (
    "SELECT id FROM sessions WHERE region IN (SELECT region FROM sessions JOIN cleared USING (id)) AND region"
    " NOT IN (SELECT region FROM sessions WHERE closed IS NULL OR id NOT IN (SELECT id FROM cleared))"
)


def _clear_part(
    database: sqlite3.Connection, region: int, new_region: Callable[[], int], trees: dict[int, int]
) -> None:
    """Clear the sessions named in ``cleared`` out of a tree that remains; sets its new count in ``trees``."""
    fresh = new_region()
    garbage = [(region,)]
    count = _move_the_staying(database, region, fresh)
    members = "SELECT id, places, parent FROM sessions WHERE region = ?"
    for id, places, parent in database.execute(members, (region,)).fetchall():
        new_places = 0
        if places:
            new_places = new_region()
            garbage.append((places,))
            trees[id if parent is None else parent] = count
        database.execute("UPDATE sessions SET region = ?, places = ? WHERE id = ?", (fresh, new_places, id))
    span = (fresh << REGION_SHIFT, (fresh << REGION_SHIFT) + PLACE_MASK)
    for table in ("places", "call_places"):
        database.execute(
            f"INSERT INTO {table} SELECT (s.places << ?) + r.position, r.id"
            f" FROM {'rows' if table == 'places' else 'calls'} r JOIN sessions s"
            " ON s.id = r.session WHERE r.id BETWEEN ? AND ? AND s.places > 0",
            (REGION_SHIFT, *span),
        )
    _place_calls(database, span)
    insert_rows(database, "garbage", garbage)


def _place_calls(database: sqlite3.Connection, span: tuple[int, int]) -> None:
    """The rows of these calls stand elsewhere now. A call without rows is placed behind those before it."""
    with_rows = "kind <= 2 AND rows > 0"
    database.execute(
        "UPDATE calls SET place = (SELECT p.row & ? FROM sessions s JOIN places p"
        " ON p.id = (s.places << ?) + calls.first WHERE s.id = calls.session)"
        f" WHERE id BETWEEN ? AND ? AND {with_rows}",
        (PLACE_MASK, REGION_SHIFT, *span),
    )
    database.execute(
        "UPDATE calls SET place = coalesce((SELECT b.place + b.rows FROM calls b WHERE b.id >= ?"
        f" AND b.id < calls.id AND {with_rows} ORDER BY b.id DESC LIMIT 1), 0)"
        f" WHERE id BETWEEN ? AND ? AND NOT ({with_rows})",
        (span[0], *span),
    )


def _move_the_staying(database: sqlite3.Connection, region: int, fresh: int) -> int:
    staying = "SELECT 1 FROM sessions WHERE region = ? AND id NOT IN (SELECT id FROM cleared) LIMIT 1"
    if database.execute(staying, (region,)).fetchone() is None:
        return 0
    first = region << REGION_SHIFT
    database.execute(
        "INSERT INTO rows SELECT ? + row_number() OVER (ORDER BY id) - 1,"
        " session, position, time, kind, link, data"
        " FROM rows WHERE id BETWEEN ? AND ? AND session NOT IN (SELECT id FROM cleared)",
        (fresh << REGION_SHIFT, first, first + PLACE_MASK),
    )
    database.execute(
        "INSERT INTO calls SELECT ? + row_number() OVER (ORDER BY id) - 1,"
        " session, position, time, kind, first, place, rows, size, start"
        " FROM calls WHERE id BETWEEN ? AND ? AND session NOT IN (SELECT id FROM cleared)",
        (fresh << REGION_SHIFT, first, first + PLACE_MASK),
    )
    for table in ("links", "files"):
        database.execute(f"UPDATE {table} SET region = ? WHERE region = ?", (fresh, region))
    return last_place(database, "rows", fresh)


def sweep(database: sqlite3.Connection) -> None:
    """Delete a slice of the garbage, within the caller's transaction; with the last slice the regions'
    entries go too."""
    for table in ("rows", "places", "calls", "call_places"):
        gone = database.execute(
            f"DELETE FROM {table} WHERE id IN (SELECT t.id FROM garbage g CROSS JOIN {table} t"
            " ON t.id BETWEEN g.region << ? AND (g.region << ?) + ? LIMIT ?)",
            (REGION_SHIFT, REGION_SHIFT, PLACE_MASK, SLICE_ROWS),
        ).rowcount
        if gone == SLICE_ROWS:
            return
    for table in ("links", "files"):
        database.execute(f"DELETE FROM {table} WHERE region IN (SELECT region FROM garbage)")
    database.execute("DELETE FROM garbage")
