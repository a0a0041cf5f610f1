"""Sending to the open conversation: texts, files, and that the person is typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gui.pages.chat.context import ChatContext
from net.chat.commands import OfferFiles, SendText, SendTyping
from net.chat.conversation import EVERYBODY
from net.chat.ids import new_id


class MessageSender:
    """``on_sent()`` runs after something was submitted: its message will appear at the end."""

    def __init__(self, context: ChatContext, on_sent: Callable[[], object]) -> None:
        self._context = context
        self._on_sent = on_sent

    def send_text(self, text: str, reply_to: str = "") -> bool:
        """``reply_to``: the id of the message it replies to. False if no conversation is open."""
        conversation = self._context.conversation
        if conversation is None:
            return False
        self._context.services.submit(SendText(conversation, new_id(), text, reply_to))
        self._on_sent()
        return True

    def send_files(self, paths: Sequence[Path], pictures: bool) -> None:
        """Offer the files together; if all are ``pictures``, one by one, so that each has a preview."""
        conversation = self._context.conversation
        if conversation is None or conversation == EVERYBODY:
            return
        groups = [[path] for path in paths] if pictures else [list(paths)]
        for group in groups:
            self._context.services.submit(OfferFiles(conversation, new_id(), group, pictures))
        self._on_sent()

    def send_typing(self) -> None:
        """Report that the person at this PC is typing; not for announcements."""
        conversation = self._context.conversation
        if conversation is not None and conversation != EVERYBODY:
            self._context.services.submit(SendTyping(conversation))
