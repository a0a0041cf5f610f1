"""The chat's core: two and more Engines that really talk over 127.0.0.1."""

from __future__ import annotations

from pathlib import Path

from net.chat.commands import MarkDisplayed
from net.chat.events import MessageState
from tests.net.chat.engines import chatters, deaf

__all__ = ["deaf"]


def test_a_text_arrives_and_comes_back_as_delivered_and_displayed(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "李雷") as (ann, lei):
        ann.meet(lei)
        message = ann.say(lei, "你好\nhello 😀")
        lei.wait(lambda: lei.texts(ann) == ["你好\nhello 😀"], "the text")
        ann.wait_state(message, MessageState.DELIVERED)
        lei.do(MarkDisplayed(f"p:{ann.identity}", 0))
        ann.wait_state(message, MessageState.DISPLAYED)
        assert lei.stored(f"p:{ann.identity}") == ["你好\nhello 😀"]
        assert ann.person(lei).digits == lei.person(ann).digits != ""
