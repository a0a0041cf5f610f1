"""The keyboard before a window of this process."""

from __future__ import annotations

import tkinter as tk

from tests.waiting import wait_until


def focus(widget: tk.Misc) -> None:
    """Give ``widget`` the focus. What is typed before Tk's next turn reaches it, whatever the window manager
    has still to say."""

    def has_it() -> bool:
        if widget.focus_displayof() is not widget:
            widget.focus_force()
        return widget.focus_displayof() is widget

    wait_until(has_it, root=widget.winfo_toplevel(), what=f"{widget} has the focus")


def press(widget: tk.Misc, *keys: str) -> None:
    """Type the keys, given as Tk names them, into ``widget``."""
    focus(widget)
    for key in keys:
        widget.event_generate(key)
    widget.update()
