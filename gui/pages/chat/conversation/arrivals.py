"""Telling that a message came: a sound, and a toast in the window or the system's notification outside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.pages.chat import words
from gui.shared.i18n import _
from net.chat.events import MessageAdded, PresenceState

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage

TOLD_CHARACTERS = 120


def tell_arrived(page: ChatPage, message: MessageAdded) -> None:
    """Nothing where it is read as it comes, or where nobody may disturb."""
    if page.status is PresenceState.BUSY:
        return
    if page.looked_at and message.conversation == page.conversation:
        return
    if page.sound:
        page.frame.bell()
    name = title = page.model.name_of(message.author, message.name)
    if message.conversation.startswith("r:"):
        title = f"{name} · {words.title_of(page.model, message.conversation)}"
    elif message.announcement:
        title = f"{name} · {_('announcement')}"
    text = " ".join(message.text.split())[:TOLD_CHARACTERS]
    if page.frame.focus_displayof() is not None:
        page.services.toast(_("{name}: {text}").format(name=title, text=text), "info")
    elif page.settings.notify:
        page.notifications.show(title, text)
