"""Somebody is added by address or link: who answers, who does not, and what is no address."""

from __future__ import annotations

import pytest

from gui.pages.chat.dialogs.add_person import AddPersonDialog
from net.address import Address
from net.chat.commands import AddPerson
from net.chat.conversation import Conversation
from net.chat.events import ChatFault, PersonChanged, PresenceState
from net.events import Fault, FaultKind
from tests.gui.pages.chat.dialogs.choices import Opens, press_button, words
from tests.gui.pages.chat.stage import BOB, LIN, ME, Stage, person


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("192.168.1.40", AddPerson(Address("192.168.1.40", 45654))),
        ("pc-7:45660", AddPerson(Address("pc-7", 45660))),
        (f"duplex://10.0.0.3:45655/{BOB.upper()}", AddPerson(Address("10.0.0.3", 45655), BOB)),
        ("duplex://[fe80::1%eth0]:45654", AddPerson(Address("fe80::1", 45654, "eth0"))),
    ],
)
def test_who_is_typed_is_added(stage: Stage, opened: Opens, typed: str, command: AddPerson) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set(typed)
    press_button(dialog, "add")
    assert stage.submitted(AddPerson) == [command]


@pytest.mark.parametrize("typed", ["", "a b", "duplex://10.0.0.3:45655/123", "10.0.0.3:99999"])
def test_a_wrong_address_is_said(stage: Stage, opened: Opens, typed: str) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set(typed)
    press_button(dialog, "add")
    assert dialog.field.error and not stage.submitted(AddPerson)


def test_an_address_is_judged_as_it_is_typed(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set("10.0.0.3:99999")
    assert dialog.field.error and dialog.buttons["add"].instate(["disabled"])
    dialog.field.set("10.0.0.3:9999")
    assert not dialog.field.error and dialog.buttons["add"].instate(["!disabled"])
    dialog.copy.invoke()
    assert stage.app.clipboard_get() == stage.context.model.me.link  # type: ignore[union-attr]


def test_ones_own_link_adds_nobody(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set(f"duplex://192.168.1.7:45654/{ME}")
    press_button(dialog, "add")
    assert dialog.field.error and not stage.submitted(AddPerson)


def test_who_was_added_is_shown(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao", digits="111111"))
    dialog = opened(AddPersonDialog)
    dialog.field.set("pc-7")
    press_button(dialog, "add")
    stage.play(PersonChanged(person(LIN, "Lin Xiao", digits="111111")))
    assert dialog.winfo_exists()
    stage.play(PersonChanged(person(BOB, "Bob", digits="222222")))
    assert not dialog.winfo_exists()
    assert stage.context.conversation == Conversation.person(BOB)


def test_somebody_known_is_found_by_their_link(stage: Stage, opened: Opens) -> None:
    stage.begin(person(BOB, "Bob", PresenceState.OFFLINE))
    dialog = opened(AddPersonDialog)
    dialog.field.set(f"duplex://10.0.0.3:45655/{BOB}")
    dialog.buttons["add"].invoke()
    assert len(stage.submitted(AddPerson)) == 1 and dialog.winfo_exists()
    stage.play(PersonChanged(person(BOB, "Bob")))
    assert not dialog.winfo_exists() and stage.context.conversation == Conversation.person(BOB)


def test_who_cannot_be_added_is_told_of(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog)
    dialog.field.set("192.168.1.40")
    press_button(dialog, "add")
    stage.play(ChatFault(Fault(FaultKind.REFUSED, {"address": "192.168.1.40:45654"})))
    assert "192.168.1.40:45654" in words(dialog)
    press_button(dialog, "add")
    assert len(stage.submitted(AddPerson)) == 2


@pytest.mark.usefixtures("impatient")
def test_an_address_that_does_not_answer_can_be_asked_again(stage: Stage, opened: Opens) -> None:
    stage.begin()
    dialog = opened(AddPersonDialog, "10.0.0.9")
    dialog.buttons["add"].invoke()
    stage.wait(lambda: "10.0.0.9:45654 does not answer" in dialog.result.text, "it is said")
    assert dialog.buttons["add"].instate(["!disabled"])
    dialog.buttons["add"].invoke()
    assert len(stage.submitted(AddPerson)) == 2
