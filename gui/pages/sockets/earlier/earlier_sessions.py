"""Opens the list of earlier sessions, and shows one of them in the conversation."""

from __future__ import annotations

import contextlib
import tkinter as tk
from typing import TYPE_CHECKING

from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.earlier.recalled import recalled
from gui.pages.sockets.model import SessionModel
from gui.pages.sockets.sessions import Sessions
from gui.services.services import Services

if TYPE_CHECKING:
    from gui.pages.sockets.earlier.history_dialog import HistoryDialog


class EarlierSessions:
    def __init__(
        self, master: tk.Misc, services: Services, model: SessionModel, exports: Exports, sessions: Sessions
    ) -> None:
        self._master = master
        self._services = services
        self._model = model
        self._exports = exports
        self._sessions = sessions

    def open(self) -> HistoryDialog:
        """Show the list of all sessions in the transcript."""
        from gui.pages.sockets.earlier.history_dialog import HistoryDialog

        dialog = HistoryDialog(
            self._master, self._services, self._exports, on_open=self.show, on_deleted=self._deleted
        )
        dialog.present()
        return dialog

    def show(self, session: int) -> None:
        """Show a session of the transcript, with a listener's connections."""
        from net.transcript.catalog import SessionCatalog

        reader = self._services.reader()
        if session not in self._model and reader is not None:
            with contextlib.closing(reader):
                catalog = SessionCatalog(reader)
                for tree in catalog.fetch([session]):
                    connections = catalog.connections(session)
                    self._model.recall(recalled(tree.session, connections), map(recalled, connections))
        if session in self._model:
            self._sessions.show(session)

    def _deleted(self, session: int) -> None:
        if session in self._model:
            self._sessions.forget(session)
