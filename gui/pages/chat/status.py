"""What the Chat page shows in the window's status bar."""

from __future__ import annotations

from gui.look.words import follow_language
from gui.pages.chat.context import ChatContext
from gui.shared import wording
from gui.shared.i18n import _

LINK_CHARACTERS = 120
"""Of a link's address."""


class StatusLine:
    """How many people are here and where this chat listens; or where the link under the pointer leads."""

    def __init__(self, context: ChatContext) -> None:
        self._context = context
        context.own.changed.connect(self.show)
        follow_language(context.frame, self.show)

    def show(self) -> None:
        """Nothing while the page is hidden: the bar belongs to another one then."""
        if not self._context.visible:
            return
        model, services = self._context.model, self._context.services
        if model.failed is not None:
            services.status(_("The chat has not started"), "error")
        elif model.me is None:
            services.status(_("starting …") if self._context.own.name else "", "normal")
        else:
            text = _("{count} online · listening on port {port}")
            services.status(text.format(count=model.online, port=model.me.port), "ok")

    def show_link(self, address: str) -> None:
        """Where a link leads is shown before it is opened; the host, which matters, stands first. "": the
        pointer left it."""
        if address:
            self._context.services.status(wording.clean(address, LINK_CHARACTERS), "normal")
        else:
            self.show()
