"""What all tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import ttkbootstrap as ttk

from gui.look.apply import apply_theme, first_theme, register
from tests.waiting import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from tests.gui.rig import Rig


@pytest.fixture(autouse=True)
def dialogs_wait_to_be_shown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the window manager: tests look at windows that are on the screen."""
    if "display" in request.fixturenames:
        monkeypatch.setattr("gui.widgets.dialog.SHOWN_WITHIN_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Message boxes, which a person would have to close."""
    from gui.window import failures

    shown: list[str] = []
    monkeypatch.setattr(failures, "show_box", shown.append)
    return shown


@pytest.fixture
def rig(display: str, boxes: list[str], tmp_path: Path) -> Iterator[Rig]:
    from gui.shared import i18n
    from tests.gui.rig import Rig

    i18n.set_language("en")
    made = Rig(tmp_path / "profile")
    yield made
    made.close()
    i18n.set_language("en")


@pytest.fixture
def app(display: str) -> Iterator[ttk.App]:
    """One window with the look, for tests of single widgets."""
    ttk.set_bootstyle_strict(True)
    register()
    root = ttk.App(title="test", theme=first_theme("light"), size=(640, 480))
    apply_theme(root, "light")
    wait_until(root.winfo_viewable, root=root, what="the window is on the screen")
    yield root
    root.update_idletasks()
    root.destroy()
