"""Step my program, before the real lab; and going through recordings."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path

import pytest

from gui.pages.lessons.picture import RoadView
from gui.pages.lessons.programs.program_dialog import ProgramChoice, ProgramDialog, named
from gui.pages.lessons.programs.stepper import ProgramStepper, next_stop, stop_before
from gui.pages.lessons.views.figure_table import FigureTable
from gui.shared.i18n import set_language
from net.lab.commands import RunFile, StepOnce, StopRun
from net.lab.lesson_files import LESSONS_FOLDER, load_lesson, still_recording
from net.lab.recording import Call, Ended, Measured, Returned
from net.lab.recording_file import read_recording
from tests.gui.keyboard import press
from tests.gui.pages.lessons.played import connected, received, sent
from tests.gui.pages.lessons.stage import Live, Stage, canvas_texts
from tests.ports import free_port

EVENTS = (*connected(), *sent(), *received())
TUTORIAL = LESSONS_FOLDER / "tutorial"


def tutorial(folder: Path, *names: str) -> ProgramChoice:
    """Copies of the tutorial's programs with a port that is free."""
    port = free_port()
    files = []
    for side, name in enumerate(names):
        path = folder / f"{name}.py"
        path.write_text((TUTORIAL / f"{name}.py").read_text("utf-8").replace("12345", str(port)), "utf-8")
        files.append(RunFile(name, str(path), side))
    return ProgramChoice(tuple(files), "")


def begin(stage: Stage, choice: ProgramChoice) -> ProgramStepper:
    stage.page._step_programs(choice)
    return stage.page.stepper


def step_until(stage: Live, stepper: ProgramStepper, who: str, reached: Callable[[], bool]) -> None:
    for _time in range(40):
        if reached():
            return
        stage.wait(lambda: stepper.run is not None and not stepper.run.busy, "it is held")
        if reached():
            return
        assert stepper.run is not None
        stepper._program = who
        stepper.step_shown()
    raise AssertionError("not reached")


def has(stepper: ProgramStepper, kind: type[object], who: str, name: str = "") -> bool:
    events = stepper.run.events if stepper.run is not None else []
    return any(
        isinstance(each, kind) and getattr(each, "who", "") == who and getattr(each, "name", name) == name
        for each in events
    )


def test_two_programs_are_stepped_to_their_end(live: Live, tmp_path: Path) -> None:
    stepper = begin(live, tutorial(tmp_path, "one_shot_client", "one_shot_server"))
    live.wait(lambda: stepper.run is not None and not stepper.run.busy, "they are started")
    step_until(live, stepper, "one_shot_server", lambda: has(stepper, Call, "one_shot_server", "accept"))
    assert "one_shot_server: line" in stepper.floor.sentence.cget("text")
    press(stepper.frame, "<End>")
    stepper.let_run()
    live.wait(lambda: has(stepper, Ended, "one_shot_client"), "the client ends")
    shown = stepper.column.console
    stepper._program = "one_shot_client"
    stepper.shown(True)
    live.app.update()
    assert "Hello, Client" in shown.text.get("1.0", "end")
    stepper.stop()
    live.wait(lambda: stepper.run is not None and stepper.run.ended, "nothing is left")
    assert not stepper.tools["on"].instate(["!disabled"])


def test_back_moves_in_the_recording_while_programs_are_held(live: Live, tmp_path: Path) -> None:
    stepper = begin(live, tutorial(tmp_path, "one_shot_server"))
    for _time in range(2):
        live.wait(lambda: stepper.run is not None and not stepper.run.busy, "it is at rest")
        stepper.forward()
    live.wait(lambda: has(stepper, Returned, "one_shot_server"), "the call came back")
    live.wait(lambda: stepper.run is not None and not stepper.run.busy, "it is at rest")
    before = len(live.submitted(StepOnce))
    press(stepper.frame, "<Prior>")
    press(stepper.frame, "<Prior>")
    assert "live" not in str(stepper._where.cget("text"))
    press(stepper.frame, "<Next>")
    assert len(live.submitted(StepOnce)) == before
    live.page.show_shelf()
    run = next(each.run for each in live.submitted(StopRun))
    assert run


def test_after_the_last_programs_end_there_is_nothing_to_step(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "short.py"
    path.write_text("print(1)\n", "utf-8")
    stepper = begin(live, ProgramChoice((RunFile("short", str(path)),), ""))
    live.wait(lambda: has(stepper, Ended, "short"), "it has ended")
    press(stepper.frame, "<End>")
    press(stepper.frame, "<Next>")
    assert not live.submitted(StepOnce) and stepper.trouble.text == ""
    assert not any(stepper.tools[name].instate(["!disabled"]) for name in ("next", "one", "on"))
    assert stepper.tools["again"].instate(["!disabled"])


def test_a_program_that_waits_for_a_line_is_given_one(live: Live, tmp_path: Path) -> None:
    stepper = begin(live, tutorial(tmp_path, "chat_client", "chat_server"))
    for _time in range(40):
        live.wait(lambda: stepper.run is not None and not stepper.run.busy, "it is at rest")
        if "waits for a line" in stepper.trouble.text:
            break  # on a busy machine the first that is said is that all wait, for a moment
        stepper.forward()
        stepper.stage.skip()
    assert stepper.trouble.text.startswith("chat_client waits for a line")
    assert stepper.trouble.winfo_y() >= stepper.stage.winfo_y() + stepper.stage.winfo_height()
    press(stepper.frame, "<Prior>")
    assert stepper.trouble.text == "", "it was not so then"
    press(stepper.frame, "<End>")
    stepper._program = "chat_server"
    entry = stepper.column.console.entry
    press(stepper.frame, "<Return>")
    assert live.app.focus_get() is entry
    entry.insert(0, "hello")
    press(entry, "<Return>")
    live.wait(lambda: has(stepper, Call, "chat_client", "send"), "it goes on")
    live.wait(lambda: not stepper.trouble.text, "nothing is the matter")
    stepper.stop()


def test_a_file_that_is_gone_is_said_in_words(live: Live, tmp_path: Path) -> None:
    stepper = begin(live, ProgramChoice((RunFile("mine", str(tmp_path / "mine.py")),), ""))
    live.wait(lambda: stepper.trouble.text, "the trouble")
    assert "mine.py is not there any more" in stepper.trouble.text


# --- Recordings ---


def test_a_recording_is_gone_through_row_by_row(stage: Stage) -> None:
    stage.page.show_recording("lesson.jsonl", EVENTS)
    stepper = stage.page.stepper
    places = []
    for _time in range(100):
        places.append(stepper._at)
        if stepper._at is None or stepper._at >= len(EVENTS):
            break
        stepper.forward()
        stepper.stage.skip()
    assert places == sorted(set(places), key=lambda place: place or 0)
    assert stepper._at == len(EVENTS)
    press(stepper.frame, "<Prior>")
    assert stepper._at < len(EVENTS)
    assert stage.commands == [], "nothing runs"
    assert not stepper.tools["again"].instate(["!disabled"])


def test_a_lessons_recording_names_its_programs_as_the_lesson_does(stage: Stage) -> None:
    lesson = load_lesson("stream")
    scene = lesson.scenes[0]
    events = read_recording(still_recording(lesson.name, scene.name)).events
    stage.page.show_recording("lesson.jsonl", events)
    stepper = stage.page.stepper
    try:
        for language in ("en", "zh_CN"):
            set_language(language)
            stage.app.update()
            stepper.go_to_end()
            stepper.back()
            stage.app.update()
            said = stepper.floor.sentence.cget("text")
            roles = [program.role.get(language) for program in scene.programs]
            assert any(role in said for role in roles), said
            assert not any(f"{program.name}:" in said for program in scene.programs), said
            assert str(stepper.column.code._head.cget("text")).startswith(tuple(roles))
            drawing = stepper.stage.drawing
            assert drawing is not None and all(role in drawing.svg() for role in roles)
    finally:
        set_language("en")


@pytest.mark.parametrize(
    ("lesson", "scene", "view", "stops"),
    [("one-road", "greedy", RoadView, 10), ("http", "measured", FigureTable, 6)],
)
def test_a_recording_of_figures_shows_them_as_its_lesson_does(
    stage: Stage, lesson: str, scene: str, view: type[tk.Widget], stops: int
) -> None:
    events = read_recording(still_recording(lesson, scene)).events
    stage.page.show_recording("lesson.jsonl", events)
    stage.app.update()
    stepper = stage.page.stepper
    stage.app.update()
    cards = (
        *stepper.stage.winfo_children(),
        *(c for each in stepper.stage.winfo_children() for c in each.winfo_children()),
    )
    (shown,) = [each for each in cards if isinstance(each, view)]
    assert shown.winfo_viewable()
    assert "call" not in stepper.floor.sentence.cget("text")
    at, seen = 0, 0
    while at < len(events):
        at, before = next_stop(events, at), at
        seen += any(isinstance(each, Measured) for each in events[before:at])
    assert seen >= stops, "one second or figure after the other"
    stepper.go_to_end()
    stage.app.update()
    if isinstance(shown, RoadView):
        assert len(shown.road.seconds) == 10 and shown.road.rate == 400
        assert stepper.floor.sentence.cget("text") == "41 programs have ended."
    elif isinstance(shown, FigureTable):
        assert "Measuring" not in canvas_texts(shown)


def test_a_road_stands_beside_lifelines(stage: Stage) -> None:
    road = read_recording(still_recording("one-road", "greedy")).events
    stage.page.show_recording("road.jsonl", road)
    stage.page.stepper.compare(EVENTS)
    stage.app.update()
    views = [each for each in stage.page.stepper.stage.winfo_children() if each.winfo_viewable()]
    assert [type(each).__name__ for each in views] == ["RoadView", "PictureView"]


def test_the_stops_lead_both_ways() -> None:
    at = stops = 0
    while at < len(EVENTS):
        at = next_stop(EVENTS, at)
        stops += 1
    back = 0
    while at:
        at = stop_before(EVENTS, at)
        back += 1
    assert back == stops


def test_two_recordings_stand_side_by_side(stage: Stage) -> None:
    stage.page.show_recording("one.jsonl", EVENTS)
    stage.page.stepper.compare((*connected(), *sent()))
    stage.app.update()
    views = [each for each in stage.page.stepper.stage.winfo_children() if each.winfo_viewable()]
    assert len([each for each in views if type(each).__name__ == "PictureView"]) == 2


# --- The dialog ---


def open_dialog(stage: Stage) -> ProgramDialog:
    stage.page.choose_program()
    (dialog,) = [each for each in stage.app.winfo_children() if isinstance(each, ProgramDialog)]
    stage.app.update()
    return dialog


def test_the_dialog_wants_a_file_that_is_there(stage: Stage, tmp_path: Path) -> None:
    dialog = open_dialog(stage)
    dialog.buttons["start"].invoke()
    assert dialog.files[0].problem.text
    dialog.files[0].set(str(tmp_path / "none.py"))
    dialog.buttons["start"].invoke()
    assert "no such file" in dialog.files[0].problem.text
    path = tmp_path / "mine.py"
    path.write_text("print(1)\n")
    dialog.files[0].set(str(path))
    dialog.arguments[0].set('-v "two words" C:\\tmp')
    dialog.buttons["start"].invoke()
    stage.wait(lambda: stage.commands, "it is begun")
    (file,) = stage.commands[0].files
    assert (file.name, file.path, file.arguments) == ("mine", str(path), ("-v", "two words", "C:\\tmp"))
    again = open_dialog(stage)
    assert again.files[0].value == str(path), "it is remembered"
    again.close("")


def test_one_program_can_meet_the_sockets_page(stage: Stage) -> None:
    dialog = open_dialog(stage)
    dialog._sockets.invoke()
    assert stage.urls == ["tcp-server://127.0.0.1:12345"]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (("/a/server.py",), ("server",)),
        (("/a/server.py", "/b/client.py"), ("server", "client")),
        (("/a/x.py", "/b/x.py"), ("x-1", "x-2")),
    ],
)
def test_each_program_has_a_name_of_its_own(paths: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert named(paths) == names
