"""A segmented control: one of a few choices, all visible."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look

Option = tuple[str, str] | tuple[str, str, str]


class SegmentedControl(ttk.Frame):
    """`options` are (value, text) or (value, text, icon name). `command(value)` is called when the user
    chooses another.

    One Tab stop; Left and Right (or Up and Down) choose, Home and End go to the ends.
    """

    def __init__(
        self,
        master: tk.Misc,
        options: Sequence[Option] = (),
        value: str = "",
        command: Callable[[str], None] | None = None,
        small: bool = False,
        **frame: Any,
    ) -> None:
        super().__init__(master, style="SegBox.TFrame", padding=S(3), **frame)
        self.command = command
        self._style = "Small.Seg.Toolbutton" if small else "Seg.Toolbutton"
        self._chosen = tk.StringVar(self, value)
        self._choices: list[Option] = []
        self._buttons: list[ttk.Radiobutton] = []
        self._images: list[Any] = []
        self.set_options(options, value)
        look().watch(self, self._restyle)

    @property
    def value(self) -> str:
        return self._chosen.get()

    def set(self, value: str) -> None:
        """Choose without calling `command`. Raises ValueError for an unknown value."""
        if value not in [option[0] for option in self._choices]:
            raise ValueError(f"{value!r} is not one of the options")
        self._chosen.set(value)
        self._restyle()

    def set_options(self, options: Sequence[Option], value: str = "") -> None:
        """Replace the options; the first is chosen if `value` is none of them."""
        for button in self._buttons:
            button.destroy()
        self._choices = list(options)
        self._buttons = []
        values = [option[0] for option in options]
        self._chosen.set(value if value in values else values[0] if values else "")
        for column in range(self.grid_size()[0]):
            self.columnconfigure(column, weight=0, uniform="")
        for column in range(len(options)):
            self.columnconfigure(column, weight=1, uniform="segment")
        for column, option in enumerate(options):
            button = ttk.Radiobutton(
                self,
                text=option[1],
                value=option[0],
                variable=self._chosen,
                style=self._style,
                takefocus=False,
                command=lambda new=option[0]: self._choose(new, pressed=True),
            )
            button.grid(row=0, column=column, sticky="nsew")
            self._bind_keys(button)
            self._buttons.append(button)
        self._restyle()

    def retext(self, texts: Sequence[str]) -> None:
        """Replace the texts of the options, in order."""
        if len(texts) != len(self._choices):
            raise ValueError(f"{len(self._choices)} texts are needed")
        self._choices = [
            (option[0], text, *option[2:]) for option, text in zip(self._choices, texts, strict=True)
        ]
        for button, text in zip(self._buttons, texts, strict=True):
            button.configure(text=text)

    def enable(self, on: bool) -> None:
        for button in self._buttons:
            button.state(["!disabled" if on else "disabled"])

    def _choose(self, value: str, pressed: bool = False) -> None:
        changed = pressed or value != self._chosen.get()
        self._chosen.set(value)
        self._restyle()
        if changed and self.command:
            self.command(value)

    def _bind_keys(self, button: ttk.Radiobutton) -> None:
        for key, step in (("Left", -1), ("Up", -1), ("Right", 1), ("Down", 1), ("Home", -99), ("End", 99)):
            button.bind(f"<{key}>", lambda _e, by=step: self._move(by))  # type: ignore[misc]
        button.bind("<FocusIn>", lambda _e: self.state(["focus"]))
        button.bind("<FocusOut>", lambda _e: self.state(["!focus"]))

    def _move(self, by: int) -> str:
        values = [option[0] for option in self._choices]
        if not values or self._buttons[0].instate(["disabled"]):
            return "break"
        at = values.index(self.value) + by if abs(by) == 1 else (0 if by < 0 else len(values) - 1)
        at %= len(values)
        self._buttons[at].focus_set()
        self._choose(values[at])
        return "break"

    def _restyle(self) -> None:
        palette = look().palette
        self.configure(padding=S(3))
        self._images = []
        for button, option in zip(self._buttons, self._choices, strict=True):
            chosen = option[0] == self.value
            button.configure(takefocus=chosen)
            if len(option) == 3:
                image = look().icon(option[2], 13, palette.acc if chosen else palette.mute)
                self._images.append(image)
                button.configure(image=str(image), compound="left")
