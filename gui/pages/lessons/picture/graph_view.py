"""`GraphView`: the byte graph of a run, on a canvas."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterable

from gui.pages.lessons.picture.canvas_view import CanvasView
from gui.shared.picture.graph_drawing import draw_graph
from gui.shared.picture.roles import NO_ROLES, Roles
from gui.shared.picture.shapes import Drawing, Measure
from net.lab.picture import Picture, PictureBuilder
from net.lab.picture.graph import byte_graph
from net.lab.recording import Header, RecordedEvent


class GraphView(CanvasView):
    """Shows the stream that carries the most bytes. The same methods as `PictureView`."""

    def __init__(self, master: tk.Misc) -> None:
        self._builder = PictureBuilder()
        self._count = 0
        super().__init__(master)

    @property
    def picture(self) -> Picture:
        return self._builder.picture

    def begin(self, header: Header, roles: Roles = NO_ROLES) -> None:
        """Show a new recording, empty so far."""
        self._builder = PictureBuilder()
        self._builder.add(header)
        self._count = 1
        self.paint()

    def grow(self, events: Iterable[RecordedEvent]) -> None:
        """The recording goes on; what is shown stays as it is."""
        for event in events:
            if not isinstance(event, Header):
                self._builder.add(event)

    def go_to(self, count: int, animate: bool = False) -> None:
        """Show the first ``count`` events."""
        self._count = max(0, min(count, len(self.picture.events)))
        self.paint()

    def drawn(self, measured: Measure) -> Drawing:
        return draw_graph(byte_graph(self.picture, self._count), self.paper(measured))
