"""The menu of every text field: cut, copy, paste, select all; by the right button, the menu key, Shift+F10.

It is bound to the fields' classes, so the fields of all pages and dialogs have it.
"""

from __future__ import annotations

import contextlib
import tkinter as tk
from functools import partial

from gui.shared.i18n import _, pgettext
from gui.widgets.menu import MENU_KEYS, MenuEntry, popup_menu

FIELDS = ("Text", "Entry", "Spinbox", "TEntry", "TCombobox", "TSpinbox")


def teach_field_menu(root: tk.Misc) -> None:
    """Bind the menu for all fields of this program."""
    mac = root.tk.call("tk", "windowingsystem") == "aqua"
    for kind in FIELDS:
        for button in ("<Button-2>", "<Control-Button-1>") if mac else ("<Button-3>",):
            root.bind_class(kind, button, _clicked)
        for key in MENU_KEYS:
            with contextlib.suppress(tk.TclError):
                root.bind_class(kind, key, _pressed)


def field_entries(field: tk.Misc) -> list[MenuEntry]:
    """The entries for what is selected in ``field`` and stands on the clipboard now."""
    state = str(field.cget("state"))
    selected = _has_selection(field)
    can_write = state == "normal"

    def run(event: str) -> None:
        field.focus_set()
        field.event_generate(event)

    return [
        (pgettext("edit", "Cut"), partial(run, "<<Cut>>"), selected and can_write),
        (_("Copy"), partial(run, "<<Copy>>"), selected),
        (_("Paste"), partial(run, "<<Paste>>"), can_write and _clipboard(field)),
        None,
        (_("Select all"), partial(run, "<<SelectAll>>"), True),
    ]


def _has_selection(field: tk.Misc) -> bool:
    call, name = field.tk.call, str(field)
    if str(call("winfo", "class", name)) == "Text":
        return bool(call(name, "tag", "ranges", "sel"))
    try:
        call(name, "index", "sel.first")
    except tk.TclError:
        return False
    return True


def _clipboard(field: tk.Misc) -> bool:
    try:
        return bool(field.clipboard_get())
    except tk.TclError:
        return False


def _clicked(event: tk.Event[tk.Misc]) -> str | None:
    return _show(event.widget, event.x_root, event.y_root)


def _pressed(event: tk.Event[tk.Misc]) -> str | None:
    field = event.widget
    x, y = field.winfo_rootx(), field.winfo_rooty() + field.winfo_height()
    with contextlib.suppress(tk.TclError, ValueError):
        left, above, _width, height = field.tk.splitlist(field.tk.call(str(field), "bbox", "insert"))
        x, y = field.winfo_rootx() + int(left), field.winfo_rooty() + int(above) + int(height)
    return _show(field, x, y)


def _show(field: tk.Misc, x: int, y: int) -> str | None:
    # A list of fixed values is nothing to cut from; a disabled field does nothing at all.
    if str(field.cget("state")) in ("readonly", "disabled") and field.winfo_class() != "Text":
        return None
    field.focus_set()
    popup_menu(field, field_entries(field), x, y)
    return "break"
