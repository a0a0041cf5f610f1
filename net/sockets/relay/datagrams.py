"""The thread of a UDP relay: it receives, lets a link decide, and sends, each at its time.

One thread holds all its sockets, the one that clients send to and one to the target for each client's
address, and sleeps in a selector until something comes or something is due. It is not asyncio, whose datagram
endpoint receives a fourteenth of what a bare loop does, and it waits to a millisecond (Windows: fifteen), so
what is due then leaves together.

Memory is bounded: MOST_CLIENTS sockets, and what `net.protocol.impairment.datagrams` lets a link hold.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from net.address import SocketAddress
from net.protocol.impairment.datagrams import DatagramLink, Told
from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment
from net.sockets.events import FateCounts, RelayedPiece
from net.system.datagram_socket import DatagramSocket
from net.system.kernel import ignore_unreachable_ports, udp_drops

MOST_CLIENTS = 400
"""Each has a socket, and Windows' ``select`` takes 512."""

IDLE_SECONDS = 60.0
"""A client that sent and got nothing for so long makes room for a new one."""

READ_AT_ONCE = 128
"""Datagrams read from one socket before the others, and what is due, have their turn."""

LARGEST_READ = 65_536
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes asked for, of which the system gives what it allows: what its buffer drops, no link ever saw."""

_FATAL = {errno.EBADF, errno.ENOTSOCK}


class RelaySink(Protocol):
    """Whom the thread tells; each is called on that thread. ``ended`` is the last."""

    def relayed(self, told: list[Told[Any]], pieces: list[RelayedPiece]) -> None:
        """What was decided since the last call. ``told[i]`` belongs to ``pieces[i]``, with its time in
        seconds of ``time.monotonic``."""
        ...

    def client_changed(self, client: SocketAddress, state: str) -> None: ...

    def failed(self, error: OSError, address: SocketAddress, size: int) -> None:
        """A datagram of ``size`` bytes (0: an earlier one) could not be passed on to ``address``."""
        ...

    def ended(self, error: OSError | None) -> None: ...


@dataclass(slots=True, eq=False)
class Path:
    """The way of one client: ``sock`` is connected to the target."""

    client: SocketAddress
    sock: socket.socket
    used: float
    gone: bool = False


Item = tuple[bytes, Path]


class RelayThread:
    """``sock``: bound, non-blocking; the thread closes it. ``target``: of ``family``. ``seed``: of both
    directions' lots. Methods may be called from any thread."""

    def __init__(
        self,
        sock: socket.socket,
        family: int,
        target: SocketAddress,
        to_target: Impairment,
        to_client: Impairment,
        seed: int,
        sink: RelaySink,
        name: str = "relay",
    ) -> None:
        self.clients = 0
        self._socket = sock
        self._datagrams = DatagramSocket(sock)
        self._family = family
        self._target = target
        self._sink = sink
        # The directions draw from different lots, or an answer would share its question's fate.
        self._there: DatagramLink[Item] = DatagramLink(to_target, seed)
        self._back: DatagramLink[Item] = DatagramLink(to_client, seed + 1)
        self._counts = {self._there: [0, 0], self._back: [0, 0]}
        self._fates: dict[tuple[bool, Fate], int] = {
            (back, fate): 0 for back in (False, True) for fate in Fate
        }
        self._bytes_left = 0
        self._paths: dict[SocketAddress, Path] = {}
        self._changes: list[tuple[Impairment, Impairment]] = []
        self._refused = False
        self._stopping = False
        self._wake, self._waker = socket.socketpair()
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        _widen_buffer(sock)
        ignore_unreachable_ports(sock)

    def start(self) -> None:
        self._thread.start()

    def change(self, to_target: Impairment, to_client: Impairment) -> None:
        """Other settings from now on."""
        self._changes.append((to_target, to_client))
        self._ring()

    def stop(self) -> None:
        """Forget what is under way and end; `RelaySink.ended` follows. Idempotent; returns at once."""
        self._stopping = True
        self._ring()

    # --- Counts ---

    @property
    def queued(self) -> int:
        """Datagrams in the queue towards the target."""
        return self._there.queued

    @property
    def held_bytes(self) -> int:
        return self._there.held_bytes + self._back.held_bytes

    @property
    def came(self) -> tuple[int, int]:
        """Datagrams that came, in both directions together, and their bytes."""
        (there, there_bytes), (back, back_bytes) = self._counts.values()
        return there + back, there_bytes + back_bytes

    @property
    def left(self) -> tuple[int, int]:
        """Datagrams that were passed on, copies included, and their bytes."""
        return sum(self._fates[back, fate] for back, fate in self._fates if fate.leaves), self._bytes_left

    @property
    def not_passed(self) -> int:
        """Datagrams that were lost here."""
        return sum(self._fates[back, fate] for back, fate in self._fates if not fate.leaves)

    def kernel_drops(self) -> int:
        """Datagrams that the system threw away because a buffer of the relay's was full: they have no
        fate."""
        drops = 0
        for sock in (self._socket, *(path.sock for path in list(self._paths.values()))):
            if sock.fileno() >= 0:  # it may be closed just now
                with contextlib.suppress(OSError):
                    drops += udp_drops(sock) or 0
        return drops

    def fate_counts(self, back: bool) -> FateCounts:
        came = self._counts[self._back if back else self._there][0]
        return FateCounts(came, *(self._fates[back, fate] for fate in Fate))

    # --- The thread ---

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def _run(self) -> None:
        fatal: OSError | None = None
        try:
            with self._selector as selector:
                selector.register(self._socket, selectors.EVENT_READ)
                selector.register(self._wake, selectors.EVENT_READ)
                while not self._stopping and fatal is None:
                    fatal = self._turn(selector)
        except OSError as error:
            fatal = error
        finally:
            for path in self._paths.values():
                path.sock.close()
            self.clients = 0
            self._there.clear()
            self._back.clear()
            self._socket.close()
            self._wake.close()
            self._waker.close()
            self._sink.ended(fatal)

    def _turn(self, selector: selectors.BaseSelector) -> OSError | None:
        fatal: OSError | None = None
        ready = selector.select(self._patience())
        # First of all: what is sent after a change was told must meet it.
        while self._changes:
            there, back = self._changes.pop(0)
            self._there.change(there, time.monotonic())
            self._back.change(back, time.monotonic())
        for key, _mask in ready:
            if key.fileobj is self._socket:
                fatal = self._read_clients()
            elif key.fileobj is self._wake:
                with contextlib.suppress(OSError):
                    self._wake.recv(1024)
            else:
                self._read_target(key.data)
        now = time.monotonic()
        told = self._there.leave(now)
        pieces = [self._send_on(one, False) for one in told]
        answers = self._back.leave(now)
        pieces += [self._send_on(one, True) for one in answers]
        if pieces:
            self._sink.relayed(told + answers, pieces)
        return fatal

    def _patience(self) -> float | None:
        """Seconds until something is due."""
        times = [at for at in (self._there.next_time(), self._back.next_time()) if at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    # --- Receiving ---

    def _read_clients(self) -> OSError | None:
        link, counts, receive = self._there, self._counts[self._there], self._datagrams.receive
        for _ in range(READ_AT_ONCE):
            try:
                data, client = receive(LARGEST_READ)
            except (BlockingIOError, InterruptedError):
                return None
            except OSError as error:
                # Windows reports here that a client has closed its port.
                return error if error.errno in _FATAL else None
            now = time.monotonic()
            path = self._paths.get(client) or self._new_path(client, now)
            if path is None:
                continue
            path.used = now
            counts[0] += 1
            counts[1] += len(data)
            link.take((data, path), len(data), now)
        return None

    def _read_target(self, path: Path) -> None:
        link, counts = self._back, self._counts[self._back]
        for _ in range(READ_AT_ONCE):
            try:
                data = path.sock.recv(LARGEST_READ)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if not path.gone:
                    self._sink.failed(error, self._target, 0)
                return
            path.used = now = time.monotonic()
            counts[0] += 1
            counts[1] += len(data)
            link.take((data, path), len(data), now)

    def _new_path(self, client: SocketAddress, now: float) -> Path | None:
        """The socket for a client that is new here; None if there are too many."""
        if len(self._paths) >= MOST_CLIENTS and not self._make_room(now):
            if not self._refused:
                self._refused = True
                self._sink.client_changed(client, "refused")
            return None
        self._refused = False
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            _widen_buffer(sock)
            sock.connect(self._target)
            path = Path(client, sock, now)
            self._selector.register(sock, selectors.EVENT_READ, path)
        except OSError as error:
            sock.close()
            self._sink.failed(error, self._target, 0)
            return None
        self._paths[client] = path
        self.clients = len(self._paths)
        self._sink.client_changed(client, "came")
        return path

    def _make_room(self, now: float) -> bool:
        """Forget the client that was idle longest, if that was long enough."""
        oldest = min(self._paths.values(), key=lambda path: path.used)
        if now - oldest.used < IDLE_SECONDS:
            return False
        del self._paths[oldest.client]
        oldest.gone = True
        self._selector.unregister(oldest.sock)
        oldest.sock.close()
        self._sink.client_changed(oldest.client, "went")
        return True

    # --- Sending ---

    def _send_on(self, told: Told[Item], back: bool) -> RelayedPiece:
        """Send what leaves; the piece to report."""
        data, path = told.item
        fate = told.fate
        if fate.leaves:
            try:
                if back:
                    _patiently(lambda: self._datagrams.send_to(data, path.client))
                else:
                    _patiently(lambda: self._send_to_target(path, data))
                self._bytes_left += len(data)
            except OSError as error:
                # It never left this PC.
                fate = Fate.LOST
                if not path.gone:
                    self._sink.failed(error, path.client if back else self._target, len(data))
        self._fates[back, fate] += 1
        return RelayedPiece(data, fate, back, path.client, told.delay, told.number)

    def _send_to_target(self, path: Path, data: bytes) -> None:
        try:
            path.sock.send(data)
        except (ConnectionRefusedError, ConnectionResetError) as error:
            # The answer to an earlier datagram is told to the next one, which was not sent.
            self._sink.failed(error, self._target, 0)
            path.sock.send(data)


def _patiently(send: Callable[[], object]) -> None:
    """Send, waiting a little where the system takes no more just now."""
    for _ in range(20):
        try:
            send()
            return
        except (BlockingIOError, InterruptedError):
            time.sleep(0.001)
    send()


def _widen_buffer(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
