"""A room's code over the whole screen, for a class to type."""

from __future__ import annotations

import tkinter as tk
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.shared.i18n import _

LARGEST_POINTS, SMALLEST_POINTS = 220, 24


class RoomCodeWindow(ttk.Toplevel):
    """Escape closes the window; F11 or its button makes it fill the screen."""

    def __init__(self, master: tk.Misc, name: str, code: str) -> None:
        super().__init__(master=master.winfo_toplevel())
        self.withdraw()
        self.name, self.code_text = name, code
        self._full = False
        self._font: Any = look().font(15, bold=True, mono=True).copy()
        self.configure(background=look().palette.back)
        self.card = ttk.Frame(self, style="Card.TFrame", padding=S(24))
        self.card.pack(fill="both", expand=True, padx=S(12), pady=S(12))
        self.heading = ttk.Label(self.card, style="InT.TLabel", anchor="center")
        self.heading.pack(fill="x")
        self.full_button = ttk.Button(
            self.card, style="Secondary.TButton", command=lambda: self.fill_screen(not self._full)
        )
        self.full_button.pack(side="bottom")
        self.how = ttk.Label(self.card, style="In.TLabel", anchor="center", justify="center")
        self.how.pack(side="bottom", fill="x", pady=S(16))
        self.code = ttk.Label(self.card, style="InT.TLabel", anchor="center", font=self._font)
        self.code.pack(fill="both", expand=True)
        self.bind("<Escape>", lambda _e: self.fill_screen(False) if self._full else self.destroy())
        self.bind("<F11>", lambda _e: self.fill_screen(not self._full))
        self.code.bind("<Configure>", lambda _e: self._fit())
        look().watch(self, self._restyle)
        follow_language(self, self._set_words)
        self._restyle()
        over = master.winfo_toplevel()
        wide = min(S(820), self.winfo_screenwidth() - 40)
        high = min(S(440), self.winfo_screenheight() - 80)
        x = max(0, over.winfo_rootx() + (over.winfo_width() - wide) // 2)
        y = max(0, over.winfo_rooty() + (over.winfo_height() - high) // 3)
        self.geometry(f"{wide}x{high}+{x}+{y}")
        self.deiconify()
        self.focus_set()

    def _set_words(self) -> None:
        self.title(_("The room's code"))
        self.heading.configure(text=self.name)
        self.how.configure(text=_("In Duplex choose Chat, then Join a room, and type this code."))
        self.full_button.configure(text=_("Back") if self._full else _("Fill the screen"))

    def fill_screen(self, on: bool) -> None:
        self._full = on
        self.attributes("-fullscreen", on)
        self._set_words()

    def _restyle(self) -> None:
        self.configure(background=look().palette.back)
        self.code.configure(foreground=look().palette.acc)
        self._fit()

    def _fit(self) -> None:
        """Use the largest type in which the code fits."""
        width, height = self.code.winfo_width(), self.code.winfo_height()
        text = " ".join((self.code_text[:3], self.code_text[3:])).strip()
        self.code.configure(text=text)
        if width < 10:
            return
        self._font.configure(size=100)
        measured, line = self._font.measure(text), self._font.metrics("linespace")
        points = int(100 * min(width * 0.94 / max(1, measured), height * 0.9 / max(1, line)))
        self._font.configure(size=min(LARGEST_POINTS, max(SMALLEST_POINTS, points)))
