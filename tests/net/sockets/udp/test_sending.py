"""The send queue in front of a kernel that does not take everything; the receiver behind one that fails."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from net.address import Address
from net.sockets.events import DatagramsReceived, MessagesSent
from net.sockets.udp.receiving import Receiver
from net.sockets.udp.sending import BURST, NO_BUFFERS_RETRIES, SendQueue
from tests.net.loop_thread import LoopThread
from tests.waiting import PATIENCE_SECONDS, wait_until

TO = Address("127.0.0.1", 9)
TARGET = ("127.0.0.1", 9)


class Kernel:
    """A socket that refuses as it is set to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refusals: list[OSError] = []
        self.shut = False

    def getpeername(self) -> tuple[str, int]:
        return TARGET

    def send(self, data: bytes) -> None:
        self.sendto(data, None)

    def sendto(self, data: bytes, target: object) -> None:
        if self.refusals:
            raise self.refusals.pop()
        if self.shut:
            raise BlockingIOError
        self.taken.append(data)


class Case:
    def __init__(self, net_loop: LoopThread) -> None:
        self.net_loop = net_loop
        self.kernel = Kernel()
        self.errors: list[tuple[int | None, int]] = []
        self.emptied = 0
        sock = cast(socket.socket, self.kernel)
        self.queue = SendQueue(
            1, sock, sock.sendto, net_loop.loop, net_loop.outlet, self.on_error, self.on_empty
        )

    def on_error(self, error: OSError, remote: Address, size: int) -> None:
        self.errors.append((error.errno, size))

    def on_empty(self) -> None:
        self.emptied += 1

    def add(self, *messages: bytes) -> None:
        self.net_loop.call(self.queue.add, messages, TARGET, TO, "user")


def test_what_the_kernel_does_not_take_waits_its_turn(net_loop: LoopThread) -> None:
    case = Case(net_loop)
    case.kernel.shut = True
    case.add(b"one", b"two")
    case.add(b"three")
    assert (case.queue.queued, case.queue.messages, case.emptied) == (11, 0, 0)
    assert not net_loop.of(MessagesSent)
    net_loop.call(setattr, case.kernel, "shut", False)
    wait_until(lambda: case.emptied)
    assert case.kernel.taken == [b"one", b"two", b"three"]
    net_loop.wait(MessagesSent, count=2)
    assert [event.messages for event in net_loop.of(MessagesSent)] == [[b"one", b"two"], [b"three"]]
    assert (case.queue.queued, case.queue.messages, case.queue.bytes) == (0, 3, 11)


def test_a_refused_datagram_is_skipped_and_not_counted(net_loop: LoopThread) -> None:
    case = Case(net_loop)
    case.kernel.refusals = [OSError(errno.ENETUNREACH, "no way")]
    case.add(b"one", b"two")
    assert case.kernel.taken == [b"two"]
    assert case.errors == [(errno.ENETUNREACH, 3)]
    assert [event.messages for event in net_loop.of(MessagesSent)] == [[b"two"]]
    assert (case.queue.queued, case.queue.messages) == (0, 1)


def test_the_news_of_an_earlier_datagram_costs_no_later_one(net_loop: LoopThread) -> None:
    case = Case(net_loop)
    case.kernel.refusals = [ConnectionRefusedError(errno.ECONNREFUSED, "nobody there")]
    net_loop.call(case.queue.add, [b"one", b"two"], None, TO, "user")
    assert case.kernel.taken == [b"one", b"two"]
    assert case.errors == [(errno.ECONNREFUSED, 0)]
    assert case.queue.messages == 2


def test_a_full_interface_is_tried_again_and_in_the_end_reported(
    net_loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.sockets.udp.sending.LONGEST_RETRY", 0.001)
    case = Case(net_loop)
    case.kernel.refusals = [OSError(errno.ENOBUFS, "full") for _ in range(3)]
    case.add(b"patient")
    wait_until(lambda: case.kernel.taken == [b"patient"])
    assert not case.errors
    case.kernel.refusals = [OSError(errno.ENOBUFS, "full") for _ in range(NO_BUFFERS_RETRIES + 1)]
    case.add(b"given up", b"next")
    wait_until(lambda: case.kernel.taken == [b"patient", b"next"])
    assert case.errors == [(errno.ENOBUFS, len(b"given up"))]


def test_many_datagrams_let_others_in_between(net_loop: LoopThread) -> None:
    case = Case(net_loop)
    order: list[int] = []

    def add() -> None:
        net_loop.loop.call_soon(lambda: order.append(len(case.kernel.taken)))
        case.queue.add([b"x"] * (BURST * 3), TARGET, TO, "user")

    net_loop.call(add)
    wait_until(lambda: case.emptied)
    assert order == [BURST]
    assert case.queue.messages == BURST * 3


class FailingSocket:
    """A real socket whose ``recvfrom`` first fails as it is set to."""

    def __init__(self, sock: socket.socket, *errors: OSError) -> None:
        self.sock = sock
        self.errors = list(errors)

    def fileno(self) -> int:
        return self.sock.fileno()

    def recvfrom(self, size: int) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        return self.sock.recvfrom(size)


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        sock.sendto(b"hello", sock.getsockname())
        yield sock


def test_a_network_that_fails_does_not_end_receiving(net_loop: LoopThread, bound: socket.socket) -> None:
    # 10054 on Windows: an earlier datagram met a closed port.
    failing = FailingSocket(
        bound, ConnectionResetError(errno.ECONNRESET, "reset"), OSError(errno.ENETDOWN, "down")
    )
    errors: list[int | None] = []
    ended: list[OSError | None] = []
    receiver = Receiver(
        1,
        cast(socket.socket, failing),
        lambda: failing.recvfrom,
        net_loop.outlet,
        lambda error: errors.append(error.errno),
        ended.append,
    )
    receiver.start()
    assert net_loop.wait(DatagramsReceived).datagrams == [b"hello"]
    assert errors == [errno.ECONNRESET, errno.ENETDOWN]
    wait_until(lambda: (receiver.messages, receiver.bytes) == (1, 5))
    assert ended == []
    receiver.stop()
    receiver.stop()
    wait_until(lambda: bool(ended))
    assert ended == [None]


def test_only_losing_the_socket_ends_receiving(net_loop: LoopThread, bound: socket.socket) -> None:
    failing = FailingSocket(bound, OSError(errno.EBADF, "gone"))
    ended: list[OSError | None] = []
    over = threading.Event()

    def end(error: OSError | None) -> None:
        ended.append(error)
        over.set()

    sock = cast(socket.socket, failing)
    receiver = Receiver(1, sock, lambda: failing.recvfrom, net_loop.outlet, lambda error: None, end)
    receiver.start()
    assert over.wait(PATIENCE_SECONDS)
    assert ended[0] is not None and ended[0].errno == errno.EBADF
