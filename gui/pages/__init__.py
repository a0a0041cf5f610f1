"""The pages, and their interface to the window. Each is imported when it is first built, so that the start is
quick."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from gui.shared.i18n import _

if TYPE_CHECKING:
    from gui.services.services import Services


class Page(Protocol):
    """One page of the rail, created as ``PageClass(master, services)`` with ``master`` on the tinted
    backdrop.

    The window grids ``frame`` over the whole page area. Colours follow the theme by themselves; texts follow
    the language if they are set with `gui.look.words.follow_language`. Events arrive through
    `Services.watch_events`, at most one batch a frame, also while the page is hidden: update the data then,
    and paint when `shown`.
    """

    @property
    def frame(self) -> tk.Widget: ...

    def shown(self) -> None: ...

    def hidden(self) -> None: ...

    def focus_default(self) -> None: ...


class PageEntry:
    """What the rail needs before the page exists. ``icon``: the name of a bundled Bootstrap icon."""

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
