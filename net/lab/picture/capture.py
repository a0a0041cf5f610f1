"""A run as a capture file (pcapng) for Wireshark and tshark.

No packet was captured: capturing needs rights. What a call or a fact tells is written as the packets that it
implies, each with a comment that says from what it was derived; what nothing supports is left out. Sequence
numbers, windows and the acknowledgements' times are made up, consistently (`net.protocol.pcap`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import BinaryIO, Literal

from msgspec.structs import replace

from net.lab.picture.ends import split_address
from net.lab.picture.picture import Picture
from net.lab.picture.rows import Flight, Row
from net.lab.picture.traffic import Sent, SocketRecord
from net.protocol.pcap import LARGEST_DATAGRAM, CapturedMessage, CaptureMark, write_capture

COMMENT = (
    "Written by Duplex from the recording of a lesson's run. No packet was captured. Payloads are what the "
    "programs sent; every packet is derived from a socket call or from what the kernel told, as its comment "
    "says, but for datagrams that passed Duplex's relay, which were observed there. Headers are synthesised: "
    "sequence numbers, windows, segment borders and the times of acknowledgements were not observed."
)
NOBODY = ("127.0.0.1", 9)
"""Stands for an address that the recording does not tell (port 9: discard, RFC 863)."""

_End = tuple[str, int]


def write_pcap(picture: Picture, file: BinaryIO) -> int:
    """Write the run's packets; returns their number. Raises `net.protocol.pcap.CaptureError` for an address
    that is none."""
    messages = sorted(_messages(picture), key=lambda message: message.time_us)
    return write_capture(_from_one_end(messages), file, COMMENT)


def _from_one_end(messages: Iterable[CapturedMessage]) -> Iterator[CapturedMessage]:
    """Both ends of a connection are in the recording: all of it as the end sees it that comes first."""
    firsts: set[tuple[_End, _End]] = set()
    for message in messages:
        if message.transport == "tcp":
            if (message.remote, message.local) in firsts:
                message = replace(
                    message,
                    local=message.remote,
                    remote=message.local,
                    direction="in" if message.direction == "out" else "out",
                    client=not message.client,
                )
            firsts.add((message.local, message.remote))
        yield message


def _messages(picture: Picture) -> Iterator[CapturedMessage]:
    began = _began(picture.header.made)
    receivers = _Receivers(picture)
    for number, row in enumerate(picture.rows):
        if row.kind == "return" and row.transport == "udp" and row.pieces and not row.pieces[0].known:
            yield _datagram_from_outside(picture, row, began)
        for flight in _last_words(row):
            message = _message(picture, row, flight, began) or receivers.message(number, row, flight, began)
            if message is not None:
                yield message


class _Receivers:
    """Who received what no recorded program had sent: one of a person's own programs may talk to others."""

    def __init__(self, picture: Picture) -> None:
        self._data: dict[int, SocketRecord] = {}
        """By the colour of what was sent."""
        self._fins: dict[int, SocketRecord] = {}
        """By the row in which the FIN is drawn."""
        for record in picture.sockets.values():
            if record.incoming is not None and record.incoming.source is None:
                self._data.update((sent.colour, record) for sent in record.incoming.sends)
                self._fins[record.incoming.fin_flight_row] = record

    def message(self, number: int, row: Row, flight: Flight, began: int) -> CapturedMessage | None:
        """What this flight, in the row of this number, brought to the one who received it."""
        fin = flight.kind == "fin"
        found = self._fins.get(number) if fin else None
        if flight.kind == "data":
            found = self._data.get(flight.pieces[0].colour)
        if found is None:
            return None
        local, remote = _ends(found.local, found.remote)
        data = b"".join(piece.data for piece in flight.pieces)
        told = "an empty recv(), or a state of the kernel" if fin else "a recv() returned it"
        mark = CaptureMark.FINISHED if fin else CaptureMark.DATA
        time = began + round(row.t * 1e6)
        return CapturedMessage(
            time, "tcp", local, remote, "in", data, found.connector, mark, f"Derived: {told}."
        )


def _datagram_from_outside(picture: Picture, row: Row, began: int) -> CapturedMessage:
    record = picture.sockets.get((row.who, row.socket))
    known = (record.local, record.remote) if record is not None else ("", "")
    local, remote = _ends(known[0], row.remote or known[1])
    return CapturedMessage(
        began + round(row.t * 1e6), "udp", local, remote, "in", row.pieces[0].data,
        comment=f"Derived: call {row.n} of {row.who} returned it.",
    )  # fmt: skip


def _last_words(row: Row) -> list[Flight]:
    """A datagram's flight is told more than once: its last word counts. Of a handshake the first segment
    stands for all."""
    flights = [flight for flight in row.flights if flight.kind != "datagram"]
    grams = [flight for flight in row.flights if flight.kind == "datagram"]
    if flights and flights[0].kind == "syn":
        return flights[:1]
    return flights + grams[-1:]


def _began(made: str) -> int:
    """Microseconds since 1970; 0 if the header does not tell."""
    try:
        moment = datetime.fromisoformat(made.replace("Z", "+00:00"))
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0, round(moment.timestamp() * 1e6))


def _message(picture: Picture, row: Row, flight: Flight, began: int) -> CapturedMessage | None:
    if flight.kind in ("data", "datagram"):
        sent = picture.sends[flight.pieces[0].colour]
        return _data(picture, sent, flight, began)
    record = picture.sockets.get((row.who, row.socket))
    if record is None or flight.kind in ("ack", "icmp") or flight.fate in ("unanswered", "unseen"):
        return None
    time = began + round(row.t * 1e6)
    outwards: Literal["in", "out"] = "out" if flight.source == record.side else "in"
    if flight.kind == "syn":
        refused = len(row.flights) > 1 and row.flights[1].kind == "rst"
        told = "connect() was refused" if refused else "connect() or accept() returned a connection"
        mark = CaptureMark.REFUSED if refused else CaptureMark.OPENED
        local, remote = _ends(record.local, record.remote or row.address)
        return CapturedMessage(
            time, "tcp", local, remote, "out", b"", record.connector, mark, f"Derived: {told}."
        )
    mark = CaptureMark.RESET if flight.kind == "rst" else CaptureMark.FINISHED
    told = "a call failed" if flight.kind == "rst" else "a state of the kernel, or an empty recv()"
    return CapturedMessage(
        time, "tcp", _end(record.local), _end(record.remote), outwards, b"", record.connector, mark,
        f"Derived: {told}.",
    )  # fmt: skip


def _data(picture: Picture, sent: Sent, flight: Flight, began: int) -> CapturedMessage | None:
    record = picture.sockets.get(sent.source) if sent.source else None
    if record is None:
        return None
    data = b"".join(piece.data for piece in flight.pieces)
    udp = flight.kind == "datagram"
    local, remote = _ends(record.local, _target(picture, sent) if udp else record.remote)
    version = ipaddress.ip_address(local[0]).version
    if udp and len(data) > LARGEST_DATAGRAM[version]:
        data = data[: LARGEST_DATAGRAM[version]]
    fate = f" The relay: {flight.fate}." if flight.relayed else ""
    how = "Observed at the relay" if flight.relayed else "Derived"
    told = f"{how}: call {sent.n} of {record.key[0]} sent it, and it {_known(flight)}.{fate}"
    time = began + round(sent.t * 1e6)
    return CapturedMessage(
        time, "udp" if udp else "tcp", local, remote, "out", data, record.connector, comment=told
    )


def _known(flight: Flight) -> str:
    return "left; nobody told that it arrived" if flight.fate == "unseen" else "arrived, as the kernel told"


def _target(picture: Picture, sent: Sent) -> str:
    """Where a datagram went: the port that the program named may stand for another one."""
    receiver = picture.sockets.get(sent.target) if sent.target else None
    host, port = split_address(sent.target_address)
    return f"{host}:{split_address(receiver.local)[1] if receiver is not None and receiver.local else port}"


def _ends(local: str, remote: str) -> tuple[_End, _End]:
    """Both ends of what was sent. A socket that is bound to no address in particular sends to this PC from
    this PC's own."""
    here, there = _end(local), _end(remote)
    own, target = (
        ipaddress.ip_address(here[0].partition("%")[0]),
        ipaddress.ip_address(there[0].partition("%")[0]),
    )
    if own.is_unspecified and target.is_loopback:
        here = ("127.0.0.1" if target.version == 4 else "::1", here[1])
    return here, there


def _end(address: str) -> _End:
    host, port = split_address(address)
    try:
        ipaddress.ip_address(host.partition("%")[0])
        return host, int(port) & 0xFFFF
    except ValueError:
        return NOBODY
