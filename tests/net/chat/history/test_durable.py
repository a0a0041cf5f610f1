"""What may happen before the disk has it, and what may not."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from net.chat.history import HistoryStore, history
from net.chat.history.outbox import AHEAD
from tests.net.chat.history.stores import BOB, WITH_BOB, Opened, Running, said
from tests.waiting import wait_until


@pytest.fixture
def held_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Nothing gets to the disk until this is set."""
    free = threading.Event()
    sync = HistoryStore.sync

    def wait(store: HistoryStore) -> None:
        if store.is_behind:
            assert free.wait(20)
        sync(store)

    monkeypatch.setattr(HistoryStore, "sync", wait)
    return free


def test_done_waits_for_the_disk_and_written_does_not(tmp_path: Path, held_disk: threading.Event) -> None:
    told: list[str] = []
    with Running(tmp_path) as running:
        running.history.submit(
            lambda store: store.messages.add(WITH_BOB, said("one"), False),
            lambda _: told.append("done"),
            written=lambda _: told.append("written"),
        )
        wait_until(lambda: told == ["written"])
        assert running.texts() == ["one"]
        held_disk.set()
        wait_until(lambda: told == ["written", "done"])


def test_what_need_not_be_durable_waits_for_no_disk(tmp_path: Path, held_disk: threading.Event) -> None:
    told: list[str] = []
    with Running(tmp_path) as running:
        running.history.submit(
            lambda store: store.messages.add(WITH_BOB, said("one"), False),
            lambda _: told.append("done"),
            durable=False,
        )
        wait_until(lambda: told == ["done"])
        held_disk.set()


def test_the_disk_soon_has_what_nobody_waits_for_though_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither at once nor only when there is nothing to do, which may be never."""
    synced = threading.Event()
    sync = HistoryStore.sync

    def watched(store: HistoryStore) -> None:
        behind = store.is_behind
        sync(store)
        if behind:
            synced.set()

    monkeypatch.setattr(HistoryStore, "sync", watched)
    monkeypatch.setattr(history, "INDEX_DELAY", 60.0)
    with Running(tmp_path) as running:
        count = 0

        def next_one() -> None:
            nonlocal count
            count += 1
            running.history.submit(
                lambda store: store.messages.add(WITH_BOB, said(f"{count}"), False),
                written=lambda _: None if synced.is_set() or count > 20_000 else next_one(),
            )

        next_one()
        assert synced.wait(20)
        assert count <= 20_000


def test_more_numbers_than_may_be_lost_wait_for_the_disk(tmp_path: Path, held_disk: threading.Event) -> None:
    told: list[str] = []

    def number(store: HistoryStore) -> None:
        for _ in range(AHEAD + 1):
            store.outbox.enqueue([BOB], b"body")

    with Running(tmp_path) as running:
        running.history.submit(
            number, lambda _: told.append("done"), written=lambda _: told.append("written")
        )
        wait_until(lambda: running.history._unsynced != [])
        assert told == []
        held_disk.set()
        wait_until(lambda: told == ["written", "done"])


def test_no_number_is_given_twice_after_an_end_that_took_rows_back(tmp_path: Path) -> None:
    opened = Opened(tmp_path)
    (before,) = opened.run(lambda store: store.outbox.enqueue([BOB], b"on the disk"))
    # As after a power failure: the marks of an orderly end are missing, and so are up to AHEAD numbers.
    opened.reader.close()
    assert opened.store._wal is not None
    opened.store._wal.close()
    opened.store._database.close()
    again = Opened(tmp_path)
    known, unknown = again.run(
        lambda store: (store.outbox.enqueue([BOB], b"next"), store.outbox.enqueue(["cc" * 32], b"first"))
    )
    assert before == 1
    assert known == [before + AHEAD + 1]
    assert unknown == [AHEAD + 1]
    last = again.again()
    assert last.run(lambda store: store.outbox.enqueue([BOB], b"dense again")) == [known[0] + 1]
    last.close()


def test_a_sync_that_failed_is_made_good_through_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "RETRY_SECONDS", 0.05)
    # The index would have the disk written to at a moment of its own, and refused once more.
    monkeypatch.setattr(history, "INDEX_DELAY", 60.0)
    refuse = threading.Event()

    def broken(number: int) -> None:
        if refuse.is_set():
            raise OSError(5, "the disk does not take it")

    monkeypatch.setattr("net.chat.history.wal._sync", broken)
    with Running(tmp_path) as running:
        assert running.hear("before").wait(10)
        refuse.set()
        late = running.hear("late")
        assert late.wait(10)
        wait_until(lambda: running.faults() == ["store_failed", ""])
        # Without the write-ahead log: the database alone has it.
        alone = tmp_path / "alone.sqlite"
        alone.write_bytes(running.path.read_bytes())
        with sqlite3.connect(alone) as database:
            texts = [text for (text,) in database.execute("SELECT text FROM messages ORDER BY id")]
        database.close()
        assert texts == ["before", "late"]
