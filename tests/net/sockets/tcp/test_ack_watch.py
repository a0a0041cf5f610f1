"""What is told of acknowledgements, and which messages came of which call."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.address import Address
from net.protocol.framing import Framing, FramingKind
from net.sockets.commands import Abort, Close, Send, ShutdownWrite, TlsOptions
from net.sockets.events import Acknowledged, MessagesReceived, MessagesSent, Opened
from net.sockets.tls import generate_certificate
from net.system.kernel import acknowledged, read_windows_acknowledged
from tests.net.peers import peer_of
from tests.net.sockets.tcp.test_lan import engine_on, on
from tests.net.watching import Watched
from tests.netns import Pc, two_pcs

told_here = pytest.mark.skipif(sys.platform == "win32", reason="told of real connections only there")


def acked(watched: Watched, session: int) -> int:
    """The bytes that are known to be acknowledged."""
    return max((event.upto or 0 for event in watched.all(Acknowledged, session)), default=0)


def test_every_send_is_acknowledged_once(watched: Watched) -> None:
    listener, address = watched.listen(framing=Framing(FramingKind.LINES))
    with peer_of(address):
        (session,) = watched.accepted(listener)
        for number in range(20):
            watched.engine.submit(Send(session, [b"%d" % number] * 3))
        watched.wait(lambda: len(watched.all(MessagesSent, session)) == 20)
        sends = watched.all(MessagesSent, session)
        total = sum(event.size for event in sends)
        assert [event.start for event in sends] == [sum(e.size for e in sends[:n]) for n in range(20)]
        assert sends[0].size == len(b"0\n" * 3)
        watched.wait(lambda: acked(watched, session) == total)
        told = watched.all(Acknowledged, session)
        assert sum(event.size for event in told) == total and sum(event.sends for event in told) == 20
        assert not any(event.finished for event in told)


def test_what_the_peer_has_no_room_for_is_not_acknowledged(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [bytes(30_000_000)]))
        watched.wait(lambda: acked(watched, session) > 0)
        assert acked(watched, session) < 30_000_000
        assert watched.all(Acknowledged, session)[-1].sends == 0
        with peer.makefile("rb") as stream:
            assert len(stream.read(30_000_000)) == 30_000_000
        watched.wait(lambda: acked(watched, session) == 30_000_000)
        assert watched.all(Acknowledged, session)[-1].sends == 1


def test_a_fin_is_acknowledged_too(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [b"last"]))
        watched.engine.submit(ShutdownWrite(session))
        assert peer.recv(9) == b"last"
        watched.wait(lambda: any(event.finished for event in watched.all(Acknowledged, session)))
        assert acked(watched, session) == 4


def test_tls_is_acknowledged_when_all_is(watched: Watched, tmp_path: Path) -> None:
    path = tmp_path / "server.pem"
    path.write_bytes(generate_certificate("localhost"))
    listener, address = watched.listen(tls=TlsOptions(certificate=str(path)))
    client = watched.connect(address, tls=TlsOptions())
    watched.first(Opened, client)
    (accepted,) = watched.accepted(listener)
    watched.engine.submit(Send(client, [b"secret" * 50_000]))
    watched.wait(lambda: acked(watched, client) == 300_000)
    assert watched.all(Acknowledged, client)[0].upto == 300_000
    assert sum(event.size for event in watched.all(MessagesReceived, accepted)) == 300_000


def test_a_system_that_does_not_tell_is_asked_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.sockets.tcp.ack_watch.acknowledged", lambda *_: None)
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        for _ in range(3):
            watched.engine.submit(Send(session, [b"x"]))
            assert peer.recv(1) == b"x"
            told = watched.first(Acknowledged, session)
        watched.engine.submit(Close(session))
        peer.close()
        watched.end(session)
        assert watched.all(Acknowledged, session) == [told]
        assert (told.upto, told.sends, told.finished) == (None, 0, False)


def test_a_recv_tells_its_bytes_and_the_messages_they_complete(watched: Watched) -> None:
    """Five lines in one segment are one recv; half a line is one without messages."""
    listener, address = watched.listen(framing=Framing(FramingKind.LINES))
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        peer.sendall(b"one\ntwo\nthree\nfour\nfive\nha")
        watched.wait(lambda: len(watched.received(session)) == 5)
        peer.sendall(b"lf")
        watched.wait(lambda: len(watched.all(MessagesReceived, session)) == 2)
        peer.sendall(b"\n")
        watched.wait(lambda: len(watched.received(session)) == 6)
    calls = [(len(e.messages), e.start, e.size) for e in watched.all(MessagesReceived, session)]
    assert calls == [(5, 0, 26), (0, 26, 2), (1, 28, 1)]


def test_bytes_passed_on_late_came_of_no_new_call(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        peer.sendall("好".encode()[:2])
        watched.wait(lambda: watched.received(session))
    calls = [(event.messages, event.start, event.size) for event in watched.all(MessagesReceived, session)]
    assert calls == [([], 0, 2), (["好".encode()[:2]], 2, 0)]


@told_here
def test_the_kernel_says_what_it_was_told() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as one,
        server.accept()[0] as other,
    ):
        one.sendall(b"hello")
        assert other.recv(5) == b"hello"
        other.sendall(b"!")
        assert one.recv(1) == b"!"
        assert acknowledged(one, 5, False) == (5, False)


@pytest.mark.parametrize(
    ("out", "again", "in_flight", "written", "expected"),
    [
        (100, 0, 0, 100, 100),
        (100, 0, 40, 100, 60),
        (60, 0, 0, 100, 60),
        (120, 20, 0, 100, 100),
        (100, 20, 0, 100, 100),
        (80, 20, 10, 100, 50),
    ],
)
def test_windows_numbers_are_taken_at_the_least(
    out: int, again: int, in_flight: int, written: int, expected: int
) -> None:
    data = bytearray(96)
    struct.pack_into("<I", data, 28, in_flight)
    struct.pack_into("<Q", data, 48, out)
    struct.pack_into("<I", data, 68, again)
    assert read_windows_acknowledged(bytes(data), written) == expected
    assert read_windows_acknowledged(bytes(20), written) is None


@pytest.fixture
def lan() -> Iterator[tuple[Pc, Pc]]:
    with two_pcs() as pcs:
        yield pcs


@pytest.mark.netns
@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux'")
def test_a_pulled_cable_acknowledges_nothing(lan: tuple[Pc, Pc]) -> None:
    """Neither what is sent nor the FIN; plugged in again, all of it."""
    a, b = lan
    with on(b, lambda: socket.create_server((b.address, 0))) as server, engine_on(a) as watched:
        session = watched.connect(Address.from_socket(server.getsockname()))
        watched.first(Opened, session)
        watched.engine.submit(Send(session, [b"before"]))
        watched.wait(lambda: acked(watched, session) == 6)
        b.set_link(up=False)
        watched.engine.submit(Send(session, [b"into the void"]))
        watched.engine.submit(ShutdownWrite(session))
        watched.wait(lambda: len(watched.all(MessagesSent, session)) == 2)
        # By the time that another connection has failed the kernel would have told.
        other = watched.connect(Address.from_socket(server.getsockname()), timeout=1)
        watched.end(other)
        assert acked(watched, session) == 6
        assert not any(event.finished for event in watched.all(Acknowledged, session))
        b.set_link(up=True)
        watched.wait(lambda: any(event.finished for event in watched.all(Acknowledged, session)))
        assert acked(watched, session) == 19
        watched.engine.submit(Abort(session))
        watched.end(session)
