"""Searching a transcript on a background thread, so that a million rows do not block the caller."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import overload

from net.transcript.catalog import SessionCatalog
from net.transcript.reader import RowFilter, TranscriptReader


class Hits(Sequence[int]):
    """The positions found, newest first, while they are being found. ``fresh``: how many were added before
    the first ones since the search began, because they were stored later."""

    def __init__(self) -> None:
        self.older = array("q")
        self.newer = array("q")

    @property
    def fresh(self) -> int:
        return len(self.newer)

    def __len__(self) -> int:
        return len(self.newer) + len(self.older)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        fresh = len(self.newer)
        return self.newer[fresh - 1 - index] if 0 <= index < fresh else self.older[index - fresh]


class TranscriptSearch:
    """Searches within one session, one search at a time: `start` cancels the previous one. ``hits`` grows
    while it runs.

    ``make_reader``: called on the caller's thread; the reader is then used, and closed, on the search's
    thread.
    """

    def __init__(self, make_reader: Callable[[], TranscriptReader | None]) -> None:
        self._make_reader = make_reader
        self._run: _Run | None = None
        self._search: Callable[[_Run], Iterator[int]] | None = None
        self.hits = Hits()

    @property
    def running(self) -> bool:
        """Whether more may be found."""
        return self._run is not None and not self._run.ended

    def start(
        self,
        session: int,
        tree: bool,
        text: str,
        codec: str,
        hex: bool = False,
        filter: RowFilter | None = None,
    ) -> None:
        """Search as `TranscriptReader.find` does, among the rows that are stored now."""
        self.cancel()
        self.hits = Hits()

        def search(run: _Run) -> Iterator[int]:
            run.stop = run.reader.count(session, tree)
            return run.reader.find(session, text, codec, tree, run.start, run.stop, hex, filter)

        self._search = search if text else None
        self._begin(0, self.hits.older.append)

    def go_on(self) -> None:
        """Search the rows stored meanwhile, unless the search is still running."""
        if self._run is None or self.running:
            return
        # Newest first here too; those before it are older than all of these.
        found: list[int] = []
        hits = self.hits
        self._begin(self._run.stop, found.append, lambda: hits.newer.extend(reversed(found)))

    def cancel(self) -> None:
        """Cancel the search under way, if any; what was found stays."""
        if self._run is not None and not self._run.ended:
            self._run.reader.interrupt()
        self._run = None
        self._search = None

    def _begin(
        self, start: int, found: Callable[[int], object], ended: Callable[[], object] = lambda: None
    ) -> None:
        search = self._search
        reader = self._make_reader() if search is not None else None
        if search is None or reader is None:
            return
        run = self._run = _Run(reader, start)

        def look() -> None:
            try:
                for position in search(run):
                    found(position)
                ended()
            finally:
                reader.close()
                run.ended = True

        threading.Thread(target=look, name="find", daemon=True).start()


class _Run:
    """One pass over the rows from ``start`` up to ``stop``."""

    def __init__(self, reader: TranscriptReader, start: int) -> None:
        self.reader = reader
        self.start = start
        self.stop = start
        self.ended = False


class SessionSearch:
    """One search of all messages of the transcript, for the sessions that contain a text. ``reader`` is used,
    and closed, on the search's thread."""

    def __init__(self, reader: TranscriptReader, text: str) -> None:
        self._reader = reader
        self._found: list[int] = []
        self.ended = False
        threading.Thread(target=self._run, args=(text,), name="find-sessions", daemon=True).start()

    def _run(self, text: str) -> None:
        try:
            SessionCatalog(self._reader).holding(text, self._found.append)
        finally:
            self._reader.close()
            self.ended = True

    def take(self) -> list[int]:
        """The ids (as `SessionCatalog.trees` gives them) found since the last call."""
        news = self._found[:]
        del self._found[: len(news)]
        return news

    def cancel(self) -> None:
        """Cancel the rest of the search."""
        if not self.ended:
            self._reader.interrupt()
