"""What a sequence diagram is made of: the calls of a TCP session, or the messages of one that has no calls.

Both are sequences with positions, of which a part is read. No tkinter here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.pages.sockets.conversation.rows import Scope

if TYPE_CHECKING:
    from net.transcript.reader import CallKind, Row, StoredCall, TranscriptReader

MOST_BYTES = 256
"""Of each message that are read."""
MOST_MESSAGES = 8
"""Messages of a call that are read: a diagram has no room for more."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry. ``kind``, ``rows``, ``size``, ``start``: as in `net.transcript.reader.StoredCall`;
    ``messages``: its first rows, of a note the note."""

    id: int
    position: int
    session: int
    time: int
    kind: CallKind
    messages: tuple[Row, ...]
    rows: int = 1
    size: int = 0
    start: int = 0

    @property
    def stop(self) -> int:
        return self.start + self.size


class Steps(ABC):
    """Of a session, or of a listener with its connections. Positions count from 0; ``stop`` is exclusive."""

    def __init__(self, reader: TranscriptReader, scope: Scope) -> None:
        self._reader = reader
        self._session = scope.session
        self._tree = scope.tree

    @abstractmethod
    def count(self) -> int: ...

    @abstractmethod
    def fetch(self, start: int, stop: int) -> Sequence[Step]: ...

    @abstractmethod
    def notes(self, start: int, stop: int) -> Sequence[Step]:
        """Those of `fetch` that are notes."""

    @abstractmethod
    def find(self, id: int) -> Step | None: ...


class CallSteps(Steps):
    """The recorded calls."""

    def count(self) -> int:
        return self._reader.count_calls(self._session, self._tree)

    def fetch(self, start: int, stop: int) -> Sequence[Step]:
        return self._with_rows(self._reader.calls(self._session, start, stop, self._tree))

    def notes(self, start: int, stop: int) -> Sequence[Step]:
        return self._with_rows(self._reader.calls(self._session, start, stop, self._tree, notes_only=True))

    def find(self, id: int) -> Step | None:
        call = self._reader.call(id)
        return self._with_rows([call])[0] if call is not None else None

    def _with_rows(self, calls: Sequence[StoredCall]) -> Sequence[Step]:
        ids = [call.row_ids[:MOST_MESSAGES] for call in calls]
        wanted = [id for some in ids for id in some]
        rows = {row.id: row for row in self._reader.fetch_rows(wanted, MOST_BYTES)}
        return [
            Step(
                call.id,
                call.place_among_calls if self._tree else call.position,
                call.session,
                call.time,
                call.kind,
                tuple(rows[id] for id in some if id in rows),
                call.rows,
                call.size,
                call.start,
            )
            for call, some in zip(calls, ids, strict=True)
        ]


class MessageSteps(Steps):
    """Each message is a step: of UDP, where each is a call, of relays, of what an older Duplex recorded."""

    def count(self) -> int:
        return self._reader.count(self._session, self._tree)

    def fetch(self, start: int, stop: int) -> Sequence[Step]:
        return self._steps(self._reader.fetch(self._session, start, stop, self._tree, MOST_BYTES))

    def notes(self, start: int, stop: int) -> Sequence[Step]:
        from net.transcript.reader import RowFilter

        only = RowFilter(frozenset(), notes=True)
        ids = self._reader.select(self._session, only, self._tree, start, stop)
        return self._steps(self._reader.fetch_rows(ids))

    def find(self, id: int) -> Step | None:
        found = self._steps(self._reader.fetch_rows([id], MOST_BYTES))
        return found[0] if found else None

    def _steps(self, rows: Sequence[Row]) -> Sequence[Step]:
        return [
            Step(
                row.id,
                row.place if self._tree else row.position,
                row.session,
                row.time,
                "note" if row.note else "sent" if row.direction == "out" else "received",
                (row,),
                size=row.size,
            )
            for row in rows
        ]
