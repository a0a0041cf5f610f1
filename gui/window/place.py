"""The window's position and size: as at the last exit, as far as the present screen allows."""

from __future__ import annotations

import re
import tkinter as tk

import ttkbootstrap as ttk

from gui.shared.settings import WindowPlace

MINIMUM = (960, 620)
PREFERRED = (1280, 820)
MARGIN = 60
"""Pixels of a screen that panels and the window's own frame need."""


def fitted(place: WindowPlace, screen: tuple[int, int], preferred: tuple[int, int]) -> WindowPlace:
    """``place`` moved and shrunk to fit a screen of that size; a window that was never placed gets
    ``preferred``, centred."""
    width, height = (place.width, place.height) if place.width and place.height else preferred
    width = min(width, screen[0])
    height = min(height, screen[1] - MARGIN)
    if not (place.width and place.height):
        return WindowPlace(
            (screen[0] - width) // 2,
            max(0, (screen[1] - MARGIN - height) // 2),
            width,
            height,
            place.maximised,
        )
    x = min(max(place.x, 0), screen[0] - width)
    y = min(max(place.y, 0), max(0, screen[1] - MARGIN - height))
    return WindowPlace(x, y, width, height, place.maximised)


def first_place(app: ttk.App, place: WindowPlace) -> str:
    """The geometry to begin with; a window that was maximised is maximised again."""
    screen = (
        app.winfo_vrootwidth() or app.winfo_screenwidth(),
        app.winfo_vrootheight() or app.winfo_screenheight(),
    )
    preferred = (int(ttk.scale_size(app, PREFERRED[0])), int(ttk.scale_size(app, PREFERRED[1])))
    found = fitted(place, screen, preferred)
    if found.maximised:
        app.after(1, _maximise, app)
    return f"{found.width}x{found.height}+{found.x}+{found.y}"


def _maximise(app: tk.Tk) -> None:
    if app.tk.call("tk", "windowingsystem") == "x11":
        app.attributes("-zoomed", True)
    else:
        app.state("zoomed")


def is_maximised(app: tk.Tk) -> bool:
    if app.tk.call("tk", "windowingsystem") == "x11":
        return bool(int(app.attributes("-zoomed")))
    return bool(app.state() == "zoomed")


def keep_place(app: tk.Tk, place: WindowPlace) -> None:
    """Remember the window's place. If it is maximised or fills the screen, its place before that is kept."""
    if app.attributes("-fullscreen"):
        return
    place.maximised = is_maximised(app)
    found = re.fullmatch(r"(\d+)x(\d+)\+(-?\d+)\+(-?\d+)", app.wm_geometry())
    if found is None or place.maximised or app.state() != "normal":
        return
    place.width, place.height, place.x, place.y = (int(number) for number in found.groups())
