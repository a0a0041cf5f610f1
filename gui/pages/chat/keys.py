"""The Chat page's keys, as the sheet on F1 lists them."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from gui.pages.chat import actions
from gui.shared.i18n import _

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage


def register_keys(page: ChatPage) -> None:
    """Bind every main action, and list those that the composer binds itself."""

    def group() -> str:
        return _("Chat")

    composer = page.chat.composer
    bindings = (
        ("chat-people", "Mod+E", lambda: _("Search people"), page.focus_search),
        ("chat-write", "Mod+M", lambda: _("To the composer"), page.focus_composer),
        (
            "chat-find",
            "Mod+F",
            lambda: _("Search this conversation"),
            lambda: actions.open_search(page, page.conversation),
        ),
        (
            "chat-find-all",
            "Mod+Shift+F",
            lambda: _("Search all messages"),
            lambda: actions.open_search(page),
        ),
        ("chat-next", "Mod+Next", lambda: _("Next conversation"), lambda: page.next_conversation(1)),
        ("chat-before", "Mod+Prior", lambda: _("Conversation before"), lambda: page.next_conversation(-1)),
        ("chat-unread", "Mod+U", lambda: _("Next unread"), lambda: page.next_conversation(0)),
        ("chat-emoji", "Mod+J", lambda: _("Emoji"), composer.toggle_emoji),
        ("chat-file", "Mod+O", lambda: _("Files or pictures"), composer.choose_files),
        ("chat-side", "Mod+D", lambda: _("Files or members"), lambda: go_to_side(page)),
        ("chat-room", "Mod+N", lambda: _("Open or join a room"), lambda: actions.open_new_room(page)),
        ("chat-verify", "Mod+Shift+D", lambda: _("Compare the six digits"), page.chat.verify),
        ("chat-bottom", "Mod+End", lambda: _("To the newest message"), page.chat.messages.to_bottom),
    )
    for action, keys, text, callback in bindings:
        page.services.shortcuts.add(action, keys, text, callback, group=group, page="chat")
    for action, keys, text in (
        ("chat-send", "Return", lambda: _("Send (in the composer)")),
        ("chat-break", "Shift+Return", lambda: _("New line (in the composer)")),
    ):
        page.services.shortcuts.add(action, keys, text, None, group=group, page="chat")


def go_to_side(page: ChatPage) -> None:
    """The third card comes and the keyboard goes there, or both go."""
    page.toggle_side()
    side = page.cards.side
    if side is None:
        page.focus_default()
        return
    side.list.canvas.focus_set()
    side.list.update_idletasks()  # what was just made has no rows before it has a size
    side.list.paint_now()
    if not len(side.list.selection):
        side.list.step(1, False, tk.Event())
