"""The own identity: lost with its file, or another PC's too. Each is told, with a way on."""

from __future__ import annotations

from pathlib import Path
from tkinter import filedialog

import pytest

from gui.pages.chat.startup import Startup
from gui.services.services import Action
from net.chat.commands import StartChat, StopChat
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import ChatFailed, ChatStarted, IdentityShared, PersonChanged
from net.events import Fault, FaultKind
from tests.gui.pages.chat.stage import BOB, LIN, ME, Stage, person

NEW = "bb" * 32


def press(action: Action | None) -> None:
    assert action is not None
    action[1]()


def damaged(what: str = "empty") -> ChatFailed:
    return ChatFailed(Fault(FaultKind.IDENTITY_DAMAGED, {"path": "/p/identity.pem", "what": what}))


@pytest.mark.parametrize(
    ("what", "said"), [("empty", "is empty"), ("zeros", "nothing but zeros"), ("cut", "breaks off")]
)
def test_a_damaged_file_is_told_with_what_it_means(stage: Stage, what: str, said: str) -> None:
    stage.play(damaged(what))
    text = stage.banners["chat"]
    assert "/p/identity.pem" in text and said in text and "stranger" in text
    assert "can't be written" not in text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("new", (True, None)), ("again", (False, None)), ("restore", (False, Path("/copy.pem"))), ("", None)],
)
def test_what_can_be_done_about_it(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    expected: tuple[bool, Path | None] | None,
) -> None:
    monkeypatch.setattr(filedialog, "askopenfilename", lambda **_: "/copy.pem")
    stage.play(damaged())
    stage.commands.clear()
    stage.answer = answer
    press(stage.offered["chat"])
    starts = stage.submitted(StartChat)
    assert [(one.new_identity, one.restore_identity) for one in starts] == [expected][: len(starts)]
    assert bool(starts) == (expected is not None)
    assert bool(stage.banners["chat"]) == (expected is None), "it is said until something is done"


def test_a_copy_elsewhere_is_told_and_one_press_makes_this_pc_another(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.play(IdentityShared(("192.168.1.30:45654", "192.168.1.31:45654")))
    assert "192.168.1.30:45654, 192.168.1.31:45654" in stage.banners["chat"]
    stage.commands.clear()
    press(stage.offered["chat"])
    stop, start = stage.commands[:2]
    assert isinstance(stop, StopChat) and isinstance(start, StartChat) and start.new_identity
    assert stage.banners["chat"] == ""
    stage.play(ChatStarted(NEW, "Me", "", 45654, "duplex://192.168.1.7:45654/" + NEW))
    assert LIN not in stage.context.model.people, "who is still here is told again"
    assert stage.context.model.me is not None and stage.context.model.me.identity == NEW


def test_when_the_copy_has_gone_nothing_is_said(stage: Stage) -> None:
    stage.begin()
    stage.play(IdentityShared(("192.168.1.30:45654",)))
    assert stage.banners["chat"]
    stage.play(IdentityShared(()))
    assert stage.banners["chat"] == ""
    stage.play(ChatStarted(ME, "Me", "", 45654, ""))
    assert stage.banners["chat"] == ""


def test_others_who_are_several_pcs_are_told_apart(stage: Stage) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Bob"))
    copies = ("Bob (192.168.1.30)", "Bob (192.168.1.31)")
    stage.play(PersonChanged(person(BOB, "Bob", copies=copies)))
    stage.context.open(Conversation.person(BOB))
    stage.paint()
    said = stage.texts(stage.page.chat.banner)
    assert all(one in said for one in copies)
    # An announcement reaches one of them only, too.
    stage.context.open(EVERYBODY)
    stage.paint()
    assert copies[1] in stage.texts(stage.page.chat.banner)
    stage.context.open(Conversation.person(LIN))
    stage.paint()
    assert not stage.page.chat.banner.winfo_ismapped()


def test_startup_is_where_it_is_asked(stage: Stage) -> None:
    """Nothing is asked where nothing failed."""
    assert isinstance(stage.page.startup, Startup)
    stage.begin()
    stage.commands.clear()
    stage.page.startup.mend_identity()
    assert stage.commands == []
