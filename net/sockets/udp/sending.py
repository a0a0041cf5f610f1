"""Sending from one UDP socket: the destination of a message, refusals, and the queue for the kernel.

A message is handed to the kernel at once if it accepts it, else a little later. Messages to a host name wait
until it is looked up, without delaying messages to others.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence

from msgspec import Struct

from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.loop.outlet import Outlet
from net.sockets.events import Origin, sent_events
from net.sockets.network import Network
from net.sockets.udp.bound_socket import BoundSocket
from net.sockets.udp.names import HostNameQueue
from net.sockets.udp.refusals import RefusalReporter

BURST = 256
"""Datagrams handed to the kernel before NetThread turns to its other sessions."""

SEND_QUEUE_LIMIT = 8 * 1024 * 1024
"""Bytes that may be queued while the kernel accepts no more, or while a name is being looked up."""

RETRY = 0.001
LONGEST_RETRY = 0.02
"""Seconds until the kernel is tried again, doubling. A timer and not ``add_writer``, because asyncio's loop
on Windows lacks that, and because macOS calls a socket writable while its interface's queue is full
(ENOBUFS)."""

NO_BUFFERS_RETRIES = 200

MESSAGE_OVERHEAD = 64
"""Bytes of memory per message besides its data."""


class _Item(Struct):
    messages: Sequence[bytes]
    target: SocketAddress | None  # None: the socket is connected to it
    remote: Address
    origin: Origin
    position: int = 0


class DatagramSender:
    """Sends for one endpoint. NetThread only. ``on_idle`` is called whenever nothing is queued any more."""

    def __init__(
        self, network: Network, bound: BoundSocket, refusals: RefusalReporter, on_idle: Callable[[], None]
    ) -> None:
        self._network = network
        self._bound = bound
        self._on_idle = on_idle
        self._session = bound.command.session
        self._queue = SendQueue(
            self._session,
            bound.sock,
            bound.datagrams.send_to,
            network.loop,
            network.outlet,
            refusals.report,
            self._check_idle,
        )
        family = 0 if bound.dual_stack else bound.family
        self._names = HostNameQueue(network.loop, family, self._deliver, self._report, self._check_idle)

    @property
    def queued(self) -> int:
        """Bytes accepted that the kernel has not accepted yet."""
        return self._queue.queued + self._names.queued

    @property
    def messages_sent(self) -> int:
        return self._queue.messages

    @property
    def bytes_sent(self) -> int:
        return self._queue.bytes

    @property
    def is_idle(self) -> bool:
        return not self._queue and not self._names

    def send(self, messages: Sequence[bytes], to: Address | None, origin: Origin) -> Fault | None:
        """Send each message as one datagram, all or none; a refusal is reported and returned."""
        remote = to or self._bound.destination
        fault = self._refusal(messages, remote)
        if fault is None and remote is not None:
            if remote.is_name:
                self._names.add(messages, remote, origin)
                return None
            try:
                self._deliver(messages, remote, origin)
            except OSError:  # the scope names no interface of this PC
                fault = Fault(FaultKind.INTERFACE_GONE, {"interface": remote.scope})
        return None if fault is None else self._network.report_fault(self._session, fault)

    def clear(self) -> None:
        """Discard the queue."""
        self._queue.clear()
        self._names.clear()

    def _refusal(self, messages: Sequence[bytes], remote: Address | None) -> Fault | None:
        if remote is None:
            return Fault(FaultKind.NO_DESTINATION)
        if not self._bound.can_reach(remote):
            return Fault(FaultKind.ADDRESS_FAMILY, {"address": str(remote)})
        limit = self._bound.message_limit(remote)
        longest = max(map(len, messages), default=0)
        if longest > limit:
            return Fault(FaultKind.MESSAGE_TOO_LONG, {"size": longest, "limit": limit})
        size = sum(map(len, messages))
        if self.queued and self.queued + size > SEND_QUEUE_LIMIT:
            return Fault(FaultKind.SEND_BUFFER_FULL, {"size": size, "limit": SEND_QUEUE_LIMIT})
        return None

    def _deliver(self, messages: Sequence[bytes], remote: Address, origin: Origin) -> None:
        self._queue.add(messages, self._bound.target(remote), remote, origin)

    def _report(self, fault: Fault) -> None:
        self._network.report_fault(self._session, fault)

    def _check_idle(self) -> None:
        if self.is_idle:
            self._on_idle()


class SendQueue:
    """NetThread only. ``on_error(error, remote, size)`` is called for a datagram that the kernel refused and
    that was skipped; ``on_empty`` whenever the queue has become empty."""

    def __init__(
        self,
        session: int,
        sock: socket.socket,
        send_to: Callable[[bytes, SocketAddress], object],
        loop: asyncio.AbstractEventLoop,
        outlet: Outlet,
        on_error: Callable[[OSError, Address, int], None],
        on_empty: Callable[[], None],
    ) -> None:
        self.queued = 0
        self.messages = 0
        self.bytes = 0
        self._session = session
        self._socket = sock
        self._send_to = send_to
        self._loop = loop
        self._outlet = outlet
        self._on_error = on_error
        self._on_empty = on_empty
        self._items: deque[_Item] = deque()
        self._timer: asyncio.Handle | None = None
        self._pause = RETRY
        self._refusals = 0

    def add(
        self, messages: Sequence[bytes], target: SocketAddress | None, remote: Address, origin: Origin
    ) -> None:
        """Send the messages to ``target``, after those queued before. ``remote``: the same address, for
        events."""
        self.queued += sum(map(len, messages))
        self._items.append(_Item(messages, target, remote, origin))
        if self._timer is None:
            self._flush()

    def clear(self) -> None:
        """Discard the queue."""
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
        """Send from ``item`` on; False if the kernel accepts no more now."""
        sock = self._socket
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
            held = size if isinstance(item.origin, str) else 0
            for event in sent_events(self._session, sent, item.remote, item.origin, time.time_ns()):
                self._outlet.put(event, held + MESSAGE_OVERHEAD * len(sent))
        return taken

    def _send(self, sock: socket.socket, message: bytes, target: SocketAddress | None) -> None:
        if target is not None:
            self._send_to(message, target)
            return
        try:
            sock.send(message)
        except (ConnectionRefusedError, ConnectionResetError) as error:
            # Connected sockets report here that an earlier datagram met a closed port; this one was not sent.
            sock.send(message)
            self._on_error(error, Address.from_socket(sock.getpeername()), 0)
