"""Where the three cards stand: side by side where there is room, else the third in the second's place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.chat.conversation.conversation_card import ChatCard
from gui.pages.chat.people.people_card import PeopleCard

LEFT, RIGHT, MIDDLE = 268, 310, 400
GAP = 12


class CardLayout:
    """``make_side()`` gives the third card, for what is shown then; it is made when first asked for."""

    def __init__(
        self,
        frame: ttk.Frame,
        people: PeopleCard,
        chat: ChatCard,
        make_side: Callable[[], Any],
    ) -> None:
        self._frame, self._people, self._chat = frame, people, chat
        self._make_side = make_side
        self._sides: dict[str, Any] = {}
        self._side: Any = None
        self._wanted = False
        self._hidden = False
        self._plan: tuple[object, ...] = ()
        frame.bind("<Configure>", lambda _e: self._arrange())
        look().watch(frame, self._arrange)
        self._arrange()

    @property
    def side(self) -> Any:
        """The third card, while it is shown."""
        return self._side if self._wanted else None

    def toggle_side(self) -> None:
        self._wanted = not self._wanted
        self.refresh_side()

    def make_way(self) -> None:
        """A conversation was chosen: the third card leaves, where it stands in the second's place."""
        if self._wanted and not self._fits:
            self.toggle_side()

    @property
    def _fits(self) -> bool:
        """Whether there is room for all three."""
        return self._frame.winfo_width() >= S(LEFT + MIDDLE + RIGHT + 2 * GAP)

    def refresh_side(self) -> None:
        """Another conversation is shown, or its room changed."""
        if self._wanted:
            room = self._chat.conversation.startswith("r:")
            kind = "room" if room else "files"
            if kind not in self._sides:
                made = self._make_side()
                if made is None:
                    self._wanted = False
                    return
                self._sides[kind] = made
            self._side = self._sides[kind]
            self._side.show(self._chat.conversation[2:] if room else self._chat.conversation)
        self._arrange()

    def retext_side(self) -> None:
        for side in self._sides.values():
            side.retext()

    def hide(self) -> None:
        """No card at all: the page asks something first."""
        self._hidden = True
        self._arrange()

    def reveal(self) -> None:
        self._hidden = False
        self._arrange()

    def _arrange(self) -> None:
        frame, gap = self._frame, S(GAP)
        fits = self._fits
        side = self._side if self._wanted else None
        plan = (fits, side, gap, S(LEFT), S(RIGHT), self._hidden)
        if plan == self._plan:
            return
        self._plan = plan
        frame.rowconfigure(0, weight=1)
        frame.columnconfigure(0, weight=0, minsize=0 if self._hidden else S(LEFT))
        frame.columnconfigure(1, weight=1, minsize=0)
        frame.columnconfigure(2, weight=0, minsize=S(RIGHT) if fits and side else 0)
        cards: list[Any] = [self._people, self._chat, *self._sides.values()]
        for card in cards:
            card.grid_propagate(False)
            card.pack_propagate(False)
            card.grid_forget()
            card.configure(width=S(RIGHT), height=S(400))
        if self._hidden:
            return
        self._people.configure(width=S(LEFT))
        self._chat.configure(width=S(MIDDLE))
        self._people.grid(row=0, column=0, sticky="nsew")
        if fits or side is None:
            self._chat.grid(row=0, column=1, sticky="nsew", padx=(gap, 0))
        if side is not None:
            side.grid(row=0, column=2 if fits else 1, sticky="nsew", padx=(gap, 0))
