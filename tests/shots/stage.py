"""The program's real window, driven from inside to a state worth a picture."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import sys
import time
import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from PIL import Image, ImageChops, ImageGrab

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.model import SessionInfo
from gui.shared.arguments import Arguments
from gui.shared.settings import Settings
from gui.window.app import Contents, Window
from net.address import Address
from net.chat.commands import ChatCommand
from net.engine import Engine
from net.events import Event
from net.sockets.commands import Abort, Close
from net.sockets.events import (
    Acknowledged,
    Closed,
    CloseReason,
    MessagesReceived,
    MessagesSent,
    Opened,
    Role,
    Transport,
)
from tests.gui.pages.page_stage import shown_text
from tests.waiting import PATIENCE_SECONDS, wait_until

T = TypeVar("T")


class DeafEngine(Engine):
    """Carries out no command of the chat, so that nothing is announced on a real network. ``asked``: they."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.asked: list[Any] = []

    def submit(self, command: Any) -> None:
        if isinstance(command, ChatCommand):
            self.asked.append(command)
        else:
            super().submit(command)


PLACE = "+20+20"
STILL_FOR = 2
STILL_WITHIN_SECONDS = 1.5


@dataclass(frozen=True)
class Variant:
    """One look of the window; ``size`` in pixels, None for the whole screen."""

    theme: str
    lang: str
    size: tuple[int, int] | None = (1200, 800)
    projector: bool = False

    @property
    def name(self) -> str:
        size = "whole" if self.size is None else "{}x{}".format(*self.size)
        return f"{self.theme}-{self.lang.partition('_')[0]}-{size}{'-projector' if self.projector else ''}"


class Stage:
    """``window`` on the screen in one variant, with a profile in ``folder``. `reset` goes back to idle."""

    def __init__(self, variant: Variant, folder: Path) -> None:
        self.variant = variant
        self.folder = folder
        self._sockets: list[socket.socket] = []
        self._numbers = itertools.count(1)
        self.chat: Any = None
        folder.mkdir(parents=True, exist_ok=True)
        profile = folder / "profile"

        def start_engine(_settings: Settings, profile: Path) -> Engine:
            return DeafEngine(data_folder=profile, transcript=profile / "transcript.sqlite3")

        arguments = Arguments(page="sockets", lang=variant.lang, theme=variant.theme, profile=profile)
        self.window = Window(arguments, start_engine)
        self.app = self.window.app
        if variant.size is None:
            self.app.attributes("-zoomed", True)
        else:
            self.app.geometry("{}x{}".format(*variant.size) + PLACE)
        self.wait(lambda: self.window.page == "sockets" and self.app.winfo_viewable(), "the page")
        if variant.projector:
            self.window.preferences.switch_projector()
        self.page = cast(Any, self.contents.pages.built["sockets"])
        self.app.update()
        self._side_first = bool(self.page.fold.shown)

    @property
    def engine(self) -> DeafEngine:
        return cast(DeafEngine, self.window.engine)

    @property
    def contents(self) -> Contents:
        """Of the window, whose engine runs."""
        assert self.window.contents is not None
        return self.window.contents

    def wait(self, condition: Callable[[], T | None], what: str = "", timeout: float = PATIENCE_SECONDS) -> T:
        return wait_until(condition, timeout, self.app, what)

    def say(self, english: str, chinese: str) -> str:
        return chinese if self.variant.lang.startswith("zh") else english

    # --- Sessions and their peers ---

    def start(self, choice: Choice, until: Callable[[SessionInfo], object] | None = None) -> SessionInfo:
        """Open it as the button does; wait until it is open, or ``until`` is true of it."""
        self.page.setup.show_choice(choice)
        self.page.setup.start.invoke()
        known: SessionInfo = self.page.model.get(self.page.model.shown)
        self.wait(lambda: until(known) if until is not None else known.is_live, f"{choice} opens")
        return known

    def serve(self, **fields: Any) -> SessionInfo:
        return self.start(Choice(host="127.0.0.1", **{"port": "0", **fields}))

    def connect(self, listener: SessionInfo, address: str = "") -> socket.socket:
        """A plain client of ``listener``, once the page has it; ``address``: its own, of loopback."""
        assert listener.local is not None
        already = len(listener.children)
        where = (listener.local.host, listener.local.port)
        peer = socket.create_connection(
            where, timeout=PATIENCE_SECONDS, source_address=(address, 0) if address else None
        )
        self._sockets.append(peer)
        self.wait(lambda: len(listener.children) > already, "the client is in the list")
        return peer

    def listener(self, **options: Any) -> socket.socket:
        """A plain listening socket."""
        made = socket.create_server(("127.0.0.1", 0), **options)
        self._sockets.append(made)
        return made

    def keep(self, made: socket.socket) -> socket.socket:
        """Close it at the end of the state."""
        self._sockets.append(made)
        return made

    def hear(self, peer: socket.socket, data: str | bytes) -> None:
        """Let the peer send, and wait for the row."""
        rows = self.rows()
        peer.sendall(data.encode() if isinstance(data, str) else data)
        self.wait(lambda: self.rows() > rows, "what the peer sent is shown")

    def write(self, text: str) -> None:
        """Write and send it, as Enter does."""
        rows = self.rows()
        self.page.chat.composer.composer.set(text)
        self.page.chat.composer.composer.submit()
        self.wait(lambda: self.rows() > rows, "what was written is shown")

    def rows(self) -> int:
        return int(self.page.chat.conversation.count())

    def visible_text(self) -> str:
        """What the conversation shows at present, one row a line."""
        return shown_text(self.page.chat.conversation.current)

    def settle(self, seconds: float) -> None:
        """Let the window go on so long: rates and job lines need some history to show."""
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > until, timeout=seconds + PATIENCE_SECONDS)

    def remember(self) -> int:
        """Sessions of days before in the transcript; the id of one with a conversation."""
        engine = self.window.engine
        assert engine is not None
        number = 0
        for days, remote in ((2, "192.168.1.20:12345"), (2, "10.0.0.7:80"), (1, "192.168.1.31:12345")):
            number = engine.new_session()
            when = time.time_ns() - days * 86_400 * 1_000_000_000 + number * 60_000_000_000
            here, there = Address.parse("192.168.1.4:50123"), Address.parse(remote)
            asked = self.say("What is the time over there?", "你那边几点了？")
            answer = self.say("Half past nine.", "九点半。").encode()
            size, later = len(asked.encode()), when + 1_000_000_000
            events: tuple[Event, ...] = (
                Opened(number, None, Transport.TCP, Role.CLIENT, here, there, when),
                MessagesSent(number, [asked.encode()], there, "user", later, size, 0),
                Acknowledged(number, size, size, 1, False, later + 2_000_000),
                MessagesReceived(number, [answer], when + 9_000_000_000, len(answer), 0),
                Closed(number, CloseReason.BY_PEER, None, when + 20_000_000_000),
            )
            assert engine._transcript.recorder is not None
            engine._transcript.recorder.put(events)
        reader = self.contents.services.reader()
        assert reader is not None
        self.wait(lambda: reader.count(number) == 4, "they are stored")
        reader.close()
        return number

    # --- Between two states ---

    def reset(self) -> None:
        """End everything that a state opened."""
        for child in [*self.app.winfo_children()]:
            if isinstance(child, tk.Toplevel):
                close = child.wm_protocol("WM_DELETE_WINDOW")  # as its cross does
                child.tk.call(close) if close else child.destroy()
        for button in self.page.setup.tools.values():
            for menu in button.winfo_children():
                menu.destroy()
        page = self.page
        if self.chat is not None:
            self.chat.end()
            self.chat = None
        self.window.show_page("sockets")
        for made in self._sockets:
            with contextlib.suppress(OSError):
                made.close()
        self._sockets.clear()
        for known in [*page.model]:
            if not known.closed:
                self.contents.services.submit((Abort if known.is_connection else Close)(known.session))
        self.wait(lambda: all(known.closed for known in page.model), "all sessions end")
        for known in [*page.model]:
            if known.parent is None and page.model.get(known.session) is not None:
                page.sessions.forget(known.session)
        for known in [*page.model]:
            page.sessions.forget(known.session)
        page.sessions.show(None)
        self._fold()
        page.setup.show_choice(Choice())
        for key in [*self.window.layout.banners.texts]:
            self.window.layout.banners.hide(key)
        self.app.update()

    def _fold(self) -> None:
        page, conversation, composer = self.page, self.page.chat.conversation, self.page.chat.composer
        conversation.close_find()
        if conversation.filter_open:
            conversation.toggle_filter()
        if conversation.view != "bubbles":
            page.chat.view.set("bubbles")
            conversation.set_view("bubbles")
        if composer.more.winfo_manager():
            composer.toggle_more()
        composer.composer.set("")
        composer.composer.show_error(None)
        composer.mode.set("text")
        if page.setup.options_open:
            page.setup.toggle_options()
        if page.side.tab.value != "diagram":
            page.side.tab.set("diagram")
            page.side._tab_chosen("diagram")
        if page.fold.shown != self._side_first:
            page.fold.toggle()

    # --- Pictures ---

    def grab(self) -> Image.Image:
        """The window's inside, with whatever lies over it."""
        app = self.app
        left, top = app.winfo_rootx(), app.winfo_rooty()
        box = (left, top, left + app.winfo_width(), top + app.winfo_height())
        display = os.environ.get("DISPLAY") if sys.platform == "linux" else None
        return ImageGrab.grab(box, xdisplay=display).convert("RGB")

    def picture(self) -> Image.Image:
        """The window once it has come to rest (or, with a caret or a rate that goes on, soon)."""
        until = time.monotonic() + STILL_WITHIN_SECONDS
        before, same = self.grab(), 0
        while same < STILL_FOR and time.monotonic() < until:
            self.settle(0.03)
            now = self.grab()
            same = same + 1 if ImageChops.difference(now, before).getbbox() is None else 0
            before = now
        return before

    def end(self) -> None:
        self.reset()
        self.window.close()
        engine = self.window.engine
        assert engine is not None
        wait_until(self._gone, what="the window closes")
        assert engine.join(PATIENCE_SECONDS)

    def _gone(self) -> bool:
        try:
            self.app.update()
            return not self.app.winfo_exists()
        except tk.TclError:
            return True


class State(NamedTuple):
    """``make`` brings the stage there; ``everywhere``: also in the small, large and projector windows."""

    name: str
    make: Callable[[Stage], Any]
    everywhere: bool = False
