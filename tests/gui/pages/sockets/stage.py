"""A Sockets page in a window of its own, with a real transcript behind it and events that a test plays."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk

from gui import i18n, theme
from gui.pages.sockets import SocketsPage
from gui.services import Services
from gui.settings import Settings
from gui.shortcuts import Shortcuts
from net.commands import Command
from net.events import Event
from net.recorder import Recorder

WIDTH, HEIGHT = 1220, 720


def window(mode: str = "light", width: int = WIDTH, height: int = HEIGHT, projector: bool = False) -> ttk.App:
    """The one root, themed and on the screen."""
    theme.register()
    wanted: Any = mode
    app = ttk.App(title="Duplex", theme=theme.first_theme(wanted))
    theme.apply_theme(app, wanted, projector)
    app.geometry(f"{width}x{height}+20+20")
    return app


class Stage:
    """``page`` in ``app``; ``commands`` holds what was submitted; `play` is what an engine would tell."""

    def __init__(self, app: ttk.App, folder: Path, settings: Settings | None = None, keep: bool = True) -> None:
        self.app = app
        self.commands: list[Command] = []
        self.toasts: list[str] = []
        self.unread = 0
        self.status = ""
        self.told: list[Event] = []
        self.recorder = Recorder(folder / "transcript.sqlite" if keep else None, None, None, self.told.extend)
        self.settings = settings or Settings()
        sessions, jobs = itertools.count(1), itertools.count(1)
        self.services = Services(
            submit=self.commands.append,
            new_session=lambda: next(sessions),
            new_job=lambda: next(jobs),
            reader=self.recorder.reader,
            settings=self.settings,
            save_settings=lambda: None,
            on_settings_change=lambda _f: lambda: None,
            shortcuts=Shortcuts(app, lambda: "sockets"),
            open_urls=(),
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
        root = ttk.Frame(app, style="Back.TFrame", padding=12)
        root.pack(fill="both", expand=True)
        root.rowconfigure(0, weight=1)
        root.columnconfigure(0, weight=1)
        self.page = SocketsPage(root, self.services)
        self.page.frame.grid(row=0, column=0, sticky="nsew")
        self._forget = i18n.on_language_change(self.page.retext)
        self.page.shown()
        app.update()

    def play(self, *events: Event) -> None:
        """Let this have happened: recorded, and shown once the transcript has it."""
        self.recorder.put(tuple(events))
        self.page.on_event_batch(events)
        self.settle()

    def settle(self) -> None:
        """Wait until everything put so far is in the transcript, and paint."""
        deadline = time.monotonic() + 5
        while self.recorder.backlog and time.monotonic() < deadline:
            self.app.update()
        self.deliver()
        self.app.update()

    def deliver(self) -> None:
        told: Sequence[Event] = tuple(self.told)
        del self.told[: len(told)]
        if told:
            self.page.on_event_batch(told)

    def close(self) -> None:
        self._forget()
        self.recorder.stop()
        self.recorder.join(5)
        self.app.update_idletasks()
        self.app.destroy()
