"""The window: its start, pages, keys, look, language and settings."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gui.pages import PAGES
from gui.shared import i18n
from gui.shared.arguments import parse_arguments
from gui.shared.settings import Settings
from gui.window import first_paint
from gui.window.app import Window
from tests.gui.keyboard import press
from tests.gui.rig import Rig, ScriptedEngine
from tests.waiting import wait_until


@pytest.mark.usefixtures("boxes")
def test_the_window_is_painted_before_the_engine_is_made(
    display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the first paint may come later than somebody would wait for it.
    monkeypatch.setattr(first_paint, "UNSEEN_AFTER_MS", 600_000)
    engine, seen = ScriptedEngine(), []
    window: list[Window] = []
    exposed: list[object] = []

    def start(settings: Settings, profile: Path) -> ScriptedEngine:
        seen.append(bool(exposed) and bool(window[0].layout.rail.winfo_viewable()))
        return engine

    arguments = parse_arguments(["--profile", str(tmp_path), "--page", "lessons"])
    window.append(Window(arguments, start))  # type: ignore[arg-type]
    window[0].app.bind_all("<Expose>", exposed.append, add="+")
    assert seen == []
    wait_until(lambda: window[0].page == "lessons", root=window[0].app, what="the page")
    assert seen == [True]
    window[0].close()
    window[0].run()


def test_a_start_that_fails_is_shown_in_a_box_and_in_the_log(
    display: str, tmp_path: Path, boxes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    def start(_settings: Settings, _profile: Path) -> ScriptedEngine:
        raise OSError("no network at all")

    window = Window(parse_arguments(["--profile", str(tmp_path), "--lang", "en"]), start)  # type: ignore[arg-type]
    assert window.run() is None and window.failed
    assert len(boxes) == 1 and "could not start" in boxes[0] and "no network at all" in boxes[0]
    assert "no network at all" in (tmp_path / "log" / "duplex.log").read_text("utf-8")
    assert "no network at all" in capsys.readouterr().err


def test_pages_by_key_and_by_rail(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    rig.press("<Control-Key-3>")
    assert window.page == "lessons" and rig.contents.pages.built["lessons"].frame.winfo_ismapped()
    assert not rig.contents.pages.built["chat"].frame.winfo_ismapped()
    window.layout.rail.items["chat"].invoke()
    assert window.page == "chat"
    rig.wait(lambda: rig.saved().get("page") == "chat", "the page is remembered")


def test_the_language_changes_everywhere_at_run_time(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    item = window.layout.rail.items["lessons"]
    assert item.cget("text") == "Lessons" and rig.contents.status_bar.status == "Ready"
    rig.press("<Control-Key-l>")
    assert i18n.language() == "zh_CN"
    assert item.cget("text") == "课程" and rig.contents.status_bar.status == "就绪"
    rig.wait(lambda: rig.saved().get("language") == "zh_CN", "the language is remembered")
    rig.close()
    again = rig.open()
    assert again.layout.rail.items["lessons"].cget("text") == "课程"


def test_tks_own_dialogs_speak_the_language_too(rig: Rig) -> None:
    window = rig.open("--lang", "zh_CN")

    def tk_says(text: str, *values: str) -> str:
        return str(window.app.tk.call("namespace", "eval", "::tk", ("::msgcat::mc", text, *values)))

    question = 'File "%1$s" already exists.\nDo you want to overwrite it?'
    assert tk_says("&Cancel") == "取消(&C)"
    assert "a.txt" in tk_says(question, "a.txt") and "已" in tk_says(question, "a.txt")
    window.preferences.switch_language()
    assert tk_says("&Cancel") == "&Cancel"


def test_an_argument_counts_for_this_time_only(rig: Rig) -> None:
    rig.open("--lang", "zh_CN", "--theme", "dark")
    assert i18n.language() == "zh_CN" and rig.window is not None and rig.window.look.dark
    rig.close()
    assert rig.saved()["language"] == "" and rig.saved()["theme"] == "system"


def test_theme_and_projector_mode_by_key(rig: Rig) -> None:
    window = rig.open("--theme", "light")
    size = window.look.font(11).cget("size")
    rig.press("<Control-Shift-Key-T>")
    assert window.look.dark
    rig.press("<Control-Shift-Key-P>")
    assert window.look.projector and window.look.font(11).cget("size") > size
    rig.wait(lambda: rig.saved().get("projector"), "projector mode is remembered")
    assert rig.saved()["theme"] == "dark"


def test_settings_apply_at_once_and_listeners_are_called(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    seen: list[bool] = []
    forget = rig.contents.services.on_settings_change(lambda: seen.append(window.settings.enter_sends))
    window.dialogs.open_settings()
    dialog: Any = window.dialogs.current
    dialog.switches["enter_sends"].invoke()
    assert seen == [False]
    dialog.retention.days.set("12x")
    assert window.settings.keep_days == 30
    dialog.retention.days.set("12")
    assert window.settings.keep_days == 12 and rig.engine.kept == [12]
    forget()
    dialog.language.command("zh_CN")
    rig.wait(
        lambda: window.dialogs.current is not dialog and window.dialogs.current is not None,
        "the dialog in Chinese",
    )
    assert window.dialogs.current is not None and window.dialogs.current.title() == "设置"
    assert seen == [False, False]
    window.dialogs.current.close("")
    rig.wait(lambda: rig.saved().get("keep_days") == 12, "settings are written")


def test_what_deletes_transcripts_is_asked_first(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    window.dialogs.open_settings()
    dialog: Any = window.dialogs.current
    rows, settings = dialog.retention, window.settings

    def choose(value: str) -> None:
        rows.choice.set(value)
        rows.choice.command(value)
        window.app.update()

    assert not rows.question.winfo_ismapped()
    rows.days.set("3")
    window.app.update()
    assert rows.question.winfo_ismapped() and "7 earlier sessions" in str(rows.asked.cget("text"))
    rows.days.set("30")
    window.app.update()
    assert not rows.question.winfo_ismapped()
    choose("none")
    assert "10 earlier sessions" in str(rows.asked.cget("text"))
    assert settings.retention == "days" and not rig.engine.kept
    rows.refuse.invoke()
    window.app.update()
    assert rows.choice.value == "days" and not rows.question.winfo_ismapped()
    choose("forever")
    assert settings.retention == "forever" and rig.engine.kept == [None]
    choose("none")
    rows.agree.invoke()
    assert settings.retention == "none" and rig.engine.kept == [None, 0]
    assert not rows.question.winfo_manager()
    dialog.close("")
    rig.wait(lambda: rig.saved().get("retention") == "none", "it is remembered")


def test_the_sheet_lists_every_shortcut_and_escape_closes_it(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    rig.contents.services.shortcuts.add(
        "start", "Mod+Return", lambda: "Start it", lambda: None, page="sockets"
    )
    rig.press("<F1>")
    sheet: Any = window.dialogs.current
    texts = {str(widget.cget("text")) for widget in descendants(sheet) if widget.winfo_class() == "TLabel"}
    for entry in window.shortcuts.entries():
        assert entry.text() in texts
    assert "Ctrl+Enter" in texts or "⌘Enter" in texts
    press(sheet, "<Escape>")
    rig.wait(lambda: not sheet.winfo_exists(), "the sheet closes")


def descendants(widget: Any) -> Iterator[Any]:
    for child in widget.winfo_children():
        yield child
        yield from descendants(child)


def test_a_pages_own_key_counts_on_that_page_only(rig: Rig) -> None:
    window = rig.open()
    pressed: list[str] = []
    add = rig.contents.services.shortcuts.add
    add("a", "Mod+Shift+Y", lambda: "A", lambda: pressed.append("a"), page="chat")
    add("b", "Mod+Shift+Y", lambda: "B", lambda: pressed.append("b"), page="lessons")
    rig.press("<Control-Shift-Key-Y>")
    window.show_page("lessons")
    rig.press("<Control-Shift-Key-Y>")
    assert pressed == ["a", "b"]
    with pytest.raises(ValueError, match="already"):
        add("c", "Mod+comma", lambda: "C", lambda: None)


def test_the_place_is_remembered(rig: Rig) -> None:
    window = rig.open()
    window.app.geometry("1010x710+30+40")
    rig.wait(lambda: window.app.winfo_width() == 1010 and window.app.winfo_height() == 710, "the size")
    rig.close()
    place = rig.saved()["window"]
    assert (place["width"], place["height"]) == (1010, 710)


def test_every_page_has_an_icon_in_both_forms() -> None:
    from ttkbootstrap.style.icons import IconRenderer

    for page in PAGES:
        assert IconRenderer.render(page.icon, 16, "#000000") is not None
        assert IconRenderer.render(f"{page.icon}-fill", 16, "#000000") is not None


def test_every_page_fills_its_place_also_after_another(rig: Rig) -> None:
    window = rig.open()
    for page in ("sockets", "chat", "lessons", "chat", "sockets"):
        window.show_page(page)
        rig.wait(partial(fills, rig.contents.pages.built[page].frame), page)


def fills(frame: tk.Misc) -> bool:
    return bool(frame.winfo_viewable()) and frame.winfo_width() > 500
