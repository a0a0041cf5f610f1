"""`Picture`: the rows of one run, and what was so after any of its events."""

from __future__ import annotations

from bisect import bisect_left

from net.lab.picture.rows import Piece, Row, Side, SocketKey
from net.lab.picture.state import PictureState, ProgramState, SocketState
from net.lab.picture.traffic import History, Sent, SocketRecord, Stream
from net.lab.recording import Header, ProgramText, RecordedEvent


class Picture:
    """Grows while `net.lab.picture.PictureBuilder` is given further events.

    A position in it is a count of events: ``count`` n means that the first n events have happened. ``sends``
    are indexed by their colour.
    """

    def __init__(self) -> None:
        self.header = Header(t=0.0)
        self.events: list[RecordedEvent] = []
        self.rows: list[Row] = []
        self.sends: list[Sent] = []
        self.streams: list[Stream] = []
        self.sockets: dict[SocketKey, SocketRecord] = {}
        self.phases: dict[tuple[str, int], History[ProgramState]] = {}
        """Of each thread of each program, by name and number."""
        self.steps: dict[int, int] = {}
        self.calls: dict[int, int] = {}
        """The rows of the calls that were made, by the calls' numbers."""
        self._row_indexes: list[int] = []

    # --- What stands where ---

    @property
    def programs(self) -> tuple[ProgramText, ...]:
        return self.header.programs

    def side_of(self, who: str) -> Side:
        for program in self.header.programs:
            if program.name == who:
                return Side(1 if program.side else 0)
        return Side(0)

    def seen(self, number: int) -> bool:
        """Whether a recorded program stands on this side."""
        return any((1 if program.side else 0) == number for program in self.header.programs)

    def may_wait(self, state: ProgramState) -> bool:
        """Whether the call that a program is in can wait for others. To send a datagram does not: its return
        is only told later than what came of it."""
        row = self.rows[state.row] if state.row >= 0 else None
        return row is None or row.transport != "udp" or not row.name.startswith("send")

    def call_row(self, n: int) -> Row | None:
        """The row of call ``n``; None if it was not made."""
        row = self.calls.get(n)
        return None if row is None else self.rows[row]

    def add_row(self, row: Row) -> int:
        """Append ``row``; returns its number."""
        self.rows.append(row)
        self._row_indexes.append(row.index)
        return len(self.rows) - 1

    def rows_at(self, count: int) -> int:
        """How many rows the first ``count`` events have."""
        return bisect_left(self._row_indexes, count)

    def count_at(self, row: int) -> int:
        """The events up to and with all that the row's own event brought."""
        return self.rows[row].index + 1

    def count_of_step(self, number: int) -> int | None:
        """The events up to and with the one that says that step ``number`` was reached."""
        index = self.steps.get(number)
        return None if index is None else index + 1

    # --- What was so ---

    def time_at(self, count: int) -> float:
        count = min(count, len(self.events))
        return self.events[count - 1].t if count else 0.0

    def state_at(self, count: int) -> PictureState:
        """All programs and sockets after the first ``count`` events: O(log n) for each of them, plus the
        pieces in the buffers."""
        programs: dict[str, list[ProgramState]] = {}
        for (who, _thread), phases in sorted(self.phases.items()):
            state = phases.at(count)
            if state is not None:
                programs.setdefault(who, []).append(state)
        sockets = {}
        for key, record in self.sockets.items():
            socket = self._socket_at(record, count)
            if socket is not None:
                sockets[key] = socket
        return PictureState(
            count=count,
            t=self.time_at(count),
            programs={who: tuple(states) for who, states in programs.items()},
            sockets=sockets,
        )

    def program_at(self, who: str, count: int) -> ProgramState:
        """The state of a program's main thread."""
        phases = self.phases.get((who, 0))
        state = None if phases is None else phases.at(count)
        return ProgramState("absent", 0.0) if state is None else state

    def _socket_at(self, record: SocketRecord, count: int) -> SocketState | None:
        addresses = record.addresses.at(count)
        if addresses is None:
            return None
        out = record.outgoing.history.at(count) if record.outgoing else None
        come = record.incoming.history.at(count) if record.incoming else None
        received = record.incoming.pieces(come.read, come.arrived) if record.incoming and come else ()
        size = come.arrived - come.read if come else 0
        waiting = 0
        if record.transport == "udp":
            head, tail = record.queue.history.at(count) or (0, 0)
            grams = record.queue.arrived[head:tail]
            received = tuple(sent.piece(0, sent.size) for sent in grams)
            size, waiting = sum(sent.size for sent in grams), len(grams)
        facts = record.facts.at(count)
        unacked: tuple[Piece, ...] = ()
        if record.outgoing and out and facts is not None and facts.unacked:
            unacked = record.outgoing.pieces(max(out.acked, out.sent - facts.unacked), out.sent)
        return SocketState(
            key=record.key,
            transport=record.transport,
            local=addresses[0],
            remote=addresses[1],
            state=record.states.at(count) or "",
            received=received,
            received_size=size,
            unacked=unacked,
            sent=out.sent if out else -1,
            acked=out.acked if out else -1,
            arrived=come.arrived if come else -1,
            read=come.read if come else -1,
            facts=facts,
            closed=bool(record.closed.at(count)),
            datagrams=waiting,
        )
