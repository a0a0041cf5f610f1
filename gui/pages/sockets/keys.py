"""The Sockets page's keys, as the sheet on F1 lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.shared.i18n import _

if TYPE_CHECKING:
    from gui.pages.sockets.page import SocketsPage


def register_keys(page: SocketsPage) -> None:
    """Bind every main action, and list those that the composer binds itpage."""

    def group() -> str:
        return _("Sockets")

    composer = page.chat.composer
    actions = (
        ("sockets-start", "F5", lambda: _("Start or stop"), page.setup.start_or_stop),
        (
            "sockets-host",
            "Mod+E",
            lambda: _("To the address field"),
            lambda: page.setup.host.entry.focus_set(),
        ),
        ("sockets-write", "Mod+M", lambda: _("To the composer"), lambda: composer.composer.focus_set()),
        ("sockets-find", "Mod+F", lambda: _("Find"), page.chat.conversation.open_find),
        ("sockets-history", "Mod+R", lambda: _("Earlier sessions"), page.open_history),
        ("sockets-save", "Mod+S", lambda: _("Save the conversation"), page.save_pressed),
        ("sockets-view", "Mod+B", lambda: _("Bubbles or log"), page.switch_view),
        ("sockets-side", "Mod+D", lambda: _("Sequence diagram on or off"), page.fold.toggle),
        ("sockets-code", "Mod+K", lambda: _("Show code"), page.show_code),
        ("sockets-file", "Mod+O", lambda: _("Send a file"), composer.choose_file),
        ("sockets-close", "Mod+W", lambda: _("Close this session"), page.chat.close_session),
        (
            "sockets-bottom",
            "Mod+End",
            lambda: _("To the newest message"),
            page.chat.conversation.to_bottom,
        ),
    )
    for action, keys, text, callback in actions:
        page.services.shortcuts.add(action, keys, text, callback, group=group, page="sockets")
    for action, keys, text in (
        ("sockets-send", "Return", lambda: _("Send (in the composer)")),
        ("sockets-break", "Shift+Return", lambda: _("New line (in the composer)")),
        ("sockets-recall", "Up", lambda: _("What was sent before (in the composer)")),
    ):
        page.services.shortcuts.add(action, keys, text, None, group=group, page="sockets")
