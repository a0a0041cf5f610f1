"""Labelled fields with a word about what is wrong in them, folds that scroll, and menus in the window's
look."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.theme import S, look
from gui.widgets.line_break import wrap_for

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


class Fold(ttk.Frame):
    """A part that scrolls: put widgets into `inside`. For a form, never for a list of rows.

    Its bar stands to the right of it, in the padding around: if it took width, words would wrap differently
    with and without it, and could need it and not need it in turn, without end.
    """

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master, style="In.TFrame")
        self.canvas = ttk.Canvas(
            self, autostyle=False, bd=0, highlightthickness=0, width=S(120), height=S(60)
        )
        self.bar = ttk.Scrollbar(
            self.winfo_toplevel(),
            orient="vertical",
            command=self.canvas.yview,
            style="Slim.Vertical.TScrollbar",
            takefocus=False,
        )
        self.bind("<Destroy>", lambda event: self.bar.destroy() if event.widget is self else None)
        self.inside = ttk.Frame(self.canvas, style="In.TFrame")
        self._window = self.canvas.create_window(0, 0, anchor="nw", window=self.inside)
        self.canvas.configure(yscrollcommand=self._show_bar)
        self.canvas.pack(side="left", fill="both", expand=True)
        self.inside.bind("<Configure>", lambda _e: self._fit())
        self.canvas.bind(
            "<Configure>", lambda event: self.canvas.itemconfigure(self._window, width=event.width)
        )
        look().watch(self, self._restyle)
        self._restyle()

    def bind_wheel(self) -> None:
        """Let the wheel scroll over every widget inside; call it once all are there."""
        for widget in _descendants(self.inside):
            if not isinstance(widget, ttk.Combobox):
                widget.bind("<MouseWheel>", lambda e: self._scroll(-1 if e.delta > 0 else 1), add="+")
                widget.bind("<Button-4>", lambda _e: self._scroll(-1), add="+")
                widget.bind("<Button-5>", lambda _e: self._scroll(1), add="+")
            widget.bind("<FocusIn>", lambda e: self._reveal(e.widget), add="+")

    def _reveal(self, widget: tk.Misc) -> None:
        """A field that Tab went to comes into view."""
        height = self.inside.winfo_height()
        if height <= self.canvas.winfo_height():
            return
        top = widget.winfo_rooty() - self.inside.winfo_rooty()
        bottom = top + widget.winfo_height()
        first, last = (part * height for part in self.canvas.yview())
        if top < first or bottom > last:
            self.canvas.yview_moveto(max(0, top - S(30)) / height)

    def _scroll(self, steps: int) -> None:
        if self.inside.winfo_height() > self.canvas.winfo_height():
            self.canvas.yview_scroll(steps * 2, "units")

    def _fit(self) -> None:
        self.canvas.configure(scrollregion=self.canvas.bbox("all"), yscrollincrement=S(16))

    def _show_bar(self, first: str, last: str) -> None:
        self.bar.set(first, last)
        needed = float(first) > 0 or float(last) < 1
        if needed and not self.bar.winfo_manager():
            self.bar.place(in_=self, relx=1.0, x=S(2), relheight=1.0, anchor="nw")
            self.bar.lift()
        elif not needed and self.bar.winfo_manager():
            self.bar.place_forget()

    def _restyle(self) -> None:
        self.canvas.configure(background=look().palette.card)


def _descendants(widget: tk.Misc) -> list[tk.Misc]:
    found: list[tk.Misc] = [widget]
    for child in widget.winfo_children():
        found += _descendants(child)
    return found


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
