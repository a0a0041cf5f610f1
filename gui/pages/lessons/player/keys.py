"""The keys of a lesson: those of a clicker, and those of a teacher at the keyboard."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping

from gui.services.shortcuts import TEXT_CLASSES, Shortcuts
from gui.shared.i18n import _

NEXT = ("Next", "space", "Right", "KP_Next", "KP_Right")
BACK = ("Prior", "Left", "BackSpace", "KP_Prior", "KP_Left")
REVEAL = ("Return", "KP_Enter")
_COMMAND_STATES = 0x4 | 0x8 | 0x40
"""Control, and on the systems that have them Alt and Command: such a key belongs to a shortcut."""


class LessonKeys:
    """Hands the keys typed into a window to ``actions`` (by Tk's name of the key, letters in lower case, with
    "Shift-" before one typed with it), while ``active()``, unless a text field takes them."""

    def __init__(
        self, window: tk.Misc, actions: Mapping[str, Callable[[], object]], active: Callable[[], bool]
    ) -> None:
        self._actions = actions
        self._active = active
        self._window = window
        window.bind("<Key>", self._typed, add="+")

    def _typed(self, event: tk.Event[tk.Misc]) -> str | None:
        widget = event.widget
        if not self._active() or int(event.state) & _COMMAND_STATES & ~self._locks():
            return None
        if not isinstance(widget, tk.Misc) or widget.winfo_class() in TEXT_CLASSES:
            return None
        if widget.winfo_toplevel() is not self._window.winfo_toplevel():
            return None
        shifted = bool(int(event.state) & 0x1)
        name = event.keysym.lower() if len(event.keysym) == 1 else event.keysym
        action = self._actions.get(f"Shift-{name}" if shifted else name)
        if action is None:
            return None
        action()
        return "break"

    def _locks(self) -> int:
        """Num Lock is where Alt is on another system."""
        return 0x8 | 0x40 if self._window.tk.call("tk", "windowingsystem") == "win32" else 0x40


def list_keys(shortcuts: Shortcuts, full_screen: Callable[[], object]) -> None:
    """Put the lesson's keys on the help sheet. Only F11 works in text fields too."""

    def group() -> str:
        return _("Lessons")

    page = "lessons"
    shortcuts.add("lesson-screen", "F11", lambda: _("Whole screen"), full_screen, group=group, page=page)
    for name, keys, text in (
        ("lesson-next", "Next", lambda: _("Next step (also Space, →, a clicker)")),
        ("lesson-back", "Prior", lambda: _("Step back (also ←)")),
        ("lesson-option", "A", lambda: _("Predict A (B, C, D as well)")),
        ("lesson-hand", "Shift+A", lambda: _("Count a hand for A (B, C, D as well)")),
        ("lesson-reveal", "Return", lambda: _("Reveal the answer")),
        ("lesson-code", "1", lambda: _("Only the code")),
        ("lesson-question", "2", lambda: _("Only the question")),
        ("lesson-facts", "3", lambda: _("Only the facts")),
        ("lesson-notes", "N", lambda: _("Teacher's notes")),
    ):
        shortcuts.add(name, keys, text, None, group=group, page=page)
