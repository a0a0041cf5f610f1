"""A message in the page, with a tone and an optional action."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any, Literal

import ttkbootstrap as ttk

from gui.look.look import S, look

Tone = Literal["ok", "warn", "error", "info"]
SIGNS = {
    "ok": "check-circle-fill",
    "warn": "exclamation-triangle-fill",
    "error": "x-octagon-fill",
    "info": "info-circle-fill",
}


class Banner(ttk.Frame):
    """The owner places it. With `on_close` it has a closing cross. ``wide``: the longest line of its text in
    logical units; 0: as much as there is room for."""

    def __init__(
        self,
        master: tk.Misc,
        text: str,
        tone: Tone = "info",
        action: str = "",
        on_action: Callable[[], None] | None = None,
        on_close: Callable[[], None] | None = None,
        wide: int = 0,
        **frame: Any,
    ) -> None:
        super().__init__(master, padding=(S(12), S(8)), **frame)
        self._wide = wide
        self.tone: Tone = tone
        self._images: list[Any] = []
        self._said = text
        self._sign = ttk.Label(self)
        self._sign.pack(side="left", anchor="n", padx=(0, S(8)), pady=S(1))
        self._cross = ttk.Label(self, cursor="hand2")
        if on_close:
            self._cross.pack(side="right", anchor="n", padx=(S(8), 0))
            self._cross.bind("<Button-1>", lambda _e: on_close())
        self._action = ttk.Label(self, cursor="hand2", takefocus=True)
        if on_action:
            self._action.pack(side="right", anchor="n", padx=(S(12), 0))
            for event in ("<Button-1>", "<Return>", "<space>"):
                self._action.bind(event, lambda _e: on_action())
        self._text = ttk.Label(self, justify="left", anchor="w")
        self._text.pack(side="left", fill="x", expand=True)
        self._text.bind("<Configure>", lambda _event: self._wrap())
        look().watch(self, self._restyle)
        self.show(text, tone, action)

    def show(self, text: str, tone: Tone | None = None, action: str = "") -> None:
        """Replace the text, and the tone if it is given."""
        self.tone = tone or self.tone
        self._said = text
        self._action.configure(text=action)
        self._restyle()
        self._wrap()

    def _wrap(self) -> None:
        """Wrap the text: Chinese breaks between any characters, others at word boundaries, unlike in Tk."""
        from gui.widgets.line_break import (
            has_wide,
            wrap_for,
        )  # only now: the window is painted without banners

        # a glyph may be drawn slightly wider than it is measured
        width = S(self._wide) or max(S(80), self._text.winfo_width() - S(4))
        text = wrap_for(self._text, self._said, width) if has_wide(self._said) else self._said
        if (text, width) != (str(self._text.cget("text")), int(str(self._text.cget("wraplength") or 0))):
            self._text.configure(text=text, wraplength=width)

    def _restyle(self) -> None:
        p, name = look().palette, f"{self.tone.capitalize()}.Banner"
        self.configure(style=f"{name}.TFrame")
        for label in (self._sign, self._cross, self._action, self._text):
            label.configure(style=f"{name}.TLabel")
        self._images = [look().icon(SIGNS[self.tone], 14, p.tone(self.tone)), look().icon("x-lg", 11, p.mute)]
        self._sign.configure(image=str(self._images[0]))
        self._cross.configure(image=str(self._images[1]))
        self._action.configure(foreground=p.acc, font=look().font(9, bold=True))
