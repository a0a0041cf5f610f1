"""How the window tells a person something: banners that stay, toasts that go, and modal questions."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.i18n import _
from gui.services import Tone
from gui.theme import S, look

TOAST_MS = 3200
TOAST_MS_PER_LETTER = 45
ICONS = {
    "normal": "info-circle",
    "info": "info-circle",
    "ok": "check-circle",
    "warn": "exclamation-triangle",
    "error": "exclamation-octagon",
}
Action = tuple[str, Callable[[], object]]


def _style_tone(tone: str) -> str:
    return (tone if tone != "normal" else "info").capitalize()


class _Banner(ttk.Frame):
    """One line with its icon, its action, and a button that closes it."""

    def __init__(
        self, master: tk.Misc, text: str, tone: Tone, action: Action | None, close: Callable[[], None]
    ) -> None:
        super().__init__(master, style=f"Back.{_style_tone(tone)}.Banner.TFrame")
        self._tone = tone
        label_style = f"{_style_tone(tone)}.Banner.TLabel"
        self._sign = ttk.Label(self, style=label_style)
        self._sign.pack(side="left")
        self._close = ttk.Button(self, style="Icon.TButton", command=close)
        self._close.pack(side="right")
        self._action: ttk.Button | None = None
        if action is not None:
            self._action = ttk.Button(self, style="Link.TButton", text=action[0], command=action[1])
            self._action.pack(side="right")
        self._label = ttk.Label(self, style=label_style, text=text, justify="left")
        self._label.pack(side="left", fill="x", expand=True)
        self._label.bind("<Configure>", self._wrap)
        look().watch(self, self._restyle)
        self._restyle()

    def change(self, text: str) -> None:
        self._label.configure(text=text)

    def _wrap(self, event: tk.Event[Any]) -> None:
        self._label.configure(wraplength=max(S(120), event.width - S(4)))

    def _restyle(self) -> None:
        style: Any = look().app.style
        tone = _style_tone(self._tone)
        fill = style.lookup(f"{tone}.Banner.TLabel", "background")
        style.configure(f"Back.{tone}.Banner.TFrame", background=look().palette.back)
        for name, surface in (
            (f"{tone}.Banner.Icon.TButton", "Icon"),
            (f"{tone}.Banner.Link.TButton", "Link"),
        ):
            style.configure(name, background=fill)
            button = self._close if surface == "Icon" else self._action
            if button is not None:
                button.configure(style=name)
        self.configure(padding=(S(12), S(4), S(6), S(4)))
        colour = look().palette.tone("info" if self._tone == "normal" else self._tone)
        self._images = (
            look().icon(ICONS[self._tone], 15, colour),
            look().icon("x-lg", 11, look().palette.mute),
        )
        self._sign.configure(image=self._images[0], padding=(0, 0, S(8), 0))
        self._close.configure(image=self._images[1])


class Banners(ttk.Frame):
    """The lines above the page, the newest below; one for each key."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master, style="Back.TFrame")
        self._shown: dict[str, tuple[_Banner, Tone, str | None]] = {}
        # A frame whose last child has gone keeps its height: an empty one of a single pixel makes it shrink.
        self._floor = tk.Frame(self, height=1, width=1)
        self._floor.pack()
        look().watch(self, self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self._floor.configure(background=look().palette.back)

    def show(self, key: str, text: str, tone: Tone = "info", action: Action | None = None) -> None:
        """Show ``text`` under ``key``, in place of what stood there; "" takes it away."""
        if not text:
            self.hide(key)
            return
        old = self._shown.get(key)
        if old is not None and old[1] == tone and old[2] == (action[0] if action else None):
            old[0].change(text)
            return
        self.hide(key)
        banner = _Banner(self, text, tone, action, lambda: self.hide(key))
        banner.pack(side="top", fill="x", pady=(S(12), 0))
        self._shown[key] = (banner, tone, action[0] if action else None)

    def hide(self, key: str) -> None:
        shown = self._shown.pop(key, None)
        if shown is not None:
            shown[0].destroy()

    def texts(self) -> dict[str, str]:
        """What is on show, by key."""
        return {key: str(banner._label.cget("text")) for key, (banner, _tone, _action) in self._shown.items()}


class Toasts:
    """A short word at the foot of the page, one at a time; the next replaces it."""

    def __init__(self, master: tk.Misc) -> None:
        self._master = master
        self._timer: str | None = None
        self._box: tk.Label | None = None
        self.text = ""

    def show(self, text: str, tone: Tone = "normal") -> None:
        self.hide()
        palette, shapes = look().palette, look().shapes
        fill, fg = (palette.fg, palette.card) if not palette.dark else (palette.you, palette.fg)
        font = look().font(10)
        room = max(S(200), self._master.winfo_width() - S(120))
        box = self._box = tk.Label(
            self._master, text=text, font=font, background=fill, foreground=fg, compound="left",
            padx=S(14), pady=S(8), wraplength=min(S(560), room), justify="left", borderwidth=0,
        )  # fmt: skip
        colour = {"normal": fg}.get(tone) or palette.tone(tone)
        self._image = shapes.glyph(ICONS[tone], S(15), colour)
        box.configure(image=self._image, text=f"  {text}")
        box.bind("<Button-1>", lambda _event: self.hide())
        box.place(relx=0.5, rely=1.0, y=-S(28), anchor="s")
        box.lift()
        self.text = text
        self._timer = self._master.after(TOAST_MS + TOAST_MS_PER_LETTER * len(text), self.hide)

    def hide(self) -> None:
        if self._timer is not None:
            self._master.after_cancel(self._timer)
            self._timer = None
        if self._box is not None:
            self._box.destroy()
            self._box = None
        self.text = ""


class Dialog(tk.Toplevel):
    """A modal window of our look: a title, whatever `body` holds, and a row of buttons. Escape dismisses
    it."""

    def __init__(self, parent: tk.Misc, title: str) -> None:
        super().__init__(parent, background=look().palette.card)
        self.withdraw()
        self.title(title)
        self.transient(parent.winfo_toplevel())
        self.answer = ""
        self._before = parent.focus_get() if parent.winfo_viewable() else None
        self._frame = ttk.Frame(self, style="In.TFrame", padding=(S(22), S(18), S(22), S(18)))
        self._frame.pack(fill="both", expand=True)
        self._heading = ttk.Label(self._frame, text=title, style="InT.TLabel")
        self._heading.pack(side="top", anchor="w", pady=(0, S(12)))
        self._row = ttk.Frame(self._frame, style="In.TFrame")
        self._row.pack(side="bottom", fill="x", pady=(S(16), 0))
        self.body = ttk.Frame(self._frame, style="In.TFrame")
        self.body.pack(side="top", fill="both", expand=True)
        self.bind("<Escape>", lambda _event: self.close())
        self.protocol("WM_DELETE_WINDOW", self.close)

    def retitle(self, title: str) -> None:
        self.title(title)
        self._heading.configure(text=title)

    def add_button(self, name: str, label: str, kind: str = "", *, default: bool = False) -> ttk.Button:
        """A button that closes with ``name`` as the answer; ``kind``: "primary", "danger" or ""."""
        style = {"primary": "Primary.TButton", "danger": "Danger.TButton"}.get(kind, "Secondary.TButton")
        button = ttk.Button(self._row, text=label, style=style, command=lambda: self.close(name))
        button.pack(side="right", padx=(S(8), 0))
        if default:
            button.focus_set()
        return button

    def open(self) -> None:
        """Show it over the middle of its window, with the keys and the pointer to itself."""
        self.update_idletasks()
        parent = self.master.winfo_toplevel()
        width, height = self.winfo_reqwidth(), self.winfo_reqheight()
        height = min(height, self.winfo_screenheight() - S(60))
        x = parent.winfo_rootx() + (parent.winfo_width() - width) // 2
        y = parent.winfo_rooty() + (parent.winfo_height() - height) // 3
        x = max(0, min(x, self.winfo_screenwidth() - width))
        y = max(0, min(y, self.winfo_screenheight() - height - S(40)))
        self.geometry(f"+{x}+{y}")
        self.deiconify()
        self.lift()
        self.wait_visibility()
        self.grab_set()
        if not str(self.focus_displayof() or "").startswith(str(self)):
            self.focus_set()

    def close(self, answer: str = "") -> None:
        if not self.winfo_exists():
            return
        self.answer = answer
        self.grab_release()
        self.destroy()
        if self._before is not None and self._before.winfo_exists():
            self._before.focus_set()


def ask(parent: tk.Misc, title: str, text: str, buttons: tuple[tuple[str, str, str], ...]) -> str:
    """Ask and wait: the pressed button's name, or "" when the question was dismissed. The last button has
    the focus."""
    dialog = Dialog(parent, title)
    ttk.Label(dialog.body, text=text, style="In.TLabel", wraplength=S(420), justify="left").pack(anchor="w")
    for index, (name, label, kind) in enumerate(reversed(buttons or (("close", _("Close"), "primary"),))):
        dialog.add_button(name, label, kind, default=index == 0)
    dialog.open()
    parent.wait_window(dialog)
    return dialog.answer
