"""The Chat page, as far as it goes: it says what will be here."""

from __future__ import annotations

import tkinter as tk

from gui.i18n import _
from gui.pages.empty import EmptyPage
from gui.services import Services


class ChatPage(EmptyPage):
    def __init__(self, master: tk.Misc, services: Services) -> None:
        super().__init__(
            master,
            "chat-dots",
            lambda: _("Chat"),
            lambda: _(
                "Chatting with the people on your network is not built yet; Sockets already talks to"
                " any program."
            ),
        )
