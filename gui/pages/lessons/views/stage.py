"""The stage: most of the window, and what stands on it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

import ttkbootstrap as ttk

from gui.pages.lessons.picture import GraphView, PictureView, RoadView
from gui.pages.lessons.runs import Outcomes, RecordedRun
from gui.pages.lessons.sizes import Sizes
from gui.pages.lessons.standing import measured
from gui.pages.lessons.views.case_cards import CaseCards
from gui.pages.lessons.views.figure_table import FigureTable
from gui.pages.lessons.views.outcome_bars import OutcomeBars
from gui.shared.i18n import language
from gui.shared.picture.drawing import NO_ASK, Ask
from gui.shared.picture.roles import NO_ROLES, Roles, roles_of
from net.lab.lesson import MEASURE_HERE, ONE_ROAD, Scene
from net.lab.recording import Header

Drawing = PictureView | GraphView | RoadView
V = TypeVar("V", bound=ttk.Canvas)


class Cast(NamedTuple):
    """Who takes part: ``header``: of a run that has not begun; ``roles``: what they are called; ``road``: its
    graph is that of a narrow road, which carries ``rate`` datagrams a second; ``table``: it measures figures
    alone."""

    header: Header
    roles: Roles = NO_ROLES
    road: bool = False
    rate: float = 0.0
    table: bool = False

    @property
    def measures(self) -> bool:
        """Whether it has figures in place of calls."""
        return self.road or self.table


def cast_of(header: Header, scene: Scene) -> Cast:
    """Who takes part in a lesson's scene; ``header``: of a run of it."""
    rate = float(scene.settings.get("rate", 0))
    experiment = scene.experiment
    return Cast(header, roles_of(scene, language()), experiment == ONE_ROAD, rate, experiment == MEASURE_HERE)


class _Feed:
    """A drawing, and how much of which run it has been given."""

    def __init__(self, view: Drawing) -> None:
        self.view = view
        self._run: RecordedRun | None = None
        self._given = 0
        self._count = -1
        self._roles = NO_ROLES
        self._asked = NO_ASK

    def show(self, run: RecordedRun, count: int, cast: Cast, animate: bool, ask: Ask = NO_ASK) -> None:
        """``ask``: what stands where the answer will be."""
        header = run.header
        if run is not self._run or (self._given == 0 and header is not None):
            self._run, self._given = run, 1 if header is not None else 0
            self._roles, self._count, self._asked = cast.roles, -1, NO_ASK
            self.view.begin(header or cast.header, cast.roles)
            if isinstance(self.view, RoadView):
                self.view.set_rate(cast.rate)
        elif self._roles != cast.roles:
            self._roles = cast.roles
            if isinstance(self.view, PictureView | RoadView):
                self.view.set_roles(cast.roles)
        if header is not None and self._given < len(run.events):
            self.view.grow(run.events[self._given :])
            self._given = len(run.events)
        if self._count == min(count, self._given):
            self._ask(ask)
            return
        self._count, self._asked = min(count, self._given), ask
        if isinstance(self.view, PictureView):
            self.view.go_to(self._count, animate=animate, ask=ask)
        else:
            self.view.go_to(self._count, animate=animate)

    def _ask(self, ask: Ask) -> None:
        if isinstance(self.view, PictureView) and ask != self._asked:
            self._asked = ask
            self.view.ask(ask)


class _OnCard(Generic[V]):
    """A view that brings no card of its own, on one."""

    def __init__(self, master: tk.Misc, make: Callable[[tk.Misc], V]) -> None:
        self.card = ttk.Frame(master, style="Card.TFrame", padding=4)
        self.view = make(self.card)
        self.view.pack(fill="both", expand=True)


class Stage(ttk.Frame):
    """Each view is made when it is first needed."""

    def __init__(self, master: tk.Misc, sizes: Sizes) -> None:
        super().__init__(master, style="Back.TFrame")
        self.grid_propagate(False)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self._sizes = sizes
        self._feeds: dict[str, _Feed] = {}
        self._outcomes: _OnCard[OutcomeBars] | None = None
        self._figures: _OnCard[FigureTable] | None = None
        self._cases: _OnCard[CaseCards] | None = None
        self._placed: tuple[tk.Widget, ...] = ()
        sizes.watch(self._rescale)

    # --- What it shows ---

    def show_lifelines(self, run: RecordedRun, count: int, cast: Cast, animate: bool, ask: Ask) -> None:
        """``ask``: what stands where the answer will be."""
        feed = self._feed("picture")
        self._place(feed.view)
        feed.show(run, count, cast, animate, ask)

    def show_graph(self, run: RecordedRun, count: int, cast: Cast, animate: bool) -> None:
        feed = self._feed("road" if cast.road else "graph")
        self._place(feed.view)
        feed.show(run, count, cast, animate)
        if isinstance(feed.view, RoadView):
            feed.view.set_most(0.0)

    def show_versus(
        self, run: RecordedRun, count: int, cast: Cast, other: RecordedRun, other_cast: Cast
    ) -> None:
        """The other one is shown to its end."""
        left = self._feed("road" if cast.road else "picture")
        right = self._feed("road beside" if other_cast.road else "picture beside")
        self._place(left.view, right.view)
        left.show(run, count, cast, False)
        right.show(other, len(other.events), other_cast, False)
        if isinstance(left.view, RoadView) and isinstance(right.view, RoadView):
            most = max(left.view.road.most, right.view.road.most)
            left.view.set_most(most)
            right.view.set_most(most)

    def show_outcomes(self, outcomes: Outcomes, title: str, named: Callable[[str], str] = str) -> None:
        """``title``: what was counted; ``named``: an outcome in words."""
        if self._outcomes is None:
            self._outcomes = _OnCard(self, lambda card: OutcomeBars(card, self._sizes))
        self._place(self._outcomes.card)
        self._outcomes.view.show(outcomes, title, named)

    def show_figures(self, run: RecordedRun, count: int, ask: str) -> None:
        """``ask``: what stands for each value while nothing is measured yet, "" for that it is being
        measured."""
        if self._figures is None:
            self._figures = _OnCard(self, lambda card: FigureTable(card, self._sizes))
        self._place(self._figures.card)
        self._figures.view.show(measured(run.events, count), ask)

    def show_cases(self, cases: Sequence[str], decide: Callable[[], object]) -> None:
        """``decide()``: one of them was pressed."""
        if self._cases is None:
            self._cases = _OnCard(self, lambda card: CaseCards(card, self._sizes))
        self._place(self._cases.card)
        self._cases.view.show(cases, decide)

    @property
    def drawing(self) -> Drawing | None:
        """The picture or graph that is shown, for saving it; None while it is something else."""
        return next(
            (view for view in self._placed if isinstance(view, PictureView | GraphView | RoadView)), None
        )

    @property
    def animating(self) -> bool:
        return any(view.animating for view in self._placed if isinstance(view, PictureView))

    def skip(self) -> None:
        """End the motion now."""
        for view in self._placed:
            if isinstance(view, PictureView):
                view.skip()

    # --- Its views ---

    def _feed(self, name: str) -> _Feed:
        feed = self._feeds.get(name)
        if feed is None:
            view: Drawing
            if name == "graph":
                view = GraphView(self)
            else:
                view = RoadView(self) if name.startswith("road") else PictureView(self)
            feed = self._feeds[name] = _Feed(view)
            feed.view.set_scale(self._sizes.factor)
        return feed

    def _rescale(self) -> None:
        for feed in self._feeds.values():
            feed.view.set_scale(self._sizes.factor)

    def _place(self, *views: tk.Widget) -> None:
        if views == self._placed:
            return
        for old in self._placed:
            old.grid_remove()
        self._placed = views
        for column in range(2):
            used = column < len(views)
            self.columnconfigure(column, weight=int(used), uniform="views" if len(views) > 1 else "")
        for column, view in enumerate(views):
            view.grid(row=0, column=column, sticky="nsew")
