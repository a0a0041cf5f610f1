"""One lesson on the shelf."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk
from PIL import Image

from gui.look.look import S, look
from gui.look.shapes import rounded
from gui.shared.i18n import _, language, ngettext
from gui.widgets.menu import bind_menu_keys
from gui.widgets.wrapping_label import WrappingLabel
from net.lab.lesson import Lesson

_SIGNS = {
    "hello-server": "telephone", "which-door": "door-open", "bytes": "translate",
    "why-stuck": "hourglass-split", "handshake": "people", "stream": "water",
    "postcards": "postcard", "udp-loss": "inbox",
    "reliability": "arrow-repeat", "three-moments": "check2-all", "flow-control": "droplet-half",
    "who-hangs-up": "telephone-x", "lost-segment": "puzzle", "one-road": "sign-merge-left",
    "forty-four": "stopwatch", "one-to-many": "broadcast", "http": "globe2",
}  # fmt: skip
SIDE = 46
"""Width and height of a card's sign in logical units."""


class LessonCard(ttk.Frame):
    """Pressing it anywhere, Enter or Space begins the lesson; ``more(card)``: what else can be done.

    ``routes``: the names of those that lead through it; ``ready``: what this PC can show, "" if nobody has
    tried it; ``passed``: whether its task was solved here.
    """

    def __init__(
        self,
        master: tk.Misc,
        lesson: Lesson,
        *,
        begin: Callable[[], object],
        more: Callable[[tk.Widget], object],
    ) -> None:
        super().__init__(master, style="Pick.Card.TFrame", padding=S(16), takefocus=True)
        self.lesson = lesson
        self._begin = begin
        self._image: Any = None
        head = ttk.Frame(self, style="In.TFrame")
        head.pack(fill="x")
        self._sign = ttk.Canvas(head, autostyle=False, bd=0, highlightthickness=0)
        self._sign.pack(side="left")
        self._more = ttk.Button(
            head,
            style="Icon.TButton",
            icon="three-dots-vertical",
            icon_only=True,
            icon_size=14,
            takefocus=False,
        )
        self._more.configure(command=lambda: more(self._more))
        self._more.pack(side="right", anchor="n")
        names = ttk.Frame(head, style="In.TFrame")
        names.pack(side="left", fill="x", expand=True, padx=(S(12), 0))
        self._number = ttk.Label(names, style="InS.TLabel")
        self._number.pack(anchor="w")
        self.title = WrappingLabel(names, "InH.TLabel")
        self.title.pack(fill="x")
        self._insight = WrappingLabel(self, "In.TLabel")
        self._insight.pack(fill="x", pady=(S(10), S(8)))
        self._foot = ttk.Frame(self, style="In.TFrame")
        self._foot.pack(side="bottom", fill="x")
        self._about = WrappingLabel(self._foot, "InS.TLabel")
        self._about.pack(fill="x")
        self._ready = WrappingLabel(self._foot, "InInfo.TLabel")
        for key in ("<Return>", "<KP_Enter>", "<space>"):
            self.bind(key, lambda _e: self._press())
        bind_menu_keys(self, lambda: more(self))
        self._listen(self)
        look().watch(self, self._paint_sign)
        self._paint_sign()

    def show(self, routes: Sequence[str], ready: str, passed: bool) -> None:
        """Set its words, in the present language."""
        lesson, code = self.lesson, language()
        steps = ngettext("{count} step", "{count} steps", len(lesson.steps)).format(count=len(lesson.steps))
        minutes = _("{count} min").format(count=lesson.minutes)
        self._number.configure(text=_("Lesson {number}").format(number=lesson.number))
        self.title.show(lesson.title.get(code))
        self._insight.show(lesson.insight.get(code))
        words = [minutes, steps]
        if passed:
            words.append("✓ " + _("task passed"))
        about = "  ·  ".join(words)
        if routes:
            about += "\n★ " + _(", ").join(routes)
        self._about.show(about)
        if ready:
            self._ready.show(ready)
            self._ready.pack(fill="x", pady=(S(4), 0))
        else:
            self._ready.pack_forget()

    def _press(self) -> str:
        self._begin()
        return "break"

    def _listen(self, widget: tk.Misc) -> None:
        """All of it is one button, except the button in it."""
        if widget is self._more:
            return
        widget.bind("<ButtonRelease-1>", self._released, add="+")
        widget.bind("<Enter>", lambda _e: self.state(["active"]), add="+")
        widget.bind("<Leave>", lambda _e: self.state(["!active"]), add="+")
        for child in widget.winfo_children():
            self._listen(child)

    def _released(self, event: tk.Event[tk.Misc]) -> None:
        x, y = event.x_root - self.winfo_rootx(), event.y_root - self.winfo_rooty()
        if 0 <= x < self.winfo_width() and 0 <= y < self.winfo_height():
            self._begin()

    def _paint_sign(self) -> None:
        side, colour = S(SIDE), look().avatar(self.lesson.name)
        self._sign.configure(width=side, height=side, background=look().palette.card)
        self._sign.delete("all")
        sign = _SIGNS.get(self.lesson.name, "mortarboard")
        self._image = look().shapes.image(
            ("lesson", sign, side, colour), lambda: _sign_image(sign, side, colour)
        )
        self._sign.create_image(side // 2, side // 2, image=self._image)


def _sign_image(sign: str, side: int, colour: str) -> Image.Image:
    from ttkbootstrap.style.icons import IconRenderer

    box = rounded(side, side, colour, side * 0.3)
    picture = IconRenderer.render(sign, round(side * 0.52), "#ffffff")
    box.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return box
