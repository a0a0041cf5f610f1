"""The Sockets page's text in the status bar, and its number of unread messages on the rail."""

from __future__ import annotations

from typing import Any

from gui.pages.sockets import words
from gui.pages.sockets.model import SessionModel
from gui.services.services import Services


class PageStatus:
    def __init__(self, services: Services, model: SessionModel) -> None:
        self._services = services
        self._model = model
        self._unread = 0

    def show_state(self) -> None:
        """Show the shown session's state in the status bar."""
        known = self._model.get(self._model.shown)
        if known is None:
            self._services.status("", "normal")
            return
        text, tone = words.status_words(known)
        tones: Any = {"mute": "normal", "accent": "info"}.get(tone, tone)
        self._services.status(f"{text} · {words.session_title(known)}", tones)

    def show_unread(self) -> None:
        unread = sum(known.unread for known in self._model)
        if unread != self._unread:
            self._unread = unread
            self._services.unread("sockets", unread)
