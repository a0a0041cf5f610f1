"""How the page's parts hear of each other and of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gui.pages.chat.signals import Signal, Watchers


@dataclass(frozen=True)
class One:
    number: int


@dataclass(frozen=True)
class Other:
    number: int


class Late(One):
    """A type of its own, though it is a `One`, too."""


def test_a_signal_calls_all_in_the_order_of_connection() -> None:
    heard: list[tuple[str, int]] = []
    signal: Signal[[int]] = Signal()
    signal.connect(lambda number: heard.append(("first", number)))
    signal.connect(lambda number: heard.append(("second", number)))
    signal(3)
    assert heard == [("first", 3), ("second", 3)]


def test_each_watcher_takes_the_types_it_named() -> None:
    heard: list[Any] = []
    watchers = Watchers()
    watchers.watch({One: heard.append, Other: heard.append})
    watchers.watch({Other: lambda event: heard.append(("again", event))})
    watchers.emit([One(1), Other(2), Late(3), "unknown"])
    assert heard == [One(1), Other(2), ("again", Other(2))]


def test_what_was_taken_is_painted_once_after_the_batch() -> None:
    heard: list[Any] = []
    watchers = Watchers()
    watchers.watch({One: heard.append}, lambda: heard.append("paint"))
    watchers.emit([One(1), One(2), Other(3)])
    assert heard == [One(1), One(2), "paint"]
    watchers.emit([Other(4)])
    assert heard[3:] == []


def test_a_watch_that_ended_takes_nothing_more_and_is_not_painted() -> None:
    heard: list[Any] = []
    watchers = Watchers()
    ends: list[Callable[[], None]] = []

    def take(event: One) -> None:
        heard.append(event)
        ends[0]()

    ends.append(watchers.watch({One: take, Other: heard.append}, lambda: heard.append("paint")))
    watchers.watch({Other: lambda event: heard.append(("stays", event))})
    watchers.emit([One(1), One(2), Other(3)])
    assert heard == [One(1), ("stays", Other(3))]
    ends[0]()


def test_one_watcher_may_end_another() -> None:
    heard: list[Any] = []
    watchers = Watchers()
    ends: list[Callable[[], None]] = []
    watchers.watch({One: lambda _event: ends[0]()})
    ends.append(watchers.watch({One: heard.append}, lambda: heard.append("paint")))
    watchers.emit([One(1)])
    assert heard == []


def test_who_begins_to_watch_takes_the_events_that_follow() -> None:
    heard: list[Any] = []
    watchers = Watchers()
    watchers.watch({One: lambda _event: watchers.watch({Other: heard.append})})
    watchers.emit([Other(1), One(2), Other(3)])
    assert heard == [Other(3)]
