"""Nothing lands outside the folder; nothing that is there is touched; pictures do not unfold."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from net.chat.conversation import Conversation
from net.chat.events import TransferStage
from net.chat.history.records import TransferRecord
from net.chat.transfer import checked_preview, is_decodable, make_preview
from net.chat.transfer.faults import TransferError, TransferFault
from net.chat.transfer.landing import Landing, numbered
from net.chat.transfer.offer import MOST_NAMED, from_source, scan
from net.chat.transfer.rate import RateMeter
from net.chat.transfer.received_file import ReceivedFile
from net.protocol.chat.messages import TransferItem, TransferItems
from tests.net.chat.transfer.two_sides import A, Pair, run, tree_of

TRANSFER = "ab" * 16
HELL = [
    *("../../escape", "/etc/passwd", "C:\\x", "CON", "con.txt", "name. ", "..", ".", "a\0b", "é" * 150),
    *("\u202egpj.exe", "x" * 300, "\ud800", "", "~", "-rf", "名前.txt", ".part", "a/b", "a\\b"),
]


@pytest.mark.parametrize("name", HELL)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_names_from_hell_stay_inside(tmp_path: Path, name: str, depth: int) -> None:
    folder = tmp_path / "downloads"
    landing = Landing(folder, TRANSFER)
    part = ReceivedFile(landing, [name] * depth, 0)
    part.open(3)
    part.write([b"abc"])
    landed = part.land(1000)
    assert landed.read_bytes() == b"abc" and landed.resolve().is_relative_to(folder)
    assert [path for path in tmp_path.iterdir() if path != folder] == []
    assert sum(path.is_file() for path in folder.rglob("*")) == 1


def test_what_the_disk_takes_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [1, 700, 1000, 299, 5, 3000, *([3] * 400), 2500]
    blocks = [os.urandom(size) for size in sizes]
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, block: write(file, block[:1000]))
    part = ReceivedFile(Landing(tmp_path, TRANSFER), ["x"], 0)
    part.open(sum(sizes))
    part.write(blocks)
    assert part.size == sum(sizes)
    assert part.land(0).read_bytes() == b"".join(blocks)


def test_a_disk_that_fails_between_two_pieces_counts_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is what the next run is asked to go on from."""
    part = ReceivedFile(Landing(tmp_path, TRANSFER), ["x"], 0)
    part.open(900)
    write = os.write

    def write_until_full(file: int, block: memoryview) -> int:
        if part.size >= 500:
            raise OSError(errno.ENOSPC, "full")
        return write(file, block[:250])

    monkeypatch.setattr(os, "write", write_until_full)
    with pytest.raises(TransferError) as caught:
        part.write([bytes(300)] * 3)
    assert caught.value.fault is TransferFault.DISK_FULL
    assert part.size == part.path.stat().st_size == 550


def test_a_part_closed_before_its_last_bytes_were_written_stays(tmp_path: Path) -> None:
    """The link broke in between: what is there is taken up by the next run, not thrown away as wrong."""
    landing = Landing(tmp_path, TRANSFER)
    part = ReceivedFile(landing, ["x"], 0)
    part.open(6)
    for block in (b"abc", b"def"):
        part.hash(block)
        part.write([block])
        part.stop()
    with pytest.raises(TransferError):
        part.check(hashlib.sha256(b"abcdef").digest(), 6)
    part.close()
    again = ReceivedFile(landing, ["x"], 0)
    again.open(6)
    assert again.size == 3
    again.hash(b"def")
    again.write([b"def"])
    again.check(hashlib.sha256(b"abcdef").digest(), 6)
    assert again.land(0).read_bytes() == b"abcdef"


def test_links_planted_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "downloads"
    (outside / "tree").mkdir(parents=True)
    folder.mkdir()
    landing = Landing(folder, TRANSFER)
    (folder / "tree").symlink_to(outside / "tree")
    inner = landing.make_folder(["tree"])
    assert inner == folder / "tree (2)"
    (inner / "deep").symlink_to(outside)
    (folder / "file.txt").symlink_to(outside / "new.txt")
    (folder / f"file.txt.{landing.tag(7)}.part").symlink_to(outside / "part")
    deep = ReceivedFile(landing, ["tree", "deep", "x"], 1)
    deep.open(1)
    deep.write([b"x"])
    assert deep.land(0) == inner / "deep (2)" / "x"
    with pytest.raises(TransferError):
        ReceivedFile(landing, ["file.txt"], 7).open(3)
    plain = ReceivedFile(landing, ["file.txt"], 8)
    plain.open(1)
    plain.write([b"y"])
    assert plain.land(0) == folder / "file (2).txt"
    assert tree_of(outside) == {"tree": None}


def test_a_hard_link_planted_as_the_part_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    folder = tmp_path / "downloads"
    folder.mkdir()
    landing = Landing(folder, TRANSFER)
    os.link(victim, folder / f"x.{landing.tag(0)}.part")
    part = ReceivedFile(landing, ["x"], 0)
    part.open(100)
    assert part.size == 0
    part.write([b"gone"])
    part.land(0)
    assert victim.read_bytes() == b"precious"


def test_hostile_items_over_the_wire(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        (pair.sent / "x").write_bytes(b"12345")
        transfer = await pair.offer([pair.sent / "x"])
        wire = pair.join()
        pair.b.transfers.accept(transfer, pair.received)
        items = [TransferItem(path=["..", "..", "escape"], size=5), TransferItem(path=["y"], size=5)]
        pair.b.transfers.take(A, TransferItems(transfer=bytes.fromhex(transfer), first=0, items=items))
        assert pair.b.last(transfer).reason == "protocol"
        # Data nobody asked for, on any channel, is let go by.
        for channel in (0, 1, 2**32 - 1):
            wire.a_end.send_data(channel, bytes(1000))
        pair.b.transfers.resume(transfer)
        await pair.both(transfer, TransferStage.FINISHED)
        assert tree_of(tmp_path / "received") == {"x": b"12345"}

    run(test, tmp_path)


def test_too_many_items_are_refused(tmp_path: Path) -> None:
    async def test(pair: Pair) -> None:
        record = TransferRecord(TRANSFER, "", Conversation.person(A), A, True, "x", 100_001, 0)
        pair.b.transfers.take_offer(record)
        pair.b.transfers.accept(TRANSFER, pair.received)
        assert pair.b.last(TRANSFER).reason == "too_many"

    run(test, tmp_path)


def test_numbered_names() -> None:
    assert numbered("a.tar", 1) == "a.tar"
    assert numbered("a.tar", 2) == "a (2).tar"
    assert numbered(".bashrc", 2) == ".bashrc (2)"
    assert numbered("v1.2", 3, folder=True) == "v1.2 (3)"


def test_a_scan_stays_in_its_folder(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "in").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (tree / "in" / "real").write_text("real")
    (tree / "inside").symlink_to(tree / "in" / "real")
    (tree / "outside").symlink_to(tmp_path / "secret")
    (tree / "loop").symlink_to(tree)
    (tree / "dangling").symlink_to(tree / "nowhere")
    os.mkfifo(tree / "pipe")
    (Path(os.fsdecode(os.fsencode(tree) + b"/\xff\xfe"))).write_text("odd")
    found = scan([tree, tree / "in", tmp_path / "nothing"])
    names = {"/".join(item.components): from_source(item.source) for item in found.items}
    assert set(names) == {
        "tree",
        "tree/in",
        "tree/in/real",
        "tree/inside",
        "tree/%FF%FE",
        "in",
        "in/real",
    }
    assert names["tree/%FF%FE"].read_text() == "odd"
    assert dict(found.left_out.names) == {
        **{"tree/outside": "link", "tree/loop": "folder_link", "tree/dangling": "broken_link"},
        **{"tree/pipe": "special", "nothing": "deleted"},
    }
    assert dict(found.left_out.counts) == dict.fromkeys(dict(found.left_out.names).values(), 1)
    assert [item.index for item in found.items] == list(range(len(found.items)))
    short = scan([tree], limit=2)
    assert len(short.items) == 2 and short.left_out.counts[-1] == ("too_many", 2)


def test_what_was_left_out_is_counted_beyond_the_names_that_are_kept(tmp_path: Path) -> None:
    for number in range(MOST_NAMED + 5):
        (tmp_path / f"{number}").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    found = scan([tmp_path]).left_out
    assert (
        found.counts == (("broken_link", MOST_NAMED + 5), ("special", 1)) and len(found.names) == MOST_NAMED
    )


def test_names_that_mean_the_same_stay_two(tmp_path: Path) -> None:
    (tmp_path / "文件.txt").write_text("utf-8")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "文件.txt".encode("gbk"))).write_text("gbk")
    found = {item.components[-1]: from_source(item.source) for item in scan([tmp_path]).items[1:]}
    assert {name: path.read_text() for name, path in found.items()} == {
        "文件.txt": "utf-8",
        "文件 (2).txt": "gbk",
    }


def png_header(width: int, height: int) -> bytes:
    """A valid PNG's beginning that claims this size."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (header, data, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_a_picture_of_30000_by_30000_is_never_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(30_000, 30_000))
    loads: list[object] = []
    monkeypatch.setattr(Image.Image, "load", lambda self: loads.append(self))
    assert make_preview(path) == b"" and not is_decodable(path)
    assert checked_preview(path.read_bytes()) == b""
    assert checked_preview(png_header(1025, 10)) == b"" and checked_preview(b"GIF89a") == b""
    assert loads == []


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK"])
def test_previews_are_small(tmp_path: Path, mode: str) -> None:
    noise = Image.frombytes("RGB", (900, 700), os.urandom(900 * 700 * 3)).convert(mode)
    path = tmp_path / ("x.jpg" if mode == "CMYK" else "x.png")
    noise.save(path)
    preview = make_preview(path)
    assert 0 < len(preview) <= 24_000 and checked_preview(preview) == preview and is_decodable(path)
    with Image.open(io.BytesIO(preview)) as picture:
        assert max(picture.size) <= 320
    (tmp_path / "text").write_text("no picture")
    assert make_preview(tmp_path / "text") == make_preview(tmp_path / "none") == b""


def test_the_rate_is_that_of_the_last_seconds() -> None:
    meter = RateMeter()
    assert meter.rate(0) == 0 and meter.seconds_left(0, 10) is None
    for tenth in range(101):
        meter.add(tenth / 10, tenth * 100)
    assert meter.rate(10.0) == pytest.approx(1000)
    assert meter.seconds_left(10.0, 5000) == pytest.approx(5)
    assert meter.rate(14.0) == pytest.approx(500, rel=0.05)
    meter.add(15.0, 0)
    assert meter.rate(15.0) == 0
