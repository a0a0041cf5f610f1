"""What a test of the Chat page stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gui.pages.chat.dialogs import parts
from gui.pages.chat.rooms import new_room
from tests.gui.pages.chat.stage import Live, Stage


@pytest.fixture
def stages() -> tuple[type[Stage], type[Live]]:
    return Stage, Live


@pytest.fixture
def opened(stage: Stage) -> Iterator[Callable[..., Any]]:
    """``opened(kind, *arguments)`` makes and shows a dialog of the page; it is closed at the end."""
    made: list[Any] = []

    def make(kind: Callable[..., Any], *arguments: Any) -> Any:
        dialog = kind(stage.context, *arguments)
        dialog.present()
        stage.app.update()
        made.append(dialog)
        return dialog

    yield make
    for dialog in made:
        if dialog.winfo_exists():
            dialog.close("")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for an answer in the dialogs."""
    monkeypatch.setattr(parts, "ANSWER_MS", 1)
    monkeypatch.setattr(new_room, "JOIN_ANSWER_MS", 1)
