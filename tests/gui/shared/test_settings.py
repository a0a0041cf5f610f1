"""Settings survive restarts, newer versions, damage and read-only folders."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gui.shared import settings as module
from gui.shared.settings import Settings, SettingsFile, WindowPlace, from_json, profile_folder, to_json


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    kept = Settings(
        language="zh_CN",
        theme="dark",
        projector=True,
        retention="none",
        keep_days=7,
        exit_word=False,
        window=WindowPlace(5, 6, 1000, 700, True),
        sockets={"presets": [{"name": "课堂"}]},
    )
    assert SettingsFile(tmp_path / "new" / "folder").save_now(kept)
    assert SettingsFile(tmp_path / "new" / "folder").load() == kept


def test_first_start_needs_no_file(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    assert file.load() == Settings()
    assert file.problem is None and file.set_aside is None


def test_keys_of_a_newer_version_are_kept(tmp_path: Path) -> None:
    (tmp_path / module.FILE_NAME).write_text('{"theme": "dark", "rooms": {"a": [1]}}', "utf-8")
    file = SettingsFile(tmp_path)
    loaded = file.load()
    loaded.theme = "light"
    file.save_now(loaded)
    values = json.loads((tmp_path / module.FILE_NAME).read_text("utf-8"))
    assert values["rooms"] == {"a": [1]} and values["theme"] == "light"


@pytest.mark.parametrize(
    "values",
    [
        {"theme": "pink"},
        {"theme": 3},
        {"projector": "yes"},
        {"keep_days": True},
        {"keep_days": "9"},
        {"sockets": []},
        {"window": [1, 2]},
        {"window": {"x": "1", "width": 1e9, "maximised": 1}},
        {"retention": None},
        {"page": "moon"},
    ],
)
def test_a_value_of_the_wrong_kind_is_left_at_its_default(values: dict[str, object]) -> None:
    assert from_json(values) == Settings()


@pytest.mark.parametrize(("given", "kept"), [(0, 1), (-5, 1), (12, 12), (10**9, module.MAX_KEEP_DAYS)])
def test_days_stay_within_bounds(given: int, kept: int) -> None:
    assert from_json({"keep_days": given}).keep_days == kept


@pytest.mark.parametrize("damage", [b"{", b"\xff\xfe\x00", b"[1]", b"", b"[" * 100_000])
def test_a_damaged_file_is_set_aside_whole(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / module.FILE_NAME
    path.write_bytes(damage)
    file = SettingsFile(tmp_path)
    assert file.load() == Settings()
    assert file.set_aside is not None and file.set_aside.name.startswith("settings.json.damaged-")
    assert file.set_aside.read_bytes() == damage
    assert not path.exists()


def test_a_second_damaged_file_does_not_replace_the_first(tmp_path: Path) -> None:
    path = tmp_path / module.FILE_NAME
    asides = []
    for damage in (b"{1", b"{2"):
        path.write_bytes(damage)
        file = SettingsFile(tmp_path)
        file.load()
        asides.append(file.set_aside)
    assert [each.read_bytes() for each in asides if each is not None] == [b"{1", b"{2"]


def test_a_write_that_fails_leaves_the_old_file_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SettingsFile(tmp_path)
    file.save_now(Settings(theme="dark"))
    before = file.path.read_bytes()

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    assert not file.save_now(Settings(theme="light"))
    assert file.problem is not None and file.problem.errno == 28
    assert file.path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [module.FILE_NAME]
    monkeypatch.undo()
    assert file.save_now(Settings(theme="light")) and file.problem is None
    assert SettingsFile(tmp_path).load().theme == "light"


def test_a_profile_that_cannot_be_a_folder_is_a_problem_not_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = SettingsFile(tmp_path / "file")
    assert file.load() == Settings()
    assert not file.save_now(Settings())
    assert file.problem is not None


def test_of_saves_in_quick_succession_the_last_one_stays(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path)
    settings = Settings()
    for days in range(1, 30):
        settings.keep_days = days
        file.save(settings)
    assert file.save_now(settings)
    assert SettingsFile(tmp_path).load().keep_days == 29


def test_the_file_is_utf8_and_readable() -> None:
    text = to_json(Settings(sockets={"名": "课堂"}))
    assert "课堂" in text and text.endswith("}\n")


def test_the_chosen_profile_wins(tmp_path: Path) -> None:
    assert profile_folder(tmp_path / "mine") == tmp_path / "mine"
    assert profile_folder(None).name.lower() == "duplex"
