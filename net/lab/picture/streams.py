"""The bytes of TCP connections: sent, arrived, acknowledged, read, and the ends of streams."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from net.lab.picture.board import NEAR_ROWS, Board
from net.lab.picture.ends import Ends
from net.lab.picture.rows import Acks, Flight, Piece, Row, Strip
from net.lab.picture.traffic import Sent, SocketRecord, Stream, Taking
from net.lab.recording import Acked, Call, Facts, Returned

STRIP_BYTES = 96
"""A strip knows its first so many bytes as pieces, and how many there are."""


def asked(call: Call) -> int | None:
    """How many bytes recv() asked for, if its arguments say so."""
    found = re.match(r"\s*(\d+)", call.arguments)
    return int(found[1]) if found else None


def peeks(call: Call) -> bool:
    """Whether recv() leaves what it returns in the buffer: MSG_PEEK, which is 2 everywhere."""
    return "PEEK" in call.arguments or re.search(r",\s*2\b", call.arguments) is not None


class Streams:
    """How far each stream has come, and the rows that show it."""

    def __init__(self, board: Board, ends: Ends) -> None:
        self._board = board
        self._ends = ends

    # --- Sending ---

    def send(self, sent: Sent, record: SocketRecord) -> None:
        """A call hands these bytes to the kernel; how many it takes is not known yet."""
        self._ends.give_streams(record)
        if record.outgoing is not None:
            record.outgoing.append(sent)
            self.remember(record.outgoing)

    def sent(self, sent: Sent, event: Returned, row: Row, record: SocketRecord) -> None:
        """It has come back."""
        # sendall() and the like return None: then all went.
        taken = 0 if event.error else (event.size or sent.size)
        if record.outgoing is not None and taken != sent.size:
            record.outgoing.shorten(sent, taken)
            row.pieces = (sent.piece(0, sent.size),) if sent.size else ()

    def _arrived(self, stream: Stream, upto: int, told: bool) -> None:
        """The first ``upto`` bytes of the stream have arrived. ``told``: by the kernel just now, so that the
        time is worth something."""
        upto = min(upto, stream.sent)
        if upto <= stream.arrived:
            return
        start, stream.arrived = stream.arrived, upto
        rows = self._board.picture.rows
        late: list[Piece] = []
        shown: Row | None = None
        for sent, first, last in stream.since(start, upto):
            part = sent.piece(first, last)
            row = rows[sent.row] if sent.row >= 0 else None
            if row is not None and first == 0 and sent.offset >= stream.doubted and not row.flights:
                seconds = max(0.0, self._board.t - sent.t) if told and sent.returned else None
                row.flights = (self._data_flight(stream, (part,), last - first, seconds),)
                shown = row
            elif len(late) < STRIP_BYTES:
                late.append(part)
        if late:
            flight = self._data_flight(stream, tuple(late), upto - late[0].offset, None)
            who = stream.source[0] if stream.source else ""
            shown = Row(
                self._board.index,
                self._board.t,
                "flight",
                who,
                stream.source_side,
                "derived",
                flights=(flight,),
            )
            self._board.picture.add_row(shown)
        self.remember(stream)
        if shown is not None and told:
            kept = tuple(each for each in shown.strips if each.sending)
            shown.strips = (*kept, self._strip(stream))

    def _data_flight(
        self, stream: Stream, pieces: tuple[Piece, ...], size: int, seconds: float | None
    ) -> Flight:
        return Flight(
            self._board.index,
            "data",
            stream.source_side,
            stream.target_side,
            "derived",
            pieces=pieces,
            size=size,
            seconds=seconds,
        )

    def _strip(self, stream: Stream) -> Strip:
        size = stream.arrived - stream.read
        pieces = stream.pieces(stream.read, min(stream.arrived, stream.read + STRIP_BYTES))
        accepted = stream.target is not None
        return Strip(self._board.index, stream.target_side, pieces, size, "derived", accepted)

    def remember(self, stream: Stream) -> None:
        """Keep how far the stream is after the present event."""
        stream.remember(self._board.index, self._board.t)

    # --- Receiving ---

    def received(
        self, call: Call, event: Returned, back: Row, record: SocketRecord, size: int
    ) -> tuple[Strip, ...]:
        """A recv() came back with ``size`` bytes: ``back`` gets them as pieces of what was sent. Returns
        what is still in the buffer."""
        self._ends.give_streams(record)
        stream = record.incoming
        if stream is None:
            return ()
        if not size:
            if asked(call) != 0:
                back.end = True
                self.fin(stream)
            return ()
        start = stream.read
        self._supply(stream, start, event.data, size)
        self._arrived(stream, start + size, told=False)
        back.pieces = tuple(
            replace(piece, data=event.data[piece.offset - start : piece.offset - start + piece.size])
            for piece in stream.pieces(start, start + size)
        )
        if not peeks(call):
            stream.read = start + size
            for sent, first, last in stream.since(start, start + size):
                sent.takings.append(Taking(self._board.index, call.who, call.n, first, last))
            self.remember(stream)
        left = stream.arrived - stream.read
        return (self._strip(stream),) if left else ()

    def _supply(self, stream: Stream, start: int, data: bytes, size: int) -> None:
        """Bytes were read that no recorded call sent: they get a colour too, and what brought them is not
        known."""
        missing = start + size - stream.sent
        if missing > 0:
            sent = self._board.unknown(data[max(0, size - missing) :], missing)
            stream.append(sent)

    # --- What the kernels tell ---

    def facts(self, event: Facts, record: SocketRecord, sending: Collection[Sent]) -> None:
        """What the kernel told of a connected socket. ``sending``: what calls that have not come back are
        handing over: how much of it the kernel has taken is not known."""
        come, out = record.incoming, record.outgoing
        if come is not None:
            if event.unread is not None:
                self._arrived(come, come.read + event.unread, told=True)
            if event.received is not None:
                self._arrived(come, event.received, told=True)
            if event.unread is not None and come.arrived < come.sent:
                returned = [sent for sent in come.sends[-NEAR_ROWS:] if sent.returned]
                if returned:
                    last = returned[-1]
                    come.doubted = max(come.doubted, last.offset + last.size)
        if out is not None:
            if event.send_window is not None and event.send_window != out.window:
                out.window = event.send_window
                self.remember(out)
            confirmed = None
            if event.acked is not None:
                confirmed = event.acked - (1 if record.connector else 0)
            elif event.unacked is not None and not any(sent in sending for sent in out.sends[-1:]):
                confirmed = out.sent - event.unacked
            if confirmed is not None:
                self._confirm(out, confirmed)
            if event.unacked:
                self._keep(out, event.unacked)

    def _keep(self, stream: Stream, unacked: int) -> None:
        """The sending kernel keeps its last ``unacked`` bytes: they stand in the row of the send that is the
        last row, while nothing tells that they have arrived."""
        sent, rows = stream.sends[-1] if stream.sends else None, self._board.picture.rows
        size = min(unacked, stream.sent - stream.arrived)
        if sent is None or sent.row != len(rows) - 1 or size <= 0:
            return
        start = stream.sent - size
        pieces = stream.pieces(start, min(stream.sent, start + STRIP_BYTES))
        strip = Strip(self._board.index, stream.source_side, pieces, size, "observed", sending=True)
        rows[-1].strips = (*(each for each in rows[-1].strips if not each.sending), strip)

    def acked(self, event: Acked) -> None:
        out = self._board.socket((event.who, event.socket)).outgoing
        if out is not None:
            self._confirm(out, event.offset)

    def _confirm(self, stream: Stream, upto: int) -> None:
        """The sending kernel was told that the first ``upto`` bytes have arrived."""
        upto = min(upto, stream.sent)
        if upto <= stream.acked:
            return
        self._arrived(stream, upto, told=True)
        last = None
        for sent, _first, _stop in stream.since(upto - 1, upto):
            last = sent
        stream.acked = upto
        self.remember(stream)
        rows = self._board.picture.rows
        if last is not None and last.row >= 0 and (len(rows) - last.row <= NEAR_ROWS or stream.read >= upto):
            row = rows[last.row]
        elif (
            rows and rows[-1].kind == "flight" and rows[-1].acks and rows[-1].acks.side == stream.source_side
        ):
            row = rows[-1]
        else:
            who = stream.source[0] if stream.source else ""
            flight = Flight(
                self._board.index, "ack", stream.target_side, stream.source_side, "observed", size=upto
            )
            row = Row(self._board.index, self._board.t, "flight", who, stream.source_side, flights=(flight,))
            self._board.picture.add_row(row)
        count = row.acks.count + 1 if row.acks else 1
        index = row.acks.index if row.acks else self._board.index
        row.acks = Acks(index, stream.source_side, count, upto, "observed")

    def fin(self, stream: Stream) -> None:
        """The end of the stream has arrived."""
        if stream.fin:
            return
        stream.fin = True
        self._arrived(stream, stream.sent, told=False)
        flight = Flight(self._board.index, "fin", stream.source_side, stream.target_side, "derived")
        rows = self._board.picture.rows
        if stream.fin_row >= 0 and len(rows) - stream.fin_row <= NEAR_ROWS:
            stream.fin_flight_row = stream.fin_row
            rows[stream.fin_row].flights = (*rows[stream.fin_row].flights, flight)
        else:
            stream.fin_flight_row = len(rows)
            who, socket = stream.source or ("", 0)
            row = Row(
                self._board.index,
                self._board.t,
                "flight",
                who,
                stream.source_side,
                "derived",
                socket=socket,
                flights=(flight,),
            )
            self._board.picture.add_row(row)

    def fin_acked(self, stream: Stream) -> None:
        """The kernel that sent the FIN is in a state that only its acknowledgement leads to."""
        self.fin(stream)
        row = self._board.picture.rows[stream.fin_flight_row]
        if row.acks is None:
            row.acks = Acks(self._board.index, stream.source_side, 1, stream.sent, "derived")
