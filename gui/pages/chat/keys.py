"""The Chat page's keys, as the sheet on F1 lists them."""

from __future__ import annotations

from collections.abc import Callable

from gui.pages.chat import actions
from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.conversation_card import ConversationCard
from gui.pages.chat.opening import Opening
from gui.pages.chat.people.people_card import PeopleCard
from gui.shared.i18n import _


def register_keys(
    context: ChatContext,
    people: PeopleCard,
    chat: ConversationCard,
    opening: Opening,
    go_to_side: Callable[[], None],
) -> None:
    """Bind every main action, and list those that the composer binds itself."""

    def group() -> str:
        return _("Chat")

    def search_here() -> None:
        actions.open_search(context, context.conversation)

    composer = chat.composer
    bindings: tuple[tuple[str, str, Callable[[], str], Callable[[], object]], ...] = (
        ("chat-people", "Mod+E", lambda: _("Search people"), people.focus_search),
        ("chat-write", "Mod+M", lambda: _("To the composer"), chat.focus_composer),
        ("chat-find", "Mod+F", lambda: _("Search this conversation"), search_here),
        (
            "chat-find-all",
            "Mod+Shift+F",
            lambda: _("Search all messages"),
            lambda: actions.open_search(context),
        ),
        ("chat-next", "Mod+Next", lambda: _("Next conversation"), lambda: opening.next(1)),
        ("chat-before", "Mod+Prior", lambda: _("Conversation before"), lambda: opening.next(-1)),
        ("chat-unread", "Mod+U", lambda: _("Next unread"), opening.next_unread),
        ("chat-emoji", "Mod+J", lambda: _("Emoji"), composer.toggle_emoji),
        ("chat-file", "Mod+O", lambda: _("Files or pictures"), composer.choose_files),
        ("chat-side", "Mod+D", lambda: _("Files or members"), go_to_side),
        ("chat-room", "Mod+N", lambda: _("Open or join a room"), lambda: actions.open_new_room(context)),
        ("chat-verify", "Mod+Shift+D", lambda: _("Compare the six digits"), chat.verify),
        ("chat-bottom", "Mod+End", lambda: _("To the newest message"), chat.messages.to_bottom),
    )
    shortcuts = context.services.shortcuts
    for action, keys, text, callback in bindings:
        shortcuts.add(action, keys, text, callback, group=group, page="chat")
    for action, keys, text in (
        ("chat-send", "Return", lambda: _("Send (in the composer)")),
        ("chat-break", "Shift+Return", lambda: _("New line (in the composer)")),
    ):
        shortcuts.add(action, keys, text, None, group=group, page="chat")
