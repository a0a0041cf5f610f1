"""TCP's urgent byte: no byte is lost, all are in order, and it is known which one it was."""

from __future__ import annotations

import socket
import sys

import pytest

from net.address import Address
from net.sockets.commands import RelayStreams
from net.sockets.events import MessagesReceived, Opened, UrgentReceived
from tests.net.peers import listening
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS

marks = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the byte, and does not say which")


@marks
def test_an_urgent_byte_stays_in_its_place_and_is_marked(watched: Watched) -> None:
    listener, address = watched.listen()
    with socket.create_connection((address.host, address.port)) as peer:
        session = watched.accepted(listener)[0]
        peer.sendall(b"abc")
        peer.send(b"!", socket.MSG_OOB)
        peer.sendall(b"def")
        watched.wait_received(session, b"abc!def")
        urgent = watched.first(UrgentReceived, session)
        assert (urgent.value, urgent.position) == (ord("!"), 3)
        kinds = [type(event) for event in watched.seen if getattr(event, "session", 0) == session]
        assert kinds.index(MessagesReceived) < kinds.index(UrgentReceived)
        assert kinds[kinds.index(UrgentReceived) + 1] is MessagesReceived
        # The next one, first of what is read, and alone.
        peer.send(b"?", socket.MSG_OOB)
        watched.wait_received(session, b"abc!def?")
        assert [(one.value, one.position) for one in watched.all(UrgentReceived, session)] == [
            (ord("!"), 3),
            (ord("?"), 7),
        ]


@marks
def test_a_client_hears_it_too_and_nothing_else_is_marked(watched: Watched) -> None:
    server, address = listening()
    with server:
        client = watched.connect(address)
        accepted, _ = server.accept()
        with accepted:
            accepted.sendall(b"plain")
            watched.wait_received(client, b"plain")
            assert not watched.all(UrgentReceived, client)
            accepted.send(b"U", socket.MSG_OOB)
            watched.wait_received(client, b"plainU")
            assert watched.first(UrgentReceived, client).position == 5


def test_a_relay_loses_no_urgent_byte(watched: Watched) -> None:
    server, target = listening()
    with server:
        session = watched.engine.new_session()
        watched.engine.submit(RelayStreams(session, Address("127.0.0.1", 0), target))
        address = watched.first(Opened, session).local_address
        with socket.create_connection((address.host, address.port), PATIENCE_SECONDS) as client:
            accepted, _ = server.accept()
            with accepted:
                for sender, receiver in ((client, accepted), (accepted, client)):
                    sender.sendall(b"ab")
                    sender.send(b"!", socket.MSG_OOB)
                    sender.sendall(b"cd")
                    receiver.settimeout(PATIENCE_SECONDS)
                    received = b""
                    while len(received) < 5:
                        received += receiver.recv(100)
                    assert received == b"ab!cd"
