"""The context menu of a session in the list."""

from __future__ import annotations

import tkinter as tk

from gui.pages.sockets import words
from gui.pages.sockets.copy_text import copy_text
from gui.pages.sockets.model import SessionModel
from gui.pages.sockets.sessions import Sessions
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry, popup_menu


class SessionMenu:
    def __init__(self, master: tk.Misc, services: Services, model: SessionModel, sessions: Sessions) -> None:
        self._master = master
        self._services = services
        self._model = model
        self._sessions = sessions

    def show(self, session: int, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self._master, self.entries(session), event.x_root, event.y_root)

    def entries(self, session: int) -> list[MenuEntry]:
        known = self._model.get(session)
        if known is None:
            return []
        sessions = self._sessions
        return [
            (words.stop_text(known), lambda: sessions.stop(session), not known.closed),
            (_("Abort (RST)"), lambda: sessions.abort(session), known.is_connection and not known.closed),
            (_("Open again"), lambda: sessions.reconnect(session), known.can_reopen),
            (_("Remove from the list"), lambda: sessions.forget(session), known.closed),
            None,
            (
                _("Copy the address"),
                lambda: copy_text(self._master, self._services, words.session_title(known)),
                True,
            ),
        ]
