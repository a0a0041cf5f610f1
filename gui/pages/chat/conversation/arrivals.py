"""Announcing messages: a sound, a toast or the system's notification, and the number in the rail."""

from __future__ import annotations

from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.services.notify import Notifications
from gui.shared.i18n import _
from gui.widgets.text_fit import short_name
from net.chat.events import MessageAdded, PresenceState

SHOWN_CHARACTERS = 120
"""Of a message's text."""


class Arrivals:
    """Uses toasts while the window has the focus, and the system's notifications while it has not."""

    def __init__(self, context: ChatContext) -> None:
        self.notifications = Notifications()
        self._context = context
        self._shown_unread = 0

    def announce(self, message: MessageAdded) -> None:
        """Announce a message, unless it is read as it comes or the person does not want to be disturbed."""
        context, own = self._context, self._context.own
        if own.status is PresenceState.BUSY:
            return
        if context.looked_at and message.conversation == context.conversation:
            return
        if own.settings.sound:
            context.frame.bell()
        title = self._title(message)
        text = " ".join(message.text.split())
        text = short_name(text, SHOWN_CHARACTERS) if message.transfer else text[:SHOWN_CHARACTERS]
        if context.frame.focus_displayof() is not None:
            context.services.toast(_("{name}: {text}").format(name=title, text=text), "info")
        elif own.settings.notify:
            self.notifications.show(title, text)

    def show_unread(self) -> None:
        """Show how many messages are unread, on the page's item in the rail."""
        unread = self._context.model.total_unread
        if unread != self._shown_unread:
            self._shown_unread = unread
            self._context.services.unread("chat", unread)

    def _title(self, message: MessageAdded) -> str:
        """Who wrote the message, and in which room or whether it was an announcement."""
        model = self._context.model
        name = model.name_of(message.author, message.name)
        if message.conversation.is_room:
            return f"{name} · {words.title_of(model, message.conversation)}"
        return f"{name} · {_('announcement')}" if message.announcement else name
