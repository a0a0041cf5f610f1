"""A loop with a fake clock."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Any


class HandClock(asyncio.SelectorEventLoop):
    """Only `time`, `call_at` and `call_later` work: nothing happens until `run_to`."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self._due: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0

    def time(self) -> float:
        return self.now

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self)
        self._count += 1
        heapq.heappush(self._due, (when, self._count, timer))
        return timer

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any
    ) -> asyncio.TimerHandle:
        return self.call_at(self.now + delay, callback, *args)

    def run_to(self, when: float, late: float = 0.0) -> None:
        """Run what is due until ``when``, each ``late`` seconds after it was due."""
        while self._due and self._due[0][0] + late <= when:
            due, _, timer = heapq.heappop(self._due)
            if not timer.cancelled():
                self.now = max(self.now, due + late)
                timer._run()
        self.now = max(self.now, when)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        return
