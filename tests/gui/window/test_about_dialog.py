from __future__ import annotations

import sys
from pathlib import Path

import pytest
import ttkbootstrap as ttk

from gui import VERSION
from gui.window.about_dialog import LIBRARIES, AboutDialog, carried


def test_every_library_is_named_with_its_licence() -> None:
    lines = carried().splitlines()
    for name in LIBRARIES:
        (line,) = [line for line in lines if line.startswith(f"{name} ")]
        assert not line.endswith("?")


def test_a_built_program_shows_the_licences_it_carries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert carried().startswith("Python ")
    (tmp_path / "LICENSES.txt").write_text("all of them", "utf-8")
    assert carried() == "all of them"


def test_the_dialog_says_which_version_it_is(app: ttk.App) -> None:
    dialog = AboutDialog(app)
    dialog.present()
    assert VERSION in str(dialog.title())
    assert "ttkbootstrap" in dialog.text.get("1.0", "end")
    dialog.close("")
