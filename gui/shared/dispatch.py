"""An event's way to what takes it: one table, from an event's type to the methods that take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct

Takers = Mapping[type[Any], Callable[[Any], object]]
"""What takes an event, by the event's type."""


class WatchEvents(Protocol):
    """`Dispatch.watch`, as a view is handed it."""

    def __call__(self, *tables: Takers, after: Callable[[], object] | None = None) -> Callable[[], None]: ...


class _Watch(Struct, eq=False):
    after: Callable[[], object] | None
    ended: bool = False


class Dispatch:
    """Hands events to whoever watches their type. Each event costs one look-up, however many watch.

    ``report`` is called with what a watcher raises; the others still get their events. Without it the
    exception is raised. For one thread.
    """

    def __init__(self, report: Callable[[Exception], object] | None = None) -> None:
        self._report = report
        self._table: dict[type[Any], tuple[tuple[_Watch, Callable[[Any], object]], ...]] = {}

    def watch(self, *tables: Takers, after: Callable[[], object] | None = None) -> Callable[[], None]:
        """Hand over the events of these types from now on, until the returned function is called.

        An event that several tables name is handed over in their order. Whoever watched earlier gets it
        earlier. ``after()`` runs once at the end of each batch of which something was taken: paint there.
        """
        watch = _Watch(after)
        for takers in tables:
            for kind, take in takers.items():
                self._table[kind] = (*self._table.get(kind, ()), (watch, take))

        def end() -> None:
            watch.ended = True
            for takers in tables:
                for kind in takers:
                    self._table[kind] = tuple(each for each in self._table[kind] if each[0] is not watch)

        return end

    def deliver(self, events: Iterable[object]) -> None:
        """Hand over one batch, in its order. A watch that one of these events ends gets none of those that
        follow, and neither does one that raised."""
        table = self._table
        taken: dict[_Watch, None] = {}
        failed: set[_Watch] = set()
        for event in events:
            for watch, take in table.get(type(event), ()):
                if watch.ended or watch in failed:
                    continue
                taken[watch] = None
                try:
                    take(event)
                except Exception as error:
                    self._raised(error)
                    failed.add(watch)
        for watch in taken:
            if watch.after is not None and not watch.ended:
                try:
                    watch.after()
                except Exception as error:
                    self._raised(error)

    def _raised(self, error: Exception) -> None:
        if self._report is None:
            raise error
        self._report(error)
