"""What every export to a file needs: threads of their own that stop in time, and never half a file."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

FINISH_PATIENCE = 5.0
"""Seconds that stopping waits for exports under way; then they are given up, with no file left."""

T = TypeVar("T")


class ExportCancelled(Exception):
    """The program stops before the file is whole."""


class ExportThreads:
    """Runs exports, each on a thread of its own. `start` and `finish`: one thread only."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, export: Callable[[], None]) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=export, name="Export", daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Wait for the exports under way, FINISH_PATIENCE seconds, then have them given up."""
        deadline = time.monotonic() + FINISH_PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.cancelled.set()
        for thread in self._threads:
            thread.join()

    def unless_cancelled(self, rows: Iterator[T]) -> Iterator[T]:
        """The rows; raises `ExportCancelled` between two of them once exports are given up."""
        for row in rows:
            if self.cancelled.is_set():
                raise ExportCancelled
            yield row


@contextlib.contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """``NAME.part``, which takes the name ``path`` when all went well and is gone otherwise."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
