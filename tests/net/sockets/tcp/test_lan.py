"""TCP on a LAN of two PCs (network namespaces): no route, and an interface that vanishes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from net.address import Address
from net.engine import Engine
from net.events import FaultKind
from net.sockets.commands import Close, Send, TcpOptions, UdpOpen
from net.sockets.events import Closed, CloseReason, MessagesSent, Opened, OpenFailed
from tests.net.conftest import check_end
from tests.net.watching import Watched
from tests.netns import Pc, two_pcs

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux'"),
]

CLONE_NEWNET = 0x40000000
T = TypeVar("T")


def on(pc: Pc, function: Callable[[], T]) -> T:
    """The result of ``function`` on a thread in the namespace of ``pc``, as are the threads it starts."""
    results: list[T] = []

    def run() -> None:
        descriptor = os.open(f"/var/run/netns/{pc.name}", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        finally:
            os.close(descriptor)
        results.append(function())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


@contextlib.contextmanager
def engine_on(pc: Pc) -> Iterator[Watched]:
    watched = Watched(on(pc, Engine))
    yield watched
    check_end(watched)


def test_no_route(lan: tuple[Pc, Pc]) -> None:
    with engine_on(lan[0]) as watched:
        for host in ("192.0.2.1", "2001:db8::1"):
            ended = watched.end(watched.connect(Address(host, 9)))
            assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.UNREACHABLE
            assert host in str(ended.fault.params["address"])


@pytest.fixture
def lan() -> Iterator[tuple[Pc, Pc]]:
    with two_pcs() as pcs:
        yield pcs


def test_interface_vanishes(lan: tuple[Pc, Pc], monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep-alive ends a silent connection; one with something to send is given up when it is closed."""
    for name in ("KEEP_ALIVE_IDLE", "KEEP_ALIVE_INTERVAL", "KEEP_ALIVE_PROBES"):
        monkeypatch.setattr(f"net.sockets.socket_options.{name}", 1)
    monkeypatch.setattr("net.sockets.tcp.closing.CLOSE_STALL", 0.5)
    a, b = lan
    with on(b, lambda: socket.create_server((b.address, 0))) as server, engine_on(a) as watched:
        address = Address.from_socket(server.getsockname())
        silent = watched.connect(address, options=TcpOptions(keep_alive=True))
        talking = watched.connect(address)
        for session in (silent, talking):
            watched.first(Opened, session)
        a.run(["ip", "link", "del", a.interface])
        # More than the kernel's own buffer takes.
        watched.engine.submit(Send(talking, [bytes(20_000_000)]))
        watched.first(MessagesSent, talking)
        watched.engine.submit(Close(talking))
        for session in (silent, talking):
            ended = watched.end(session, 60)
            assert isinstance(ended, Closed) and ended.reason is CloseReason.TIMED_OUT
            assert ended.fault is not None
            assert ended.fault.kind in (FaultKind.TIMED_OUT, FaultKind.UNREACHABLE)


def test_ipv6_that_is_switched_off(lan: tuple[Pc, Pc]) -> None:
    a, _ = lan
    a.run(["sysctl", "-w", "net.ipv6.conf.all.disable_ipv6=1"])
    with engine_on(a) as watched:
        ended = watched.end(watched.connect(Address("::1", 9)))
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.IPV6_OFF
        ended = watched.end(watched.ask_to_listen(Address("::1", 0)))
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.IPV6_OFF


def test_all_ports_are_taken(lan: tuple[Pc, Pc]) -> None:
    """The system chooses from four: the fifth connection to one server, and the fifth endpoint, get none."""
    a, b = lan
    a.run(["sysctl", "-w", "net.ipv4.ip_local_port_range=40000 40003"])
    with on(b, lambda: socket.create_server((b.address, 0))) as server, engine_on(a) as watched:
        address = Address.from_socket(server.getsockname())
        for _ in range(4):
            watched.first(Opened, watched.connect(address))
        ended = watched.end(watched.connect(address))
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.NO_FREE_PORT
        assert ended.fault.params["address"] == str(address)
        for number in range(5):
            session = watched.engine.new_session()
            watched.engine.submit(UdpOpen(session, Address("0.0.0.0", 0)))
            if number < 4:
                watched.first(Opened, session)
        ended = watched.end(session)
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.NO_FREE_PORT


def test_a_route_that_forbids(lan: tuple[Pc, Pc]) -> None:
    a, _ = lan
    a.run(["ip", "route", "add", "prohibit", "198.51.100.0/24"])
    with engine_on(a) as watched:
        ended = watched.end(watched.connect(Address("198.51.100.7", 9)))
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.FORBIDDEN
