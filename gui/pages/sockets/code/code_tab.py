"""The right card's second tab: the programs for the current choice."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

from msgspec.structs import replace

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.model import SessionModel
from gui.pages.sockets.reply_rules import ReplyRules
from gui.services.services import Services
from net.address import Address

if TYPE_CHECKING:
    from gui.pages.sockets.code.code_panel import CodePanel


class CodeTab:
    """The panel is built when it is first shown. It shows the choice in the fields; while a session is open
    with exactly that choice, also the session's present reply rules and its actual port."""

    def __init__(self, services: Services, model: SessionModel, rules: ReplyRules, choice: Choice) -> None:
        self._services = services
        self._model = model
        self._rules = rules
        self._choice = choice
        self._panel: CodePanel | None = None

    def build(self, master: tk.Misc) -> CodePanel:
        from gui.pages.sockets.code.code_panel import CodePanel

        choice, local = self._current()
        self._panel = CodePanel(master, self._services, choice, local)
        return self._panel

    def show_choice(self, choice: Choice) -> None:
        """Another choice is in the fields."""
        self._choice = choice
        self.refresh()

    def refresh(self) -> None:
        """Sessions changed. Cheap if the programs stay the same."""
        panel, (choice, local) = self._panel, self._current()
        if panel is not None and (panel.choice, panel.local) != (choice, local):
            panel.show_choice(choice, local)

    def _current(self) -> tuple[Choice, Address | None]:
        known = self._model.opened_as(self._choice)
        if known is None or known.closed:
            return self._choice, None
        return replace(self._choice, reply_rules=self._rules.of(known)), known.local
