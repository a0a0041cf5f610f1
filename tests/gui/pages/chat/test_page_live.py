"""The page before a real Engine that talks with another one on 127.0.0.1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gui.pages.chat.rows import ChatRow
from net.chat.commands import AddPerson, MarkDisplayed, SendText
from net.chat.events import MessageState
from tests.gui.pages.chat.stage import Live
from tests.net.chat.engines import chatters, deaf

__all__ = ["deaf"]


def test_two_meet_talk_and_see_how_far_it_is(make_stage: Callable[..., Live], tmp_path: Path) -> None:
    stage = make_stage(live=True)
    page = stage.page
    stage.wait(lambda: page.model.me, "the chat's start")
    with chatters(tmp_path, "Ann") as (ann,):
        stage.submit(AddPerson(ann.address))
        stage.wait(lambda: page.model.online == 1, "Ann online")
        assert any("Ann" in line for line in stage.list_text())
        conversation = f"p:{ann.identity}"
        page.show(conversation)
        page.chat.composer.composer.set("你好 Ann 😀")
        page.chat.composer.composer.submit()
        me = page.model.me
        assert me is not None
        mine = f"p:{me.identity}"
        ann.wait(lambda: [one.text for one in ann.events if getattr(one, "conversation", "") == mine
                          and hasattr(one, "text")] == ["你好 Ann 😀"], "the text")  # fmt: skip

        def meta() -> str:
            found = page.chat.messages.bubbles.row(0)
            return found.meta if isinstance(found, ChatRow) else ""

        stage.wait(lambda: "delivered" in meta(), "delivered")
        ann.do(MarkDisplayed(mine, 0))
        stage.wait(lambda: "read" in meta(), "read")
        message = ann.engine.new_message_id()
        ann.do(SendText(mine, message, "hello back"))
        stage.wait(lambda: "hello back" in page.visible_text(), "the answer")
        ann.wait_state(message, MessageState.DISPLAYED)
        stage.wait(lambda: stage.unread == 0, "read here")
