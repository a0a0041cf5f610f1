"""The transcript's database file: its schema, and its name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from net.events import Fault
from net.storage.file import Schema, has_wal, journal_notes, open_database, open_or_replace
from net.transcript.reader import FILES, SCHEMA, SCHEMA_VERSION, UPGRADES

MOST_FILES = 100
"""Programs that can record side by side in one folder."""

_SCHEMA = Schema(
    SCHEMA_VERSION, SCHEMA, pragmas=("synchronous = NORMAL",), upgrades=UPGRADES, additions=(FILES,)
)


def candidates(path: Path) -> Iterator[Path]:
    """transcript.sqlite, transcript-2.sqlite ..."""
    yield path
    for number in range(2, MOST_FILES + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def open_transcript(path: Path) -> tuple[sqlite3.Connection, tuple[Fault, ...]]:
    """A writing connection to ``path``, whose lock the caller holds, and what is to be said of the file.

    Raises `sqlite3.Error` or `OSError` if no database can be opened here now.
    """
    database, notes = open_or_replace(path, lambda path: open_database(path, _SCHEMA))
    if not has_wal(database):
        # Without a log, NORMAL can cost the whole file if the power fails.
        database.execute("PRAGMA synchronous = FULL")
    return database, (*notes, *journal_notes(database, path))
