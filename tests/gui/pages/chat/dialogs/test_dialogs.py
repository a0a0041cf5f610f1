"""What all dialogs of the chat have in common."""

from __future__ import annotations

from typing import Any

import pytest

from gui.pages.chat.dialogs.add_person import AddPersonDialog
from gui.pages.chat.rooms.new_room import NewRoomDialog
from gui.shared import i18n
from tests.gui.pages.chat.dialogs.choices import EVERY_DIALOG, Opens, words
from tests.gui.pages.chat.stage import LIN, Stage, person


@pytest.mark.parametrize(("kind", "arguments"), EVERY_DIALOG)
def test_the_words_follow_the_language(
    stage: Stage, opened: Opens, kind: Any, arguments: tuple[Any, ...]
) -> None:
    stage.begin(person(LIN, "Lin"))
    dialog = opened(kind, *arguments)
    english = words(dialog)
    i18n.set_language("zh_CN")
    dialog.update()
    chinese = words(dialog)
    assert chinese != english
    i18n.set_language("en")
    dialog.update()
    assert words(dialog) == english


class Probe:
    """An event of the test's own."""


@pytest.mark.parametrize(("kind", "arguments"), EVERY_DIALOG)
def test_a_closed_dialog_takes_no_events(
    stage: Stage, opened: Opens, kind: Any, arguments: tuple[Any, ...]
) -> None:
    heard: list[Any] = []

    class Watching(kind):  # type: ignore[misc]
        def takers(self) -> dict[type, Any]:
            return {**super().takers(), Probe: heard.append}

    stage.begin(person(LIN, "Lin"))
    dialog = opened(Watching, *arguments)
    stage.play(Probe())
    assert len(heard) == 1
    dialog.close("")
    stage.play(Probe())
    assert len(heard) == 1


@pytest.mark.parametrize("kind", [AddPersonDialog, NewRoomDialog])
def test_one_can_type_at_once(stage: Stage, opened: Opens, kind: Any) -> None:
    stage.begin()
    dialog = opened(kind)
    field = dialog.field if kind is AddPersonDialog else dialog.name
    stage.wait(lambda: dialog.focus_displayof() is field.entry, "the field has the focus")
