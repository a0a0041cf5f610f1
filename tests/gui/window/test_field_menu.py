"""Each text field has a menu, by mouse and by keyboard."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk
from typing import Any

import pytest
import ttkbootstrap

from gui.shared import i18n
from gui.widgets.menu import MenuEntry
from gui.window import field_menu
from gui.window.field_menu import field_entries, teach_field_menu
from gui.window.text_keys import teach_text_keys
from tests.gui.keyboard import focus
from tests.gui.rig import Rig

Made = Callable[[tk.Misc], Any]
FIELDS: list[Made] = [tk.Text, tk.Entry, ttk.Entry, ttk.Combobox, ttk.Spinbox, tk.Spinbox]


def entry(field: Any, text: str) -> tuple[Callable[[], object], bool]:
    found = next(entry for entry in field_entries(field) if entry is not None and entry[0] == text)
    assert found[1] is not None
    return found[1], found[2]


def text_of(field: Any) -> str:
    return str(field.get("1.0", "end-1c") if isinstance(field, tk.Text) else field.get())


@pytest.mark.parametrize("make", FIELDS)
def test_what_is_copied_is_pasted_by_the_menu(app: ttkbootstrap.App, make: Made) -> None:
    i18n.set_language("en")
    teach_text_keys(app)
    field = make(app)
    field.pack()
    focus(field)
    field.insert("end", "old")
    app.clipboard_clear()
    app.clipboard_append("192.168.1.7")
    assert not entry(field, i18n._("Copy"))[1]
    entry(field, "Select all")[0]()
    assert entry(field, "Copy")[1]
    action, possible = entry(field, "Paste")
    assert possible
    action()
    app.update()
    assert text_of(field) == "192.168.1.7"


@pytest.mark.parametrize("way", ["<Button-3>", "<Menu>", "<Shift-F10>"])
@pytest.mark.parametrize("make", FIELDS)
def test_the_menu_comes_by_mouse_and_by_keyboard(
    app: ttkbootstrap.App, make: Made, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[MenuEntry]] = []
    monkeypatch.setattr(field_menu, "popup_menu", lambda _master, entries, _x, _y: shown.append(entries))
    teach_field_menu(app)
    field = make(app)
    field.pack()
    focus(field)
    field.event_generate(way, **({"x": 2, "y": 2} if way == "<Button-3>" else {}))
    app.update()
    assert len(shown) == 1


def test_a_list_of_fixed_values_has_none(app: ttkbootstrap.App, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr(field_menu, "popup_menu", lambda *words: shown.append(words))
    teach_field_menu(app)
    field = ttk.Combobox(app, values=["a"], state="readonly")
    field.pack()
    focus(field)
    field.event_generate("<Menu>")
    app.update()
    assert shown == []


def test_the_windows_fields_have_it_and_tab_is_taught(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr(field_menu, "popup_menu", lambda *words: shown.append(words))
    window = rig.open("--page", "sockets")
    field = ttk.Entry(window.app)
    buttons = [ttk.Button(window.app) for _number in range(2)]
    for place, widget in enumerate((buttons[1], buttons[0], field)):
        widget.place(x=10 + 100 * place, y=5)
    focus(field)
    field.event_generate("<Menu>")
    assert len(shown) == 1
    assert buttons[1].tk_focusNext() is buttons[0]
