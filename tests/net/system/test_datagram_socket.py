"""A UDP socket that answers from the address that was asked. On a LAN: `tests.net.sockets.udp.test_lan`."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator

import pytest

from net.system import datagram_socket
from net.system.datagram_socket import DatagramSocket
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Python has no recvmsg there")


@pytest.fixture
def everywhere() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("0.0.0.0", 0))
        sock.settimeout(PATIENCE_SECONDS)
        yield sock


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether this PC has several addresses, each time it is looked."""
    told = [True]
    monkeypatch.setattr(datagram_socket, "has_several_addresses", lambda _ipv6: told[0])
    return told


def asker(port: int) -> socket.socket:
    """A program that asks 127.0.0.2 and hears nobody else."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(PATIENCE_SECONDS)
    sock.bind(("127.0.0.1", 0))
    sock.connect(("127.0.0.2", port))
    sock.send(b"question")
    return sock


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is Linux'")
@pytest.mark.usefixtures("several")
def test_an_answer_leaves_from_the_address_that_was_asked(everywhere: socket.socket) -> None:
    datagrams = DatagramSocket(everywhere)
    read = datagrams.receive
    with asker(everywhere.getsockname()[1]) as one:
        data, sender = read(100)
        assert (data, sender) == (b"question", one.getsockname())
        for answer in (b"first", b"second"):
            datagrams.send_to(answer, sender)
            assert one.recv(100) == answer


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is Linux'")
def test_an_address_that_comes_later_is_noticed(
    everywhere: socket.socket, several: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    several[0] = False
    datagrams = DatagramSocket(everywhere)
    wait_until(lambda: datagrams.receive == everywhere.recvfrom)
    several[0] = True
    assert datagrams.receive == everywhere.recvfrom, "looked too often"
    monkeypatch.setattr(datagram_socket, "LOOK_AGAIN", 0.0)
    wait_until(lambda: datagrams.receive != everywhere.recvfrom)
    read = datagrams.receive
    with asker(everywhere.getsockname()[1]) as one:
        _, sender = read(100)
        datagrams.send_to(b"answer", sender)
        assert one.recv(100) == b"answer"


@pytest.mark.usefixtures("several")
def test_what_it_remembers_is_bounded(everywhere: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagram_socket, "SENDERS_REMEMBERED", 3)
    datagrams = DatagramSocket(everywhere)
    read = datagrams.receive
    for _ in range(10):
        asker(everywhere.getsockname()[1]).close()
        _, sender = read(100)
    datagrams.send_to(b"to one that is remembered", sender)
    assert len(vars(datagrams)["_asked"]) == 3


@pytest.mark.usefixtures("several")
def test_one_bound_to_an_address_needs_no_telling() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        assert DatagramSocket(sock).receive == sock.recvfrom
