"""Recordings as files: saved, opened, damaged, compared, exported; and hand-outs."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gui.pages.lessons.recordings.recording_files import RecordingFiles, suggested_name
from gui.pages.lessons.runs import RecordedRun, recorded
from gui.shared.i18n import set_language
from gui.shared.recording_wording import damage_text
from net.lab.lesson_files import load_lesson
from net.lab.recording import Done, Header, ProgramText
from net.lab.recording_file import Damage, read_recording
from tests.gui.pages.lessons.played import connected, header, sent
from tests.gui.pages.lessons.stage import Stage

EVENTS = (header("stream", load_lesson("stream").scenes[0]), *connected(), *sent(), Done(9.0))
DIALOGS = "gui.pages.lessons.recordings.recording_files.filedialog"


@pytest.fixture
def saved_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Answers the next file dialogs with this path."""

    def answer(path: Path) -> None:
        for name in ("asksaveasfilename", "askopenfilename"):
            monkeypatch.setattr(f"{DIALOGS}.{name}", lambda **_options: str(path))

    return answer


def files_of(stage: Stage) -> RecordingFiles:
    return RecordingFiles(stage.page.frame, stage.services)


def toasted(stage: Stage, words: str) -> Any:
    return stage.wait(lambda: any(words in text for text in stage.toasts), f"{words} is said")


def test_what_is_saved_is_opened_again(
    stage: Stage, tmp_path: Path, saved_to: Callable[[Path], None]
) -> None:
    path = tmp_path / "mine.jsonl"
    saved_to(path)
    files_of(stage).save(EVENTS)
    toasted(stage, "Saved")
    assert read_recording(path).events == EVENTS
    stage.page.open_recording()
    stage.wait(lambda: stage.page.current is not stage.page.shelf, "it is shown")
    assert stage.page.stepper.run is not None
    assert tuple(stage.page.stepper.run.events) == EVENTS
    assert len(stage.toasts) == 1, "nothing is damaged"


def test_what_is_saved_while_its_programs_go_on_is_whole() -> None:
    begun = RecordedRun(1)
    begun.add(EVENTS[:-2])
    assert begun.kept[:-1] == list(EVENTS[:-2]) and isinstance(begun.kept[-1], Done)
    begun.ended = True
    assert begun.kept == list(EVENTS[:-2])
    assert recorded(EVENTS[:-2]).kept == list(EVENTS[:-2]), "one that was cut off stays so"


def test_a_recording_cut_off_is_shown_with_words(
    stage: Stage, tmp_path: Path, saved_to: Callable[[Path], None]
) -> None:
    path = tmp_path / "cut.jsonl"
    saved_to(path)
    files_of(stage).save(EVENTS)
    toasted(stage, "Saved")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    stage.page.open_recording()
    toasted(stage, "cut off")
    stage.wait(lambda: stage.page.current is not stage.page.shelf, "it is shown")


def test_a_file_that_is_no_recording_opens_nothing(
    stage: Stage, tmp_path: Path, saved_to: Callable[[Path], None]
) -> None:
    path = tmp_path / "poem.txt"
    path.write_text("Roses are red\n")
    saved_to(path)
    stage.page.open_recording()
    toasted(stage, "no recording of Duplex")
    assert stage.page.current is stage.page.shelf
    saved_to(tmp_path / "gone.jsonl")
    stage.page.open_recording()
    toasted(stage, "can't be read")


def test_a_folder_that_is_gone_is_said(
    stage: Stage, tmp_path: Path, saved_to: Callable[[Path], None]
) -> None:
    saved_to(tmp_path / "nowhere" / "x.jsonl")
    files_of(stage).save(EVENTS)
    toasted(stage, "can't be written")


def test_pictures_and_packets_are_exported(
    stage: Stage, tmp_path: Path, saved_to: Callable[[Path], None]
) -> None:
    stage.page.show_recording("mine", EVENTS)
    stage.app.update()
    drawing = stage.page.stepper.stage.drawing
    assert drawing is not None
    files = files_of(stage)
    saved_to(tmp_path / "a.png")
    files.save_png(drawing, "a")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > 300
    saved_to(tmp_path / "a.svg")
    files.save_svg(drawing, "a")
    stage.wait(lambda: (tmp_path / "a.svg").exists() and len(stage.toasts) == 2, "the drawing is saved")
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<svg")
    saved_to(tmp_path / "a.pcapng")
    files.save_pcap(EVENTS)
    stage.wait(lambda: len(stage.toasts) == 3, "the packets are saved")
    assert (tmp_path / "a.pcapng").read_bytes()[:4] == b"\x0a\x0d\x0d\x0a", "a section header block"


def test_names_are_suggested() -> None:
    assert suggested_name(EVENTS) == "stream-three-sends"
    programs = (ProgramText("server", "s.py"), ProgramText("client", "c.py"))
    assert suggested_name([Header(0.0, programs=programs)]) == "server-client"
    assert suggested_name([]) == "recording"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("code", ["newer", "damaged-line", "cut-off", "too-large", "not-a-recording"])
def test_every_damage_has_a_sentence(code: Any, language: str) -> None:
    set_language(language)
    try:
        text = damage_text(Damage(code, 7, 2), "mine.jsonl")
    finally:
        set_language("en")
    assert "mine.jsonl" in text and "{" not in text


def test_the_menu_offers_what_can_be_done(stage: Stage) -> None:
    stage.begin("stream")
    stage.page.player.bar.tools["menu"].invoke()
    button = stage.page.player.bar.tools["menu"]
    menu = next(each for each in button.winfo_children() if isinstance(each, tk.Menu))
    entries = range(int(menu.index("end") or 0) + 1)
    labels = [str(menu.entrycget(n, "label")).strip() for n in entries if str(menu.type(n)) != "separator"]
    for words in ("Save the recording …", "Picture (PNG) …", "Teacher's notes  N", "The task", "Hand-out"):
        assert words in labels
    menu.unpost()


def test_hand_outs_open_in_the_browser(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def browse(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    stage.page._hand_out(load_lesson("stream"), answers=False)
    stage.page._hand_out(load_lesson("stream"), answers=True)
    stage.wait(lambda: len(opened) == 2, "both are opened")
    for address in opened:
        page = Path(address.removeprefix("file://")).read_text("utf-8")
        assert load_lesson("stream").title.en in page
    assert opened[0] != opened[1]
