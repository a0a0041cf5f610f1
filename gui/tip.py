"""A tooltip whose words are asked for when it appears, so that it follows the language."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from gui.theme import S, look

DELAY_MS = 450


class Tip:
    """Shows ``text()`` below ``widget`` while the pointer rests on it; nothing where that is ""."""

    def __init__(self, widget: tk.Misc, text: Callable[[], str], *, beside: bool = False) -> None:
        self._widget = widget
        self._text = text
        self._beside = beside
        self._timer: str | None = None
        self._window: tk.Toplevel | None = None
        widget.bind("<Enter>", lambda _event: self._wait(), add="+")
        for event in ("<Leave>", "<ButtonPress>", "<Destroy>"):
            widget.bind(event, lambda _event: self.hide(), add="+")

    def _wait(self) -> None:
        self.hide()
        self._timer = self._widget.after(DELAY_MS, self.show)

    def show(self) -> None:
        self.hide()
        text = self._text()
        if not text:
            return
        palette = look().palette
        window = self._window = tk.Toplevel(self._widget, background=palette.line)
        window.withdraw()
        window.overrideredirect(True)
        label = tk.Label(
            window, text=text, background=palette.card, foreground=palette.fg, font=look().font(9),
            padx=S(9), pady=S(5), justify="left", wraplength=S(320), borderwidth=0,
        )  # fmt: skip
        label.pack(padx=1, pady=1)
        window.update_idletasks()
        widget = self._widget
        width, height = window.winfo_reqwidth(), window.winfo_reqheight()
        if self._beside:
            x = widget.winfo_rootx() + widget.winfo_width() + S(8)
            y = widget.winfo_rooty() + (widget.winfo_height() - height) // 2
        else:
            x = widget.winfo_rootx() + (widget.winfo_width() - width) // 2
            y = widget.winfo_rooty() + widget.winfo_height() + S(6)
            if y + height > widget.winfo_screenheight():
                y = widget.winfo_rooty() - height - S(6)
        x = max(0, min(x, widget.winfo_screenwidth() - width))
        window.geometry(f"+{x}+{max(0, y)}")
        window.deiconify()

    def hide(self) -> None:
        if self._timer is not None:
            self._widget.after_cancel(self._timer)
            self._timer = None
        if self._window is not None:
            self._window.destroy()
            self._window = None
