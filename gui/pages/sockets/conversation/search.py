"""Starts searches of the transcript and polls for their results."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.pages.sockets.conversation.rows import Scope
from net.transcript.search import TranscriptSearch

if TYPE_CHECKING:
    from net.transcript.reader import TranscriptReader

POLL_MS = 25


class Search:
    """One search at a time: a new one cancels the previous one. `on_found(positions)`: oldest first."""

    def __init__(
        self,
        widget: tk.Misc,
        make_reader: Callable[[], TranscriptReader | None],
        on_found: Callable[[list[int]], None],
    ) -> None:
        self._widget = widget
        self._search = TranscriptSearch(make_reader)
        self._on_found = on_found
        self._due: str | None = None

    def start(self, scope: Scope, text: str, codec: str) -> None:
        self.cancel()
        self._search.start(scope.session, scope.tree, text, codec)
        self._poll()

    def cancel(self) -> None:
        """Cancel the search under way, if any."""
        self._search.cancel()
        if self._due is not None:
            self._widget.after_cancel(self._due)
            self._due = None

    def _poll(self) -> None:
        self._due = None
        found = self._search.answer()
        if found is None:
            self._due = self._widget.after(POLL_MS, self._poll)
        else:
            self._on_found(found)
