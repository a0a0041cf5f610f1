"""The Lessons page, so far only an announcement of its future content."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.look.look import look
from gui.look.words import follow_language
from gui.services.services import Services
from gui.shared.i18n import _
from gui.widgets.empty import EmptyState


class LessonsPage:
    """A `gui.pages.Page`: a card with a picture, a title and one honest sentence."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        self.frame = ttk.Frame(master, style="Card.TFrame")
        self._state = EmptyState(self.frame, "mortarboard", "")
        self._state.place(relx=0.5, rely=0.45, anchor="center")
        # Its widths are distances, which projector mode scales.
        look().watch(self.frame, self._set_words)
        follow_language(self.frame, self._set_words)

    def _set_words(self) -> None:
        self._state.retext(
            _("Lessons"),
            _(
                "Lessons that show what TCP and UDP really do are not built yet; the sequence diagram in"
                " Sockets shows"
                " the first of it."
            ),
        )

    def shown(self) -> None:
        """There is nothing to start."""

    def hidden(self) -> None:
        """There is nothing to stop."""

    def focus_default(self) -> None:
        self.frame.focus_set()
