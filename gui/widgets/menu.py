"""Pop-up menus in the window's colours."""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Callable, Sequence

from gui.look.look import look

MenuEntry = tuple[str, Callable[[], object] | None, bool] | None
"""(text, callback, whether it is enabled); None is a separator."""

MENU_KEYS = ("<Menu>", "<App>", "<Shift-F10>")
"""The keys for a context menu; the first is X11's name of the menu key, the second that of Windows."""


def popup_menu(master: tk.Misc, entries: Sequence[MenuEntry], x: int, y: int) -> tk.Menu:
    """A menu at screen pixels ``x``, ``y``; returned so that a test can choose from it."""
    palette = look().palette
    menu = tk.Menu(
        master,
        tearoff=False,
        background=palette.card,
        foreground=palette.fg,
        activebackground=palette.sel,
        activeforeground=palette.fg,
        disabledforeground=palette.faint,
        borderwidth=1,
        activeborderwidth=0,
        relief="raised",
        font=look().font(10),
    )
    for entry in entries:
        if entry is None:
            menu.add_separator()
            continue
        text, action, possible = entry
        menu.add_command(
            label=f"  {text}  ",
            command=action if action is not None else "",
            state="normal" if possible and action else "disabled",
        )
    menu.tk_popup(x, y)
    return menu


def bind_menu_keys(widget: tk.Misc, show: Callable[[], object]) -> None:
    """Call ``show`` when the context menu of ``widget`` is asked for by keyboard."""

    def pressed(_event: tk.Event[tk.Misc]) -> str:
        show()
        return "break"

    for key in MENU_KEYS:
        # Each system knows its own keys only.
        with contextlib.suppress(tk.TclError):
            widget.bind(key, pressed)


def menu_under(widget: tk.Misc, entries: Sequence[MenuEntry]) -> tk.Menu:
    """Show a button's menu below it."""
    return popup_menu(widget, entries, widget.winfo_rootx(), widget.winfo_rooty() + widget.winfo_height())
