"""``--wait SECONDS`` in the chat: each side ends so long after the last message."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e.chat.chat_lan import Lan

pytestmark = [pytest.mark.netns, pytest.mark.timeout(220)]


def test_two_chats_end_after_their_last_message(two: Lan, tmp_path: Path) -> None:
    a = two.chat(two.pcs[0], tmp_path / "a", "Ann", "--wait", "6")
    b = two.chat(two.pcs[1], tmp_path / "b", "Bob", "--wait", "6", lang="zh_CN")
    a.type("/to Bob", "hello")
    b.wait_texts(["hello"])
    heard = time.monotonic()
    assert (a.wait_exit(), b.wait_exit()) == (0, 0)
    assert time.monotonic() >= heard + 5.5


def test_a_chat_that_delivers_nothing_in_time_says_so(two: Lan, tmp_path: Path) -> None:
    a, b = (two.chat(pc, tmp_path / name, name) for pc, name in zip(two.pcs, ("Ann", "Bob"), strict=True))
    a.online(b)
    assert b.quit() == 0 and a.quit() == 0
    alone = two.chat(two.pcs[0], tmp_path / "Ann", "Ann", "--wait", "2")
    alone.type("/to Bob", "are you there?")
    assert alone.wait_exit() == 4
    assert any("next start" in note for note in alone.notes)
