"""The two PCs' clocks are hours apart, and are changed in between: nothing is lost, doubled or out of order,
because nothing is ordered by them."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Chat, Lan, stored_texts

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]

HOUR = 3600


def last_times(chat: Chat, count: int) -> list[float]:
    """Of the last messages, as stored: seconds since 1970 by this PC's clock."""
    before = len(chat.lines)
    chat.type(f"/history {count}")
    chat.wait_for(r"messages \d+$", after=before)
    lines = [line.split() for line in chat.lines[before:] if line.startswith("history ")]
    return [int(words[3]) / 1000 for words in lines]


def numbered(word: str, start: int, stop: int) -> list[str]:
    return [f"{word} {number}" for number in range(start, stop)]


def test_hours_apart_and_set_back_in_between(two: Lan, tmp_path: Path) -> None:
    def start(ahead_a: int, ahead_b: int) -> tuple[Chat, Chat]:
        a = two.chat(two.pcs[0], tmp_path / "a", "阿明", ahead=ahead_a * HOUR)
        b = two.chat(two.pcs[1], tmp_path / "b", "Bob", ahead=ahead_b * HOUR)
        a.type("/to Bob")
        b.type("/to 阿明")
        return a, b

    a, b = start(5, -7)
    a.online(b)
    b.online(a)
    for number in range(10):
        # In turns: each is an answer to the one before.
        a.type(f"去 {number}")
        b.wait_texts(numbered("去", 0, number + 1))
        b.type(f"回 {number}")
        a.wait_texts(numbered("回", 0, number + 1))
    apart = last_times(a, 1)[0] - last_times(b, 1)[0]
    assert 11.9 * HOUR < apart < 12.1 * HOUR, "the clocks were not apart"
    # What is said to somebody absent waits, and goes after both clocks have been changed.
    assert b.quit() == 0
    a.type(*numbered("去", 10, 20))
    a.wait(lambda: a.find("out .*去 19"), "stored")
    assert a.quit() == 0
    a, b = start(-20, 9)
    b.wait_texts(numbered("去", 10, 20))
    content = random.Random(5).randbytes(3_000_000)
    (tmp_path / "file.bin").write_bytes(content)
    a.type(f"/send {tmp_path / 'file.bin'}")
    b.wait_for(r"file 1 in \w+ offered .*file\.bin$")
    b.type("/accept", *numbered("回", 10, 20))
    a.wait_texts(numbered("回", 10, 20))
    b.wait_for(r"file 1 in \w+ finished .*file\.bin$")
    a.wait_for(r"file 1 out \w+ finished .*file\.bin$")
    assert last_times(a, 1)[0] < last_times(b, 1)[0] - 28 * HOUR
    assert (a.quit(), b.quit()) == (0, 0)
    for chat, other, theirs in ((a, b, "回"), (b, a, "去")):
        assert stored_texts(chat.profile, incoming=True) == numbered(theirs, 0, 20)
        assert stored_texts(other.profile, incoming=False) == numbered(theirs, 0, 20)
    landed = (b.downloads / "file.bin").read_bytes()
    assert hashlib.sha256(landed).digest() == hashlib.sha256(content).digest()
