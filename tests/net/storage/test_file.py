"""Opening a database of ours: what an older version left is upgraded, or nothing is changed."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from net.storage.file import OtherVersion, Schema, open_database

FIRST = Schema(1, "CREATE TABLE rows(id INTEGER PRIMARY KEY)", ())
THIRD = Schema(
    3,
    "CREATE TABLE rows(id INTEGER PRIMARY KEY, size); CREATE TABLE more(id)",
    (),
    upgrades={1: "ALTER TABLE rows ADD COLUMN size", 2: "CREATE TABLE more(id)"},
)


def version_of(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        found: int = database.execute("PRAGMA user_version").fetchone()[0]
    return found


def test_an_older_file_is_upgraded_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "store"
    with contextlib.closing(open_database(path, FIRST)) as database:
        database.execute("INSERT INTO rows VALUES (7)")
    with contextlib.closing(open_database(path, THIRD)) as database:
        assert database.execute("SELECT id, size FROM rows").fetchall() == [(7, None)]
        assert database.execute("SELECT count(*) FROM more").fetchone() == (0,)
    assert version_of(path) == 3


def test_a_new_file_is_made_at_once_in_the_newest_version(tmp_path: Path) -> None:
    with contextlib.closing(open_database(tmp_path / "store", THIRD)):
        pass
    assert version_of(tmp_path / "store") == 3


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_database(path, FIRST).close()
    broken = Schema(
        2, "", (), upgrades={1: "ALTER TABLE rows ADD COLUMN size; ALTER TABLE none ADD COLUMN a"}
    )
    with pytest.raises(sqlite3.Error):
        open_database(path, broken)
    with contextlib.closing(open_database(path, FIRST)) as database:
        assert [row[1] for row in database.execute("PRAGMA table_info(rows)")] == ["id"]


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_database(path, THIRD).close()
    with pytest.raises(OtherVersion):
        open_database(path, FIRST)
    assert version_of(path) == 3
