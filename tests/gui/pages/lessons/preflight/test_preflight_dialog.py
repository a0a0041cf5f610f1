"""The pre-flight's dialog: what is told line by line, in both languages, and what closing it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import ttkbootstrap as ttk

from gui.pages.lessons.preflight.findings import Findings
from gui.pages.lessons.preflight.preflight_dialog import PreflightDialog
from gui.shared import i18n
from gui.shared.preflight_wording import lacks, lesson_way, mechanism_text
from net.events import Event
from net.lab.commands import StopPreflight, TryPreflight
from net.lab.events import ClassPortOpened, Knocked, MechanismsTried, MechanismTried, PreflightEnded
from net.lab.lesson_files import load_lesson, load_shelf
from net.lab.preflight.mechanisms import names
from tests.gui.pages.lessons.stage import Stage


class Opened:
    """A dialog over a page, and what it was told."""

    def __init__(self, app: ttk.App, folder: Path) -> None:
        self.stage = Stage(app, folder)
        self.findings = Findings()
        self.stage.dispatch.watch(self.findings.takers())
        self.dialog = PreflightDialog(self.stage.page.frame, self.stage.services, self.findings)
        self.dialog.present()

    @property
    def number(self) -> int:
        return int(self.stage.submitted(TryPreflight)[-1].preflight)

    def tell(self, *events: Event) -> None:
        self.stage.play(*events)

    def tell_all(self, *missing: str) -> None:
        port = ClassPortOpened(self.number, ("192.0.2.7:8765",))
        tried = [MechanismTried(self.number, name, name not in missing) for name in names()]
        self.tell(port, *tried, MechanismsTried(self.number, 1.5))

    def close(self) -> None:
        if self.dialog.winfo_exists():
            self.dialog.destroy()
        self.stage.close()


@pytest.fixture
def opened(app: ttk.App, display: str, tmp_path: Path) -> Iterator[Opened]:
    i18n.set_language("en")
    made = Opened(app, tmp_path)
    yield made
    i18n.set_language("en")
    made.close()


def test_it_begins_at_once_and_tells_what_comes(opened: Opened) -> None:
    dialog = opened.dialog
    assert opened.stage.submitted(TryPreflight) == [TryPreflight(opened.number, 8765)]
    assert dialog.rows["hook"].text == "Being tried …"
    assert dialog.buttons["again"].instate(["disabled"])
    opened.tell(MechanismTried(opened.number, "hook", True))
    assert dialog.rows["hook"].text == "Programs run here, and are held before each call"
    assert dialog.rows["unread"].text == "Being tried …"
    opened.tell_all()
    assert "1.5 s" in dialog.summary.text and dialog.buttons["again"].instate(["!disabled"])
    assert all(row.icon.tone == "ok" for row in dialog.lessons.values())


def test_each_lesson_says_where_its_picture_comes_from(opened: Opened) -> None:
    opened.tell_all("udp-relay", "unacked")
    texts = {name: row.text for name, row in opened.dialog.lessons.items()}
    assert texts["reliability"] == "Reliability of your own – from the recording"
    assert texts["stream"].endswith("observed here")
    assert texts["hello-server"].endswith("partly derived")
    assert "acknowledged" in opened.dialog.lessons["hello-server"].reasons.text
    assert opened.dialog.lessons["stream"].reasons.text == ""
    opened.dialog.begin()
    opened.tell_all("hook")
    assert all(row.text.endswith("from the recording") for row in opened.dialog.lessons.values())


def test_a_knock_from_outside_is_told_apart_from_our_own(opened: Opened) -> None:
    opened.tell_all()
    assert opened.dialog.address.cget("text") == "http://192.0.2.7:8765/"
    assert opened.dialog.code.cget("image")
    assert "Nobody" in opened.dialog.knocks.text
    opened.tell(Knocked(opened.number, "192.0.2.7", True))
    assert "says nothing about others" in opened.dialog.knocks.text
    opened.tell(Knocked(opened.number, "192.0.2.40", False), Knocked(opened.number, "192.0.2.40", False))
    assert opened.dialog.knocks.text.count("192.0.2.40 has reached this PC.") == 1


def test_without_a_port_nobody_is_asked_to_knock(opened: Opened) -> None:
    opened.tell(
        ClassPortOpened(opened.number, ()),
        MechanismTried(opened.number, "lan-port", False, {"detail": "Permission denied"}),
        MechanismsTried(opened.number, 1.0),
    )
    assert opened.dialog.rows["lan-port"].text.endswith("Permission denied")
    assert "can't reach" in opened.dialog.how.text and not opened.dialog.code.cget("image")


def test_what_belongs_to_an_earlier_one_is_not_taken(opened: Opened) -> None:
    first = opened.number
    opened.tell_all()
    opened.dialog.begin()
    assert opened.number != first and opened.stage.submitted(StopPreflight) == [StopPreflight(first)]
    opened.tell(MechanismTried(first, "hook", False), PreflightEnded(first))
    assert opened.dialog.rows["hook"].text == "Being tried …"


def test_closing_closes_the_port(opened: Opened) -> None:
    opened.tell_all()
    opened.dialog.close("close")
    opened.stage.app.update()
    assert opened.stage.submitted(StopPreflight) == [StopPreflight(opened.number)]
    opened.tell(PreflightEnded(opened.number))
    assert opened.findings.works["hook"] and not opened.findings.open


def test_its_words_follow_the_language(opened: Opened) -> None:
    opened.tell_all("ipv6")
    i18n.set_language("zh_CN")
    opened.stage.app.update()
    assert opened.dialog.rows["ipv6"].text == "这台电脑没有 IPv6：用 IPv4"
    assert opened.dialog.lessons["stream"].text.startswith(load_lesson("stream").title.zh_CN)
    assert "192.0.2" in opened.dialog.address.cget("text")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("works", [True, False])
def test_every_mechanism_has_a_sentence(language: str, works: bool) -> None:
    i18n.set_language(language)
    values = {"port": "1", "python": "3.12.1", "detail": "x"}
    texts = [mechanism_text(name, works, values) for name in names()]
    assert len(set(texts)) == len(texts) and not any("{" in text for text in texts)
    i18n.set_language("en")


def test_a_lesson_is_not_judged_before_all_it_needs_was_tried() -> None:
    lesson = load_lesson(load_shelf().lessons[0])
    assert lesson_way(lesson, {}) is None
    assert lesson_way(lesson, dict.fromkeys(lesson.needs, True)) == "observed"
    assert lacks(lesson, {**dict.fromkeys(lesson.needs, True), lesson.needs[-1]: False}) == [lesson.needs[-1]]
