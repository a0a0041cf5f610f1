"""Event to view method: each view gets what one frame brought once, and one view's error never costs
another its events."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from net.events import Event


class EventView(Protocol):
    """Whoever is to see events: a page, the status bar."""

    def on_event_batch(self, events: Sequence[Event]) -> None: ...


def method_name(kind: type) -> str:
    """``MessagesReceived`` -> ``on_messages_received``."""
    return "on" + re.sub(r"(?=[A-Z])", "_", kind.__name__).lower()


class Route:
    """Calls ``view.on_<event_name>(event)`` for each event that ``view`` has such a method for.

    A page keeps one for each of its parts and calls it from its own ``on_event_batch``; the look-up is done
    once a class.
    """

    def __init__(self, view: object) -> None:
        self._view = view
        self._methods: dict[type, Callable[[Any], None] | None] = {}

    def __call__(self, events: Sequence[Event]) -> None:
        methods = self._methods
        for event in events:
            kind = type(event)
            try:
                method = methods[kind]
            except KeyError:
                method = methods[kind] = getattr(self._view, method_name(kind), None)
            if method is not None:
                method(event)


class Dispatch:
    """Hands each batch to every view. Tk thread only."""

    def __init__(self, report: Callable[[Exception], None]) -> None:
        self._views: list[EventView] = []
        self._report = report

    def add(self, view: EventView) -> None:
        self._views.append(view)

    def remove(self, view: EventView) -> None:
        self._views.remove(view)

    def deliver(self, events: Sequence[Event]) -> None:
        """``events``: in the order they happened. What a view raises is reported; the others still get
        theirs."""
        for view in list(self._views):
            try:
                view.on_event_batch(events)
            except Exception as error:
                self._report(error)
