"""Ends "is typing" after a while: nobody reports that they stopped."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from gui.pages.chat.model import ChatModel

LOOK_MS = 1000


class TypingClock:
    """``on_look()`` runs every `LOOK_MS` while somebody is typing: show again who is."""

    def __init__(self, widget: tk.Misc, model: ChatModel, on_look: Callable[[], object]) -> None:
        self._widget = widget
        self._model = model
        self._on_look = on_look
        self._due: str | None = None

    def start(self) -> None:
        """Look from now on, as long as somebody is typing."""
        if self._due is None and self._model.anyone_typing:
            self._due = self._widget.after(LOOK_MS, self._look)

    def stop(self) -> None:
        if self._due is not None:
            self._widget.after_cancel(self._due)
            self._due = None

    def _look(self) -> None:
        self._due = None
        self._on_look()
        self.start()
