"""The sockets of a task: where it listens, and UDP without a loop's help."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Any

BACKLOG = 128
LONGEST_DATAGRAM = 65_535
RECEIVE_BUFFER = 1 << 20
"""Bytes asked for: a whole class may send at once. The system may give less."""
READ_TIMEOUT = 0.5
"""Seconds after which a reading thread looks whether it is to end."""
WAITING_LIMIT = 4096
"""Datagrams that may wait for the loop; more are lost, as in a full receive buffer."""


def bound_socket(host: str, port: int, transport: str) -> socket.socket:
    """A socket bound to this address, a listening one for "tcp". ``host``: an IP address of this PC or a
    name. Raises `OSError`."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, 0, kind, 0, socket.AI_PASSIVE)[0]
    except UnicodeError as error:  # no name can be written so
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    sock = socket.socket(family, kind)
    try:
        if sys.platform == "win32":
            # Otherwise another program could take the same port there.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind == socket.SOCK_DGRAM:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)
            sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


class DatagramThread:
    """Reads a UDP socket, which becomes its own, in a thread that blocks.

    Not the loop's datagram endpoint: on Windows that one stops reading after an answer to a program that has
    gone (WSAECONNRESET).
    """

    def __init__(self, sock: socket.socket, take: Callable[[bytes, Any], None]) -> None:
        """``take(data, sender)`` is called on the thread."""
        self._sock = sock
        self._take = take
        self._closed = False
        sock.settimeout(READ_TIMEOUT)
        self._thread = threading.Thread(target=self._read, name="NetTask", daemon=True)
        self._thread.start()

    def send(self, data: bytes, address: Any) -> None:
        """From any thread. A datagram that the system does not take is lost, as others are."""
        with contextlib.suppress(OSError):
            self._sock.sendto(data, address)

    def close(self) -> None:
        """Blocks for up to `READ_TIMEOUT` seconds."""
        self._closed = True
        self._thread.join()
        self._sock.close()

    def _read(self) -> None:
        while not self._closed:
            try:
                data, sender = self._sock.recvfrom(LONGEST_DATAGRAM)
            except OSError:
                # Nothing came, or Windows tells that an earlier answer met nobody.
                continue
            self._take(data, sender)


class DatagramReader:
    """What comes to a UDP socket, handed over on the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, take: Callable[[bytes, Any], None]
    ) -> None:
        """``take(data, sender)`` is called on the loop."""
        self._loop = loop
        self._take = take
        self._closed = False
        self._waiting: deque[tuple[bytes, Any]] = deque()
        self._called = False
        self._thread = DatagramThread(sock, self._came)
        self.send = self._thread.send

    async def close(self) -> None:
        """Nothing is handed over any more."""
        self._closed = True
        await self._loop.run_in_executor(None, self._thread.close)

    def _came(self, data: bytes, sender: Any) -> None:
        """On the thread."""
        if len(self._waiting) < WAITING_LIMIT:
            self._waiting.append((data, sender))
        if not self._called:
            self._called = True
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._called = False  # before taking: what comes from now on calls again
        for _ in range(len(self._waiting)):  # a flood must not keep the loop from everything else
            data, sender = self._waiting.popleft()
            if not self._closed:
                self._take(data, sender)
