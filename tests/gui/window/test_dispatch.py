"""Events reach the method that their name says, once, whatever another view does."""

from __future__ import annotations

from collections.abc import Sequence

from gui.window.dispatch import Dispatch, Route, method_name
from net.events import Event
from net.sockets import events as contract
from net.sockets.events import MessagesReceived, State, StateChanged


class View:
    def __init__(self) -> None:
        self.got: list[Event] = []
        self.route = Route(self)
        self.error: Exception | None = None

    def on_event_batch(self, events: Sequence[Event]) -> None:
        self.route(events)
        if self.error is not None:
            raise self.error

    def on_messages_received(self, event: MessagesReceived) -> None:
        self.got.append(event)


RECEIVED = MessagesReceived(1, [b"x"], 1)


def test_a_view_gets_what_it_has_methods_for() -> None:
    view = View()
    dispatch = Dispatch(lambda error: None)
    dispatch.add(view)
    dispatch.deliver([StateChanged(1, State.CONNECTED, 1), RECEIVED, RECEIVED])
    assert view.got == [RECEIVED, RECEIVED]
    dispatch.remove(view)
    dispatch.deliver([RECEIVED])
    assert len(view.got) == 2


def test_one_views_error_is_reported_and_the_next_still_gets_its_events() -> None:
    bad, good = View(), View()
    bad.error = RuntimeError("broken")
    reported: list[Exception] = []
    dispatch = Dispatch(reported.append)
    dispatch.add(bad)
    dispatch.add(good)
    dispatch.deliver([RECEIVED])
    assert reported == [bad.error] and good.got == [RECEIVED]


def test_method_names_follow_the_contract() -> None:
    assert method_name(contract.OpenFailed) == "on_open_failed"
    assert method_name(contract.CountersChanged) == "on_counters_changed"
