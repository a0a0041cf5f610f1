"""What the stages of the pages have in common: a window, and services that remember their calls."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import ttkbootstrap as ttk

from gui.look.apply import apply_theme, first_theme, register
from gui.services.services import Action, Services, Tone, Words
from gui.services.shortcuts import Shortcuts
from gui.shared.dispatch import Dispatch
from gui.shared.settings import Settings
from net.engine import Engine
from net.transcript.reader import TranscriptReader
from tests.waiting import PATIENCE_SECONDS, wait_until

T = TypeVar("T")
WIDTH, HEIGHT = 1220, 720


def window() -> ttk.App:
    """The one root, themed and visible."""
    register()
    app = ttk.App(title="Duplex", theme=first_theme("light"))
    apply_theme(app, "light")
    app.geometry(f"{WIDTH}x{HEIGHT}+20+20")
    return app


class PageStage:
    """A place in ``app`` for a page. ``commands`` holds what was submitted, ``toasts`` and ``banners`` what
    was called with, ``offered`` what a press on a banner does; ``answer`` is the answer to each question."""

    page: Any

    def __init__(
        self, app: ttk.App, folder: Path, settings: Settings, name: str, urls: tuple[str, ...] = ()
    ) -> None:
        self.app = app
        self.folder = folder
        self.settings = settings
        self.commands: list[Any] = []
        self.toasts: list[str] = []
        self.banners: dict[str, str] = {}
        self.offered: dict[str, Action | None] = {}
        self.urls: list[str] = []
        self.url_listeners: list[Callable[[str], None]] = []
        self.full_screens: list[bool] = []
        self.dispatch = Dispatch()
        self._settings_listeners: list[Callable[[], None]] = []
        self.unread = 0
        self.status = ""
        self.answer = ""
        self.services = Services(
            submit=self.submit,
            new_session=self.new_session,
            new_job=self.new_job,
            watch_events=self.dispatch.watch,
            reader=self.reader,
            settings=settings,
            save_settings=lambda: None,
            on_settings_change=self._on_settings_change,
            shortcuts=Shortcuts(app, lambda: name),
            open_urls=urls,
            lesson="",
            step=0,
            profile=folder,
            toast=lambda text, _tone: self.toasts.append(text),
            banner=self._banner,
            status=lambda text, _tone: setattr(self, "status", text),
            unread=lambda _page, count: setattr(self, "unread", count),
            ask=lambda *_rest: self.answer,
            show_page=lambda _name: None,
            open_url=self.urls.append,
            on_open_url=self.url_listeners.append,
            full_screen=self.full_screens.append,
            open_settings=lambda: None,
            show_shortcuts=lambda: None,
        )
        root = self.root = ttk.Frame(app, style="Back.TFrame", padding=12)
        root.pack(fill="both", expand=True)
        root.rowconfigure(0, weight=1)
        root.columnconfigure(0, weight=1)

    def show_page(self) -> None:
        self.page.frame.grid(row=0, column=0, sticky="nsew")
        self.page.shown()
        self.app.update()

    def _on_settings_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._settings_listeners.append(listener)
        return lambda: self._settings_listeners.remove(listener)

    def settings_changed(self) -> None:
        """As after a change in the window's settings dialog."""
        for listener in self._settings_listeners:
            listener()

    def _banner(self, key: str, words: Words, _tone: Tone, action: Action | None = None) -> None:
        self.banners[key] = words if isinstance(words, str) else words()
        self.offered[key] = action

    def submit(self, command: Any) -> None:
        self.commands.append(command)

    def new_session(self) -> int:
        return 1

    def new_job(self) -> int:
        return 1

    def reader(self) -> TranscriptReader | None:
        return None

    def pump(self) -> None:
        """Deliver pending events, as the window does every frame; here there are none."""

    def pump_from(self, engine: Engine) -> None:
        try:
            while True:
                self.dispatch.deliver(engine.events.get_nowait())
        except queue.Empty:
            return

    def wait(self, condition: Callable[[], T | None], what: str = "", timeout: float = PATIENCE_SECONDS) -> T:
        """The first true value of the condition; the window and its engine keep running meanwhile."""

        def asked() -> T | None:
            self.pump()
            self.app.update()
            return condition()

        return wait_until(asked, timeout=timeout, what=what)

    def texts(self, widget: Any = None) -> str:
        """The texts of all visible labels and buttons."""
        return "\n".join(_texts(widget if widget is not None else self.root))


def shown_text(list: Any) -> str:
    """The visible rows of a virtual list, one per line."""
    rows = [list.row(index) for index in list.visible]
    return "\n".join(list.text_of(row) for row in rows if row is not None)


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
