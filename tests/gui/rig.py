"""The real window on a real screen, with an engine that the test controls."""

from __future__ import annotations

import itertools
import json
import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gui.shared.arguments import parse_arguments
from gui.window.app import Contents, Window
from net.events import EngineStopped, Event
from net.transcript.commands import KeepTranscripts
from tests.gui.keyboard import press
from tests.waiting import wait_until


class ScriptedEngine:
    """Completes ``stop`` only when the test says so."""

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
        self.wait(lambda: window.page and window.app.winfo_viewable(), "the first page")
        self.wait(lambda: window.app.winfo_width() == 1000 and window.app.winfo_height() == 700, "the size")
        return window

    @property
    def contents(self) -> Contents:
        """The open window's services, once its engine runs."""
        assert self.window is not None and self.window.contents is not None
        return self.window.contents

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        assert self.window is not None
        return wait_until(condition, root=self.window.app, what=what)

    def press(self, key: str) -> None:
        assert self.window is not None
        press(self.window.app, key)

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
