"""The colours that one's disc may have, as a row of discs to choose from."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gui.look.look import S, look
from gui.look.palette import AVATARS


@dataclass(frozen=True, slots=True)
class SwatchSizes:
    """Diameters and distances in logical units. Around the chosen disc lies a ring: a disc of ``ring`` with
    one of ``hole`` in it. ``resting``: the ring's colour without the keyboard. ``click_focuses``: a click
    takes the keyboard."""

    disc: int
    hole: int
    ring: int
    step: int
    height: int
    resting: Literal["line", "mute"]
    click_focuses: bool


SMALL = SwatchSizes(disc=22, hole=26, ring=30, step=30, height=32, resting="mute", click_focuses=True)
LARGE = SwatchSizes(disc=24, hole=29, ring=34, step=40, height=40, resting="line", click_focuses=False)


class Swatches(tk.Canvas):
    """The eight colours of the palette, chosen by a click or with Left and Right. ``on_choose(colour)``."""

    def __init__(
        self, master: tk.Misc, colour: str, on_choose: Callable[[str], object], sizes: SwatchSizes
    ) -> None:
        super().__init__(master, bd=0, highlightthickness=0, takefocus=True)
        self.colour = colour
        self._on_choose = on_choose
        self._sizes = sizes
        self.bind("<Button-1>", self._clicked)
        for key, step in (("Left", -1), ("Right", 1)):
            self.bind(f"<{key}>", lambda _e, by=step: self._step(by))  # type: ignore[misc]
        for event in ("<FocusIn>", "<FocusOut>"):
            self.bind(event, lambda _e: self._paint())
        look().watch(self, self._paint)
        self._paint()

    def show(self, colour: str) -> None:
        """Mark this one as chosen, without calling `on_choose`."""
        if colour != self.colour:
            self.colour = colour
            self._paint()

    def choose(self, colour: str) -> None:
        self.show(colour)
        self._on_choose(colour)

    def _clicked(self, event: tk.Event[tk.Misc]) -> None:
        if self._sizes.click_focuses:
            self.focus_set()
        at = event.x // S(self._sizes.step)
        if 0 <= at < len(AVATARS):
            self.choose(AVATARS[at])

    def _step(self, by: int) -> str:
        at = AVATARS.index(self.colour) + by if self.colour in AVATARS else 0
        self.choose(AVATARS[at % len(AVATARS)])
        return "break"

    def _paint(self) -> None:
        p, shapes, sizes = look().palette, look().shapes, self._sizes
        step, height = S(sizes.step), S(sizes.height)
        self.configure(background=p.card, width=step * len(AVATARS), height=height)
        self.delete("all")
        for at, colour in enumerate(AVATARS):
            x, y = at * step + step // 2, height // 2
            if colour == self.colour:
                resting = p.mute if sizes.resting == "mute" else p.line
                ring = p.acc if self.focus_displayof() is self else resting
                self.create_image(x, y, image=shapes.disc(S(sizes.ring), ring))
                self.create_image(x, y, image=shapes.disc(S(sizes.hole), p.card))
            self.create_image(x, y, image=shapes.disc(S(sizes.disc), colour))
