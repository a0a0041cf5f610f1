"""What takes messages and people away again, and the menu of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.pages.chat import words
from gui.pages.chat.conversation.message_links import open_link
from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.files.file_menu import file_entries
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry
from net.chat.commands import DeleteMessages, ForgetPerson

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage


def delete_all(page: ChatPage, conversation: str) -> None:
    title = words.title_of(page.model, conversation)
    if page.sure(
        _("Delete the conversation with {name}?").format(name=title),
        _("All its messages are deleted here. The others keep theirs."),
        _("Delete"),
    ):
        page.services.submit(DeleteMessages(conversation))


def forget(page: ChatPage, identity: str) -> None:
    buttons = (
        ("", _("Cancel"), ""),
        ("all", _("Forget, and delete messages"), "danger"),
        ("yes", _("Forget"), "danger"),
    )
    answer = page.services.ask(
        _("Forget {name}?").format(name=words.title_of(page.model, f"p:{identity}")),
        _("Their key is forgotten too: when you meet again, they are unverified."),
        buttons,
    )
    if answer:
        page.services.submit(ForgetPerson(identity, answer == "all"))
        if page.conversation == f"p:{identity}" and answer == "all":
            page.show("")


def row_entries(page: ChatPage, row: ChatRow, target: str = "") -> list[MenuEntry]:
    """What a right click on a message offers; ``target``: the link that was clicked."""
    messages = page.chat.messages
    count = len(messages.bubbles.selection)
    entries: list[MenuEntry] = []
    if target:
        entries += [
            (_("Open the link"), lambda: open_link(page, target), True),
            (_("Copy the link"), lambda: page.copy(target), True),
            None,
        ]
    if row.file is not None:
        entries += [*file_entries(page, row.file), None]
    return [
        *entries,
        (_("Reply"), lambda: page.chat.composer.answer(row), row.file is None),
        (_("Copy"), messages.bubbles.copy, True),
        None,
        (
            _("Delete for me") if count < 2 else _("Delete {count} for me").format(count=count),
            lambda: delete_selected(page),
            True,
        ),
    ]


def delete_selected(page: ChatPage) -> None:
    """The selected messages, here only."""
    rows = page.chat.messages.selected()
    if rows and (
        len(rows) == 1
        or page.sure(
            _("Delete {count} messages?").format(count=wording.count_text(len(rows))),
            _("They are deleted here. The others keep theirs."),
            _("Delete"),
        )
    ):
        page.services.submit(DeleteMessages(page.conversation, [row.message for row in rows]))
