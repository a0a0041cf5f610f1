"""The search in the history, beside the loop; a newer search takes the place of an older one. NetThread
only."""

from __future__ import annotations

import asyncio

from net.chat.commands import Search
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import SearchFound
from net.chat.history import HistoryReader


class HistorySearch:
    def __init__(self, context: ChatContext) -> None:
        self._context = context
        self._task: asyncio.Task[None] | None = None

    def begin(self, command: Search) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self._context.tasks.spawn(self._find(command))

    async def _find(self, command: Search) -> None:
        path = self._context.history.path

        def search() -> tuple[tuple[Conversation, str, int, str, int], ...]:
            reader = HistoryReader(path)
            try:
                hits = reader.search(command.text, command.conversation, command.limit)
            finally:
                reader.close()
            return tuple((hit.conversation, hit.message, hit.position, hit.snippet, hit.time) for hit in hits)

        found = await self._context.loop.run_in_executor(None, search)
        self._context.emit(SearchFound(command.job, found, True))
