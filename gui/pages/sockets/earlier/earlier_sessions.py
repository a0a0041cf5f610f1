"""From the list of earlier sessions to the conversation, and out of it again."""

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
        """The list of all that the transcript holds."""
        from gui.pages.sockets.earlier.history_dialog import HistoryDialog

        dialog = HistoryDialog(
            self._master, self._services, self._exports, on_open=self.show, on_deleted=self._deleted
        )
        dialog.present()
        return dialog

    def show(self, session: int) -> None:
        """Show a session of the transcript to read, with a listener's connections."""
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
