"""Which sockets belong together: by their addresses."""

from __future__ import annotations

from net.lab.picture.board import Board
from net.lab.picture.rows import FlightKind, Side
from net.lab.picture.traffic import SocketRecord, Stream
from net.lab.recording import Call

_WILD = {"", "0.0.0.0", "::", "*"}


def split_address(address: str) -> tuple[str, str]:
    """Host and port of ``host:port``, IPv4-mapped and bracketed hosts as their plain form."""
    host, _colon, port = address.rpartition(":")
    host = host.strip("[]").removeprefix("::ffff:")
    return ("127.0.0.1" if host == "localhost" else host), port


class Ends:
    """Pairs the two sockets of each connection, gives them their streams, and finds who has bound an
    address."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._ends: dict[tuple[tuple[str, str], tuple[str, str]], SocketRecord] = {}
        self._bound: dict[tuple[str, str], list[SocketRecord]] = {}
        self.connecting: dict[int, Call] = {}
        """The connect() calls that have not come back, by their numbers."""
        self._moved: dict[str, str] = {}
        """Ports that were found taken when a program bound them, and those that stand for them."""

    def place(self, record: SocketRecord, local: str, remote: str) -> None:
        """A socket's addresses became known."""
        if not (local or remote) or (local, remote) == (record.local, record.remote):
            return
        record.local, record.remote = local or record.local, remote or record.remote
        record.addresses.put(self._board.index, (record.local, record.remote))
        _host, port = split_address(record.local)
        places = self._bound.setdefault((record.transport, port), [])
        if record not in places:
            places.append(record)
        if record.transport == "tcp" and record.remote and record.local:
            self._connect(record)

    def _connect(self, record: SocketRecord) -> None:
        if record.outgoing is not None and record.outgoing.target is not None:
            return
        local, remote = split_address(record.local), split_address(record.remote)
        other = self._ends.pop((remote, local), None)
        if other is not None and other.key != record.key:
            self._pair(record, other)
        else:
            self._ends[local, remote] = record
            self.give_streams(record)

    def give_streams(self, record: SocketRecord) -> None:
        """Both directions of its connection, also while the other end is not known."""
        if record.outgoing is None:
            there = self.side_of(record.remote, record)
            record.outgoing = self._stream(record.side, there)
            record.outgoing.source = record.key
        if record.incoming is None:
            record.incoming = self._stream(record.outgoing.target_side, record.side)
            record.incoming.target = record.key

    def _stream(self, source: Side, target: Side) -> Stream:
        stream = Stream(len(self._board.picture.streams), source, target)
        self._board.picture.streams.append(stream)
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

    def side_of(self, address: str, record: SocketRecord) -> Side:
        """Where ``address`` is: the side of the program that has bound it, or the other one, not seen."""
        for place in self.at(record.transport, address):
            if place.key != record.key:
                return place.side
        other = record.side.other
        return Side(other, False)

    def at(self, transport: str, address: str) -> list[SocketRecord]:
        """The open sockets that have bound ``address``, the latest first."""
        host, port = self.real(address)
        found = []
        for place in reversed(self._bound.get((transport, port), [])):
            bound = split_address(place.local)[0]
            if (bound == host or bound in _WILD or host in _WILD) and not place.closed.last:
                found.append(place)
        return found

    def move_port(self, port: str, other: str) -> None:
        """From now on ``port`` stands for ``other``."""
        self._moved[port] = other

    def real(self, address: str) -> tuple[str, str]:
        """Host and port of an address as a program writes it: its port may stand for another one."""
        host, port = split_address(address)
        return host, self._moved.get(port) or str(self._board.picture.header.ports.get(port, port))

    def established(self, record: SocketRecord) -> None:
        """Both kernels know of the connection: its three segments must have gone over, once."""
        self.give_streams(record)
        if record.handshaken or record.outgoing is None:
            return
        record.handshaken = True
        client, server = record.side, record.outgoing.target_side
        if not record.connector:
            client, server = server, client
            for call in self.connecting.values():
                waiting = self._board.socket((call.who, call.socket))
                if not waiting.handshaken and self._is_at(call.address, record.local):
                    # Its connect() has not come back yet, and the accept() has.
                    waiting.handshaken = True
                    client = waiting.side
                    break
        ways: tuple[tuple[FlightKind, Side, Side], ...] = (
            ("syn", client, server),
            ("syn-ack", server, client),
            ("ack", client, server),
        )
        self._board.flights(record.key[0], record.side, ways, socket=record.key[1])

    def _is_at(self, address: str, local: str) -> bool:
        return self.real(address) == split_address(local)
