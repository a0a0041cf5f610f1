"""The main thread of a terminal program: it takes the engine's events until the engine has stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from queue import Empty

from net.engine import Engine
from net.events import EngineStopped, Event

TICK_SECONDS = 0.25
"""In which a signal is seen, which ends no wait for events, and the end of a time."""


def follow_events(
    engine: Engine,
    take: Callable[[Sequence[Event]], object],
    look: Callable[[], object],
    reader_gone: Callable[[], object],
) -> None:
    """Give each batch to ``take``, which may print, and call ``look`` after it, and every `TICK_SECONDS` at
    least. Returns after `EngineStopped`.

    ``reader_gone`` is called when nobody reads our output any more, as `head` does: that is no fault, but
    there is nothing left to do.
    """
    while True:
        try:
            batch = engine.events.get(timeout=TICK_SECONDS)
        except Empty:
            batch = ()
        try:
            take(batch)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            reader_gone()
        if batch and isinstance(batch[-1], EngineStopped):
            return
        look()
