"""The real window on a real screen, with an engine of the test's own making."""

from __future__ import annotations

import itertools
import json
import queue
import threading
import tkinter as tk
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gui import app as module
from gui import failures, i18n
from gui.app import Window
from gui.arguments import parse_arguments
from gui.pages import PAGES
from gui.place import fitted
from gui.settings import Settings, WindowPlace
from net.address import Address
from net.commands import KeepTranscripts
from net.events import (
    Closed,
    CloseReason,
    CountersChanged,
    EngineStopped,
    Event,
    Fault,
    FaultKind,
    Opened,
    Role,
    StoreFaulted,
    Transport,
)
from tests.waiting import wait_until

HERE = Address("127.0.0.1", 5000)


class ScriptedEngine:
    """Answers ``stop`` only when the test says so."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[tuple[Event, ...]] = queue.SimpleQueue()
        self.stops = 0
        self.patient = True
        self._ids = itertools.count(1)
        self.kept: list[int | None] = []

    def submit(self, command: object) -> None:
        if not isinstance(command, KeepTranscripts):
            raise AssertionError(f"nothing was to be submitted: {command}")
        self.kept.append(command.days)

    def expiring(self, days: int | None) -> int:
        """Ten sessions, one more for each day before today."""
        return 0 if days is None else max(0, 10 - days)

    def new_session(self) -> int:
        return next(self._ids)

    new_job = new_session

    def reader(self) -> None:
        return None

    def stop(self) -> None:
        self.stops += 1
        if self.patient:
            self.events.put((EngineStopped(),))


class Rig:
    """Windows of one profile, one after the other."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile
        self.engine = ScriptedEngine()
        self.window: Window | None = None

    def open(self, *words: str) -> Window:
        self.engine = ScriptedEngine()
        arguments = parse_arguments(["--profile", str(self.profile), "--page", "chat", *words])
        window = self.window = Window(arguments, lambda _settings, _profile: self.engine)  # type: ignore[arg-type,return-value]
        window.app.geometry("1000x700+20+20")
        self.wait(lambda: window.page, "the first page")
        return window

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        assert self.window is not None
        return wait_until(condition, root=self.window.app, what=what)

    def press(self, key: str) -> None:
        assert self.window is not None
        app = self.window.app
        app.focus_force()
        app.update()
        app.event_generate(key)
        app.update()

    def gone(self) -> bool:
        assert self.window is not None
        try:
            self.window.app.update()
            return not self.window.app.winfo_exists()
        except Exception:
            return True

    def close(self) -> None:
        if self.window is not None and not self.gone():
            self.engine.patient = True
            self.window.close()
            if self.engine.stops:
                self.engine.events.put((EngineStopped(),))
            wait_until(self.gone, what="the window goes")
        self.window = None

    def saved(self) -> dict[str, Any]:
        path = self.profile / "settings.json"
        return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


@pytest.fixture(autouse=True)
def boxes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The message boxes a person would have to close."""
    shown: list[str] = []
    monkeypatch.setattr(failures, "show_box", shown.append)
    return shown


@pytest.fixture
def rig(display: str, tmp_path: Path) -> Iterator[Rig]:
    i18n.set_language("en")
    made = Rig(tmp_path / "profile")
    yield made
    made.close()
    i18n.set_language("en")


def opened(session: int, role: Role, parent: int | None = None) -> Opened:
    return Opened(session, parent, Transport.TCP, role, HERE, HERE, 1)


def counters(session: int, sent: float, received: float, drops: int = 0) -> CountersChanged:
    return CountersChanged(session, 1, 1, 1, 1, received, sent, drops, 0)


def test_the_window_is_painted_before_the_engine_is_made(display: str, tmp_path: Path) -> None:
    engine, seen = ScriptedEngine(), []
    window: list[Window] = []
    exposed: list[object] = []

    def start(settings: Settings, profile: Path) -> ScriptedEngine:
        seen.append(bool(exposed) and bool(window[0].rail.winfo_viewable()))
        return engine

    arguments = parse_arguments(["--profile", str(tmp_path), "--page", "lessons"])
    window.append(Window(arguments, start))  # type: ignore[arg-type]
    window[0].app.bind_all("<Expose>", exposed.append, add="+")
    assert seen == []
    wait_until(lambda: window[0].page == "lessons", root=window[0].app, what="the page")
    assert seen == [True]
    window[0].close()
    window[0].run()


def test_a_start_that_fails_is_told_in_a_box_and_in_the_log(
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
    assert window.page == "lessons" and window.pages["lessons"].frame.winfo_ismapped()
    assert not window.pages["chat"].frame.winfo_ismapped()
    window.rail._items["chat"].invoke()
    assert window.page == "chat"
    rig.wait(lambda: rig.saved().get("page") == "chat", "the page is remembered")


def test_the_language_changes_everywhere_at_run_time(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    item = window.rail._items["lessons"]
    assert item.cget("text") == "Lessons" and window.status_bar.status == "Ready"
    rig.press("<Control-Key-l>")
    assert i18n.language() == "zh_CN"
    assert item.cget("text") == "课程" and window.status_bar.status == "就绪"
    rig.wait(lambda: rig.saved().get("language") == "zh_CN", "the language is remembered")
    rig.close()
    again = rig.open()
    assert again.rail._items["lessons"].cget("text") == "课程"


def test_tks_own_dialogs_speak_the_language_too(rig: Rig) -> None:
    window = rig.open("--lang", "zh_CN")

    def tk_says(text: str, *values: str) -> str:
        return str(window.app.tk.call("namespace", "eval", "::tk", ("::msgcat::mc", text, *values)))

    question = 'File "%1$s" already exists.\nDo you want to overwrite it?'
    assert tk_says("&Cancel") == "取消(&C)"
    assert "a.txt" in tk_says(question, "a.txt") and "已" in tk_says(question, "a.txt")
    window.switch_language()
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


def test_settings_apply_at_once_and_listeners_hear_of_it(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    heard: list[bool] = []
    forget = window.services.on_settings_change(lambda: heard.append(window.settings.enter_sends))
    window.open_settings()
    dialog: Any = window._dialog
    dialog._set("enter_sends", False)
    assert heard == [False]
    dialog.retention.days.set("12x")
    assert window.settings.keep_days == 30
    dialog.retention.days.set("12")
    assert window.settings.keep_days == 12 and rig.engine.kept == [12]
    forget()
    dialog.language.command("zh_CN")
    rig.wait(lambda: window._dialog is not dialog and window._dialog is not None, "the dialog in Chinese")
    assert window._dialog is not None and window._dialog.title() == "设置"
    assert heard == [False, False]
    window._dialog.close("")
    rig.wait(lambda: rig.saved().get("keep_days") == 12, "settings are written")


def test_what_deletes_transcripts_is_asked_first(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    window.open_settings()
    dialog: Any = window._dialog
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
    window.services.shortcuts.add("start", "Mod+Return", lambda: "Start it", lambda: None, page="sockets")
    rig.press("<F1>")
    sheet: Any = window._dialog
    texts = {str(widget.cget("text")) for widget in descendants(sheet) if widget.winfo_class() == "TLabel"}
    for entry in window.shortcuts.entries():
        assert entry.text() in texts
    assert "Ctrl+Enter" in texts or "⌘Enter" in texts
    sheet.focus_force()
    sheet.update()
    sheet.event_generate("<Escape>")
    rig.wait(lambda: not sheet.winfo_exists(), "the sheet closes")


def descendants(widget: Any) -> Iterator[Any]:
    for child in widget.winfo_children():
        yield child
        yield from descendants(child)


def test_a_pages_own_key_counts_on_that_page_only(rig: Rig) -> None:
    window = rig.open()
    pressed: list[str] = []
    add = window.services.shortcuts.add
    add("a", "Mod+Shift+Y", lambda: "A", lambda: pressed.append("a"), page="chat")
    add("b", "Mod+Shift+Y", lambda: "B", lambda: pressed.append("b"), page="lessons")
    rig.press("<Control-Shift-Key-Y>")
    window.show_page("lessons")
    rig.press("<Control-Shift-Key-Y>")
    assert pressed == ["a", "b"]
    with pytest.raises(ValueError, match="already"):
        add("c", "Mod+comma", lambda: "C", lambda: None)


def test_closing_waits_for_the_engines_last_event(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING_SHOWN_AFTER_MS", 1)
    window = rig.open("--lang", "en")
    rig.engine.patient = False
    window.app.tk.call(*window.app.tk.splitlist(window.app.protocol("WM_DELETE_WINDOW")))
    rig.wait(lambda: "closing" in window.banners.texts, "it says that it is closing")
    assert rig.engine.stops == 1
    window.close()
    assert rig.engine.stops == 1 and window.app.winfo_exists()
    rig.engine.events.put((EngineStopped(),))
    wait_until(rig.gone, what="the window goes")


def test_an_engine_that_never_ends_can_be_left(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_MS", 1)
    window = rig.open("--lang", "en")
    rig.engine.patient = False
    window.close()
    rig.wait(lambda: "again" in window.banners.texts.get("closing", ""), "it offers to end at once")
    window.close()
    assert rig.gone()


def test_an_engine_that_ends_by_itself_is_told(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    rig.engine.events.put((EngineStopped(),))
    rig.wait(lambda: "engine" in window.banners.texts, "the banner")
    window.close()
    assert rig.gone()


def test_an_error_in_a_callback_is_logged_and_shown(rig: Rig, tk_errors: list[BaseException]) -> None:
    window = rig.open("--lang", "en")

    def fail() -> None:
        raise ZeroDivisionError("on purpose")

    window.app.after(1, fail)
    rig.wait(lambda: "ZeroDivisionError" in window.banners.texts.get("failure", ""), "the banner")
    log = (rig.profile / "log" / "duplex.log").read_text("utf-8")
    assert "on purpose" in log and "Traceback" in log
    assert [type(tk_errors.pop())] == [ZeroDivisionError]


def test_an_error_on_a_thread_is_logged_and_shown(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, tk_errors: list[BaseException]
) -> None:
    monkeypatch.setattr(module, "CHORES_MS", 1)
    window = rig.open("--lang", "en")

    def fail() -> None:
        raise KeyError("on a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    rig.wait(lambda: "KeyError" in window.banners.texts.get("failure", ""), "the banner")
    assert "on a thread" in (rig.profile / "log" / "duplex.log").read_text("utf-8")
    tk_errors.clear()


def test_a_damaged_settings_file_is_told(rig: Rig) -> None:
    rig.profile.mkdir()
    (rig.profile / "settings.json").write_text("{broken", "utf-8")
    window = rig.open("--lang", "en")
    assert "settings.json.damaged-" in window.banners.texts["settings"]
    window.banners.hide("settings")
    assert "settings" not in window.banners.texts


def test_a_profile_that_cannot_be_written_is_told_once_and_everything_works(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHORES_MS", 1)
    rig.profile.write_text("a file where the folder should be")
    window = rig.open("--lang", "en")
    rig.wait(lambda: "settings.json" in window.banners.texts.get("profile", ""), "the banner")
    window.banners.hide("profile")
    window.switch_theme()
    window._cancel("save")
    window._file.save_now(window.settings)
    before = window._timers["chores"]
    rig.wait(lambda: window._timers.get("chores") not in (None, before), "the next look at the file")
    assert "profile" not in window.banners.texts


def test_store_faults_stay_told_until_writing_works_again(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    full = Fault(FaultKind.STORE_FULL, {"path": "/x/transcript"})
    rig.engine.events.put((StoreFaulted(full, False),))
    rig.wait(lambda: "/x/transcript" in window.banners.texts.get("transcript", ""), "the banner")
    damaged = Fault(FaultKind.STORE_DAMAGED, {"path": "/x/transcript", "aside": "/x/aside"})
    rig.engine.events.put((StoreFaulted(damaged, False), StoreFaulted(None, False)))
    rig.wait(lambda: "transcript" not in window.banners.texts, "the banner goes")
    assert "/x/aside" in window.banners.texts["damaged"]


def test_the_status_bar_adds_up_what_is_open(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    rig.engine.events.put(
        (
            opened(1, Role.SERVER),
            opened(2, Role.ACCEPTED, 1),
            opened(3, Role.UNICAST),
            counters(1, 2048, 1024),
            counters(2, 2048, 1024),
            counters(3, 1024, 1024, drops=7),
        )
    )
    rig.wait(lambda: "3 sessions" in window.status_bar.totals, "the sessions are counted")
    assert "↑ 3.0 KB/s" in window.status_bar.totals and "↓ 2.0 KB/s" in window.status_bar.totals
    assert "7 datagrams dropped" in window.status_bar.totals
    rig.engine.events.put(tuple(Closed(session, CloseReason.BY_ME, None, 2) for session in (1, 2, 3)))
    rig.wait(lambda: window.status_bar.totals == "", "nothing is open")


def test_a_page_that_fails_does_not_cost_the_others_their_events(
    rig: Rig, tk_errors: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = rig.open("--lang", "en")

    def fail(_events: Sequence[Event]) -> None:
        raise LookupError("in a page")

    monkeypatch.setattr(window.status_bar, "on_event_batch", fail)
    rig.engine.events.put((StoreFaulted(Fault(FaultKind.STORE_FULL, {"path": "p"}), True),))
    rig.wait(lambda: "stream" in window.banners.texts, "the window still hears of it")
    assert "failure" in window.banners.texts
    monkeypatch.undo()
    tk_errors.clear()


def test_unread_is_shown_and_cleared(rig: Rig) -> None:
    window = rig.open()
    window.services.unread("sockets", 120)
    badge = window.rail._badges["sockets"]
    assert badge.cget("text") == "99+" and badge.winfo_manager() == "place"
    window.services.unread("sockets", 0)
    assert badge.winfo_manager() == ""


def test_the_place_is_remembered(rig: Rig) -> None:
    window = rig.open()
    window.app.geometry("1010x710+30+40")
    rig.wait(lambda: window.app.winfo_width() == 1010, "the size")
    rig.close()
    place = rig.saved()["window"]
    assert (place["width"], place["height"]) == (1010, 710)


SCREEN = (1600, 1000)


@pytest.mark.parametrize(
    ("place", "screen", "found"),
    [
        (WindowPlace(), SCREEN, WindowPlace(200, 70, 1200, 800)),
        (WindowPlace(10, 20, 1000, 700), SCREEN, WindowPlace(10, 20, 1000, 700)),
        (WindowPlace(1500, 900, 1000, 700), SCREEN, WindowPlace(600, 240, 1000, 700)),
        (WindowPlace(-3000, -50, 1000, 700), SCREEN, WindowPlace(0, 0, 1000, 700)),
        (WindowPlace(0, 0, 3000, 2000, True), SCREEN, WindowPlace(0, 0, 1600, 940, True)),
        (WindowPlace(), (1024, 600), WindowPlace(0, 0, 1024, 540)),
    ],
)
def test_a_place_fits_the_screen(place: WindowPlace, screen: tuple[int, int], found: WindowPlace) -> None:
    assert fitted(place, screen, (1200, 800)) == found


def test_every_page_has_an_icon_in_both_forms() -> None:
    from ttkbootstrap.style.icons import IconRenderer

    for page in PAGES:
        assert IconRenderer.render(page.icon, 16, "#000000") is not None
        assert IconRenderer.render(f"{page.icon}-fill", 16, "#000000") is not None


def test_every_page_fills_its_place_also_after_another(rig: Rig) -> None:
    window = rig.open()
    for page in ("sockets", "chat", "lessons", "chat", "sockets"):
        window.show_page(page)
        rig.wait(partial(fills, window.pages[page].frame), page)


def fills(frame: tk.Misc) -> bool:
    return bool(frame.winfo_viewable()) and frame.winfo_width() > 500
