"""Keyboard shortcuts: one registry that binds them, and that the help sheet (F1) is drawn from."""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable

from msgspec import Struct

from gui.shared.i18n import _

COMMAND_KEY = "Command" if sys.platform == "darwin" else "Control"
TEXT_CLASSES = ("Text", "Entry", "TEntry", "TCombobox", "TSpinbox")
TEXT_KEYS = frozenset({"Mod+A", "Mod+C", "Mod+V", "Mod+X", "Mod+Z", "Mod+Y"})
"""Keys that keep their function in text fields."""
_KEY_SIGNS = {
    "comma": ",", "period": ".", "slash": "/", "plus": "+", "equal": "=", "minus": "-", "Return": "Enter",
    "Escape": "Esc", "space": "Space", "Prior": "PgUp", "Next": "PgDn",
    "Up": "↑", "Down": "↓", "Left": "←", "Right": "→",
}  # fmt: skip


class Shortcut(Struct, frozen=True):
    """``keys`` as ``"Mod+Shift+T"`` (``Mod``: Ctrl, on a Mac Cmd), ``"F1"``, ``"Mod+comma"``; ``text``
    returns the action's name in the present language; ``group`` its heading on the sheet; ``page`` the page
    it belongs to, "" for everywhere."""

    action: str
    keys: str
    text: Callable[[], str]
    callback: Callable[[], object] | None
    group: Callable[[], str]
    page: str


def everywhere() -> str:
    return _("Everywhere")


def sequences(keys: str) -> list[str]:
    """The Tk events of ``keys``: ``"Mod+Shift+T"`` -> ``<Control-Shift-Key-T>`` and, in case Caps Lock is on,
    ``-t``."""
    *modifiers, key = keys.split("+")
    names = [COMMAND_KEY if part == "Mod" else part for part in modifiers]
    forms = (key.lower(), key.upper()) if len(key) == 1 and key.isalpha() else (key,)
    return ["<" + "-".join([*names, "Key", form]) + ">" for form in forms]


def keys_text(keys: str) -> str:
    """``keys`` for people: ``Ctrl+Shift+T``, on a Mac ``⇧⌘T``."""
    parts = keys.split("+")
    if sys.platform == "darwin":
        signs = {"Mod": "⌘", "Shift": "⇧", "Alt": "⌥", "Control": "⌃"}
        return "".join(signs.get(part, _KEY_SIGNS.get(part, part)) for part in parts)
    return "+".join({"Mod": "Ctrl"}.get(part, _KEY_SIGNS.get(part, part)) for part in parts)


class Shortcuts:
    """Every shortcut of one window. ``current_page`` returns the page whose own shortcuts are active."""

    def __init__(self, root: tk.Misc, current_page: Callable[[], str]) -> None:
        self._root = root
        self._current_page = current_page
        self._entries: dict[str, Shortcut] = {}
        self._bound: set[str] = set()

    def add(
        self,
        action: str,
        keys: str,
        text: Callable[[], str],
        callback: Callable[[], object] | None,
        *,
        group: Callable[[], str] = everywhere,
        page: str = "",
    ) -> None:
        """Register an action, in place of an earlier one of the same name. ``callback`` None: the key is
        bound by its own widget (Enter in the composer) and only listed here.

        Raises ValueError if another action of the same page, or of everywhere, has the same keys.
        """
        for other in self._entries.values():
            rivals = not (page and other.page) or page == other.page
            if other.action != action and other.keys == keys and rivals and callback and other.callback:
                raise ValueError(f"{keys} is already {other.action}")
        self._entries[action] = Shortcut(action, keys, text, callback, group, page)
        if callback is not None and keys not in self._bound:
            self._bound.add(keys)
            for event in sequences(keys):
                self._root.bind_all(event, lambda _event: self._press(keys), add="+")
                # The classes of text fields come first in the bind tags and have Emacs keys of their own.
                for kind in TEXT_CLASSES if keys not in TEXT_KEYS else ():
                    self._root.bind_class(kind, event, lambda _event: self._press(keys))

    def remove(self, action: str) -> None:
        self._entries.pop(action, None)

    def entries(self) -> list[Shortcut]:
        """In the order they were added."""
        return list(self._entries.values())

    def keys_of(self, action: str) -> str:
        """The keys of an action for a tooltip, or ""."""
        entry = self._entries.get(action)
        return keys_text(entry.keys) if entry else ""

    def _press(self, keys: str) -> str | None:
        """Run the action, unless a modal dialog is open, which keeps the keys to itself."""
        grabbing: tk.Misc | None = self._root.grab_current()
        if grabbing is not None and grabbing.winfo_toplevel() is not self._root.winfo_toplevel():
            return None
        for entry in self._entries.values():
            if entry.keys == keys and entry.callback is not None and entry.page in ("", self._current_page()):
                entry.callback()
                return "break"
        return None
