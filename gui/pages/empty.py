"""A page that has nothing to do yet, and says so."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

import ttkbootstrap as ttk

from gui.theme import S, look
from net.events import Event


class EmptyPage:
    """A card with a picture, a title and one honest sentence."""

    def __init__(
        self, master: tk.Misc, icon: str, title: Callable[[], str], sentence: Callable[[], str]
    ) -> None:
        self._icon = icon
        self._title = title
        self._sentence = sentence
        self.frame = ttk.Frame(master, style="Card.TFrame")
        middle = ttk.Frame(self.frame, style="In.TFrame")
        middle.place(relx=0.5, rely=0.45, anchor="center")
        self._picture = ttk.Label(middle, style="In.TLabel")
        self._picture.pack()
        self._heading = ttk.Label(middle, style="InT.TLabel")
        self._heading.pack()
        self._words = ttk.Label(middle, style="In.TLabel", justify="center")
        self._words.pack()
        look().watch(self.frame, self._restyle)
        self._restyle()
        self.retext()

    def _restyle(self) -> None:
        palette = look().palette
        side = S(112)

        def draw() -> object:
            from ttkbootstrap.style.icons import IconRenderer

            from gui.widgets.shapes import rounded

            disc = rounded(side, side, palette.sel, side / 2)
            sign = IconRenderer.render(self._icon, round(side * 0.44), palette.acc)
            disc.alpha_composite(sign, ((side - sign.width) // 2, (side - sign.height) // 2))
            return disc

        self._image = look().shapes.image(("empty", self._icon, side, palette.sel), draw)  # type: ignore[arg-type]
        self._picture.configure(image=self._image)
        self._heading.pack_configure(pady=(S(20), S(8)))
        self._words.configure(wraplength=S(460), foreground=palette.mute)

    def on_event_batch(self, events: Sequence[Event]) -> None:
        """Nothing here follows the sockets."""

    def retext(self) -> None:
        self._heading.configure(text=self._title())
        self._words.configure(text=self._sentence())

    def shown(self) -> None:
        """Nothing to begin."""

    def hidden(self) -> None:
        """Nothing to end."""

    def focus_default(self) -> None:
        self.frame.focus_set()
