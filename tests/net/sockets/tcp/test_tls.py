"""TLS both ways, with openssl as peer and with ourselves."""

from __future__ import annotations

import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from net.engine import Engine
from net.events import Fault, FaultKind
from net.sockets.commands import Close, Send, ShutdownWrite, TlsOptions
from net.sockets.events import Opened, OpenFailed, Transport
from net.sockets.tls import CERTIFICATE_FILE, TlsFileError, generate_certificate, server_context
from tests.net.watching import Watched
from tests.programs import is_installed, start_program
from tests.waiting import PATIENCE_SECONDS

needs_openssl = pytest.mark.skipif(not is_installed("openssl"), reason="no openssl here")


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    path = tmp_path / "server.pem"
    path.write_bytes(generate_certificate("localhost"))
    return str(path)


def test_talks_and_reports_what_was_agreed(watched: Watched, certificate: str) -> None:
    listener, address = watched.listen(tls=TlsOptions(certificate=certificate))
    client = watched.connect(address, tls=TlsOptions(verify=True, authority=certificate))
    opened = watched.first(Opened, client)
    assert opened.transport is Transport.TLS and opened.tls is not None
    assert opened.tls.verified and opened.tls.version == "TLSv1.3" and len(opened.tls.fingerprint) == 64
    (accepted,) = watched.accepted(listener)
    watched.engine.submit(Send(client, [b"secret" * 50_000]))
    watched.wait_received(accepted, b"secret" * 50_000)
    watched.engine.submit(ShutdownWrite(client))
    assert watched.fault(client).fault.kind is FaultKind.HALF_CLOSE_UNAVAILABLE
    watched.engine.submit(Close(client))
    watched.end(client)
    watched.end(accepted)


def test_unknown_certificate_is_not_verified(watched: Watched, certificate: str) -> None:
    _, address = watched.listen(tls=TlsOptions(certificate=certificate))
    ended = watched.end(watched.connect(address, tls=TlsOptions(verify=True)))
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.TLS_NOT_VERIFIED


def test_plain_client_does_not_stop_the_listener(watched: Watched, certificate: str) -> None:
    listener, address = watched.listen(tls=TlsOptions(certificate=certificate))
    with socket.create_connection((address.host, address.port)) as plain:
        plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert watched.fault(listener).fault.kind is FaultKind.TLS_FAILED
    watched.first(Opened, watched.connect(address, tls=TlsOptions()))


def test_plain_server_fails_the_handshake(watched: Watched) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        from net.address import Address

        client = watched.connect(Address.from_socket(server.getsockname()), tls=TlsOptions())
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"220 hello\r\n")
            ended = watched.end(client)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.TLS_FAILED


def test_own_certificate_is_kept_private_and_repaired(tmp_path: Path) -> None:
    server_context(TlsOptions(), tmp_path)
    path = tmp_path / CERTIFICATE_FILE
    first = path.read_bytes()
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    server_context(TlsOptions(), tmp_path)
    assert path.read_bytes() == first
    assert [entry.name for entry in tmp_path.iterdir()] == [CERTIFICATE_FILE]
    path.write_bytes(b"damaged")
    told: list[Fault] = []
    server_context(TlsOptions(), tmp_path, told.append)
    assert path.read_bytes() not in (first, b"damaged")
    (fault,) = told
    assert fault.kind is FaultKind.CERTIFICATE_DAMAGED
    assert Path(str(fault.params["aside"])).read_bytes() == b"damaged"


def test_a_certificate_that_cannot_be_kept_serves_until_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told: list[Fault] = []
    server_context(TlsOptions(), tmp_path / "file" / "profile", told.append)
    assert [fault.kind for fault in told] == [FaultKind.CERTIFICATE_IN_MEMORY]


@pytest.mark.parametrize("content", [b"", bytes(900)], ids=["empty", "zeros"])
def test_a_listener_says_that_its_certificate_is_a_new_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CERTIFICATE_FILE).write_bytes(content)
    engine = Engine(data_folder=tmp_path)
    watched = Watched(engine)
    listener, _address = watched.listen(tls=TlsOptions())
    assert watched.fault(listener).fault.kind is FaultKind.CERTIFICATE_DAMAGED
    engine.stop()
    assert engine.join(PATIENCE_SECONDS)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TlsFileError) as caught:
        server_context(TlsOptions(certificate=str(tmp_path / "none.pem")), None)
    assert caught.value.fault.params["path"] == str(tmp_path / "none.pem")


@needs_openssl
def test_openssl_client(watched: Watched, certificate: str) -> None:
    listener, address = watched.listen(tls=TlsOptions(certificate=certificate))
    command = ["openssl", "s_client", "-quiet", "-CAfile", certificate, "-connect", str(address)]
    pipe = subprocess.PIPE
    with start_program(command, stdin=pipe, stdout=pipe, stderr=pipe) as run:
        assert run.stdin is not None and run.stdout is not None
        (session,) = watched.accepted(listener)
        run.stdin.write(b"from openssl\n")
        run.stdin.flush()
        watched.wait_received(session, b"from openssl\n")
        watched.engine.submit(Send(session, [b"answer\n"]))
        assert run.stdout.readline() == b"answer\n"
        watched.engine.submit(Close(session))
        watched.end(session)
        run.terminate()
