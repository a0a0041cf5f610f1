"""Whether the right card is shown or folded away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.widgets.three_cards import CardWidths, ThreeCards

WIDTHS = CardWidths(left=292, middle=380, right=330)


class SideFold:
    """If all three cards fit, ``kept["side"]`` remembers whether the right one is shown; ``save()`` writes
    it. On a narrow page the right card replaces the middle one until it is toggled again."""

    def __init__(
        self,
        frame: ttk.Frame,
        left: ttk.Frame,
        middle: ttk.Frame,
        right: ttk.Frame,
        kept: dict[str, Any],
        save: Callable[[], None],
        on_shown: Callable[[bool], object],
    ) -> None:
        """``on_shown(shown)`` is called after each change of the layout."""
        self._card = right
        self._kept = kept
        self._save = save
        self._wanted = bool(kept.get("side", True))
        self._asked = False
        self._cards = ThreeCards(
            frame,
            left,
            middle,
            WIDTHS,
            choose_right=self._choose,
            on_arranged=lambda card: on_shown(card is not None),
        )
        self._cards.arrange()

    @property
    def shown(self) -> bool:
        return self._cards.right is not None

    def toggle(self) -> None:
        """ScrollArea the right card away or bring it back."""
        if self._cards.fits:
            self._wanted = not self._wanted
            self._kept["side"] = self._wanted
            self._save()
        else:
            self._asked = not self._asked
        self._cards.arrange()

    def show(self) -> None:
        if not self.shown:
            self.toggle()

    def _choose(self, fits: bool) -> ttk.Frame | None:
        if fits:
            self._asked = False
        return self._card if (self._wanted if fits else self._asked) else None
