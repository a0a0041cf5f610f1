"""Events reach all that watch their type, in order and once, whatever another watcher does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from gui.shared.dispatch import Dispatch


@dataclass(frozen=True)
class One:
    number: int


@dataclass(frozen=True)
class Other:
    number: int


class Late(One):
    """A type of its own, though it is a `One`, too."""


def fail(_event: object) -> None:
    raise LookupError("broken")


def test_each_watcher_gets_the_types_it_named() -> None:
    heard: list[Any] = []
    dispatch = Dispatch()
    dispatch.watch({One: heard.append, Other: heard.append})
    dispatch.watch({Other: lambda event: heard.append(("again", event))})
    dispatch.deliver([One(1), Other(2), Late(3), "unknown"])
    assert heard == [One(1), Other(2), ("again", Other(2))]


def test_several_tables_get_an_event_in_their_order() -> None:
    heard: list[Any] = []
    dispatch = Dispatch()
    end = dispatch.watch(
        {One: lambda _event: heard.append("first")}, {One: lambda _event: heard.append("second")}
    )
    dispatch.deliver([One(1)])
    assert heard == ["first", "second"]
    end()
    dispatch.deliver([One(1)])
    assert heard == ["first", "second"]


def test_what_was_taken_is_painted_once_after_the_batch() -> None:
    heard: list[Any] = []
    dispatch = Dispatch()
    dispatch.watch({One: heard.append}, after=lambda: heard.append("paint"))
    dispatch.deliver([One(1), One(2), Other(3)])
    assert heard == [One(1), One(2), "paint"]
    dispatch.deliver([Other(4)])
    assert heard[3:] == []


def test_a_watch_that_ended_takes_nothing_more_and_is_not_painted() -> None:
    heard: list[Any] = []
    dispatch = Dispatch()
    ends: list[Callable[[], None]] = []

    def take(event: One) -> None:
        heard.append(event)
        ends[0]()

    ends.append(dispatch.watch({One: take, Other: heard.append}, after=lambda: heard.append("paint")))
    dispatch.watch({Other: lambda event: heard.append(("stays", event))})
    dispatch.deliver([One(1), One(2), Other(3)])
    assert heard == [One(1), ("stays", Other(3))]
    ends[0]()


def test_one_watcher_may_end_another() -> None:
    heard: list[Any] = []
    dispatch = Dispatch()
    ends: list[Callable[[], None]] = []
    dispatch.watch({One: lambda _event: ends[0]()})
    ends.append(dispatch.watch({One: heard.append}, after=lambda: heard.append("paint")))
    dispatch.deliver([One(1)])
    assert heard == []


def test_who_begins_to_watch_takes_the_events_that_follow() -> None:
    heard: list[Any] = []
    dispatch = Dispatch()
    dispatch.watch({One: lambda _event: dispatch.watch({Other: heard.append})})
    dispatch.deliver([Other(1), One(2), Other(3)])
    assert heard == [Other(3)]


def test_an_error_is_reported_once_a_batch_and_costs_the_others_nothing() -> None:
    heard: list[Any] = []
    reported: list[Exception] = []
    dispatch = Dispatch(reported.append)
    dispatch.watch({One: fail}, after=lambda: heard.append("paint"))
    dispatch.watch({One: heard.append})
    dispatch.deliver([One(1), One(2)])
    assert [type(error) for error in reported] == [LookupError]
    assert heard == [One(1), One(2), "paint"]
    dispatch.deliver([One(3)])
    assert len(reported) == 2


def test_an_error_while_painting_is_reported_too() -> None:
    heard: list[Any] = []
    reported: list[Exception] = []
    dispatch = Dispatch(reported.append)
    dispatch.watch({One: heard.append}, after=lambda: fail(None))
    dispatch.watch({One: heard.append}, after=lambda: heard.append("paint"))
    dispatch.deliver([One(1)])
    assert len(reported) == 1 and heard == [One(1), One(1), "paint"]


def test_without_a_report_an_error_is_raised() -> None:
    dispatch = Dispatch()
    dispatch.watch({One: fail})
    with pytest.raises(LookupError):
        dispatch.deliver([One(1)])
