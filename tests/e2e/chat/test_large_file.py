"""A file of 1 GiB between two real programs: the cable is pulled, the receiver is killed, and each time only
what is missing comes over the cable again."""

from __future__ import annotations

import hashlib
import os
import random
import re
from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan
from tests.netns import Pc

pytestmark = [pytest.mark.netns, pytest.mark.deep, pytest.mark.timeout(900)]

MIB = 1024 * 1024
SIZE = 1024 * MIB
TITLE = "large.bin"


def make(path: Path) -> bytes:
    """Pseudo-random content without a repetition; gives its SHA-256."""
    chance, total = random.Random(7), hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(SIZE // MIB):
            block = chance.randbytes(MIB)
            total.update(block)
            file.write(block)
    return total.digest()


def digest_of(path: Path) -> bytes:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(MIB):
            total.update(block)
    return total.digest()


def arrived(pc: Pc) -> int:
    """Bytes that came in by the cable."""
    return int(pc.run(["cat", "/sys/class/net/eth0/statistics/rx_bytes"]).stdout)


def until_received(chat: Chat, bytes_done: int) -> None:
    def reached() -> bool:
        told = (re.match(rf"file \d+ in \w+ \w+ (\d+) .*{TITLE}$", line) for line in list(chat.lines))
        return any(match and int(match[1]) >= bytes_done for match in told)

    chat.wait(reached, f"{bytes_done} bytes of the file", 300.0)


def part_size(chat: Chat) -> int:
    (part,) = chat.downloads.iterdir()
    assert part.name.startswith("large.bin.") and part.name.endswith(".part")
    return part.stat().st_size


def only_the_rest_came(came: int, have: int) -> None:
    """``came``: by the cable since ``have`` bytes were on the disk. TCP and TLS take a few percent."""
    rest = SIZE - have
    assert rest < came < rest * 1.06 + 4 * MIB, (came / MIB, rest / MIB)


def test_broken_off_twice_and_only_the_rest_is_sent_again(two: Lan, tmp_path: Path) -> None:
    sent = tmp_path / TITLE
    digest = make(sent)
    a = two.chat(two.pcs[0], tmp_path / "a", "阿明")
    b = two.chat(two.pcs[1], tmp_path / "b", "Bob")
    a.online(b)
    b.online(a)
    a.type("/to Bob", f"/send {sent}")
    b.wait_for(rf"file \d+ in \w+ offered .*{TITLE}$")
    receiver = two.pcs[1]

    b.type("/accept")
    until_received(b, SIZE // 4)
    receiver.set_link(up=False)
    for chat, way in ((a, "out"), (b, "in")):
        chat.wait_for(rf"file \d+ {way} \w+ waiting [1-9]\d* .*{TITLE}$", 60.0)
    have, before = part_size(b), arrived(receiver)
    assert SIZE // 4 <= have < SIZE
    receiver.set_link(up=True)
    until_received(b, have + (SIZE - have) // 2)
    b.kill()
    further, killed_at = part_size(b), arrived(receiver)
    assert have + (SIZE - have) // 2 <= further < SIZE
    # What was on its way when the receiver died is all that came for nothing.
    assert killed_at - before < (further - have) * 1.06 + 32 * MIB

    b = two.chat(receiver, tmp_path / "b", "Bob")
    for chat, way in ((a, "out"), (b, "in")):
        chat.wait_for(rf"file \d+ {way} \w+ finished .*{TITLE}$", 300.0)
    only_the_rest_came(arrived(receiver) - killed_at, further)
    landed = b.downloads / TITLE
    assert os.listdir(b.downloads) == [TITLE]
    assert digest_of(landed) == digest
    assert (a.quit(), b.quit()) == (0, 0)
