"""The banners above the page; each stays until its cause is gone or somebody closes it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk
from ttkbootstrap.style import register_style

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.services.services import Action, Buttons, Tone, Words
from gui.widgets.banner import Banner


class _TopBanner(Banner):
    """A banner whose rounded corners lie on the backdrop, not on a card."""

    def _restyle(self) -> None:
        super()._restyle()
        style: Any = look().app.style
        boxed = f"{self.tone.capitalize()}.Banner.TFrame"
        style.layout(f"Back.{boxed}", style.layout(boxed))
        style.configure(f"Back.{boxed}", background=look().palette.back)
        register_style(style, f"Back.{boxed}")
        self.configure(style=f"Back.{boxed}", padding=(S(12), S(7)))


class Banners(ttk.Frame):
    """One banner for each key, the newest below."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master, style="Back.TFrame")
        self._shown: dict[str, tuple[Banner, str]] = {}
        # A frame without children keeps its height: an empty child one pixel high makes it shrink.
        self._floor = ttk.Frame(self, style="Back.TFrame", height=1, width=1)
        self._floor.pack()

    def show(self, key: str, words: Words, tone: Tone = "info", action: Action | None = None) -> None:
        """Show ``words`` under ``key``, in place of the earlier text; "" removes the banner. A function as
        ``words`` follows the language."""
        self.hide(key)
        text = _worded(words)
        if not text:
            return
        banner = _TopBanner(
            self,
            text,
            "info" if tone == "normal" else tone,
            action=_worded(action[0]) if action else "",
            on_action=(lambda call=action[1]: _run(call)) if action else None,  # type: ignore[misc]
            on_close=lambda: self.hide(key),
        )
        banner.pack(side="top", fill="x", pady=(S(12), 0))
        self._shown[key] = (banner, text)
        follow_language(banner, lambda: self._reword(key, words, action[0] if action else ""))

    def _reword(self, key: str, words: Words, action: Words) -> None:
        banner, _before = self._shown[key]
        text = _worded(words)
        banner.show(text, action=_worded(action))
        self._shown[key] = (banner, text)

    def hide(self, key: str) -> None:
        shown = self._shown.pop(key, None)
        if shown is not None:
            shown[0].destroy()

    @property
    def texts(self) -> dict[str, str]:
        """The texts shown, by key."""
        return {key: text for key, (_banner, text) in self._shown.items()}


def _worded(words: Words) -> str:
    return words if isinstance(words, str) else words()


def _run(call: Callable[[], object]) -> None:
    call()


def ask(parent: tk.Misc, title: str, text: str, buttons: Buttons) -> str:
    """A modal question. The name of the button pressed, or "" if the question was dismissed."""
    from gui.widgets.dialog import Dialog, DialogButton  # late: no question is asked before the first paint

    offered = [
        DialogButton(label, name, "danger" if kind == "danger" else "primary" if kind else "secondary", last)
        for (name, label, kind), last in zip(buttons, [False] * (len(buttons) - 1) + [True], strict=True)
    ]
    return Dialog(parent, title, text, offered).ask()
