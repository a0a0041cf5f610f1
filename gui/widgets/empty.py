"""The placeholder of an empty area."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.line_break import wrap_for


class EmptyState(ttk.Frame):
    """An icon in a disc, a sentence, an optional second one, and at most one button. ``place`` it over the
    empty area.
    """

    def __init__(
        self,
        master: tk.Misc,
        icon: str,
        sentence: str,
        detail: str = "",
        action: str = "",
        on_action: Callable[[], None] | None = None,
        **frame: Any,
    ) -> None:
        super().__init__(master, style="In.TFrame", padding=S(16), **frame)
        self.wrap = 300
        """The width in logical units at which the second sentence wraps."""
        self._icon_name = icon
        self._image: Any = None
        self._sign = ttk.Canvas(self, autostyle=False, bd=0, highlightthickness=0)
        self._sign.pack(pady=(0, S(10)))
        self._sentence = ttk.Label(self, style="InB.TLabel", anchor="center", justify="center")
        self._sentence.pack(fill="x")
        self._detail = ttk.Label(self, style="InS.TLabel", anchor="center", justify="center")
        self._button = ttk.Button(self, style="Primary.TButton", command=on_action or (lambda: None))
        self._has_action = on_action is not None
        look().watch(self, self._restyle)
        self.retext(sentence, detail, action)
        self._restyle()

    def retext(self, sentence: str, detail: str = "", action: str = "") -> None:
        self._sentence.configure(text=wrap_for(self._sentence, sentence, S(self.wrap * 1.2)))
        self._detail.configure(text=wrap_for(self._detail, detail, S(self.wrap)))
        self._button.configure(text=action)
        self._detail.pack_forget()
        self._button.pack_forget()
        if detail:
            self._detail.pack(fill="x", pady=(S(4), 0))
        if self._has_action and action:
            self._button.pack(pady=(S(14), 0))

    def show_sign(self, on: bool) -> None:
        """Show or hide the icon: a low area has room for the text only."""
        if on and not self._sign.winfo_manager():
            self._sign.pack(pady=(0, S(10)), before=self._sentence)
        elif not on:
            self._sign.pack_forget()

    def _restyle(self) -> None:
        p, size = look().palette, S(64)
        self._sign.configure(width=size, height=size, background=p.card)
        self._sign.delete("all")
        self._sign.create_image(size // 2, size // 2, image=look().shapes.disc(size, p.sel))
        self._image = look().icon(self._icon_name, 26, p.acc)
        self._sign.create_image(size // 2, size // 2, image=self._image)
