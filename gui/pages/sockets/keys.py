"""The Sockets page's keys, as listed on the help sheet (F1)."""

from __future__ import annotations

from collections.abc import Callable

from gui.pages.sockets.conversation.conversation_card import ConversationCard
from gui.pages.sockets.earlier.earlier_sessions import EarlierSessions
from gui.pages.sockets.setup.setup_card import SetupCard
from gui.pages.sockets.side_fold import SideFold
from gui.services.services import Services
from gui.shared.i18n import _


def register_keys(
    services: Services,
    setup: SetupCard,
    chat: ConversationCard,
    fold: SideFold,
    earlier: EarlierSessions,
    show_code: Callable[[], None],
) -> None:
    """Bind every main action, and list the keys that the composer binds itself."""
    composer = chat.composer

    def add(action: str, keys: str, text: Callable[[], str], callback: Callable[[], object] | None) -> None:
        services.shortcuts.add(
            f"sockets-{action}", keys, text, callback, group=lambda: _("Sockets"), page="sockets"
        )

    add("start", "F5", lambda: _("Start or stop"), setup.start_or_stop)
    add("host", "Mod+E", lambda: _("To the address field"), setup.host.entry.focus_set)
    add("write", "Mod+M", lambda: _("To the composer"), composer.composer.focus_set)
    add("find", "Mod+F", lambda: _("Find"), lambda: chat.conversation.open_find())
    add("history", "Mod+R", lambda: _("Earlier sessions"), earlier.open)
    add("save", "Mod+S", lambda: _("Save the conversation"), lambda: chat.export.ask_if_any())
    add("view", "Mod+B", lambda: _("Bubbles or log"), chat.switch_view)
    add("side", "Mod+D", lambda: _("Sequence diagram on or off"), fold.toggle)
    add("code", "Mod+K", lambda: _("Show code"), show_code)
    add("file", "Mod+O", lambda: _("Send a file"), composer.choose_file)
    add("close", "Mod+W", lambda: _("Close this session"), chat.close_session)
    add("bottom", "Mod+End", lambda: _("To the newest message"), lambda: chat.conversation.to_bottom())
    add("send", "Return", lambda: _("Send (in the composer)"), None)
    add("break", "Shift+Return", lambda: _("New line (in the composer)"), None)
    add("recall", "Up", lambda: _("What was sent before (in the composer)"), None)
