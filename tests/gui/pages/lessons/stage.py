"""A Lessons page in a window, with a lab that a test plays."""

from __future__ import annotations

import itertools
import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk

from gui.pages.lessons import LessonsPage
from gui.pages.lessons.player.player import LessonPlayer
from gui.shared.settings import Settings
from net.engine import Engine
from net.events import Event
from net.lab.commands import MakeMoves, StartRun
from net.lab.lesson_files import load_lesson, still_recording
from net.lab.recording import RecordedEvent, Step
from net.lab.recording_file import read_recording
from tests.gui.pages.lessons.played import answer, connected, received, sent
from tests.gui.pages.page_stage import PageStage
from tests.waiting import PATIENCE_SECONDS

STREAM: dict[int, Callable[[], Sequence[RecordedEvent]]] = {1: connected, 2: sent, 3: received}


class Stage(PageStage):
    """Commands are answered at once, unless ``patient`` is False: then `answer_all` does. ``from_stills``:
    with the recordings that are delivered with the lessons, not with the few steps of ``steps``."""

    def __init__(self, app: ttk.App, folder: Path, settings: Settings | None = None) -> None:
        super().__init__(app, folder, settings or Settings(), "lessons")
        self._waiting: list[Event] = []
        self._start()
        self._scenes: dict[int, Path] = {}
        self.patient = True
        self.from_stills = False
        self.steps = STREAM
        self.page: LessonsPage = LessonsPage(self.root, self.services)
        self.show_page()

    def _start(self) -> None:
        self._numbers = itertools.count(1)

    def new_job(self) -> int:
        return next(self._numbers)

    def submit(self, command: Any) -> None:
        super().submit(command)
        events: Sequence[RecordedEvent] = ()
        if isinstance(command, StartRun) and command.scene is not None:
            self._scenes[command.run] = still_recording(command.lesson, command.scene.name)
        if isinstance(command, MakeMoves):
            if self.from_stills:
                events = self._from_still(command)
            elif command.step in self.steps:
                events = self.steps[command.step]()
        self._waiting += answer(command, events)

    def _from_still(self, command: MakeMoves) -> Sequence[RecordedEvent]:
        """What the delivered recording has between the step before and this one."""
        path = self._scenes[command.run]
        if not path.exists():
            return ()
        events = read_recording(path).events
        ends = [0] + [n for n, event in enumerate(events) if isinstance(event, Step)]
        here = next((n for n in ends[1:] if getattr(events[n], "number", 0) == command.step), None)
        return () if here is None else events[ends[ends.index(here) - 1] + 1 : here]

    def pump(self) -> None:
        if self.patient:
            self.answer_all()

    def answer_all(self) -> None:
        """Deliver what the lab would have reported by now."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self.dispatch.deliver(waiting)

    def play(self, *events: Event) -> None:
        self.dispatch.deliver(events)
        self.app.update()

    def begin(self, lesson: str, step: int = 1) -> LessonPlayer:
        """Open a lesson as its card does, and wait until its moves are made."""
        self.page.begin(load_lesson(lesson), step)
        self.rest()
        return self.page.player

    def rest(self) -> None:
        """Wait until nothing is under way and nothing moves."""
        player = self.page.player

        def resting() -> bool:
            return player.play is not None and not player.play.under_way and not player.stage.animating

        self.wait(resting, "the step's moves are made")

    def submitted(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]

    def end(self) -> None:
        """Nothing runs here."""

    def close(self) -> None:
        self.page.hidden()
        self.root.destroy()
        self.app.update_idletasks()
        self.end()


class Live(Stage):
    """The same page with a real engine, whose lab runs real programs."""

    def _start(self) -> None:
        self.engine = Engine(data_folder=self.folder)

    def submit(self, command: Any) -> None:
        self.commands.append(command)
        self.engine.submit(command)

    def new_job(self) -> int:
        return self.engine.new_job()

    def pump(self) -> None:
        self.pump_from(self.engine)

    def end(self) -> None:
        self.engine.stop()
        assert self.engine.join(PATIENCE_SECONDS)


def canvas_texts(canvas: tk.Canvas) -> str:
    """All texts on a canvas, in the order they were drawn."""
    items = [item for item in canvas.find_all() if str(canvas.type(item)) == "text"]
    return " ".join(canvas.itemcget(item, "text").replace("\n", " ") for item in items)
