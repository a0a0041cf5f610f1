"""Plain sockets as peers, and a slow name server."""

from __future__ import annotations

import socket
import threading

from net.address import Address
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS


def peer_of(address: Address) -> socket.socket:
    """A TCP client of this address."""
    return socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS)


def listening(backlog: int = 8) -> tuple[socket.socket, Address]:
    """A plain TCP listener, and its address."""
    sock = socket.socket()
    sock.settimeout(PATIENCE_SECONDS)
    sock.bind(("127.0.0.1", 0))
    sock.listen(backlog)
    return sock, Address.from_socket(sock.getsockname())


def address_of(sock: socket.socket) -> Address:
    return Address.from_socket(sock.getsockname())


def closed_port() -> Address:
    """A UDP port that is not in use and will not be by chance."""
    return Address("127.0.0.1", free_port(socket.SOCK_DGRAM))


class SlowNames:
    """A name server that replies when the test lets it."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.go = threading.Event()
        self.asked: list[str] = []
        self.host = host

    def __call__(self, host: str, port: int, **_: object) -> list[object]:
        self.asked.append(host)
        assert self.go.wait(PATIENCE_SECONDS)
        if not self.host:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (self.host, port))]
