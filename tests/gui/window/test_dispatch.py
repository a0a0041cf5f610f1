"""Events reach every view once, whatever another view does, and in it the method for their type."""

from __future__ import annotations

from collections.abc import Sequence

from gui.shared.route import Route
from gui.window.dispatch import Dispatch
from net.events import Event
from net.sockets.events import MessagesReceived, State, StateChanged


class View:
    def __init__(self) -> None:
        self.got: list[Event] = []
        self.route = Route({MessagesReceived: self.got.append})
        self.error: Exception | None = None

    def on_event_batch(self, events: Sequence[Event]) -> None:
        self.route(events)
        if self.error is not None:
            raise self.error


RECEIVED = MessagesReceived(1, [b"x"], 1)


def test_a_view_gets_what_it_takes() -> None:
    view = View()
    dispatch = Dispatch(lambda error: None)
    dispatch.add(view)
    dispatch.deliver([StateChanged(1, State.CONNECTED, 1), RECEIVED, RECEIVED])
    assert view.got == [RECEIVED, RECEIVED]


def test_one_views_error_is_reported_and_the_next_still_gets_its_events() -> None:
    bad, good = View(), View()
    bad.error = RuntimeError("broken")
    reported: list[Exception] = []
    dispatch = Dispatch(reported.append)
    dispatch.add(bad)
    dispatch.add(good)
    dispatch.deliver([RECEIVED])
    assert reported == [bad.error] and good.got == [RECEIVED]
