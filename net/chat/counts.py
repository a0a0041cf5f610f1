"""How many messages each conversation has, and how many of them are unread. NetThread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from net.chat.conversation import Conversation
from net.chat.events import ConversationChanged
from net.chat.history import ConversationCount
from net.chat.troubles import Emit


class ConversationCounts:
    """``unread`` of each conversation, as reported last."""

    def __init__(self, loop: asyncio.AbstractEventLoop, emit: Emit) -> None:
        self.unread: dict[Conversation, int] = {}
        self._loop = loop
        self._emit = emit
        self._watchers: list[Callable[[ConversationCount], object]] = []
        self._changed: dict[Conversation, ConversationCount] = {}

    def watch(self, watcher: Callable[[ConversationCount], object]) -> None:
        """Called with each count, before it is reported to the views."""
        self._watchers.append(watcher)

    def changed(self, count: ConversationCount) -> None:
        """The count is another. Reported once for all that happens in one turn of the loop."""
        if not self._changed:
            self._loop.call_soon(self._report)
        self._changed[count.conversation] = count

    def all_changed(self, counts: Iterable[ConversationCount]) -> None:
        for count in counts:
            self.changed(count)

    def _report(self) -> None:
        changed, self._changed = self._changed, {}
        for count in changed.values():
            self.unread[count.conversation] = count.unread
            for watcher in self._watchers:
                watcher(count)
            self._emit(ConversationChanged(count.conversation, count.count, count.unread))
