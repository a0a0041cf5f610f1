"""Breaks at any byte, restarts of either side, files that change, disks that are full."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from net.chat.events import TransferStage
from net.chat.transfer import arrival, reception
from net.chat.transfer.arrival import ItemRequest
from net.protocol.chat.messages import End
from tests.conftest import can_make_namespaces
from tests.net.chat.transfer.two_sides import DEADLINE, Pair, run, tree_of
from tests.programs import run_program

MIB = 1024 * 1024

break_lists = st.lists(
    st.tuples(st.integers(1, 900_000), st.sampled_from(["none", "a", "b", "both"])), max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(breaks=break_lists, sizes=st.lists(st.integers(0, 600_000), min_size=1, max_size=6))
def test_whatever_breaks_all_arrives_once_and_whole(breaks: list[tuple[int, str]], sizes: list[int]) -> None:
    async def test(pair: Pair) -> None:
        for number, size in enumerate(sizes):
            path = pair.sent / "tree" / str(number % 2) / f"{number}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.urandom(size))
        transfer = await pair.offer([pair.sent / "tree"])
        pair.b.transfers.accept(transfer, pair.received)
        for budget, killed in breaks:
            wire = pair.join(budget)
            await pair.until(
                lambda wire=wire: (
                    not wire.is_open  # type: ignore[misc]
                    or pair.a.stage(transfer) is TransferStage.FINISHED
                )
            )
            if killed in {"a", "both"}:
                await pair.a.kill_and_start()
            if killed in {"b", "both"}:
                await pair.b.kill_and_start()
        pair.join()
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    with tempfile.TemporaryDirectory() as folder:
        run(test, Path(folder))


def test_resumed_where_it_broke(tmp_path: Path) -> None:
    """What is on the receiver's disk is not sent again, also when both have forgotten how far they were."""

    async def test(pair: Pair) -> None:
        (pair.sent / "big").write_bytes(os.urandom(4 * MIB))
        transfer = await pair.offer([pair.sent / "big"])
        pair.b.transfers.accept(transfer, pair.received)
        pair.join(budget=3 * MIB)
        await pair.until(lambda: pair.wire is not None and not pair.wire.is_open)
        await pair.a.kill_and_start()
        pair.b.store.progresses.clear()
        await pair.b.kill_and_start()
        (part,) = pair.received.iterdir()
        assert part.name.startswith("big.") and part.name.endswith(".part")
        have = part.stat().st_size
        wire = pair.join()
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)
        assert have > 0 and wire.a_end.sent < 4 * MIB - have + 10_000

    # The sender does not send the third MiB before something of the first two is on the disk.
    run(test, tmp_path, window=2 * MIB)


def test_a_crash_between_the_name_and_the_memory_of_it(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        data = os.urandom(100_000)
        (pair.sent / "x").write_bytes(data)
        transfer = await pair.offer([pair.sent / "x"])
        pair.b.transfers.accept(transfer, pair.received)
        wire = pair.join()
        # All arrives; the receiver is killed when the digest is stored, and its file has its name.
        await pair.until(lambda: (pair.received / "x").exists())
        progress = pair.b.store.progresses[transfer]
        wire.cut()
        progress[0] = type(progress[0])(
            0, len(data), TransferStage.RUNNING, digest=hashlib.sha256(data).digest()
        )
        record = pair.b.store.records[transfer]
        pair.b.store.records[transfer] = type(record)(
            **{
                **{name: getattr(record, name) for name in record.__slots__},
                "stage": TransferStage.RUNNING,
            }
        )
        await pair.b.kill_and_start()
        pair.join()
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == {"x": data}

    run(test, tmp_path)


def test_a_part_that_was_tampered_with_is_thrown_away_and_fetched_again(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "big").write_bytes(os.urandom(2 * MIB))
        transfer = await pair.offer([pair.sent / "big"])
        pair.b.transfers.accept(transfer, pair.received)
        wire = pair.join()
        wire.a_end.hold_after = 1_200_000
        await pair.until(lambda: pair.b.done(transfer) > 0)
        wire.cut()
        await pair.b.kill_and_start()
        (part,) = pair.received.iterdir()
        with part.open("r+b") as file:
            file.write(b"tampered")
        pair.join()
        await pair.both(transfer, TransferStage.FAILED)
        assert pair.a.last(transfer).reason == pair.b.last(transfer).reason == "hash"
        assert tree_of(pair.received) == {}
        pair.b.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    run(test, tmp_path)


def test_only_what_failed_is_sent_again(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        for name in ("one", "two", "three"):
            (pair.sent / name).write_bytes(os.urandom(MIB))
        transfer = await pair.offer([pair.sent / name for name in ("one", "two", "three")])
        (pair.sent / "two").rename(tmp_path / "away")
        pair.b.transfers.accept(transfer, pair.received)
        wire = pair.join()
        await pair.both(transfer, TransferStage.FAILED)
        for side in (pair.a, pair.b):
            last = side.last(transfer)
            assert (last.reason, last.failed, last.done) == ("deleted", (1,), 2 * MIB)
        assert sorted(tree_of(pair.received)) == ["one", "three"]
        (tmp_path / "away").rename(pair.sent / "two")
        before = wire.a_end.sent
        pair.a.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)
        assert MIB < wire.a_end.sent - before < MIB + 10_000

    run(test, tmp_path)


@pytest.mark.parametrize("who", ["sender", "receiver"])
def test_tried_again_while_the_files_are_still_being_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """The failure is told before the receiver's files are closed: who is quick tries again in between."""
    closing, closed = threading.Event(), threading.Event()

    def close_parts(held: Iterable[ItemRequest]) -> None:
        closing.set()
        assert closed.wait(DEADLINE)
        arrival.close_parts(held)

    monkeypatch.setattr(reception, "close_parts", close_parts)

    async def test(pair: Pair) -> None:
        (pair.sent / "x").write_bytes(os.urandom(100_000))
        transfer = await pair.offer([pair.sent / "x"])
        (pair.sent / "x").rename(tmp_path / "away")
        pair.b.transfers.accept(transfer, pair.received)
        pair.join()
        try:
            await pair.both(transfer, TransferStage.FAILED)
            await pair.until(closing.is_set)
            (tmp_path / "away").rename(pair.sent / "x")
            side = pair.a if who == "sender" else pair.b
            side.transfers.resume(transfer)
            await pair.until(lambda: pair.b.stage(transfer) is TransferStage.WAITING)
        finally:
            closed.set()
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    run(test, tmp_path)


@pytest.mark.parametrize("change", ["grow", "shrink", "touch"])
@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_file_that_changes_is_not_taken_for_whole(tmp_path: Path, change: str, when: str) -> None:
    async def test(pair: Pair) -> None:
        path = pair.sent / "log"
        path.write_bytes(os.urandom(12 * MIB))
        transfer = await pair.offer([path])

        def alter() -> None:
            if change == "grow":
                with path.open("ab") as file:
                    file.write(b"more")
            elif change == "shrink":
                os.truncate(path, 1000)
            else:
                os.utime(path, (1, 1))

        if when == "before":
            alter()
        wire = pair.join()
        if when == "meanwhile":
            wire.a_end.hold_after = 3 * MIB
        pair.b.transfers.accept(transfer, pair.received)
        if when == "meanwhile":
            await pair.until(lambda: pair.b.done(transfer) > 0)
            alter()
            wire.a_end.release()
        await pair.both(transfer, TransferStage.FAILED)
        for side in (pair.a, pair.b):
            assert side.last(transfer).reason == "changed" and side.last(transfer).done == 0
        assert tree_of(pair.received) == {}
        pair.b.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)
        assert pair.a.last(transfer).done == path.stat().st_size == pair.b.last(transfer).size

    run(test, tmp_path, window=2 * MIB)


def test_bytes_changed_on_the_way_fail_the_hash(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "x").write_bytes(os.urandom(1000))
        transfer = await pair.offer([pair.sent / "x"])
        pair.join()
        take = pair.b.transfers.take

        def lie(identity: str, message: object) -> bool:
            if isinstance(message, End):
                message = End(channel=message.channel, digest=bytes(32))
            return take(identity, message)  # type: ignore[arg-type]

        pair.b.transfers.take = lie  # type: ignore[method-assign]
        pair.b.transfers.accept(transfer, pair.received)
        await pair.both(transfer, TransferStage.FAILED)
        assert pair.a.last(transfer).reason == "hash" and tree_of(pair.received) == {}

    run(test, tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    if not can_make_namespaces():
        pytest.skip("needs root to mount")
    folder = tmp_path / "small"
    folder.mkdir()
    run_program(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=True)
    yield folder
    run_program(["umount", "-l", folder], check=True)


@pytest.mark.netns
def test_a_disk_without_room_is_told_before_a_byte_is_sent(tmp_path: Path, small_disk: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "big").write_bytes(os.urandom(5 * MIB))
        transfer = await pair.offer([pair.sent / "big"])
        wire = pair.join()
        pair.b.transfers.accept(transfer, small_disk)
        await pair.both(transfer, TransferStage.FAILED)
        assert pair.a.last(transfer).reason == pair.b.last(transfer).reason == "disk_full"
        assert wire.a_end.sent < 10_000 and tree_of(small_disk) == {}

    run(test, tmp_path)


@pytest.mark.netns
def test_a_disk_that_fills_up_meanwhile_keeps_the_part(tmp_path: Path, small_disk: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "big").write_bytes(os.urandom(3 * MIB))
        transfer = await pair.offer([pair.sent / "big"])
        wire = pair.join()
        wire.a_end.hold_after = 1_100_000
        pair.b.transfers.accept(transfer, small_disk)
        await pair.until(lambda: pair.b.done(transfer) > 0)
        (small_disk / "other").write_bytes(bytes(2 * MIB))
        wire.a_end.release()
        await pair.both(transfer, TransferStage.FAILED)
        assert pair.a.last(transfer).reason == pair.b.last(transfer).reason == "disk_full"
        (small_disk / "other").unlink()
        (part,) = small_disk.iterdir()
        have = part.stat().st_size
        await pair.until(lambda: wire.a_end.queued == 0, "what was on its way has come")
        before = wire.a_end.sent
        pair.b.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(small_disk) == tree_of(pair.sent)
        assert wire.a_end.sent - before < 3 * MIB - have + 10_000 and have > MIB

    run(test, tmp_path)


@pytest.mark.netns
def test_a_read_only_folder_is_told(tmp_path: Path, small_disk: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "x").write_bytes(b"x")
        transfer = await pair.offer([pair.sent / "x"])
        pair.join()
        run_program(["mount", "-o", "remount,ro", small_disk], check=True)
        pair.b.transfers.accept(transfer, small_disk)
        await pair.both(transfer, TransferStage.FAILED)
        assert pair.a.last(transfer).reason == pair.b.last(transfer).reason == "read_only"
        run_program(["mount", "-o", "remount,rw", small_disk], check=True)
        pair.b.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(small_disk) == {"x": b"x"}

    run(test, tmp_path)


def test_pausing_again_and_again_never_lets_two_write_one_part(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "big").write_bytes(os.urandom(24 * MIB))
        transfer = await pair.offer([pair.sent / "big"])
        pair.join()
        pair.b.transfers.accept(transfer, pair.received)
        for turn in range(60):
            side = (pair.a, pair.b)[turn % 2]
            side.transfers.pause(transfer)
            for _ in range(turn % 7):
                await asyncio.sleep(0)
            side.transfers.resume(transfer)
            for _ in range(turn % 11):
                await asyncio.sleep(0.001)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    run(test, tmp_path, window=2 * MIB)
