"""``--wait SECONDS``: the program ends this long after the last message."""

from __future__ import annotations

import time
from collections.abc import Callable


class MessageWait:
    """Counts from `begin`, when everything is ready, and starts over with each `message`. ``seconds`` None:
    not given, and never over. ``clock`` returns seconds that never decrease."""

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
        """A message was sent or received, or a slow one made progress."""
        self._since = self._clock()
