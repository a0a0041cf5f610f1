"""How TCP sessions end: half-close, FIN, reset, abort, in any order."""

from __future__ import annotations

import os
import random
import resource
import socket
import struct

import pytest

from net.address import Address
from net.events import FaultKind
from net.protocol.framing import Framing, FramingKind
from net.sockets.commands import (
    Abort,
    Close,
    Send,
    ShutdownWrite,
    TcpConnect,
    TcpListen,
    TcpOptions,
)
from net.sockets.events import Closed, CloseReason, Opened, State, StateChanged
from tests.net.peers import peer_of
from tests.net.watching import Watched
from tests.waiting import wait_until

RESET = struct.pack("ii", 1, 0)


def read_all(sock: socket.socket) -> bytes:
    pieces = []
    while piece := sock.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def test_half_close_by_us(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [b"last"]))
        watched.engine.submit(ShutdownWrite(session))
        assert read_all(peer) == b"last"
        peer.sendall(b"still here")
        watched.wait_received(session, b"still here")
        watched.engine.submit(Send(session, [b"too late"]))
        assert watched.fault(session).fault.kind is FaultKind.NOT_OPEN
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_PEER
    assert State.HALF_CLOSED_LOCAL in [event.state for event in watched.all(StateChanged, session)]


def test_half_close_by_the_peer(watched: Watched) -> None:
    listener, address = watched.listen(options=TcpOptions(keep_half_open=True))
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        peer.shutdown(socket.SHUT_WR)
        watched.wait(
            lambda: State.HALF_CLOSED_REMOTE in [e.state for e in watched.all(StateChanged, session)]
        )
        watched.engine.submit(Send(session, [b"answer"]))
        assert peer.recv(6, socket.MSG_WAITALL) == b"answer"
        watched.engine.submit(Close(session))
        assert peer.recv(1) == b""
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_ME


def test_fin_ends_the_conversation_once_all_is_sent(watched: Watched) -> None:
    listener, address = watched.listen()
    data = bytes(range(256)) * 40_000
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [data]))
        peer.shutdown(socket.SHUT_WR)
        assert read_all(peer) == data
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_PEER


def test_close_delivers_what_is_unsent(watched: Watched) -> None:
    listener, address = watched.listen()
    data = os.urandom(10_000_000)
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [data]))
        watched.engine.submit(Close(session))
        peer.sendall(b"unread by nobody")
        assert read_all(peer) == data
    watched.end(session)


def test_abort_resets(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Abort(session))
        with pytest.raises(ConnectionResetError):
            peer.recv(1)
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.ABORTED


def test_reset_in_mid_message(watched: Watched) -> None:
    listener, address = watched.listen(framing=Framing(FramingKind.LINES))
    peer = peer_of(address)
    (session,) = watched.accepted(listener)
    peer.sendall(b"whole\nhal")
    watched.wait_received(session, b"whole")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    peer.close()
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.RESET
    assert ended.fault is not None and ended.fault.kind is FaultKind.RESET
    assert watched.received(session) == [b"whole", b"hal"]


def test_connect_and_close_many_times(watched: Watched) -> None:
    listener, address = watched.listen()
    count = 1000
    files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(count):
        peer_of(address).close()
    watched.wait(lambda: len(watched.all(Closed)) == count, 60)
    if files:
        # Files that are opened on first use, such as the consumer's alarm, stay open.
        wait_until(lambda: len(os.listdir("/proc/self/fd")) < files + count // 100, what="files are closed")
    watched.engine.submit(Close(listener))
    watched.end(listener)


@pytest.mark.deep
@pytest.mark.timeout(400)
def test_connect_and_close_ten_thousand_times(watched: Watched) -> None:
    _, address = watched.listen()
    peer_of(address).close()
    watched.wait(lambda: watched.all(Closed))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for index in range(10_000):
        peer_of(address).close()
        if index % 100 == 0:
            watched.wait(lambda least=index: len(watched.all(Closed)) > least, 30)  # type: ignore[misc]
    watched.wait(lambda: len(watched.all(Closed)) == 10_001, 60)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB, the kept events too


def test_cancelled_at_once(watched: Watched) -> None:
    """Closed possibly before the opening has taken its first step: in either order the session ends."""
    client, listener = watched.engine.new_session(), watched.engine.new_session()
    watched.engine.submit(TcpConnect(client, Address("127.0.0.1", 9)))
    watched.engine.submit(Close(client))
    watched.engine.submit(TcpListen(listener, Address("127.0.0.1", 0)))
    watched.engine.submit(Close(listener))
    for session in (client, listener):
        watched.end(session)


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_commands_ends_each_session_once(watched: Watched, seed: int) -> None:
    """The fixture checks the laws; here all sessions must end, whatever was requested in whatever order."""
    chance = random.Random(seed)
    listener, address = watched.listen()
    sessions = [watched.connect(address) for _ in range(8)]
    for _ in range(60):
        session = chance.choice([*sessions, *(event.session for event in watched.all(Opened))])
        kind = chance.choice([Close, Abort, ShutdownWrite, "send", "take"])
        if kind == "send":
            watched.engine.submit(Send(session, [b"x" * chance.choice([1, 100_000])]))
        elif kind == "take":
            while not watched.engine.events.empty():
                watched.take(0)
        elif session != listener or chance.random() < 0.1:
            watched.engine.submit(kind(session))  # type: ignore[operator]
    for session in [*sessions, listener]:
        watched.engine.submit(Close(session))
    for session in [*sessions, listener]:
        watched.end(session)
