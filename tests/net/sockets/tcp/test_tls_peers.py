"""TLS with other programs, and with peers that send nothing."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.address import Address
from net.events import FaultKind
from net.sockets.commands import Close, Send, TlsOptions
from net.sockets.events import Closed, CloseReason, Opened, OpenFailed
from net.sockets.tls import generate_certificate
from tests.net.watching import Watched
from tests.ports import free_port
from tests.programs import Programs, is_installed, running_programs
from tests.waiting import PATIENCE_SECONDS


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not is_installed(program), reason=f"no {program} here")


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as running:
        yield running


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    path = tmp_path / "server.pem"
    path.write_bytes(generate_certificate("localhost"))
    return str(path)


@needs("openssl")
def test_openssl_server(watched: Watched, programs: Programs, certificate: str) -> None:
    port = free_port()
    command = ["openssl", "s_server", "-cert", certificate, "-accept", f"127.0.0.1:{port}"]
    server = programs.start(*command)
    server.wait_for("ACCEPT")
    trusted = TlsOptions(verify=True, authority=certificate)
    client = watched.connect(Address("127.0.0.1", port), tls=trusted)
    opened = watched.first(Opened, client)
    assert opened.tls is not None and opened.tls.verified and opened.tls.peer_name == "localhost"
    watched.engine.submit(Send(client, ["你好 to openssl\n".encode()]))
    server.wait_for("你好 to openssl")
    server.type("and back")
    watched.wait_received(client, b"and back\n")
    server.type("Q")  # s_server's word for the end
    ended = watched.end(client)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_PEER


@needs("ncat")
def test_ncat_server(watched: Watched, programs: Programs, certificate: str) -> None:
    port = free_port()
    options = ["--ssl", "--ssl-cert", certificate, "--ssl-key", certificate]
    server = programs.start("ncat", "-v", "-l", *options, "127.0.0.1", str(port))
    server.wait_for("Listening on")
    client = watched.connect(Address("127.0.0.1", port), tls=TlsOptions())
    opened = watched.first(Opened, client)
    assert opened.tls is not None and not opened.tls.verified
    watched.engine.submit(Send(client, [b"to ncat\n"]))
    server.wait_for("to ncat")
    server.type("from ncat")
    watched.wait_received(client, b"from ncat\n")
    server.end_input()
    server.stop()
    watched.end(client)


@needs("ncat")
def test_ncat_client(watched: Watched, programs: Programs, certificate: str) -> None:
    listener, address = watched.listen(tls=TlsOptions(certificate=certificate))
    client = programs.start("ncat", "--ssl", address.host, str(address.port))
    (session,) = watched.accepted(listener)
    client.type("from ncat")
    watched.wait_received(session, b"from ncat\n")
    watched.engine.submit(Send(session, [b"to ncat\n"]))
    client.wait_for("to ncat")
    watched.engine.submit(Close(session))
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_ME
    client.end_input()
    client.wait()


def test_a_server_that_says_nothing(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address.from_socket(server.getsockname())
        server.settimeout(1.0)
        peer: socket.socket | None = None
        # On a busy machine it may not even have connected by then: try with more time.
        for seconds in (0.3, 3.0, PATIENCE_SECONDS):
            client = watched.connect(address, tls=TlsOptions(), timeout=seconds)
            ended = watched.end(client, 2 * PATIENCE_SECONDS)
            assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.TIMED_OUT
            assert ended.fault.params["seconds"] == seconds
            with contextlib.suppress(TimeoutError):
                peer, _ = server.accept()
                break
        assert peer is not None
        with peer:
            peer.settimeout(PATIENCE_SECONDS)
            # The client's hello, and then the end: the socket has been closed.
            while peer.recv(4096):
                pass


def test_a_client_that_says_nothing(
    watched: Watched, certificate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.sockets.tcp.accepting.CONNECT_TIMEOUT", 0.3)
    listener, address = watched.listen(tls=TlsOptions(certificate=certificate))
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) as silent:
        fault = watched.fault(listener).fault
        assert fault.kind is FaultKind.TLS_FAILED
        assert fault.params["address"] == str(Address.from_socket(silent.getsockname()))
        assert silent.recv(1) == b""


@pytest.mark.skipif(sys.platform == "win32", reason="counts open files")
def test_a_listener_closed_during_handshakes_leaves_nothing(watched: Watched, certificate: str) -> None:
    listener, address = watched.listen(tls=TlsOptions(certificate=certificate))
    silent = [
        socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) for _ in range(20)
    ]
    watched.wait(lambda: len([c for c in watched.calls(listener) if c == "accept"]) == 20)
    watched.engine.submit(Close(listener))
    watched.end(listener)
    for peer in silent:
        with peer:
            assert peer.recv(1) == b""
