"""Labelled form fields, each with an error line below."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.wrapping_label import WrappingLabel


class TextField(ttk.Frame):
    """A label, an entry (with ``values``: an editable combo box; ``readonly``: only those values), and an
    error line.

    ``on_change`` is called after each change by a person, not after `set`.
    """

    def __init__(
        self,
        master: tk.Misc,
        on_change: Callable[[], None],
        values: Sequence[str] | None = None,
        readonly: bool = False,
        width: int = 8,
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
        """Replace the text without calling ``on_change``."""
        if text != self.variable.get():
            self._quiet = True
            self.variable.set(text)
            self._quiet = False

    def set_values(self, values: Sequence[str]) -> None:
        """Replace the combo box's values; the text stays."""
        self.entry.configure(values=list(values))

    def show_problem(self, text: str) -> None:
        """Show what is wrong and make the box red; "" removes both."""
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
    """One of a few values, each with a text to show."""

    def __init__(self, master: tk.Misc, on_change: Callable[[], None], width: int = 12) -> None:
        super().__init__(master, on_change, values=(), readonly=True, width=width)
        self._texts: dict[str, str] = {}

    def set_options(self, options: Sequence[tuple[str, str]]) -> None:
        """Set the options, each ``(value, text)``; the chosen value stays."""
        chosen = self.chosen
        self._texts = dict(options)
        self.set_values([text for _value, text in options])
        self.choose(chosen if chosen in self._texts else options[0][0])

    @property
    def chosen(self) -> str:
        """The value of the chosen option; "" before there is one."""
        return next((value for value, text in self._texts.items() if text == self.value), "")

    def choose(self, value: str) -> None:
        """Choose a value without calling ``on_change``."""
        if value in self._texts:
            self.set(self._texts[value])


class Switch(ttk.Checkbutton):
    """An on-off switch; ``on_change`` is called when a person turns it."""

    def __init__(self, master: tk.Misc, on_change: Callable[[], None], soft: bool = False) -> None:
        self.variable = tk.BooleanVar(master)
        style = "Soft.Switch.TCheckbutton" if soft else "Switch.TCheckbutton"
        super().__init__(master, variable=self.variable, style=style, command=on_change)

    @property
    def on(self) -> bool:
        return bool(self.variable.get())

    def set(self, on: bool) -> None:
        self.variable.set(on)
