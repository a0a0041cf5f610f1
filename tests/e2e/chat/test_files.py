"""Files between two real programs, and what goes wrong with disks and sources: said on both sides, and
nothing half-written is taken for whole. A program sees the file systems that were mounted when it started."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan
from tests.programs import run_program

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]

MIB = 1024 * 1024
SLOW, FAST = "1mbit", "1gbit"


@pytest.fixture
def pair(two: Lan, tmp_path: Path) -> tuple[Chat, Chat]:
    """阿明 has chosen Bob."""
    a = two.chat(two.pcs[0], tmp_path / "a", "阿明")
    b = two.chat(two.pcs[1], tmp_path / "b", "Bob")
    a.online(b)
    b.online(a)
    a.type("/to Bob")
    return a, b


def mounted(folder: Path, options: str) -> Iterator[Path]:
    folder.mkdir()
    run_program(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    yield folder
    run_program(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    yield from mounted(tmp_path / "small", "size=8m")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """Root writes through permissions; not through a file system that is mounted to be read."""
    yield from mounted(tmp_path / "readonly", "ro")


def content(path: Path, size: int) -> bytes:
    data = random.Random(size).randbytes(size)
    path.write_bytes(data)
    return hashlib.sha256(data).digest()


def limit(lan: Lan, rate: str) -> None:
    """What the cables carry. At SLOW the smallest file here takes half a minute: it is still on its way when
    the test, on a busy machine, does something about it."""
    for pc in lan.pcs:
        pc.run(
            [
                "tc",
                "qdisc",
                "replace",
                "dev",
                "eth0",
                *f"root tbf rate {rate} burst 64k latency 100ms".split(),
            ]
        )


def offered(a: Chat, b: Chat, path: Path) -> None:
    a.type(f"/send {path}")
    b.wait_for(rf"file \d+ in \w+ offered .*{path.name}$")


def landed(folder: Path) -> list[str]:
    """What lies there that a user would take for a received file."""
    if not folder.exists():
        return []
    return sorted(
        path.name for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".part")
    )


def test_folder_with_everything(pair: tuple[Chat, Chat], tmp_path: Path) -> None:
    a, b = pair
    source = tmp_path / "资料 folder"
    (source / "空").mkdir(parents=True)
    (source / "empty.txt").touch()
    digest = content(source / "图 1.bin", 300_000)
    os.utime(source / "图 1.bin", (1_500_000_000, 1_500_000_000))
    offered(a, b, source)
    b.type(f"/accept {tmp_path / 'here'}")
    a.wait_for(r"file 1 out \w+ finished ")
    b.wait_for(r"file 1 in \w+ finished ")
    target = tmp_path / "here" / "资料 folder"
    assert hashlib.sha256((target / "图 1.bin").read_bytes()).digest() == digest
    assert (target / "图 1.bin").stat().st_mtime == 1_500_000_000
    assert (target / "空").is_dir() and (target / "empty.txt").stat().st_size == 0


def test_decline_and_cancel_are_seen_by_the_other(pair: tuple[Chat, Chat], two: Lan, tmp_path: Path) -> None:
    a, b = pair
    path = tmp_path / "x.bin"
    content(path, 4 * MIB)
    offered(a, b, path)
    b.type("/decline")
    a.wait_for(r"file 1 out \w+ declined ")
    limit(two, SLOW)
    a.type(f"/send {path}")
    b.wait_for(r"file 2 in \w+ offered ")
    b.type("/accept")
    b.wait_for(r"file 2 in \w+ running ")
    a.type("/pause")
    b.wait_for(r"file 2 in \w+ paused_there ")
    before = len(b.lines)
    a.type("/resume")
    b.wait_for(r"file 2 in \w+ running ", after=before)
    b.type("/cancel")
    a.wait_for(r"file 2 out \w+ cancelled_there ")
    assert landed(b.downloads) == []


def test_no_space_at_the_receiver(small_disk: Path, pair: tuple[Chat, Chat], tmp_path: Path) -> None:
    """Too large from the beginning, and a disk that fills up while the file comes."""
    a, b = pair
    path = tmp_path / "big.bin"
    content(path, 12 * MIB)
    offered(a, b, path)
    b.type(f"/accept {small_disk}")
    for chat in (a, b):
        chat.wait(lambda chat=chat: chat.find(r"file 1 \w+ \w+ failed \d+ \d+ \S*full"), "said as full")  # type: ignore[misc]
    assert landed(small_disk) == []
    a.type("还能说话")
    b.wait_for("in .*还能说话")


def test_disk_fills_up_meanwhile(small_disk: Path, pair: tuple[Chat, Chat], two: Lan, tmp_path: Path) -> None:
    a, b = pair
    path = tmp_path / "big.bin"
    digest = content(path, 6 * MIB)
    limit(two, SLOW)
    offered(a, b, path)
    b.type(f"/accept {small_disk}")
    b.wait_for(r"file 1 in \w+ running [1-9]")
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(MIB))
    for chat in (a, b):
        chat.wait_for(r"file 1 \w+ \w+ failed \d+ \d+ \S*full")
    filler.unlink()
    limit(two, FAST)
    assert landed(small_disk) == []
    b.type("/resume")
    a.wait_for(r"file 1 out \w+ finished ")
    b.wait_for(r"file 1 in \w+ finished ")
    assert hashlib.sha256((small_disk / path.name).read_bytes()).digest() == digest


def test_folder_that_may_not_be_written(read_only: Path, pair: tuple[Chat, Chat], tmp_path: Path) -> None:
    a, b = pair
    path = tmp_path / "x.bin"
    content(path, 100_000)
    offered(a, b, path)
    b.type(f"/accept {read_only}")
    for chat in (a, b):
        chat.wait_for(r"file 1 \w+ \w+ failed \d+ \d+ \S*(read_only|unwritable)")


@pytest.mark.parametrize("fate", ["changed", "deleted"])
def test_source_that_does_not_stay(pair: tuple[Chat, Chat], two: Lan, tmp_path: Path, fate: str) -> None:
    a, b = pair
    path = tmp_path / "x.bin"
    content(path, 4 * MIB)
    offered(a, b, path)
    if fate == "deleted":
        path.unlink()
    else:
        limit(two, SLOW)
    b.type("/accept")
    if fate == "changed":
        b.wait_for(r"file 1 in \w+ running [1-9]")
        with path.open("r+b") as file:
            file.seek(3 * MIB)
            file.write(b"changed")
        limit(two, FAST)
    for chat in (a, b):
        chat.wait_for(r"file 1 \w+ \w+ failed ")
    assert landed(b.downloads) == []
