"""A transcript as a capture file (pcapng) that Wireshark and tshark read.

Duplex records calls and their messages, not packets. So there is one segment for each recv or send that it
made, with the messages of that call; the headers around them are made up, and the file's comment says so. The
made-up headers are consistent (lengths, checksums, sequence and acknowledgement numbers), but they show no
retransmissions, real segment borders or real acknowledgement times. A TLS session is written as TCP with the
plaintext; the comment of its first packet says so.

Format: draft-ietf-opsawg-pcapng; link type 101 (raw IP). Headers: RFC 791, 8200, 9293, 768, 1071.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable
from enum import Enum
from typing import BinaryIO, Literal

from msgspec import Struct

COMMENT = (
    "Written by Duplex from its transcript. There is one segment for each recv or send that Duplex made, not "
    "for each segment that was on the wire, and one datagram for each that was sent or received. Payloads "
    "and times are those of these calls; what the framing added (line ends, lengths, delimiters) was not "
    "recorded. The IP, TCP and UDP headers are synthesised: segment borders, sequence numbers, "
    "acknowledgements and windows were not observed."
)
TLS_COMMENT = "A TLS session: the payload is the plaintext; the encrypted bytes were not recorded."
# Fits into a 65,535-byte IP packet with any header, and into the announced window.
LARGEST_SEGMENT = 65_000
LARGEST_DATAGRAM = {4: 65_507, 6: 65_527}
_WINDOW = 65_535
_SYN, _FIN, _RST, _PSH, _ACK = 0x02, 0x01, 0x04, 0x08, 0x10
_SEQUENCES = 1 << 32
# Maximum segment size, two NOPs, selective acknowledgements (RFC 2018): Wireshark 4.4 complains about a SYN
# without it.
_SYN_OPTIONS = struct.pack(">BBHBBBB", 2, 4, LARGEST_SEGMENT, 1, 1, 4, 2)


class CaptureMark(str, Enum):
    """The kind of a record: data, or what the transcript knows of a TCP session's life."""

    DATA = "data"
    OPENED = "opened"
    FINISHED = "finished"
    CLOSED = "closed"
    ENDED = "ended"
    RESET = "reset"
    REFUSED = "refused"


_LAST = (CaptureMark.CLOSED, CaptureMark.ENDED, CaptureMark.RESET, CaptureMark.REFUSED)


class CaptureErrorKind(str, Enum):
    """Why a record cannot be written."""

    BAD_ADDRESS = "bad_address"
    DATAGRAM_TOO_LARGE = "datagram_too_large"


class CaptureError(ValueError):
    """`index` counts the records from 0; `found` is the address, or the size in bytes."""

    def __init__(self, kind: CaptureErrorKind, index: int, found: str) -> None:
        super().__init__(f"{kind.value}: record {index}: {found}")
        self.kind = kind
        self.index = index
        self.found = found


class CapturedMessage(Struct, frozen=True):
    """One record of a transcript: `time_us` is microseconds since 1970 UTC, addresses are (IP as text, port).

    `client`: the local end connected. A `mark` other than DATA is for TCP and TLS and carries no data: OPENED
    at the session's start, FINISHED when the end that `direction` names (out: local, in: remote) sent its
    FIN, CLOSED when both have (that end first), ENDED when nothing more is known, RESET when that end sent
    RST, REFUSED when the client's SYN was answered by RST. ``missing``: bytes behind ``data`` that belong to
    the record and are not known: the sequence numbers go on after them. ``comment``: of the record's first
    packet.
    """

    time_us: int
    transport: Literal["tcp", "udp", "tls"]
    local: tuple[str, int]
    remote: tuple[str, int]
    direction: Literal["in", "out"]
    data: bytes = b""
    client: bool = True
    mark: CaptureMark = CaptureMark.DATA
    comment: str = ""
    missing: int = 0


_Ends = tuple[tuple[str, int], tuple[str, int]]


def write_capture(
    messages: Iterable[CapturedMessage],
    file: BinaryIO,
    comment: str = COMMENT,
    tls_comment: str = TLS_COMMENT,
) -> int:
    """Write the records, oldest first, to `file` as they come; returns the number of packets.

    Memory is needed for each open TCP session, not for each message. If both ends of a TCP session are in the
    transcript (a client and a server in one program), only the end that comes first is written: it has all
    the bytes, and written twice they would look like retransmissions. CaptureError leaves the packets written
    before it in the file.
    """
    writer = _Writer(file, comment)
    flows: dict[_Ends, _Flow] = {}
    mirrored: set[_Ends] = set()
    opened = 0
    for index, message in enumerate(messages):
        ends = (message.local, message.remote)
        try:
            if message.transport == "udp":
                _write_datagram(writer, message, index)
                continue
            if (message.remote, message.local) in flows and ends not in flows:
                mirrored.add(ends)
            elif message.mark is CaptureMark.OPENED:
                mirrored.discard(ends)
            if ends in mirrored:
                if message.mark in _LAST:
                    mirrored.discard(ends)
                continue
            flow = flows.get(ends)
            if flow is None and message.mark is CaptureMark.ENDED:
                continue
            if flow is None or message.mark is CaptureMark.OPENED:
                note = tls_comment if message.transport == "tls" else ""
                flow = flows[ends] = _Flow(writer, message, note, opened)
                opened += 1
            flow.write(message)
            if flow.over:
                del flows[ends]
        except ValueError as error:
            if isinstance(error, CaptureError):
                raise
            raise CaptureError(
                CaptureErrorKind.BAD_ADDRESS, index, f"{message.local} {message.remote}"
            ) from error
    return writer.packets


class _Writer:
    """Blocks of a pcapng file with one section and one interface."""

    def __init__(self, file: BinaryIO, comment: str) -> None:
        self._file = file
        self.packets = 0
        options = _option(1, comment) + _option(4, "Duplex") + _option(0, "")
        self._block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options)
        self._block(1, struct.pack("<HHI", 101, 0, 0) + _option(2, "duplex") + _option(0, ""))

    def packet(self, time_us: int, packet: bytes, comment: str = "") -> None:
        options = _option(1, comment) + _option(0, "") if comment else b""
        size = len(packet)
        head = struct.pack("<IIIII", 0, time_us >> 32 & 0xFFFFFFFF, time_us & 0xFFFFFFFF, size, size)
        self._block(6, head + packet + bytes(-size % 4) + options)
        self.packets += 1

    def _block(self, kind: int, body: bytes) -> None:
        length = struct.pack("<I", len(body) + 12)
        self._file.write(struct.pack("<I", kind) + length + body + length)


def _option(code: int, text: str) -> bytes:
    value = text.encode("utf-8", "replace")
    # An option's length has 16 bits.
    value = value[:65_000].decode("utf-8", "ignore").encode()
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of `data`."""
    if len(data) % 2:
        data += b"\0"
    # The ones' complement sum of 16-bit words is the number they spell modulo 65,535, in one division.
    total = int.from_bytes(data, "big")
    folded = total % 0xFFFF
    if folded == 0 and total:
        folded = 0xFFFF
    return ~folded & 0xFFFF


class _Path:
    """IP headers from one end to the other."""

    def __init__(self, source: tuple[str, int], target: tuple[str, int]) -> None:
        from_ip, to_ip = _same_family(_parse_ip(source[0]), _parse_ip(target[0]))
        self.version = from_ip.version
        self.ports = struct.pack(">HH", source[1] & 0xFFFF, target[1] & 0xFFFF)
        self._addresses = from_ip.packed + to_ip.packed
        self._identification = 0

    def packet(self, protocol: int, segment: bytes, checksum_at: int) -> bytes:
        """An IP packet around a TCP or UDP segment, whose checksum field at `checksum_at` is filled in."""
        size = len(segment)
        pseudo = self._addresses + struct.pack(">II", size, protocol)
        # UDP over IPv4 has 0 for "no checksum", so a sum of 0 is sent as its other form (RFC 768).
        total = checksum(pseudo + segment) or (0xFFFF if protocol == 17 else 0)
        segment = segment[:checksum_at] + total.to_bytes(2, "big") + segment[checksum_at + 2 :]
        if self.version == 6:
            return struct.pack(">IHBB", 0x60000000, size, protocol, 64) + self._addresses + segment
        self._identification = (self._identification + 1) & 0xFFFF
        head = struct.pack(">BBHHHBB", 0x45, 0, 20 + size, self._identification, 0x4000, 64, protocol)
        header = head + b"\0\0" + self._addresses
        return head + checksum(header).to_bytes(2, "big") + self._addresses + segment


_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def _parse_ip(text: str) -> _Ip:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _same_family(one: _Ip, other: _Ip) -> tuple[_Ip, _Ip]:
    """A dual-stack socket bound to :: talks IPv4 to IPv4 peers; other mixtures are written as IPv4-mapped."""
    if one.version == other.version:
        return one, other
    if one.is_unspecified or other.is_unspecified:
        zero = ipaddress.ip_address("0.0.0.0" if "4" in (str(one.version), str(other.version)) else "::")
        return (zero, other) if one.is_unspecified else (one, zero)
    return _mapped(one), _mapped(other)


def _mapped(address: _Ip) -> _Ip:
    return ipaddress.ip_address(f"::ffff:{address}") if address.version == 4 else address


def _write_datagram(writer: _Writer, message: CapturedMessage, index: int) -> None:
    ends = (message.local, message.remote)
    path = _Path(*(ends if message.direction == "out" else ends[::-1]))
    size = len(message.data)
    if size > LARGEST_DATAGRAM[path.version]:
        raise CaptureError(CaptureErrorKind.DATAGRAM_TOO_LARGE, index, str(size))
    if message.mark is CaptureMark.DATA and not message.missing:
        segment = path.ports + struct.pack(">HH", size + 8, 0) + message.data
        writer.packet(message.time_us, path.packet(17, segment, 6), message.comment)


class _End(Struct):
    """One end's side of a TCP session: what it has sent and what of it the other end has acknowledged."""

    path: _Path
    sequence: int
    acknowledged: int = 0
    finished: bool = False

    def __post_init__(self) -> None:
        self.acknowledged = self.sequence


class _Flow:
    """One TCP session's packets; `over` once both ends sent FIN or one RST."""

    def __init__(self, writer: _Writer, message: CapturedMessage, note: str, number: int) -> None:
        self._writer = writer
        self._note = note
        self._time = message.time_us
        # Far from those of the previous session, which may have had the same ports; the same in each export.
        first = (number + 1) * 0x1000_0000 % _SEQUENCES
        self._local = _End(_Path(message.local, message.remote), first + 1_000_000)
        self._remote = _End(_Path(message.remote, message.local), first + 2_000_000)
        self.over = False

    def write(self, message: CapturedMessage) -> None:
        self._time = message.time_us
        self._note = self._note or message.comment
        local_acts = message.direction == "out"
        sender, receiver = (self._local, self._remote) if local_acts else (self._remote, self._local)
        if message.mark is CaptureMark.OPENED:
            self._open(message.client)
        elif message.mark is CaptureMark.DATA:
            self._send(sender, receiver, message.data)
            sender.sequence = (sender.sequence + message.missing) % _SEQUENCES
        elif message.mark is CaptureMark.REFUSED:
            client, server = self._client_first(message.client)
            self._segment(client, server, _SYN, options=_SYN_OPTIONS)
            self._segment(server, client, _RST | _ACK)
            self.over = True
        elif message.mark is CaptureMark.ENDED:
            self.over = True
        elif message.mark is CaptureMark.RESET:
            self._segment(sender, receiver, _RST | _ACK)
            self.over = True
        else:
            self._finish(sender, receiver)
            if message.mark is CaptureMark.CLOSED:
                self._finish(receiver, sender)
            self.over = sender.finished and receiver.finished

    def _open(self, local_is_client: bool) -> None:
        client, server = self._client_first(local_is_client)
        self._segment(client, server, _SYN, options=_SYN_OPTIONS)
        self._segment(server, client, _SYN | _ACK, options=_SYN_OPTIONS)
        self._segment(client, server, _ACK)

    def _client_first(self, local_is_client: bool) -> tuple[_End, _End]:
        return (self._local, self._remote) if local_is_client else (self._remote, self._local)

    def _send(self, sender: _End, receiver: _End, data: bytes) -> None:
        for start in range(0, len(data), LARGEST_SEGMENT):
            piece = data[start : start + LARGEST_SEGMENT]
            in_flight = (sender.sequence - sender.acknowledged) % _SEQUENCES
            # A window that is never overrun keeps readers from reporting a full one.
            if in_flight + len(piece) >= _WINDOW:
                self._segment(receiver, sender, _ACK)
            self._segment(sender, receiver, _PSH | _ACK, piece)

    def _finish(self, sender: _End, receiver: _End) -> None:
        if not sender.finished:
            self._segment(sender, receiver, _FIN | _ACK)
            sender.finished = True

    def _segment(
        self, sender: _End, receiver: _End, flags: int, data: bytes = b"", options: bytes = b""
    ) -> None:
        acknowledgement = 0
        if flags & _ACK:
            acknowledgement = receiver.acknowledged = receiver.sequence
        offset = (20 + len(options)) // 4 << 4
        header = struct.pack(">IIBBHHH", sender.sequence, acknowledgement, offset, flags, _WINDOW, 0, 0)
        packet = sender.path.packet(6, sender.path.ports + header + options + data, 16)
        self._writer.packet(self._time, packet, self._note)
        self._note = ""
        advance = len(data) + (1 if flags & (_SYN | _FIN) else 0)
        sender.sequence = (sender.sequence + advance) % _SEQUENCES
