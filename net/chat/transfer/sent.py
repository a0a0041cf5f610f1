"""What the sender knows of each item: what was asked for, what went out, what the receiver has."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from net.chat.events import TransferItemState, TransferStage
from net.chat.history.records import ItemRecord
from net.chat.transfer.offer import from_source
from net.chat.transfer.watching import ignore


@dataclass(slots=True)
class _Answered:
    request: int
    index: int
    ended: bool = False


class SentItems:
    """An `ItemList`. An item is FINISHED here once all of it is on the receiver's disk; a wrong hash comes
    with the whole transfer's failure. Kept in memory only: after a restart what lies before the first item
    that is asked for is what the receiver has, because it asks in order."""

    def __init__(self, items: Sequence[ItemRecord], finished: bool = False) -> None:
        self.on_item: Callable[[int], object] = ignore
        self._items = items
        self._states: dict[int, TransferItemState] = {}
        self._answered: deque[_Answered] = deque()
        self._asked_to = len(items) if finished else 0

    @property
    def known(self) -> int:
        return len(self._items)

    def state(self, index: int) -> TransferItemState:
        known = self._states.get(index)
        if known is not None:
            return known
        item = self._items[index]
        there = index < self._asked_to
        return TransferItemState(
            index=index,
            name="/".join(item.components),
            size=item.size,
            done=item.size if there else 0,
            state=TransferStage.FINISHED if there else TransferStage.WAITING,
            folder=item.folder,
            path=str(from_source(item.source)),
        )

    def begun(self, request: int, index: int, offset: int, size: int) -> None:
        """The receiver asked for it from ``offset`` on; ``size``: as it is now."""
        passed = range(self._asked_to, index)
        self._asked_to = max(self._asked_to, index + 1)
        for other in passed:
            self.on_item(other)
        self._answered.append(_Answered(request, index))
        self._set(index, TransferStage.RUNNING, offset, size=size)

    def ended(self, request: int) -> None:
        """All of it went out."""
        for answered in self._answered:
            if answered.request == request:
                answered.ended = True

    def missing(self, index: int, reason: str) -> None:
        """It can't be sent."""
        self._answered = deque(other for other in self._answered if other.index != index)
        self._set(index, TransferStage.FAILED, 0, reason)

    def received(self, request: int, position: int) -> None:
        """The receiver writes the answers in the order of its requests: what ended before this one it has."""
        if not any(answered.request == request for answered in self._answered):
            return
        while self._answered:
            answered = self._answered[0]
            size = self.state(answered.index).size
            last = answered.request == request
            if last and not (answered.ended and position >= size):
                self._set(answered.index, TransferStage.RUNNING, min(position, size))
                return
            self._answered.popleft()
            if answered.ended:
                self._set(answered.index, TransferStage.FINISHED, size)
            if last:
                return

    def dropped(self) -> None:
        """The link broke, or the transfer pauses: what was asked for is asked for anew."""
        self._answered.clear()

    def failed(self, indexes: Iterable[int], reason: str) -> None:
        """The receiver's word at the end of a try."""
        for index in indexes:
            if index < len(self._items):
                known = self.state(index)
                if known.state is not TransferStage.FAILED:
                    self._set(index, TransferStage.FAILED, 0, reason)

    def finished(self) -> None:
        """The receiver has all."""
        self._asked_to = len(self._items)
        self._states.clear()
        for index in range(len(self._items)):
            self.on_item(index)

    def _set(
        self, index: int, stage: TransferStage, done: int, reason: str = "", size: int | None = None
    ) -> None:
        before = self.state(index)
        size = before.size if size is None else size
        after = replace(before, size=size, done=done, state=stage, reason=reason)
        if stage is TransferStage.FINISHED and size == self._items[index].size and index < self._asked_to:
            # What `state` says of itself needs no memory: there may be very many.
            self._states.pop(index, None)
        else:
            self._states[index] = after
        self.on_item(index)
