"""The pump on a fake clock: budget, idle pace, order, and the last event."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence

import pytest

from gui.window.pump import (
    BUDGET_SECONDS,
    CALM_SECONDS,
    FEWEST_EVENTS,
    FIRST_EVENTS,
    FRAME_MS,
    IDLE_MS,
    REST_MS,
    Pump,
)
from net.events import EngineStopped, Event
from net.sockets.events import State, StateChanged


class Root:
    """Tk's timers, as far as the pump uses them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[int, Callable[[], None]]] = []
        self.painted = 0
        self.paint_seconds = 0.0

    def after(self, milliseconds: int, call: Callable[[], None]) -> str:
        self.due.append((milliseconds, call))
        return str(len(self.due))

    def after_cancel(self, _timer: str) -> None:
        self.due.clear()

    def update_idletasks(self) -> None:
        self.painted += 1
        self.now += self.paint_seconds

    def turn(self) -> int:
        """Run what is due; returns how long the pump had asked to wait."""
        wait, call = self.due.pop(0)
        self.now += wait / 1000
        call()
        return wait


def events(count: int) -> tuple[Event, ...]:
    return tuple(StateChanged(session, State.CONNECTED, session) for session in range(count))


class Rig:
    def __init__(self) -> None:
        self.root = Root()
        self.queue: queue.SimpleQueue[tuple[Event, ...]] = queue.SimpleQueue()
        self.got: list[list[Event]] = []
        self.ends = 0
        self.deliver_seconds = 0.0
        self.error: Exception | None = None
        self.pump = Pump(
            self.root,  # type: ignore[arg-type]
            self.queue,
            self.deliver,
            self.end,
            clock=lambda: self.root.now,
            after_frame=self.frame_over,
        )
        self.frames_over: list[int] = []
        self.pump.start()

    def frame_over(self) -> None:
        self.frames_over.append(len(self.got))

    def deliver(self, batch: Sequence[Event]) -> None:
        self.got.append(list(batch))
        self.root.now += self.deliver_seconds
        if self.error is not None:
            raise self.error

    def end(self) -> None:
        self.ends += 1


def test_what_waits_comes_in_order_in_one_call_and_is_painted_once() -> None:
    rig = Rig()
    rig.queue.put(events(3))
    rig.queue.put(events(2))
    rig.root.turn()
    assert rig.got == [[*events(3), *events(2)]]
    assert rig.root.painted == 1


def test_an_empty_turn_neither_delivers_nor_paints() -> None:
    rig = Rig()
    rig.root.turn()
    assert rig.got == [] and rig.root.painted == 0


def test_each_frame_has_an_end_an_empty_one_too() -> None:
    rig = Rig()
    rig.root.turn()
    rig.queue.put(events(1))
    rig.root.turn()
    assert rig.frames_over == [0, 1]


def test_it_looks_every_frame_while_events_come_and_less_often_when_calm() -> None:
    rig = Rig()
    rig.queue.put(events(1))
    rig.root.turn()
    assert rig.root.due[0][0] == FRAME_MS
    while rig.root.now < CALM_SECONDS + 0.1:
        rig.root.turn()
    assert rig.root.due[0][0] == IDLE_MS
    rig.queue.put(events(1))
    rig.root.turn()
    assert rig.root.due[0][0] == FRAME_MS


def test_slow_views_get_less_at_a_time_down_to_a_floor_and_nothing_is_lost() -> None:
    rig = Rig()
    rig.deliver_seconds = BUDGET_SECONDS * 2
    for _batch in range(2000):
        rig.queue.put(events(4))
    while not rig.queue.empty():
        rig.root.turn()
    sizes = [len(batch) for batch in rig.got]
    assert sizes[:3] == [FIRST_EVENTS, FIRST_EVENTS // 2, FIRST_EVENTS // 4]
    assert sizes[-1] == FEWEST_EVENTS
    assert sum(len(batch) for batch in rig.got) == 8000


def test_painting_counts_in_the_budget_and_input_gets_its_rest() -> None:
    rig = Rig()
    rig.root.paint_seconds = 0.5
    for _batch in range(2 * FIRST_EVENTS):
        rig.queue.put(events(1))
    rig.root.turn()
    assert rig.root.due[0][0] == REST_MS
    rig.root.turn()
    assert [len(batch) for batch in rig.got] == [FIRST_EVENTS, FIRST_EVENTS // 2]


def test_quick_views_get_more_at_a_time() -> None:
    rig = Rig()
    for _batch in range(3000):
        rig.queue.put(events(10))
    rig.root.turn()
    rig.root.turn()
    assert len(rig.got[1]) > len(rig.got[0])


def test_the_last_event_ends_it_after_delivery() -> None:
    rig = Rig()
    rig.queue.put((*events(1), EngineStopped()))
    rig.root.turn()
    assert isinstance(rig.got[0][-1], EngineStopped)
    assert rig.ends == 1 and rig.root.due == []


def test_an_error_in_a_view_does_not_stop_it() -> None:
    rig = Rig()
    rig.queue.put(events(1))
    rig.error = RuntimeError("a view")
    with pytest.raises(RuntimeError):
        rig.root.turn()
    assert len(rig.root.due) == 1


def test_cancelled_it_looks_no_more() -> None:
    rig = Rig()
    rig.pump.cancel()
    assert rig.root.due == []
