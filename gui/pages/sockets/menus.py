"""What a right click offers: on a session of the list, on a row of the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.pages.sockets import words
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry
from net.sockets.commands import Abort, Close

if TYPE_CHECKING:
    from gui.pages.sockets.page import SocketsPage
    from net.transcript.reader import Row


def session_entries(page: SocketsPage, session: int) -> list[MenuEntry]:
    """What can be done with a session of the list."""
    known = page.model.get(session)
    if known is None:
        return []
    again = known.closed and known.parent is None and known.choice is not None
    return [
        (words.stop_text(known), lambda: page.services.submit(Close(session)), not known.closed),
        (
            _("Abort (RST)"),
            lambda: page.services.submit(Abort(session)),
            known.is_connection and not known.closed,
        ),
        (_("Open again"), lambda: page.reconnect(session), again),
        (_("Remove from the list"), lambda: page.forget(session), known.closed),
        None,
        (_("Copy the address"), lambda: page.copy(words.session_title(known)), True),
    ]


def row_entries(page: SocketsPage, row: Row) -> list[MenuEntry]:
    """What can be done with a message or note, and with the selection around it."""
    shown = page.chat.conversation.current
    return [
        (_("Copy"), shown.copy, True),
        (_("Copy as hex"), lambda: page.copy(row.data.hex(" ").upper()), bool(row.data)),
        (_("Show all of it"), lambda: page.open_row(row), True),
        (
            _("Write it again"),
            lambda: page.chat.composer.write_again(row.data),
            row.direction == "out",
        ),
        None,
        (_("Save the selection …"), page.ask_and_save, True),
    ]
