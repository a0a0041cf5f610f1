"""What a relay does to what passes: a slider and a field for each setting, for both ways or for one. While
the relay is open, each change counts at once."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import ttkbootstrap as ttk
from msgspec.structs import replace

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.sockets.choice import Choice, Problem
from gui.pages.sockets.relay_settings import (
    RELAY_SETTINGS,
    STREAM_RATE,
    RelaySetting,
    settings_of,
    with_setting,
)
from gui.pages.sockets.words import problem_text
from gui.shared.i18n import _
from gui.widgets.form import Switch
from gui.widgets.segmented import SegmentedControl
from gui.widgets.tooltip import Tooltip
from gui.widgets.wrapping_label import WrappingLabel

How = Literal["cut", "half-close", "reset"]
DATAGRAM_ROWS = ("loss", "burst", "delay", "jitter", "rate", "queue", "double", "reorder")
STREAM_ROWS = ("delay", "rate")
DEFAULTS = {"queue": "100"}


class RelayForm(ttk.Frame):
    """`show` fills in a choice. ``on_change(edit)`` gets a function that applies a person's edit to a choice;
    ``on_break(how)`` is called by the buttons of an open TCP relay."""

    def __init__(
        self,
        master: tk.Misc,
        on_change: Callable[[Callable[[Choice], Choice]], None],
        on_break: Callable[[How], object],
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self._on_change = on_change
        self._choice: Choice | None = None
        self._is_live = False
        self.way = SegmentedControl(self, (), command=lambda _way: self._refill(), small=True)
        self.way.pack(fill="x")
        self.rows_frame = ttk.Frame(self, style="In.TFrame")
        self.rows_frame.pack(fill="x", pady=(S(6), 0))
        self.rows_frame.columnconfigure(1, weight=1)
        self.rows: dict[str, _Row] = {}
        for name in DATAGRAM_ROWS:
            self.rows[name] = _Row(self.rows_frame, RELAY_SETTINGS[name], partial(self._edited, name))
        self.rows["seed"] = _Row(self.rows_frame, None, partial(self._edited, "seed"))
        self.wrong = WrappingLabel(self, "InErr.TLabel")
        self.stalled = Switch(self, self._stall_turned)
        self.buttons = ttk.Frame(self, style="In.TFrame")
        self.breaks: dict[How, ttk.Button] = {}
        hows: tuple[How, ...] = ("cut", "half-close", "reset")
        for how in hows:
            button = ttk.Button(self.buttons, style="Secondary.TButton", command=partial(on_break, how))
            button.pack(side="left", fill="x", expand=True, padx=(0 if how == "cut" else S(4), 0))
            self.breaks[how] = button
        self.tips = {how: Tooltip(button, "") for how, button in self.breaks.items()}
        self._laid_out: tuple[str, bool] | None = None
        follow_language(self, self._set_words)

    def _set_words(self) -> None:
        ways = (("both", _("Both ways")), ("to_target", _("To target")), ("to_client", _("Way back")))
        self.way.set_options(ways, self.way.value or "both")
        for name, row in self.rows.items():
            setting = self._setting(name)
            row.word(_(setting.label) if setting else _("Seed"), _(setting.unit) if setting else "")
        self.stalled.configure(text=_("Stall: let nothing pass"))
        self.breaks["cut"].configure(text=_("Cut"))
        self.breaks["half-close"].configure(text=_("Half-close"))
        self.breaks["reset"].configure(text=_("Reset"))
        self.tips["cut"].retext(_("Forget what is under way and close all connections in order (FIN)"))
        self.tips["half-close"].retext(_("Tell the target that its clients have finished sending"))
        self.tips["reset"].retext(_("Break all connections off at both ends (RST)"))
        if self._choice is not None:
            self._fill_in(self._choice, self._is_live)

    def choose_way(self, choice: Choice) -> None:
        """Another choice: both ways are edited together as long as they are the same."""
        self.way.set("both" if choice.to_target == choice.to_client else "to_target")

    def show(self, choice: Choice, live: bool) -> None:
        """Fill in a relay's choice, and show its mistakes. ``live``: it is open with exactly these settings.
        The same again changes nothing: what is just being typed stays."""
        if (choice, live) == (self._choice, self._is_live):
            return
        self._choice, self._is_live = choice, live
        self._fill_in(choice, live)

    def _fill_in(self, choice: Choice, live: bool) -> None:
        self._lay_out(choice, live)
        self._fill(choice)
        self.show_problems(choice.problems())

    def show_problems(self, problems: Mapping[str, Problem]) -> None:
        """Show the first of them that concerns this form."""
        for name, row in self.rows.items():
            row.mark(name in problems)
        first = next((problems[name] for name in self.rows if name in problems), None)
        self.wrong.show(self._problem_text(first, problems) if first is not None else "")
        if first is not None:
            self.wrong.pack(fill="x", pady=(S(2), 0), after=self.way)
        else:
            self.wrong.pack_forget()

    def _problem_text(self, first: Problem, problems: Mapping[str, Problem]) -> str:
        name = next(name for name in self.rows if name in problems)
        setting = self._setting(name)
        if setting is None:
            return problem_text(first)
        shown = replace(first, low=first.low * setting.factor, high=first.high * setting.factor)
        return f"{_(setting.label)}: {problem_text(shown)}"

    def _setting(self, name: str) -> RelaySetting | None:
        if name == "rate" and self._choice is not None and self._choice.is_tcp:
            return STREAM_RATE
        return RELAY_SETTINGS.get(name)

    def _lay_out(self, choice: Choice, live: bool) -> None:
        plan = (choice.transport, live)
        if plan == self._laid_out:
            return
        self._laid_out = plan
        shown = STREAM_ROWS if choice.is_tcp else (*DATAGRAM_ROWS, "seed")
        for number, (name, row) in enumerate(self.rows.items()):
            row.place_in(number if name in shown else None)
        setting = self._setting("rate")
        if setting is not None:
            self.rows["rate"].use(setting)
            self.rows["rate"].word(_(setting.label), _(setting.unit))
        self.rows["seed"].enable(not live)
        self.stalled.pack_forget()
        self.buttons.pack_forget()
        if choice.is_tcp:
            self.stalled.pack(anchor="w", pady=(S(6), 0))
            if live:
                self.buttons.pack(fill="x", pady=(S(6), 0))

    # --- Filling and editing ---

    def _refill(self) -> None:
        if self._choice is not None:
            self._fill(self._choice)

    def _fill(self, choice: Choice) -> None:
        way = self.way.value
        settings = settings_of(choice.to_client if way == "to_client" else choice.to_target)
        for name, row in self.rows.items():
            if name == "seed":
                row.show(choice.seed)
                continue
            setting = self._setting(name)
            text = settings.get(name, DEFAULTS.get(name, "0"))
            row.show(setting.shown(text) if setting is not None else text)
        self.stalled.set(settings.get("stalled", "0") == "1")

    def _edited(self, name: str, text: str) -> None:
        if name == "seed":
            self._on_change(lambda choice: replace(choice, seed=text))
            return
        setting = self._setting(name)
        typed = setting.typed(text) if setting is not None else text
        self._set(name, "" if typed == DEFAULTS.get(name) else typed)

    def _stall_turned(self) -> None:
        self._set("stalled", "1" if self.stalled.on else "")

    def _set(self, name: str, value: str) -> None:
        ways = ("to_target", "to_client") if self.way.value == "both" else (self.way.value,)

        def edit(choice: Choice) -> Choice:
            changed: dict[str, Any] = {way: with_setting(getattr(choice, way), name, value) for way in ways}
            return replace(choice, **changed)

        self._on_change(edit)


class _Row:
    """A label, a slider, a field and its unit, in one grid row. ``setting``: None for a row without
    slider."""

    def __init__(
        self, master: ttk.Frame, setting: RelaySetting | None, on_edit: Callable[[str], None]
    ) -> None:
        self._setting = setting
        self._on_edit = on_edit
        self._quiet = False
        self.label = ttk.Label(master, style="InS.TLabel")
        self.slider = (
            ttk.Scale(master, from_=0.0, to=1.0, command=self._slid) if setting is not None else None
        )
        self.variable = tk.StringVar(master)
        self.entry = ttk.Entry(master, textvariable=self.variable, style="Round.TEntry", width=6)
        self.entry.configure(font=look().font(9))
        self.unit = ttk.Label(master, style="InX.TLabel")
        self.variable.trace_add("write", lambda *_args: self._typed())

    def use(self, setting: RelaySetting) -> None:
        self._setting = setting

    def word(self, label: str, unit: str) -> None:
        self.label.configure(text=label)
        self.unit.configure(text=unit)

    def enable(self, on: bool) -> None:
        self.entry.state(["!disabled" if on else "disabled"])

    def mark(self, wrong: bool) -> None:
        self.entry.state(["invalid" if wrong else "!invalid"])

    def place_in(self, number: int | None) -> None:
        """Stand in this row of the grid; None: nowhere."""
        for widget in (self.label, self.slider, self.entry, self.unit):
            if widget is not None:
                widget.grid_forget()
        if number is None:
            return
        self.label.grid(row=number, column=0, sticky="w", padx=(S(2), S(6)))
        if self.slider is not None:
            self.slider.grid(row=number, column=1, sticky="ew")
        self.entry.grid(row=number, column=2, sticky="e", padx=(S(6), S(4)))
        self.unit.grid(row=number, column=3, sticky="w")

    def show(self, text: str) -> None:
        """Fill in without an edit."""
        self._quiet = True
        if text != self.variable.get() and self.entry.instate(["!focus"]):
            self.variable.set(text)
        if self.slider is not None and self._setting is not None:
            self.slider.set(self._setting.position(text))
        self._quiet = False

    def _slid(self, position: str) -> None:
        if self._quiet or self._setting is None:
            return
        text = self._setting.value_at(float(position))
        if text != self.variable.get():
            self._quiet = True
            self.variable.set(text)
            self._quiet = False
            self._on_edit(text)

    def _typed(self) -> None:
        if self._quiet:
            return
        if self.slider is not None and self._setting is not None:
            self._quiet = True
            self.slider.set(self._setting.position(self.variable.get()))
            self._quiet = False
        self._on_edit(self.variable.get())
