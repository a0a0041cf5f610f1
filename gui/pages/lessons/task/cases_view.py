"""Cases to decide: TCP or UDP? Each opens the Sockets page set up for it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.contrast import legible
from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.lessons.sizes import Sizes
from gui.services.services import Services
from gui.shared.i18n import _, language
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.wrapping_label import WrappingLabel
from net.lab.lesson import Case, Lesson

SIDES = ("tcp", "udp")


class CaseRow(ttk.Frame):
    """One case: two buttons, then the verdict in words and why."""

    def __init__(self, master: tk.Misc, sizes: Sizes, case: Case, open_url: Callable[[str], None]) -> None:
        super().__init__(master, style="Tile.TFrame", padding=(S(14), S(10)))
        self.chosen = ""
        self._case = case
        self.columnconfigure(0, weight=1)
        self._say = WrappingLabel(self, "Soft.TLabel", font=sizes.font("text"))
        self._say.grid(row=0, column=0, sticky="ew")
        self.buttons: dict[str, ttk.Button] = {}
        for column, side in enumerate(SIDES, 1):
            button = ttk.Button(
                self, style="Soft.Secondary.TButton", text=side.upper(), command=lambda s=side: self.choose(s)
            )
            button.grid(row=0, column=column, padx=(S(8), 0))
            self.buttons[side] = button
        self._because = WrappingLabel(self, "Soft.TLabel", font=sizes.font("label"))
        self._open = ttk.Button(self, style="Soft.Link.TButton", command=lambda: open_url(case.url))
        look().watch(self, self.show)
        follow_language(self, self.show)

    def choose(self, side: str) -> None:
        """Decide; the first decision counts."""
        if not self.chosen:
            self.chosen = side
            self.show()

    def show(self) -> None:
        """Set its words."""
        case, code, p = self._case, language(), look().palette
        self._say.show(case.say.get(code))
        self._open.configure(text=_("Try it on the Sockets page"))
        if not self.chosen:
            return
        right = self.chosen == case.answer
        said = _("right") if right else _("we would take {transport}").format(transport=case.answer.upper())
        verdict = _("{verdict}. {reason}").format(verdict=said, reason=case.because.get(code))
        self._because.show(f"{'✓' if right else '✗'} {verdict}")
        self._because.configure(foreground=legible(p.ok if right else p.err, p.soft))
        self._because.grid(row=1, column=0, columnspan=3, sticky="ew", pady=(S(6), 0))
        if case.url:
            self._open.grid(row=2, column=0, columnspan=3, sticky="w")
        for side, button in self.buttons.items():
            chosen = side == self.chosen
            button.configure(style="Soft.Primary.TButton" if chosen else "Soft.Secondary.TButton")
            button.state(["!disabled" if chosen else "disabled"])


class CasesView:
    """``leave()``: back to the shelf; ``task(lesson)``: on to the task."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        sizes: Sizes,
        *,
        leave: Callable[[], object],
        task: Callable[[Lesson], object],
    ) -> None:
        self.frame = ttk.Frame(master, style="Card.TFrame", padding=S(18), takefocus=True)
        self.rows: list[CaseRow] = []
        self._services = services
        self._sizes = sizes
        self._lesson: Lesson | None = None
        head = ttk.Frame(self.frame, style="In.TFrame")
        head.pack(fill="x")
        ttk.Button(
            head, style="Icon.TButton", icon="arrow-left", icon_only=True, icon_size=16, command=leave
        ).pack(side="left")
        self._task = ttk.Button(head, style="Primary.TButton", command=lambda: self._go_on(task))
        self._task.pack(side="right", anchor="n")
        self._title = WrappingLabel(head, "In.TLabel", font=sizes.font("title"))
        self._title.pack(side="left", fill="x", expand=True, padx=(S(8), S(8)))
        self._area = ScrollArea(self.frame)
        self._area.pack(fill="both", expand=True, pady=(S(12), 0))
        follow_language(self.frame, self._set_words)

    def open(self, lesson: Lesson) -> None:
        """Show this lesson's cases, none of them decided."""
        self._lesson = lesson
        for row in self.rows:
            row.destroy()
        self.rows = [
            CaseRow(self._area.inside, self._sizes, case, self._services.open_url) for case in lesson.cases
        ]
        for row in self.rows:
            row.pack(fill="x", pady=(0, S(8)))
        self._area.bind_wheel()
        self._set_words()

    def _go_on(self, task: Callable[[Lesson], object]) -> None:
        if self._lesson is not None:
            task(self._lesson)

    def _set_words(self) -> None:
        self._title.show(_("TCP or UDP: which one would you take?"))
        self._task.configure(text=_("The task"))
