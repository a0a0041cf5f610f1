"""A terminal program's engine: made and stopped, and the main loop that takes its events meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty

from gui.terminal.output import Output
from gui.terminal.signals import NotedSignal, noting_signals
from net.engine import Engine
from net.events import EngineStopped, Event

TICK_SECONDS = 0.25
"""The longest wait for events: signals, which do not end the wait, and time limits are checked after it."""


@contextmanager
def running_engine(make: Callable[[], Engine], stop_seconds: float) -> Iterator[tuple[Engine, NotedSignal]]:
    """The engine that ``make`` gives, and the signals that ask to end, which are noted from before it is made
    until it has stopped, within ``stop_seconds`` after the block. Main thread only."""
    with noting_signals() as noted:
        engine = make()
        try:
            yield engine, noted
        finally:
            engine.stop()
            engine.join(stop_seconds)


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
