"""Passes the engine's events to the views on the Tk thread within a time budget, so that the window stays
responsive under any load."""

from __future__ import annotations

import time
import tkinter as tk
from collections.abc import Callable, Sequence
from queue import Empty
from typing import Protocol

from net.events import EngineStopped, Event

FRAME_MS = 16
"""Milliseconds between two drains while events arrive: a frame of a screen with 60 frames a second; at most
one repaint lies between them."""
BUDGET_SECONDS = 0.008
"""Seconds that one drain may take, painting included: half of the frame, so that the other half is left
to keys, the mouse and timers."""
REST_MS = 4
"""Milliseconds left to those after a drain, however long it took."""
IDLE_MS = 50
"""Milliseconds between two checks of an empty queue, once nothing has arrived for `CALM_SECONDS`: Tk cannot
wait for a queue, so an idle window wakes 20 times a second instead of 60, and the first event after a calm is
delayed by this time at most."""
CALM_SECONDS = 1.0
FEWEST_EVENTS = 16
FIRST_EVENTS = 256
MOST_EVENTS = 20_000


class EventSource(Protocol):
    def get_nowait(self) -> tuple[Event, ...]:
        """The next batch. Raises `queue.Empty`."""
        ...


class Pump:
    """``deliver`` is called with the events of a frame at once; ``stopped`` once, after the batch that
    contains `EngineStopped`, and nothing after it. ``after_frame`` is called after each drain, even an empty
    one.

    The number of events per frame (whole batches, from `FEWEST_EVENTS` to `MOST_EVENTS`) adapts to the time
    that the last ones took: it is doubled while they stay within half the budget, and halved when they exceed
    it. So on a slow machine, or with a slow view, the window shows less at a time and stays responsive. Other
    events wait in the queue, whose high-water mark then slows the peers down.
    """

    def __init__(
        self,
        root: tk.Misc,
        source: EventSource,
        deliver: Callable[[Sequence[Event]], None],
        stopped: Callable[[], None],
        *,
        clock: Callable[[], float] = time.perf_counter,
        after_frame: Callable[[], object] = lambda: None,
    ) -> None:
        self._root = root
        self._source = source
        self._deliver = deliver
        self._stopped = stopped
        self._clock = clock
        self._after_frame = after_frame
        self._limit = FIRST_EVENTS
        self._last_event = 0.0
        self._timer: str | None = None
        self._ended = False

    def start(self) -> None:
        self._last_event = self._clock()
        self._timer = self._root.after(1, self._tick)

    def cancel(self) -> None:
        """Stop without waiting for the engine: the window is gone."""
        self._ended = True
        if self._timer is not None:
            self._root.after_cancel(self._timer)
            self._timer = None

    def _tick(self) -> None:
        self._timer = None
        began = self._clock()
        events, more = self._take()
        try:
            if events:
                self._deliver(events)
                self._root.update_idletasks()
            self._after_frame()
        finally:
            # An error in a view is reported elsewhere; the next frame is scheduled all the same.
            self._schedule(began, events, more)

    def _take(self) -> tuple[list[Event], bool]:
        """The next frame's events, and whether more may be waiting."""
        events: list[Event] = []
        while len(events) < self._limit:
            try:
                events += self._source.get_nowait()
            except Empty:
                return events, False
        return events, True

    def _schedule(self, began: float, events: list[Event], more: bool) -> None:
        now = self._clock()
        spent = now - began
        if events:
            self._last_event = now
            if spent > BUDGET_SECONDS:
                self._limit = max(FEWEST_EVENTS, self._limit // 2)
            elif more and spent < BUDGET_SECONDS / 2:
                self._limit = min(MOST_EVENTS, self._limit * 2)
            if isinstance(events[-1], EngineStopped):
                self._ended = True
                self._stopped()
        if self._ended:
            return
        calm = now - self._last_event > CALM_SECONDS
        wait = IDLE_MS if calm else max(REST_MS, FRAME_MS - int(spent * 1000))
        self._timer = self._root.after(wait, self._tick)
