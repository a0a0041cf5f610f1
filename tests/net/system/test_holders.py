"""Who holds a port: this program, another one, or a connection that has ended."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator

import pytest

from net.address import Address
from net.events import Fault, FaultKind, PortHolder
from net.system.holders import find_holder, pair_seconds, with_holder
from net.system.kernel import tcp_table
from tests.programs import start_program
from tests.waiting import wait_until

HOLDING = """
import socket, sys
sock = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1]))
sock.bind(("127.0.0.1", 0))
if sys.argv[1] == "SOCK_STREAM":
    sock.listen()
print(sock.getsockname()[1], flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def other_program(kind: str) -> Iterator[tuple[int, int]]:
    """(port, pid) of a program that holds a port."""
    with start_program(
        [sys.executable, "-c", HOLDING, kind],
        stdin=-1,
        stdout=-1,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        yield int(process.stdout.readline()), process.pid
        process.stdin.close()


@pytest.mark.parametrize(("kind", "transport"), [("SOCK_STREAM", "tcp"), ("SOCK_DGRAM", "udp")])
def test_another_program(kind: str, transport: str) -> None:
    with other_program(kind) as (port, pid):
        found = find_holder(Address("0.0.0.0", port), transport)
        assert (found.kind, found.pid) == (PortHolder.PROGRAM, pid) and found.program
        assert find_holder(Address("localhost", port), transport).pid == pid
        # Not where it is not: these can be bound beside it.
        for free in ("127.0.0.2", "::1"):
            assert find_holder(Address(free, port), transport).kind is PortHolder.UNKNOWN


def test_this_program() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address.from_socket(server.getsockname())
        found = find_holder(address)
        assert (found.kind, found.pid) == (PortHolder.DUPLEX, os.getpid())


def ended_connection() -> tuple[Address, Address]:
    """(server, client) of a connection that the server closed first; no listener is left."""
    with socket.socket() as server:  # without SO_REUSEADDR, as the tutorial's
        server.bind(("127.0.0.1", 0))
        server.listen()
        address = Address.from_socket(server.getsockname())
        with socket.create_connection((address.host, address.port)) as client:
            client_address = Address.from_socket(client.getsockname())
            accepted, _ = server.accept()
            accepted.close()
            assert client.recv(1) == b""
    return address, client_address


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long it lasts")
def test_a_connection_that_has_ended() -> None:
    server, client = ended_connection()
    wait_until(
        lambda: any(row.local == str(server) and row.state == "TIME_WAIT" for row in tcp_table() or ())
    )
    found = find_holder(server)
    assert (found.kind, found.pid) == (PortHolder.TIME_WAIT, 0) and 0 < found.seconds <= 61
    assert 0 < pair_seconds(server, client) <= 61
    assert pair_seconds(server, client.with_port(1)) == 0
    with socket.socket() as again, pytest.raises(OSError):
        again.bind((server.host, server.port))
    fault = Fault(FaultKind.ADDRESS_IN_USE, {"address": str(server)})
    told = with_holder(fault, server)
    assert told.params["holder"] == "time_wait" and float(told.params["seconds"]) > 0
    other = Fault(FaultKind.REFUSED, {})
    assert with_holder(other, server) is other


def test_nobody() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = Address.from_socket(free.getsockname())
    assert find_holder(address).kind is PortHolder.UNKNOWN
