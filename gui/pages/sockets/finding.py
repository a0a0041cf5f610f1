"""Finding in a transcript beside the window: a thread with a reader of its own, so that a million rows hold
nothing up."""

from __future__ import annotations

import threading
import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.pages.sockets.rows import Scope

if TYPE_CHECKING:
    from net.transcript import TranscriptReader

POLL_MS = 25
MOST_FOUND = 10_000


class Search:
    """One search after another: a new one interrupts the one before. `on_found(positions)` on the Tk thread,
    oldest first."""

    def __init__(
        self,
        widget: tk.Misc,
        make_reader: Callable[[], TranscriptReader | None],
        on_found: Callable[[list[int]], None],
    ) -> None:
        self._widget = widget
        self._make_reader = make_reader
        self._on_found = on_found
        self._number = 0
        self._reader: TranscriptReader | None = None
        self._answers: dict[int, list[int]] = {}

    def start(self, scope: Scope, text: str, codec: str, hex: bool = False) -> None:
        self.cancel()
        number = self._number
        reader = self._make_reader()
        if not text or reader is None:
            self._on_found([])
            return
        self._reader = reader

        def look() -> None:
            found: list[int] = []
            try:
                found = reader.find(scope.session, text, codec, scope.tree, limit=MOST_FOUND, hex=hex)
            finally:
                reader.close()
                self._answers[number] = found

        threading.Thread(target=look, name="find", daemon=True).start()
        self._widget.after(POLL_MS, self._poll, number)

    def cancel(self) -> None:
        """Forget the search under way, if any."""
        self._number += 1
        if self._reader is not None:
            self._reader.interrupt()
            self._reader = None

    def _poll(self, number: int) -> None:
        found = self._answers.pop(number, None)
        if number != self._number:
            return
        if found is None:
            self._widget.after(POLL_MS, self._poll, number)
        else:
            self._reader = None
            self._on_found(found)
