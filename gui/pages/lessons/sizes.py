"""Type and distances on the lesson's stage, in pixels that grow with it.

They are what a projector needs: at 1280 x 720 a sentence has 24 pixels, a label 20, code 24. So they follow
the room that the page has, not the screen's resolution nor the window's projector mode.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from typing import Literal

from gui.look.look import look

Role = Literal["title", "sentence", "text", "text-bold", "label", "label-bold", "code", "digits"]
WIDE, HIGH = 1280, 720
LEAST, MOST = 0.6, 4.0
_ROLES: dict[Role, tuple[int, bool, bool]] = {
    "title": (24, True, False),
    "sentence": (25, True, False),
    "text": (24, False, False),
    "text-bold": (24, True, False),
    "label": (20, False, False),
    "label-bold": (20, True, False),
    "code": (24, False, True),
    "digits": (56, True, True),
}
"""By role: pixels at 1280 x 720, bold, mono."""


class Sizes:
    """One for the page. ``factor`` is 1.0 at 1280 x 720; `watch` calls back after each change of it."""

    def __init__(self, root: tk.Misc) -> None:
        self.factor = 1.0
        self._root = root
        self._fonts: dict[Role, tkfont.Font] = {}
        self._watchers: list[Callable[[], None]] = []

    def px(self, value: float) -> int:
        """A distance of the 1280 x 720 stage in pixels of this one."""
        return round(value * self.factor)

    def font(self, role: Role) -> tkfont.Font:
        """Its size follows the stage by itself."""
        found = self._fonts.get(role)
        if found is None:
            size, bold, mono = _ROLES[role]
            found = self._fonts[role] = tkfont.Font(
                root=self._root,
                family=look().mono_family if mono else look().family,
                size=-_pixels(size, self.factor),
                weight="bold" if bold else "normal",
            )
        return found

    def watch(self, resized: Callable[[], None]) -> None:
        """For parts that live as long as the page."""
        self._watchers.append(resized)

    def fit(self, width: int, height: int) -> None:
        """Take the stage's size in pixels."""
        # a row of pixels that the window needs for itself must not cost a pixel of type
        factor = round(min(max(min(width / WIDE, height / HIGH), LEAST), MOST), 2)
        if factor == self.factor:
            return
        self.factor = factor
        for role, font in self._fonts.items():
            font.configure(size=-_pixels(_ROLES[role][0], factor))
        for resized in self._watchers:
            resized()


def _pixels(size: int, factor: float) -> int:
    """Rounded down, so that a line that fits at 1280 x 720 fits everywhere."""
    return int(size * factor + 0.001)
