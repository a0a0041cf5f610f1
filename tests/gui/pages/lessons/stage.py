"""A Lessons page in a window, with a lab that a test plays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk

from gui.pages.lessons import LessonsPage
from gui.shared.settings import Settings
from net.events import Event
from net.lab.commands import MakeMoves
from net.lab.recording import RecordedEvent
from tests.gui.pages.lessons.played import answer, connected, received, sent
from tests.gui.pages.page_stage import PageStage

STREAM: dict[int, Callable[[], Sequence[RecordedEvent]]] = {1: connected, 2: sent, 3: received}


class Stage(PageStage):
    """Commands are answered at once, unless ``patient`` is False: then `answer_all` does."""

    def __init__(self, app: ttk.App, folder: Path, settings: Settings | None = None) -> None:
        super().__init__(app, folder, settings or Settings(), "lessons")
        self._numbers = itertools.count(1)
        self._waiting: list[Event] = []
        self.patient = True
        self.steps = STREAM
        self.page: LessonsPage = LessonsPage(self.root, self.services)
        self.show_page()

    def new_job(self) -> int:
        return next(self._numbers)

    def submit(self, command: Any) -> None:
        super().submit(command)
        events: Sequence[RecordedEvent] = ()
        if isinstance(command, MakeMoves) and command.step in self.steps:
            events = self.steps[command.step]()
        self._waiting += answer(command, events)

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

    def submitted(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]

    def close(self) -> None:
        self.root.destroy()
        self.app.update_idletasks()
