"""`RoadView`: what a narrow road carried, second by second, on a canvas."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterable

from gui.pages.lessons.picture.canvas_view import CanvasView
from gui.shared.picture.road_drawing import draw_road
from gui.shared.picture.roles import NO_ROLES, Roles
from gui.shared.picture.shapes import Drawing, Measure
from net.lab.picture.road import Road, road_of
from net.lab.recording import Header, RecordedEvent


class RoadView(CanvasView):
    """The same methods as `GraphView`."""

    def __init__(self, master: tk.Misc) -> None:
        self._events: list[RecordedEvent] = []
        self._count = 0
        self._most = 0.0
        self._rate = 0.0
        super().__init__(master)

    @property
    def road(self) -> Road:
        """What is shown."""
        return road_of(self._events[: self._count], self._rate)

    def begin(self, header: Header, roles: Roles = NO_ROLES) -> None:
        """Show a new recording, empty so far. The left one of ``roles`` names the road."""
        self._events, self._count, self.roles = [header], 1, roles
        self.paint()

    def grow(self, events: Iterable[RecordedEvent]) -> None:
        """The recording goes on; what is shown stays as it is."""
        self._events += (event for event in events if not isinstance(event, Header))

    def go_to(self, count: int, animate: bool = False) -> None:
        """Show the first ``count`` events."""
        self._count = max(0, min(count, len(self._events)))
        self.paint()

    def set_roles(self, roles: Roles) -> None:
        self.roles = roles
        self.paint()

    def set_most(self, most: float) -> None:
        """The scale reaches at least so many datagrams a second."""
        if most != self._most:
            self._most = most
            self.paint()

    def set_rate(self, rate: float) -> None:
        """What the road carries in a second, in datagrams."""
        if rate != self._rate:
            self._rate = rate
            self.paint()

    def drawn(self, measured: Measure) -> Drawing:
        return draw_road(self.road, self.paper(measured), self.roles.left, self._most)
