"""A modal card: title, text or the caller's content, and buttons with the caller's labels."""

from __future__ import annotations

import contextlib
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.widgets.scroll_area import ScrollArea

FRAME_PIXELS = 72
"""Of the screen's height, reserved for the window's title bar and the system's task bar."""

SHOWN_WITHIN_SECONDS = 1.0
LEAST = 90


@dataclass(frozen=True)
class DialogButton:
    """`value` is the dialog's answer. One button is the default (Return); Escape answers with ""."""

    text: str
    value: str
    kind: Literal["primary", "secondary", "danger"] = "secondary"
    default: bool = False


class Dialog(ttk.Toplevel):
    """A modal window over `parent`: nothing else can be used until it is answered.

    Put widgets into `content` (on a card), then call :meth:`ask`. `may_close(value)` can veto an answer by
    returning False, for instance while a field is wrong. ``scrolls``: content that does not fit on the screen
    scrolls, between the title and the buttons.
    """

    def __init__(
        self,
        parent: tk.Misc,
        title: str,
        text: str = "",
        buttons: Sequence[DialogButton] = (),
        may_close: Callable[[str], bool] | None = None,
        width: int = 420,
        scrolls: bool = False,
    ) -> None:
        self.owner = parent.winfo_toplevel()
        super().__init__(title=title)
        self.withdraw()
        self.wm_transient(self.owner if isinstance(self.owner, tk.Wm) else None)
        self.configure(background=look().palette.back)
        self.answer = ""
        self.may_close = may_close
        self.elastic: tk.Canvas | None = None
        """A list that may become lower than its height, if the screen is too low for everything."""
        self.buttons: dict[str, ttk.Button] = {}
        self._default: ttk.Button | None = None
        self._before = self.focus_displayof()
        back = ttk.Frame(self, style="Back.TFrame", padding=S(12))
        back.pack(fill="both", expand=True)
        card = ttk.Frame(back, style="Card.TFrame", padding=S(18))
        card.pack(fill="both", expand=True)
        ttk.Frame(card, style="In.TFrame", width=S(width), height=1).pack()
        self.heading = ttk.Label(card, text=title, style="InH.TLabel", wraplength=S(width), justify="left")
        self.heading.pack(fill="x")
        if text:
            label = ttk.Label(card, text=text, style="In.TLabel", wraplength=S(width), justify="left")
            label.configure(font=look().font(10))
            label.pack(fill="x", pady=(S(8), 0))
        self.row = ttk.Frame(card, style="In.TFrame")
        self.row.pack(side="bottom", fill="x", pady=(S(16), 0))
        self.scrolled = ScrollArea(card) if scrolls else None
        self.content = self.scrolled.inside if self.scrolled else ttk.Frame(card, style="In.TFrame")
        (self.scrolled or self.content).pack(fill="both", expand=True, pady=(S(10), 0))
        for button in reversed(buttons):
            self._add(button)
        self.bind("<Escape>", lambda _e: self.close(""))
        self.bind("<Return>", self._return)
        self.bind("<KP_Enter>", self._return)
        self.protocol("WM_DELETE_WINDOW", lambda: self.close(""))

    def _add(self, button: DialogButton) -> None:
        shown = ttk.Button(
            self.row,
            text=button.text,
            style=f"{button.kind.capitalize()}.TButton",
            command=lambda: self.close(button.value),
        )
        shown.pack(side="right", padx=(S(8), 0))
        self.buttons[button.value] = shown
        if button.default:
            self._default = shown

    def ask(self) -> str:
        """Show it and wait; returns the value of the button pressed, or "" for Escape or the closing
        cross."""
        self.present()
        self.wait_window(self)
        return self.answer

    def present(self) -> None:
        """Show it without waiting."""
        self.update_idletasks()
        self._fit_screen()
        wide, high = self.winfo_reqwidth(), self.winfo_reqheight()
        x = self.owner.winfo_rootx() + (self.owner.winfo_width() - wide) // 2
        y = self.owner.winfo_rooty() + max(S(24), (self.owner.winfo_height() - high) // 3)
        x = min(max(0, x), max(0, self.winfo_screenwidth() - wide))
        y = min(max(0, y), max(0, self.winfo_screenheight() - high - FRAME_PIXELS))
        self.wm_geometry(f"+{x}+{y}")
        self.deiconify()
        self.lift()
        # a grab fails on a window not yet on the screen, which with a minimised owner it may never be
        deadline = time.monotonic() + SHOWN_WITHIN_SECONDS
        while not self.winfo_viewable() and time.monotonic() < deadline:
            self.update()
        with contextlib.suppress(tk.TclError):
            self.grab_set()
        if self._default is not None and self.focus_displayof() in (None, self, self._before):
            self._default.focus_set()

    def _fit_screen(self) -> None:
        """Make it as high as its content, or as the screen."""
        fold, most = self.scrolled, self.winfo_screenheight() - FRAME_PIXELS
        if fold is None:
            over = self.winfo_reqheight() - most
            if self.elastic is not None and over > 0:
                self.elastic.configure(height=max(S(LEAST), self.elastic.winfo_reqheight() - over))
                self.update_idletasks()
            return
        room = most - (self.winfo_reqheight() - fold.canvas.winfo_reqheight())
        fold.bind_wheel()
        for key, pages in (("<Prior>", -1), ("<Next>", 1)):
            self.bind(key, lambda _e, by=pages: fold.canvas.yview_scroll(by, "pages"))  # type: ignore[misc]

        def fit(_event: object = None) -> None:
            high = min(fold.inside.winfo_reqheight(), room)
            fold.canvas.configure(width=fold.inside.winfo_reqwidth(), height=high)

        fold.inside.bind("<Configure>", fit, add="+")
        fit()
        self.update_idletasks()

    def close(self, value: str) -> None:
        """Answer with `value`, unless `may_close` vetoes it."""
        if value and self.may_close is not None and not self.may_close(value):
            return
        self.answer = value
        with contextlib.suppress(tk.TclError):
            self.grab_release()
        self.destroy()
        with contextlib.suppress(tk.TclError):
            if self._before is not None and self._before.winfo_exists():
                self._before.focus_set()

    def _return(self, event: tk.Event[tk.Misc]) -> None:
        if isinstance(event.widget, (tk.Text, ttk.Button)) or self._default is None:
            return
        self._default.invoke()
