"""The items of one transfer, reported to whoever looks at them: all, then what changes, in few pieces."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Protocol

from net.chat.events import TransferItemsChanged, TransferItemState

REPORT_INTERVAL = 0.1
"""Seconds between two reports of one transfer's items."""

MOST = 1000
"""Items of one report; what more there is comes with the next."""


class ItemList(Protocol):
    """``on_item(index)`` is called whenever an item came or changed."""

    on_item: Callable[[int], object]

    @property
    def known(self) -> int:
        """Items 0 to ``known`` - 1 are there: a receiver gets them in pieces."""

    def state(self, index: int) -> TransferItemState: ...


class ItemWatch:
    """Reports the ``items`` of ``transfer``, at most MOST each REPORT_INTERVAL: an item that changed several
    times in between is reported once. The first report is made at once. ``count``: items of the whole."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transfer: str,
        count: int,
        items: ItemList,
        emit: Callable[[TransferItemsChanged], None],
    ) -> None:
        self._loop = loop
        self._transfer = transfer
        self._count = count
        self._items = items
        self._emit = emit
        self._listed = 0
        self._changed: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        items.on_item = self._note
        self._report(whole=True)

    def close(self) -> None:
        """Report no more."""
        self._items.on_item = ignore
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _note(self, index: int) -> None:
        if index < self._listed:
            self._changed.add(index)
        if self._timer is None:
            self._timer = self._loop.call_later(REPORT_INTERVAL, self._report)

    def _report(self, whole: bool = False) -> None:
        self._timer = None
        indexes = heapq.nsmallest(MOST, self._changed)
        self._changed.difference_update(indexes)
        end = min(self._items.known, self._listed + MOST - len(indexes))
        indexes += range(self._listed, end)
        self._listed = end
        if indexes or whole:
            states = tuple(map(self._items.state, indexes))
            self._emit(TransferItemsChanged(self._transfer, self._count, states, whole))
        if self._changed or self._listed < self._items.known:
            self._timer = self._loop.call_later(REPORT_INTERVAL, self._report)


def ignore(index: int) -> None:
    """Nobody looks."""
