"""The context menu of a message or note, for it and for the selection around it."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from gui.pages.sockets.conversation.composer_bar import ComposerBar
from gui.pages.sockets.conversation.conversation_export import ConversationExport
from gui.pages.sockets.conversation.messages import Conversation
from gui.pages.sockets.conversation.row_dialog import RowDialog
from gui.pages.sockets.copy_text import copy_text
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry, popup_menu

if TYPE_CHECKING:
    from net.transcript.reader import Row


class RowMenu:
    def __init__(
        self,
        services: Services,
        conversation: Conversation,
        composer: ComposerBar,
        export: ConversationExport,
    ) -> None:
        self._services = services
        self._conversation = conversation
        self._composer = composer
        self._export = export

    def show(self, row: Row, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self._conversation, self.entries(row), event.x_root, event.y_root)

    def entries(self, row: Row) -> list[MenuEntry]:
        conversation, selected = self._conversation, len(self._conversation.current.selection)
        return [
            (_("Copy"), conversation.current.copy, True),
            (_("Copy as hex"), lambda: self._copy_hex(row), bool(row.data)),
            (_("Show all of it"), lambda: self.open(row), True),
            (
                _("Write it again"),
                lambda: self._composer.write_again(row.data),
                row.direction == "out" and bool(row.data),
            ),
            None,
            (f"{self._export.selection_words()} …", self._export.ask_and_save_selection, selected > 0),
        ]

    def _copy_hex(self, row: Row) -> None:
        copy_text(self._conversation, self._services, row.data.hex(" ").upper())

    def open(self, row: Row) -> RowDialog:
        """Show the whole row in a dialog."""
        dialog = RowDialog(self._conversation, row, self._conversation.codec)
        dialog.present()
        return dialog
