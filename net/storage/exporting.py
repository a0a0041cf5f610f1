"""Shared by all exports to files: threads that stop in time, and files that are complete or absent."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

FINISH_PATIENCE = 5.0
"""Seconds that stopping waits for exports under way; then they are cancelled and leave no file."""

T = TypeVar("T")


class ExportCancelled(Exception):
    """The program stops before the file is complete."""


class Counted(Generic[T]):
    """``rows``, counted as they are taken; raises `ExportCancelled` between two rows once ``cancelled`` is
    set."""

    def __init__(self, rows: Iterator[T], cancelled: threading.Event) -> None:
        self.count = 0
        self._rows = rows
        self._cancelled = cancelled

    def __iter__(self) -> Iterator[T]:
        for row in self._rows:
            if self._cancelled.is_set():
                raise ExportCancelled
            self.count += 1
            yield row


class ExportThreads:
    """Runs exports, each on a thread of its own. `start` and `finish`: one thread only."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, export: Callable[[], None]) -> None:
        """Run ``export`` on a daemon thread."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=export, name="Export", daemon=True)
        self._threads.append(thread)
        thread.start()

    def finish(self) -> None:
        """Wait for the exports under way, FINISH_PATIENCE seconds, then cancel them."""
        deadline = time.monotonic() + FINISH_PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.cancelled.set()
        for thread in self._threads:
            thread.join()

    def counted(self, rows: Iterator[T]) -> Counted[T]:
        """The rows, until exports are cancelled."""
        return Counted(rows, self.cancelled)


@contextlib.contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """Yields the path ``NAME.part`` for the ``with`` block to write. The file is renamed to ``path`` once it
    is complete and on the disk, and deleted if the block raises. Raises `OSError`."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
