"""The help sheet (F1): every shortcut, under its heading."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.services.shortcuts import Shortcut, Shortcuts, keys_text
from gui.shared.i18n import _
from gui.widgets.dialog import Dialog, DialogButton


class ShortcutSheet(Dialog):
    """Modal; Escape, F1 again or its button close it."""

    def __init__(self, parent: tk.Misc, shortcuts: Shortcuts) -> None:
        close = DialogButton(_("Close"), "close", "primary", default=True)
        super().__init__(parent, _("Keyboard shortcuts"), buttons=[close], width=260, scrolls=True)
        groups: dict[str, list[Shortcut]] = {}
        for entry in shortcuts.entries():
            groups.setdefault(entry.group(), []).append(entry)
        columns = [ttk.Frame(self.content, style="In.TFrame") for _side in range(2)]
        heights = [0, 0]
        for heading, entries in groups.items():
            shorter = heights.index(min(heights))
            heights[shorter] += len(entries) + 2
            _add_group(columns[shorter], heading, entries)
        for column, frame in enumerate(columns):
            if heights[column]:
                frame.pack(side="left", anchor="n", padx=(S(36) if column else 0, 0))
        self.bind("<F1>", lambda _event: self.close(""))


def _add_group(master: ttk.Frame, heading: str, entries: list[Shortcut]) -> None:
    box = ttk.Frame(master, style="In.TFrame")
    box.pack(fill="x", pady=(0, S(12)))
    box.columnconfigure(0, weight=1)
    ttk.Label(box, text=heading, style="InB.TLabel").grid(
        row=0, column=0, columnspan=2, sticky="w", pady=(0, S(4))
    )
    for row, entry in enumerate(entries, start=1):
        ttk.Label(box, text=entry.text(), style="InS.TLabel").grid(row=row, column=0, sticky="w", pady=S(2))
        caps = ttk.Frame(box, style="Tile.TFrame", padding=(S(8), S(1), S(8), S(1)))
        caps.grid(row=row, column=1, sticky="e", padx=(S(24), 0), pady=S(2))
        keys = ttk.Label(caps, text=keys_text(entry.keys), style="SoftS.TLabel")
        keys.configure(foreground=look().palette.fg)
        keys.pack()
