"""The pages, and what the window expects of one. Each is imported when it is first built, so that starting
stays quick."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from gui.shared.i18n import _

if TYPE_CHECKING:
    from gui.services.services import Services


class Page(Protocol):
    """One page of the rail, made as ``PageClass(master, services)`` with ``master`` on the tinted backdrop.

    ``frame`` is gridded by the window over the whole page area. Colours follow the theme by themselves, and
    words the language where they are set with `gui.look.words.follow_language`. Events come through
    `Services.watch_events`, at most one batch a frame, also while the page is hidden: keep the facts then,
    paint when `shown`.
    """

    @property
    def frame(self) -> tk.Widget: ...

    def shown(self) -> None: ...

    def hidden(self) -> None: ...

    def focus_default(self) -> None: ...


class PageEntry:
    """What the rail needs to know before the page exists. ``icon``: of the bundled Bootstrap icons."""

    def __init__(
        self, name: str, icon: str, title: Callable[[], str], build: Callable[[tk.Misc, Services], Page]
    ) -> None:
        self.name = name
        self.icon = icon
        self.title = title
        self.build = build


def _chat(master: tk.Misc, services: Services) -> Page:
    from gui.pages.chat import ChatPage

    return ChatPage(master, services)


def _sockets(master: tk.Misc, services: Services) -> Page:
    from gui.pages.sockets import SocketsPage

    return SocketsPage(master, services)


def _lessons(master: tk.Misc, services: Services) -> Page:
    from gui.pages.lessons import LessonsPage

    return LessonsPage(master, services)


PAGES = (
    PageEntry("chat", "chat-dots", lambda: _("Chat"), _chat),
    PageEntry("sockets", "plug", lambda: _("Sockets"), _sockets),
    PageEntry("lessons", "mortarboard", lambda: _("Lessons"), _lessons),
)
