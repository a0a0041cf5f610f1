"""The files inside one transfer, told to a view: each one's truth on both sides, never a report a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from net.chat.events import TransferItemsChanged, TransferItemState, TransferStage
from net.chat.transfer.watching import MOST, REPORT_INTERVAL, ItemWatch, ignore
from tests.net.chat.transfer.two_sides import DEADLINE, Pair, Side, run

KIB = 1024
FINISHED, FAILED, RUNNING, WAITING = (
    *(TransferStage.FINISHED, TransferStage.FAILED, TransferStage.RUNNING, TransferStage.WAITING),
)


def states(side: Side, transfer: str) -> list[tuple[str, TransferStage]]:
    return [(item.name, item.state) for _, item in sorted(side.items(transfer).items())]


async def until_shown(pair: Pair, side: Side, transfer: str, wanted: list[tuple[str, TransferStage]]) -> None:
    try:
        await pair.until(lambda: states(side, transfer) == wanted)
    except AssertionError:
        assert states(side, transfer) == wanted


def test_each_file_of_a_folder_is_told_on_both_sides(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        tree = pair.sent / "tree"
        (tree / "deep").mkdir(parents=True)
        (tree / "a").write_bytes(os.urandom(300 * KIB))
        (tree / "deep" / "b").write_bytes(b"")
        (tree / "deep" / "c").write_bytes(b"c" * 10)
        transfer = await pair.offer([tree])
        pair.a.transfers.watches.watch(transfer)
        pair.b.transfers.watches.watch(transfer)
        assert pair.b.item_events == [TransferItemsChanged(transfer, 5, (), whole=True)]
        names = ["tree", "tree/a", "tree/deep", "tree/deep/b", "tree/deep/c"]
        assert states(pair.a, transfer) == [(name, WAITING) for name in names]
        pair.join()
        pair.b.transfers.accept(transfer, pair.received)
        await pair.both(transfer, FINISHED)
        for side, folder in ((pair.a, pair.sent), (pair.b, pair.received)):
            await until_shown(pair, side, transfer, [(name, FINISHED) for name in names])
            for item in side.items(transfer).values():
                assert item.done == item.size and item.path == str(folder / item.name)
                assert item.folder == (item.name in {"tree", "tree/deep"})

    run(test, tmp_path)


def test_begun_broken_off_failed_and_tried_again(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        for name in ("one", "two", "three"):
            (pair.sent / name).write_bytes(os.urandom(3072 * KIB))
        transfer = await pair.offer([pair.sent / name for name in ("one", "two", "three")])
        (pair.sent / "two").rename(tmp_path / "away")
        for side in (pair.a, pair.b):
            side.transfers.watches.watch(transfer)
        pair.b.transfers.accept(transfer, pair.received)
        wire = pair.join()
        wire.a_end.hold_after = 2048 * KIB
        for side in (pair.a, pair.b):
            await until_shown(pair, side, transfer, [("one", RUNNING), ("two", WAITING), ("three", WAITING)])
        # So much is on the disk that the next wire, which takes half as much again, gets as far as the third.
        await pair.until(lambda: pair.b.items(transfer)[0].done >= 1024 * KIB)
        await pair.until(lambda: pair.a.items(transfer)[0].done == pair.b.items(transfer)[0].done)
        assert pair.b.items(transfer)[0].path == ""
        wire.cut()
        wire = pair.join()
        wire.a_end.hold_after = 3072 * KIB
        for side in (pair.a, pair.b):
            await until_shown(pair, side, transfer, [("one", FINISHED), ("two", FAILED), ("three", RUNNING)])
        wire.a_end.release()
        await pair.both(transfer, FAILED)
        for side in (pair.a, pair.b):
            await until_shown(pair, side, transfer, [("one", FINISHED), ("two", FAILED), ("three", FINISHED)])
            assert side.items(transfer)[1].reason == "deleted" and side.items(transfer)[1].done == 0
        (tmp_path / "away").rename(pair.sent / "two")
        pair.b.transfers.resume(transfer)
        await pair.both(transfer, FINISHED)
        for side in (pair.a, pair.b):
            await until_shown(pair, side, transfer, [(name, FINISHED) for name in ("one", "two", "three")])
            assert side.items(transfer)[1].reason == ""

    run(test, tmp_path)


def test_a_wrong_hash_is_told_of_its_file(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "good").write_bytes(b"good")
        (pair.sent / "bad").write_bytes(os.urandom(2048 * KIB))
        transfer = await pair.offer([pair.sent / "good", pair.sent / "bad"])
        pair.b.transfers.accept(transfer, pair.received)
        wire = pair.join()
        wire.a_end.hold_after = 1200 * KIB
        await pair.until(lambda: pair.b.done(transfer) > 4)
        wire.cut()
        await pair.b.kill_and_start()
        (part,) = pair.received.glob("*.part")
        with part.open("r+b") as file:
            file.write(b"tampered")
        for side in (pair.a, pair.b):
            side.transfers.watches.watch(transfer)
        pair.join()
        await pair.both(transfer, FAILED)
        for side in (pair.a, pair.b):
            await until_shown(pair, side, transfer, [("good", FINISHED), ("bad", FAILED)])
            assert side.items(transfer)[1].reason == "hash"

    run(test, tmp_path)


def test_thousands_of_files_are_few_reports(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        tree = pair.sent / "tree"
        tree.mkdir()
        for number in range(1500):
            (tree / f"{number}").touch()
        transfer = await pair.offer([tree])
        pair.b.transfers.accept(transfer, pair.received)
        loop = asyncio.get_running_loop()
        began = loop.time()
        for side in (pair.a, pair.b):
            side.transfers.watches.watch(transfer)
        pair.join()
        await pair.until(lambda: pair.b.stage(transfer) is FINISHED)
        for side in (pair.a, pair.b):

            def all_shown(side: Side = side) -> bool:
                shown = side.items(transfer).values()
                return len(shown) == 1501 and all(item.state is FINISHED for item in shown)

            await pair.until(all_shown)
            allowed = (loop.time() - began) / REPORT_INTERVAL + 2
            assert len(side.item_events) < allowed
            assert all(len(event.items) <= MOST for event in side.item_events)

    run(test, tmp_path)


@pytest.mark.parametrize("restarted", [False, True])
def test_one_that_is_over_can_be_looked_at(tmp_path: Path, restarted: bool) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "x").write_bytes(b"x")
        transfer = await pair.offer([pair.sent / "x"])
        wire = pair.join()
        pair.b.transfers.accept(transfer, pair.received)
        await pair.both(transfer, FINISHED)
        wire.cut()
        for side, folder in ((pair.a, pair.sent), (pair.b, pair.received)):
            if restarted:
                await side.kill_and_start()
            assert side.transfers.get(transfer) is None
            side.transfers.watches.watch(transfer)
            await until_shown(pair, side, transfer, [("x", FINISHED)])
            assert side.items(transfer)[0].path == str(folder / "x")
            side.transfers.watches.watch("ff" * 16)
            await pair.until(lambda side=side: side.item_events[-1].transfer == "ff" * 16)  # type: ignore[misc]
            assert side.item_events[-1] == TransferItemsChanged("ff" * 16, 0, (), whole=True)

    run(test, tmp_path)


class Items:
    """An `ItemList` by hand."""

    def __init__(self, known: int) -> None:
        self.known = known
        self.done = 0
        self.on_item: Callable[[int], object] = ignore

    def state(self, index: int) -> TransferItemState:
        return TransferItemState(index, str(index), 9, self.done, RUNNING)


def test_changes_in_between_are_told_once_and_nothing_after_the_end() -> None:
    async def test() -> None:
        told: list[TransferItemsChanged] = []
        items = Items(MOST + 2)
        watch = ItemWatch(asyncio.get_running_loop(), "t", MOST + 3, items, told.append)
        assert [item.index for item in told[0].items] == list(range(MOST)) and told[0].whole
        for items.done in range(1, 10):
            items.on_item(3)
            items.on_item(MOST + 1)
        while len(told) < 2:
            await asyncio.sleep(0.001)
        assert [(item.index, item.done) for item in told[1].items] == [(3, 9), (MOST, 9), (MOST + 1, 9)]
        assert not told[1].whole and told[1].count == MOST + 3
        items.known += 1
        items.on_item(MOST + 2)
        watch.close()
        items.on_item(3)
        later = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(2 * REPORT_INTERVAL, later.set_result, None)
        await later
        assert len(told) == 2

    asyncio.run(asyncio.wait_for(test(), DEADLINE))
