"""The recorder under bad conditions: full and read-only folders, damage, a second program, being killed."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from net.events import Exported, FaultKind, StoreFaulted
from net.sockets.events import CountersChanged, Role
from net.transcript import intake, recorder
from net.transcript.commands import Export, TranscriptFormat
from net.transcript.events import Stored
from net.transcript.reader import SCHEMA_VERSION, TranscriptReader
from net.transcript.session_book import SessionBook
from net.transcript.store import Store, open_store
from tests.net.transcript.recording import START, Recording, closed, data_of, opened, received
from tests.programs import run_program, start_program
from tests.waiting import PATIENCE_SECONDS, wait_until

if sys.platform != "win32":
    import resource

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "RETRY_SECONDS", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "transcript.sqlite"


def test_counts_are_reported_of_sessions_and_trees(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None))
        recording.wait_rows(1, 1)
        recording.put(opened(2, 1, Role.ACCEPTED), received(2, b"a", b"b"))
        recording.wait_rows(2, 3)
        recording.put(opened(3), received(3, b"c"))
        recording.end()
        counts: dict[int, int] = {}
        trees: dict[int, int] = {}
        for stored in recording.events(Stored):
            counts.update(stored.counts)
            trees.update(stored.trees)
    assert counts == {1: 1, 2: 3, 3: 2} and trees == {1: 4}


def test_a_flood_is_stored_whole_and_in_few_commits(path: Path) -> None:
    begun = time.monotonic()
    with Recording(path) as recording:
        recording.put(opened(1))
        for number in range(1000):
            recording.put(received(1, *[b"%d/%d" % (number, part) for part in range(50)]))
        recording.end()
        # The first and the last two commits may come sooner.
        most = (time.monotonic() - begun) / recorder.LINGER + 3
        reader = TranscriptReader(path)
        assert reader.count(1) == 50_001
        rows = reader.fetch(1, 1, 60_000)
        assert [row.data for row in rows] == [b"%d/%d" % (n // 50, n % 50) for n in range(50_000)]
        assert len(recording.events(Stored)) <= most
    assert recording.recorder.backlog == 0


def test_counters_are_not_recorded(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), CountersChanged(1, 0, 0, 0, 0, 0.0, 0.0, 0, 0), closed(1))
        recording.end()
        assert TranscriptReader(path).count(1) == 2


def test_ids_go_on_from_the_highest_stored(path: Path) -> None:
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 0
        recording.put(opened(41), opened(7))
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 41
        recording.put(received(7, b"later"))
        reader = recording.wait_rows(7, 2)
        assert data_of(reader.fetch(7, 0, 9)) == [b"later"]


def test_two_recorders_side_by_side(path: Path) -> None:
    with Recording(path) as one, Recording(path) as two:
        one.put(opened(1), received(1, b"one"))
        two.put(opened(1), received(1, b"two"))
        assert data_of(one.wait_rows(1, 2).fetch(1, 0, 9)) == [b"one"]
        assert data_of(two.wait_rows(1, 2).fetch(1, 0, 9)) == [b"two"]
        one.recorder.highest_session(), two.recorder.highest_session()
        assert {one.recorder.path, two.recorder.path} == {path, path.with_name("transcript-2.sqlite")}
    with Recording(path) as third:
        third.recorder.highest_session()
        assert third.recorder.path == path


RECORD_AND_HANG = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from net.transcript.recorder import Recorder
from tests.net.transcript.recording import *
recorder = Recorder(Path(sys.argv[1]), None, None, lambda reported: print(reported[0].counts, flush=True))
recorder.put((opened(1, role=Role.SERVER, remote=None), opened(2, 1, Role.ACCEPTED)))
recorder.put((received(2, b"kept", when=START + 5),))
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_what_a_killed_program_stored_is_there(path: Path) -> None:
    command = [sys.executable, "-c", RECORD_AND_HANG, str(path), str(ROOT)]
    with start_program(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        while b"2: 2" not in program.stdout.readline():
            assert program.poll() is None
        with Recording(path) as beside:
            beside.recorder.highest_session()
            assert beside.recorder.path == path.with_name("transcript-2.sqlite")
        program.send_signal(signal.SIGKILL)
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 2
        assert recording.recorder.path == path
        reader = recording.reader()
        assert data_of(reader.fetch(2, 0, 9)) == [b"kept"]
        listener, connection = reader.sessions()
        assert (listener.closed, connection.closed, connection.reason) == (START, START + 5, "")
        assert recording.faults() == []


@pytest.mark.parametrize("damage", ["garbage", "version"])
def test_a_file_that_cannot_be_read_is_set_aside_and_said(path: Path, damage: str) -> None:
    path.parent.mkdir()
    if damage == "garbage":
        path.write_bytes(b"no database " * 1000)
    else:
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE rows(old)")
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        database.close()
    before = path.read_bytes()
    word = "damaged" if damage == "garbage" else "other_version"
    with Recording(path) as recording:
        recording.put(opened(1))
        recording.wait_rows(1, 1)
        assert recording.faults() == [f"store_{word}", ""]
        fault = recording.events(StoreFaulted)[0].fault
    assert fault is not None
    aside = Path(str(fault.params["aside"]))
    assert aside.read_bytes() == before
    word = "damaged" if damage == "garbage" else f"version-{SCHEMA_VERSION + 1}"
    assert aside.name.startswith(f"transcript.sqlite.{word}-")


def test_damage_found_while_writing(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), *[received(1, *[b"x" * 500] * 100) for _ in range(50)])
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(4096)
        # The schema stays intact, so that opening succeeds.
        file.write(b"\xee" * (size - 4096))
    with Recording(path) as recording:
        recording.put(opened(2), received(2, b"after"))
        reader = recording.wait_rows(2, 2)
        assert data_of(reader.fetch(2, 0, 9)) == [b"after"]
        assert recording.faults() == ["store_damaged", ""]


def record_through_trouble(
    path: Path, kind: FaultKind, trouble: Callable[[], None], end: Callable[[], None]
) -> None:
    """Record before, during and after trouble; nothing may be lost, and each change is reported once."""
    expected = [b"before"]
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"before"))
        recording.wait_rows(1, 2)
        trouble()
        for number in range(40):
            message = b"%03d" % number * 1000
            expected.append(message)
            recording.put(received(1, message))
        wait_until(lambda: recording.faults() == [kind.value], what=kind.value)
        assert recording.recorder.backlog == 0, "a full disk must not stop the network"
        recording.put(received(1, b"more"))
        expected.append(b"more")
        end()
        reader = recording.wait_rows(1, len(expected) + 1)
        wait_until(lambda: recording.faults() == [kind.value, ""], what="the end of the fault")
        assert data_of(reader.fetch(1, 0, 999)) == expected


def can_mount(folder: Path) -> bool:
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    made = run_program(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    return made.returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of one megabyte; None if this user cannot create one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = can_mount(folder)
    yield folder if mounted else None
    if mounted:
        run_program(["umount", "-l", folder], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="neither mounts nor RLIMIT_FSIZE")
def test_a_full_disk(small_disk: Path | None, path: Path) -> None:
    if small_disk is not None:
        ballast = small_disk / "ballast"

        def fill() -> None:
            with open(ballast, "wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096)):
                        pass
                except OSError:
                    pass

        record_through_trouble(small_disk / "transcript.sqlite", FaultKind.STORE_FULL, fill, ballast.unlink)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{path}-wal").stat().st_size + 4096, hard))

    def lift() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    try:
        record_through_trouble(path, FaultKind.STORE_FULL, limit, lift)
    finally:
        lift()


@pytest.mark.skipif(sys.platform == "win32", reason="neither mounts nor RLIMIT_FSIZE")
def test_a_disk_that_is_full_from_the_start(small_disk: Path | None, path: Path) -> None:
    if small_disk is None:
        path.parent.mkdir(exist_ok=True)
        folder = path.parent
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    else:
        folder = small_disk
        with open(folder / "ballast", "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while file.write(bytes(4096)):
                pass
    try:
        with Recording(folder / "transcript.sqlite") as recording:
            assert recording.recorder.highest_session() == 0
            recording.put(opened(1), received(1, b"waits"))
            wait_until(lambda: recording.faults() == ["store_full"], what="the fault")
            if small_disk is None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            else:
                (folder / "ballast").unlink()
            assert data_of(recording.wait_rows(1, 2).fetch(1, 0, 9)) == [b"waits"]
            wait_until(lambda: recording.faults() == ["store_full", ""])
    finally:
        if small_disk is None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("in_the_way", ["a file as folder", "a folder as file"])
def test_where_no_file_can_ever_work_it_records_in_memory(path: Path, in_the_way: str) -> None:
    if in_the_way == "a file as folder":
        path.parent.write_text("in the way")
    else:
        path.mkdir(parents=True)
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 0
        recording.put(opened(1), received(1, b"seen"))
        assert data_of(recording.wait_rows(1, 2).fetch(1, 0, 9)) == [b"seen"]
        assert recording.faults() == ["store_in_memory", ""]
        fault = recording.events(StoreFaulted)[0].fault
        assert fault is not None and fault.params["path"] == str(path)
        assert fault.params["reason"] == ("folder" if path.is_dir() else "failed")
        used = recording.recorder.path
        assert used is not None and used.exists()
    assert not used.parent.exists()


def test_without_a_write_ahead_log_it_records_all_the_same(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"with"))
        recording.wait_rows(1, 2).close()  # within one process sqlite opens the log's index once
    # What the log's index would be mapped from can't be opened, as on folders of another machine.
    Path(f"{path}-shm").unlink(missing_ok=True)
    Path(f"{path}-shm").mkdir()
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 1
        recording.put(opened(2), received(2, b"without"))
        reader = recording.wait_rows(2, 2)
        assert data_of(reader.fetch(2, 0, 9)) == [b"without"]
        reader.close()
        assert recording.faults() == ["store_without_wal", ""]
    Path(f"{path}-shm").rmdir()
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 2
        reader = recording.reader()
        assert [data_of(reader.fetch(session, 0, 9)) for session in (1, 2)] == [[b"with"], [b"without"]]
        assert recording.faults() == []


def test_an_empty_file_begins_anew_with_a_word(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with Recording(path) as recording:
        recording.put(opened(1))
        recording.wait_rows(1, 1)
        assert recording.faults() == ["store_empty", ""]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of folders")
def test_a_read_only_folder(small_disk: Path | None, path: Path) -> None:
    """Only a mount can restrict root; permissions restrict other users."""
    folder = small_disk or path.parent
    folder.mkdir(exist_ok=True)

    def set_writable(writable: bool) -> None:
        if small_disk is not None:
            mode = "rw" if writable else "ro"
            run_program(["mount", "-o", f"remount,{mode}", small_disk], check=True)
        else:
            folder.chmod(0o700 if writable else 0o500)

    set_writable(False)
    try:
        with Recording(folder / "transcript.sqlite") as recording:
            recording.put(opened(1), received(1, b"seen"))
            assert data_of(recording.wait_rows(1, 2).fetch(1, 0, 9)) == [b"seen"]
            assert recording.faults() == ["store_in_memory", ""]
            fault = recording.events(StoreFaulted)[0].fault
            assert fault is not None and fault.params["reason"] == "read_only"
    finally:
        set_writable(True)


class Full:
    """A disk that has no space until ``path`` is made usable: opening can succeed later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_over = threading.Event()
        self.attempts = 0
        monkeypatch.setattr(recorder, "open_store", self._open)

    def _open(self, at: Path, book: SessionBook, fresh: bool = False, below: int | None = None) -> Store:
        self.attempts += 1
        if not self.is_over.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return open_store(at, book, fresh, below)


def test_what_may_pass_is_reported_once_and_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Full(monkeypatch)
    with Recording(path) as recording:
        recording.put(opened(1), received(1, b"waits"))
        wait_until(lambda: recording.faults() == ["store_full"], what="the fault")
        assert recording.reader().count(1) == 0
        wait_until(lambda: full.attempts > 3, what="more attempts")
        full.is_over.set()
        assert data_of(recording.wait_rows(1, 2).fetch(1, 0, 9)) == [b"waits"]
        wait_until(lambda: recording.faults() == ["store_full", ""])


def test_ids_already_given_out_are_not_mixed_with_a_file_found_late(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Recording(path) as recording:
        recording.put(opened(5), received(5, b"old"))
    full = Full(monkeypatch)
    with Recording(path) as recording:
        assert recording.recorder.highest_session() == 0
        recording.put(opened(1), received(1, b"new"))
        wait_until(lambda: recording.faults() == ["store_full"])
        full.is_over.set()
        recording.wait_rows(1, 2)
        assert recording.recorder.path == path.with_name("transcript-2.sqlite")
    assert data_of(TranscriptReader(path).fetch(5, 0, 9)) == [b"old"]


def test_what_is_too_much_for_memory_is_counted_and_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "WAITING_LIMIT", 100_000)
    full = Full(monkeypatch)
    with Recording(path) as recording:
        recording.put(opened(1))
        wait_until(lambda: recording.faults() == ["store_full"])
        for number in range(20):
            recording.put(received(1, b"%05d" % number * 2000))
        recording.put(closed(1))
        full.is_over.set()
        wait_until(lambda: recording.faults() == ["store_full", ""])
        rows = recording.wait_rows(1, 3).fetch(1, 0, 99)
        kept = data_of(rows)
        assert kept == [b"%05d" % number * 2000 for number in range(len(kept))] and 0 < len(kept) < 20
        assert rows[-2].note == "closed"
        assert rows[-1].detail == {"kind": "store_full", "params": {"lost": 20 - len(kept)}}


def test_stopping_while_nothing_can_be_written_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "STOP_PATIENCE", 0.1)
    Full(monkeypatch)
    with Recording(path) as recording:
        recording.put(opened(1))
        wait_until(lambda: recording.faults() == ["store_full"])
        recording.end()
        last = recording.events(StoreFaulted)[-1].fault
        assert last is not None and last.params["lost"] == 1


def test_without_a_store_exports_are_refused(tmp_path: Path) -> None:
    with Recording(None, tmp_path / "stream.jsonl") as recording:
        assert recording.recorder.reader() is None and recording.recorder.highest_session() == 0
        recording.recorder.export(Export(9, 1, str(tmp_path / "out"), TranscriptFormat.CSV))
        exported = recording.wait_for(Exported)
        assert exported.job == 9 and exported.fault is not None


def test_ten_thousand_short_connections(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1, role=Role.SERVER, remote=None))
        for session in range(2, 10_002):
            recording.put(opened(session, 1, Role.ACCEPTED), received(session, b"m"), closed(session))
        recording.end()
        reader = TranscriptReader(path)
        assert reader.count(1, tree=True) == 30_001
        assert [row.note or row.data for row in reader.fetch(9_999, 0, 9)] == ["opened", b"m", "closed"]
        store = recording.recorder._store
        assert store is not None and len(store._slots) == 1, "ended sessions are let go of"


def test_a_busy_thread_does_not_starve_the_recorder(path: Path) -> None:
    """Counts statements, not time: each releases the interpreter's lock, which costs a wait."""
    statements = 0
    with Recording(path) as recording:
        recording.recorder.highest_session()
        store = recording.recorder._store
        assert store is not None

        def count(statement: str) -> None:
            nonlocal statements
            statements += 1

        store._database.set_trace_callback(count)
        recording.put(opened(1), *[received(1, *[b"m"] * 100) for _ in range(500)])
        recording.wait_rows(1, 50_001)
    assert statements < 100


def test_stop_is_idempotent(path: Path) -> None:
    with Recording(path) as recording:
        recording.put(opened(1))
        recording.wait_rows(1, 1)
        assert not recording.recorder.join(0)
        recording.recorder.stop()
        recording.recorder.stop()
        assert recording.recorder.join(PATIENCE_SECONDS)
