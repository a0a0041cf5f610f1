"""The main loop of a terminal program: takes the engine's events until the engine has stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty

from gui.terminal.output import Output
from net.engine import Engine
from net.events import EngineStopped, Event

TICK_SECONDS = 0.25
"""The longest wait for events: signals, which do not end the wait, and time limits are checked after it."""


def follow_events(
    engine: Engine,
    take: Callable[[Sequence[Event]], object],
    look: Callable[[], object],
    output: Output,
    stop: Callable[[], object],
) -> None:
    """Pass each batch to ``take``, which may print, and call ``look`` after it, and at least every
    `TICK_SECONDS`. Returns after `EngineStopped`.

    ``stop`` is called, more than once, when nobody can read ``output`` any more.
    """
    while True:
        try:
            batch = engine.events.get(timeout=TICK_SECONDS)
        except Empty:
            batch = ()
        take(batch)
        output.flush()
        if output.lost:
            stop()
        if batch and isinstance(batch[-1], EngineStopped):
            return
        look()
