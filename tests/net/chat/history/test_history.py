"""The worker against bad luck: wrong actions, full disks, damage, a second program, being killed."""

from __future__ import annotations

import errno
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.chat.conversation import EVERYBODY, Conversation
from net.chat.history import History, HistoryReader, HistoryStore, ProfileInUse, history
from net.chat.history.history import FILE_NAME
from net.events import StoreFaulted
from tests.net.chat.history.stores import BOB, WITH_BOB, Running, said
from tests.programs import is_installed, run_program, start_program
from tests.waiting import wait_until

if sys.platform != "win32":
    import resource

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "RETRY_SECONDS", 0.05)
    # Shorter than the pauses in which a test asks: a worker that is asked things has no time for its index.
    monkeypatch.setattr(history, "INDEX_DELAY", 0.001)


def test_done_comes_in_order_and_after_the_commit(tmp_path: Path) -> None:
    order: list[int] = []
    counts: list[int] = []
    with Running(tmp_path) as running:
        reader_of: list[HistoryReader] = []

        def done(number: int) -> None:
            order.append(number)
            if not reader_of:
                reader_of.append(HistoryReader(running.path))
            counts.append(reader_of[0].count(WITH_BOB))

        for number in range(300):

            def add(store: HistoryStore, number: int = number) -> int:
                store.messages.add(WITH_BOB, said(f"{number}"), True)
                return number

            running.history.submit(add, done)
        wait_until(lambda: len(order) == 300, timeout=20)
    assert order == list(range(300))
    assert all(count > number for number, count in zip(order, counts, strict=True))


def test_a_wrong_action_fails_alone(tmp_path: Path) -> None:
    failures: list[Exception] = []
    gate = threading.Event()
    with Running(tmp_path) as running:

        def wrong(store: HistoryStore) -> None:
            store.messages.add(WITH_BOB, said("half"), True)
            raise LookupError

        def nonsense(store: HistoryStore) -> None:
            store._database.execute("SELECT nothing FROM nowhere")

        running.history.submit(lambda _: gate.wait(10))  # so that the others share a transaction
        first = running.hear("before")
        running.history.submit(wrong, lambda _: pytest.fail("done"), failures.append)
        running.history.submit(nonsense)
        last = running.hear("after")
        gate.set()
        wait_until(lambda: first.is_set() and last.is_set())
        assert running.texts() == ["before", "after"]
        wait_until(lambda: running.faults() == ["internal"])
    assert [type(failure) for failure in failures] == [LookupError]


def test_what_was_submitted_before_the_stop_is_kept(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        for number in range(500):
            running.hear(f"{number}")
    assert not running.path.with_name(FILE_NAME + "-wal").exists()
    assert running.texts() == [f"{number}" for number in range(500)]
    if sys.platform != "win32":
        assert stat.S_IMODE(running.path.stat().st_mode) == 0o600


def test_a_profile_belongs_to_one_program(tmp_path: Path) -> None:
    with Running(tmp_path), pytest.raises(ProfileInUse):
        History(tmp_path, lambda callback: callback(), lambda events: None)
    with Running(tmp_path) as running:
        assert running.hear("free again").wait(10)


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 1000)
    with Running(tmp_path) as running:
        assert running.hear("fresh").wait(10)
        assert running.faults() == ["store_damaged", ""]
    (aside,) = tmp_path.glob(FILE_NAME + ".damaged-*")
    assert aside.read_bytes().startswith(b"no database")


@pytest.mark.parametrize("content", [b"", bytes(20_000)], ids=["empty", "zeros"])
def test_a_file_that_lost_all_begins_anew_with_a_word(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with Running(tmp_path) as running:
        assert running.hear("fresh").wait(10)
        assert running.faults() == ["store_damaged" if content else "store_empty", ""]
        first = running.events[0]
        assert isinstance(first, StoreFaulted) and first.fault is not None
        assert first.fault.params["store"] == "history"


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """Nothing can ever be written there: it goes to memory at once, and leaves nothing behind."""
    (tmp_path / FILE_NAME).mkdir()
    with Running(tmp_path) as running:
        assert running.hear("text").wait(10)
        assert running.texts() == ["text"]
        assert running.faults() == ["store_in_memory", ""]
        with pytest.raises(ProfileInUse):
            History(tmp_path, lambda callback: callback(), lambda events: None)
    assert not running.path.parent.exists()
    assert (tmp_path / FILE_NAME).is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="locks of processes")
def test_opened_again_beside_a_reader_no_other_program_takes_its_log(tmp_path: Path) -> None:
    """As when the chat is ended and started in one window: sqlite deletes a log that nobody has locked."""
    look = f"import sqlite3; print(sqlite3.connect({str(tmp_path / FILE_NAME)!r}).execute("
    look += "'SELECT text FROM messages ORDER BY id').fetchall())"

    def seen() -> str:
        told = run_program([sys.executable, "-c", look], capture_output=True, text=True, check=True)
        return str(told.stdout.strip())

    with Running(tmp_path) as running:
        assert running.hear("first").wait(10)
        reader = HistoryReader(running.path)
        assert reader.count(WITH_BOB) == 1
    with Running(tmp_path) as running:
        assert seen() == "[('first',)]"
        assert running.hear("second").wait(10)
        assert seen() == "[('first',), ('second',)]"
        reader.close()


def test_where_no_write_ahead_log_works(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        assert running.hear("with").wait(10)
    # What the log's index would be mapped from can't be opened, as on folders of another machine.
    in_the_way = tmp_path / f"{FILE_NAME}-shm"
    in_the_way.mkdir()
    with Running(tmp_path) as running:
        assert running.hear("without").wait(10)
        assert running.texts() == ["with", "without"]
        assert running.faults() == ["store_without_wal", ""]
        assert running.ask(lambda store: store.is_behind) is False, "each commit is on the disk"
    in_the_way.rmdir()
    with Running(tmp_path) as running:
        assert running.texts() == ["with", "without"]
        assert running.faults() == []


def test_a_profile_that_may_only_be_read_is_read(small_disk: Path | None) -> None:
    """Who is known stays known; what goes out has numbers that the next start can't give again."""
    if small_disk is None:
        pytest.skip("needs a mount of its own")
    with Running(small_disk) as running:
        assert running.hear("before").wait(10)
        stream = running.ask(lambda store: store.outbox.stream(BOB))
        running.ask(lambda store: store.outbox.enqueue([BOB], b"waits"))
    run_program(["mount", "-o", "remount,ro", small_disk], check=True)
    with Running(small_disk) as running:
        assert running.faults() == ["store_in_memory", ""]
        assert running.hear("after").wait(10)
        assert running.texts() == ["before", "after"]
        assert running.ask(lambda store: store.outbox.stream(BOB)) != stream
        assert running.ask(lambda store: store.outbox.waiting()) == {}
    run_program(["mount", "-o", "remount,rw", small_disk], check=True)
    with Running(small_disk) as running:
        assert running.texts() == ["before"]
        assert running.ask(lambda store: store.outbox.waiting()) == {BOB: 1}


def test_no_space_for_the_first_opening_may_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(history, "open_history", full)
        with pytest.raises(OSError, match="No space"):
            Running(tmp_path)
    with Running(tmp_path) as running:
        assert running.hear("free again").wait(10)


def test_the_index_follows_by_itself(tmp_path: Path) -> None:
    with Running(tmp_path) as running:
        assert running.hear("find me").wait(10)
        wait_until(lambda: running.ask(lambda store: store.behind()) == 0)
        reader = HistoryReader(running.path)
        assert len(reader.search("find me")) == 1
        reader.close()


def test_old_messages_go_by_themselves(tmp_path: Path) -> None:
    changed: list[Conversation] = []
    with Running(
        tmp_path, keep_days=7, changed=lambda counts: changed.extend(c.conversation for c in counts)
    ) as one:
        assert one.hear("new").wait(10)
        old = said("old", time=1)
        one.ask(lambda store: store.messages.add(EVERYBODY, old, True))
        one.history.set_keep_days(7)
        reader = HistoryReader(one.path)
        wait_until(lambda: reader.count(EVERYBODY) == 0)
        reader.close()
        wait_until(lambda: changed == [EVERYBODY])
        assert one.texts() == ["new"]


def test_a_deleted_conversation_gives_its_space_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.chat.history.store._FREE_PAGES", 20)
    with Running(tmp_path) as running:
        for number in range(100):
            running.hear(f"{number}" + "x" * 10_000)
        running.ask(lambda store: store.messages.delete(WITH_BOB))
        # Looked at from outside: a worker that is asked things has no time to tidy.
        database = sqlite3.connect(f"file:{running.path}?mode=ro", uri=True)

        def is_tidy() -> bool:
            left = database.execute("SELECT count(*) FROM messages").fetchone()[0]
            return bool(left == 0 and database.execute("PRAGMA freelist_count").fetchone()[0] < 20)

        wait_until(is_tidy)
        database.close()
    assert running.path.stat().st_size < 600_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of two megabytes; None where this user cannot make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = False
    if sys.platform == "linux" and is_installed("mount"):
        made = run_program(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True)
        mounted = made.returncode == 0
    yield folder if mounted else None
    if mounted:
        run_program(["umount", "-l", folder], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="neither mounts nor RLIMIT_FSIZE")
def test_nothing_is_acknowledged_while_the_disk_is_full(small_disk: Path | None, tmp_path: Path) -> None:
    folder = small_disk or tmp_path
    ballast = folder / "ballast"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Running(folder) as running:
        assert running.hear("before").wait(10)
        wait_until(lambda: running.ask(lambda store: store.behind()) == 0)
        if small_disk is None:
            size = running.path.with_name(FILE_NAME + "-wal").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        else:
            with open(ballast, "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while file.write(bytes(4096)):
                    pass
        try:
            waiting = [running.hear(f"{number} " + "x" * 9_000) for number in range(5)]
            wait_until(lambda: running.faults() == ["store_full"], what="the fault")
            assert not any(done.is_set() for done in waiting)
        finally:
            if small_disk is None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            else:
                ballast.unlink()
        wait_until(lambda: all(done.is_set() for done in waiting))
        wait_until(lambda: running.faults() == ["store_full", ""])
        assert [text.split()[0] for text in running.texts()] == ["before", "0", "1", "2", "3", "4"]


def test_a_read_only_disk(small_disk: Path | None) -> None:
    if small_disk is None:
        pytest.skip("needs a mount of its own")
    with Running(small_disk) as running:
        assert running.hear("before").wait(10)
        # A file open for writing keeps its disk from being remounted: sqlite has a switch of its own.
        running.ask(lambda store: store._database.execute("PRAGMA query_only = ON") and None)
        late = running.hear("late")
        wait_until(lambda: running.faults() == ["store_read_only"])
        assert not late.is_set()
        assert running.history._store is not None
        running.history._store._database.execute("PRAGMA query_only = OFF")
        assert late.wait(10)


WRITER = """
import sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
from net.chat.conversation import Conversation
from net.chat.history import History, NewMessage
peer, stream = "bb" * 32, b"s" * 16
history = History(Path({folder!r}), lambda callback: callback(), lambda events: None)
first = int(sys.argv[1])
room = threading.Semaphore(3_000)
def tell(number):
    room.release()
    sys.stdout.buffer.write(b"%d\\n" % number)
    sys.stdout.buffer.flush()
def add(number):
    def action(store):
        if store.outbox.receive(peer, stream, number):
            new = NewMessage("%032x" % number, peer, "Bob", "text %d" % number)
            store.messages.add(Conversation.person(peer), new, True)
            store.outbox.enqueue([peer], b"%d" % number, "%032x" % number)
        return number
    history.submit(action, tell)
for number in range(first, first + 1_000_000):
    room.acquire()
    add(number)
"""


def kill_and_look(folder: Path, rounds: int, most: int) -> None:
    """What was acknowledged before each kill, which comes after up to ``most`` messages, is there once, in
    order; the rest wholly or not at all."""
    chance = random.Random(rounds)
    acknowledged = stored = 0
    for _ in range(rounds):
        script = WRITER.format(root=str(ROOT), folder=str(folder))
        # It begins with what is stored already, as a peer that sends again what was not acknowledged.
        arguments = [sys.executable, "-c", script, str(max(1, stored - 50))]
        with start_program(arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, most)):
                line = child.stdout.readline()
                acknowledged = max(acknowledged, int(line))
            child.send_signal(signal.SIGKILL)
            rest = child.stdout.read().decode().split("\n")
            acknowledged = max([acknowledged, *(int(line) for line in rest[:-1])])
        with Running(folder) as running:
            received = running.ask(lambda store: store.outbox.received(BOB, b"s" * 16))
            waiting = running.ask(lambda store: store.outbox.unsent(BOB, limit=10_000_000))
            assert running.faults() == []
        reader = HistoryReader(running.path)
        texts = [row.text for row in reader.fetch(WITH_BOB, 0, 10_000_000)]
        reader.close()
        assert received >= acknowledged
        assert texts == [f"text {number}" for number in range(1, received + 1)]
        assert [one.body for one in waiting] == [b"%d" % number for number in range(1, received + 1)]
        numbers = [one.number for one in waiting]
        assert numbers == sorted(set(numbers))
        stored = received
    with sqlite3.connect(folder / FILE_NAME) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.timeout(220)
def test_killed_at_any_moment(tmp_path: Path) -> None:
    kill_and_look(tmp_path, 12, 1_000)


@pytest.mark.deep
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.timeout(1800)
def test_killed_at_a_hundred_moments(tmp_path: Path) -> None:
    kill_and_look(tmp_path, 100, 3_000)
