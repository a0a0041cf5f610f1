"""Searching a transcript on a background thread, so that a million rows do not block the caller."""

from __future__ import annotations

import threading
from collections.abc import Callable

from net.transcript.catalog import SessionCatalog
from net.transcript.reader import TranscriptReader

MOST_FOUND = 10_000


class TranscriptSearch:
    """Searches within one session, one search at a time: `start` cancels the previous one. `answer` returns
    the positions once they are known.

    ``make_reader``: called on the caller's thread; the reader is then used, and closed, on the search's
    thread.
    """

    def __init__(self, make_reader: Callable[[], TranscriptReader | None]) -> None:
        self._make_reader = make_reader
        self._reader: TranscriptReader | None = None
        self._answer: list[list[int]] = []

    def start(self, session: int, tree: bool, text: str, codec: str, hex: bool = False) -> None:
        """Search as `TranscriptReader.find` does; finds at most MOST_FOUND positions."""
        self.cancel()
        answer: list[list[int]] = []
        self._answer = answer
        reader = self._make_reader() if text else None
        if reader is None:
            answer.append([])
            return
        self._reader = reader

        def search() -> None:
            found: list[int] = []
            try:
                found = reader.find(session, text, codec, tree, limit=MOST_FOUND, hex=hex)
            finally:
                reader.close()
                answer.append(found)

        threading.Thread(target=search, name="find", daemon=True).start()

    def answer(self) -> list[int] | None:
        """The positions found, oldest first; None while the search is running, or after `cancel`."""
        return self._answer[0] if self._answer else None

    def cancel(self) -> None:
        """Cancel the search under way, if any."""
        if self._reader is not None and not self._answer:
            self._reader.interrupt()
        self._reader = None
        self._answer = []


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
