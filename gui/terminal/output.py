"""The output of a terminal program: data on standard output, sentences for people on standard error."""

from __future__ import annotations

import sys
import threading
from contextlib import AbstractContextManager


class Output:
    """``quiet``: print no sentences. Two threads print; each line is printed under ``lock``."""

    def __init__(self, quiet: bool, lock: AbstractContextManager[object] | None = None) -> None:
        self._quiet = quiet
        self._lock = lock if lock is not None else threading.RLock()

    def show(self, line: str) -> None:
        with self._lock:
            print(line)

    def note(self, text: str) -> None:
        """Print ``text`` with a star at the beginning of each line."""
        if not self._quiet:
            for line in text.splitlines():
                print(f"* {line}", file=sys.stderr, flush=True)
