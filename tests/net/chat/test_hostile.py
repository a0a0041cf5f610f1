"""A hostile peer, paired like anybody on the LAN, that lies about messages, files and names."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from pathlib import Path

import psutil
import pytest

from net.chat.commands import AcceptTransfer, OfferFiles
from net.chat.conversation import Conversation
from net.chat.events import PersonChanged, TransferChanged, TransferStage
from net.protocol.chat.frames import CONTROL
from net.protocol.chat.messages import Offer, Presence, Queued, Say
from tests.net.chat.engines import Chatter, deaf
from tests.net.chat.hostile import Hostile, Sender, tree
from tests.net.chat.hostile_stage import honest_go_on, quiet, three

__all__ = ["deaf", "quiet", "three"]


def test_an_offer_does_not_become_another_transfer(
    three: tuple[Chatter, Chatter, Hostile], tmp_path: Path
) -> None:
    ann, bob, hostile = three
    (tmp_path / "file").write_bytes(b"x")
    ann.do(OfferFiles(Conversation.person(bob.identity), "cd" * 16, [tmp_path / "file"]))
    offered = bob.wait(lambda: bob.last(TransferChanged), "the offer")
    hostile.queue(Offer(id=bytes.fromhex(offered.transfer), time=0, title="mine", count=1, size=1))
    hostile.settle(ann)
    assert ann.stored(Conversation.person(hostile.hex)) == []
    bob.do(AcceptTransfer(offered.transfer))
    bob.wait(lambda: bob.last(TransferChanged, stage=TransferStage.FINISHED), "the file")
    assert not [one for one in ann.all(TransferChanged) if one.incoming]


def test_replayed_and_jumping_envelopes(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    first = hostile.envelope(Say(id=b"1" * 16, text="one", time=0))
    hostile.send(first, first, first)
    hostile.number = 2**62 - 1
    hostile.queue(Say(id=b"2" * 16, text="two", time=0))
    hostile.send(first, Queued(number=5, body=first.body), Queued(number=0, body=first.body))
    hostile.settle(ann)
    honest_go_on(ann, bob)
    assert ann.stored(Conversation.person(hostile.hex)) == ["one", "two"]


def test_sizes_that_no_database_counts_end_the_transfer(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, _bob, hostile = three
    sender = Sender(hostile, [(["a"], b"1"), (["b"], b"2"), (["c"], b"3")])
    sender.sizes = dict.fromkeys(range(3), 2**62)
    sender.offer()
    offered = ann.wait(lambda: ann.last(TransferChanged), "the offer")
    ann.do(AcceptTransfer(offered.transfer))
    failed = ann.wait(lambda: ann.last(TransferChanged, stage=TransferStage.FAILED), "its end")
    assert failed.reason == "too_many"


def test_names_of_files_lead_nowhere(three: tuple[Chatter, Chatter, Hostile], tmp_path: Path) -> None:
    ann, bob, hostile = three
    downloads = tmp_path / "Ann" / "downloads"
    outside = tmp_path / "outside"
    outside.mkdir()
    downloads.mkdir(exist_ok=True)
    (downloads / "link").symlink_to(outside)
    before = tree(tmp_path, downloads)
    paths = [
        *(["..", "..", "escaped"], ["../escaped"], ["/etc/escaped"], ["C:\\escaped"], ["link", "escaped"]),
        *(["CON"], ["nul.txt"], ["a. "], ["."], [".."], ["a\0b"], ["x" * 900], ["ä" * 300 + ".txt"]),
        *(["\u202egnp.exe"], ["o" + "\u0301" * 900], ["link"], ["\\\\host\\share\\x"], ["d"] * 32),
        *(["history.sqlite"], ["..", "history.sqlite"], ["same"], ["same"], ["same", "under"]),
    ]
    sender = Sender(hostile, [(path, str(number).encode()) for number, path in enumerate(paths)])
    sender.offer()
    offered = ann.wait(lambda: ann.last(TransferChanged), "the offer")
    ann.do(AcceptTransfer(offered.transfer))
    over = (TransferStage.FINISHED, TransferStage.FAILED)
    ann.wait(lambda: ann.all(TransferChanged)[-1].stage in over, "the files")
    honest_go_on(ann, bob)
    assert tree(tmp_path, downloads) == before
    landed = [path for path in downloads.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {path.read_bytes() for path in landed} == {str(n).encode() for n in range(len(paths))}
    assert all("\u202e" not in path.name and len(path.name.encode()) <= 255 for path in landed)


def black_png(side: int) -> bytes:
    """Of so many pixels squared, without a byte of memory for each as Pillow takes it."""
    packer = zlib.compressobj()
    row = bytes(1 + (side + 7) // 8)
    pixels = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def test_a_huge_picture_is_no_preview(three: tuple[Chatter, Chatter, Hostile], tmp_path: Path) -> None:
    ann, bob, hostile = three
    preview = black_png(30_000)[:24_000]
    resident = psutil.Process().memory_info().rss
    hostile.queue(Offer(id=b"3" * 16, time=0, title="x.png", count=1, size=1, picture=True, preview=preview))
    hostile.settle(ann)
    ann.wait(lambda: ann.last(TransferChanged), "the offer")
    honest_go_on(ann, bob)
    assert psutil.Process().memory_info().rss - resident < 50_000_000
    database = sqlite3.connect(tmp_path / "Ann" / "history.sqlite")
    assert database.execute("SELECT preview FROM transfers").fetchall() == [(b"",)]
    database.close()


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("x" * 100 + ".pdf.exe", "x" * 100 + ".pdf.exe"),
        ("photo" + " " * 300 + ".scr", "photo .scr"),
        ("\u202egnp.\u200bexe", "gnp.exe"),
        ("报告" * 100 + ".exe", "报告" * 39 + ".exe"),
        ("\u3164.exe", ".exe"),
    ],
)
def test_the_end_of_an_offered_name_is_never_lost(
    three: tuple[Chatter, Chatter, Hostile], title: str, shown: str
) -> None:
    ann, _bob, hostile = three
    hostile.queue(Offer(id=b"6" * 16, time=0, title=title, count=1, size=1))
    hostile.settle(ann)
    assert ann.wait(lambda: ann.last(TransferChanged), "the offer").title == shown


def test_names_of_people_are_cleaned_and_bounded(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, _bob, hostile = three
    hostile.send(
        Presence(status="\u202e", name="o" + "\u0301" * 63),
        Presence(status="online", name="\u202egnp.\0\x1b[2J"),
        Presence(status="online", name="  Bob\u200b "),
        Presence(status="online", name="bOB"),
        Presence(status="online", name="\u2066\u2069"),
    )
    hostile.queue(Say(id=b"4" * 16, text="\u202ehi" + "\u0301" * 10_000, time=2**53))
    hostile.settle(ann)
    names = {one.person.name for one in ann.all(PersonChanged) if one.person.identity == hostile.hex}
    assert names.isdisjoint({"Bob", "bOB"})
    assert all(len(name) <= 6 or name in ("gnp.[2J", "Mallory") for name in names), names
    assert ann.stored(Conversation.person(hostile.hex)) == ["hi" + "\u0301" * 4]
    # A name that is longer than any name may be is no message of this protocol.
    body = b"\x83\xa1t\xa8presence\xa6status\xa6online\xa4name\xda\x4e\x20" + "\u0301".encode() * 10_000
    link = hostile.talk()
    hostile.write(len(body).to_bytes(4, "big") + bytes([CONTROL]) + body)
    ann.wait(lambda: not link.is_open, "its being hung up on")
