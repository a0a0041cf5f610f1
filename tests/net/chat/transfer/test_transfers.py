"""Files and folders go over whole, and both sides see the same truth."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from net.chat.events import TransferStage
from net.protocol.chat.messages import TransferState, Wire
from tests.net.chat.transfer.two_sides import A, B, Pair, run, tree_of

MIB = 1024 * 1024


def content(size: int) -> bytes:
    return os.urandom(min(size, 4096)) * (size // 4096 + 1)


def make(path: Path, size: int) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content(size)[:size]
    path.write_bytes(data)
    return data


def test_a_file_a_folder_and_empty_ones(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "报告.pdf", 3 * MIB + 17)
        make(pair.sent / "empty.txt", 0)
        make(pair.sent / "tree" / "deep" / "er" / "one.bin", 300_000)
        make(pair.sent / "tree" / "two", 1)
        (pair.sent / "tree" / "nothing").mkdir()
        os.utime(pair.sent / "报告.pdf", (1_000_000_000, 1_000_000_000))
        os.utime(pair.sent / "tree" / "deep", (1_100_000_000, 1_100_000_000))
        transfer = await pair.offer(sorted(pair.sent.iterdir()))
        pair.b.transfers.accept(transfer, pair.received)
        assert pair.b.stage(transfer) is TransferStage.WAITING
        pair.join()
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)
        assert (pair.received / "报告.pdf").stat().st_mtime == 1_000_000_000
        assert (pair.received / "tree" / "deep").stat().st_mtime == 1_100_000_000
        size = sum(len(data) for data in tree_of(pair.sent).values() if data)
        for side in (pair.a, pair.b):
            last = side.last(transfer)
            assert (last.done, last.size, last.count) == (size, size, 8)

    run(test, tmp_path)


def test_many_small_files(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        for number in range(450):
            make(pair.sent / "many" / f"{number}.txt", number)
        transfer = await pair.offer([pair.sent / "many"])
        pair.b.transfers.accept(transfer, pair.received)
        pair.join()
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    run(test, tmp_path)


def test_what_is_there_is_never_replaced(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        new = make(pair.sent / "a.txt", 100)
        make(pair.sent / "tree" / "b.txt", 10)
        (pair.received / "a.txt").write_bytes(b"mine")
        (pair.received / "tree").mkdir()
        pair.join()
        for _ in range(2):
            transfer = await pair.offer([pair.sent / "a.txt", pair.sent / "tree"])
            pair.b.transfers.accept(transfer, pair.received)
            await pair.both(transfer, TransferStage.FINISHED)
        found = tree_of(pair.received)
        assert found["a.txt"] == b"mine" and found["a (2).txt"] == found["a (3).txt"] == new
        assert set(found) == {
            *("a.txt", "a (2).txt", "a (3).txt", "tree", "tree (2)", "tree (3)"),
            *("tree (2)/b.txt", "tree (3)/b.txt"),
        }

    run(test, tmp_path)


@pytest.mark.parametrize("who", ["a", "b"])
def test_pause_and_go_on_from_either_side(tmp_path: Path, who: str) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "big", 12 * MIB)
        transfer = await pair.offer([pair.sent / "big"])
        wire = pair.join()
        wire.a_end.hold_after = 5 * MIB
        pair.b.transfers.accept(transfer, pair.received)
        side, other = (pair.a, pair.b) if who == "a" else (pair.b, pair.a)
        await pair.until(lambda: side.done(transfer) > 0)
        side.transfers.pause(transfer)
        wire.a_end.release()
        await pair.until(lambda: other.stage(transfer) is TransferStage.PAUSED_THERE)
        assert side.stage(transfer) is TransferStage.PAUSED_HERE
        other.transfers.pause(transfer)
        side.transfers.resume(transfer)
        await pair.until(lambda: side.stage(transfer) is TransferStage.PAUSED_THERE)
        assert other.stage(transfer) is TransferStage.PAUSED_HERE
        assert not (pair.received / "big").exists()
        other.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    run(test, tmp_path, window=2 * MIB)


@pytest.mark.parametrize("who", ["a", "b"])
def test_a_pause_while_the_other_is_away_is_seen_later(tmp_path: Path, who: str) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "big", MIB)
        transfer = await pair.offer([pair.sent / "big"])
        pair.b.transfers.accept(transfer, pair.received)
        pair.join(budget=600_000)
        await pair.until(lambda: pair.wire is not None and not pair.wire.is_open)
        side, other = (pair.a, pair.b) if who == "a" else (pair.b, pair.a)
        side.transfers.pause(transfer)
        await side.kill_and_start()
        pair.join()
        await pair.until(lambda: other.stage(transfer) is TransferStage.PAUSED_THERE)
        side.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(pair.received) == tree_of(pair.sent)

    run(test, tmp_path)


@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize("who", ["a", "b"])
def test_cancel_from_either_side_removes_the_part(tmp_path: Path, who: str, away: bool) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "big", 12 * MIB)
        transfer = await pair.offer([pair.sent / "big"])
        wire = pair.join()
        wire.a_end.hold_after = 5 * MIB
        pair.b.transfers.accept(transfer, pair.received)
        side, other = (pair.a, pair.b) if who == "a" else (pair.b, pair.a)
        await pair.until(lambda: pair.b.done(transfer) > 0)
        assert len(tree_of(pair.received)) == 1
        if away:
            wire.cut()
        side.transfers.cancel(transfer)
        wire.a_end.release()
        assert side.stage(transfer) is TransferStage.CANCELLED_HERE
        if away:
            await side.kill_and_start()
            pair.join()
        await pair.until(lambda: other.stage(transfer) is TransferStage.CANCELLED_THERE)
        await pair.until(lambda: not os.listdir(pair.received))

    run(test, tmp_path, window=2 * MIB)


def test_declined_while_the_sender_is_away(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "x", 10)
        transfer = await pair.offer([pair.sent / "x"])
        pair.b.transfers.decline(transfer)
        await pair.b.kill_and_start()
        pair.join()
        await pair.until(lambda: pair.a.stage(transfer) is TransferStage.DECLINED)
        assert tree_of(pair.received) == {}

    run(test, tmp_path)


def largest(folder: Path) -> int:
    """The size of the largest file; one that gets another name meanwhile is looked for once more."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return max((path.stat().st_size for path in folder.iterdir()), default=0)


def test_progress_is_what_is_on_the_receivers_disk(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "big", 16 * MIB)
        transfer = await pair.offer([pair.sent / "big"])
        take = pair.a.transfers.take
        steps: list[tuple[int, int]] = []

        def watch(identity: str, message: Wire) -> bool:
            """After each message: what the sender knows, and what is there."""
            taken = take(identity, message)
            steps.append((pair.a.done(transfer), largest(pair.received)))
            return taken

        pair.a.transfers.take = watch  # type: ignore[method-assign]
        pair.join()
        pair.b.transfers.accept(transfer, pair.received)
        await pair.both(transfer, TransferStage.FINISHED)
        assert all(told <= there for told, there in steps)
        assert len({told for told, _ in steps}) > 4
        done = [event.done for event in pair.a.events if event.transfer == transfer]
        assert done == sorted(done)

    run(test, tmp_path, window=2 * MIB)


def test_the_sender_keeps_no_more_than_the_window_on_the_way(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "big", 20 * MIB)
        transfer = await pair.offer([pair.sent / "big"])
        wire = pair.join()
        most = 0
        taken = pair.b.transfers.take_data

        def watch(identity: str, channel: int, data: bytes | bytearray) -> None:
            nonlocal most
            taken(identity, channel, data)
            most = max(most, wire.a_end.sent - pair.a.done(transfer))

        pair.b.transfers.take_data = watch  # type: ignore[method-assign]
        pair.b.transfers.accept(transfer, pair.received)
        await pair.both(transfer, TransferStage.FINISHED)
        assert 0 < most < 8 * MIB

    run(test, tmp_path, window=2 * MIB)


def test_one_scan_for_several_receivers_and_one_failing_is_tried_again(tmp_path: Path) -> None:
    """The receiver's folder is a file at first: the sender sees why, and tries again when it is gone."""

    async def test(pair: Pair) -> None:
        make(pair.sent / "x", 1000)
        blocked = tmp_path / "blocked"
        blocked.write_text("in the way")
        transfer = await pair.offer([pair.sent / "x"])
        pair.join()
        pair.b.transfers.accept(transfer, blocked)
        await pair.both(transfer, TransferStage.FAILED)
        assert pair.a.last(transfer).reason == pair.b.last(transfer).reason == "unwritable"
        blocked.unlink()
        pair.a.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(blocked) == tree_of(pair.sent)

    run(test, tmp_path)


def test_a_stranger_can_not_touch_a_transfer(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        make(pair.sent / "x", 1000)
        transfer = await pair.offer([pair.sent / "x"])
        cancel = TransferState(transfer=bytes.fromhex(transfer), state="cancelled")
        for side in (pair.a, pair.b):
            assert side.transfers.take("cc" * 32, cancel)
            assert side.stage(transfer) is TransferStage.OFFERED
        pair.a.transfers.take(B, cancel)
        pair.b.transfers.take(A, cancel)
        assert pair.a.stage(transfer) is pair.b.stage(transfer) is TransferStage.CANCELLED_THERE

    run(test, tmp_path)
