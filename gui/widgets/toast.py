"""A short message over the window's lower edge that disappears by itself."""

from __future__ import annotations

import tkinter as tk
from typing import Literal

from gui.look.look import S, look
from gui.widgets.banner import Banner

TOAST_MS = 4_000
MOST_TOASTS = 3
WIDE = 420
ABOVE = 96
"""The distance from the window's lower edge, so that the composer is not covered."""


class Toasts:
    """The toasts of one window: at most `MOST_TOASTS` at once, the newest lowest."""

    def __init__(self, window: tk.Misc) -> None:
        self.window = window
        self._shown: list[Banner] = []
        look().watch(window, self._arrange)

    def show(
        self, text: str, tone: Literal["ok", "warn", "error", "info"] = "ok", milliseconds: int = TOAST_MS
    ) -> Banner:
        """Show `text`; an error stays twice as long."""
        toast = Banner(self.window, text, tone, wide=WIDE)
        self._shown.append(toast)
        for old in self._shown[:-MOST_TOASTS]:
            self.dismiss(old)
        toast.bind("<Button-1>", lambda _e: self.dismiss(toast))
        due = toast.after(milliseconds * (2 if tone == "error" else 1), self.dismiss, toast)
        # Not in place of what the banner itself does then.
        toast.bind("<Destroy>", lambda _e: toast.after_cancel(due), add="+")
        self._arrange()
        return toast

    def dismiss(self, toast: Banner) -> None:
        """Remove it, if it is still there."""
        if toast in self._shown:
            self._shown.remove(toast)
            toast.destroy()
            self._arrange()

    @property
    def texts(self) -> list[str]:
        """The texts shown at present, oldest first."""
        return [str(toast._text.cget("text")) for toast in self._shown]

    def _arrange(self) -> None:
        y = -S(ABOVE)
        for toast in reversed(self._shown):
            placed: tk.Widget = toast
            placed.place(relx=0.5, rely=1.0, y=y, anchor="s")
            self.window.tk.call("raise", str(toast))
            toast.update_idletasks()
            y -= int(toast.winfo_reqheight()) + S(8)
