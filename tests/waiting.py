"""Waiting on a condition with a deadline, the only way a test may wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.005
PATIENCE_SECONDS = 30.0
"""The usual deadline. Only a failing test waits as long; on a busy machine a window or a process may need
many seconds."""


class Updatable(Protocol):
    """A Tk root, as far as waiting needs one."""

    def update(self) -> None: ...


def wait_until(
    condition: Callable[[], T | None],
    timeout: float = PATIENCE_SECONDS,
    root: Updatable | None = None,
    what: str = "",
) -> T:
    """The first true value of ``condition``; Tk's events go on meanwhile when ``root`` is given.

    Raises AssertionError, naming ``what``, when ``timeout`` seconds pass first. It is asked once more after
    them: the machine may have had no time for this process.
    """
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() > deadline
        if root is not None:
            root.update()
        value = condition()
        if value:
            return value
        if late:
            raise AssertionError(f"not within {timeout:g} s: {what or condition.__qualname__}")
        time.sleep(POLL_SECONDS)
