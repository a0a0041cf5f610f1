"""What every export to a file needs: threads of their own that stop in time, and never half a file."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

FINISH_PATIENCE = 5.0
"""Seconds that stopping waits for exports under way; then they are given up, with no file left."""

T = TypeVar("T")


class ExportCancelled(Exception):
    """The program stops before the file is whole."""


class Counted(Generic[T]):
    """``rows``, counted as they are taken; `ExportCancelled` is raised between two of them once
    ``cancelled`` is set."""

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

    def counted(self, rows: Iterator[T]) -> Counted[T]:
        """The rows, until exports are given up."""
        return Counted(rows, self.cancelled)


@contextlib.contextmanager
def part_of(path: Path) -> Iterator[Path]:
    """``NAME.part``, which the block makes. It takes the name ``path`` once it is whole and on the disk, and
    is gone where the block raises. Raises `OSError`."""
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
