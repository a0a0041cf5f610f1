"""Labelled fields with a word about what is wrong in them, and menus in the window's look."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.fold import Fold
from gui.widgets.line_break import wrap_for

__all__ = [
    "ChoiceField", "Fold", "MenuEntry", "Switch", "TextField", "WrappingLabel", "menu_under", "popup_menu",
    "wrapping_label",
]  # fmt: skip

MenuEntry = tuple[str, Callable[[], object] | None, bool] | None
"""(text, what it does, whether it can be chosen now); None is a line between groups."""


class TextField(ttk.Frame):
    """A label, an entry (with ``values``: an editable combo box; ``readonly``: only those), and a problem
    below.

    ``on_change`` runs after each change a person made, not after `set`.
    """

    def __init__(
        self,
        master: tk.Misc,
        on_change: Callable[[], None],
        values: Sequence[str] | None = None,
        readonly: bool = False,
        width: int = 8,
        secondary: bool = False,
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self._changed = on_change
        self._quiet = False
        self.variable = tk.StringVar(self)
        self.label = ttk.Label(self, style="InS.TLabel")
        self.label.pack(anchor="w", padx=S(2))
        self.entry: Any
        if values is None:
            self.entry = ttk.Entry(self, textvariable=self.variable, style="Round.TEntry", width=width)
        else:
            self.entry = ttk.Combobox(
                self, textvariable=self.variable, style="Round.TCombobox", width=width, values=list(values)
            )
            if readonly:
                self.entry.state(["readonly"])
            self.entry.bind("<<ComboboxSelected>>", lambda _e: self.entry.selection_clear(), add="+")
        self.entry.configure(font=look().font(10))
        self.entry.pack(fill="x")
        self.problem = WrappingLabel(self, "InErr.TLabel")
        self.variable.trace_add("write", lambda *_args: self._written())

    @property
    def value(self) -> str:
        return self.variable.get()

    def set(self, text: str) -> None:
        if text != self.variable.get():
            self._quiet = True
            self.variable.set(text)
            self._quiet = False

    def set_values(self, values: Sequence[str]) -> None:
        self.entry.configure(values=list(values))

    def show_problem(self, text: str) -> None:
        """What is wrong, or ""; the box turns red with it."""
        self.entry.state(["invalid" if text else "!invalid"])
        self.problem.show(text)
        if text and not self.problem.winfo_manager():
            self.problem.pack(fill="x", padx=S(2), pady=(S(2), 0))
        elif not text and self.problem.winfo_manager():
            self.problem.pack_forget()

    def enable(self, on: bool) -> None:
        self.entry.state(["!disabled" if on else "disabled"])

    def _written(self) -> None:
        if not self._quiet:
            self._changed()


class ChoiceField(TextField):
    """One of a few values, each shown by a text."""

    def __init__(self, master: tk.Misc, on_change: Callable[[], None], width: int = 12) -> None:
        super().__init__(master, on_change, values=(), readonly=True, width=width)
        self._texts: dict[str, str] = {}

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """``(value, text)`` each; the chosen value stays."""
        chosen = self.chosen
        self._texts = dict(options)
        self.set_values([text for _value, text in options])
        self.choose(chosen if chosen in self._texts else options[0][0])

    @property
    def chosen(self) -> str:
        return next((value for value, text in self._texts.items() if text == self.value), "")

    def choose(self, value: str) -> None:
        if value in self._texts:
            self.set(self._texts[value])


class Switch(ttk.Checkbutton):
    """An on-off switch; ``on_change`` runs when a person turns it."""

    def __init__(self, master: tk.Misc, on_change: Callable[[], None], soft: bool = False) -> None:
        self.variable = tk.BooleanVar(master)
        style = "Soft.Switch.TCheckbutton" if soft else "Switch.TCheckbutton"
        super().__init__(master, variable=self.variable, style=style, command=on_change)

    @property
    def on(self) -> bool:
        return bool(self.variable.get())

    def set(self, on: bool) -> None:
        self.variable.set(on)


class WrappingLabel(ttk.Label):
    """A label whose text wraps at its own width, whatever that becomes; Chinese breaks between characters."""

    def __init__(self, master: tk.Misc, style: str, text: str = "", **options: Any) -> None:
        super().__init__(master, style=style, justify=options.pop("justify", "left"), **options)
        self._text = text
        self.bind("<Configure>", lambda _e: self._wrap())
        look().watch(self, self._wrap)
        self._wrap()

    @property
    def text(self) -> str:
        """The text as it was given, without the line ends put in."""
        return self._text

    def show(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._wrap()

    def _wrap(self) -> None:
        width = self.winfo_width()
        if width < S(40):
            width = S(240)
        # a glyph may be drawn a little wider than it is measured
        wrapped = wrap_for(self, self._text, width - S(3))
        if wrapped != str(self.cget("text")):
            self.configure(text=wrapped)


def wrapping_label(master: tk.Misc, style: str, **options: Any) -> WrappingLabel:
    return WrappingLabel(master, style, **options)


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


def menu_under(widget: tk.Misc, entries: Sequence[MenuEntry]) -> tk.Menu:
    """The menu of a button, below it."""
    return popup_menu(widget, entries, widget.winfo_rootx(), widget.winfo_rooty() + widget.winfo_height())
