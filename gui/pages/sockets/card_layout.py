"""Where the three cards stand: side by side where there is room, else the right one folded away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.sockets.conversation.conversation_card import ChatCard
from gui.pages.sockets.diagram.diagram_card import DiagramCard
from gui.pages.sockets.setup.setup_card import SetupCard

LEFT, RIGHT, MIDDLE = 292, 330, 380
GAP = 12


class CardLayout:
    """``kept`` remembers whether the right card is wanted; ``save()`` writes it down."""

    def __init__(
        self,
        frame: ttk.Frame,
        setup: SetupCard,
        chat: ChatCard,
        side: DiagramCard,
        kept: dict[str, Any],
        save: Callable[[], None],
    ) -> None:
        self._frame, self._setup, self._chat, self._side = frame, setup, chat, side
        self._kept = kept
        self._save = save
        self._wanted = bool(kept.get("side", True))
        self._asked = False
        self._plan: tuple[object, ...] = ()
        frame.bind("<Configure>", lambda _e: self._arrange())
        look().watch(frame, self._arrange)
        self._arrange()

    @property
    def side_shown(self) -> bool:
        return self._wanted if self._fits() else self._asked

    def toggle_side(self) -> None:
        """Fold the right card away or bring it back; on a narrow page it takes the conversation's place."""
        if self._fits():
            self._wanted = not self._wanted
            self._kept["side"] = self._wanted
            self._save()
        else:
            self._asked = not self._asked
        self._arrange()

    def _fits(self) -> bool:
        return self._frame.winfo_width() >= S(LEFT + MIDDLE + RIGHT + 2 * GAP)

    def _arrange(self) -> None:
        frame, gap = self._frame, S(GAP)
        fits = self._fits()
        if fits:
            self._asked = False
        side = self.side_shown
        plan = (fits, side, gap, S(LEFT), S(RIGHT))
        if plan == self._plan:
            return
        self._plan = plan
        frame.rowconfigure(0, weight=1)
        frame.columnconfigure(0, weight=0, minsize=S(LEFT))
        frame.columnconfigure(1, weight=1, minsize=0)
        frame.columnconfigure(2, weight=0, minsize=S(RIGHT) if fits and side else 0)
        for card in (self._setup, self._chat, self._side):
            card.grid_propagate(False)
            card.pack_propagate(False)
            card.grid_forget()
        self._setup.configure(width=S(LEFT), height=S(400))
        self._side.configure(width=S(RIGHT), height=S(400))
        self._chat.configure(width=S(MIDDLE), height=S(400))
        self._setup.grid(row=0, column=0, sticky="nsew")
        if fits or not side:
            self._chat.grid(row=0, column=1, sticky="nsew", padx=(gap, 0))
        if side:
            self._side.grid(row=0, column=2 if fits else 1, sticky="nsew", padx=(gap, 0))
        self._chat.show_side_button(not side)
