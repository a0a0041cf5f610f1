"""Transcripts of a second Duplex that has ended are pruned with the first one's."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from net.storage.file import FileLock, lock_path
from net.transcript.commands import KeepTranscripts
from net.transcript.neighbours import Neighbours
from net.transcript.reader import TranscriptReader
from tests.net.transcript.recording import FIRST_VERSION, Recording, closed, now, opened, received
from tests.waiting import wait_until

DAY = 86_400 * 10**9


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "transcript.sqlite"


@pytest.fixture
def second(path: Path) -> Path:
    return path.with_name("transcript-2.sqlite")


def record(path: Path, *ages: int) -> None:
    """One session for each age in days, just now."""
    with Recording(path) as recording:
        for session, age in enumerate(ages, 1):
            when = now() - age * DAY
            recording.put(
                opened(session, when=when), received(session, *[b"x"] * 50), closed(session, when=when)
            )


def sessions(path: Path) -> list[int]:
    with contextlib.closing(TranscriptReader(path)) as reader:
        return [one.session for one in reader.sessions()]


def rows(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        counted: int = database.execute("SELECT count(*) FROM rows").fetchone()[0]
        return counted


def at_the_start(path: Path, days: int) -> Recording:
    return Recording(path, keep_days=days)


def on_the_way(path: Path, days: int) -> Recording:
    recording = Recording(path)
    recording.recorder.keep(KeepTranscripts(days))
    return recording


Begin = Callable[[Path, int], Recording]
BOTH = pytest.mark.parametrize("begin", [at_the_start, on_the_way], ids=lambda one: one.__name__)


@BOTH
def test_its_old_sessions_go_and_the_young_ones_stay(path: Path, second: Path, begin: Begin) -> None:
    record(second, 10, 0)
    with begin(path, 7):
        wait_until(lambda: sessions(second) == [2], what="the old one's going")
        wait_until(lambda: rows(second) == 52, what="its rows' going")
        wait_until(lambda: free(second), what="its being let go of")


def free(path: Path) -> bool:
    lock = FileLock(lock_path(path))
    lock_was_free = lock.held
    lock.release()
    return lock_was_free


@BOTH
@pytest.mark.parametrize("days", [0, 7])
def test_a_file_that_loses_all_goes(path: Path, second: Path, begin: Begin, days: int) -> None:
    record(second, 10, 9)
    with begin(path, days):
        wait_until(lambda: not second.exists(), what="its going")


@pytest.mark.parametrize("days", [0, 7])
def test_what_another_program_holds_is_left_alone(path: Path, second: Path, days: int) -> None:
    record(second, 10)
    third = path.with_name("transcript-3.sqlite")
    shutil.copy(second, third)
    lock = FileLock(lock_path(second))
    with on_the_way(path, days) as recording:
        wait_until(lambda: not third.exists(), what="the other's going")
        assert recording.recorder.expiring(days) == 0
    assert sessions(second) == [1]
    lock.release()


def test_the_sessions_of_a_killed_program_end_with_their_last_row(path: Path, second: Path) -> None:
    with Recording(second) as recording:
        recording.put(opened(1, when=now() - 10 * DAY), received(1, b"x", when=now() - 9 * DAY))
        recording.put(opened(2, when=now() - 10 * DAY), received(2, b"y", when=now()))
    with at_the_start(path, 7):
        wait_until(lambda: sessions(second) == [2], what="the old one's going")


def test_what_would_go_is_counted(path: Path, second: Path) -> None:
    record(second, 10, 9, 0)
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 0  # once the file is open
        assert [recording.recorder.expiring(days) for days in (None, 0, 7, 20)] == [0, 3, 2, 0]
        assert sessions(second) == [1, 2, 3]


def test_a_file_of_another_version_waits_for_it(path: Path, second: Path) -> None:
    record(second, 10)
    with contextlib.closing(sqlite3.connect(second)) as database:
        database.execute("PRAGMA user_version = 99")
    before = second.read_bytes()
    neighbours = Neighbours(path)
    neighbours.prune(7, path)
    while neighbours.step():
        pass
    assert second.read_bytes() == before and not list(second.parent.glob("*.version*"))


def test_a_file_of_the_first_version_is_pruned_too(path: Path, second: Path) -> None:
    second.parent.mkdir()
    with contextlib.closing(sqlite3.connect(second)) as database:
        database.executescript(FIRST_VERSION)
    with Recording(path) as recording:
        recording.recorder.highest_session()
        assert recording.recorder.expiring(7) == 1
    with at_the_start(path, 7):
        wait_until(lambda: not second.exists(), what="its going")


def test_what_a_killed_program_wrote_last_makes_a_file_young(path: Path, second: Path) -> None:
    record(second, 0)
    old = (now() - 10 * DAY) / 1e9
    os.utime(second, (old, old))
    wal = Path(f"{second}-wal")
    wal.write_bytes(b"")
    neighbours = Neighbours(path)
    neighbours.prune(7, path)
    assert second.exists()
    os.utime(wal, (old, old))
    neighbours.prune(7, path)
    assert not second.exists()


def test_a_damaged_file_does_not_stop_the_others(
    path: Path, second: Path, caplog: pytest.LogCaptureFixture
) -> None:
    third = path.with_name("transcript-3.sqlite")
    record(third, 10, 0)
    second.write_bytes(b"no database" * 1000)
    with at_the_start(path, 7):
        wait_until(lambda: sessions(third) == [2], what="the old one's going")
    assert second.exists() and "pruning" in caplog.text
