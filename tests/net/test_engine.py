"""The engine's end, and events that must not get lost."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from net.engine import Engine
from net.events import EngineStopped, FaultKind
from net.sockets.commands import Close, Send
from net.sockets.events import Closed, CloseReason, OpenFailed
from tests.net.watching import Watched
from tests.programs import run_program
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]


def test_stop_delivers_what_was_accepted(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.sockets.core.CLOSE_GRACE", PATIENCE_SECONDS)
    listener, address = watched.listen()
    data = bytes(5_000_000)
    with socket.create_connection((address.host, address.port), timeout=PATIENCE_SECONDS) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [data]))
        watched.engine.stop()
        got = 0
        while piece := peer.recv(1 << 20):
            got += len(piece)
        assert got == len(data)
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.ENGINE_STOPPED


def test_stop_does_not_wait_for_a_peer_that_never_reads(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.sockets.core.CLOSE_GRACE", 0.2)
    listener, address = watched.listen()
    with socket.create_connection((address.host, address.port)):
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [bytes(30_000_000)]))
        watched.engine.stop()
        watched.first(EngineStopped)
    assert isinstance(watched.end(session), Closed)


def test_stop_cancels_openings(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    from net.address import Address

    monkeypatch.setattr("net.system.resolve.look_up", lambda *a, **o: [])
    client = watched.connect(Address("nowhere.example", 1))
    watched.engine.stop()
    watched.engine.stop()
    assert isinstance(watched.end(client), OpenFailed)


def test_stop_at_once() -> None:
    engine = Engine()
    engine.stop()
    assert engine.join(PATIENCE_SECONDS)
    assert engine.events.get(timeout=1) == (EngineStopped(),)
    engine.submit(Close(1))
    engine.stop()


def test_an_error_of_ours_is_reported(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    listener, address = watched.listen()

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("ours")

    with socket.create_connection((address.host, address.port)) as peer:
        (session,) = watched.accepted(listener)
        monkeypatch.setattr("net.sockets.tcp.connection.make_decoder", broken)
        peer.sendall(b"x")
        fault = watched.fault(session).fault
        assert fault.kind is FaultKind.INTERNAL and "ours" in str(fault.params["detail"])
        watched.end(session)


def test_a_command_that_fails_is_reported_of_its_session(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise ZeroDivisionError("ours")

    listener, _address = watched.listen()
    monkeypatch.setattr("net.sockets.tcp.listener.Listener.send", broken)
    watched.engine.submit(Send(listener, [b"x"]))
    fault = watched.fault(listener).fault
    assert fault.kind is FaultKind.INTERNAL and "ours" in str(fault.params["detail"])


def test_a_command_of_no_wing_does_no_harm(watched: Watched) -> None:
    watched.engine.submit(object())  # type: ignore[arg-type]
    watched.listen()


def test_the_chat_is_not_imported_without_its_commands() -> None:
    code = (
        "import sys; from net.address import Address; from net.engine import Engine;"
        "from net.sockets.commands import TcpListen;"
        "engine = Engine(); engine.submit(TcpListen(engine.new_session(), Address('127.0.0.1', 0)));"
        "engine.stop(); engine.join(20);"
        "print([name for name in sys.modules if name.startswith('net.chat')])"
    )
    done = run_program([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
