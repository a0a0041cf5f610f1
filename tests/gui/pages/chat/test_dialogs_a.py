"""Verify, changed key, add a person, new room: what must not happen, and what happens elsewhere meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gui.pages.chat.dialogs.add_person import AddPersonDialog
from gui.pages.chat.dialogs.key_changed import KeyChangedDialog
from gui.pages.chat.dialogs.new_room import NewRoomDialog, code_problem, typed_code
from gui.pages.chat.dialogs.verify import VerifyDialog
from net.chat.commands import AddPerson, ConfirmDigits, JoinRoom
from net.chat.events import DigitsCompared, KeyChanged, PersonChanged, PersonForgotten, PresenceState, Trust
from tests.gui.keyboard import press
from tests.gui.pages.chat.stage import BOB, LIN, ROOM, Stage, person

Opens = Callable[..., Any]


def test_return_verifies_nobody(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(VerifyDialog, LIN)
    press(dialog, "<Return>")
    assert not stage.submitted(ConfirmDigits)


def test_what_was_said_of_old_digits_says_nothing_of_new_ones(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin", digits="111111"))
    dialog = opened(VerifyDialog, LIN)
    dialog.buttons["same"].invoke()
    stage.play(DigitsCompared(LIN, True))
    assert dialog.verdict == "waiting"
    stage.play(PersonChanged(person(LIN, "Lin", digits="222222")))
    assert dialog.verdict == "asking" and dialog.digits.cget("text") == "222 222"


@pytest.mark.parametrize("event", [PersonForgotten(BOB), PersonChanged(person(BOB, "Lin"))])
def test_a_key_decided_elsewhere_is_asked_no_more(stage: Stage, opened: Opens, event: Any) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Lin", trust=Trust.CHANGED))
    stage.play(KeyChanged(BOB, LIN, "Lin"))
    dialog = opened(KeyChangedDialog, BOB)
    stage.play(PersonForgotten(LIN))
    assert dialog.winfo_exists()
    stage.play(event)
    assert not dialog.winfo_exists()


def test_an_address_is_judged_as_it_is_typed(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set("10.0.0.3:99999")
    assert dialog.field.error and dialog.buttons["add"].instate(["disabled"])
    dialog.field.set("10.0.0.3:9999")
    assert not dialog.field.error and dialog.buttons["add"].instate(["!disabled"])
    dialog.copy.invoke()
    assert stage.app.clipboard_get() == stage.page.model.me.link  # type: ignore[union-attr]


def test_somebody_known_is_found_by_their_link(stage: Stage, opened: Opens) -> None:
    stage.begin(person(BOB, "Bob", PresenceState.OFFLINE))
    dialog = opened(AddPersonDialog)
    dialog.field.set(f"duplex://10.0.0.3:45655/{BOB}")
    dialog.buttons["add"].invoke()
    assert len(stage.submitted(AddPerson)) == 1 and dialog.winfo_exists()
    stage.play(PersonChanged(person(BOB, "Bob")))
    assert not dialog.winfo_exists() and stage.page.conversation == f"p:{BOB}"


@pytest.mark.parametrize(
    ("typed", "wrong"), [("k7q-x2m", False), ("K7", False), ("K0", True), ("K7QX2MM", True)]
)
def test_a_code_is_judged_as_it_is_typed(typed: str, wrong: bool) -> None:
    assert bool(code_problem(typed)) is wrong
    assert typed_code(" k7q-x2m") == "K7QX2M"


def test_a_room_one_is_in_is_shown_at_once(stage: Stage, opened: Opens) -> None:
    stage.begin()
    stage.room(code="K7QX2M")
    dialog = opened(NewRoomDialog)
    dialog.ways._choose("join")
    dialog.code.set("k7q x2m")
    dialog.buttons["go"].invoke()
    assert not stage.submitted(JoinRoom) and stage.page.conversation == f"r:{ROOM}"


@pytest.mark.parametrize("kind", [AddPersonDialog, NewRoomDialog])
def test_one_can_type_at_once(stage: Stage, opened: Opens, kind: Callable[..., Any]) -> None:
    stage.begin()
    dialog = opened(kind)
    field = dialog.field if kind is AddPersonDialog else dialog.name
    stage.wait(lambda: dialog.focus_displayof() is field.entry, "the field has the focus")
