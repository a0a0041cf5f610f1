"""The Lessons page, as far as it goes: it says what will be here."""

from __future__ import annotations

import tkinter as tk

from gui.pages.empty import EmptyPage
from gui.services.services import Services
from gui.shared.i18n import _


class LessonsPage(EmptyPage):
    def __init__(self, master: tk.Misc, services: Services) -> None:
        super().__init__(
            master,
            "mortarboard",
            lambda: _("Lessons"),
            lambda: _(
                "Lessons that show what TCP and UDP really do are not built yet; the sequence diagram in"
                " Sockets shows"
                " the first of it."
            ),
        )
