"""``--wait SECONDS``: the program ends that long after the last message."""

from __future__ import annotations

import time
from collections.abc import Callable


class MessageWait:
    """Counts from `begin`, when everything is ready, and anew from each `message`. ``seconds`` None: not
    asked for, and never over. ``clock`` gives seconds that only grow."""

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: float | None = None

    @property
    def asked(self) -> bool:
        return self._seconds is not None

    @property
    def over(self) -> bool:
        if self._seconds is None or self._since is None:
            return False
        return self._clock() >= self._since + self._seconds

    def begin(self) -> None:
        """Everything is ready: messages can come. Idempotent."""
        if self._since is None:
            self._since = self._clock()

    def message(self) -> None:
        """One was sent or received, or one that takes long went on."""
        self._since = self._clock()
