"""What went wrong, below the picture, with what can be done about it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.lessons.player.pill_button import PillButton
from gui.pages.lessons.sizes import Sizes
from gui.widgets.wrapping_label import WrappingLabel

Way = tuple[str, Callable[[], object]]
"""A button's label, and what it does."""


class TroubleCard(ttk.Frame):
    """Takes its height from the stage above it with `show`, and gives it back with `hide`: the newest row,
    which it is mostly about, stands at the stage's lower edge."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(master, style="Warn.Banner.TFrame", padding=(S(16), S(10)))
        self._sizes = sizes
        self._label = WrappingLabel(self, "Warn.Banner.TLabel", font=sizes.font("label"))
        self._label.pack(fill="x")
        self._shown: tuple[str, tuple[str, ...]] = ("", ())
        self.buttons: list[PillButton] = []
        look().watch(self, lambda: self._label.configure(foreground=look().palette.fg))

    @property
    def text(self) -> str:
        """What is said; "" while it is hidden."""
        return self._shown[0]

    def show(self, text: str, ways: Sequence[Way]) -> None:
        shown = (text, tuple(label for label, _act in ways))
        if shown == self._shown:
            return
        self._shown = shown
        self._label.show(text)
        for button in self.buttons:
            button.destroy()
        self.buttons = [PillButton(self, self._sizes, label, act, self._surface) for label, act in ways]
        for button in self.buttons:
            button.pack(side="left", padx=(0, S(8)), pady=(S(6), 0))
        self.grid(row=3, column=0, sticky="ew", padx=S(6), pady=(0, S(6)))

    def _surface(self) -> str:
        return str(ttk.Style().lookup("Warn.Banner.TLabel", "background"))

    def hide(self) -> None:
        self._shown = ("", ())
        self.grid_remove()
