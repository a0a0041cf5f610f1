"""The about dialog: the program's version and licence, and the licences of its libraries."""

from __future__ import annotations

import platform
import sys
import tkinter as tk
from importlib import metadata
from pathlib import Path

import ttkbootstrap as ttk

from gui import VERSION
from gui.look.look import S, look
from gui.shared.i18n import _
from gui.widgets.dialog import Dialog, DialogButton

LIBRARIES = (
    "cryptography",
    "ifaddr",
    "msgspec",
    "Pillow",
    "platformdirs",
    "psutil",
    "segno",
    "tkinterdnd2",
    "ttkbootstrap",
    "zeroconf",
)


def carried() -> str:
    """The licences of the libraries: in full in a packaged program, else name and licence of each installed
    library, one per line."""
    folder = getattr(sys, "_MEIPASS", "")
    if folder:
        try:
            return Path(folder, "LICENSES.txt").read_text("utf-8")
        except OSError:
            pass  # the installed libraries' own data is better than nothing
    lines = [f"Python {platform.python_version()} · PSF-2.0", f"Tcl/Tk {tk.TkVersion} · TCL"]
    for name in LIBRARIES:
        try:
            found = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        lines.append(f"{name} {found['Version']} · {_licence(found)}")
    return "\n".join(lines)


def _licence(found: metadata.PackageMetadata) -> str:
    for field in ("License-Expression", "License"):
        text = (found[field] or "").strip() if field in found else ""
        if text and "\n" not in text:
            return text
    kept = [each for each in found.get_all("Classifier") or () if each.startswith("License ::")]
    return ", ".join(each.rpartition(" :: ")[2] for each in kept) or "?"


class AboutDialog(Dialog):
    """Modal; Escape or its button close it."""

    def __init__(self, parent: tk.Misc) -> None:
        close = DialogButton(_("Close"), "close", "primary", default=True)
        super().__init__(
            parent,
            f"Duplex {VERSION}",
            _("Chat, raw TCP and UDP, and network lessons for one LAN. Free software under the MIT licence."),
            [close],
            width=520,
        )
        p = look().palette
        ttk.Label(self.content, style="InB.TLabel", text=_("It carries, each under its own licence:")).pack(
            anchor="w", pady=(0, S(6))
        )
        box = ttk.Frame(self.content, style="Tile.TFrame", padding=S(8))
        box.pack(fill="both", expand=True)
        bar = ttk.Scrollbar(box, orient="vertical", style="Soft.Slim.Vertical.TScrollbar")
        self.text = tk.Text(
            box,
            width=10,
            height=12,
            wrap="word",
            bd=0,
            highlightthickness=0,
            background=p.soft,
            foreground=p.fg,
            selectbackground=p.sel,
            selectforeground=p.fg,
            font=look().font(9, mono=True),
            yscrollcommand=bar.set,
        )
        bar.configure(command=self.text.yview)
        bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self.text.insert("1.0", carried())
        self.text.configure(state="disabled")
