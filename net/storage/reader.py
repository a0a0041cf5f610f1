"""Reading a sqlite store while another thread, or another program, writes it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

Location = tuple[Path, int]
"""A database file, and a number that changes when another file takes over its name."""

BUSY_SECONDS = 5.0
"""Seconds that reading waits for a writer that has locked the file."""


class StoreReader:
    """One read-only connection, opened when it is first needed. Bound to the thread that first uses it; only
    `interrupt` may be called from another. If there is no database (yet), `read` yields None.

    ``source``: the file, or a function that returns it each time. A subclass defines when a file is readable.
    """

    def __init__(self, source: Path | Callable[[], Location | None]) -> None:
        self._source: Callable[[], Location | None] = source if callable(source) else lambda: (source, 0)
        self._connection: sqlite3.Connection | None = None
        self._location: Location | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Make a search running on the reader's thread return soon. Any thread."""
        self._interrupted = True
        connection = self._connection
        if connection is not None:
            # It may have been closed: the search ended just before.
            with contextlib.suppress(sqlite3.ProgrammingError):
                connection.interrupt()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Within the block, a search that `interrupt` may end early, without an error."""
        self._interrupted = False
        try:
            yield
        except sqlite3.OperationalError as error:
            if not self._interrupted and "interrupted" not in str(error):
                raise

    @property
    def interrupted(self) -> bool:
        """Whether `interrupt` was called since the last search began."""
        return self._interrupted

    def close(self) -> None:
        """Close the connection; reading again opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection | None]:
        """The database within one read transaction, so that several queries see the same state of it."""
        database = self._open()
        if database is None:
            yield None
            return
        database.execute("BEGIN")
        try:
            yield database
        finally:
            with contextlib.suppress(sqlite3.Error):
                database.rollback()

    def is_ready(self, database: sqlite3.Connection) -> bool:
        """Whether the file is complete and of a kind that this reader knows; called once for each file."""
        raise NotImplementedError

    def _open(self) -> sqlite3.Connection | None:
        location = self._source()
        if location != self._location:
            self.close()
        if self._connection is None and location is not None and location[0].exists():
            connection = sqlite3.connect(
                location[0].absolute().as_uri() + "?mode=ro",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
            )
            try:
                connection.execute("PRAGMA query_only = ON")
                ready = self.is_ready(connection)
            except sqlite3.Error:
                connection.close()
                raise
            if not ready:
                connection.close()
                return None
            self._connection, self._location = connection, location
        return self._connection
