"""`PictureBuilder`: recorded events in, rows out. No clock, no I/O.

What is *observed* is what the recording says: calls, their results, facts, acknowledgement times. Everything
between the kernels is *derived* from these, each arrow from one of them:

- bytes have arrived when the receiving kernel keeps them unread, when recv() returned them, or when the
  sending kernel was told that they are acknowledged;
- a handshake, when connect() or accept() returned a connection; SYN and RST, when connect() was refused;
- a FIN, when the other kernel's state or an empty recv() tells that it came;
- a RST, when a call fails with "connection reset" or "broken pipe".

What nothing supports is not drawn. An arrow stands in the row of the call that caused it, unless a fact told
in between that it had not arrived yet: then it gets a row where that became known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from net.lab.picture.picture import Picture
from net.lab.picture.rows import (
    Acks,
    Fate,
    Flight,
    FlightKind,
    Note,
    NoteKind,
    Piece,
    Row,
    Side,
    SocketKey,
    Strip,
)
from net.lab.picture.state import ProgramPhase, ProgramState
from net.lab.picture.traffic import History, Sent, SocketRecord, Stream, Taking
from net.lab.recording import (
    Acked,
    Call,
    Ended,
    Facts,
    Header,
    Mark,
    Measured,
    Printed,
    RecordedEvent,
    Relayed,
    Released,
    Returned,
    Started,
    Step,
    Trouble,
    Typed,
)

SENDING = {"send", "sendall", "sendto", "sendmsg", "sendfile", "write"}
RECEIVING = {
    "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "read", "readinto",
    "readline",
}  # fmt: skip
CARRY_BACK = RECEIVING | {"accept", "connect", "connect_ex", "create_connection", "input"}
"""Calls whose return always has a row of its own."""
OWN_CALLS = {"input", "sleep"}
"""Calls that the kernel's network does not see."""
WAITED_SECONDS = 0.2
"""A call that took this long has waited: its return gets a row of its own."""
NEAR_ROWS = 3
"""An arrow, or a dot, is added to a row of the past if it is one of the last so many."""
STRIP_BYTES = 96
"""A strip knows its first so many bytes as pieces, and how many there are."""
TEXT_LIMIT = 2_000
"""Characters of one note."""

_REFUSED = {"ConnectionRefusedError"}
_RESET = {"ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError"}
_FIN_CAME = {"CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT"}
_FIN_CONFIRMED = {"FIN_WAIT_2", "TIME_WAIT"}
_QUIET_STATES = {"LISTEN", ""}
_WILD = {"", "0.0.0.0", "::", "*"}


@dataclass(slots=True)
class _Open:
    """A call that has not come back."""

    call: Call
    row: int = -1
    sent: Sent | None = None
    read: int = 0


def split_address(address: str) -> tuple[str, str]:
    """Host and port of ``host:port``, IPv4-mapped and bracketed hosts as their plain form."""
    host, _colon, port = address.rpartition(":")
    host = host.strip("[]").removeprefix("::ffff:")
    return ("127.0.0.1" if host == "localhost" else host), port


class PictureBuilder:
    """Feed it with `add`; ``picture`` is always up to date."""

    def __init__(self) -> None:
        self.picture = Picture()
        self._open: dict[int, _Open] = {}
        self._ends: dict[tuple[str, str], SocketRecord] = {}
        self._bound: dict[tuple[str, str], list[SocketRecord]] = {}
        self._grams: list[Sent] = []
        """Datagrams whose fate is still open: sent, not received, not known to be lost."""
        self._index = 0
        self._t = 0.0
        self._takes: dict[type, Callable[[Any], None]] = {
            Header: self._header,
            Started: self._started,
            Call: self._call,
            Released: lambda event: self._released(event.n),
            Returned: self._returned,
            Facts: self._facts,
            Acked: self._acked,
            Printed: self._printed,
            Typed: self._typed,
            Ended: self._ended,
            Relayed: self._relayed,
            Step: self._step,
            Trouble: self._trouble,
            Measured: lambda event: None,
        }

    def add(self, event: RecordedEvent) -> None:
        """Take the next event of the recording."""
        self._index = len(self.picture.events)
        self._t = event.t
        self.picture.events.append(event)
        take = self._takes.get(type(event))
        if take is not None:
            take(event)

    # --- Programs ---

    def _header(self, event: Header) -> None:
        self.picture.header = event

    def _phase(
        self, who: str, phase: ProgramPhase, thread: int = 0, call: Call | None = None, **more: Any
    ) -> None:
        state = ProgramState(phase, self._t, **more)
        if call is not None:
            state = replace(
                state,
                n=call.n,
                name=call.name,
                arguments=call.arguments,
                line=call.line,
                socket=call.socket,
            )
        self.picture.phases.setdefault((who, thread), History()).put(self._index, state)

    def _started(self, event: Started) -> None:
        self._phase(event.who, "runs")

    def _ended(self, event: Ended) -> None:
        for thread in [thread for who, thread in self.picture.phases if who == event.who]:
            self._phase(event.who, "ended", thread, code=event.code)
        values = {"code": str(event.code), "stopped": "yes" if event.stopped else ""}
        row = self._note("ended", "program", event.who, values)
        for n in [n for n, open_call in self._open.items() if open_call.call.who == event.who]:
            del self._open[n]
        for record in self.picture.sockets.values():
            # The kernel closes what its program left open.
            if record.key[0] == event.who and not record.closed.last:
                record.closed.put(self._index, True)
                if record.outgoing is not None and record.outgoing.fin_row < 0:
                    record.outgoing.fin_row = row

    def _printed(self, event: Printed) -> None:
        kind: NoteKind = "printed-error" if event.error else "printed"
        rows = self.picture.rows
        if rows and rows[-1].kind == "note" and rows[-1].notes[-1].kind == kind and rows[-1].who == event.who:
            before = rows[-1].notes[-1]
            text = before.values["text"]
            if not text.endswith("\n") and len(text) < TEXT_LIMIT:
                values = {"text": (text + event.text)[:TEXT_LIMIT]}
                rows[-1].notes = (*rows[-1].notes[:-1], replace(before, values=values))
                return
        self._note(kind, "program", event.who, {"text": event.text[:TEXT_LIMIT]})

    def _typed(self, event: Typed) -> None:
        self._note("typed", "program", event.who, {"text": event.text[:TEXT_LIMIT]})

    def _step(self, event: Step) -> None:
        self.picture.steps[event.number] = self._index

    def _trouble(self, event: Trouble) -> None:
        at = "program" if event.who else "middle"
        self._note("trouble", at, event.who, {**event.values, "code": event.code})

    def _note(
        self,
        kind: NoteKind,
        at: Any,
        who: str,
        values: dict[str, str],
        socket: int = 0,
        mark: Mark = "observed",
    ) -> int:
        side = self.picture.side_of(who)
        note = Note(self._index, kind, at, side, who, mark, values, socket)
        row = Row(self._index, self._t, "note", who, side, mark, notes=(note,), socket=socket)
        return self.picture.add_row(row)

    # --- Calls ---

    def _call(self, event: Call) -> None:
        self._open[event.n] = _Open(event)
        self._phase(event.who, "held", event.thread, event)

    def _released(self, n: int) -> None:
        open_call = self._open.get(n)
        if open_call is None or open_call.row >= 0:
            return
        call = open_call.call
        row = Row(
            self._index,
            self._t,
            "call",
            call.who,
            self.picture.side_of(call.who),
            n=n,
            name=call.name,
            arguments=call.arguments,
            address=call.address,
            socket=call.socket,
            transport=call.transport,
            line=call.line,
        )
        open_call.row = self.picture.add_row(row)
        self._phase(call.who, "calls", call.thread, call, row=open_call.row)
        record = self._record(call)
        if record is None:
            return
        if call.name in SENDING:
            open_call.sent = self._send(call, record, open_call.row)
        elif call.name in ("connect", "connect_ex"):
            record.connector = True
        elif call.name == "listen":
            record.listens = True

    def _record(self, call: Call) -> SocketRecord | None:
        if not call.socket:
            return None
        return self._socket((call.who, call.socket), call.transport)

    def _socket(self, key: SocketKey, transport: str = "") -> SocketRecord:
        record = self.picture.sockets.get(key)
        if record is None:
            record = SocketRecord(key, transport, self.picture.side_of(key[0]))
            self.picture.sockets[key] = record
            record.addresses.put(self._index, ("", ""))
        if transport and not record.transport:
            record.transport = transport
        return record

    def _returned(self, event: Returned) -> None:
        self._released(event.n)
        open_call = self._open.pop(event.n, None)
        if open_call is None:
            return
        call, row = open_call.call, self.picture.rows[open_call.row]
        self._phase(call.who, "runs", call.thread)
        record = self._record(call)
        if event.made:
            self._made(call, event)
        elif record is not None and not event.error and call.name not in RECEIVING:
            self._place(record, event.local, event.remote if call.name != "sendto" else "")
        back = Row(
            self._index,
            self._t,
            "return",
            call.who,
            row.side,
            n=event.n,
            name=call.name,
            arguments=call.arguments,
            address=call.address,
            socket=call.socket,
            transport=call.transport,
            line=call.line,
            size=event.size,
            returned=self._index,
            value=event.value,
            error=event.error,
            message=event.message,
            errno=event.errno,
            seconds=event.seconds,
            made=event.made,
            remote=event.remote,
        )
        strips: tuple[Strip, ...] = ()
        if record is not None:
            if event.error:
                self._failed(call, event, record)
            if call.name in SENDING:
                self._sent(open_call, event, row, record)
            elif call.name in RECEIVING and not event.error:
                strips = self._received(call, event, back, record)
            elif (
                call.name in ("connect", "connect_ex")
                and event.error == ""
                and event.value in ("", "None", "0")
            ):
                self._established(record)
            elif call.name == "accept" and event.made:
                self._established(self._socket((call.who, event.made)))
            elif call.name in ("close", "detach", "shutdown") and not event.error:
                self._closing(call, record, open_call.row)
        waited = event.seconds >= WAITED_SECONDS and open_call.row != len(self.picture.rows) - 1
        if call.name in CARRY_BACK or event.error or waited:
            back.strips = strips
            self.picture.add_row(back)
        else:
            row.returned = self._index
            row.value, row.seconds, row.size, row.made = event.value, event.seconds, event.size, event.made
        if record is not None and record.outgoing is not None:
            self._remember(record.outgoing)

    def _made(self, call: Call, event: Returned) -> None:
        transport = call.transport or "tcp"
        record = self._socket((call.who, event.made), transport)
        self._place(record, event.local, event.remote)

    def _closing(self, call: Call, record: SocketRecord, row: int) -> None:
        if call.name == "shutdown":
            if not re.search(r"\b[12]\b|WR", call.arguments):
                return
            record.shut = True
        else:
            record.closed.put(self._index, True)
        if record.outgoing is not None and record.outgoing.fin_row < 0:
            record.outgoing.fin_row = row

    def _failed(self, call: Call, event: Returned, record: SocketRecord) -> None:
        here = record.side
        if call.name in ("connect", "connect_ex", "create_connection"):
            there = self._side_of_address(call.address, record)
            if event.error in _REFUSED:
                self._flights(record, (("syn", here, there), ("rst", there, here)))
            elif event.error in ("TimeoutError", "timeout"):
                self._flights(record, (("syn", here, there),), "unanswered")
        elif record.transport == "udp":
            if event.error in _REFUSED | _RESET:
                there = self._side_of_address(record.remote, record)
                self._flights(record, (("icmp", there, here),))
        elif (
            event.error in _RESET
            and not record.reset
            and not (event.error == "BrokenPipeError" and record.shut)
        ):
            record.reset = True
            there = record.incoming.source_side if record.incoming else Side(here.other, False)
            self._flights(record, (("rst", there, here),))

    # --- Connections ---

    def _place(self, record: SocketRecord, local: str, remote: str) -> None:
        """A socket's addresses became known."""
        if not (local or remote) or (local, remote) == (record.local, record.remote):
            return
        record.local, record.remote = local or record.local, remote or record.remote
        record.addresses.put(self._index, (record.local, record.remote))
        _host, port = split_address(record.local)
        places = self._bound.setdefault((record.transport, port), [])
        if record not in places:
            places.append(record)
        if record.transport == "tcp" and record.remote and record.local:
            self._connect(record)

    def _connect(self, record: SocketRecord) -> None:
        if record.outgoing is not None and record.outgoing.target is not None:
            return
        ends = split_address(record.local), split_address(record.remote)
        other = self._ends.pop((str(ends[1]), str(ends[0])), None)
        if other is not None and other.key != record.key:
            self._pair(record, other)
        else:
            self._ends[str(ends[0]), str(ends[1])] = record
            self._streams(record)

    def _streams(self, record: SocketRecord) -> None:
        if record.outgoing is None:
            there = self._side_of_address(record.remote, record)
            record.outgoing = self._stream(record.side, there)
            record.outgoing.source = record.key
        if record.incoming is None:
            record.incoming = self._stream(record.outgoing.target_side, record.side)
            record.incoming.target = record.key

    def _stream(self, source: Side, target: Side) -> Stream:
        stream = Stream(len(self.picture.streams), source, target)
        self.picture.streams.append(stream)
        return stream

    def _pair(self, one: SocketRecord, other: SocketRecord) -> None:
        """Both ends of a connection are recorded: what one sends the other receives."""
        for sender, receiver in ((one, other), (other, one)):
            out, come = sender.outgoing, receiver.incoming
            if out is None or (come is not None and come.sends and not out.sends):
                out = come if come is not None else self._stream(sender.side, receiver.side)
            if come is None or not come.sends or come is out:
                receiver.incoming = out
            sender.outgoing = out
            out.source, out.target = sender.key, receiver.key
            out.source_side, out.target_side = sender.side, receiver.side
        for record in (one, other):
            # Its connection was drawn when the first of both ends was seen.
            record.handshaken = one.handshaken or other.handshaken

    def _side_of_address(self, address: str, record: SocketRecord) -> Side:
        """Where ``address`` is: the side of the program that has bound it, or the other one, not seen."""
        for place in self._places(record.transport, address):
            if place.key != record.key:
                return place.side
        other = record.side.other
        return Side(other, False)

    def _places(self, transport: str, address: str) -> list[SocketRecord]:
        host, port = split_address(address)
        port = str(self.picture.header.ports.get(port, port))
        found = []
        for place in reversed(self._bound.get((transport, port), [])):
            bound = split_address(place.local)[0]
            if (bound == host or bound in _WILD or host in _WILD) and not place.closed.last:
                found.append(place)
        return found

    def _established(self, record: SocketRecord) -> None:
        """Both kernels know of the connection: its three segments must have gone over, once."""
        self._streams(record)
        if record.handshaken or record.outgoing is None:
            return
        record.handshaken = True
        client, server = record.side, record.outgoing.target_side
        if not record.connector:
            client, server = server, client
            for open_call in self._open.values():
                call = open_call.call
                if (
                    call.name in ("connect", "connect_ex")
                    and open_call.row >= 0
                    and self._is_at(call.address, record.local)
                ):
                    # Its connect() has not come back yet, and the accept() has.
                    waiting = self._socket((call.who, call.socket))
                    if not waiting.handshaken:
                        waiting.handshaken = True
                        client = waiting.side
                        break
        self._flights(record, (("syn", client, server), ("syn-ack", server, client), ("ack", client, server)))

    def _is_at(self, address: str, local: str) -> bool:
        host, port = split_address(address)
        port = str(self.picture.header.ports.get(port, port))
        return (host, port) == split_address(local)

    def _flights(
        self,
        record: SocketRecord,
        ways: tuple[tuple[FlightKind, Side, Side], ...],
        fate: Fate = "arrived",
    ) -> None:
        """A row of its own with these segments, derived."""
        flights = tuple(
            Flight(self._index, kind, source, target, "derived", fate=fate) for kind, source, target in ways
        )
        row = Row(self._index, self._t, "flight", record.key[0], record.side, "derived", flights=flights)
        row.socket, row.transport = record.key[1], record.transport
        self.picture.add_row(row)

    # --- Sending ---

    def _send(self, call: Call, record: SocketRecord, row: int) -> Sent | None:
        size = call.size or len(call.data)
        udp = record.transport == "udp"
        if not size and not udp:
            return None
        sent = Sent(
            colour=len(self.picture.sends),
            who=call.who,
            n=call.n,
            index=self._index,
            t=self._t,
            data=call.data,
            size=size,
            row=row,
            source=record.key,
        )
        self.picture.sends.append(sent)
        if udp:
            sent.target_address = call.address or record.remote
            self._grams.append(sent)
        else:
            self._streams(record)
            if record.outgoing is not None:
                record.outgoing.append(sent)
                self._remember(record.outgoing)
        made = self.picture.rows[row]
        made.pieces, made.size = (sent.piece(0, size),), size
        return sent

    def _sent(self, open_call: _Open, event: Returned, row: Row, record: SocketRecord) -> None:
        sent = open_call.sent
        if sent is None:
            return
        sent.returned = True
        sent.t = self._t
        if record.transport == "udp":
            sent.source_address = event.local or record.local
            if event.error:
                self._grams.remove(sent)
            else:
                self._launch(sent, record, row)
            return
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
        rows = self.picture.rows
        late: list[Piece] = []
        shown: Row | None = None
        for sent, first, last in stream.since(start, upto):
            part = sent.piece(first, last)
            row = rows[sent.row] if sent.row >= 0 else None
            if row is not None and first == 0 and sent.offset >= stream.doubted and not row.flights:
                seconds = max(0.0, self._t - sent.t) if told and sent.returned else None
                row.flights = (self._data_flight(stream, (part,), last - first, seconds),)
                shown = row
            elif len(late) < STRIP_BYTES:
                late.append(part)
        if late:
            flight = self._data_flight(stream, tuple(late), upto - late[0].offset, None)
            who = stream.source[0] if stream.source else ""
            shown = Row(self._index, self._t, "flight", who, stream.source_side, "derived", flights=(flight,))
            self.picture.add_row(shown)
        self._remember(stream)
        if shown is not None and told:
            shown.strips = (self._strip(stream),)

    def _data_flight(
        self, stream: Stream, pieces: tuple[Piece, ...], size: int, seconds: float | None
    ) -> Flight:
        return Flight(
            self._index,
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
        return Strip(self._index, stream.target_side, pieces, size, "derived", accepted)

    def _remember(self, stream: Stream) -> None:
        stream.remember(self._index, self._t)

    # --- Receiving ---

    def _received(self, call: Call, event: Returned, back: Row, record: SocketRecord) -> tuple[Strip, ...]:
        size = event.size or len(event.data)
        if record.transport == "udp":
            return self._took_datagram(call, event, back, record, size)
        self._streams(record)
        stream = record.incoming
        if stream is None:
            return ()
        if not size:
            if self._asked(call) != 0:
                back.end = True
                self._fin(stream)
            return ()
        start = stream.read
        self._supply(stream, start, event.data, size)
        self._arrived(stream, start + size, told=False)
        back.pieces = tuple(
            replace(piece, data=event.data[piece.offset - start : piece.offset - start + piece.size])
            for piece in stream.pieces(start, start + size)
        )
        if "PEEK" not in call.arguments:
            stream.read = start + size
            for sent, first, last in stream.since(start, start + size):
                sent.takings.append(Taking(self._index, call.who, call.n, first, last))
            self._remember(stream)
        left = stream.arrived - stream.read
        return (self._strip(stream),) if left else ()

    def _supply(self, stream: Stream, start: int, data: bytes, size: int) -> None:
        """Bytes were read that no recorded call sent: they get a colour too, and what brought them is not
        known."""
        missing = start + size - stream.sent
        if missing > 0:
            sent = self._unknown(data[max(0, size - missing) :], missing)
            stream.append(sent)

    def _unknown(self, data: bytes, size: int) -> Sent:
        sent = Sent(
            colour=len(self.picture.sends),
            who="",
            n=0,
            index=self._index,
            t=self._t,
            data=data,
            size=size,
            known=False,
        )
        self.picture.sends.append(sent)
        return sent

    @staticmethod
    def _asked(call: Call) -> int | None:
        """How many bytes recv() asked for, if its arguments say so."""
        found = re.match(r"\s*(\d+)", call.arguments)
        return int(found[1]) if found else None

    # --- Datagrams ---

    def _launch(self, sent: Sent, record: SocketRecord, row: Row) -> None:
        """A datagram left: where to is known, whether it arrives is not."""
        places = [place for place in self._places("udp", sent.target_address) if place.key != record.key]
        sent.target = places[0].key if places else None
        there = places[0].side if places else Side(record.side.other, self.picture.seen(record.side.other))
        piece = sent.piece(0, sent.size)
        flight = Flight(
            self._index, "datagram", record.side, there, "derived", (piece,), sent.size, fate="unseen"
        )
        # It may have arrived, or met the relay, before its sendto() was recorded as returned.
        if not row.flights:
            row.flights = (flight,)

    def _datagram_flight(self, sent: Sent, **changes: Any) -> Row | None:
        """Change what is drawn of a datagram, as this event tells it."""
        if sent.row < 0:
            return None
        row = self.picture.rows[sent.row]
        if row.flights:
            flight = row.flights[-1]
            known = replace(flight, index=self._index, **changes)
            # What was not known before stays not known there.
            row.flights = (*row.flights, known) if flight.index < self._index else (*row.flights[:-1], known)
        else:
            record = self._socket((sent.who, sent.source[1])) if sent.source else None
            side = record.side if record else row.side
            piece = sent.piece(0, sent.size)
            there = Side(side.other)
            flight = Flight(self._index, "datagram", side, there, "derived", (piece,), sent.size)
            row.flights = (replace(flight, **changes),)
        return row

    def _land(self, sent: Sent, record: SocketRecord, told: bool) -> None:
        """A datagram is in the receiving kernel."""
        sent.arrivals += 1
        sent.target = record.key
        record.queue.arrived.append(sent)
        record.queue.remember(self._index)
        changes: dict[str, Any] = {"target": record.side}
        if sent.fate in (None, "arrived"):
            changes["fate"] = "arrived"
            if told:
                changes["seconds"] = max(0.0, self._t - sent.t)
        row = self._datagram_flight(sent, **changes)
        if row is not None and told:
            row.strips = (self._queue_strip(record),)

    def _queue_strip(self, record: SocketRecord) -> Strip:
        waiting = record.queue.waiting()
        pieces = tuple(sent.piece(0, sent.size) for sent in waiting[:STRIP_BYTES])
        size = sum(sent.size for sent in waiting)
        return Strip(self._index, record.side, pieces, size, "derived", True, len(waiting))

    def _outstanding(self, record: SocketRecord) -> list[Sent]:
        """Datagrams that may still arrive at this endpoint, the earliest first."""
        return [
            sent
            for sent in self._grams
            if sent.source != record.key
            and (sent.returned or sent.target == record.key)
            and sent.fate not in ("lost", "queue-full")
            and (sent.target == record.key or (sent.target is None and self._reaches(sent, record)))
        ]

    def _reaches(self, sent: Sent, record: SocketRecord) -> bool:
        if sent.fate is not None:
            return True
        return any(place.key == record.key for place in self._places("udp", sent.target_address))

    def _took_datagram(
        self, call: Call, event: Returned, back: Row, record: SocketRecord, size: int
    ) -> tuple[Strip, ...]:
        queue = record.queue
        sent = self._find_datagram(record, event, self._asked(call))
        if sent is None:
            sent = self._unknown(event.data, size)
            queue.arrived.append(sent)
        elif sent not in queue.waiting():
            self._land(sent, record, told=False)
        while queue.arrived[queue.head] is not sent:
            # Those before it were thrown away by the kernel, or came over another way: they are not here.
            queue.head += 1
        if "PEEK" not in call.arguments:
            queue.head += 1
            sent.consumed += 1
            sent.takings.append(Taking(self._index, call.who, call.n, 0, size))
            if sent in self._grams and sent.fate != "doubled":
                self._grams.remove(sent)
        queue.remember(self._index)
        back.pieces = (replace(sent.piece(0, size), data=event.data),) if size else ()
        back.gone = (sent.piece(size, sent.size),) if size < sent.size else ()
        return (self._queue_strip(record),) if queue.waiting() else ()

    def _find_datagram(self, record: SocketRecord, event: Returned, asked: int | None) -> Sent | None:
        def fits(sent: Sent) -> bool:
            whole = sent.data == event.data
            cut = asked is not None and len(event.data) == asked and sent.data.startswith(event.data)
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

    def _relayed(self, event: Relayed) -> None:
        for sent in self._grams:
            if sent.fate is None and sent.data == event.data and self._is_from(sent, event.source):
                break
        else:
            return
        fate: Fate = "arrived" if event.fate == "passed" else event.fate  # type: ignore[assignment]
        sent.fate = fate
        places = self._places("udp", event.target)
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

    def _is_from(self, sent: Sent, address: str) -> bool:
        if sent.source is None:
            return False
        known = sent.source_address or self._socket(sent.source).local
        return not known or split_address(known)[1] == split_address(address)[1]

    # --- Facts ---

    def _facts(self, event: Facts) -> None:
        record = self._socket((event.who, event.socket))
        before = record.facts.last
        record.facts.put(self._index, event)
        if not record.transport and event.state is not None:
            record.transport = "tcp"
        self._place(record, event.local, event.remote)
        if record.transport == "udp":
            self._udp_facts(event, record, before)
            return
        if event.queue and event.queue > ((before.queue if before else 0) or 0):
            limit = "" if event.queue_limit is None else str(event.queue_limit)
            self._kernel_note("queue", record, {"count": str(event.queue), "limit": limit})
        if record.incoming is not None or record.outgoing is not None:
            self._stream_facts(event, record)
        if event.state is not None and event.state != record.state:
            self._state(event, record)
        if event.retransmissions and before is not None:
            again = event.retransmissions - (before.retransmissions or 0)
            if again > 0:
                self._kernel_note("sent-again", record, {"count": str(again)})

    def _stream_facts(self, event: Facts, record: SocketRecord) -> None:
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
                self._remember(out)
            confirmed = None
            if event.acked is not None:
                confirmed = event.acked - (1 if record.connector else 0)
            elif event.unacked is not None and not any(
                open_call.sent in out.sends[-1:] for open_call in self._open.values()
            ):
                confirmed = out.sent - event.unacked
            if confirmed is not None:
                self._confirm(out, confirmed)

    def _acked(self, event: Acked) -> None:
        out = self._socket((event.who, event.socket)).outgoing
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
        self._remember(stream)
        rows = self.picture.rows
        if last is not None and last.row >= 0 and (len(rows) - last.row <= NEAR_ROWS or stream.read >= upto):
            row = rows[last.row]
        elif (
            rows and rows[-1].kind == "flight" and rows[-1].acks and rows[-1].acks.side == stream.source_side
        ):
            row = rows[-1]
        else:
            who = stream.source[0] if stream.source else ""
            flight = Flight(self._index, "ack", stream.target_side, stream.source_side, "observed", size=upto)
            row = Row(self._index, self._t, "flight", who, stream.source_side, flights=(flight,))
            self.picture.add_row(row)
        count = row.acks.count + 1 if row.acks else 1
        index = row.acks.index if row.acks else self._index
        row.acks = Acks(index, stream.source_side, count, upto, "observed")

    def _udp_facts(self, event: Facts, record: SocketRecord, before: Facts | None) -> None:
        dropped = (event.drops or 0) - ((before.drops if before else 0) or 0)
        if dropped > 0:
            self._kernel_note("drops", record, {"count": str(dropped)})
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

    def _state(self, event: Facts, record: SocketRecord) -> None:
        state = event.state or ""
        record.states.put(self._index, state)
        if state == "ESTABLISHED" and record.connector:
            self._established(record)
        if state in _FIN_CAME and record.incoming is not None:
            self._fin(record.incoming)
        if state in _FIN_CONFIRMED and record.outgoing is not None:
            self._fin(record.outgoing)
        if state not in _QUIET_STATES:
            left = "" if event.timer_left is None else f"{event.timer_left:.1f}"
            self._kernel_note("state", record, {"state": state, "timer": event.timer or "", "left": left})

    def _kernel_note(self, kind: NoteKind, record: SocketRecord, values: dict[str, str]) -> None:
        """A note on a kernel's line, in the last row if there is room for it."""
        row = self._row_with_room(record.side, values.get("state", ""))
        if row is not None:
            note = Note(
                self._index, kind, "kernel", record.side, record.key[0], "observed", values, record.key[1]
            )
            row.notes = (*row.notes, note)
            return
        self._note(kind, "kernel", record.key[0], values, record.key[1])

    def _row_with_room(self, side: Side, state: str) -> Row | None:
        """The last row, or the handshake that ESTABLISHED belongs to, if a note fits on that kernel's line
        there."""
        near = self.picture.rows[-NEAR_ROWS:]
        handshakes = [row for row in near if row.flights and row.flights[0].kind == "syn"]
        for row in (handshakes if state == "ESTABLISHED" else []) + near[-1:]:
            free = row.kind in ("flight", "note") or (row.kind == "call" and row.side != side)
            taken = any(note.side == side or note.at != "kernel" for note in row.notes)
            if free and not taken and not any(strip.side == side for strip in row.strips):
                return row
        return None

    def _fin(self, stream: Stream) -> None:
        """The end of the stream has arrived."""
        if stream.fin:
            return
        stream.fin = True
        self._arrived(stream, stream.sent, told=False)
        flight = Flight(self._index, "fin", stream.source_side, stream.target_side, "derived")
        rows = self.picture.rows
        if stream.fin_row >= 0 and len(rows) - stream.fin_row <= NEAR_ROWS:
            rows[stream.fin_row].flights = (*rows[stream.fin_row].flights, flight)
        else:
            who = stream.source[0] if stream.source else ""
            row = Row(self._index, self._t, "flight", who, stream.source_side, "derived", flights=(flight,))
            self.picture.add_row(row)
