"""What waits to be sent from one UDP socket: handed to the kernel at once where it takes it, else a little
later."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from net.address import Address, SocketAddress
from net.loop.outlet import Outlet
from net.sockets.events import MessagesSent

BURST = 256
"""Datagrams handed to the kernel before NetThread looks after its other sessions."""

RETRY = 0.001
LONGEST_RETRY = 0.02
"""Seconds until the kernel is asked again, doubling. A timer and not ``add_writer``, which asyncio's loop
on Windows lacks, and because macOS calls a socket writable while its interface's queue is full
(ENOBUFS)."""

NO_BUFFERS_RETRIES = 200

MESSAGE_OVERHEAD = 64
"""Bytes of memory that a message takes besides its data."""


@dataclass(slots=True)
class _Item:
    messages: Sequence[bytes]
    target: SocketAddress | None  # None: where the socket is connected to
    remote: Address
    origin: str
    position: int = 0


class SendQueue:
    """NetThread only. ``on_error(error, remote, size)`` is told what the kernel refused, of which the
    datagram is skipped; ``on_empty`` is called whenever the queue has become empty."""

    def __init__(
        self,
        session: int,
        loop: asyncio.AbstractEventLoop,
        outlet: Outlet,
        on_error: Callable[[OSError, Address, int], None],
        on_empty: Callable[[], None],
    ) -> None:
        self.queued = 0
        self.messages = 0
        self.bytes = 0
        self.socket: socket.socket | None = None
        self._session = session
        self._loop = loop
        self._outlet = outlet
        self._on_error = on_error
        self._on_empty = on_empty
        self._items: deque[_Item] = deque()
        self._timer: asyncio.Handle | None = None
        self._pause = RETRY
        self._refusals = 0

    def add(
        self, messages: Sequence[bytes], target: SocketAddress | None, remote: Address, origin: str
    ) -> None:
        self.queued += sum(map(len, messages))
        self._items.append(_Item(messages, target, remote, origin))
        if self._timer is None:
            self._flush()

    def clear(self) -> None:
        """Throw away what waits."""
        self._items.clear()
        self.queued = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __bool__(self) -> bool:
        return bool(self._items)

    def _flush(self) -> None:
        self._timer = None
        budget = BURST
        while self._items and budget > 0:
            item = self._items[0]
            before = item.position
            taken = self._hand_over(item, budget)
            budget -= item.position - before
            if item.position == len(item.messages):
                self._items.popleft()
            if not taken:
                self._timer = self._loop.call_later(self._pause, self._flush)
                self._pause = min(self._pause * 2, LONGEST_RETRY)
                return
        self._pause = RETRY
        if self._items:
            self._timer = self._loop.call_soon(self._flush)
        else:
            self._on_empty()

    def _hand_over(self, item: _Item, budget: int) -> bool:
        """Send from ``item`` on; False where the kernel takes no more now."""
        sock = self.socket
        assert sock is not None
        sent: list[bytes] = []
        taken = True
        stop = min(len(item.messages), item.position + budget)
        while item.position < stop:
            message = item.messages[item.position]
            try:
                self._send(sock, message, item.target)
            except (BlockingIOError, InterruptedError):
                taken = False
                break
            except OSError as error:
                if error.errno == errno.ENOBUFS and self._refusals < NO_BUFFERS_RETRIES:
                    self._refusals += 1
                    taken = False
                    break
                self._on_error(error, item.remote, len(message))
            else:
                sent.append(message)
            self._refusals = 0
            self.queued -= len(message)
            item.position += 1
        if sent:
            size = sum(map(len, sent))
            self.messages += len(sent)
            self.bytes += size
            event = MessagesSent(self._session, sent, item.remote, item.origin, time.time_ns())
            self._outlet.put(event, size + MESSAGE_OVERHEAD * len(sent))
        return taken

    def _send(self, sock: socket.socket, message: bytes, target: SocketAddress | None) -> None:
        if target is not None:
            sock.sendto(message, target)
            return
        try:
            sock.send(message)
        except (ConnectionRefusedError, ConnectionResetError) as error:
            # A connected socket tells here that an earlier datagram met a closed port; this one was not sent.
            sock.send(message)
            self._on_error(error, Address.from_socket(sock.getpeername()), 0)
