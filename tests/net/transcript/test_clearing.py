"""Deleting from the transcript: by age, on request, and keeping nothing at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from net.sockets.events import Role
from net.storage.file import FileLock, lock_path
from net.transcript.commands import ClearTranscript, KeepTranscripts
from net.transcript.events import Stored
from net.transcript.reader import TranscriptReader
from net.transcript.session_book import SessionBook
from net.transcript.store import Store
from tests.net.transcript.recording import LOCAL, Recording, closed, data_of, now, opened, received
from tests.waiting import wait_until

DAY = 86_400 * 10**9


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "transcript.sqlite"


def test_old_sessions_go_and_young_ones_stay(path: Path) -> None:
    old = now() - 10 * DAY
    with Recording(path) as recording:
        recording.put(opened(1, when=old), *[received(1, *[b"x"] * 100)] * 50, closed(1, when=old))
        recording.put(opened(2), received(2, b"young"), closed(2, when=now()))
        recording.put(opened(3, role=Role.SERVER, when=old), opened(4, 3, Role.ACCEPTED, when=old))
        recording.put(closed(4, when=old), closed(3, when=now()))
    with Recording(path, keep_days=None) as recording:
        assert len(recording.wait_rows(1, 5002).sessions()) == 4
    with Recording(path, keep_days=7) as recording:
        reader = recording.reader()
        wait_until(lambda: [session.session for session in reader.sessions()] == [2, 3, 4])
        assert reader.count(1) == 0 and data_of(reader.fetch(2, 0, 9)) == [b"young"]
        wait_until(lambda: stored_rows(path) == 7, what="rows deleted from the file")
        assert reader.count(3, tree=True) == 4


def stored_rows(path: Path) -> int:
    database = sqlite3.connect(path)
    try:
        counted: int = database.execute("SELECT count(*) FROM rows").fetchone()[0]
        return counted
    finally:
        database.close()


def test_keeping_none_leaves_no_file(path: Path) -> None:
    neighbour = path.with_name("transcript-2.sqlite")
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"earlier"))
    shutil.copy(path, neighbour)
    with Recording(path, keep_days=0) as recording:
        assert recording.recorder.highest_session() == 0
        recording.put(opened(1), received(1, b"passing"))
        reader = recording.wait_rows(1, 2)
        assert data_of(reader.fetch(1, 0, 9)) == [b"passing"]
        assert not neighbour.exists()
        reader.close()
    assert [name for name in os.listdir(path.parent) if not name.endswith(".lock")] == []


def test_clearing_one_session_and_going_on(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"gone"), opened(2), received(2, b"stays"))
        recording.recorder.clear(ClearTranscript(1))
        recording.put(received(1, b"new"))
        recording.end()
        reader = TranscriptReader(path)
        (row,) = reader.fetch(1, 0, 9)
        assert (row.data, row.position, row.remote) == (b"new", 0, "127.0.0.1:40000")
        assert data_of(reader.fetch(2, 0, 9)) == [b"stays"]
        assert any(stored.counts == {1: 0} for stored in recording.events(Stored))


def test_clearing_within_a_tree_closes_the_gaps(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED))
        recording.put(opened(3, 1, Role.ACCEPTED), received(2, b"2"), received(3, b"3"), received(1, b"1"))
        recording.recorder.clear(ClearTranscript(2))
        recording.put(received(3, b"3 later"), received(2, b"2 later"))
        reader = recording.wait_rows(3, 3)
        tree = reader.fetch(1, 0, 99, tree=True)
        assert data_of(tree) == [b"3", b"1", b"3 later", b"2 later"]
        assert [row.place for row in tree] == list(range(6)) and reader.count(1, tree=True) == 6
        assert [row.note or row.data for row in reader.fetch(3, 0, 9)] == ["opened", b"3", b"3 later"]
        assert {row.local for row in tree} == {str(LOCAL)}
        recording.recorder.clear(ClearTranscript(1))
        wait_until(lambda: reader.count(1, tree=True) == 0)
        recording.put(received(3, b"fresh"))
        assert data_of(recording.wait_rows(1, 1, tree=True).fetch(1, 0, 9, tree=True)) == [b"fresh"]


def test_clearing_all_that_have_ended(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED), closed(2))
        recording.put(opened(3, 1, Role.ACCEPTED), received(3, b"3"), opened(4), closed(4))
        recording.recorder.clear(ClearTranscript(None))
        reader = recording.wait_rows(1, 1)
        wait_until(lambda: [session.session for session in reader.sessions()] == [1, 3])
        assert data_of(reader.fetch(1, 0, 9, tree=True)) == [b"3"]
        assert reader.count(1, tree=True) == 3
        recording.end()
        assert stored_rows(path) == 3


def test_the_space_of_what_was_cleared_goes_back_to_the_disk_in_few_steps(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), *[received(1, b"x" * 100_000) for _ in range(100)], closed(1))
    store = Store(path, FileLock(lock_path(path)), SessionBook())
    store.clear(1)
    steps = 0
    while store.tidy():
        steps += 1
    assert steps < 20
    store.close()
    assert path.stat().st_size < 4_000_000


def ids(recording: Recording) -> list[int]:
    return [session.session for session in recording.reader().sessions()]


def test_a_shorter_time_to_keep_counts_at_once(path: Path) -> None:
    old = now() - 10 * DAY
    with Recording(path) as recording:
        recording.put(opened(1, when=old), received(1, *[b"x"] * 100), closed(1, when=old))
        recording.put(opened(2), closed(2, when=now()))
        recording.wait_rows(2, 2)
        assert recording.recorder.expiring(7) == 1 and recording.recorder.expiring(None) == 0
        recording.recorder.keep(KeepTranscripts(11))
        recording.recorder.keep(KeepTranscripts(None))
        recording.put(opened(3))
        recording.wait_rows(3, 1)
        assert ids(recording) == [1, 2, 3]
        recording.recorder.keep(KeepTranscripts(7))
        wait_until(lambda: ids(recording) == [2, 3], what="the old one has gone")
        assert recording.recorder.expiring(7) == 0
    assert {1: 0} in [dict(event.counts) for event in recording.events(Stored)]


def test_keeping_nothing_deletes_earlier_runs_at_once_and_this_one_at_its_end(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"secret"), closed(1, when=now()))
        recording.wait_rows(1, 3)
    with Recording(path) as recording:
        recording.put(opened(2), received(2, b"mine"), closed(2, when=now()))
        reader = recording.wait_rows(2, 3)
        assert recording.recorder.expiring(0) == 1
        recording.recorder.keep(KeepTranscripts(0))
        wait_until(lambda: ids(recording) == [2], what="the earlier run's has gone")
        assert data_of(reader.fetch(2, 0, 9)) == [b"mine"]
        assert path.exists()
    assert not path.exists()


def test_keeping_again_leaves_the_file(path: Path) -> None:
    with Recording(path, keep_days=0) as recording:
        recording.put(opened(1), received(1, b"kept after all"), closed(1, when=now()))
        recording.wait_rows(1, 3)
        recording.recorder.keep(KeepTranscripts(30))
    assert data_of(TranscriptReader(path).fetch(1, 0, 9)) == [b"kept after all"]
