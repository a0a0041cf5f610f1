"""Transcripts of other programs that have ended: pruned by any, taken over by whoever has the first file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from net.sockets.events import FileSent, Role, SentFile
from net.storage.file import FileLock, lock_path
from net.transcript.commands import KeepTranscripts
from net.transcript.neighbours import Neighbours
from net.transcript.reader import TranscriptReader
from net.transcript.session_book import SessionBook
from net.transcript.store import Store
from tests.net.transcript.recording import (
    FIRST_VERSION,
    START,
    Recording,
    closed,
    now,
    opened,
    received,
    sent,
)
from tests.waiting import wait_until

DAY = 86_400 * 10**9


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "transcript.sqlite"


@pytest.fixture
def second(path: Path) -> Path:
    return path.with_name("transcript-2.sqlite")


@pytest.fixture
def held(path: Path) -> Iterator[None]:
    """Another program records into the first file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(lock_path(path))
    assert lock.held
    yield
    lock.release()


@pytest.fixture
def third(path: Path, held: None) -> Path:
    """What a third program recorded that has ended; the next one will record into the second file."""
    return path.with_name("transcript-3.sqlite")


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
def test_its_old_sessions_go_and_the_young_ones_stay(path: Path, third: Path, begin: Begin) -> None:
    record(third, 10, 0)
    with begin(path, 7):
        wait_until(lambda: sessions(third) == [2], what="the old one's going")
        wait_until(lambda: rows(third) == 52, what="its rows' going")
        wait_until(lambda: free(third), what="its being let go of")


def free(path: Path) -> bool:
    lock = FileLock(lock_path(path))
    lock_was_free = lock.held
    lock.release()
    return lock_was_free


@BOTH
@pytest.mark.parametrize("days", [0, 7])
def test_a_file_that_loses_all_goes(path: Path, third: Path, begin: Begin, days: int) -> None:
    record(third, 10, 9)
    with begin(path, days):
        wait_until(lambda: not third.exists(), what="its going")


@pytest.mark.parametrize("days", [0, 7])
def test_what_another_program_holds_is_left_alone(path: Path, third: Path, days: int) -> None:
    record(third, 10)
    fourth = path.with_name("transcript-4.sqlite")
    shutil.copy(third, fourth)
    lock = FileLock(lock_path(third))
    with on_the_way(path, days) as recording:
        wait_until(lambda: not fourth.exists(), what="the other's going")
        assert recording.recorder.expiring(days) == 0
    assert sessions(third) == [1]
    lock.release()


def test_the_sessions_of_a_killed_program_end_with_their_last_row(path: Path, third: Path) -> None:
    with Recording(third) as recording:
        recording.put(opened(1, when=now() - 10 * DAY), received(1, b"x", when=now() - 9 * DAY))
        recording.put(opened(2, when=now() - 10 * DAY), received(2, b"y", when=now()))
    with at_the_start(path, 7):
        wait_until(lambda: sessions(third) == [2], what="the old one's going")


def test_what_would_go_is_counted(path: Path, third: Path) -> None:
    record(third, 10, 9, 0)
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 0  # once the file is open
        assert [recording.recorder.expiring(days) for days in (None, 0, 7, 20)] == [0, 3, 2, 0]
        assert sessions(third) == [1, 2, 3]


def test_a_file_of_another_version_waits_for_it(path: Path, second: Path) -> None:
    record(second, 10)
    with contextlib.closing(sqlite3.connect(second)) as database:
        database.execute("PRAGMA user_version = 99")
    before = second.read_bytes()
    neighbours = Neighbours(path)
    neighbours.prune(7, path)
    lock = FileLock(lock_path(path))
    own = Store(path, lock, SessionBook())
    neighbours.take_over(path)
    while neighbours.step(own):
        pass
    own.close()
    assert second.read_bytes() == before and not list(second.parent.glob("*.version*"))


def test_a_file_of_the_first_version_is_pruned_too(path: Path, third: Path) -> None:
    third.parent.mkdir(exist_ok=True)
    with contextlib.closing(sqlite3.connect(third)) as database:
        database.executescript(FIRST_VERSION)
    with Recording(path) as recording:
        recording.recorder.highest_session()
        assert recording.recorder.expiring(7) == 1
    with at_the_start(path, 7):
        wait_until(lambda: not third.exists(), what="its going")


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
    path: Path, third: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fourth = path.with_name("transcript-4.sqlite")
    record(fourth, 10, 0)
    third.write_bytes(b"no database" * 1000)
    with at_the_start(path, 7):
        wait_until(lambda: sessions(fourth) == [2], what="the old one's going")
    assert third.exists() and "pruning" in caplog.text


# --- Taking over ---


def told(path: Path, after: int = 0) -> list[tuple[object, ...]]:
    """Of each session that was opened later than ``after``, oldest first: what it is, its rows and calls, and
    those of its tree. Ids are left out: they change."""
    found: list[tuple[object, ...]] = []
    with contextlib.closing(TranscriptReader(path)) as reader:
        for one in sorted(reader.sessions(), key=lambda one: (one.opened, one.session)):
            if one.opened <= after:
                continue
            for tree in (False, True):
                rows = [
                    (row.time, row.direction, row.local, row.remote, row.data, row.note, row.size, row.detail)
                    for row in reader.fetch(one.session, 0, 99, tree)
                ]
                calls = [
                    (
                        call.kind,
                        call.position,
                        call.size,
                        [row.data for row in reader.fetch_rows(call.row_ids)],
                    )
                    for call in reader.calls(one.session, 0, 99, tree)
                ]
                found.append((one.transport, one.role, one.local, one.closed, one.reason, rows, calls))
    return found


def put_a_listener_and_more(recording: Recording, file: Path) -> None:
    listener = opened(1, role=Role.SERVER, remote=None, when=START + 100)
    recording.put(listener, opened(2, 1, Role.ACCEPTED, when=START + 101), received(2, b"one", b"two"))
    recording.put(
        opened(3, 1, Role.ACCEPTED, when=START + 102), sent(3, b"three"), closed(2), closed(3), closed(1)
    )
    sending = SentFile(1, str(file), 8, 0)
    recording.put(opened(4, when=START + 200), FileSent(4, sending, 0, 8, None, START + 201, 1, 8, 0))
    recording.put(received(4, "你好".encode()), closed(4))
    recording.wait_rows(4, 4)


def test_what_a_second_program_recorded_is_among_the_earlier_sessions(path: Path, second: Path) -> None:
    with Recording(path) as first:
        first.put(opened(1), received(1, b"in the first"), closed(1))
        first.wait_rows(1, 3)
        with Recording(path) as other:
            put_a_listener_and_more(other, path)
            before = told(second)
        mine = told(path)
    with Recording(path) as again:
        wait_until(lambda: not second.exists(), what="it is taken over")
        assert told(path) == [*mine, *before]
        assert again.recorder.highest_session() == 1
        again.put(opened(2, when=START + 300), received(2, b"goes on"), closed(2))
        again.wait_rows(2, 3)
        assert told(path)[: len(mine) + len(before)] == [*mine, *before]
    with contextlib.closing(TranscriptReader(path)) as reader:
        (listener,) = [one.session for one in reader.sessions() if one.role == Role.SERVER.value]
        assert [one.parent for one in reader.sessions() if one.parent is not None] == [listener] * 2


def test_a_file_without_a_first_one_is_taken_over_too(path: Path, second: Path) -> None:
    with Recording(second) as other:
        put_a_listener_and_more(other, path)
        before = told(second)
    with Recording(path) as first:
        wait_until(lambda: not second.exists(), what="it is taken over")
        assert first.recorder.highest_session() == 0
        assert told(path) == before


def test_what_was_copied_before_a_kill_is_not_copied_again(path: Path, second: Path) -> None:
    with Recording(second) as other:
        put_a_listener_and_more(other, path)
        before = told(second)
    kept = second.with_name("kept.sqlite")
    with contextlib.closing(sqlite3.connect(second)) as database:
        database.execute("VACUUM INTO ?", (str(kept),))
    for _ in range(2):
        shutil.copy(kept, second)  # the second time as if it had been there still
        with Recording(path):
            wait_until(lambda: not second.exists(), what="it is taken over")
        assert told(path) == before


def test_who_has_not_the_first_file_takes_nothing(path: Path, third: Path) -> None:
    record(third, 0)
    with Recording(path) as recording:
        recording.put(opened(9), closed(9))
        recording.wait_rows(9, 2)
    assert sessions(third) == [1]


def test_nothing_is_taken_over_where_nothing_is_kept(path: Path, second: Path) -> None:
    record(second, 0)
    with at_the_start(path, 0):
        wait_until(lambda: not second.exists(), what="its going")
    assert not path.exists()
