"""What the history's worker does when nobody waits: search index, messages that are too old, free space."""

from __future__ import annotations

import time
from collections.abc import Sequence

from net.chat.history.records import ConversationCount
from net.chat.history.store import HistoryStore

INDEX_STEP = 500
"""Messages indexed in one go; when four times as many are behind, new ones wait for it."""

TIDY_SECONDS = 3600.0
"""Seconds between two looks for messages that are too old."""

_DAY_NS = 86_400 * 10**9


class Housekeeping:
    """``keep_days``: older messages are deleted; None keeps all. ``has_work``: there may be more to do now;
    ``next_look``: when to look for old messages again, on the monotonic clock. Only on the history's
    thread."""

    def __init__(self, keep_days: int | None) -> None:
        self.has_work = True
        self.next_look = 0.0
        self._keep_days = keep_days

    def keep(self, days: int | None) -> None:
        """From now on; the next `step` looks."""
        self._keep_days = days
        self.next_look = 0.0

    def step(self, store: HistoryStore) -> Sequence[ConversationCount]:
        """A small piece of what can wait, so that nobody has to wait long for its end. The conversations in
        which messages were deleted."""
        if store.behind():
            store.transaction(lambda: store.index.step(INDEX_STEP))
            return ()
        if time.monotonic() < self.next_look:
            self.has_work = store.transaction(lambda: store.sweep(INDEX_STEP))
            return ()
        changed: list[ConversationCount] = []
        if self._keep_days is not None:
            before = time.time_ns() - self._keep_days * _DAY_NS
            changed = store.transaction(lambda: store.messages.delete_older(before, INDEX_STEP))
        if not changed:
            self.next_look = time.monotonic() + TIDY_SECONDS
        return changed
