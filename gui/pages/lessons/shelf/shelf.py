"""All lessons as cards, the routes through them, and what else can be done with programs."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.lessons.shelf.lesson_card import LessonCard
from gui.services.services import Services
from gui.shared.i18n import _, language
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.segmented import SegmentedControl
from gui.widgets.wrapping_label import WrappingLabel
from net.lab.lesson import Lesson
from net.lab.lesson_files import load_lesson, load_shelf

ALL = "all"
CARD_WIDTH = 300
"""A card's smallest width in logical units."""


class LessonShelf:
    """``begin(lesson)``; ``more(lesson, widget)``: the menu of a lesson, below the widget; ``readiness``:
    one line a lesson about what this PC can show, "" if nobody has tried."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        *,
        begin: Callable[[Lesson], object],
        more: Callable[[Lesson, tk.Widget], object],
        own_program: Callable[[], object],
        open_recording: Callable[[], object],
        before_class: Callable[[], object],
        readiness: Callable[[Lesson], str],
    ) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.cards: dict[str, LessonCard] = {}
        self._services = services
        self._kept: dict[str, Any] = services.settings.lessons
        self._begin = begin
        self._more = more
        self._readiness = readiness
        self._columns = 0
        card = ttk.Frame(self.frame, style="Card.TFrame", padding=S(16))
        card.pack(fill="x", pady=(0, S(12)))
        head = ttk.Frame(card, style="In.TFrame")
        head.pack(fill="x")
        words = ttk.Frame(head, style="In.TFrame")
        words.pack(side="left", fill="x", expand=True)
        self._title = ttk.Label(words, style="InT.TLabel")
        self._title.pack(anchor="w")
        self._about = WrappingLabel(words, "InS.TLabel")
        self._about.pack(fill="x")
        self._buttons = [
            ttk.Button(head, style=style, icon=icon, icon_size=15, compound="left", command=act)
            for style, icon, act in (
                ("Secondary.TButton", "shield-check", before_class),
                ("Secondary.TButton", "folder2-open", open_recording),
                ("Primary.TButton", "play-circle", own_program),
            )
        ]
        for button in reversed(self._buttons):
            button.pack(side="right", padx=(S(8), 0))
        self.routes = SegmentedControl(card, command=self._choose_route)
        self.routes.pack(anchor="w", pady=(S(12), 0))
        self.area = ScrollArea(self.frame, surface="Back")
        self.area.pack(fill="both", expand=True, padx=(0, S(12)))
        self.area.inside.bind("<Configure>", lambda event: self._arrange(event.width), add="+")
        self._make_cards()
        look().watch(self.frame, self._relayout)
        follow_language(self.frame, self._set_words)
        for key, pages in (("<Prior>", -1), ("<Next>", 1)):
            for widget in (self.frame, *self.cards.values()):
                widget.bind(key, lambda _e, by=pages: self.area.canvas.yview_scroll(by, "pages"))  # type: ignore[misc]

    def focus(self) -> None:
        """Give the keys to the first card."""
        shown = self._names()
        if shown:
            self.cards[shown[0]].focus_set()

    def refresh(self) -> None:
        """Words, what is ready, and what was passed may have changed."""
        self._show_cards()

    # --- Cards ---

    def _make_cards(self) -> None:
        for name in load_shelf().lessons:
            lesson = load_lesson(name)
            card = LessonCard(
                self.area.inside,
                lesson,
                begin=lambda chosen=lesson: self._begin(chosen),  # type: ignore[misc]
                more=lambda widget, chosen=lesson: self._more(chosen, widget),  # type: ignore[misc]
            )
            for key, by in (("<Left>", -1), ("<Right>", 1)):
                card.bind(key, lambda _e, here=name, step=by: self._move(here, step))  # type: ignore[misc]
            for key, by in (("<Up>", -1), ("<Down>", 1)):
                card.bind(key, lambda _e, here=name, rows=by: self._move(here, rows * self._columns))  # type: ignore[misc]
            self.cards[name] = card
        self.area.bind_wheel()

    def _names(self) -> Sequence[str]:
        """The lessons of the chosen route, in its order."""
        shelf = load_shelf()
        for route in shelf.routes:
            if route.name == self.routes.value:
                return [name for name in route.lessons if name in self.cards]
        return shelf.lessons

    def _move(self, name: str, by: int) -> str:
        names = list(self._names())
        to = names.index(name) + by
        if 0 <= to < len(names):
            self.cards[names[to]].focus_set()
        return "break"

    def _choose_route(self, name: str) -> None:
        self._kept["route"] = name
        self._services.save_settings()
        self._columns = 0
        self._arrange(self.area.inside.winfo_width())
        self.area.canvas.yview_moveto(0)

    def _arrange(self, width: int) -> None:
        """As many cards side by side as there is room for."""
        columns = max(1, width // S(CARD_WIDTH))
        if columns == self._columns or width < 2:
            return
        for column in range(max(columns, self._columns)):
            here = column < columns
            self.area.inside.columnconfigure(column, weight=int(here), uniform="card" if here else "")
        self._columns = columns
        names = self._names()
        for name, card in self.cards.items():
            if name not in names:
                card.grid_remove()
        for place, name in enumerate(names):
            self.cards[name].grid(
                row=place // columns,
                column=place % columns,
                sticky="nsew",
                padx=(0, S(12) if place % columns < columns - 1 else 0),
                pady=(0, S(12)),
            )
            # Tab follows what is seen
            self.cards[name].lift()

    def _relayout(self) -> None:
        self._columns = 0
        self._arrange(self.area.inside.winfo_width())

    # --- Words ---

    def _set_words(self) -> None:
        self._title.configure(text=_("Lessons"))
        self._about.show(_("Watch real programs on real sockets, predict what comes, then do it yourself."))
        texts = (_("Before class"), _("Open a recording"), _("Step my program"))
        for button, text in zip(self._buttons, texts, strict=True):
            button.configure(text=text)
        options = [(ALL, _("All lessons"))]
        options += [(route.name, route.title.get(language())) for route in load_shelf().routes]
        self.routes.set_options(options, self.routes.value or str(self._kept.get("route", ALL)))
        self._show_cards()

    def _show_cards(self) -> None:
        passed: Mapping[str, object] = self._kept.get("passed", {})
        for name, card in self.cards.items():
            routes = [r.title.get(language()) for r in load_shelf().routes if name in r.lessons]
            card.show(routes, self._readiness(card.lesson), name in passed)
