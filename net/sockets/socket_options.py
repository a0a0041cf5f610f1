"""Creating sockets and setting their options; each call is reported as it is made."""

from __future__ import annotations

import contextlib
import functools
import socket
import sys
from collections.abc import Iterator

from net.sockets.commands import TcpOptions
from net.sockets.network import Network

OPEN_FILES = 65_536
"""Open files, including sockets, that this program may have if the system allows as many."""

KEEP_ALIVE_IDLE = 10
KEEP_ALIVE_INTERVAL = 5
KEEP_ALIVE_PROBES = 4
"""Keep-alive: seconds of silence before the first probe, seconds between probes, and how many may stay
unanswered. The systems' default for the first is two hours."""


def raise_file_limit() -> None:
    """Raise the limit of open files: many systems allow a program 256 or 1,024 unless it asks for more."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # macOS has another limit, which getrlimit does not report.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextlib.contextmanager
def new_socket(network: Network, session: int, family: int, kind: int) -> Iterator[socket.socket]:
    """A new non-blocking socket; its creation is reported. If the ``with`` block raises, it is closed."""
    names = f"{'AF_INET6' if family == socket.AF_INET6 else 'AF_INET'}, {socket.SocketKind(kind).name}"
    sock = network.call(session, "socket", names, functools.partial(socket.socket, family, kind))
    try:
        sock.setblocking(False)
        yield sock
    except BaseException:
        network.call(session, "close", "", sock.close)
        raise


def set_options(network: Network, session: int, sock: socket.socket, options: TcpOptions) -> None:
    """Set the TCP options before ``listen`` or ``connect``; accepted sockets inherit them from their
    listener.

    Each call is reported. Raises `OSError` if the system refuses one.
    """
    wanted: list[tuple[str, int, int, int]] = []
    if options.keep_alive:
        wanted.append(("SOL_SOCKET, SO_KEEPALIVE", socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        for probing, value in (
            ("TCP_KEEPIDLE", KEEP_ALIVE_IDLE),
            ("TCP_KEEPALIVE", KEEP_ALIVE_IDLE),  # macOS' name for it
            ("TCP_KEEPINTVL", KEEP_ALIVE_INTERVAL),
            ("TCP_KEEPCNT", KEEP_ALIVE_PROBES),
        ):
            number = getattr(socket, probing, None)
            if number is not None:
                wanted.append((f"IPPROTO_TCP, {probing}", socket.IPPROTO_TCP, number, value))
    if options.receive_buffer is not None:
        size = options.receive_buffer
        wanted.append(("SOL_SOCKET, SO_RCVBUF", socket.SOL_SOCKET, socket.SO_RCVBUF, size))
    if options.send_buffer is not None:
        size = options.send_buffer
        wanted.append(("SOL_SOCKET, SO_SNDBUF", socket.SOL_SOCKET, socket.SO_SNDBUF, size))
    if options.no_delay:
        wanted.append(("IPPROTO_TCP, TCP_NODELAY", socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    for name, level, option, value in wanted:
        set_option(network, session, sock, name, level, option, value)


def set_reuse(network: Network, session: int, sock: socket.socket, options: TcpOptions) -> None:
    """Let ``bind`` succeed on an address that ended connections still hold, if the options say so."""
    # On Windows this option would let two programs share a port.
    if options.reuse_address and sys.platform != "win32":
        reuse = socket.SO_REUSEADDR
        set_option(network, session, sock, "SOL_SOCKET, SO_REUSEADDR", socket.SOL_SOCKET, reuse, 1)


def keep_urgent_in_line(network: Network, session: int, sock: socket.socket) -> None:
    """Leave TCP's urgent byte in the stream; accepted sockets inherit it from their listener."""
    set_option(network, session, sock, "SOL_SOCKET, SO_OOBINLINE", socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)


def set_option(
    network: Network, session: int, sock: socket.socket, name: str, level: int, option: int, value: int
) -> None:
    """One ``setsockopt``, reported with its result."""
    set_it = functools.partial(sock.setsockopt, level, option, value)
    network.call(session, "setsockopt", f"{name}, {value}", set_it)
