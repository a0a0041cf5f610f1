"""The rail at the left: the pages above, the window's own actions below."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.shapes import mix
from gui.look.words import follow_language
from gui.pages import PageEntry
from gui.services.shortcuts import Shortcuts
from gui.shared.i18n import LANGUAGES, _, language
from gui.widgets.tooltip import Tooltip

RAIL_WIDTH = 84
UNREAD_SHOWN = 99


class Rail(ttk.Frame):
    """``choose(name)`` is called when a page's item is pressed; ``actions`` are by name: language, theme,
    projector, help, settings."""

    def __init__(
        self,
        master: tk.Misc,
        pages: Sequence[PageEntry],
        choose: Callable[[str], None],
        actions: dict[str, Callable[[], object]],
        shortcuts: Shortcuts,
    ) -> None:
        super().__init__(master, style="Back.TFrame")
        self._pages = pages
        self._shortcuts = shortcuts
        self._chosen = tk.StringVar(self)
        self._unread: dict[str, int] = {}
        self._images: list[Any] = []
        self._logo = ttk.Label(self, style="Back.TLabel", anchor="center")
        self._tips: dict[str, Tooltip] = {}
        self.items: dict[str, ttk.Radiobutton] = {}
        self.badges: dict[str, tk.Label] = {}
        for page in pages:
            item = ttk.Radiobutton(
                self,
                value=page.name,
                variable=self._chosen,
                style="Rail.Toolbutton",
                compound="top",
                command=lambda name=page.name: choose(name),
            )
            self._tips[page.name] = Tooltip(item, "")
            item.bind("<Down>", lambda _event, name=page.name: self._move(name, 1))  # type: ignore[misc]
            item.bind("<Up>", lambda _event, name=page.name: self._move(name, -1))  # type: ignore[misc]
            self.items[page.name] = item
            self.badges[page.name] = tk.Label(self, borderwidth=0, compound="center")
        self._tools: dict[str, ttk.Button] = {}
        for name, action in actions.items():
            button = ttk.Button(self, style="Back.Icon.TButton", command=action)
            self._tips[name] = Tooltip(button, "")
            self._tools[name] = button
        self._place()
        self._restyle()
        look().watch(self, self._recolour)
        follow_language(self, self._set_words)

    def _place(self) -> None:
        self._logo.pack(side="top")
        for item in self.items.values():
            item.pack(side="top", fill="x")
        for button in reversed(self._tools.values()):
            button.pack(side="bottom")

    def choose(self, name: str) -> None:
        """Mark ``name`` as the visible page."""
        self._chosen.set(name)
        self._restyle()

    def set_unread(self, name: str, count: int) -> None:
        """Show a number on a page's item; 0 hides it."""
        self._unread[name] = count
        self._show_badge(name)

    def _set_words(self) -> None:
        for page in self._pages:
            self.items[page.name].configure(text=page.title())
            self._tips[page.name].retext(self._page_tip(page))
        for name in self._tools:
            self._tips[name].retext(self._tool_tip(name))

    def _move(self, name: str, by: int) -> str:
        names = list(self.items)
        item = self.items[names[(names.index(name) + by) % len(names)]]
        item.focus_set()
        item.invoke()
        return "break"

    def _page_tip(self, page: PageEntry) -> str:
        keys = self._shortcuts.keys_of(f"page-{page.name}")
        return f"{page.title()}  {keys}" if keys else page.title()

    def _tool_tip(self, name: str) -> str:
        other = next(each for code, each in LANGUAGES.items() if code != language())
        words = {
            "language": lambda: other,
            "theme": lambda: _("Light colours") if look().dark else _("Dark colours"),
            "projector": lambda: _("Leave projector mode") if look().projector else _("Projector mode"),
            "help": lambda: _("Keyboard shortcuts"),
            "settings": lambda: _("Settings"),
        }
        keys = self._shortcuts.keys_of(name)
        return f"{words[name]()}  {keys}" if keys else words[name]()

    def _recolour(self) -> None:
        self._restyle()
        self._set_words()  # two tooltips name the look that a press would switch to

    def _restyle(self) -> None:
        """Icons are images: they are created in the palette's colours and scale here, after each change."""
        palette, icon = look().palette, look().icon
        images: list[Any] = []
        self.configure(width=S(RAIL_WIDTH), padding=(S(8), S(12), 0, S(4)))
        side = S(38)
        logo = look().shapes.image(("logo", side, palette.me), lambda: _logo_image(side, palette.me))
        images.append(logo)
        self._logo.configure(image=logo)
        self._logo.pack_configure(pady=(S(2), S(14)))
        for page in self._pages:
            chosen = self._chosen.get() == page.name
            image = icon(
                page.icon + "-fill" if chosen else page.icon, 20, palette.acc if chosen else palette.mute
            )
            images.append(image)
            self.items[page.name].configure(image=image, width=7)
            self.items[page.name].pack_configure(pady=(0, S(6)))
            self._show_badge(page.name)
        signs = {
            "language": "translate",
            "theme": "sun" if palette.dark else "moon-stars",
            "projector": "easel2-fill" if look().projector else "easel2",
            "help": "question-circle",
            "settings": "gear",
        }
        for name, button in self._tools.items():
            image = icon(
                signs[name], 17, palette.acc if name == "projector" and look().projector else palette.mute
            )
            images.append(image)
            button.configure(image=image)
            button.pack_configure(pady=(S(2), 0))
        self._images = images

    def _show_badge(self, name: str) -> None:
        badge, count = self.badges[name], self._unread.get(name, 0)
        if not count:
            badge.place_forget()
            return
        palette = look().palette
        text = str(count) if count <= UNREAD_SHOWN else f"{UNREAD_SHOWN}+"
        font = look().font(8, bold=True)
        height = S(18)
        image = look().shapes.rect(max(height, font.measure(text) + S(10)), height, palette.acc, height // 2)
        surface = mix(palette.back, palette.acc, 0.22 if palette.dark else 0.14)
        surface = surface if self._chosen.get() == name else palette.back
        badge.configure(
            text=text, image=image, font=font, foreground="#ffffff", background=surface, padx=0, pady=0
        )
        badge.place(in_=self.items[name], relx=1.0, x=-S(4), y=S(2), anchor="ne")
        badge.lift()


def _logo_image(side: int, colour: str) -> Any:
    from ttkbootstrap.style.icons import IconRenderer

    from gui.look.shapes import rounded

    box = rounded(side, side, colour, side * 0.3)
    sign = IconRenderer.render("arrow-left-right", round(side * 0.53), "#ffffff")
    box.alpha_composite(sign, ((side - sign.width) // 2, (side - sign.height) // 2))
    return box
