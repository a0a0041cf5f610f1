"""The one side column: code above; below it the question, the facts or what the programs wrote."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Literal

import ttkbootstrap as ttk

from gui.look.look import look
from gui.pages.lessons.player.code_panel import COLUMNS, ROWS, CodePanel
from gui.pages.lessons.player.console_panel import ConsolePanel
from gui.pages.lessons.player.facts_panel import FactsPanel
from gui.pages.lessons.player.question_panel import QuestionPanel
from gui.pages.lessons.sizes import Sizes

Lower = Literal["question", "facts", "console"]
Choice = Literal["", "code", "question", "facts"]
"""What a person chose to see alone; "": code above and what the step brings below."""
PADDING = 12
FEWEST_ROWS = 3
"""Fewer lines of code than this say nothing: then what is below gets the whole column."""
MOST_ROWS = 14
"""Lines of code where it stands alone."""


class SideColumn(ttk.Frame):
    """As wide as `wanted_width` says; its owner sets ``width``. Its parts are shown by their owner
    (``code.show(...)``), then `arrange` divides the height among those that the step has. With none of them
    the column is not there."""

    def __init__(
        self,
        master: tk.Misc,
        sizes: Sizes,
        *,
        choose_program: Callable[[], object],
        choose: Callable[[int], object],
        add_hand: Callable[[int, int], object],
        reveal: Callable[[], object],
        type_line: Callable[[str, str], object],
    ) -> None:
        super().__init__(master, style="Back.TFrame")
        self.grid_propagate(False)
        self.columnconfigure(0, weight=1)
        self._sizes = sizes
        self._choice: Choice = ""
        self._has: tuple[Lower, ...] = ()
        self._upper = ttk.Frame(self, style="Card.TFrame")
        self._lower = ttk.Frame(self, style="Card.TFrame")
        for card in (self._upper, self._lower):
            card.pack_propagate(False)
        self.code = CodePanel(self._upper, sizes, choose_program)
        self.code.pack(fill="both", expand=True)
        self.question = QuestionPanel(self._lower, sizes, choose=choose, add_hand=add_hand, reveal=reveal)
        self.facts = FactsPanel(self._lower, sizes)
        self.console = ConsolePanel(self._lower, sizes, type_line)
        self._panels: dict[Lower, QuestionPanel | FactsPanel | ConsolePanel] = {
            "question": self.question, "facts": self.facts, "console": self.console,
        }  # fmt: skip
        self.bind("<Configure>", lambda _e: self.arrange(self._has))
        look().watch(self, lambda: self.arrange(self._has))

    def wanted_width(self) -> int:
        """Pixels for `COLUMNS` characters of code."""
        return COLUMNS * self._sizes.font("code").measure("0") + 2 * self._sizes.px(PADDING)

    def choose_content(self, choice: Choice) -> None:
        """Show this alone; the same again: both parts, as the step brings them."""
        self._choice = "" if choice == self._choice else choice
        self.arrange(self._has)

    def arrange(self, has: Sequence[Lower]) -> None:
        """``has``: what the step brings beside its code, the most important first."""
        self._has = tuple(has)
        if not self._has and not self.code.source:
            self.grid_remove()
            return
        if not self.winfo_manager():
            self.grid()
        width, height = self.winfo_width(), self.winfo_height()
        if height < 20:
            return
        pad, gap = self._sizes.px(PADDING), self._sizes.px(6)
        below = self._below()
        rows = self._rows(below, width - 2 * pad, height - 4 * pad - gap) if below else 0
        alone = bool(self.code.source) and (self._choice == "code" or not below)
        if alone:
            most = (height - 2 * pad - self.code.height_of(0)) // max(
                1, self.code.height_of(1) - self.code.height_of(0)
            )
            rows = min(MOST_ROWS, most)
        high = height if alone else self.code.height_of(rows) + 2 * pad if rows else 0
        for card in (self._upper, self._lower):
            card.configure(padding=pad)
        if rows:
            self.code.set_rows(rows)
            self._upper.configure(height=high)
            self._upper.grid(row=0, column=0, sticky="nsew")
        else:
            self._upper.grid_remove()
        if alone or not below:
            self._lower.grid_remove()
        else:
            self._lower.configure(height=height - high - (gap if rows else 0))
            self._lower.grid(row=1, column=0, sticky="nsew", pady=(gap if rows else 0, 0))
            self._show_panel(below)

    def _below(self) -> Lower | None:
        """What stands below the code; None if the step brings nothing."""
        if self._choice == "question" and "question" in self._has:
            return "question"
        if self._choice == "facts":
            # what the step brings besides the question: the field for a program that waits comes first
            found = next((each for each in self._has if each != "question"), None)
            if found is not None:
                return found
        return self._has[0] if self._has else None

    def _rows(self, below: Lower, width: int, room: int) -> int:
        """How many lines of code there is room for beside what stands below."""
        if self._choice in ("question", "facts") or not self.code.source:
            return 0
        line = max(1, self.code.height_of(1) - self.code.height_of(0))
        # Rather large type below than a line of code more.
        for height in self._heights(below, width):
            rows = min(ROWS, (room - self.code.height_of(0) - height) // line)
            if rows >= FEWEST_ROWS:
                return rows
        return 0

    def _heights(self, below: Lower, width: int) -> list[int]:
        """What stands below needs one of them, the first if there is room."""
        if below == "question":
            return self.question.heights(width)
        return [(self.facts if below == "facts" else self.console).needed(width)]

    def _show_panel(self, name: Lower) -> None:
        for each, panel in self._panels.items():
            if each == name and not panel.winfo_manager():
                panel.pack(fill="both", expand=True)
            elif each != name:
                panel.pack_forget()
