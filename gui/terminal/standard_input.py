"""Standard input, read on a thread of its own: not every system can wait for it and a queue at once."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

READ_SIZE = 64 * 1024


class StandardInput:
    """``take(data)`` is called on the thread with what was read, b"" at the end; it may block. ``end()`` is
    called once, after that.

    ``seen``: whether there was any input; ``ended``: whether ``take`` was called with the end; ``ended_at``:
    when, in seconds of the wall clock.
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
        """There was input and it has ended. Empty input does not count: a program in the background serves
        until it is interrupted."""
        return self.seen and self.ended

    def _read(self) -> None:
        data = None
        while data != b"":
            # Not through sys.stdin: a thread that blocks in it makes the interpreter's exit fail.
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
    """One typed line as text."""
    return line.decode(sys.stdin.encoding or "utf-8", errors).rstrip("\r")
