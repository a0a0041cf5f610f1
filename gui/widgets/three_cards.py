"""Three cards side by side; where the page is too narrow, the right one takes the middle one's place."""

from __future__ import annotations

from collections.abc import Callable

import ttkbootstrap as ttk
from msgspec import Struct

from gui.look.look import S, look

GAP = 12
HEIGHT = 400
"""The size a card requests; the row gives it the page's height."""


class CardWidths(Struct, frozen=True):
    """In logical units; the middle card gets the remaining width, at least ``middle``."""

    left: int
    middle: int
    right: int


class ThreeCards:
    """Lays out ``left``, ``middle`` and the right card that ``choose_right(fits)`` returns (None: none).

    ``fits``: there is room for all three side by side. ``choose_right`` is called whenever the frame's size
    changes, and by `arrange`, which the owner calls once everything it needs exists, and whenever the choice
    would be different. ``on_arranged(right)`` is called after each change of the layout.
    """

    def __init__(
        self,
        frame: ttk.Frame,
        left: ttk.Frame,
        middle: ttk.Frame,
        widths: CardWidths,
        choose_right: Callable[[bool], ttk.Frame | None],
        on_arranged: Callable[[ttk.Frame | None], object] | None = None,
    ) -> None:
        self._frame, self._left, self._middle = frame, left, middle
        self._widths = widths
        self._choose_right = choose_right
        self._on_arranged = on_arranged
        self._right: ttk.Frame | None = None
        self._hidden = False
        self._plan: tuple[object, ...] = ()
        frame.rowconfigure(0, weight=1)
        frame.columnconfigure(1, weight=1, minsize=0)
        frame.bind("<Configure>", lambda _e: self.arrange())
        look().watch(frame, self.arrange)

    @property
    def fits(self) -> bool:
        """Whether there is room for all three."""
        widths = self._widths
        return self._frame.winfo_width() >= S(widths.left + widths.middle + widths.right + 2 * GAP)

    @property
    def right(self) -> ttk.Frame | None:
        """The right card, while one is shown."""
        return self._right

    def hide(self) -> None:
        """Hide all cards, while the page shows something else."""
        self._hidden = True
        self.arrange()

    def reveal(self) -> None:
        self._hidden = False
        self.arrange()

    def arrange(self) -> None:
        """Lay out the cards; cheap if nothing has changed."""
        widths, fits = self._widths, self.fits
        right = self._choose_right(fits)
        plan = (fits, right, S(GAP), S(widths.left), S(widths.right), self._hidden)
        if plan == self._plan:
            return
        self._plan = plan
        before, self._right = self._right, right
        self._frame.columnconfigure(0, minsize=0 if self._hidden else S(widths.left))
        self._frame.columnconfigure(2, minsize=S(widths.right) if fits and right is not None else 0)
        for card in (self._left, self._middle, before):
            if card is not None:
                card.grid_forget()
        if not self._hidden:
            self._grid(self._left, widths.left, column=0)
            if fits or right is None:
                self._grid(self._middle, widths.middle, column=1)
            if right is not None:
                self._grid(right, widths.right, column=2 if fits else 1)
        if self._on_arranged is not None:
            self._on_arranged(right)

    def _grid(self, card: ttk.Frame, width: int, column: int) -> None:
        # A card keeps the size it is given, whatever its content.
        card.grid_propagate(False)
        card.pack_propagate(False)
        card.configure(width=S(width), height=S(HEIGHT))
        card.grid(row=0, column=column, sticky="nsew", padx=(S(GAP) if column else 0, 0))
