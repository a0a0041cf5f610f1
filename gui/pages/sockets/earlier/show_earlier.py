"""From the list of earlier sessions to the conversation, and out of it again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from gui.pages.sockets.earlier.history_dialog import HistoryDialog
from gui.pages.sockets.earlier.recalled import recalled

if TYPE_CHECKING:
    from gui.pages.sockets.page import SocketsPage


def open_history(page: SocketsPage) -> HistoryDialog:
    """The list of all that the transcript holds."""

    def deleted(session: int) -> None:
        if session in page.model:
            page.forget(session)

    dialog = HistoryDialog(
        page.frame, page.services, page.exports, lambda session: show_earlier(page, session), deleted
    )
    dialog.present()
    return dialog


def show_earlier(page: SocketsPage, session: int) -> None:
    """Show a session of the transcript to read, with a listener's connections."""
    from net.transcript.catalog import SessionCatalog

    reader = page.services.reader()
    if session not in page.model and reader is not None:
        with contextlib.closing(reader):
            catalog = SessionCatalog(reader)
            for tree in catalog.fetch([session]):
                connections = catalog.connections(session)
                page.model.recall(recalled(tree.session, connections), map(recalled, connections))
    if session in page.model:
        page.show(session)
