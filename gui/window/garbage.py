"""While there is a window, Python's cyclic garbage is collected on the Tk thread only.

Python collects on whichever thread happens to cross a threshold. Where that is NetThread and the garbage
holds a Tk variable or image, its ``__del__`` calls into Tk from there: it waits for the Tk thread (which may
itself be waiting for NetThread to end), and where the garbage holds a whole interpreter, Tcl aborts the
process ("Tcl_AsyncDelete: async handler deleted by the wrong thread"; CPython issue 83274).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

YOUNG_OBJECTS = 2_000
"""New containers before the youngest generation is collected."""
YOUNG_ROUNDS = 10
"""Collections of the youngest before the middle generation, and of the middle one before all."""
FULL_SECONDS = 30.0
"""Minimum seconds between two full collections: one takes as long as a frame."""


class GarbageCollection:
    """Between `start` and `stop` garbage is only collected in `look`, which the Tk thread calls when it has
    time. ``clock`` returns seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at = 0.0
        self._running = self._was_enabled = False

    def start(self) -> None:
        self._running, self._was_enabled = True, gc.isenabled()
        gc.disable()
        self._full_at = self._clock() + FULL_SECONDS

    def settle(self) -> None:
        """Exempt all present objects from collection: they last as long as the window."""
        gc.freeze()

    def look(self) -> None:
        """Run the collections that are due; called often."""
        young, middle, old = gc.get_count()
        if young > YOUNG_OBJECTS:
            if old > YOUNG_ROUNDS and self._clock() >= self._full_at:
                gc.collect()
                self._full_at = self._clock() + FULL_SECONDS
            else:
                gc.collect(1 if middle > YOUNG_ROUNDS else 0)

    def stop(self) -> None:
        """After the window was destroyed: collect what is left of it, on this thread."""
        if self._running:
            self._running = False
            gc.unfreeze()
            gc.collect()
            if self._was_enabled:
                gc.enable()
