"""The bytes of a run: which send brought them, how far they have come, which recv took them.

A TCP connection is two streams, one in each direction. How far a stream has come is four offsets, and each
change of them is remembered with the number of the event that told it, so that what a buffer held after any
event is found by bisection, whatever its length. A UDP endpoint has a queue of datagrams instead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from net.lab.picture.rows import Fate, Piece, Side, SocketKey
from net.lab.recording import Facts

S = TypeVar("S")


class History(Generic[S]):
    """The values of something after events, in the order of the events."""

    def __init__(self) -> None:
        self._indexes: list[int] = []
        self._values: list[S] = []

    def put(self, index: int, value: S) -> None:
        """From event ``index`` on it is ``value``."""
        if self._indexes and self._indexes[-1] == index:
            self._values[-1] = value
        else:
            self._indexes.append(index)
            self._values.append(value)

    def at(self, count: int) -> S | None:
        """The value after the first ``count`` events; None if there was none yet."""
        place = bisect_right(self._indexes, count - 1)
        return self._values[place - 1] if place else None

    @property
    def last(self) -> S | None:
        return self._values[-1] if self._values else None

    def __iter__(self) -> Iterator[tuple[int, S]]:
        return iter(zip(self._indexes, self._values, strict=True))


@dataclass(frozen=True, slots=True)
class Taking:
    """Call ``n`` of ``who`` took the bytes ``start`` to ``stop`` of a send; event ``index`` told it."""

    index: int
    who: str
    n: int
    start: int
    stop: int


@dataclass(slots=True, eq=False)
class Sent:
    """What one send brought. ``colour``: its number in the run. ``offset``: where it begins in its stream.
    ``size``: the bytes that the kernel accepted (all of them while the call has not come back). ``known``
    False: bytes were received that no recorded call had sent; ``who`` is then ""."""

    colour: int
    who: str
    n: int
    index: int
    t: float
    data: bytes
    size: int
    offset: int = 0
    known: bool = True
    row: int = -1
    returned: bool = False
    takings: list[Taking] = field(default_factory=list)
    # of a datagram
    source: SocketKey | None = None
    source_address: str = ""
    target: SocketKey | None = None
    target_address: str = ""
    fate: Fate | None = None
    arrivals: int = 0
    consumed: int = 0

    def piece(self, start: int, stop: int) -> Piece:
        return Piece(self.colour, start, stop, self.offset + start, self.data[start:stop], self.known)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stream has come, in bytes: handed to the sending kernel, arrived at the other one,
    acknowledged, read by the program. ``window``: the free room that the receiver announced, None if
    untold."""

    t: float
    sent: int = 0
    arrived: int = 0
    acked: int = 0
    read: int = 0
    window: int | None = None


class Stream:
    """One direction of a TCP connection. ``source`` and ``target``: its sockets, None if not recorded (or
    not accepted yet)."""

    def __init__(self, number: int, source_side: Side, target_side: Side) -> None:
        self.number = number
        self.source: SocketKey | None = None
        self.target: SocketKey | None = None
        self.source_side = source_side
        self.target_side = target_side
        self.sends: list[Sent] = []
        self._offsets: list[int] = []
        self.sent = self.arrived = self.acked = self.read = 0
        self.window: int | None = None
        self.doubted = 0
        """Bytes before this offset were seen not to have arrived right after they were sent."""
        self.fin: bool = False
        self.fin_row = -1
        """The row of the call that closed it, or of its program's end."""
        self.fin_flight_row = -1
        """The row in which the FIN is drawn."""
        self.history: History[Progress] = History()

    def append(self, sent: Sent) -> None:
        sent.offset = self.sent
        self.sends.append(sent)
        self._offsets.append(sent.offset)
        self.sent += sent.size

    def shorten(self, sent: Sent, size: int) -> None:
        """The kernel accepted only ``size`` bytes of the stream's last send."""
        if self.sends and self.sends[-1] is sent and size < sent.size:
            sent.size = max(size, 0, self.arrived - sent.offset)
            sent.data = sent.data[: sent.size]
            self.sent = sent.offset + sent.size

    def since(self, start: int, stop: int) -> Iterator[tuple[Sent, int, int]]:
        """The sends that brought the bytes ``start`` to ``stop`` of the stream, each with its own part."""
        place = max(0, bisect_right(self._offsets, start) - 1)
        while place < len(self.sends) and self._offsets[place] < stop:
            sent = self.sends[place]
            first, last = max(0, start - sent.offset), min(sent.size, stop - sent.offset)
            if first < last:
                yield sent, first, last
            place += 1

    def pieces(self, start: int, stop: int) -> tuple[Piece, ...]:
        return tuple(sent.piece(first, last) for sent, first, last in self.since(start, stop))

    def remember(self, index: int, t: float) -> None:
        """Note how far the stream is after event ``index``."""
        self.history.put(index, Progress(t, self.sent, self.arrived, self.acked, self.read, self.window))


class DatagramQueue:
    """The datagrams that arrived at a UDP endpoint, in order; those before ``head`` were received or found
    missing."""

    def __init__(self) -> None:
        self.arrived: list[Sent] = []
        self.head = 0
        self.drops = 0
        self.history: History[tuple[int, int]] = History()

    def remember(self, index: int) -> None:
        self.history.put(index, (self.head, len(self.arrived)))

    def waiting(self) -> list[Sent]:
        return self.arrived[self.head :]


class SocketRecord:
    """A socket of a program, as the recording tells of it."""

    def __init__(self, key: SocketKey, transport: str, side: Side) -> None:
        self.key = key
        self.transport = transport
        self.side = side
        self.local = self.remote = ""
        self.addresses: History[tuple[str, str]] = History()
        self.states: History[str] = History()
        self.facts: History[Facts] = History()
        self.closed: History[bool] = History()
        self.listens = False
        self.connector = False
        self.handshaken = False
        self.reset = False
        self.shut = False
        self.outgoing: Stream | None = None
        self.incoming: Stream | None = None
        self.queue = DatagramQueue()

    @property
    def state(self) -> str:
        return self.states.last or ""
