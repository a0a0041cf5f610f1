"""The six digits are compared, before one looked too; a changed key is decided, here or elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from gui.pages.chat.dialogs.key_changed import KeyChangedDialog
from gui.pages.chat.dialogs.verify import VerifyDialog
from net.chat.commands import BlockPerson, ConfirmDigits, TrustNewKey
from net.chat.conversation import Conversation
from net.chat.events import DigitsCompared, KeyChanged, PersonChanged, PersonForgotten, Trust
from tests.gui.keyboard import press
from tests.gui.pages.chat.dialogs.choices import Opens, press_button, words
from tests.gui.pages.chat.stage import BOB, LIN, Stage, person


def test_both_say_the_same(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao", digits="482913"))
    dialog = opened(VerifyDialog, LIN)
    assert "482 913" in words(dialog) and "Lin Xiao" in words(dialog)
    press_button(dialog, "same")
    assert stage.submitted(ConfirmDigits) == [ConfirmDigits(LIN, True)]
    assert dialog.verdict == "waiting"
    stage.play(
        DigitsCompared(LIN, True),
        PersonChanged(person(LIN, "Lin Xiao", digits="482913", trust=Trust.VERIFIED)),
    )
    assert dialog.verdict == "verified"
    assert not dialog.buttons["same"].winfo_ismapped()


def test_the_other_says_it_first(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(VerifyDialog, LIN)
    stage.play(DigitsCompared(BOB, False), DigitsCompared(LIN, True))
    assert dialog.verdict == "their_turn_over"
    press_button(dialog, "same")
    assert dialog.verdict == "waiting"


def test_digits_that_differ_can_only_be_blocked(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao"))
    dialog = opened(VerifyDialog, LIN)
    press_button(dialog, "differ")
    assert stage.submitted(ConfirmDigits) == [ConfirmDigits(LIN, False)]
    assert dialog.verdict == "differ" and not dialog.buttons["same"].winfo_ismapped()
    press_button(dialog, "differ")
    assert stage.submitted(BlockPerson) == [BlockPerson(LIN, True)]
    assert not dialog.winfo_exists()


def test_without_digits_nothing_can_be_confirmed(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin Xiao", digits=""))
    dialog = opened(VerifyDialog, LIN)
    assert not dialog.buttons["same"].winfo_ismapped()
    assert not dialog.buttons["differ"].winfo_ismapped()


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


@pytest.mark.parametrize(("same", "verdict"), [(True, "their_turn_over"), (False, "they_differ")])
def test_what_was_said_before_the_dialog_opened_is_shown(
    stage: Stage, opened: Opens, same: bool, verdict: str
) -> None:
    stage.begin(person(LIN, "Lin"))
    stage.context.open(Conversation.person(LIN))
    stage.play(DigitsCompared(LIN, same))
    assert "Lin says that the six digits" in stage.texts(stage.page.chat.banner)
    assert opened(VerifyDialog, LIN).verdict == verdict


def test_new_digits_have_not_been_compared_by_anybody(stage: Stage, opened: Opens) -> None:
    stage.begin(person(LIN, "Lin", digits="111111"))
    stage.play(DigitsCompared(LIN, True), PersonChanged(person(LIN, "Lin", digits="222222")))
    assert opened(VerifyDialog, LIN).verdict == "asking"
    stage.play(
        DigitsCompared(LIN, True), PersonForgotten(LIN), PersonChanged(person(LIN, "Lin", digits="222222"))
    )
    assert stage.context.model.digits_said(LIN) is None


@pytest.mark.parametrize(
    ("value", "command"), [("trust", TrustNewKey(BOB)), ("block", BlockPerson(BOB, True)), ("later", None)]
)
def test_a_changed_key_is_decided(stage: Stage, opened: Opens, value: str, command: Any) -> None:
    stage.begin(person(LIN, "Lin Xiao"), person(BOB, "Lin Xiao", trust=Trust.CHANGED))
    stage.play(KeyChanged(BOB, LIN, "Lin Xiao"))
    dialog = opened(KeyChangedDialog, BOB)
    assert "2222 2222" in words(dialog) and "1111 1111" in words(dialog)
    stage.commands.clear()
    press_button(dialog, value)
    assert stage.commands == ([command] if command else [])
    assert not dialog.winfo_exists()


@pytest.mark.parametrize("event", [PersonForgotten(BOB), PersonChanged(person(BOB, "Lin"))])
def test_a_key_decided_elsewhere_is_asked_no_more(stage: Stage, opened: Opens, event: Any) -> None:
    stage.begin(person(LIN, "Lin"), person(BOB, "Lin", trust=Trust.CHANGED))
    stage.play(KeyChanged(BOB, LIN, "Lin"))
    dialog = opened(KeyChangedDialog, BOB)
    stage.play(PersonForgotten(LIN))
    assert dialog.winfo_exists()
    stage.play(event)
    assert not dialog.winfo_exists()
