"""Texts that follow the language, as colours follow the theme: registered once, where they are set."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from gui.shared.i18n import on_language_change


def follow_language(widget: tk.Misc, set_words: Callable[[], None]) -> None:
    """Call ``set_words`` now, and again after each change of language until ``widget`` is destroyed.

    Callbacks run in the order of registration. A widget may be registered more than once.
    """
    set_words()
    forget = on_language_change(set_words)

    def destroyed(event: tk.Event[tk.Misc]) -> None:
        # A toplevel gets its children's <Destroy> events, too.
        if event.widget is widget:
            forget()

    widget.bind("<Destroy>", destroyed, add="+")
