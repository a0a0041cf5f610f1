"""What a program wrote, and a field to type a line for one that waits in input()."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import look
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.standing import Line
from gui.shared.i18n import _
from gui.widgets.plain import plain_entry
from gui.widgets.text_fit import fit, showable

MOST_LINES = 40
"""Lines that are kept: no stage is higher."""


class ConsolePanel(ttk.Frame):
    """``type_line(who, text)``: Enter was pressed in the field of the program ``who``."""

    def __init__(self, master: tk.Misc, sizes: Sizes, type_line: Callable[[str, str], object]) -> None:
        super().__init__(master, style="In.TFrame")
        self._sizes = sizes
        self._type_line = type_line
        self._waiting = ""
        self._program = ""
        self._head = ttk.Label(self, style="In.TLabel", font=sizes.font("label"), anchor="w")
        self._head.pack(fill="x")
        self._asks = ttk.Frame(self, style="Field.TFrame", padding=(sizes.px(10), sizes.px(6)))
        self.entry = plain_entry(self._asks, font=sizes.font("text"), width=6)
        self.entry.pack(fill="x")
        self.entry.bind("<Return>", lambda _e: self._entered())
        self.entry.bind("<FocusIn>", lambda _e: self._asks.state(["focus"]))
        self.entry.bind("<FocusOut>", lambda _e: self._asks.state(["!focus"]))
        self.text = ttk.Text(
            self, autostyle=False, width=10, height=2, bd=0, highlightthickness=0, relief="flat",
            wrap="word", font=sizes.font("code"), state="disabled", takefocus=False, cursor="arrow",
        )  # fmt: skip
        self.text.bindtags((str(self.text), str(self.winfo_toplevel()), "all"))
        self.text.pack(fill="both", expand=True)
        for part in (self, self._head, self.text):
            part.bind("<Button-1>", lambda _e: self.ask(), add="+")
        self.bind("<Configure>", lambda _e: self._show_title())
        self.text.bind("<Configure>", lambda _e: self._show_end())
        look().watch(self, self._restyle)
        self._restyle()

    def show(self, program: str, lines: Sequence[Line], waiting: str) -> None:
        """``program``: whose lines these are, in words; ``waiting``: its name if it waits for a line, or
        ""."""
        self._program = program
        self._waiting = waiting
        self._show_title()
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        for line in lines:
            self.text.insert("end", showable(line.text) + "\n", line.kind)
        self.text.delete("end-1c")
        self.text.configure(state="disabled")
        self._show_end()
        if waiting and not self._asks.winfo_manager():
            self._asks.pack(side="bottom", fill="x", before=self.text)
        elif not waiting and self._asks.winfo_manager():
            if self.focus_displayof() is self.entry:
                self.winfo_toplevel().focus_set()
            self._asks.pack_forget()

    def ask(self) -> None:
        """Put the caret into the field, if a program waits for a line."""
        if self._waiting:
            self.entry.focus_set()

    def needed(self, _width: int) -> int:
        """Its title, three lines and the field."""
        heights = [self._sizes.font(role).metrics("linespace") for role in ("label", "code", "text")]
        return heights[0] + 3 * heights[1] + (heights[2] + self._sizes.px(14) if self._waiting else 0)

    def _show_end(self) -> None:
        """The last lines, as many as are seen whole."""
        line = self._sizes.font("code").metrics("linespace")
        pad = (self.text.winfo_height() % line + 1) // 2
        if int(str(self.text.cget("pady"))) != pad:
            self.text.configure(pady=pad)
        self.text.see("end")

    def _show_title(self) -> None:
        if self._waiting:
            text = _("{title} waits for a line:").format(title=self._program)
        else:
            text = _("{program} printed").format(program=self._program)
        self._head.configure(text=fit(self._sizes.font("label"), text, max(40, self.winfo_width())))

    def _entered(self) -> str:
        if self._waiting:
            self._type_line(self._waiting, self.entry.get())
            self.entry.delete(0, "end")
        return "break"

    def _restyle(self) -> None:
        p = look().palette
        self.text.configure(background=p.card, foreground=p.fg, selectbackground=p.sel, selectforeground=p.fg)
        for kind, colour in (("out", p.fg), ("typed", p.acc), ("error", p.err)):
            self.text.tag_configure(kind, foreground=legible(colour, p.card))
        self._head.configure(foreground=legible(p.mute, p.card))
        self.entry.configure(
            background=p.soft, foreground=p.fg, insertbackground=p.acc, selectbackground=p.sel,
            selectforeground=p.fg,
        )  # fmt: skip
