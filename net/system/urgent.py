"""TCP's urgent byte (RFC 9293 section 3.8.5, RFC 6093), which ``send(..., MSG_OOB)`` makes.

By default the kernel takes it out of the stream, where a program that does not ask for it never sees it. With
SO_OOBINLINE it stays in its place. Where it stands the kernel tells only before it is read: a read never
crosses the mark, so a read that begins at the mark (SIOCATMARK) begins with the urgent byte. Of several
bytes sent as urgent before any is read the kernel marks the last; the others are ordinary bytes in their
places.

Windows keeps the byte in line as well, but its loop reads before it could ask, so there it is not marked.
"""

from __future__ import annotations

import socket
import sys

if sys.platform != "win32":
    import fcntl

_SIOCATMARK = 0x8905 if sys.platform.startswith("linux") else 0x40047307
_NO_MARK = b"\0\0\0\0"


class MarkedSocket(socket.socket):
    """A TCP socket with SO_OOBINLINE. ``urgent``: whether the last `recv` began with the urgent byte."""

    __slots__ = ("urgent",)

    urgent: bool

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        self.urgent = is_at_mark(self)
        return super().recv(size, flags)


def with_marks(sock: socket.socket) -> socket.socket:
    """The same socket, which from now on knows its urgent bytes where the system tells of them; ``sock``
    itself is detached then."""
    if sys.platform == "win32":
        return sock
    timeout = sock.gettimeout()
    marked = MarkedSocket(sock.family, sock.type, sock.proto, sock.detach())
    marked.settimeout(timeout)
    marked.urgent = False
    return marked


def is_at_mark(sock: socket.socket) -> bool:
    """Whether the next byte to be read is the urgent one."""
    if sys.platform == "win32":
        return False
    try:
        return fcntl.ioctl(sock.fileno(), _SIOCATMARK, _NO_MARK) != _NO_MARK
    except (OSError, ValueError):  # it was closed meanwhile: reading says so
        return False
