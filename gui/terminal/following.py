"""The main loop of a terminal program: takes the engine's events until the engine has stopped."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from queue import Empty

from net.engine import Engine
from net.events import EngineStopped, Event

TICK_SECONDS = 0.25
"""The longest wait for events: signals, which do not end the wait, and time limits are checked after it."""


def follow_events(
    engine: Engine,
    take: Callable[[Sequence[Event]], object],
    look: Callable[[], object],
    reader_gone: Callable[[], object],
) -> None:
    """Pass each batch to ``take``, which may print, and call ``look`` after it, and at least every
    `TICK_SECONDS`. Returns after `EngineStopped`.

    ``reader_gone`` is called when nobody reads our output any more, as after `head` has ended: that is no
    error, but there is nothing left to do.
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
