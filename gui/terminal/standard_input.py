"""Standard input, read on a thread of its own: it can't be waited for together with a queue on every
system."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

READ_SIZE = 64 * 1024


class StandardInput:
    """``take(data)`` is called on the thread with what was read, b"" at the end; it may wait. ``end()`` comes
    after that, once.

    ``seen``: whether it ever held anything; ``ended``: whether ``take`` has had the end; ``ended_at``: when,
    in seconds of the wall clock.
    """

    def __init__(self, take: Callable[[bytes], object], end: Callable[[], object] = lambda: None) -> None:
        self.seen = self.ended = False
        self.ended_at = 0.0
        self._take = take
        self._end = end

    def start(self) -> None:
        threading.Thread(target=self._read, name="StandardInput", daemon=True).start()

    @property
    def over(self) -> bool:
        """It held something and has ended. What never held anything ends nothing: a program in the background
        then serves until it is interrupted."""
        return self.seen and self.ended

    def _read(self) -> None:
        data = None
        while data != b"":
            # Not through sys.stdin: a thread that waits in it makes the interpreter's end fail.
            try:
                data = os.read(sys.stdin.fileno(), READ_SIZE)
            except (OSError, ValueError):
                data = b""
            self.seen = self.seen or bool(data)
            self._take(data)
        self.ended_at = time.time()
        self.ended = True
        self._end()


def decoded(line: bytes, errors: str = "replace") -> str:
    """One line as it was typed."""
    return line.decode(sys.stdin.encoding or "utf-8", errors).rstrip("\r")
