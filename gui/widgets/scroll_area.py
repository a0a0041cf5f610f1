"""An area that scrolls if its content does not fit."""

from __future__ import annotations

import tkinter as tk
from typing import Literal
from weakref import WeakSet

import ttkbootstrap as ttk

from gui.look.look import S, look


class ScrollArea(ttk.Frame):
    """An area that scrolls: put widgets into `inside`. For forms, never for a list of rows. ``surface``: on a
    card, or on the backdrop.

    Its scrollbar is to the right of it, in the surrounding padding: if it took width away, texts would wrap
    differently with and without it, so that it could be needed and not needed in turn, without end.
    """

    def __init__(self, master: tk.Misc, surface: Literal["In", "Back"] = "In") -> None:
        super().__init__(master, style=f"{surface}.TFrame")
        self._surface = surface
        self.canvas = ttk.Canvas(
            self, autostyle=False, bd=0, highlightthickness=0, width=S(120), height=S(60)
        )
        self.bar = ttk.Scrollbar(
            self.winfo_toplevel(),
            orient="vertical",
            command=self.canvas.yview,
            style="Slim.Vertical.TScrollbar",
            takefocus=False,
        )
        self.bind("<Destroy>", lambda event: self._end() if event.widget is self else None, add="+")
        # A tag of its own: Tk lets Tab stop at every widget that has a binding for the focus itself.
        self._focus_tag = f"Reveal{self}"
        self.bind_class(self._focus_tag, "<FocusIn>", lambda event: self.reveal(event.widget))
        self._bound: WeakSet[tk.Misc] = WeakSet()
        self.inside = ttk.Frame(self.canvas, style=f"{surface}.TFrame")
        self._window = self.canvas.create_window(0, 0, anchor="nw", window=self.inside)
        self.canvas.configure(yscrollcommand=self._show_bar)
        self.canvas.pack(side="left", fill="both", expand=True)
        self.inside.bind("<Configure>", lambda _e: self._fit())
        self.canvas.bind(
            "<Configure>", lambda event: self.canvas.itemconfigure(self._window, width=event.width)
        )
        look().watch(self, self._restyle)
        self._restyle()

    def bind_wheel(self) -> None:
        """Let the mouse wheel scroll over every widget inside; call it again after adding widgets."""
        for widget in set(_descendants(self.inside)).difference(self._bound):
            self._bound.add(widget)
            if not isinstance(widget, ttk.Combobox):
                widget.bind("<MouseWheel>", lambda e: self._scroll(-1 if e.delta > 0 else 1), add="+")
                widget.bind("<Button-4>", lambda _e: self._scroll(-1), add="+")
                widget.bind("<Button-5>", lambda _e: self._scroll(1), add="+")
            widget.bindtags((*widget.bindtags(), self._focus_tag))

    def reveal(self, widget: tk.Misc) -> None:
        """Scroll a widget into view, such as a field that Tab moved to."""
        height = self.inside.winfo_height()
        if height <= self.canvas.winfo_height():
            return
        top = widget.winfo_rooty() - self.inside.winfo_rooty()
        bottom = top + widget.winfo_height()
        first, last = (part * height for part in self.canvas.yview())
        if top < first or bottom > last:
            self.canvas.yview_moveto(max(0, top - S(30)) / height)

    def _scroll(self, steps: int) -> None:
        if self.inside.winfo_height() > self.canvas.winfo_height():
            self.canvas.yview_scroll(steps * 2, "units")

    def _end(self) -> None:
        self.bar.destroy()
        self.unbind_class(self._focus_tag, "<FocusIn>")

    def _fit(self) -> None:
        self.canvas.configure(scrollregion=self.canvas.bbox("all"), yscrollincrement=S(16))

    def _show_bar(self, first: str, last: str) -> None:
        self.bar.set(first, last)
        needed = float(first) > 0 or float(last) < 1
        if needed and not self.bar.winfo_manager():
            self.bar.place(in_=self, relx=1.0, x=S(2), relheight=1.0, anchor="nw")
            self.bar.lift()
        elif not needed and self.bar.winfo_manager():
            self.bar.place_forget()

    def _restyle(self) -> None:
        p = look().palette
        self.canvas.configure(background=p.card if self._surface == "In" else p.back)


def _descendants(widget: tk.Misc) -> list[tk.Misc]:
    found: list[tk.Misc] = [widget]
    for child in widget.winfo_children():
        found += _descendants(child)
    return found
