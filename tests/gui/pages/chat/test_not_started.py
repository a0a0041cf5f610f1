"""The chat that could not start says so, and what to do; it does not go on saying that it starts."""

from __future__ import annotations

import pytest

from gui.pages.chat.people.people_card import PeopleCard
from gui.shared.i18n import _
from net.chat.commands import StartChat
from net.chat.events import ChatFailed
from net.events import Fault, FaultKind
from tests.gui.pages.chat.stage import Stage

FAULT = Fault(FaultKind.INTERNAL, {"detail": "RuntimeError: ours"})


def said(card: PeopleCard) -> str:
    return str(card.about.cget("text"))


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "after it had begun"])
def test_a_failed_start_is_told_until_it_is_tried_again(stage: Stage, begun: bool) -> None:
    if begun:
        stage.begin()
    stage.play(ChatFailed(FAULT))
    assert "RuntimeError: ours" in stage.banners["chat"]
    assert stage.status == _("The chat has not started")
    assert said(stage.page.people) == _("not started")
    assert stage.context.model.me is None
    stage.commands.clear()
    stage.page.startup.start()
    assert [type(one) for one in stage.commands] == [StartChat]
    assert stage.banners["chat"] == ""
    assert stage.status == said(stage.page.people) == _("starting …")
    stage.play(ChatFailed(FAULT))
    assert stage.banners["chat"] and stage.status == _("The chat has not started")
