"""How the parts of the Chat page learn what other parts did, and receive the network's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, ParamSpec

P = ParamSpec("P")
Takes = Mapping[type[Any], Callable[[Any], object]]
"""What takes an event, by the event's type."""


class Signal(Generic[P]):
    """Calling a signal calls its listeners, in the order in which they were connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, object]] = []

    def connect(self, listener: Callable[P, object]) -> None:
        self._listeners.append(listener)

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> None:
        for listener in self._listeners:
            listener(*arguments, **named)


@dataclass(eq=False)
class _Watch:
    takes: Takes
    after: Callable[[], object] | None
    ended: bool = False


class Watchers:
    """Who takes which events: each event costs one look-up by its type, however many parts watch."""

    def __init__(self) -> None:
        self._watches: dict[type[Any], tuple[_Watch, ...]] = {}

    def watch(self, takes: Takes, after: Callable[[], object] | None = None) -> Callable[[], None]:
        """Hand over the events of these types from now on, until the returned function is called.

        ``after()`` runs once at the end of each batch of which something was taken: paint there.
        """
        watch = _Watch(takes, after)
        for kind in takes:
            self._watches[kind] = (*self._watches.get(kind, ()), watch)

        def end() -> None:
            watch.ended = True
            for kind in takes:
                self._watches[kind] = tuple(each for each in self._watches[kind] if each is not watch)

        return end

    def emit(self, events: Sequence[Any]) -> None:
        """One frame's events. A watch that is ended by one of them takes none of those that follow."""
        taken: dict[_Watch, None] = {}
        for event in events:
            kind = type(event)
            for watch in self._watches.get(kind, ()):
                if not watch.ended:
                    watch.takes[kind](event)
                    taken[watch] = None
        for watch in taken:
            if watch.after is not None and not watch.ended:
                watch.after()
