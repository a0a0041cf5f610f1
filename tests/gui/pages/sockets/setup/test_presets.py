"""Presets survive the settings and files; an invalid file changes nothing, and the reason is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.setup.preset_dialog import PresetDialog, preset_error_text
from gui.pages.sockets.setup.preset_store import LONGEST_NAME, PresetError, Presets, read_file
from gui.pages.sockets.setup.presets import manage_presets, open_presets
from gui.shared import i18n
from gui.shared.settings import Settings, SettingsFile
from net.protocol.reply import ReplyMatch, ReplyRule
from tests.gui.pages.sockets.stage import Stage

CHAT = Choice("udp", "multicast", "239.1.2.3", "5000", ttl="3")
FULL = Choice(
    "tcp", "client", "例子.example", "8080", framing="delimiter:0d0a7e", codec="gb18030", tls=True,
    reply_rules=(ReplyRule(ReplyMatch.CONTAINS, "你", answer="好 {count}", limit=3),),
)  # fmt: skip


def stored() -> tuple[Presets, dict[str, Any], list[int]]:
    kept: dict[str, Any] = {}
    saves: list[int] = []
    return Presets(kept, lambda: saves.append(1)), kept, saves


def test_the_tutorials_three_are_delivered() -> None:
    presets, _kept, _saves = stored()
    assert [preset.name for preset in presets.listed()] == ["TCP one-shot", "TCP chat", "UDP exchange"]
    for preset in presets.listed():
        assert (preset.choice.host, preset.choice.port) == ("127.0.0.1", "12345")
        assert not preset.choice.problems()
    assert [preset.choice.transport for preset in presets.listed()] == ["tcp", "tcp", "udp"]


def test_saved_presets_come_back_with_the_settings(tmp_path: Path) -> None:
    settings, file = Settings(), SettingsFile(tmp_path)
    presets = Presets(settings.sockets, lambda: None)
    presets.save("  课堂\n演示 ", FULL)
    presets.save("two", CHAT)
    presets.remove(presets.listed()[1])
    assert file.save_now(settings)
    again = Presets(SettingsFile(tmp_path).load().sockets, lambda: None)
    assert [(p.name, p.choice) for p in again.listed()[2:]] == [("课堂 演示", FULL), ("two", CHAT)]
    assert [p.name for p in again.listed()[:2]] == ["TCP one-shot", "UDP exchange"]
    again.show_bundled()
    assert len(again.listed()) == 5 and not again.some_hidden


@pytest.mark.parametrize(
    ("name", "kind"),
    [("", "name_empty"), (" \n ", "name_empty"), ("x" * 61, "name_long"),
     ("TCP chat", "name_taken"), ("mine", "name_taken")],
)  # fmt: skip
def test_names_that_cannot_be(name: str, kind: str) -> None:
    presets, kept, _saves = stored()
    presets.save("mine", CHAT)
    before = json.dumps(kept)
    with pytest.raises(PresetError) as caught:
        presets.save(name, FULL)
    assert caught.value.kind == kind and preset_error_text(caught.value)
    assert json.dumps(kept) == before


def test_names_of_delivered_ones_are_taken_in_every_language() -> None:
    presets, _kept, _saves = stored()
    i18n.set_language("zh_CN")
    try:
        chinese = presets.listed()[0].name
        for name in (chinese, "TCP one-shot"):
            with pytest.raises(PresetError):
                presets.save(name, CHAT)
    finally:
        i18n.set_language("en")


def test_rename_copy_delete_and_back() -> None:
    presets, _kept, saves = stored()
    mine = presets.save("mine", CHAT)
    copy = presets.duplicate(mine)
    assert copy.name == "mine (2)" and presets.duplicate(copy).name == "mine (3)"
    assert presets.duplicate(presets.listed()[0]).name == "TCP one-shot (2)"
    renamed = presets.rename(mine, "yours")
    assert presets.rename(renamed, "yours").name == "yours"
    names = [preset.name for preset in presets.listed()]
    at = presets.index(renamed)
    presets.remove(renamed)
    presets.put_back(renamed, at)
    assert [preset.name for preset in presets.listed()] == names
    assert len(saves) == 8
    with pytest.raises(KeyError):
        presets.rename(presets.listed()[0], "other")


def test_a_file_brings_everything_to_another_pc() -> None:
    presets, _kept, _saves = stored()
    presets.save("full", FULL)
    presets.save("组播", CHAT)
    data = presets.export_text().encode()
    other, _kept, _saves = stored()
    added, renamed = other.import_data(b"\xef\xbb\xbf" + data)  # an editor's byte order mark
    assert [(p.name, p.choice) for p in added] == [("full", FULL), ("组播", CHAT)]
    assert renamed == []
    assert other.import_data(data) == ([], [])
    other.rename(other.listed()[3], "gone")
    other.save("full", CHAT)
    added, renamed = other.import_data(data)
    assert renamed == [("full", "full (2)")] and added[0].choice == FULL


def entry(**changes: Any) -> bytes:
    one = {
        "name": "n",
        "choice": {"transport": "tcp", "role": "server", "host": "::", "port": "1", **changes},
    }
    return json.dumps({"format": "duplex-presets", "version": 1, "presets": [one]}).encode()


def whole(**changes: Any) -> bytes:
    one = {"name": "n", "choice": Choice().as_dict()}
    return json.dumps({"format": "duplex-presets", "version": 1, "presets": [one], **changes}).encode()


@pytest.mark.parametrize(
    ("data", "kind", "value", "number"),
    [
        (b"", "not_json", "", 1),
        (b"\n{\"a\": [1,}", "not_json", "", 2),
        (b"\xff\xfe{}", "not_text", "", 0),
        ("{}".encode("utf-16"), "not_text", "", 0),
        (b"[" * 200_000, "not_json", "", 1),
        (b"{\"format\": NaN}", "not_json", "", 1),
        (b"[]", "format", "", 0),
        (b"{\"version\": 1}", "format", "", 0),
        (whole(version=2), "version", "2", 0),
        (whole(version="1"), "version", "1", 0),
        (whole(version=True), "version", "True", 0),
        (whole(presets={}), "no_list", "", 0),
        (whole(presets=[]), "none", "", 0),
        (whole(presets=[1]), "entry", "", 1),
        (whole(presets=[{"name": "a", "choice": {}, "more": 1}]), "entry", "", 1),
        (whole(presets=[{"name": "a", "choice": Choice().as_dict()}, {"name": " ", "choice": {}}]),
         "entry_name", "", 2),
        (whole(presets=[{"name": 5, "choice": {}}]), "entry_name", "", 1),
        (whole(presets=[{"name": "x" * 61, "choice": {}}]), "entry_name", "", 1),
        (whole(presets=[{"name": "a", "choice": {"transport": "tcp"}}]), "entry_field", "role", 1),
        (entry(transport="icmp"), "entry_field", "transport", 1),
        (entry(transport=["tcp"]), "entry_field", "transport", 1),
        (entry(role="unicast"), "entry_field", "role", 1),
        (entry(port=12345), "entry_field", "port", 1),
        (entry(tls="yes"), "entry_field", "tls", 1),
        (entry(unknown=1), "entry_field", "unknown", 1),
        (entry(host="\ud800"), "entry_field", "host", 1),
        (entry(host="a\x00b"), "entry_field", "host", 1),
        (entry(host="\u202eevil"), "entry_field", "host", 1),
        (entry(reply_rules={}), "entry_field", "reply_rules", 1),
        (entry(reply_rules=[1]), "entry_field", "reply_rules", 1),
        (entry(reply_rules=[{"match": "regex", "pattern": "("}]), "entry_field", "reply_rules", 1),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_changes_nothing(data: bytes, kind: str, value: str, number: int) -> None:
    presets, kept, saves = stored()
    presets.save("mine", CHAT)
    before = json.dumps(kept)
    with pytest.raises(PresetError) as caught:
        presets.import_data(data)
    assert (caught.value.kind, caught.value.value, caught.value.number) == (kind, value, number)
    assert json.dumps(kept) == before and len(saves) == 1
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        assert "{" not in preset_error_text(caught.value)
    i18n.set_language("en")


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(PresetError, match="large"):
        read_file(b" " * (4 * 1024 * 1024 + 1))


@given(
    st.binary(max_size=200) | st.text(max_size=100).map(lambda t: whole(presets=[{"name": t, "choice": {}}]))
)
def test_any_bytes_are_refused_without_a_crash(data: bytes) -> None:
    with pytest.raises(PresetError):
        read_file(data)


def test_presets_of_a_newer_version_in_the_settings_stay() -> None:
    odd = {"name": "future", "choice": {"transport": "sctp", "role": "server", "host": "", "port": ""}}
    kept: dict[str, Any] = {"presets": {"version": 9, "own": [odd, "junk"], "hidden": ["tcp-once", 5]}}
    presets = Presets(kept, lambda: None)
    presets.save("mine", CHAT)
    assert odd in kept["presets"]["own"] and "junk" in kept["presets"]["own"]
    assert [preset.name for preset in presets.listed()] == ["TCP chat", "UDP exchange", "mine"]


@pytest.mark.parametrize("damage", [None, 5, [], {"own": 7, "hidden": {}}, {"own": [None]}])
def test_damaged_settings_leave_the_delivered_ones(damage: Any) -> None:
    assert len(Presets({"presets": damage}, lambda: None).listed()) == 3


def test_a_long_name_stays_in_its_limit_when_copied() -> None:
    presets, _kept, _saves = stored()
    mine = presets.save("名" * LONGEST_NAME, CHAT)
    assert len(presets.duplicate(mine).name) <= LONGEST_NAME


# The window


@pytest.fixture
def dialog(stage: Stage) -> Callable[[], PresetDialog]:
    def opened() -> PresetDialog:
        setup = stage.page.setup
        return manage_presets(setup, stage.services, setup.choice, setup.show_choice)

    return opened


def test_the_menu_fills_the_fields(stage: Stage) -> None:
    setup = stage.page.setup
    menu = open_presets(setup.tools["presets"], stage.services, setup.choice, setup.show_choice)
    labels = [menu.entrycget(at, "label").strip() for at in range(3)]
    assert labels == ["TCP one-shot", "TCP chat", "UDP exchange"]
    menu.invoke(2)
    menu.unpost()
    assert setup.choice.transport == "udp" and setup.host.value == "127.0.0.1" and setup.port.value == "12345"


def test_saving_renaming_and_using_in_the_dialog(stage: Stage, dialog: Callable[[], PresetDialog]) -> None:
    stage.page.setup.show_choice(CHAT)
    shown = dialog()
    shown.name.set("UDP exchange")
    shown.save_button.invoke()
    assert "UDP exchange" in shown.name.error
    shown.name.set("组播演示")
    shown.save_button.invoke()
    assert shown.chosen is not None and shown.chosen.name == "组播演示" and not shown.name.error
    shown.start_renaming()
    assert shown.name.value == "组播演示"
    shown.name.set("新名字")
    shown.save_button.invoke()
    assert shown.chosen.name == "新名字"
    shown.close("close")
    stage.page.setup.show_choice(Choice())
    again = dialog()
    again.list.choose(3)
    again._show_possible()
    again.buttons["use"].invoke()
    assert stage.page.setup.choice == CHAT


def test_delivered_ones_are_hidden_and_brought_back(dialog: Callable[[], PresetDialog]) -> None:
    shown = dialog()
    assert str(shown.tools["rename"].cget("state")) == "disabled"
    for _each in range(3):
        shown.tools["remove"].invoke()
    assert shown.chosen is None and str(shown.buttons["use"].cget("state")) == "disabled"
    assert shown.nothing.winfo_manager()
    shown._undo()
    assert [preset.name for preset in shown.presets.listed()] == ["UDP exchange"]
    shown.show_again.invoke()
    assert len(shown.presets.listed()) == 3
    shown.close("close")


def test_files_in_the_dialog(dialog: Callable[[], PresetDialog], tmp_path: Path) -> None:
    shown = dialog()
    path = tmp_path / "presets.json"
    assert shown.export_file(path)
    path.write_text(path.read_text("utf-8").replace('"TCP chat"', '"我的"'), "utf-8")
    assert shown.import_file(path)
    assert shown.chosen is not None and shown.chosen.name == "我的"
    path.write_text("{'single': 'quotes'}", "utf-8")
    assert not shown.import_file(path)
    assert "JSON" in str(shown.message._text.cget("text")) and shown.message.tone == "error"
    assert not shown.import_file(tmp_path / "absent.json")
    assert "absent.json" in str(shown.message._text.cget("text"))
    assert not shown.export_file(tmp_path / "presets.json" / "x.json")
    assert len(shown.presets.listed()) == 4
    shown.close("close")
