"""Starting the chat: the command, loading the history once it runs, and the banner if it could not start or
has an identity that is another PC's too."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog

from msgspec.structs import replace

from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.pasted import clean_pasted
from gui.services.background import run_in_background
from gui.services.services import Action
from gui.shared.chat_wording import shared_text, start_fault_text
from gui.shared.i18n import _
from gui.shared.wording import fault_text
from net.chat.commands import OwnStatus, SetPresence, StopChat
from net.chat.events import PresenceState
from net.events import FaultKind


class Startup:
    """``on_loaded()`` runs whenever the history was read again: what is shown of it is to be fetched anew."""

    def __init__(self, context: ChatContext, on_loaded: Callable[[], object]) -> None:
        self._context = context
        self._on_loaded = on_loaded
        self._began = time.time()
        self._cleaned = False

    def start(self, new_identity: bool = False, restore: Path | None = None) -> None:
        """``new_identity``, ``restore``: as in `net.chat.commands.StartChat`."""
        context = self._context
        context.model.failed = None
        start = context.own.settings.start(context.services.profile)
        context.services.submit(replace(start, new_identity=new_identity, restore_identity=restore))
        self.refresh()

    def begin_anew(self) -> None:
        """End the chat, and go on as somebody new."""
        context = self._context
        context.model.me, context.model.shared = None, ()
        context.services.submit(StopChat())
        self.start(new_identity=True)

    def mend_identity(self) -> None:
        """The file with the identity is damaged: ask what to do."""
        failed, services = self._context.model.failed, self._context.services
        if failed is None:
            return
        answer = services.ask(
            _("Your identity"),
            fault_text(failed)
            + "\n\n"
            + _("Whatever you choose, the damaged file is kept beside the new one."),
            (
                ("again", _("Try again"), ""),
                ("restore", _("Use a copy …"), ""),
                ("new", _("New identity"), "primary"),
            ),
        )
        if answer == "new":
            self.start(new_identity=True)
        elif answer == "again":
            self.start()
        elif answer == "restore":
            self._restore()

    def _restore(self) -> None:
        chosen = filedialog.askopenfilename(
            parent=self._context.frame.winfo_toplevel(),
            title=_("A copy of identity.pem"),
            filetypes=[("PEM", "*.pem*"), (_("All files"), "*")],
        )
        if chosen:
            self.start(restore=Path(chosen))

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
        model, banner = self._context.model, self._context.services.banner
        failed, shared = model.failed, model.shared
        if failed is not None:
            action: Action = (lambda: _("Try again"), self.start)
            if failed.kind is FaultKind.IDENTITY_DAMAGED:
                action = (lambda: _("Choose …"), self.mend_identity)
            banner(
                "chat",
                lambda: _("The chat could not start. {reason}").format(reason=start_fault_text(failed)),
                "error",
                action,
            )
        elif shared:
            action = (lambda: _("New identity"), self.begin_anew)
            banner("chat", lambda: shared_text(shared), "error", action)
        else:
            banner("chat", "", "error", None)

    def _clean(self) -> None:
        """Once: remove pasted pictures that were never sent, or whose messages are gone."""
        me = self._context.model.me
        if self._cleaned or me is None or me.history:
            return  # what is in memory does not know of the pictures that belong to the file
        self._cleaned = True
        context, began = self._context, self._began
        profile, new_reader = context.services.profile, context.new_reader
        run_in_background(
            context.frame, lambda: clean_pasted(profile, new_reader, began), lambda _error: None
        )
