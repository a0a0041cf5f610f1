"""The chat's settings: kept, shown, and carried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gui.pages.chat import settings as chat_settings
from gui.pages.chat.profile.settings_section import ChatSection
from gui.pages.chat.settings import ChatSettings
from gui.window.settings_dialog import SettingsDialog
from net.chat.commands import SetDiscovery, SetKeepDays, SetProfile, SetReceiving
from tests.gui.pages.chat.stage import Stage

FULL = ChatSettings("Lin", "#ff0000", True, ("10.1.2.3", "pc-7"), "/down", True, 30, False, False)


def test_what_is_written_is_read_and_other_keys_stay() -> None:
    values: dict[str, Any] = {"sash": 3}
    chat_settings.write(FULL, values)
    assert chat_settings.read(values) == FULL and values["sash"] == 3


@pytest.mark.parametrize(
    "values",
    [{"name": 3}, {"hosts": "10.1.2.3"}, {"keep_days": -1}, {"keep_days": True}, {"sound": "yes"}, {}],
)
def test_a_damaged_value_is_left_at_its_default(values: dict[str, Any]) -> None:
    assert chat_settings.read(values) == ChatSettings()


@pytest.mark.parametrize(
    ("change", "command"),
    [
        ({"name": "Bo"}, SetProfile("Bo", "#ff0000")),
        ({"colour": ""}, SetProfile("Lin", "")),
        ({"invisible": False}, SetDiscovery(False, ("10.1.2.3", "pc-7"))),
        ({"hosts": ()}, SetDiscovery(True, ())),
        ({"downloads": "/else"}, SetReceiving(Path("/else"), True)),
        ({"accept_verified": False}, SetReceiving(Path("/down"), False)),
        ({"keep_days": 0}, SetKeepDays(None)),
        ({"sound": True}, None),
    ],
)
def test_a_change_gives_one_command(change: dict[str, Any], command: Any) -> None:
    assert chat_settings.changes(FULL, replace(FULL, **change)) == ([command] if command else [])


def test_starting_tells_all() -> None:
    start = FULL.start(Path("/p"))
    assert (start.name, start.keep_days, start.accept_verified) == ("Lin", 30, True)
    assert start.downloads == Path("/down") and start.hosts == ("10.1.2.3", "pc-7")


@pytest.fixture
def dialog(stage: Stage) -> Iterator[SettingsDialog]:
    def changed(_name: str) -> None:
        stage.settings_changed()

    made = SettingsDialog(stage.app, stage.settings, "/p", changed)
    made.present()
    made.show_tab("chat")
    stage.app.update()
    yield made
    if made.winfo_exists():
        made.close("")


def section(dialog: SettingsDialog) -> ChatSection:
    assert dialog.chat is not None and dialog.chat.winfo_ismapped()
    return dialog.chat


def test_typed_values_are_carried_out(stage: Stage, dialog: SettingsDialog) -> None:
    chat = section(dialog)
    chat.fields["name"].set("Lin Xiao")
    chat.fields["hosts"].set("10.1.2.3， 10.1.3.0/24")
    chat.fields["keep_days"].set("90")
    chat.flush()
    assert [one.name for one in stage.submitted(SetProfile)] == ["Lin Xiao"]
    assert stage.submitted(SetDiscovery) == [SetDiscovery(False, ("10.1.2.3", "10.1.3.0/24"))]
    assert stage.submitted(SetKeepDays) == [SetKeepDays(90)]
    assert chat_settings.read(stage.settings.chat).hosts == ("10.1.2.3", "10.1.3.0/24")


@pytest.mark.parametrize(("name", "text"), [("hosts", "10.0.0.0/8"), ("hosts", "a b/c"), ("keep_days", "0"),
                                            ("keep_days", "x"), ("name", " \u200b")])  # fmt: skip
def test_a_wrong_value_is_said_and_not_kept(
    stage: Stage, dialog: SettingsDialog, name: str, text: str
) -> None:
    chat = section(dialog)
    stage.commands.clear()
    chat.fields[name].set(text)
    chat.flush()
    assert chat.fields[name].error and not stage.commands


def test_what_was_just_typed_counts_when_the_dialog_closes(stage: Stage, dialog: SettingsDialog) -> None:
    section(dialog).fields["name"].set("Lin Xiao")
    dialog.close("close")
    assert stage.context.own.settings.name == "Lin Xiao"


def test_colour_folder_and_switches(stage: Stage, dialog: SettingsDialog, tmp_path: Path) -> None:
    chat = section(dialog)
    chat.swatches.choose("#ec4899")
    chat.set_folder(tmp_path)
    chat.switches["accept_verified"].invoke()
    assert stage.submitted(SetProfile)[-1].colour == "#ec4899"
    assert stage.submitted(SetReceiving)[-1] == SetReceiving(tmp_path, True)


def test_the_general_part_comes_back(stage: Stage, dialog: SettingsDialog) -> None:
    chat = section(dialog)
    dialog.show_tab("general")
    stage.app.update()
    assert dialog.language.winfo_ismapped() and not chat.winfo_ismapped()
