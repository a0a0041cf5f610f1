"""Dispatches events to views: each view gets the events of one frame in one call, and an error in one view
does not affect the others. Within a view an event is looked up by its type (`gui.shared.route`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from net.events import Event


class EventView(Protocol):
    """Receives events: a page, the status bar."""

    def on_event_batch(self, events: Sequence[Event]) -> None: ...


class Dispatch:
    """Passes each batch to every view. Tk thread only."""

    def __init__(self, report: Callable[[Exception], None]) -> None:
        self.views: list[EventView] = []
        self._report = report

    def add(self, view: EventView) -> None:
        """Pass events to ``view`` from now on."""
        self.views.append(view)

    def deliver(self, events: Sequence[Event]) -> None:
        """``events``: in the order they happened. An exception of a view is reported; the other views still
        get the events."""
        for view in list(self.views):
            try:
                view.on_event_batch(events)
            except Exception as error:
                self._report(error)
