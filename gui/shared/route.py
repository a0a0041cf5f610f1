"""Routes an event to the one method that handles its type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


class Route:
    """Calls ``methods[type(event)](event)`` for each event whose type is a key: one look-up per event,
    however many types there are."""

    def __init__(self, methods: Mapping[type, Callable[[Any], object]]) -> None:
        self._methods = dict(methods)

    def __call__(self, events: Iterable[object]) -> None:
        methods = self._methods
        for event in events:
            method = methods.get(type(event))
            if method is not None:
                method(event)
