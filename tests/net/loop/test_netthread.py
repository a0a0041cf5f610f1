"""Commands and events on their way through the thread, and an orderly end while the peer still sends."""

from __future__ import annotations

import socket
import threading

import pytest

from net.events import EngineStopped
from net.sockets.commands import Close, Send
from net.sockets.events import (
    Closed,
    CloseReason,
    MessagesReceived,
    SocketCalled,
)
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS


def test_a_close_waits_for_what_the_peer_still_sends(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed at once, our socket would answer it with a reset instead of the orderly end."""
    monkeypatch.setattr("net.sockets.tcp.closing.CLOSE_LINGER", PATIENCE_SECONDS)
    listener, address = watched.listen()
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [b"last"]))
        watched.engine.submit(Close(session))
        watched.wait(lambda: "shutdown" in watched.calls(session))
        for _ in range(3):
            peer.sendall(b"late")
        assert peer.recv(4, socket.MSG_WAITALL) == b"last" and peer.recv(1) == b""
        peer.sendall(b"later")
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_ME
    assert b"".join(watched.received(session)) == b"late" * 3 + b"later"
    assert watched.all(SocketCalled, session)[-1].call == "close"


def test_an_echo_whose_consumer_sleeps(watched: Watched) -> None:
    """Each reply has to wake both threads."""
    _listener, address = watched.listen()
    engine = watched.engine

    def echo() -> None:
        while True:
            known = len(watched.seen)
            watched.take(PATIENCE_SECONDS)
            for event in watched.seen[known:]:
                if isinstance(event, MessagesReceived):
                    engine.submit(Send(event.session, event.messages))
                elif isinstance(event, EngineStopped):
                    return

    thread = threading.Thread(target=echo)
    thread.start()
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) as peer:
        for number in range(300):
            data = b"%d\n" % number
            peer.sendall(data)
            assert peer.recv(100) == data
    engine.stop()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive() and engine.join(PATIENCE_SECONDS)
