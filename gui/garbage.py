"""Python's cyclic garbage is collected on the Tk thread alone while there is a window.

Python collects on whichever thread happens to cross a threshold. Where that is NetThread and the garbage
holds a Tk variable or image, its ``__del__`` calls into Tk from there: it waits for the Tk thread (which may
itself be waiting for NetThread to end), and where the garbage holds a whole interpreter, Tcl aborts the
process ("Tcl_AsyncDelete: async handler deleted by the wrong thread"; CPython issue 83274).
"""

from __future__ import annotations

import gc
import time
import tkinter as tk
from collections.abc import Callable

LOOK_MS = 100
YOUNG_OBJECTS = 2_000
"""New containers before the youngest generation is looked through."""
YOUNG_ROUNDS = 10
"""Rounds of the youngest before the middle generation, and of the middle one before all."""
FULL_SECONDS = 30.0
"""At the least between two looks through everything: one takes as long as a frame."""


class GarbageCollection:
    """Between `start` and `stop` no other thread collects. ``clock`` gives seconds."""

    def __init__(self, root: tk.Misc, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._timer: str | None = None
        self._full_at = 0.0
        self._was_enabled = False
        self._stopped = True

    def start(self) -> None:
        self._stopped = False
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._full_at = self._clock() + FULL_SECONDS
        self._timer = self._root.after(LOOK_MS, self._look)

    def settle(self) -> None:
        """What is there by now stays for as long as the window: it is not looked through again."""
        gc.freeze()

    def rest(self) -> None:
        """No further look: the window is about to be destroyed."""
        if self._timer is not None:
            self._root.after_cancel(self._timer)
            self._timer = None

    def stop(self) -> None:
        """After the window was destroyed: what is left of it goes here, on its own thread."""
        if not self._stopped:
            self._stopped = True
            gc.unfreeze()
            gc.collect()
            if self._was_enabled:
                gc.enable()

    def _look(self) -> None:
        young, middle, old = gc.get_count()
        now = self._clock()
        if old > YOUNG_ROUNDS and now >= self._full_at:
            gc.collect()
            self._full_at = now + FULL_SECONDS
        elif middle > YOUNG_ROUNDS:
            gc.collect(1)
        elif young > YOUNG_OBJECTS:
            gc.collect(0)
        self._timer = self._root.after(LOOK_MS, self._look)
