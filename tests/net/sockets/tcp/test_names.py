"""A listener on a name that stands for several addresses, and ports that are taken."""

from __future__ import annotations

import socket
import sys
from typing import Any

import pytest

import net.system.resolve
from net.address import Address
from net.events import FaultKind
from net.sockets.commands import Close, RelayStreams, TcpOptions
from net.sockets.events import Closed, Opened, OpenFailed, Role
from tests.net.peers import listening
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS

BOTH = [
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
]


@pytest.fixture
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names as in Debian's hosts file: localhost is ``::1`` first, and 127.0.0.1."""

    def look_up(_host: str, port: int, **_options: Any) -> list[Any]:
        return [(*entry[:4], (entry[4][0], port, *entry[4][2:])) for entry in BOTH]

    monkeypatch.setattr(net.system.resolve, "look_up", look_up)


@pytest.mark.usefixtures("debian")
def test_a_listener_on_localhost_listens_on_all_that_it_is(watched: Watched) -> None:
    session, address = watched.listen(Address("localhost", 0))
    opened = watched.first(Opened, session)
    assert address.host == "127.0.0.1" and opened.other_addresses == (Address("::1", address.port),)
    for count, (family, host) in enumerate(((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")), 1):
        with socket.socket(family) as pupil:
            pupil.settimeout(PATIENCE_SECONDS)
            pupil.connect((host, address.port))
            pupil.sendall(b"hello")
            watched.wait_received(watched.accepted(session, count)[-1], b"hello")
    watched.engine.submit(Close(session))
    assert isinstance(watched.end(session), Closed)
    # All are closed.
    assert watched.calls(session).count("close") == 2


@pytest.mark.usefixtures("debian")
def test_a_name_of_which_one_address_is_taken_is_refused(watched: Watched) -> None:
    taken, address = listening()
    with taken:
        ended = watched.end(watched.ask_to_listen(Address("localhost", address.port)))
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.ADDRESS_IN_USE
    assert ended.fault.params["holder"] == "duplex"


def test_an_address_that_is_not_ours_is_left_out(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0)), BOTH[1]]
    monkeypatch.setattr(net.system.resolve, "look_up", lambda *_args, **_options: entries)
    session, address = watched.listen(Address("pc.example", 0))
    assert address.host == "127.0.0.1" and not watched.first(Opened, session).other_addresses


def test_every_address_is_one_socket_or_two(watched: Watched) -> None:
    session, address = watched.listen(Address("", 0))
    assert address.host == "::" and not watched.first(Opened, session).other_addresses
    session, _ = watched.listen(Address("", 0), options=TcpOptions(dual_stack=False))
    opened = watched.first(Opened, session)
    assert {one.host for one in (opened.local_address, *opened.other_addresses)} == {"0.0.0.0", "::"}


@pytest.mark.usefixtures("debian")
def test_a_relay_on_a_name_listens_on_all_that_it_is(watched: Watched) -> None:
    server, target = listening()
    with server:
        session = watched.engine.new_session()
        watched.engine.submit(RelayStreams(session, Address("localhost", 0), target))
        opened = watched.first(Opened, session)
        assert opened.role is Role.RELAY
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, opened.local_address.port), PATIENCE_SECONDS) as client:
                client.sendall(host.encode())
                accepted, _ = server.accept()
                with accepted:
                    accepted.settimeout(PATIENCE_SECONDS)
                    assert accepted.recv(100) == host.encode()


def test_a_second_connection_between_the_same_two_addresses(watched: Watched) -> None:
    server, address = listening()
    with server:
        first = watched.connect(address, local=Address("127.0.0.1", 0))
        local = watched.first(Opened, first).local_address
        ended = watched.end(watched.connect(address, local=local))
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.PAIR_IN_USE
    assert (ended.fault.params["local"], ended.fault.params["address"]) == (str(local), str(address))


@pytest.mark.parametrize("host", ["239.1.2.3", "255.255.255.255", "ff02::1"])
def test_tcp_does_not_connect_to_many(watched: Watched, host: str) -> None:
    ended = watched.end(watched.connect(Address(host, 9)))
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.NOT_ONE_PC


@pytest.mark.skipif(sys.platform == "win32", reason="Windows chooses the interface itself")
def test_a_link_local_address_needs_its_interface(watched: Watched) -> None:
    ended = watched.end(watched.connect(Address("fe80::1", 9)))
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.SCOPE_MISSING
