"""The transcript as a sequence diagram: one row becomes no arrow, one or several.

Every message becomes its arrow and, over TCP, the acknowledgement that TCP's rules (RFC 9293) require, marked
as derived. Notes become socket calls, observed, and the segments that the kernels exchange because of them
(SYN, FIN, RST), derived. Only the few notes are kept in memory; the index of a message among the arrows is
computed, so a million messages cost nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gui.pages.sockets.conversation.rows import (
    HEAD_BYTES,
    Scope,
    call_head,
    decoded,
    relay_words,
    stored_fault,
)
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.sequence_drawing import SequenceRow
from net.protocol.codec import clean_text
from net.sockets.events import CloseReason

if TYPE_CHECKING:
    from net.transcript.reader import Row, TranscriptReader

KEY_PLACES = 8
PREVIEW = 24
PREVIEW_BYTES = PREVIEW * 4
NOTES_AT_ONCE = 5_000
ROWS_BACK = 20_000
"""A diagram begins at most this many rows before the end: nobody reads a million arrows, and finding their
notes takes time."""
Arrow = tuple[Literal["out", "in"], str]
GIVES_SOMETHING = frozenset({"accept", "socket"})


@dataclass(slots=True)
class _Ends:
    """Which ends of a connection have sent FIN or RST already."""

    ours: bool = False
    theirs: bool = False
    broken: bool = False


class SequenceRows:
    """A row source for the diagram. ``messages_take``: arrows per message, 2 over TCP (data and
    acknowledgement), 1 over UDP.

    ``peers``: show the peer of each row, because a listener has several connections.
    """

    def __init__(self, reader: TranscriptReader, scope: Scope, codec: str, tcp: bool) -> None:
        self.scope = scope
        self.codec = codec
        self._reader = reader
        self._take = 2 if tcp else 1
        self._tcp = tcp
        self._ends: dict[int, _Ends] = {}
        self._positions: list[int] = []
        self._starts: list[int] = []
        self._rows: list[tuple[SequenceRow, ...]] = []
        self._base = max(0, reader.count(scope.session, scope.tree) - ROWS_BACK)
        self._total = self._base
        self._origin: int | None = None
        self.recount()

    def recount(self) -> int:
        """Check for new rows; returns the present number of arrows."""
        session, tree = self.scope.session, self.scope.tree
        total = self._reader.count(session, tree)
        if total == self._total:
            return self.count()
        if self._origin is None:
            first = self._reader.fetch(session, self._base, self._base + 1, tree)
            self._origin = first[0].time if first else None
        self._take_notes(self._total, total)
        self._total = total
        return self.count()

    def _take_notes(self, start: int, stop: int) -> None:
        """Remember the notes among the rows of these positions."""
        from net.transcript.reader import RowFilter

        session, tree = self.scope.session, self.scope.tree
        notes = self._reader.select(session, RowFilter(frozenset(), notes=True), tree, start, stop)
        for first in range(0, len(notes), NOTES_AT_ONCE):
            for row in self._reader.fetch_rows(notes[first : first + NOTES_AT_ONCE]):
                position = row.place if tree else row.position
                self._starts.append(self._index(position))
                self._positions.append(position)
                self._rows.append(self._note(row))

    @property
    def _lead(self) -> int:
        """1 if there is a first row which reports that there were more before, else 0."""
        return 1 if self._base else 0

    def count(self) -> int:
        return self._index(self._total) + self._lead

    def _index(self, position: int) -> int:
        """The index of the first arrow of the row at this position; all notes before it must be known."""
        known = bisect_right(self._positions, position - 1)
        if not known:
            return (position - self._base) * self._take
        after = self._starts[known - 1] + len(self._rows[known - 1])
        return after + (position - self._positions[known - 1] - 1) * self._take

    def _locate(self, index: int) -> int:
        """The position of the row to which this arrow belongs."""
        note = bisect_right(self._starts, index) - 1
        if note < 0:
            return self._base + index // self._take
        rest = index - self._starts[note] - len(self._rows[note])
        return self._positions[note] if rest < 0 else self._positions[note] + 1 + rest // self._take

    def fetch(self, start: int, stop: int) -> Sequence[SequenceRow]:
        stop = min(stop, self.count())
        if stop <= start:
            return []
        head: list[SequenceRow] = []
        if self._lead:
            if start == 0:
                text = _("{count} earlier ones: see the log").format(count=wording.count_text(self._base))
                head.append(
                    SequenceRow(key=-1, time_text="", kind="note", direction="", label=text, tone="mute")
                )
            start, stop = max(0, start - 1), stop - 1
            if stop <= start:
                return head
        first, last = self._locate(start), self._locate(stop - 1)
        arrows: list[SequenceRow] = []
        for row in self._reader.fetch(self.scope.session, first, last + 1, self.scope.tree, PREVIEW_BYTES):
            arrows += self._arrows(row)
        skip = start - self._index(first)
        return head + arrows[skip : skip + stop - start]

    def row_of(self, key: int) -> Row | None:
        """The transcript row of an arrow."""
        found = self._reader.fetch_rows([key // KEY_PLACES], HEAD_BYTES) if key >= 0 else []
        return found[0] if found else None

    def _arrows(self, row: Row) -> tuple[SequenceRow, ...]:
        if row.direction == "note":
            position = row.place if self.scope.tree else row.position
            note = bisect_right(self._positions, position) - 1
            return self._rows[note] if note >= 0 and self._positions[note] == position else ()
        fate = row.detail.get("fate", "")
        # A relay's two ends are its clients, left, and its target.
        direction: Literal["out", "in"] = "out" if (row.direction == "out") != bool(fate) else "in"
        text, _spans = decoded(row.data, self.codec)
        text = " ".join(text.split())
        if len(text) > PREVIEW or row.size > PREVIEW_BYTES:
            text = text[:PREVIEW].rstrip() + "…"
        if "file" in row.detail:
            text = clean_text(row.detail["file"]["name"])
        label = text if text else wording.size_text(row.size)
        detail = wording.size_text(row.size) if text else ""
        if fate:
            detail = wording.relayed_text(fate, row.detail["delay"])
        data = SequenceRow(
            key=row.id * KEY_PLACES,
            time_text=self._time(row),
            kind="arrow",
            direction=direction,
            label=label,
            detail=detail,
            mark="simulated" if fate not in ("", "passed") else "observed",
            lost=fate in ("lost", "queue-full"),
        )
        if not self._tcp:
            return (data,)
        back: Literal["out", "in"] = "in" if direction == "out" else "out"
        acknowledged = SequenceRow(
            key=row.id * KEY_PLACES + 1,
            time_text="",
            kind="arrow",
            direction=back,
            label="ACK",
            mark="derived",
            tone="mute",
        )
        return data, acknowledged

    def _time(self, row: Row) -> str:
        """The time since the first row: milliseconds below ten seconds, then seconds."""
        passed = (row.time - (self._origin or row.time)) / 1e6
        if passed < 9_999.5:
            return f"{passed:.1f}" if passed < 99.95 else f"{passed:.0f}"
        seconds = passed / 1000
        return f"{seconds:.1f}s" if seconds < 999.5 else f"{int(seconds) // 60}m"

    def _note(self, row: Row) -> tuple[SequenceRow, ...]:
        number = row.id * KEY_PLACES
        made: list[SequenceRow] = []

        def add(kind: Literal["call", "note"], label: str, detail: str = "", tone: str = "normal") -> None:
            when = self._time(row) if not made else ""
            made.append(
                SequenceRow(
                    key=number + len(made),
                    time_text=when,
                    kind=kind,
                    direction="",
                    label=label,
                    detail=detail,
                    tone=tone,  # type: ignore[arg-type]
                )
            )

        def derive(*arrows: Arrow) -> None:
            for direction, label in arrows:
                tone = "error" if label == "RST" else "info"
                made.append(
                    SequenceRow(
                        key=number + len(made),
                        time_text="",
                        kind="arrow",
                        direction=direction,
                        label=label,
                        mark="derived",
                        tone=tone,  # type: ignore[arg-type]
                    )
                )

        ends = self._ends.setdefault(row.session, _Ends())
        detail = row.detail
        if row.note == "call":
            self._call(row, ends, add, derive)
        elif row.note == "state" and detail.get("state") == "half_closed_remote" and not ends.theirs:
            ends.theirs = True
            derive(("in", "FIN"), ("out", "ACK"))
        elif row.note == "opened" and detail.get("parent") is not None and not self.scope.tree:
            # the accept() that reports it belongs to the listener
            derive(("in", "SYN"), ("out", "SYN · ACK"), ("in", "ACK"))
        elif row.note == "open_failed":
            add("note", wording.fault_text(stored_fault(detail)), tone="error")
        elif row.note == "fault":
            add("note", wording.fault_text(stored_fault(detail)), tone="warn")
        elif row.note == "group":
            add("note", f"IGMP · {detail.get('group', '')}")
        elif row.note == "relay":
            add("note", relay_words(detail, tcp=row.transport == "tcp"), tone="info")
        elif row.note == "client":
            add("note", wording.client_text(str(detail.get("client", "")), str(detail.get("state", ""))))
        elif row.note == "closed":
            reason = CloseReason(detail.get("reason", CloseReason.FAILED.value))
            if self._tcp and row.remote:
                self._farewell(reason, ends, derive)
            add("note", wording.reason_text(reason), tone=wording.reason_tone(reason))
            self._ends.pop(row.session, None)
        return tuple(made)

    def _call(self, row: Row, ends: _Ends, add, derive) -> None:  # type: ignore[no-untyped-def]
        call, result = str(row.detail.get("call", "")), str(row.detail.get("result", ""))
        failed = bool(result) and call not in GIVES_SOMETHING
        if call == "accept" and not failed:
            derive(("in", "SYN"), ("out", "SYN · ACK"), ("in", "ACK"))
        quiet = "mute" if call == "setsockopt" else "normal"
        add("call", call_head(row.detail), result, "error" if failed else quiet)
        if not self._tcp:
            return
        if call == "connect" and not failed:
            derive(("out", "SYN"), ("in", "SYN · ACK"), ("out", "ACK"))
        elif call == "connect" and result == "ECONNREFUSED":
            derive(("out", "SYN"), ("in", "RST"))
        elif call == "shutdown" and not failed and not ends.ours:
            ends.ours = True
            derive(("out", "FIN"), ("in", "ACK"))

    @staticmethod
    def _farewell(reason: CloseReason, ends: _Ends, derive) -> None:  # type: ignore[no-untyped-def]
        if reason is CloseReason.RESET:
            derive(("in", "RST"))
        elif reason is CloseReason.ABORTED:
            derive(("out", "RST"))
        elif reason is CloseReason.BY_PEER:
            if not ends.theirs:
                derive(("in", "FIN"), ("out", "ACK"))
            if not ends.ours:
                derive(("out", "FIN"), ("in", "ACK"))
        elif reason in (CloseReason.BY_ME, CloseReason.ENGINE_STOPPED) and not ends.ours:
            derive(("out", "FIN"), ("in", "ACK"))
