"""Tk's own entry and label, unstyled: ttkbootstrap would give them edges at the next theme switch."""

from __future__ import annotations

import tkinter as tk
from typing import Any, cast

import ttkbootstrap as ttk

_Entry: Any = type("PlainEntry", (ttk.AutoStyleMixin, tk.Entry), {})
_Label: Any = type("PlainLabel", (ttk.AutoStyleMixin, tk.Label), {})


def plain_entry(master: tk.Misc, **options: Any) -> tk.Entry:
    """An entry without any edge, for use inside a Field."""
    edges = {"bd": 0, "highlightthickness": 0, "relief": "flat"}
    return cast(tk.Entry, _Entry(master, autostyle=False, **edges, **options))


def plain_label(master: tk.Misc, **options: Any) -> tk.Label:
    """A label without any edge or padding; its owner sets the colours."""
    return cast(tk.Label, _Label(master, autostyle=False, **{"bd": 0, "padx": 0, "pady": 0, **options}))
