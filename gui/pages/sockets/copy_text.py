"""Copying text to the clipboard, with a toast about it."""

from __future__ import annotations

import tkinter as tk

from gui.services.services import Services
from gui.shared.i18n import _

SHOWN_CHARACTERS = 60


def copy_text(widget: tk.Misc, services: Services, text: str) -> None:
    """Copy ``text`` to the clipboard of ``widget``'s window, and report it in a toast."""
    widget.clipboard_clear()
    widget.clipboard_append(text)
    services.toast(_("Copied: {text}").format(text=text[:SHOWN_CHARACTERS]), "ok")
