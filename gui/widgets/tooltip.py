"""A control's explanation, shown when the pointer rests on it."""

from __future__ import annotations

import tkinter as tk

from gui.look.look import S, look
from gui.look.shapes import mix

REST_MS = 500


class Tooltip:
    """Shows `text` under `widget` while the pointer rests on it, or after Tab moved to it."""

    def __init__(self, widget: tk.Misc, text: str) -> None:
        self.widget = widget
        self.text = text
        self._due: str | None = None
        self._window: tk.Toplevel | None = None
        widget.bind("<Enter>", lambda _e: self._wait(), add="+")
        # not <FocusIn>, which a click triggers as well
        widget.bind("<<TraverseIn>>", lambda _e: self._wait(), add="+")
        for leaving in ("<Leave>", "<ButtonPress>", "<KeyPress>", "<FocusOut>", "<Destroy>"):
            widget.bind(leaving, lambda _e: self.hide(), add="+")

    def retext(self, text: str) -> None:
        """Replace the text."""
        self.text = text

    def _wait(self) -> None:
        self.hide()
        self._due = self.widget.after(REST_MS, self.show)

    def show(self) -> None:
        """Show it now."""
        self.hide()
        if not self.text or not self.widget.winfo_viewable():
            return
        p = look().palette
        fill = mix(p.card, p.fg, 0.16) if p.dark else p.fg
        window = tk.Toplevel(self.widget, background=fill, bd=0)
        window.wm_overrideredirect(True)
        label = tk.Label(
            window,
            text=self.text,
            background=fill,
            foreground=p.fg if p.dark else p.card,
            font=look().font(9),
            padx=S(9),
            pady=S(5),
            justify="left",
            wraplength=S(320),
        )
        label.pack()
        window.update_idletasks()
        wide, high = window.winfo_reqwidth(), window.winfo_reqheight()
        x = self.widget.winfo_rootx() + (self.widget.winfo_width() - wide) // 2
        y = self.widget.winfo_rooty() + self.widget.winfo_height() + S(6)
        x = min(max(x, 4), self.widget.winfo_screenwidth() - wide - 4)
        if y + high > self.widget.winfo_screenheight():
            y = self.widget.winfo_rooty() - high - S(6)
        window.wm_geometry(f"+{x}+{y}")
        self._window = window

    def hide(self) -> None:
        if self._due is not None:
            self.widget.after_cancel(self._due)
            self._due = None
        if self._window is not None:
            self._window.destroy()
            self._window = None
