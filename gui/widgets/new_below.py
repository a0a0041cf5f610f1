"""A button that reports new rows below the visible part of a list."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.look import S


class NewBelow(ttk.Frame):
    """Invisible before `show`; ``on_press`` is to scroll to the end of the list."""

    def __init__(self, master: tk.Misc, on_press: Callable[[], object]) -> None:
        super().__init__(master, style="In.TFrame")
        self.button = ttk.Button(
            self, style="Primary.TButton", icon="arrow-down", icon_size=12, compound="left", command=on_press
        )
        self.button.pack()

    def show(self, text: str, above: tk.Misc) -> None:
        """Show ``text`` at the foot of the packed list ``above``; "" hides the button."""
        if not text:
            self.pack_forget()
            return
        self.button.configure(text=text)
        if not self.winfo_manager():
            self.pack(side="bottom", fill="x", before=above, pady=(S(4), 0))
