"""Searching the history, beside the loop; a newer search takes the place of an older one. NetThread only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from net.chat.commands import Search
from net.chat.context import Commons
from net.chat.events import SearchFound
from net.chat.history import HistoryReader


class Searching:
    def __init__(
        self, commons: Commons, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    ) -> None:
        self._commons = commons
        self._spawn = spawn
        self._task: asyncio.Task[None] | None = None

    def begin(self, command: Search) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self._spawn(self._find(command))

    async def _find(self, command: Search) -> None:
        path = self._commons.history.path

        def search() -> tuple[tuple[str, str, int, str, int], ...]:
            reader = HistoryReader(path)
            try:
                hits = reader.search(command.text, command.conversation, command.limit)
            finally:
                reader.close()
            return tuple((hit.conversation, hit.message, hit.position, hit.snippet, hit.time) for hit in hits)

        found = await self._commons.loop.run_in_executor(None, search)
        self._commons.tell(SearchFound(command.job, found, True))
