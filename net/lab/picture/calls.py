"""The calls of the programs: their arrows to the kernel and back, and what each tells of the network."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from net.lab.picture.board import Board
from net.lab.picture.datagrams import Datagrams
from net.lab.picture.ends import Ends
from net.lab.picture.rows import Flight, Row, Side, SocketKey, Strip
from net.lab.picture.state import ProgramPhase, ProgramState
from net.lab.picture.streams import Streams
from net.lab.picture.traffic import History, Sent, SocketRecord
from net.lab.recording import Call, Returned

SENDING = {"send", "sendall", "sendto", "sendmsg", "sendfile", "write"}
RECEIVING = {
    "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "read", "readinto",
    "readline",
}  # fmt: skip
CONNECTING = {"connect", "connect_ex", "create_connection"}
CLOSING = {"close", "detach", "shutdown"}
CARRY_BACK = RECEIVING | CONNECTING | {"accept"}
"""Calls whose return always has a row of its own."""
OWN_CALLS = {"input", "sleep"}
"""Calls that the network does not see: what comes back is told otherwise, or is nothing."""
WAITED_SECONDS = 0.2
"""A call that took this long has waited: its return gets a row of its own."""

_REFUSED = {"ConnectionRefusedError"}
_RESET = {"ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError"}
_TIMED_OUT = {"TimeoutError", "timeout"}


@dataclass(slots=True)
class _Open:
    """A call that has not come back. ``row``: -1 while it is held."""

    call: Call
    row: int = -1
    sent: Sent | None = None


def _transport_of_new(call: Call) -> str:
    """Of the socket that accept() or socket() made; "" if the call does not tell."""
    if call.transport or call.name == "accept":
        return call.transport or "tcp"
    return "udp" if "DGRAM" in call.arguments else "tcp" if "STREAM" in call.arguments else ""


class Calls:
    """Takes each call's three events."""

    def __init__(self, board: Board, ends: Ends, streams: Streams, datagrams: Datagrams) -> None:
        self._board = board
        self._ends = ends
        self._streams = streams
        self._datagrams = datagrams
        self._open: dict[int, _Open] = {}
        self._connects: dict[SocketKey, Call] = {}
        """The last connect() of each socket."""

    @property
    def sending(self) -> Collection[Sent]:
        """What calls that have not come back are handing over."""
        return [each.sent for each in self._open.values() if each.sent is not None]

    def phase(
        self, who: str, phase: ProgramPhase, thread: int = 0, call: Call | None = None, **more: Any
    ) -> None:
        """From now on a thread of a program is in this phase."""
        state = ProgramState(phase, self._board.t, **more)
        if call is not None:
            state = replace(
                state,
                n=call.n,
                name=call.name,
                arguments=call.arguments,
                line=call.line,
                socket=call.socket,
            )
        phases = self._board.picture.phases.setdefault((who, thread), History())
        phases.put(self._board.index, state)

    def held(self, event: Call) -> None:
        """A program is about to make a call."""
        self._open[event.n] = _Open(event)
        self.phase(event.who, "held", event.thread, event)

    def ended(self, who: str) -> None:
        """Calls of a process that is gone never come back."""
        for n in [n for n, each in self._open.items() if each.call.who == who]:
            del self._open[n]
            self._ends.connecting.pop(n, None)

    # --- Made ---

    def released(self, n: int) -> None:
        """The call is made now."""
        each = self._open.get(n)
        if each is None or each.row >= 0:
            return
        call = each.call
        each.row = self._board.picture.add_row(self._row("call", call))
        self._board.picture.calls[n] = each.row
        self.phase(call.who, "calls", call.thread, call, row=each.row)
        if not call.socket:
            return
        record = self._board.socket((call.who, call.socket), call.transport)
        if call.name in SENDING:
            each.sent = self._send(call, record, each.row)
        elif call.name in CONNECTING:
            record.connector = True
            self._ends.connecting[n] = call
            self._connects[record.key] = call
        elif call.name == "listen":
            record.listens = True

    def _row(self, kind: Any, call: Call) -> Row:
        return Row(
            self._board.index,
            self._board.t,
            kind,
            call.who,
            self._board.picture.side_of(call.who),
            n=call.n,
            name=call.name,
            arguments=call.arguments,
            address=call.address,
            socket=call.socket,
            transport=call.transport,
            line=call.line,
        )

    def _send(self, call: Call, record: SocketRecord, row: int) -> Sent | None:
        """The next colour is for the bytes of this call."""
        size = max(call.size, len(call.data))
        udp = record.transport == "udp"
        if not size and not udp:
            return None
        sends = self._board.picture.sends
        sent = Sent(
            colour=len(sends),
            who=call.who,
            n=call.n,
            index=self._board.index,
            t=self._board.t,
            data=call.data,
            size=size,
            row=row,
            source=record.key,
        )
        sends.append(sent)
        if udp:
            self._datagrams.send(sent, call.address or record.remote)
        else:
            self._streams.send(sent, record)
        made = self._board.picture.rows[row]
        made.pieces, made.size = (sent.piece(0, size),), size
        return sent

    # --- Come back ---

    def returned(self, event: Returned) -> None:
        """The call has come back."""
        self.released(event.n)
        each = self._open.pop(event.n, None)
        if each is None:
            return
        call, row = each.call, self._board.picture.rows[each.row]
        self._ends.connecting.pop(event.n, None)
        self.phase(call.who, "runs", call.thread)
        back = self._row("return", call)
        back.size, back.made, back.seconds, back.errno = event.size, event.made, event.seconds, event.errno
        back.value, back.error, back.message, back.remote = (
            event.value,
            event.error,
            event.message,
            event.remote,
        )
        if event.made:
            made = self._board.socket((call.who, event.made), _transport_of_new(call))
            self._ends.place(made, event.local, event.remote)
            if call.name == "accept":
                self._ends.established(made)
        if call.socket:
            record = self._board.socket((call.who, call.socket), call.transport)
            self._tell(each, event, back, record)
            if record.outgoing is not None:
                self._streams.remember(record.outgoing)
        late = event.seconds >= WAITED_SECONDS and each.row != len(self._board.picture.rows) - 1
        waited = late and call.name not in OWN_CALLS
        # connect() of a UDP socket only keeps the address.
        kept = call.name in CONNECTING and call.transport == "udp"
        if (call.name in CARRY_BACK and not kept) or event.error or waited:
            self._board.picture.add_row(back)
        else:
            row.returned = self._board.index
            row.value, row.seconds, row.size, row.made = event.value, event.seconds, event.size, event.made

    def _tell(self, each: _Open, event: Returned, back: Row, record: SocketRecord) -> None:
        """What the return of a socket's call tells of the network."""
        call = each.call
        if event.error:
            self._failed(call, event, record, each.row)
        elif not event.made and call.name not in RECEIVING:
            remote = "" if call.name == "sendto" else event.remote
            self._ends.place(record, event.local, remote)
        if each.sent is not None:
            row = self._board.picture.rows[each.row]
            each.sent.returned, each.sent.t = True, self._board.t
            if record.transport == "udp":
                self._datagrams.sent(each.sent, event, row, record)
            else:
                self._streams.sent(each.sent, event, row, record)
        if event.error:
            return
        if call.name in RECEIVING:
            back.strips = self._received(call, event, back, record)
        elif call.name in CONNECTING and record.transport != "udp" and event.value in ("", "None", "0"):
            self._ends.established(record)
        elif call.name in CLOSING:
            self._closing(call, record, each.row)

    def _received(self, call: Call, event: Returned, back: Row, record: SocketRecord) -> tuple[Strip, ...]:
        size = max(event.size, len(event.data))
        if record.transport == "udp":
            return self._datagrams.received(call, event, back, record, size)
        return self._streams.received(call, event, back, record, size)

    def _closing(self, call: Call, record: SocketRecord, row: int) -> None:
        if call.name == "shutdown":
            if not re.search(r"\b[12]\b|WR", call.arguments):
                return
            record.shut = True
        else:
            record.closed.put(self._board.index, True)
        if record.outgoing is not None and record.outgoing.fin_row < 0:
            record.outgoing.fin_row = row

    def syn_sent_again(self, record: SocketRecord, row: Row) -> None:
        """The kernel told that it repeats what begins a connection: nobody has answered the first one.
        ``row``: where it was told."""
        call = self._connects.get(record.key)
        if call is None:
            return
        here, there = record.side, self._ends.side_of(call.address, record)
        self._unanswered(self._board.picture.calls[call.n], here, there)
        if row.kind == "note" and not row.flights:
            row.flights = (Flight(self._board.index, "syn", here, there, "derived", fate="unseen"),)

    def _unanswered(self, row: int, here: Side, there: Side) -> None:
        """The SYN of a connect(), in whose row it stands: it left before all that the kernel told of it."""
        made = self._board.picture.rows[row]
        if not made.flights:
            made.flights = (Flight(self._board.index, "syn", here, there, "derived", fate="unanswered"),)

    def _failed(self, call: Call, event: Returned, record: SocketRecord, row: int) -> None:
        """The segments without which the call, drawn in ``row``, would not have failed so."""
        here, who, socket = record.side, record.key[0], record.key[1]
        if call.name in CONNECTING:
            there = self._ends.side_of(call.address, record)
            if event.error in _REFUSED:
                self._ends.place(record, event.local, "")
                refused = self._board.flights(
                    who, here, (("syn", here, there), ("rst", there, here)), socket=socket
                )
                refused.address = "{}:{}".format(*self._ends.real(call.address))
            elif event.error in _TIMED_OUT:
                self._unanswered(row, here, there)
        elif record.transport == "udp":
            if event.error in _REFUSED | _RESET:
                there = self._ends.side_of(record.remote, record)
                self._board.flights(who, here, (("icmp", there, here),), socket=socket)
        elif event.error in _RESET and not record.reset:
            if event.error == "BrokenPipeError" and record.shut:
                return
            record.reset = True
            there = record.incoming.source_side if record.incoming else Side(here.other, False)
            self._board.flights(who, here, (("rst", there, here),), socket=socket)
