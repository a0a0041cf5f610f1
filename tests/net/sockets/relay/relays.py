"""Relays of a watched engine, and programs on both sides of them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from net.address import Address
from net.events import FaultKind
from net.protocol.impairment.settings import Impairment, StreamImpairment
from net.sockets.commands import RelayDatagrams, RelayStreams
from net.sockets.events import MessagesRelayed, Opened, OpenFailed, RelayedPiece
from tests.net.peers import address_of
from tests.net.watching import LOOPBACK, Watched
from tests.waiting import PATIENCE_SECONDS


def relay_datagrams(
    watched: Watched,
    target: Address,
    to_target: Impairment | None = None,
    to_client: Impairment | None = None,
    address: Address = LOOPBACK,
    seed: int = 1,
) -> tuple[int, tuple[str, int]]:
    """``(session, where clients send to)`` of an open UDP relay."""
    session = ask_for_datagrams(watched, target, to_target, to_client, address, seed)
    local = watched.first(Opened, session).local_address
    return session, (local.host, local.port)


def ask_for_datagrams(
    watched: Watched,
    target: Address,
    to_target: Impairment | None = None,
    to_client: Impairment | None = None,
    address: Address = LOOPBACK,
    seed: int = 1,
) -> int:
    session = watched.engine.new_session()
    there, back = to_target or Impairment(), to_client or Impairment()
    watched.engine.submit(RelayDatagrams(session, address, target, there, back, seed))
    return session


def relay_streams(
    watched: Watched,
    target: Address,
    to_target: StreamImpairment | None = None,
    to_client: StreamImpairment | None = None,
    address: Address = LOOPBACK,
) -> tuple[int, tuple[str, int]]:
    """As `relay_datagrams`, for TCP."""
    session = watched.engine.new_session()
    there, back = to_target or StreamImpairment(), to_client or StreamImpairment()
    watched.engine.submit(RelayStreams(session, address, target, there, back))
    local = watched.first(Opened, session).local_address
    return session, (local.host, local.port)


def pieces(watched: Watched, session: int) -> list[RelayedPiece]:
    return [piece for event in watched.all(MessagesRelayed, session) for piece in event.pieces]


def fates(watched: Watched, session: int, back: bool = False) -> list[tuple[bytes, str]]:
    return [(one.data, one.fate.value) for one in pieces(watched, session) if one.back is back]


def refusal(watched: Watched, session: int) -> FaultKind:
    return watched.first(OpenFailed, session).fault.kind


@contextlib.contextmanager
def udp_socket(host: str = "127.0.0.1") -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.settimeout(PATIENCE_SECONDS)
        yield sock


@contextlib.contextmanager
def echo_server(host: str = "127.0.0.1") -> Iterator[Address]:
    """Answers each datagram with itself and the sender's port: ``data PORT``."""
    with udp_socket(host) as sock:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    data, sender = sock.recvfrom(65536)
                    if data == b"end the server":
                        return
                    sock.sendto(data + b" %d" % sender[1], sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield address_of(sock)
        finally:
            with udp_socket(host) as last:
                last.sendto(b"end the server", sock.getsockname())
            thread.join(PATIENCE_SECONDS)


@contextlib.contextmanager
def tcp_server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE_SECONDS)
        yield listening
