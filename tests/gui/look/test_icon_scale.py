"""Icons of buttons grow with the type in projector mode, and shrink back."""

from __future__ import annotations

import tkinter as tk
from functools import partial

import ttkbootstrap as ttk

from gui.look import look as theme
from gui.look.apply import apply_theme
from gui.widgets.banner import Banner
from tests.waiting import wait_until


def button(app: ttk.App, size: int) -> ttk.Button:
    made = ttk.Button(app, style="Icon.TButton", icon="search", icon_only=True, icon_size=size)
    made.pack()
    app.update()
    return made


def width(app: ttk.App, shown: ttk.Button) -> int:
    """The size of the drawn icon, in pixels."""
    app.update()
    image = ttk.Style().lookup(str(shown.cget("style")), "image")
    return int(app.tk.call("image", "width", image[0] if isinstance(image, tuple) else image))


def test_what_is_there_and_what_comes_later_have_the_same_size(app: ttk.App) -> None:
    before = button(app, 16)
    usual = width(app, before)
    apply_theme(app, "light", projector=True)
    later = button(app, 16)
    grown = round(usual * theme.PROJECTOR_SCALE)
    assert width(app, before) == width(app, later) == grown > usual
    apply_theme(app, "dark", projector=True)
    assert width(app, before) == width(app, later) == grown
    apply_theme(app, "dark", projector=False)
    assert width(app, before) == width(app, later) == usual


def test_an_icon_that_is_changed_on_the_way_has_the_scale_too(app: ttk.App) -> None:
    shown = button(app, 12)
    apply_theme(app, "light", projector=True)
    shown.configure(icon="x-lg")
    grown = width(app, shown)
    apply_theme(app, "light", projector=False)
    assert width(app, shown) < grown == round(width(app, shown) * theme.PROJECTOR_SCALE)


def as_wide(app: ttk.App, wide: int) -> bool:
    return app.winfo_width() == wide


def test_a_banner_breaks_chinese_beside_words_and_shows_all_of_it(app: ttk.App) -> None:
    banner = Banner(app, "找不到这台主机。请检查拼写，或使用 IP 地址。" * 4, "error", "重试", lambda: None)
    banner.pack(fill="x")
    for wide in range(300, 340, 4):
        app.geometry(f"{wide}x400")
        wait_until(partial(as_wide, app, wide), root=app, what=f"{wide} pixels")
        app.update()
        said: tk.Misc = banner._text
        lines = str(said.cget("text")).split("\n")
        assert len(lines) > 1 and not any(line.endswith("I") for line in lines)
        assert "".join(line.replace(" ", "") for line in lines) == banner._said.replace(" ", "")
        assert said.winfo_reqwidth() <= said.winfo_width()
