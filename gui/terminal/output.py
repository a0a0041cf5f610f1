"""What a terminal program prints: data on standard output, sentences for people on standard error."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager


class Output:
    """``quiet``: no sentences. Two threads print; a line is printed under ``lock``."""

    def __init__(self, quiet: bool, lock: AbstractContextManager[object] | None = None) -> None:
        self._quiet = quiet
        self._lock = lock if lock is not None else threading.RLock()

    def show(self, line: str) -> None:
        with self._lock:
            print(line)

    def note(self, text: str) -> None:
        """Each line of ``text`` begins with a star."""
        if not self._quiet:
            for line in text.splitlines():
                print(f"* {line}", file=sys.stderr, flush=True)
