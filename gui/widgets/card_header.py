"""The header of a card: a sign, a title above a line of facts, icon buttons, and a rule below."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.icon_tools import icon_tools
from gui.widgets.text_fit import fit

SIGN = 40
"""Width and height of the sign in logical units."""


class CardHeader(ttk.Frame):
    """Packs itself, and the rule below it, at the top of the card ``master``.

    ``tools``: as in `icon_tools`, from right to left. ``on_resize()`` is called when the width for the texts
    has changed: set them again. Further widgets beside the buttons are packed with
    ``side="right", before=header.names``; widgets before ``about`` in the second line are created in
    ``header.line`` and packed with ``side="left", before=header.about``.
    """

    def __init__(
        self,
        master: tk.Misc,
        tools: Iterable[tuple[str, str, Callable[[], object]]],
        on_resize: Callable[[], None],
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self.pack(fill="x")
        self.sign = tk.Canvas(self, width=S(SIGN), height=S(SIGN), bd=0, highlightthickness=0)
        self.sign.pack(side="left")
        self.tools, self.tips = icon_tools(self, tools, gap=1)
        self.names = ttk.Frame(self, style="In.TFrame")
        self.names.pack(side="left", fill="x", expand=True, padx=(S(10), 0))
        self.title = ttk.Label(self.names, style="InH.TLabel", anchor="w", width=4)
        self.title.pack(fill="x")
        self.line = ttk.Frame(self.names, style="In.TFrame")
        self.line.pack(fill="x")
        self.about = ttk.Label(self.line, style="InS.TLabel", anchor="w", width=4)
        self.about.pack(side="left", fill="x", expand=True)
        for label in (self.title, self.about):
            label.bind("<Configure>", lambda _e: on_resize())
        self.rule = tk.Frame(master, height=1)
        self.rule.pack(fill="x", pady=(S(10), 0))
        look().watch(self, self._restyle)
        self._restyle()

    def show_title(self, text: str) -> None:
        """Show as much of ``text`` as fits."""
        room = max(S(40), self.title.winfo_width())
        self.title.configure(text=fit(look().font(12, bold=True), text, room))

    def show_about(self, text: str, colour: str = "") -> None:
        """Show as much of ``text`` as fits; ``colour`` "": that of secondary text."""
        room = max(S(10), self.about.winfo_width())
        self.about.configure(text=fit(look().font(9), text, room), foreground=colour or look().palette.mute)

    def clear_sign(self) -> int:
        """Empty the sign, to be painted again; returns its width and height in pixels."""
        size = S(SIGN)
        self.sign.configure(width=size, height=size, background=look().palette.card)
        self.sign.delete("all")
        return size

    def _restyle(self) -> None:
        self.rule.configure(background=look().palette.line)
