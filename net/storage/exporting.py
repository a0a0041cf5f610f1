"""Shared by all exports to files: threads that stop in time, and files that are complete or absent."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

FINISH_PATIENCE = 5.0
"""Seconds that stopping waits for exports under way; then they are cancelled and leave no file."""

T = TypeVar("T")


PROGRESS_SECONDS = 0.2
"""Seconds between two reports of an export's progress, and before the first."""


class ExportCancelled(Exception):
    """A person, or the end of the program, ended the export before the file was complete."""


class Counted(Generic[T]):
    """``rows``, counted as they are taken; raises `ExportCancelled` between two rows once one of
    ``cancelled`` is set. ``progressed`` is called with the count every PROGRESS_SECONDS."""

    def __init__(
        self,
        rows: Iterator[T],
        cancelled: Sequence[threading.Event],
        progressed: Callable[[int], object] | None = None,
    ) -> None:
        self.count = 0
        self._rows = rows
        self._cancelled = cancelled
        self._progressed = progressed

    def __iter__(self) -> Iterator[T]:
        due = time.monotonic() + PROGRESS_SECONDS
        for row in self._rows:
            if any(event.is_set() for event in self._cancelled):
                raise ExportCancelled
            self.count += 1
            if self._progressed is not None and time.monotonic() > due:
                due = time.monotonic() + PROGRESS_SECONDS
                self._progressed(self.count)
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

    def counted(
        self,
        rows: Iterator[T],
        cancelled: threading.Event | None = None,
        progressed: Callable[[int], object] | None = None,
    ) -> Counted[T]:
        """The rows, until all exports are cancelled, or this one is."""
        events = (self.cancelled,) if cancelled is None else (self.cancelled, cancelled)
        return Counted(rows, events, progressed)


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
