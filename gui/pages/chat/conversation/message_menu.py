"""The menu of a message: its link, its file, reply, copy, delete."""

from __future__ import annotations

from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.composer_bar import ComposerBar
from gui.pages.chat.conversation.messages import MessageView
from gui.pages.chat.conversation.open_link import open_link
from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.files.file_menu import file_entries
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry
from net.chat.commands import DeleteMessages


class MessageMenu:
    """The entries for a message shown in ``messages``; a reply is written in ``composer``."""

    def __init__(self, context: ChatContext, messages: MessageView, composer: ComposerBar) -> None:
        self._context = context
        self._messages = messages
        self._composer = composer

    def entries(self, row: ChatRow, target: str = "") -> list[MenuEntry]:
        """The entries of a message's menu; ``target``: the address of the link that was clicked, or ""."""
        context, bubbles = self._context, self._messages.bubbles
        count = len(bubbles.selection)
        entries: list[MenuEntry] = []
        if target:
            entries += [
                (_("Open the link"), lambda: open_link(context, target), True),
                (_("Copy the link"), lambda: context.copy(target), True),
                None,
            ]
        if row.file is not None:
            entries += [*file_entries(context, row.file), None]
        delete = _("Delete for me") if count < 2 else _("Delete {count} for me").format(count=count)
        return [
            *entries,
            (_("Reply"), lambda: self._composer.answer(row), row.file is None),
            (_("Copy"), bubbles.copy, True),
            None,
            (delete, self.delete_selected, True),
        ]

    def delete_selected(self) -> None:
        """Delete the selected messages on this PC only; ask first if there is more than one."""
        rows, context = self._messages.selected(), self._context
        conversation = context.conversation
        if not rows or conversation is None:
            return
        if len(rows) > 1 and not context.sure(
            _("Delete {count} messages?").format(count=wording.count_text(len(rows))),
            _("They are deleted here. The others keep theirs."),
            _("Delete"),
        ):
            return
        context.services.submit(DeleteMessages(conversation, [row.message for row in rows]))
