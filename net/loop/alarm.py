"""Wakes a sleeping thread: the consumer of the events, or one that waits for work."""

from __future__ import annotations

import contextlib
import threading


class Alarm:
    """Wakes one thread that sleeps in `wait`. If it rang before `wait`, `wait` returns at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Any thread."""
        with contextlib.suppress(RuntimeError):  # it is ringing already
            self._lock.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until it rings; False when ``timeout`` seconds pass first."""
        return self._lock.acquire(timeout=-1 if timeout is None else min(timeout, threading.TIMEOUT_MAX))
