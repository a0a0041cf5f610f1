"""Fields behave under Ctrl+A and Ctrl+V as on any desktop."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterator
from tkinter import ttk

import pytest

from gui.window.text_keys import teach_text_keys
from tests.gui.keyboard import focus

pytestmark = pytest.mark.skipif("sys.platform != 'linux'", reason="X11's keys")


@pytest.fixture
def root(display: str) -> Iterator[tk.Tk]:
    root = tk.Tk()
    teach_text_keys(root)
    yield root
    root.destroy()


def ready(field: tk.Widget) -> None:
    field.pack()
    focus(field)


def test_ctrl_a_selects_all_of_an_entry_and_typing_replaces_it(root: tk.Tk) -> None:
    field = ttk.Entry(root)
    ready(field)
    field.insert(0, "before")
    field.event_generate("<Control-Key-a>")
    field.event_generate("<Key-n>")
    assert field.get() == "n"


def test_ctrl_a_selects_all_of_a_text(root: tk.Tk) -> None:
    field = tk.Text(root)
    ready(field)
    field.insert("1.0", "one\ntwo")
    field.event_generate("<Control-Key-a>")
    field.event_generate("<BackSpace>")
    assert field.get("1.0", "end-1c") == ""


def test_all_of_a_text_is_copied_as_it_was_written(root: tk.Tk) -> None:
    for written in ("one\ntwo", "one\n", ""):
        field = tk.Text(root)
        ready(field)
        field.insert("1.0", written)
        root.clipboard_clear()
        root.clipboard_append("")
        field.event_generate("<Control-Key-a>")
        field.event_generate("<<Copy>>")
        assert root.clipboard_get() == written


def test_what_is_pasted_replaces_what_is_selected(root: tk.Tk) -> None:
    root.clipboard_clear()
    root.clipboard_append("新")
    for field in (ttk.Entry(root), tk.Entry(root), tk.Spinbox(root), tk.Text(root)):
        ready(field)
        field.insert("end", "old")
        field.event_generate("<Control-Key-a>")
        field.event_generate("<<Paste>>")
        assert (field.get("1.0", "end-1c") if isinstance(field, tk.Text) else field.get()) == "新"


def test_an_empty_clipboard_leaves_what_is_selected(root: tk.Tk) -> None:
    root.clipboard_clear()
    field = tk.Text(root)
    ready(field)
    field.insert("end", "old")
    field.tag_add("sel", "1.0", "end")
    field.event_generate("<<Paste>>")
    assert field.get("1.0", "end-1c") == "old"


def test_ctrl_y_does_again_what_was_undone_and_pastes_nothing(root: tk.Tk) -> None:
    root.clipboard_clear()
    root.clipboard_append("pasted")
    for field in (ttk.Entry(root), tk.Entry(root), tk.Text(root, undo=True)):
        ready(field)
        field.insert("end", "written")
        field.event_generate("<Control-Key-y>")
        field.event_generate("<Control-Key-w>")
        assert (field.get("1.0", "end-1c") if isinstance(field, tk.Text) else field.get()) == "written"
    text = tk.Text(root, undo=True)
    ready(text)
    text.insert("end", "written")
    text.edit_undo()
    text.event_generate("<Control-Key-y>")
    assert text.get("1.0", "end-1c") == "written"
