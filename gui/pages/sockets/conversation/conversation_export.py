"""Saving the shown conversation, or the selected part of it."""

from __future__ import annotations

from pathlib import Path

from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.conversation.messages import Conversation
from gui.shared import wording
from gui.shared.i18n import _, ngettext


class ConversationExport:
    def __init__(self, exports: Exports, conversation: Conversation) -> None:
        self._exports = exports
        self._conversation = conversation

    def ask_and_save(self) -> None:
        """Ask for a file, whose extension decides the format, and save all of the conversation: also what a
        filter leaves out."""
        path = self._exports.ask_where(self._conversation, _("Save the whole conversation"))
        if path is not None:
            self.save(path)

    def ask_if_any(self) -> None:
        """`ask_and_save`, unless there are no rows."""
        if self._conversation.count():
            self.ask_and_save()

    def ask_and_save_selection(self) -> None:
        """As `ask_and_save`, for the selected rows alone."""
        path = self._exports.ask_where(self._conversation, self.selection_words())
        if path is not None:
            self.save_selection(path)

    def selection_words(self) -> str:
        """ "Save the 12 selected rows"."""
        count = len(self._conversation.current.selection)
        if not count:
            return _("Save the selected rows")
        text = ngettext("Save the {count} selected row", "Save the {count} selected rows", count)
        return text.format(count=wording.count_text(count))

    def save(self, path: Path) -> int | None:
        """Export the shown session; returns the job's number, None if no session is shown."""
        scope = self._conversation.scope
        return None if scope is None else self._exports.start(scope.session, path, self._conversation.codec)

    def save_selection(self, path: Path) -> int | None:
        """Export the selected rows; returns the job's number, None if none is selected."""
        conversation = self._conversation
        part = conversation.selected_part()
        if conversation.scope is None or part is None:
            return None
        return self._exports.start(conversation.scope.session, path, conversation.codec, part)
