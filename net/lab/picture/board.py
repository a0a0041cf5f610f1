"""What all parts of the building share: the picture, the present event, sockets by their numbers, rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from net.lab.picture.picture import Picture
from net.lab.picture.rows import Fate, Flight, FlightKind, Note, NoteKind, Row, Side, SocketKey
from net.lab.picture.traffic import Sent, SocketRecord
from net.lab.recording import Mark

NEAR_ROWS = 3
"""An arrow, a dot or a note is added to a row of the past if it is one of the last so many."""


class Board:
    """``index`` and ``t``: of the event that is taken now."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.index = 0
        self.t = 0.0

    def socket(self, key: SocketKey, transport: str = "") -> SocketRecord:
        """The record of a socket, made with the first that is told of it."""
        record = self.picture.sockets.get(key)
        if record is None:
            record = SocketRecord(key, transport, self.picture.side_of(key[0]))
            self.picture.sockets[key] = record
            record.addresses.put(self.index, ("", ""))
        if transport and not record.transport:
            record.transport = transport
        return record

    def unknown(self, data: bytes, size: int) -> Sent:
        """Bytes that were received and that no recorded call had sent: they get a colour too."""
        sent = Sent(
            colour=len(self.picture.sends),
            who="",
            n=0,
            index=self.index,
            t=self.t,
            data=data,
            size=size,
            known=False,
        )
        self.picture.sends.append(sent)
        return sent

    # --- Rows ---

    def note(
        self,
        kind: NoteKind,
        at: Literal["program", "kernel", "middle"],
        who: str,
        values: dict[str, str],
        socket: int = 0,
    ) -> int:
        """A row with one note; returns its number."""
        side = self.picture.side_of(who)
        note = Note(self.index, kind, at, side, who, "observed", values, socket)
        row = Row(self.index, self.t, "note", who, side, "observed", notes=(note,), socket=socket)
        return self.picture.add_row(row)

    def kernel_note(self, kind: NoteKind, record: SocketRecord, values: dict[str, str]) -> Row:
        """A note on a kernel's line, in a row that is there already if there is room for it."""
        who, socket = record.key
        row = self._row_with_room(record.side, values.get("state", ""))
        if row is None:
            return self.picture.rows[self.note(kind, "kernel", who, values, socket)]
        note = Note(self.index, kind, "kernel", record.side, who, "observed", values, socket)
        row.notes = (*row.notes, note)
        return row

    def _row_with_room(self, side: Side, state: str) -> Row | None:
        """The last row, or the handshake that ESTABLISHED belongs to, if a note fits on that kernel's line
        there. Where bytes go to that kernel its buffer will stand."""
        near = self.picture.rows[-NEAR_ROWS:]
        handshakes = [row for row in near if row.kind == "flight" and row.flights[0].kind == "syn"]
        for row in (handshakes if state == "ESTABLISHED" else []) + near[-1:]:
            free = row.kind in ("flight", "note") or (row.kind == "call" and row.side != side)
            free = free and not row.pieces and not any(flight.pieces for flight in row.flights)
            taken = any(note.side == side or note.at != "kernel" for note in row.notes)
            if free and not taken and not any(strip.side == side for strip in row.strips):
                return row
        return None

    def flights(
        self,
        who: str,
        side: Side,
        ways: Sequence[tuple[FlightKind, Side, Side]],
        fate: Fate = "arrived",
        mark: Mark = "derived",
        socket: int = 0,
    ) -> Row:
        """A row of its own with these segments."""
        flights = tuple(
            Flight(self.index, kind, source, target, mark, fate=fate) for kind, source, target in ways
        )
        row = Row(self.index, self.t, "flight", who, side, mark, flights=flights, socket=socket)
        self.picture.add_row(row)
        return row
