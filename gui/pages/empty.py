"""A page that has nothing to do yet, and says so."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.look.look import look
from gui.look.words import follow_language
from gui.widgets.empty import EmptyState
from net.events import Event


class EmptyPage:
    """A card with a picture, a title and one honest sentence."""

    def __init__(
        self, master: tk.Misc, icon: str, title: Callable[[], str], sentence: Callable[[], str]
    ) -> None:
        self._title = title
        self._sentence = sentence
        self.frame = ttk.Frame(master, style="Card.TFrame")
        self.state = EmptyState(self.frame, icon, "")
        self.state.place(relx=0.5, rely=0.45, anchor="center")
        # Its widths are distances, which projector mode scales.
        look().watch(self.frame, self._set_words)
        follow_language(self.frame, self._set_words)

    def on_event_batch(self, events: Sequence[Event]) -> None:
        """Nothing here follows the sockets."""

    def _set_words(self) -> None:
        self.state.retext(self._title(), self._sentence())

    def shown(self) -> None:
        """Nothing to begin."""

    def hidden(self) -> None:
        """Nothing to end."""

    def focus_default(self) -> None:
        self.frame.focus_set()
