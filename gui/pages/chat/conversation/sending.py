"""What goes out of the open conversation: texts, files, and that somebody is typing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from gui.pages.chat.context import ChatContext, new_id
from gui.pages.chat.model import ALL
from net.chat.commands import OfferFiles, SendText, SendTyping


class MessageSender:
    """``on_sent()`` after something went: it will come below what is shown."""

    def __init__(self, context: ChatContext, on_sent: Callable[[], object]) -> None:
        self._context = context
        self._on_sent = on_sent

    def send_text(self, text: str, reply_to: str = "") -> bool:
        """``reply_to``: the id of the message it answers. False where there is nobody to send it to."""
        conversation = self._context.conversation
        if not conversation:
            return False
        self._context.services.submit(SendText(conversation, new_id(), text, reply_to))
        self._on_sent()
        return True

    def send_files(self, paths: Sequence[Path], pictures: bool) -> None:
        """Where all are pictures they are offered one by one, so that each is shown as one."""
        conversation = self._context.conversation
        if not conversation or conversation == ALL:
            return
        groups = [[path] for path in paths] if pictures else [list(paths)]
        for group in groups:
            self._context.services.submit(OfferFiles(conversation, new_id(), group, pictures))
        self._on_sent()

    def send_typing(self) -> None:
        """The person at this PC is typing; those of an announcement do not hear of it."""
        conversation = self._context.conversation
        if conversation and conversation != ALL:
            self._context.services.submit(SendTyping(conversation))
