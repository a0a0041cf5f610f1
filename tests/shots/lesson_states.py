"""The states of the Lessons page: shelf, steps, questions, figures, tasks, own programs."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gui.pages.lessons.programs.program_dialog import ProgramChoice
from gui.pages.lessons.runs import recorded
from net.lab.commands import RunFile
from net.lab.events import MovesMade
from net.lab.lesson_files import LESSONS_FOLDER, load_lesson, still_recording
from net.lab.recording_file import read_recording
from tests.shots.stage import Stage, State


def lessons(stage: Stage) -> Any:
    """The page, with the shelf."""
    stage.window.show_page("lessons")
    page = stage.contents.pages.built["lessons"]
    stage.wait(lambda: page.frame.winfo_viewable(), "the page")
    made: Any = page
    made.show_shelf()
    return made


def rest(stage: Stage, page: Any) -> None:
    player = page.player
    stage.wait(lambda: not player.play.under_way and not player.stage.animating, "the step's moves are made")


def live(name: str, step: int) -> Callable[[Stage], Any]:
    """A step of a lesson with real programs."""

    def make(stage: Stage) -> Any:
        page = lessons(stage)
        page.begin(load_lesson(name), step)
        rest(stage, page)
        return page

    return make


def still(name: str, step: int) -> Callable[[Stage], Any]:
    """A step of a lesson with the recordings that are delivered."""

    def make(stage: Stage) -> Any:
        page, lesson = lessons(stage), load_lesson(name)
        page.begin(lesson)
        for scene in lesson.scenes:
            path = still_recording(name, scene.name)
            if path.exists():
                events = read_recording(path).events
                page.player.play.show_recorded(recorded(events, scene.name, still=True))
        page.player.go_to(step)
        rest(stage, page)
        return page

    return make


def voted(stage: Stage) -> Any:
    page = live("stream", 2)(stage)
    for option, hands in enumerate((21, 4, 9, 2)):
        page.player.add_hand(option, hands)
    return page


def revealed(stage: Stage) -> Any:
    page = voted(stage)
    page.player.reveal()
    return page


def whole_screen(stage: Stage) -> Any:
    page = voted(stage)
    page.toggle_screen()
    stage.settle(0.5)
    return page


def not_reached(stage: Stage) -> Any:
    page = live("stream", 1)(stage)
    values = {"move": "server after accept 1"}
    stage.window.dispatch.deliver([MovesMade(page.player.run.number, 1, False, "not-reached", values)])
    return page


def notes(stage: Stage) -> Any:
    page = live("stream", 2)(stage)
    page.player.ask_for_notes()
    return page


def task(stage: Stage) -> Any:
    page = lessons(stage)
    page.show_task(load_lesson("stream"))
    stage.wait(lambda: page.task.attempts.addresses, "it listens")
    return page


def judged(stage: Stage) -> Any:
    page = task(stage)
    host, _colon, port = page.task.attempts.addresses[0].rpartition(":")
    for name in (stage.say("Lin Xiao", "林晓"), stage.say("seat 12", "12 号")):
        program = stage.keep(socket.create_connection((host, int(port)), timeout=5))
        program.sendall(f"{name}\n".encode())
    stage.wait(lambda: len(page.task.attempts.all) == 2, "both came")
    stage._sockets[0].shutdown(socket.SHUT_WR)
    stage.wait(lambda: not page.task.attempts.all[0].running, "the verdict")
    page.task.hint()
    return page


def cases(stage: Stage) -> Any:
    page = lessons(stage)
    page.show_cases(load_lesson("http"))
    page.cases.rows[0].choose("tcp")
    page.cases.rows[1].choose("udp")
    return page


def own_programs(stage: Stage) -> Any:
    page = lessons(stage)
    page.choose_program()
    return page


def stepping(stage: Stage) -> Any:
    page = lessons(stage)
    folder = LESSONS_FOLDER / "tutorial"
    names = ("one_shot_client", "one_shot_server")
    files = tuple(RunFile(name, str(folder / f"{name}.py"), side) for side, name in enumerate(names))
    page._step_programs(ProgramChoice(files, ""))
    for _turn in range(5):
        stage.wait(lambda: not page.stepper.run.busy, "it is held")
        page.stepper.forward()
    stage.wait(lambda: not page.stepper.run.busy, "it is held")
    return page


def recording(stage: Stage) -> Any:
    page = lessons(stage)
    path: Path = still_recording("who-hangs-up", "client-first")
    page.show_recording(path.name, read_recording(path).events)
    page.stepper.go_to_end()
    return page


def preflight(stage: Stage) -> Any:
    page = lessons(stage)
    page._check_this_pc()
    stage.wait(lambda: page._findings.seconds is not None, "everything was tried")
    return page


LESSON_STATES = (
    State("lesson-shelf", lessons, True),
    State("lesson-preflight", preflight, True),
    State("lesson-watch", live("stream", 1), True),
    State("lesson-vote", voted, True),
    State("lesson-revealed", revealed, True),
    State("lesson-whole-screen", whole_screen, True),
    State("lesson-outcomes", live("stream", 4), True),
    State("lesson-facts", still("who-hangs-up", 3), True),
    State("lesson-hangs", live("why-stuck", 2), True),
    State("lesson-graph", still("one-road", 2), True),
    State("lesson-table", still("http", 7), True),
    State("lesson-not-reached", not_reached),
    State("lesson-notes", notes),
    State("lesson-task", task, True),
    State("lesson-verdicts", judged, True),
    State("lesson-cases", cases, True),
    State("lesson-own-programs", own_programs, True),
    State("lesson-stepping", stepping, True),
    State("lesson-recording", recording),
)
