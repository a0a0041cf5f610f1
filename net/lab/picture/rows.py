"""What a picture consists of: rows from top to bottom, and the parts of a row.

Every part has an ``index``, the number of the event that supports it: when only the first ``n`` events are
shown, parts with ``index >= n`` are left out, so a picture never tells what was not known yet. Nothing here
is worded: codes and values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from net.lab.recording import Mark

RowKind = Literal["call", "return", "flight", "note"]
"""``call``: an arrow from a program to its kernel; ``return``: one back; ``flight``: only arrows between
the kernels; ``note``: only notes."""

FlightKind = Literal["data", "datagram", "syn", "syn-ack", "ack", "fin", "rst", "icmp"]
Fate = Literal["arrived", "unseen", "lost", "queue-full", "doubled", "reordered", "unanswered", "dropped"]
"""What became of a flight. ``unseen``: it left, nobody told that it arrived. ``lost``, ``queue-full``,
``doubled``, ``reordered``: our relay's decision. ``dropped``: the receiving kernel had no room for it.
``unanswered``: a SYN to which nothing came back."""

NoteKind = Literal[
    "started", "ended", "printed", "printed-error", "typed", "state", "queue", "drops", "sent-again", "step",
    "trouble", "measured",
]  # fmt: skip

SocketKey = tuple[str, int]
"""A program's name and the number of its socket."""


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a flight: the kernel of side 0 (left) or 1 (right). ``seen``: a program of the recording
    stands there."""

    number: int
    seen: bool = True

    @property
    def other(self) -> int:
        return 1 - self.number


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes ``start`` to ``stop`` (exclusive) of what the send with this ``colour`` brought.

    ``colour``: the number of the send in the run, from 0; it is the same wherever its bytes are. ``offset``:
    where the piece begins in its stream (0 for a datagram). ``data``: the bytes, fewer than ``stop - start``
    where the recording did not keep all of them. ``known`` False: what brought them was not recorded.
    """

    colour: int
    start: int
    stop: int
    offset: int
    data: bytes
    known: bool = True

    @property
    def size(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Flight:
    """An arrow between the kernels. ``seconds``: how long it was under way, None if nobody told; ``passed``
    a relay: its decision is ``fate``, kept for ``delay`` seconds. ``copies``: how often it arrived."""

    index: int
    kind: FlightKind
    source: Side
    target: Side
    mark: Mark
    pieces: tuple[Piece, ...] = ()
    size: int = 0
    seconds: float | None = None
    fate: Fate = "arrived"
    relayed: bool = False
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Strip:
    """Bytes in a buffer after this row: ``pieces`` of ``size`` bytes on the kernel's line of ``side``.
    ``sending``: in the send buffer, where they stay until they are acknowledged; else in the receive buffer.
    ``accepted`` False: of a connection that no program has fetched with accept() yet."""

    index: int
    side: Side
    pieces: tuple[Piece, ...]
    size: int
    mark: Mark
    accepted: bool = True
    datagrams: int = 0
    sending: bool = False


@dataclass(frozen=True, slots=True)
class Acks:
    """``count`` acknowledgements that arrived at the kernel of ``side``, folded into one dot; ``offset``:
    the bytes of the stream that the last one confirms."""

    index: int
    side: Side
    count: int
    offset: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Note:
    """Something told beside a line. ``who``: the program, "" for none; ``at``: on whose line it stands;
    ``values``: what its words need, by kind:

    started: pid. ended: code, stopped ("yes", ""). printed, printed-error, typed: text. state: state,
    left (seconds of TIME_WAIT). queue: count, limit. drops: count. sent-again: count. step: number, why.
    trouble: code and its values. measured: name, value, unit.
    """

    index: int
    kind: NoteKind
    at: Literal["program", "kernel", "middle"]
    side: Side
    who: str
    mark: Mark
    values: dict[str, str]
    socket: int = 0


@dataclass(slots=True)
class Row:
    """``index`` and ``t``: the first event it comes from. A call row carries in ``pieces`` what the program
    hands to the kernel; a return row what comes back.

    ``n``: the call's number, 0 if it is none. ``name``, ``arguments``, ``address``, ``line``: of the call; of
    a connection that was refused ``address`` is where it was to go.
    ``returned``: the number of the event that told its return, if that has no row of its own; then
    ``value``, ``error`` ... are its. ``seconds``: how long the call took. ``gone``: the rest of a
    datagram that a too small recvfrom() threw away. ``end``: recv() returned nothing: the peer sends no more.
    """

    index: int
    t: float
    kind: RowKind
    who: str
    side: Side
    mark: Mark = "observed"
    n: int = 0
    name: str = ""
    arguments: str = ""
    address: str = ""
    socket: int = 0
    transport: str = ""
    line: int = 0
    pieces: tuple[Piece, ...] = ()
    size: int = 0
    returned: int | None = None
    value: str = ""
    error: str = ""
    message: str = ""
    errno: int = 0
    seconds: float | None = None
    made: int = 0
    remote: str = ""
    gone: tuple[Piece, ...] = ()
    end: bool = False
    flights: tuple[Flight, ...] = ()
    strips: tuple[Strip, ...] = ()
    notes: tuple[Note, ...] = ()
    acks: Acks | None = None
