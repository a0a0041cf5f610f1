"""A Sockets page in a window of its own: before an engine of its own, or with events that a test plays."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import ttkbootstrap as ttk

from gui import i18n, theme
from gui.pages.sockets import SocketsPage
from gui.services import Services
from gui.settings import Settings
from gui.shortcuts import Shortcuts
from net.chat.commands import ChatCommand
from net.commands import Command, KeepTranscripts
from net.engine import Engine
from net.events import Event, Stored
from net.recorder import Recorder
from net.transcript import TranscriptReader
from tests.waiting import PATIENCE_SECONDS, wait_until

T = TypeVar("T")
WIDTH, HEIGHT = 1220, 720
NOTHING_STORED = Stored({})


def window(mode: str = "light", width: int = WIDTH, height: int = HEIGHT, projector: bool = False) -> ttk.App:
    """The one root, themed and on the screen."""
    theme.register()
    wanted: Any = mode
    app = ttk.App(title="Duplex", theme=theme.first_theme(wanted))
    theme.apply_theme(app, wanted, projector)
    app.geometry(f"{width}x{height}+20+20")
    return app


class Stage:
    """``page`` in ``app``; ``commands`` holds what was submitted, ``toasts`` what was told by the way.

    `play` is what an engine would tell; the transcript is a real one (none with ``keep`` False).
    """

    def __init__(
        self,
        app: ttk.App,
        folder: Path,
        settings: Settings | None = None,
        keep: bool = True,
        urls: tuple[str, ...] = (),
    ) -> None:
        self.app = app
        self.folder = folder
        self.commands: list[Command | ChatCommand] = []
        self.toasts: list[str] = []
        self.unread = 0
        self.status = ""
        self.settings = settings or Settings()
        self._start(keep)
        self.services = Services(
            submit=self.submit,
            new_session=self.new_session,
            new_job=self.new_job,
            reader=self.reader,
            settings=self.settings,
            save_settings=lambda: None,
            on_settings_change=lambda _f: lambda: None,
            shortcuts=Shortcuts(app, lambda: "sockets"),
            open_urls=urls,
            profile=folder,
            toast=lambda text, _tone: self.toasts.append(text),
            banner=lambda *_rest: None,
            status=lambda text, _tone: setattr(self, "status", text),
            unread=lambda _page, count: setattr(self, "unread", count),
            ask=lambda *_rest: "",
            show_page=lambda _name: None,
            open_settings=lambda: None,
            show_shortcuts=lambda: None,
        )
        root = self.root = ttk.Frame(app, style="Back.TFrame", padding=12)
        root.pack(fill="both", expand=True)
        root.rowconfigure(0, weight=1)
        root.columnconfigure(0, weight=1)
        self.page = SocketsPage(root, self.services)
        self.page.frame.grid(row=0, column=0, sticky="nsew")
        self._forget = i18n.on_language_change(self.page.retext)
        self.page.shown()
        app.update()

    # What a played engine does; `Live` has a real one

    def _start(self, keep: bool) -> None:
        self._told: list[Event] = []
        self._sessions, self._jobs = itertools.count(1), itertools.count(1)
        self.kept = keep
        path = self.folder / "transcript.sqlite" if keep else None
        self.recorder = Recorder(path, None, None, self._told.extend)

    def submit(self, command: Command | ChatCommand) -> None:
        self.commands.append(command)

    def new_session(self) -> int:
        return next(self._sessions)

    def new_job(self) -> int:
        return next(self._jobs)

    def reader(self) -> TranscriptReader | None:
        return self.recorder.reader()

    def play(self, *events: Event) -> None:
        """Let this have happened: recorded, and shown once the transcript has it."""
        self.recorder.put(tuple(events))
        self.page.on_event_batch(events)
        if self.kept:
            # Done, and told, once all that was put before is stored and told.
            self.recorder.submit(KeepTranscripts(None))
            wait_until(lambda: NOTHING_STORED in self._told, root=self.app, what="what happened is stored")
            self._told.remove(NOTHING_STORED)
        self.pump()
        self.app.update()

    def pump(self) -> None:
        """Hand over what was told meanwhile, as the window does every frame."""
        told: Sequence[Event] = tuple(self._told)
        del self._told[: len(told)]
        if told:
            self.page.on_event_batch(told)

    # For tests

    def wait(self, condition: Callable[[], T | None], what: str = "", timeout: float = PATIENCE_SECONDS) -> T:
        """The first true value of the condition, while the window and its engine go on."""

        def asked() -> T | None:
            self.pump()
            self.app.update()
            return condition()

        return wait_until(asked, timeout=timeout, what=what)

    def texts(self, widget: Any = None) -> str:
        """Every word on the labels and buttons in sight."""
        found = []
        for each in [widget] if widget is not None else [self.app]:
            found += _texts(each)
        return "\n".join(found)

    def end(self) -> None:
        self.recorder.stop()
        assert self.recorder.join(PATIENCE_SECONDS)

    def close(self) -> None:
        self._forget()
        self.end()
        self.root.destroy()
        self.app.update_idletasks()


class Live(Stage):
    """The same page before a real engine."""

    def _start(self, keep: bool) -> None:
        self.engine = Engine(
            data_folder=self.folder, transcript=self.folder / "transcript.sqlite" if keep else None
        )

    def submit(self, command: Command | ChatCommand) -> None:
        self.commands.append(command)
        self.engine.submit(command)

    def new_session(self) -> int:
        return self.engine.new_session()

    def new_job(self) -> int:
        return self.engine.new_job()

    def reader(self) -> TranscriptReader | None:
        return self.engine.reader()

    def pump(self) -> None:
        try:
            while True:
                self.page.on_event_batch(self.engine.events.get_nowait())
        except queue.Empty:
            return

    def end(self) -> None:
        self.engine.stop()
        assert self.engine.join(PATIENCE_SECONDS)


def _texts(widget: Any) -> list[str]:
    found = []
    if widget.winfo_ismapped():
        try:
            text = str(widget.cget("text"))
        except Exception:
            text = ""
        if text:
            found.append(text)
    for child in widget.winfo_children():
        found += _texts(child)
    return found
