"""Events to views: each view gets what one frame brought once, and one view's error never costs another its
events. What a view does with an event it looks up by its type (`gui.shared.route`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from net.events import Event


class EventView(Protocol):
    """Whoever is to see events: a page, the status bar."""

    def on_event_batch(self, events: Sequence[Event]) -> None: ...


class Dispatch:
    """Hands each batch to every view. Tk thread only."""

    def __init__(self, report: Callable[[Exception], None]) -> None:
        self.views: list[EventView] = []
        self._report = report

    def add(self, view: EventView) -> None:
        self.views.append(view)

    def deliver(self, events: Sequence[Event]) -> None:
        """``events``: in the order they happened. What a view raises is reported; the others still get
        theirs."""
        for view in list(self.views):
            try:
                view.on_event_batch(events)
            except Exception as error:
                self._report(error)
