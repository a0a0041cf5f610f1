"""What the window reports: the end of its engine, faults and failures, what is open and unread."""

from __future__ import annotations

import threading

import pytest

from gui.look.look import Look
from gui.window import app as module
from gui.window import closing
from net.address import Address
from net.chat.events import ChatFailed
from net.events import EngineStopped, Event, Fault, FaultKind, StoreFaulted
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    Opened,
    Role,
    Transport,
)
from tests.gui.rig import Rig
from tests.waiting import wait_until

HERE = Address("127.0.0.1", 5000)


def opened(session: int, role: Role, parent: int | None = None) -> Opened:
    return Opened(session, parent, Transport.TCP, role, HERE, HERE, 1)


def counters(session: int, sent: float, received: float, drops: int = 0) -> CountersChanged:
    return CountersChanged(session, 1, 1, 1, 1, received, sent, drops, 0)


def test_closing_waits_for_the_engines_last_event(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "SHOWN_AFTER_MS", 1)
    monkeypatch.setattr(closing, "PATIENCE_MS", 600_000)
    window = rig.open("--lang", "en")
    rig.engine.patient = False
    window.app.tk.call(*window.app.tk.splitlist(window.app.protocol("WM_DELETE_WINDOW")))
    rig.wait(lambda: "closing" in window.layout.banners.texts, "it says that it is closing")
    assert rig.engine.stops == 1
    window.close()
    assert rig.engine.stops == 1 and window.app.winfo_exists()
    rig.engine.events.put((EngineStopped(),))
    wait_until(rig.gone, what="the window goes")


def test_an_engine_that_never_ends_can_be_left(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "PATIENCE_MS", 1)
    window = rig.open("--lang", "en")
    rig.engine.patient = False
    window.close()
    rig.wait(lambda: "again" in window.layout.banners.texts.get("closing", ""), "it offers to end at once")
    window.close()
    assert rig.gone()


def test_an_engine_that_ends_by_itself_is_reported(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    rig.engine.events.put((EngineStopped(),))
    rig.wait(lambda: "engine" in window.layout.banners.texts, "the banner")
    window.close()
    assert rig.gone()


def test_an_error_in_a_callback_is_logged_and_shown(rig: Rig, tk_errors: list[BaseException]) -> None:
    window = rig.open("--lang", "en")

    def fail() -> None:
        raise ZeroDivisionError("on purpose")

    window.app.after(1, fail)
    rig.wait(lambda: "ZeroDivisionError" in window.layout.banners.texts.get("failure", ""), "the banner")
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
    rig.wait(lambda: "KeyError" in window.layout.banners.texts.get("failure", ""), "the banner")
    assert "on a thread" in (rig.profile / "log" / "duplex.log").read_text("utf-8")
    tk_errors.clear()


def test_a_damaged_settings_file_is_reported(rig: Rig) -> None:
    rig.profile.mkdir()
    (rig.profile / "settings.json").write_text("{broken", "utf-8")
    window = rig.open("--lang", "en")
    assert "settings.json.damaged-" in window.layout.banners.texts["settings"]
    window.layout.banners.hide("settings")
    assert "settings" not in window.layout.banners.texts


def test_a_profile_that_cannot_be_written_is_reported_once_and_everything_works(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHORES_MS", 1)
    rig.profile.write_text("a file where the folder should be")
    window = rig.open("--lang", "en")
    rig.wait(lambda: "settings.json" in window.layout.banners.texts.get("profile", ""), "the banner")
    window.layout.banners.hide("profile")
    window.preferences.switch_theme()
    window.preferences.save_now()
    looks: list[None] = []
    monkeypatch.setattr(window.failures, "collect", lambda: looks.append(None))
    rig.wait(lambda: len(looks) > 1, "the next look at the file")
    assert "profile" not in window.layout.banners.texts


def test_store_faults_stay_shown_until_writing_works_again(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    full = Fault(FaultKind.STORE_FULL, {"path": "/x/transcript"})
    rig.engine.events.put((StoreFaulted(full, False),))
    rig.wait(lambda: "/x/transcript" in window.layout.banners.texts.get("transcript", ""), "the banner")
    damaged = Fault(FaultKind.STORE_DAMAGED, {"path": "/x/transcript", "aside": "/x/aside"})
    rig.engine.events.put((StoreFaulted(damaged, False), StoreFaulted(None, False)))
    rig.wait(lambda: "transcript" not in window.layout.banners.texts, "the banner goes")
    assert "/x/aside" in window.layout.banners.texts["store_damaged /x/transcript"]


def test_each_file_has_a_banner_of_its_own(rig: Rig) -> None:
    """What works again says nothing of another file that does not."""
    window = rig.open("--lang", "en")
    for name in ("history", "transcript"):
        fault = Fault(FaultKind.STORE_FULL, {"path": f"/x/{name}"})
        rig.engine.events.put((StoreFaulted(fault, False, f"/x/{name}"),))
    rig.engine.events.put((StoreFaulted(None, False, "/x/transcript"),))
    in_memory = Fault(FaultKind.STORE_IN_MEMORY, {"path": "/x/other", "reason": "folder", "detail": ""})
    rig.engine.events.put((StoreFaulted(in_memory, False, "/x/other"), StoreFaulted(None, False, "/x/other")))
    rig.wait(lambda: "store_in_memory /x/other" in window.layout.banners.texts, "the last banner")
    texts = window.layout.banners.texts
    assert "/x/history" in texts["store /x/history"] and "store /x/transcript" not in texts
    assert "is a folder" in texts["store_in_memory /x/other"]


def test_what_the_window_says_follows_the_language(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    full = StoreFaulted(Fault(FaultKind.STORE_FULL, {"path": "/x/t"}), False)
    rig.engine.events.put((full, opened(1, Role.CLIENT)))
    rig.wait(lambda: "transcript" in window.layout.banners.texts, "the banner")
    banner, totals = window.layout.banners.texts["transcript"], rig.contents.status_bar.totals
    window.preferences.switch_language()
    assert totals.startswith("1 session open") and "会话" in rig.contents.status_bar.totals
    assert "/x/t" in window.layout.banners.texts["transcript"] != banner
    window.layout.banners.hide("transcript")
    window.preferences.switch_language()
    assert "transcript" not in window.layout.banners.texts


def test_what_a_banner_offers_follows_the_language(rig: Rig) -> None:
    window = rig.open("--lang", "en")
    rig.engine.events.put((ChatFailed(Fault(FaultKind.STORE_FULL, {"path": "/x/t"})),))
    rig.wait(lambda: "chat" in window.layout.banners.texts, "the banner")

    def labels() -> set[str]:
        banner = window.layout.banners.winfo_children()[-1]
        return {str(label.cget("text")) for label in banner.winfo_children()}

    assert {"Try again", window.layout.banners.texts["chat"]} <= labels()
    window.preferences.switch_language()
    assert "重试" in labels() and "Try again" not in labels()
    assert "could not start" not in window.layout.banners.texts["chat"]


def test_a_failure_follows_the_language(rig: Rig, tk_errors: list[BaseException]) -> None:
    window = rig.open("--lang", "en")
    window.failures.report(ZeroDivisionError("on purpose"))
    tk_errors.clear()
    before = window.layout.banners.texts["failure"]
    window.preferences.switch_language()
    assert "ZeroDivisionError" in window.layout.banners.texts["failure"] != before


def test_the_status_bar_adds_up_what_is_open(rig: Rig) -> None:
    rig.open("--lang", "en")
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
    rig.wait(lambda: "3 sessions" in rig.contents.status_bar.totals, "the sessions are counted")
    assert "↑ 3.0 KB/s" in rig.contents.status_bar.totals and "↓ 2.0 KB/s" in rig.contents.status_bar.totals
    assert "7 datagrams dropped" in rig.contents.status_bar.totals
    rig.engine.events.put(tuple(Closed(session, CloseReason.BY_ME, None, 2) for session in (1, 2, 3)))
    rig.wait(lambda: rig.contents.status_bar.totals == "", "nothing is open")


def test_a_page_that_fails_does_not_cost_the_others_their_events(
    rig: Rig, tk_errors: list[BaseException]
) -> None:
    window = rig.open("--lang", "en")
    taken: list[Event] = []

    def fail(_event: Event) -> None:
        raise LookupError("in a page")

    rig.contents.services.watch_events({StoreFaulted: fail})
    rig.contents.services.watch_events({StoreFaulted: taken.append})
    event = StoreFaulted(Fault(FaultKind.STORE_FULL, {"path": "p"}), True)
    rig.engine.events.put((event,))
    rig.wait(lambda: taken == [event], "the other still gets it")
    assert {"stream", "failure"} <= window.layout.banners.texts.keys()
    tk_errors.clear()


def test_unread_is_shown_and_cleared(rig: Rig) -> None:
    window = rig.open()
    rig.contents.services.unread("sockets", 120)
    badge = window.layout.rail.badges["sockets"]
    assert badge.cget("text") == "99+" and badge.winfo_manager() == "place"
    rig.contents.services.unread("sockets", 0)
    assert badge.winfo_manager() == ""


def test_a_pc_without_a_chinese_font_is_told_in_english(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Look, "has_chinese", lambda _look: False)
    window = rig.open("--lang", "zh_CN")
    rig.wait(lambda: "no font with Chinese" in window.layout.banners.texts.get("font", ""), "the banner")
    window.preferences.speak_english()
    assert "font" not in window.layout.banners.texts
    window.preferences.switch_language()
    assert "font" in window.layout.banners.texts


def test_whether_there_is_chinese_is_asked_of_the_system(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    window = rig.open("--lang", "zh_CN")
    assert window.look.has_chinese() and "font" not in window.layout.banners.texts
    monkeypatch.setattr(window.look, "family", "DejaVu Sans")
    assert window.look.has_chinese(), "another family has the characters"
