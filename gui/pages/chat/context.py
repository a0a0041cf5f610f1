"""What the parts of the Chat page may ask for. They are handed this; none of them knows the page."""

from __future__ import annotations

import time
import tkinter as tk
from pathlib import Path
from typing import TYPE_CHECKING

from gui.pages.chat.model import ChatModel
from gui.pages.chat.own import OwnProfile
from gui.pages.chat.signals import Signal
from gui.services.services import Services
from gui.shared.i18n import _
from net.chat.commands import BlockPerson
from net.chat.conversation import Conversation

if TYPE_CHECKING:
    from net.chat.history import HistoryReader

HISTORY_FILE = "history.sqlite"


class ChatContext:
    """``frame``: the page's, the parent of dialogs and menus.

    ``conversation``: the one that is open, None for none; `open` changes it and emits ``opened(changed,
    position)``, ``changed``: it was not open before. ``side_toggled()`` asks the third card to come or go.
    ``visible``: whether the window shows this page.
    """

    def __init__(self, frame: tk.Misc, services: Services) -> None:
        self.frame = frame
        self.services = services
        self.model = ChatModel(time.monotonic)
        self.own = OwnProfile(services, self.model)
        self.opened: Signal[[bool, int | None]] = Signal()
        self.side_toggled: Signal[[]] = Signal()
        self.conversation: Conversation | None = None
        self.visible = False
        self._history: HistoryReader | None = None
        self._read: Path | None = None

    @property
    def history(self) -> HistoryReader | None:
        """The page's reader of the history; None before the chat started."""
        if self.model.me is not None and self._read != self._history_file():
            # The chat was started anew, and keeps it elsewhere.
            self.close()
            self._read, self._history = self._history_file(), self.new_reader()
        return self._history

    def new_reader(self) -> HistoryReader:
        """A reader for the calling thread, which closes it."""
        from net.chat.history import HistoryReader

        return HistoryReader(self._history_file())

    def _history_file(self) -> Path:
        me = self.model.me
        return Path(me.history) if me is not None and me.history else self.services.profile / HISTORY_FILE

    def close(self) -> None:
        """The page is gone: close its reader."""
        if self._history is not None:
            self._history.close()
            self._history = self._read = None

    @property
    def looked_at(self) -> bool:
        """Whether the person is looking at this page: it is shown, and the window has the keyboard focus."""
        if not (self.visible and self.frame.winfo_exists()):
            return False
        return self.frame.focus_displayof() is not None

    def open(self, conversation: Conversation | None, position: int | None = None) -> None:
        """Show a conversation (None: none); with a ``position`` go to that message."""
        before, self.conversation = self.conversation, conversation
        self.opened(conversation != before, position)

    def block(self, identity: str, blocked: bool) -> None:
        self.services.submit(BlockPerson(identity, blocked))

    def copy(self, text: str) -> None:
        """Copy ``text`` to the clipboard, and confirm it with a toast."""
        self.copy_quietly(text)
        self.services.toast(_("Copied: {text}").format(text=text[:60]), "ok")

    def copy_quietly(self, text: str) -> None:
        """Copy ``text`` to the clipboard without a toast."""
        self.frame.clipboard_clear()
        self.frame.clipboard_append(text)

    def copy_link(self) -> None:
        """Copy the link by which others add the person at this PC."""
        if self.model.me is not None:
            self.copy(self.model.me.link)

    def sure(self, title: str, text: str, action: str) -> bool:
        """Ask before what can't be undone; True if the person agrees. ``action``: the button's label."""
        buttons = (("", _("Cancel"), ""), ("yes", action, "danger"))
        return self.services.ask(title, text, buttons) == "yes"
