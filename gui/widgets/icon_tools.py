"""A row of icon buttons, each with a tooltip."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable
from typing import Literal

import ttkbootstrap as ttk

from gui.look.look import S
from gui.widgets.tooltip import Tooltip


def icon_tools(
    master: tk.Misc,
    tools: Iterable[tuple[str, str, Callable[[], object]]],
    side: Literal["left", "right"] = "right",
    size: int = 16,
    gap: int = 0,
    style: str = "Icon.TButton",
) -> tuple[dict[str, ttk.Button], dict[str, Tooltip]]:
    """The buttons and their tooltips by name, packed into ``master`` in the order of ``tools``: (name, icon,
    callback). ``size``: of an icon, and ``gap``: before each, in logical units."""
    buttons: dict[str, ttk.Button] = {}
    tips: dict[str, Tooltip] = {}
    for name, icon, action in tools:
        button = ttk.Button(master, style=style, icon=icon, icon_only=True, icon_size=size, command=action)
        button.pack(side=side, padx=(S(gap), 0))
        buttons[name] = button
        tips[name] = Tooltip(button, "")
    return buttons, tips
