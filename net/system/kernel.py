"""The kernel's data about a socket that an unprivileged program can read: TCP's state and round trip, what
waits to be read, UDP drops; and the table of all TCP sockets.

Linux: ``TCP_INFO`` (struct tcp_info, linux/tcp.h; older kernels return less of it) and ``SO_MEMINFO``.
macOS: ``TCP_CONNECTION_INFO`` (struct tcp_connection_info, netinet/tcp.h). Windows 10 1703 and later:
``SIO_TCP_INFO`` version 0 (struct TCP_INFO_v0, mstcpip.h). A value that a system does not provide is None.

The lessons' hook loads this file by its path into the program that it holds: it needs Python 3.8 and the
standard library alone.
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
_LINUX_FIONREAD = 0x541B
_LINUX_SIOCOUTQ = 0x5411
_BSD_FIONREAD = 0x4004667F  # Windows took the number over
_MACOS_SO_NWRITE = 0x1024
_LINUX_TIMERS = {"01": "retransmit", "02": "keepalive", "03": "time-wait", "04": "persist"}


@dataclass(frozen=True)
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
    bytes_received: int | None = None
    accept_queue: int | None = None
    """Of a listener: connections that wait for accept()."""
    accept_queue_limit: int | None = None


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
    state = fields.state(_LINUX_STATES, "B")
    if state == "LISTEN":
        # There these two are the accept queue.
        waiting, limit = fields.number("=I", 24), fields.number("=I", 28)
        return TcpFacts(state=state, accept_queue=waiting, accept_queue_limit=limit)
    sent, acked = fields.number("=Q", 200), fields.number("=Q", 120)
    retransmitted = fields.number("=Q", 208)
    unacked = None
    if sent is not None and acked is not None and retransmitted is not None:
        # bytes_acked counts the SYN of the end that connected, so it may be ahead by one.
        unacked = max(0, sent - retransmitted - acked)
    return TcpFacts(
        state=state,
        rtt=fields.milliseconds("=I", 68),
        rto=fields.milliseconds("=I", 8),
        retransmissions=fields.number("=I", 100),
        congestion_window=fields.number("=I", 80),
        send_window=fields.number("=I", 228),
        receive_window=fields.number("=I", 232),
        bytes_acked=acked,
        bytes_unacked=unacked,
        bytes_received=fields.number("=Q", 128),
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
        bytes_received=fields.number("=Q", 88),
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
        bytes_received=fields.number("<Q", 56),
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


def unread_bytes(sock: socket.socket) -> int | None:
    """Bytes that wait to be read (FIONREAD); of UDP on Linux those of the next datagram. Never raises."""
    try:
        if sys.platform == "win32":
            return _windows_unread(sock)
        linux = sys.platform.startswith("linux")
        return _ioctl_number(sock, _LINUX_FIONREAD if linux else _BSD_FIONREAD)
    except (OSError, ValueError):
        return None


def unacked_bytes(sock: socket.socket) -> int | None:
    """Bytes that the program has sent and the peer's kernel has not acknowledged, whether or not they have
    left. Never raises."""
    try:
        if sys.platform.startswith("linux"):
            return _ioctl_number(sock, _LINUX_SIOCOUTQ)
        if sys.platform == "darwin":
            return sock.getsockopt(socket.SOL_SOCKET, _MACOS_SO_NWRITE)
    except (OSError, ValueError):
        pass
    return tcp_facts(sock).bytes_unacked


def acknowledged(sock: socket.socket, written: int, finished: bool) -> tuple[int, bool] | None:
    """How many of the ``written`` bytes that the kernel has taken the peer's kernel has acknowledged, and
    whether our FIN, sent if ``finished``, too; None if this system does not tell. Never raises."""
    if sys.platform == "win32":
        return _windows_acknowledged(sock, written, finished)
    waiting = unacked_bytes(sock)
    if waiting is None:
        return None
    if not sys.platform.startswith("linux"):
        return max(0, written - waiting), finished and _fin_acknowledged(tcp_facts(sock).state)
    # Linux counts the FIN as one byte.
    return min(written, max(0, written + finished - waiting)), finished and waiting == 0


def _fin_acknowledged(state: str | None) -> bool:
    """States that only the acknowledgement of our FIN leads to (RFC 9293 section 3.3.2)."""
    return state in ("FIN_WAIT_2", "TIME_WAIT")


def _windows_acknowledged(sock: socket.socket, written: int, finished: bool) -> tuple[int, bool] | None:
    try:
        data = _wsa_ioctl(sock, _SIO_TCP_INFO, struct.pack("<I", 0), 256)
    except OSError:
        return None
    found = read_windows_acknowledged(data, written)
    return None if found is None else (found, finished and _fin_acknowledged(read_windows(data).state))


def read_windows_acknowledged(data: bytes, written: int) -> int | None:
    """From struct TCP_INFO_v0: bytes sent less those in flight. Whether its BytesOut counts what was sent
    again is not documented: the smaller number is taken, unless it is just what was written."""
    fields = _Fields(data)
    out, again, in_flight = fields.number("<Q", 48), fields.number("<I", 68), fields.number("<I", 28)
    if out is None or again is None or in_flight is None:
        return None
    sent = written if out == written else out - again
    return max(0, min(written, sent - in_flight))


def _ioctl_number(sock: socket.socket, request: int) -> int:
    import fcntl

    answer = fcntl.ioctl(sock.fileno(), request, b"\0" * 4)
    return int(struct.unpack("=i", answer)[0])


def _windows_unread(sock: socket.socket) -> int | None:
    if sys.platform != "win32":
        return None
    import ctypes

    waiting = ctypes.c_ulong(0)
    call = ctypes.WinDLL("ws2_32").ioctlsocket
    call.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.POINTER(ctypes.c_ulong)]
    return waiting.value if call(sock.fileno(), _BSD_FIONREAD, ctypes.byref(waiting)) == 0 else None


def socket_facts(sock: socket.socket) -> dict[str, str | int | float]:
    """All that the kernel tells about a TCP or UDP socket, by the names of `net.lab.recording.Facts`; what it
    does not tell is left out. Never raises."""
    found: dict[str, str | int | float | None] = {}
    if sock.type & 0xF == socket.SOCK_DGRAM:
        found = {"unread": unread_bytes(sock), "drops": udp_drops(sock)}
    else:
        tcp = tcp_facts(sock)
        found = {
            "state": tcp.state,
            "rtt": tcp.rtt,
            "rto": tcp.rto,
            "retransmissions": tcp.retransmissions,
            "congestion_window": tcp.congestion_window,
            "send_window": tcp.send_window,
            "receive_window": tcp.receive_window,
            "acked": tcp.bytes_acked,
            "received": tcp.bytes_received,
            "queue": tcp.accept_queue,
            "queue_limit": tcp.accept_queue_limit,
        }
        if tcp.state == "CLOSED":
            # Numbers of a connection that is not there.
            found = {"state": tcp.state}
        if tcp.state != "LISTEN":
            found.update(unread=unread_bytes(sock), unacked=unacked_bytes(sock))
    return {name: value for name, value in found.items() if value is not None}


# --- The table of all TCP sockets ---


@dataclass(frozen=True)
class TcpRow:
    """One TCP socket of this PC, also one that no program holds any more. ``local``, ``remote``:
    ``host:port``. ``timer``: "retransmit", "keepalive", "time-wait" or "persist", with the seconds left;
    None where none runs, or the system does not tell."""

    local: str
    remote: str
    state: str
    timer: str | None = None
    timer_left: float | None = None


def tcp_table() -> list[TcpRow] | None:
    """All TCP sockets of this PC; None where an ordinary user may not see them (macOS). Takes some
    milliseconds: not on NetThread."""
    if sys.platform.startswith("linux"):
        rows = []
        for path in ("/proc/net/tcp", "/proc/net/tcp6"):
            try:
                rows += read_proc_tcp(Path(path).read_text("ascii"))
            except OSError:
                continue
        return rows
    if sys.platform == "win32":
        import psutil

        return [
            TcpRow(
                _host_port(each.laddr.ip, each.laddr.port),
                _host_port(each.raddr.ip, each.raddr.port) if each.raddr else "",
                _PSUTIL_STATES.get(each.status, each.status),
            )
            for each in psutil.net_connections("tcp")
        ]
    return None


_PSUTIL_STATES = {
    "SYN_RECV": "SYN_RECEIVED",
    "FIN_WAIT1": "FIN_WAIT_1",
    "FIN_WAIT2": "FIN_WAIT_2",
    "CLOSE": "CLOSED",
}


def read_proc_tcp(text: str) -> list[TcpRow]:
    """From /proc/net/tcp or tcp6 (proc_pid_net(5)): the timer column is ``KIND:LEFT``, in 1/100 s."""
    rows = []
    for line in text.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 6:
            continue
        kind, _, left = columns[5].partition(":")
        timer = _LINUX_TIMERS.get(kind)
        state = int(columns[3], 16)
        rows.append(
            TcpRow(
                _proc_address(columns[1]),
                _proc_address(columns[2]),
                _LINUX_STATES[state] if state < len(_LINUX_STATES) else "",
                timer,
                int(left, 16) / 100 if timer else None,
            )
        )
    return rows


def _proc_address(text: str) -> str:
    """``host:port`` from ``0100007F:3039``: words of 32 bits in this machine's order; "" for none."""
    host, _, port = text.partition(":")
    if int(port, 16) == 0:
        return ""
    words = [int(host[at : at + 8], 16) for at in range(0, len(host), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    return _host_port(
        socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed), int(port, 16)
    )


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
