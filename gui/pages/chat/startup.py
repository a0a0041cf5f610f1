"""Starting the chat: the command, loading the history once it runs, and the banner if it could not start."""

from __future__ import annotations

import time
from collections.abc import Callable

from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.pasted import clean_pasted
from gui.services.background import run_in_background
from gui.shared.chat_wording import start_fault_text
from gui.shared.i18n import _
from net.chat.commands import OwnStatus, SetPresence
from net.chat.events import PresenceState


class Startup:
    """``on_loaded()`` runs whenever the history was read again: what is shown of it is to be fetched anew."""

    def __init__(self, context: ChatContext, on_loaded: Callable[[], object]) -> None:
        self._context = context
        self._on_loaded = on_loaded
        self._began = time.time()
        self._cleaned = False

    def start(self) -> None:
        context = self._context
        context.model.failed = None
        context.services.submit(context.own.settings.start(context.services.profile))
        self.refresh()

    def refresh(self) -> None:
        """The chat started or failed, or the person at this PC goes by another name or look."""
        context = self._context
        reader = context.history
        if context.model.me is not None and reader is not None:
            context.model.load(reader.conversations())
            self._clean()
            self._on_loaded()
            if context.own.status is not PresenceState.ONLINE:
                context.services.submit(SetPresence(OwnStatus(context.own.status.value)))
        self._show_banner()
        context.own.changed()

    def _show_banner(self) -> None:
        failed, banner = self._context.model.failed, self._context.services.banner
        if failed is None:
            banner("chat", "", "error", None)
            return
        banner(
            "chat",
            lambda: _("The chat could not start. {reason}").format(reason=start_fault_text(failed)),
            "error",
            (lambda: _("Try again"), self.start),
        )

    def _clean(self) -> None:
        """Once: remove pasted pictures that were never sent, or whose messages are gone."""
        if self._cleaned:
            return
        self._cleaned = True
        context, began = self._context, self._began
        profile, new_reader = context.services.profile, context.new_reader
        run_in_background(
            context.frame, lambda: clean_pasted(profile, new_reader, began), lambda _error: None
        )
