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

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from net.lab.picture.board import Board
from net.lab.picture.calls import Calls
from net.lab.picture.datagrams import Datagrams
from net.lab.picture.ends import Ends
from net.lab.picture.picture import Picture
from net.lab.picture.rows import NoteKind
from net.lab.picture.streams import Streams
from net.lab.picture.traffic import SocketRecord
from net.lab.recording import (
    Acked,
    Call,
    Ended,
    Facts,
    Header,
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

MANY = 3
"""Programs of one side; of more than these not each end gets a row of its own."""
TEXT_LIMIT = 2_000
"""Characters of one note."""

_FIN_CAME = {"CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT"}
_FIN_CONFIRMED = {"FIN_WAIT_2", "TIME_WAIT"}
_CLOSED_LAST = {"CLOSE_WAIT", "LAST_ACK"}
"""RFC 9293 section 3.3.2, figure 5: from here the ACK of the FIN leads to CLOSED."""
_QUIET_STATES = {"LISTEN", ""}


class PictureBuilder:
    """Feed it with `add`; ``picture`` is always up to date."""

    def __init__(self) -> None:
        self.picture = Picture()
        self._board = Board(self.picture)
        self._ends = Ends(self._board)
        self._streams = Streams(self._board, self._ends)
        self._datagrams = Datagrams(self._board, self._ends)
        self._calls = Calls(self._board, self._ends, self._streams, self._datagrams)
        self._takes: dict[type, Callable[[Any], None]] = {
            Header: self._header,
            Started: self._started,
            Call: self._calls.held,
            Released: lambda event: self._calls.released(event.n),
            Returned: self._calls.returned,
            Facts: self._facts,
            Acked: self._streams.acked,
            Printed: self._printed,
            Typed: self._typed,
            Ended: self._ended,
            Relayed: self._datagrams.relayed,
            Step: self._step,
            Trouble: self._trouble,
        }

    def add(self, event: RecordedEvent) -> None:
        """Take the next event of the recording."""
        self._board.index = len(self.picture.events)
        # Two processes may report in the other order than their clocks say.
        self._board.t = max(self._board.t, event.t)
        self.picture.events.append(event)
        take = self._takes.get(type(event))
        if take is not None:
            take(event)

    # --- Programs ---

    def _header(self, event: Header) -> None:
        self.picture.header = event

    def _started(self, event: Started) -> None:
        self._calls.phase(event.who, "runs")

    def _ended(self, event: Ended) -> None:
        for thread in [thread for who, thread in self.picture.phases if who == event.who]:
            self._calls.phase(event.who, "ended", thread, code=event.code)
        values = {"code": str(event.code), "stopped": "yes" if event.stopped else ""}
        row = self._end_row(event.who, values)
        self._calls.ended(event.who)
        for record in self.picture.sockets.values():
            # The kernel closes what its program left open.
            if record.key[0] == event.who and not record.closed.last:
                record.closed.put(self._board.index, True)
                if record.outgoing is not None and record.outgoing.fin_row < 0:
                    record.outgoing.fin_row = row

    def _end_row(self, who: str, values: dict[str, str]) -> int:
        """A row for the end of a program. Where a side has very many, those that end one after the other
        share one."""
        rows, side = self.picture.rows, self.picture.side_of(who)
        many = sum(self.picture.side_of(program.name) == side for program in self.picture.programs) > MANY
        if many and rows and rows[-1].side == side and rows[-1].notes and not rows[-1].flights:
            last = rows[-1].notes[-1]
            if last.kind == "ended" and last.values == values:
                note = replace(last, index=self._board.index, who=who)
                rows[-1].notes = (*rows[-1].notes, note)
                return len(rows) - 1
        return self._board.note("ended", "program", who, values)

    def _printed(self, event: Printed) -> None:
        kind: NoteKind = "printed-error" if event.error else "printed"
        rows = self.picture.rows
        if rows and rows[-1].kind == "note" and rows[-1].notes[-1].kind == kind and rows[-1].who == event.who:
            before = rows[-1].notes[-1]
            text = before.values["text"]
            # A line comes in pieces, and a traceback in many lines.
            if (event.error or not text.endswith("\n")) and len(text) < TEXT_LIMIT:
                values = {"text": (text + event.text)[:TEXT_LIMIT]}
                rows[-1].notes = (*rows[-1].notes[:-1], replace(before, values=values))
                return
        if event.text.strip():  # the empty rest of a line that came earlier says nothing
            self._board.note(kind, "program", event.who, {"text": event.text[:TEXT_LIMIT]})

    def _typed(self, event: Typed) -> None:
        self._board.note("typed", "program", event.who, {"text": event.text[:TEXT_LIMIT]})

    def _step(self, event: Step) -> None:
        self.picture.steps[event.number] = self._board.index

    def _trouble(self, event: Trouble) -> None:
        if event.code == "port-taken" and "port" in event.values:
            self._ends.move_port(event.values["port"], event.values.get("other", ""))
        values = {**event.values, "code": event.code}
        self._board.note("trouble", "program" if event.who else "middle", event.who, values)

    # --- Facts ---

    def _facts(self, event: Facts) -> None:
        record = self._board.socket((event.who, event.socket))
        before = record.facts.last
        record.facts.put(self._board.index, event)
        if not record.transport and event.state is not None:
            record.transport = "tcp"
        self._ends.place(record, event.local, event.remote)
        if record.transport == "udp":
            self._datagrams.facts(event, record, before)
            return
        if event.queue and event.queue > ((before.queue if before else 0) or 0):
            limit = "" if event.queue_limit is None else str(event.queue_limit)
            self._board.kernel_note("queue", record, {"count": str(event.queue), "limit": limit})
        if record.incoming is not None or record.outgoing is not None:
            self._streams.facts(event, record, self._calls.sending)
        if event.state is not None and event.state != record.state:
            self._state(event, record)
        if event.retransmissions and before is not None:
            again = event.retransmissions - (before.retransmissions or 0)
            if again > 0:
                row = self._board.kernel_note("sent-again", record, {"count": str(again)})
                if event.state == "SYN_SENT":
                    self._calls.syn_sent_again(record, row)

    def _state(self, event: Facts, record: SocketRecord) -> None:
        state, before = event.state or "", record.state
        record.states.put(self._board.index, state)
        if state == "ESTABLISHED" and record.connector:
            self._ends.established(record)
        if state in _FIN_CAME and record.incoming is not None:
            self._streams.fin(record.incoming)
        if record.outgoing is not None and (
            state in _FIN_CONFIRMED or (state == "CLOSED" and before in _CLOSED_LAST and record.outgoing.fin)
        ):
            self._streams.fin_acked(record.outgoing)
        if state in _QUIET_STATES or (state == "CLOSED" and before in _QUIET_STATES):
            return
        counted = event.timer == "time-wait" and event.timer_left is not None
        left = f"{event.timer_left:.1f}" if counted else ""
        self._board.kernel_note("state", record, {"state": state, "left": left})
