"""The event that only the transcript wing emits; it shares `Exported` and `StoreFaulted` (`net.events`) with
the chat's history."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from net.events import Event


class Stored(Event, frozen=True):
    """Rows were committed to the transcript. ``counts``: the present number of rows of each session affected;
    ``trees``: of each listener affected, by itself or by one of its connections, the rows of it and all its
    connections together."""

    counts: Mapping[int, int]
    trees: Mapping[int, int] = field(default_factory=dict)
