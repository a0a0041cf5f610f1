"""Saving the shown conversation, or the selected part of it."""

from __future__ import annotations

from pathlib import Path

from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.conversation.messages import Conversation


class ConversationExport:
    def __init__(self, exports: Exports, conversation: Conversation) -> None:
        self._exports = exports
        self._conversation = conversation

    def ask_and_save(self) -> None:
        """Ask for a file; its extension decides the format."""
        path = self._exports.ask_where(self._conversation)
        if path is not None:
            self.save(path)

    def ask_if_any(self) -> None:
        """`ask_and_save`, unless there are no rows."""
        if self._conversation.count():
            self.ask_and_save()

    def save(self, path: Path) -> int | None:
        """Export the shown session, or the selected rows if there is more than one; returns the job's number,
        None if no session is shown."""
        conversation = self._conversation
        if conversation.scope is None:
            return None
        selection = len(conversation.current.selection) > 1
        rows = conversation.selected_ids() if selection else None
        return self._exports.start(conversation.scope.session, path, conversation.codec, rows)
