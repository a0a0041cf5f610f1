"""A one-line entry in a rounded field: placeholder, icon, validation while typing, and an error line."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.plain import plain_entry, plain_label
from gui.widgets.text_fit import fit
from gui.widgets.wrapping_label import WrappingLabel

Check = Callable[[str], str | None]


class FieldEntry(ttk.Frame):
    """`validate(text)` returns what is wrong, or None; it runs at every change, typed or pasted, and never
    changes the text. `on_change(text)` and `on_enter(text)` notify the owner. More widgets may be packed to
    the right inside `box`.
    """

    def __init__(
        self,
        master: tk.Misc,
        placeholder: str = "",
        icon: str = "",
        validate: Check | None = None,
        on_change: Callable[[str], None] | None = None,
        on_enter: Callable[[str], None] | None = None,
        width: int = 12,
        mono: bool = False,
        value: str = "",
        **frame: Any,
    ) -> None:
        super().__init__(master, style="In.TFrame", **frame)
        self.validate_text = validate
        self.on_change = on_change
        self.on_enter = on_enter
        self._icon_name = icon
        self._image: Any = None
        self._variable = tk.StringVar(self, value)
        self.box = ttk.Frame(self, style="Field.TFrame", padding=(S(10), S(5)))
        self.box.pack(fill="x")
        self._icon = ttk.Label(self.box, style="SoftS.TLabel")
        if icon:
            self._icon.pack(side="left", padx=(0, S(6)))
        font = look().font(10, mono=mono)
        self.entry = plain_entry(self.box, textvariable=self._variable, width=width, font=font)
        self.entry.pack(side="left", fill="x", expand=True, ipady=S(2))
        self._hint, self._font = placeholder, font
        self._placeholder = plain_label(self.entry, anchor="w", font=font, cursor="xterm")
        self.entry.bind("<Configure>", lambda _e: self._show_placeholder())
        self._placeholder.bind("<Button-1>", lambda _e: self.entry.focus_set())
        self._message = WrappingLabel(self, "InErr.TLabel", anchor="w")
        self._variable.trace_add("write", lambda *_: self._changed())
        self.entry.bind("<FocusIn>", lambda _e: self.box.state(["focus"]))
        self.entry.bind("<FocusOut>", lambda _e: self.box.state(["!focus"]))
        for key in ("<Return>", "<KP_Enter>"):
            self.entry.bind(key, lambda _e: self._entered())
        look().watch(self, self._restyle)
        self._restyle()
        self._show_placeholder()

    @property
    def value(self) -> str:
        return self._variable.get()

    def set(self, value: str) -> None:
        """Replace the text; it is validated like a typed one."""
        self._variable.set(value)

    @property
    def valid(self) -> bool:
        """Whether the present text is valid; empty text is validated too."""
        return self.validate_text is None or not self.validate_text(self.value)

    def check(self) -> bool:
        """Show the error even if nothing was typed yet; True if there is none."""
        wrong = self.validate_text(self.value) if self.validate_text else None
        self.set_error(wrong)
        return not wrong

    def set_error(self, message: str | None) -> None:
        """Show a red edge and the message under the field; None or "" removes them."""
        self.box.state(["invalid" if message else "!invalid"])
        if message:
            self._message.show(message)
            self._message.pack(fill="x", padx=S(4), pady=(S(3), 0))
        else:
            self._message.pack_forget()

    @property
    def error(self) -> str:
        """The message under the field, or ""."""
        return self._message.text if self._message.winfo_manager() else ""

    def retext(self, placeholder: str) -> None:
        """Replace the placeholder."""
        self._hint = placeholder
        self._show_placeholder()
        if self.error:
            self.check()

    def enable(self, on: bool) -> None:
        self.entry.configure(state="normal" if on else "disabled")

    def focus_set(self) -> None:
        self.entry.focus_set()

    def _changed(self) -> None:
        self._show_placeholder()
        if self.value:
            self.check()
        else:
            self.set_error(None)
        if self.on_change:
            self.on_change(self.value)

    def _entered(self) -> str:
        if self.check() and self.on_enter:
            self.on_enter(self.value)
        return "break"

    def _show_placeholder(self) -> None:
        if self.value:
            self._placeholder.place_forget()
        else:
            width = self.entry.winfo_width()
            text = fit(self._font, self._hint, width - S(2)) if width > 1 else self._hint
            self._placeholder.configure(text=text)
            self._placeholder.place(x=S(1), rely=0.5, anchor="w", relwidth=1)

    def _restyle(self) -> None:
        p = look().palette
        self.entry.configure(
            background=p.soft,
            foreground=p.fg,
            insertbackground=p.acc,
            selectbackground=p.sel,
            selectforeground=p.fg,
            disabledbackground=p.soft,
            disabledforeground=p.mute,
        )
        self._placeholder.configure(background=p.soft, foreground=p.faint)
        if self._icon_name:
            self._image = look().icon(self._icon_name, 13, p.mute)
            self._icon.configure(image=str(self._image))
