"""Datagrams: matched by addresses and content, in order; what our relay decided about them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from net.lab.picture.board import Board
from net.lab.picture.ends import Ends, split_address
from net.lab.picture.rows import Fate, Flight, Row, Side, Strip
from net.lab.picture.streams import STRIP_BYTES, asked, peeks
from net.lab.picture.traffic import Sent, SocketRecord, Taking
from net.lab.recording import Call, Facts, Relayed, Returned

MOST_OPEN = 512
"""Datagrams whose fate stays open; older ones stay as they were drawn."""
_FATES: dict[str, Fate] = {
    "passed": "arrived",
    "lost": "lost",
    "queue-full": "queue-full",
    "doubled": "doubled",
    "reordered": "reordered",
}


class Datagrams:
    """How far each datagram has come, and what is drawn of it."""

    def __init__(self, board: Board, ends: Ends) -> None:
        self._board = board
        self._ends = ends
        self._grams: list[Sent] = []
        """Those whose fate is still open: sent, not received, not known to be lost."""

    # --- Sending ---

    def send(self, sent: Sent, target: str) -> None:
        """A call hands a datagram to the kernel."""
        sent.target_address = target
        self._grams.append(sent)
        del self._grams[:-MOST_OPEN]

    def sent(self, sent: Sent, event: Returned, row: Row, record: SocketRecord) -> None:
        """It has come back."""
        sent.source_address = event.local or record.local
        if event.error:
            if sent in self._grams:
                self._grams.remove(sent)
        else:
            self._launch(sent, record, row)

    def _launch(self, sent: Sent, record: SocketRecord, row: Row) -> None:
        """A datagram left: where to is known, whether it arrives is not."""
        places = [place for place in self._ends.at("udp", sent.target_address) if place.key != record.key]
        sent.target = places[0].key if places else None
        there = (
            places[0].side if places else Side(record.side.other, self._board.picture.seen(record.side.other))
        )
        piece = sent.piece(0, sent.size)
        flight = Flight(
            self._board.index, "datagram", record.side, there, "derived", (piece,), sent.size, fate="unseen"
        )
        # It may have arrived, or met the relay, before its sendto() was recorded as returned.
        if not row.flights:
            row.flights = (flight,)

    def _datagram_flight(self, sent: Sent, **changes: Any) -> Row | None:
        """Change what is drawn of a datagram, as this event tells it."""
        if sent.row < 0:
            return None
        row = self._board.picture.rows[sent.row]
        if row.flights:
            flight = row.flights[-1]
            known = replace(flight, index=self._board.index, **changes)
            # What was not known before stays not known there.
            row.flights = (
                (*row.flights, known) if flight.index < self._board.index else (*row.flights[:-1], known)
            )
        else:
            record = self._board.socket((sent.who, sent.source[1])) if sent.source else None
            side = record.side if record else row.side
            piece = sent.piece(0, sent.size)
            there = Side(side.other)
            flight = Flight(self._board.index, "datagram", side, there, "derived", (piece,), sent.size)
            row.flights = (replace(flight, **changes),)
        return row

    # --- Arriving ---

    def _land(self, sent: Sent, record: SocketRecord, told: bool) -> None:
        """A datagram is in the receiving kernel."""
        sent.arrivals += 1
        sent.target = record.key
        record.queue.arrived.append(sent)
        record.queue.remember(self._board.index)
        changes: dict[str, Any] = {"target": record.side}
        if sent.fate in (None, "arrived"):
            changes["fate"] = "arrived"
            if told:
                changes["seconds"] = max(0.0, self._board.t - sent.t)
        row = self._datagram_flight(sent, **changes)
        if row is not None and told:
            row.strips = (self._queue_strip(record),)

    def _queue_strip(self, record: SocketRecord) -> Strip:
        waiting = record.queue.waiting()
        pieces = tuple(sent.piece(0, sent.size) for sent in waiting[:STRIP_BYTES])
        size = sum(sent.size for sent in waiting)
        return Strip(self._board.index, record.side, pieces, size, "derived", True, len(waiting))

    def _outstanding(self, record: SocketRecord) -> list[Sent]:
        """Datagrams that may still arrive at this endpoint, the earliest first."""
        return [
            sent
            for sent in self._grams
            if sent.source != record.key
            and sent.fate not in ("lost", "queue-full")
            and (sent.target == record.key or (sent.target is None and self._reaches(sent, record)))
        ]

    def _reaches(self, sent: Sent, record: SocketRecord) -> bool:
        if sent.fate is not None:
            return True
        return any(place.key == record.key for place in self._ends.at("udp", sent.target_address))

    def received(
        self, call: Call, event: Returned, back: Row, record: SocketRecord, size: int
    ) -> tuple[Strip, ...]:
        """A recvfrom() came back with ``size`` bytes: ``back`` gets them, and what of the datagram is gone.
        Returns what is still in the queue."""
        queue = record.queue
        sent = self._find_datagram(record, event, asked(call))
        if sent is None:
            sent = self._board.unknown(event.data, size)
            queue.arrived.append(sent)
        elif sent not in queue.waiting():
            self._land(sent, record, told=False)
        while queue.arrived[queue.head] is not sent:
            # Those before it were thrown away by the kernel, or came over another way: they are not here.
            queue.head += 1
        if not peeks(call):
            queue.head += 1
            sent.consumed += 1
            sent.takings.append(Taking(self._board.index, call.who, call.n, 0, size))
            if sent in self._grams and sent.consumed >= (2 if sent.fate == "doubled" else 1):
                self._grams.remove(sent)
        queue.remember(self._board.index)
        back.pieces = (replace(sent.piece(0, size), data=event.data),) if size else ()
        back.gone = (sent.piece(size, sent.size),) if size < sent.size else ()
        return (self._queue_strip(record),) if queue.waiting() else ()

    def _find_datagram(self, record: SocketRecord, event: Returned, most: int | None) -> Sent | None:
        def fits(sent: Sent) -> bool:
            whole = sent.data == event.data
            cut = most is not None and len(event.data) == most and sent.data.startswith(event.data)
            return whole or cut

        sender = split_address(event.remote) if event.remote else None

        def from_there(sent: Sent) -> bool:
            """Whether its sender's address is the one that recvfrom() told; through a relay it is not."""
            if sender is None or sent.fate is not None or not sent.source_address:
                return True
            return split_address(sent.source_address)[1] == sender[1]

        for sent in (*record.queue.waiting(), *self._outstanding(record)):
            if fits(sent) and from_there(sent):
                return sent
        return None

    # --- The relay, the kernel ---

    def relayed(self, event: Relayed) -> None:
        """Our relay decided about a datagram."""
        fate = _FATES.get(event.fate)
        if fate is None:
            return
        sent = self._met_the_relay(event)
        if sent is None:
            return
        sent.fate = fate
        places = self._ends.at("udp", event.target)
        changes: dict[str, Any] = {"relayed": True, "delay": event.delay, "mark": "observed"}
        if places:
            sent.target = places[0].key
            changes["target"] = places[0].side
        if fate in ("lost", "queue-full"):
            changes["fate"] = fate
            self._grams.remove(sent)
        else:
            changes["fate"] = "unseen" if fate == "arrived" else fate
        self._datagram_flight(sent, **changes)

    def _met_the_relay(self, event: Relayed) -> Sent | None:
        """The datagram that the relay decided about. An answer leaves it from the relay's own address; it was
        sent to one that no program has."""
        alike = [sent for sent in self._grams if sent.fate is None and sent.data == event.data]
        for sent in alike:
            if self._is_from(sent, event.source):
                return sent
        return next((sent for sent in alike if not self._ends.at("udp", sent.target_address)), None)

    def _is_from(self, sent: Sent, address: str) -> bool:
        if sent.source is None:
            return False
        known = sent.source_address or self._board.socket(sent.source).local
        return not known or split_address(known)[1] == self._ends.real(address)[1]

    def facts(self, event: Facts, record: SocketRecord, before: Facts | None) -> None:
        """What the kernel told of an endpoint."""
        dropped = (event.drops or 0) - ((before.drops if before else 0) or 0)
        if dropped > 0:
            self._board.kernel_note("drops", record, {"count": str(dropped)})
        if not event.unread:
            return
        outstanding = [sent for sent in self._outstanding(record) if sent.returned and not sent.arrivals]
        waiting = record.queue.waiting()
        if not waiting:
            first = next((sent for sent in outstanding if sent.size == event.unread), None)
            if first is None:
                return
            self._land(first, record, told=True)
            outstanding = outstanding[outstanding.index(first) + 1 :]
        if event.drops is not None and not event.drops:
            # On one PC a datagram is in the queue or dropped when sendto() returns, and none was dropped.
            for sent in outstanding:
                if sent.fate is None:
                    self._land(sent, record, told=True)
