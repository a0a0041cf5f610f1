"""Routes an event to the one method that handles its type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


class Route:
    """Calls ``takers[type(event)](event)`` for each event whose type is a key: one look-up per event, however
    many types there are."""

    def __init__(self, takers: Mapping[type, Callable[[Any], object]]) -> None:
        self._takers = dict(takers)

    def __call__(self, events: Iterable[object]) -> None:
        takers = self._takers
        for event in events:
            take = takers.get(type(event))
            if take is not None:
                take(event)
