"""Giving a window its look, and switching between looks.

Call :func:`register` before the ttkbootstrap App exists and :func:`apply_theme` after it, and again for each
change.
"""

from __future__ import annotations

import contextlib
import tkinter as tk
from typing import Any

import ttkbootstrap as ttk

from gui.look import styles
from gui.look.icon_shapes import share_shapes
from gui.look.look import THEME, Look, Mode, look, look_of, show_look
from gui.look.system import system_is_dark


def register() -> None:
    """Register the theme family with ttkbootstrap: before the App exists, so that its first paint is
    right."""
    share_shapes()
    ttk.Theme(
        name=THEME,
        primary="#5b5bf0",
        success="#10b981",
        info="#0ea5e9",
        warning="#f59e0b",
        danger="#ef4444",
        neutral="#94a3b8",
        light={"background": "#ffffff", "foreground": "#1e2433"},
        dark={"background": "#1b1e27", "foreground": "#e6e9f2"},
    ).register()


def first_theme(mode: Mode) -> str:
    """The name to pass to ``ttk.App(theme=...)``."""
    return f"{THEME}-{'dark' if _wants_dark(mode) else 'light'}"


def apply_theme(
    app: ttk.App, mode: Mode = "system", projector: bool = False, *, complete: bool = True
) -> Look:
    """Apply the look to ``app``, at any time, from the Tk thread. With ``complete`` false, only the styles of
    the first paint are built, which is quicker; `Look.complete` builds the rest."""
    applied = look_of(app)
    if applied is None:
        applied = Look(app, styles)
        show_look(applied)
        _bind_keys(app)
        _follow_on_focus(app, applied)
    applied.mode = mode
    applied.change(_wants_dark(mode), projector)
    if complete:
        applied.complete()
    return applied


def _follow_on_focus(app: ttk.App, applied: Look) -> None:
    """Ask for the desktop's mode when the window gets the focus: it may have been changed meanwhile."""

    def ask(_event: tk.Event[tk.Misc]) -> None:
        applied.follow_system()

    app.bind("<FocusIn>", ask, add="+")


def _wants_dark(mode: Mode) -> bool:
    return system_is_dark() if mode == "system" else mode == "dark"


def _bind_keys(app: ttk.App) -> None:
    """Let buttons, toggles and checks react to Return and space alike; Tk misses one or the other on each."""

    def press(event: tk.Event[Any]) -> str:
        event.widget.invoke()
        return "break"

    for kind in ("TButton", "TCheckbutton", "TRadiobutton", "Toolbutton"):
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            app.bind_class(kind, key, press)
    app.bind_class("ComboboxPopdown", "<Map>", _paint_popdown, add="+")


def _paint_popdown(event: tk.Event[Any]) -> None:
    """Repaint a combobox's list, which is created once with the colours of that moment."""
    p, app = look().palette, look().app
    colours = ("-background", p.card, "-foreground", p.fg)
    chosen = ("-selectbackground", p.sel, "-selectforeground", p.fg)
    edges = ("-highlightthickness", 1, "-highlightbackground", p.line, "-highlightcolor", p.line, "-bd", 0)
    with contextlib.suppress(tk.TclError):
        options = (*colours, *chosen, *edges, "-font", look().font(10))
        app.tk.call(f"{event.widget}.f.l", "configure", *options)
