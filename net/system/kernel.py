"""The kernel's data about a socket that an unprivileged program can read: TCP's state and round trip, UDP
drops.

Linux: ``TCP_INFO`` (struct tcp_info, linux/tcp.h; older kernels return less of it) and ``SO_MEMINFO``.
macOS: ``TCP_CONNECTION_INFO`` (struct tcp_connection_info, netinet/tcp.h). Windows 10 1703 and later:
``SIO_TCP_INFO`` version 0 (struct TCP_INFO_v0, mstcpip.h). A value that a system does not provide is None.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

# RFC 9293 section 3.3.2 defines the states; each system numbers them in its own way.
_LINUX_STATES = (
    "",
    "ESTABLISHED",
    "SYN_SENT",
    "SYN_RECEIVED",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "TIME_WAIT",
    "CLOSED",
    "CLOSE_WAIT",
    "LAST_ACK",
    "LISTEN",
    "CLOSING",
    "SYN_RECEIVED",
)
_BSD_STATES = (
    "CLOSED",
    "LISTEN",
    "SYN_SENT",
    "SYN_RECEIVED",
    "ESTABLISHED",
    "CLOSE_WAIT",
    "FIN_WAIT_1",
    "CLOSING",
    "LAST_ACK",
    "FIN_WAIT_2",
    "TIME_WAIT",
)
# Windows numbers them as BSD up to ESTABLISHED, then FIN_WAIT_1 first (TCPSTATE, mstcpip.h).
_WINDOWS_STATES = (
    "CLOSED",
    "LISTEN",
    "SYN_SENT",
    "SYN_RECEIVED",
    "ESTABLISHED",
    "FIN_WAIT_1",
    "FIN_WAIT_2",
    "CLOSE_WAIT",
    "CLOSING",
    "LAST_ACK",
    "TIME_WAIT",
)
_TCP_INFO = 11
_TCP_CONNECTION_INFO = 0x106
_SIO_TCP_INFO = 0xD8000027
_SIO_UDP_CONNRESET = 0x9800000C
_SIO_UDP_NETRESET = 0x9800000F
_SO_MEMINFO = 55
_MEMINFO_DROPS = 8


@dataclass(frozen=True, slots=True)
class TcpFacts:
    """The kernel's data about a TCP connection. Times in ms, windows in bytes except ``congestion_window`` in
    segments. None: this system does not provide it."""

    state: str | None = None
    rtt: float | None = None
    rto: float | None = None
    retransmissions: int | None = None
    congestion_window: int | None = None
    send_window: int | None = None
    receive_window: int | None = None
    bytes_acked: int | None = None
    bytes_unacked: int | None = None


def tcp_facts(sock: socket.socket) -> TcpFacts:
    """The kernel's present data about this TCP socket; all None if it provides none. Never raises."""
    try:
        if sys.platform.startswith("linux"):
            return read_linux(sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 512))
        if sys.platform == "darwin":
            return read_macos(sock.getsockopt(socket.IPPROTO_TCP, _TCP_CONNECTION_INFO, 512))
        if sys.platform == "win32":
            return read_windows(_wsa_ioctl(sock, _SIO_TCP_INFO, struct.pack("<I", 0), 256))
    except OSError:
        pass
    return TcpFacts()


class _Fields:
    """Numbers at byte offsets of a C structure, which may be shorter than the version we know."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def number(self, code: str, offset: int) -> int | None:
        if offset + struct.calcsize(code) > len(self.data):
            return None
        return int(struct.unpack_from(code, self.data, offset)[0])

    def milliseconds(self, code: str, offset: int) -> float | None:
        """Microseconds at ``offset``, as ms."""
        value = self.number(code, offset)
        return None if value is None else value / 1000

    def state(self, names: tuple[str, ...], code: str) -> str | None:
        value = self.number(code, 0)
        return names[value] or None if value is not None and 0 <= value < len(names) else None


def read_linux(data: bytes) -> TcpFacts:
    """From struct tcp_info, of whatever length this kernel returned."""
    fields = _Fields(data)
    sent, acked = fields.number("=Q", 200), fields.number("=Q", 120)
    retransmitted = fields.number("=Q", 208)
    unacked = None
    if sent is not None and acked is not None and retransmitted is not None:
        # bytes_acked counts the SYN of the end that connected, so it may be ahead by one.
        unacked = max(0, sent - retransmitted - acked)
    return TcpFacts(
        state=fields.state(_LINUX_STATES, "B"),
        rtt=fields.milliseconds("=I", 68),
        rto=fields.milliseconds("=I", 8),
        retransmissions=fields.number("=I", 100),
        congestion_window=fields.number("=I", 80),
        send_window=fields.number("=I", 228),
        receive_window=fields.number("=I", 232),
        bytes_acked=acked,
        bytes_unacked=unacked,
    )


def read_macos(data: bytes) -> TcpFacts:
    """From struct tcp_connection_info. Its rto and srtt are in ms; its congestion window in bytes is
    converted to segments. The content of its send buffer is not the same as the unacknowledged bytes, so
    those stay None."""
    fields = _Fields(data)
    segment, window = fields.number("=I", 16), fields.number("=I", 24)
    rto, srtt = fields.number("=I", 12), fields.number("=I", 44)
    return TcpFacts(
        state=fields.state(_BSD_STATES, "B"),
        rtt=None if srtt is None else float(srtt),
        rto=None if rto is None else float(rto),
        retransmissions=fields.number("=Q", 104),
        congestion_window=window // segment if window is not None and segment else None,
        send_window=fields.number("=I", 28),
        receive_window=fields.number("=I", 36),
    )


def read_windows(data: bytes) -> TcpFacts:
    """From struct TCP_INFO_v0. It gives retransmissions in bytes; as segments they are rounded up."""
    fields = _Fields(data)
    segment, window = fields.number("<I", 4), fields.number("<I", 32)
    retransmitted = fields.number("<I", 68)
    return TcpFacts(
        state=fields.state(_WINDOWS_STATES, "<I"),
        rtt=fields.milliseconds("<I", 20),
        retransmissions=-(-retransmitted // segment) if retransmitted is not None and segment else None,
        congestion_window=window // segment if window is not None and segment else None,
        send_window=fields.number("<I", 36),
        receive_window=fields.number("<I", 40),
        bytes_unacked=fields.number("<I", 28),
    )


def udp_drops(sock: socket.socket) -> int | None:
    """How many datagrams the kernel has dropped for this socket because its receive buffer was full, since
    the socket was created; None if the system does not count them. Never raises."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        memory = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 64)
    except OSError:
        return _listed_drops(sock)
    return _Fields(memory).number("=I", _MEMINFO_DROPS * 4)


def _listed_drops(sock: socket.socket) -> int | None:
    """For kernels before 4.12, which report it only in /proc/net/udp: the last column, in the line with the
    socket's inode."""
    try:
        inode = str(os.fstat(sock.fileno()).st_ino)
        table = Path("/proc/net/udp6" if sock.family == socket.AF_INET6 else "/proc/net/udp").read_text(
            "ascii"
        )
    except OSError:
        return None
    for line in table.splitlines()[1:]:
        columns = line.split()
        if len(columns) >= 13 and columns[9] == inode:
            return int(columns[12])
    return None


def ignore_unreachable_ports(sock: socket.socket) -> None:
    """Windows: an ICMP error for a datagram sent earlier no longer makes the next ``recvfrom`` fail
    (WSAECONNRESET, WSAENETRESET). On other systems an unconnected socket never gets such errors."""
    if sys.platform == "win32":
        for code in (_SIO_UDP_CONNRESET, _SIO_UDP_NETRESET):
            try:
                _wsa_ioctl(sock, code, struct.pack("<I", 0), 4)
            except OSError:
                continue


def _wsa_ioctl(sock: socket.socket, code: int, given: bytes, size: int) -> bytes:
    """The output of ``WSAIoctl``, at most ``size`` bytes; Python's own ``ioctl`` accepts three codes only.
    Raises `OSError`."""
    if sys.platform != "win32":
        raise OSError("WSAIoctl is Windows' own")
    import ctypes
    from ctypes import wintypes

    winsock = ctypes.WinDLL("ws2_32", use_last_error=True)
    call = winsock.WSAIoctl
    # SOCKET is as wide as a pointer: without argtypes ctypes would truncate it to an int.
    call.argtypes = [
        ctypes.c_void_p,
        wintypes.DWORD,
        ctypes.c_void_p,
        wintypes.DWORD,
        ctypes.c_void_p,
        wintypes.DWORD,
        ctypes.POINTER(wintypes.DWORD),
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    call.restype = ctypes.c_int
    put_in = ctypes.create_string_buffer(given, len(given))
    out = ctypes.create_string_buffer(size)
    returned = wintypes.DWORD(0)
    if call(sock.fileno(), code, put_in, len(given), out, size, ctypes.byref(returned), None, None):
        number = winsock.WSAGetLastError()
        raise OSError(number, f"WSAIoctl {code:#x}")
    return out.raw[: returned.value]
