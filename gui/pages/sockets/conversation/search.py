"""Starts searches of the transcript and polls for their results."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.pages.sockets.conversation.rows import Scope
from net.transcript.search import Hits, TranscriptSearch

if TYPE_CHECKING:
    from net.transcript.reader import RowFilter, TranscriptReader

POLL_MS = 25
GO_ON_MS = 500
"""Between two looks at what was stored since the search began."""


class Search:
    """One search at a time: a new one cancels the previous one. ``on_found()`` is called when there are more
    `hits`, and once when it is `running` no longer."""

    def __init__(
        self,
        widget: tk.Misc,
        make_reader: Callable[[], TranscriptReader | None],
        on_found: Callable[[], object],
    ) -> None:
        self._widget = widget
        self._search = TranscriptSearch(make_reader)
        self._on_found = on_found
        self._due: str | None = None
        self._known = 0

    @property
    def hits(self) -> Hits:
        """The positions found so far, newest first."""
        return self._search.hits

    @property
    def running(self) -> bool:
        """Whether more may be found among the rows that were stored when it began."""
        return self._search.running

    def start(self, scope: Scope, text: str, codec: str, filter: RowFilter | None) -> None:
        self.cancel()
        self._known = 0
        self._search.start(scope.session, scope.tree, text, codec, filter=filter)
        self._poll()

    def rows_stored(self) -> None:
        """Search what was stored meanwhile too, a little later."""
        if self._due is None:
            self._due = self._widget.after(GO_ON_MS, self._go_on)

    def cancel(self) -> None:
        """Cancel the search under way, if any."""
        self._search.cancel()
        if self._due is not None:
            self._widget.after_cancel(self._due)
            self._due = None

    def _go_on(self) -> None:
        self._search.go_on()
        self._poll()

    def _poll(self) -> None:
        self._due = None
        # Asked in this order: what is found last is found before it has ended.
        running, count = self._search.running, len(self._search.hits)
        if running:
            self._due = self._widget.after(POLL_MS, self._poll)
        if count != self._known or not running:
            self._known = count
            self._on_found()
