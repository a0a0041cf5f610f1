"""The engine under load: its store, its stream, a peer that does not read, and its end."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from net.address import Address
from net.engine import Engine
from net.events import EngineStopped, FaultKind
from net.protocol.framing import Framing, FramingKind
from net.sockets.commands import Close, Send
from net.sockets.core import ABORT_GRACE, CLOSE_GRACE
from net.sockets.events import Closed, CloseReason, FaultOccurred, Opened, OpenFailed
from net.transcript.events import Stored
from net.transcript.reader import TranscriptReader
from tests.net.conftest import check_end
from tests.net.watching import Watched
from tests.programs import run_program, start_program
from tests.waiting import PATIENCE_SECONDS

LINES = Framing(FramingKind.LINES)


def talk(watched: Watched) -> tuple[int, int, int]:
    """A listener, its client, and the accepted connection, which have exchanged messages and are closed."""
    listener, address = watched.listen(framing=LINES)
    client = watched.connect(address, framing=LINES)
    (accepted,) = watched.accepted(listener)
    watched.first(Opened, client)
    watched.engine.submit(Send(client, ["你好".encode(), b"\x00\xff"]))
    watched.wait(lambda: watched.received(accepted) == ["你好".encode(), b"\x00\xff"])
    watched.engine.submit(Send(accepted, [b"answer"]))
    watched.wait(lambda: watched.received(client) == [b"answer"])
    for session in (client, listener):
        watched.engine.submit(Close(session))
    for session in (client, accepted, listener):
        watched.end(session)
    return listener, client, accepted


def test_store_holds_what_both_ends_said(tmp_path: Path) -> None:
    path = tmp_path / "transcript.sqlite3"
    watched = Watched(Engine(transcript=path))
    listener, client, accepted = talk(watched)
    reader = watched.engine.reader()
    assert reader is not None

    def said(session: int, reader: TranscriptReader = reader) -> list[tuple[str, bytes]]:
        rows = reader.fetch(session, 0, reader.count(session))
        return [(row.direction, row.data) for row in rows if row.direction != "note"]

    spoken = ["你好".encode(), b"\x00\xff"]
    watched.wait(lambda: len(said(client)) == 3 and len(said(accepted)) == 3)
    assert said(client) == [("out", data) for data in spoken] + [("in", b"answer")]
    assert said(accepted) == [("in", data) for data in spoken] + [("out", b"answer")]
    assert watched.all(Stored)
    reader.close()
    check_end(watched)
    with_next = Watched(Engine(transcript=path))
    assert with_next.engine.new_session() > max(listener, client, accepted)
    again = with_next.engine.reader()
    assert again is not None
    stored = {session.session: session for session in again.sessions()}
    assert stored[accepted].parent == listener and stored[client].reason == "by_me"
    again.close()
    check_end(with_next)


@pytest.mark.parametrize("stored", [False, True])
def test_json_lines(tmp_path: Path, stored: bool) -> None:
    stream = tmp_path / "said.jsonl"
    transcript = tmp_path / "transcript.sqlite3" if stored else None
    watched = Watched(Engine(transcript=transcript, json_lines=stream))
    _, client, accepted = talk(watched)
    check_end(watched)
    assert (watched.engine.reader() is not None) == stored
    lines = [json.loads(line) for line in stream.read_text("utf-8").splitlines()]
    said = [(line["session"], line["direction"], line["hex"]) for line in lines]
    for data in ("你好".encode().hex(), "00ff"):
        assert (client, "out", data) in said and (accepted, "in", data) in said
    assert (accepted, "out", b"answer".hex()) in said and (client, "in", b"answer".hex()) in said
    assert {line["transport"] for line in lines} == {"tcp"}
    keys = {"time", "session", "transport", "local", "remote", "direction", "hex", "text"}
    assert all(keys <= line.keys() for line in lines)


def test_a_peer_that_never_reads_disturbs_nobody(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.sockets.tcp.connection.SEND_BUFFER_LIMIT", 2_000_000)
    listener, address = watched.listen(framing=LINES)
    with ExitStack() as stack:
        place = (address.host, address.port)
        deaf = stack.enter_context(socket.create_connection(place, timeout=PATIENCE_SECONDS))
        (stalled,) = watched.accepted(listener)
        peer = stack.enter_context(socket.create_connection(place, timeout=PATIENCE_SECONDS))
        talking = watched.accepted(listener, 2)[1]
        for _ in range(100):
            watched.engine.submit(Send(stalled, [bytes(500_000)]))
        fault = watched.fault(stalled).fault
        assert fault.kind is FaultKind.SEND_BUFFER_FULL and fault.params["limit"] == 2_000_000
        for number in range(50):
            message = f"{number}".encode()
            peer.sendall(message + b"\n")
            watched.wait(lambda message=message: message in watched.received(talking))  # type: ignore[misc]
            watched.engine.submit(Send(talking, [message]))
            assert peer.recv(len(message) + 1, socket.MSG_WAITALL) == message + b"\n"
        assert not watched.all(FaultOccurred, talking) and not watched.all(Closed)
        deaf.close()
        assert isinstance(watched.end(stalled), Closed)


def test_stop_with_many_busy_connections(watched: Watched) -> None:
    """Both ends send without pause: all end, in order, within the promised time."""
    listener, address = watched.listen()
    over = threading.Event()
    with ExitStack() as stack:
        place = (address.host, address.port)
        peers = [stack.enter_context(socket.create_connection(place)) for _ in range(200)]
        sessions = watched.accepted(listener, 200)
        for peer in peers:
            peer.setblocking(False)

        def chatter() -> None:
            while not over.is_set():
                for peer in peers:
                    try:
                        peer.send(bytes(1000))
                        peer.recv(65536)
                    except OSError:
                        continue

        talker = threading.Thread(target=chatter)
        talker.start()
        try:
            for _ in range(20):
                watched.engine.submit(Send(listener, [bytes(1000)]))
            watched.wait(lambda: all(watched.received(session) for session in sessions))
            watched.engine.stop()
            # The promised time, plus what a busy machine needs.
            watched.first(EngineStopped, timeout=CLOSE_GRACE + ABORT_GRACE + PATIENCE_SECONDS)
        finally:
            over.set()
            talker.join()
    assert watched.engine.join(PATIENCE_SECONDS) and watched.engine.events.empty()
    assert len(watched.all(Closed)) == 201
    assert {event.reason for event in watched.all(Closed)} == {CloseReason.ENGINE_STOPPED}


def forked(function: Callable[[], None], *before: str) -> None:
    """Run a function of this module in a process of its own, which must end with 0."""
    name = getattr(function, "__name__", "")
    code = f"import {__name__} as module; module.{name}()"
    root = str(Path(__file__).parents[2])
    run = run_program(
        [*before, sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stderr.decode()


def privileged() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    watched = Watched(Engine())
    session = watched.ask_to_listen(Address("127.0.0.1", 80))
    ended = watched.end(session)
    assert isinstance(ended, OpenFailed), ended
    assert ended.fault.kind is FaultKind.PERMISSION and ended.fault.params["address"] == "127.0.0.1:80"
    check_end(watched)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere ports below 1024 are for everyone")
def test_privileged_port() -> None:
    # A namespace has the kernel's own limit, whatever this machine's is.
    forked(privileged, *(("unshare", "--net") if os.geteuid() == 0 else ()))


def few_files() -> None:
    code = (
        "import socket, sys; place = ('127.0.0.1', int(sys.stdin.readline()));"
        "all = [socket.create_connection(place) for _ in range(100)]; print('all', flush=True);"
        "sys.stdin.read(); [peer.close() for peer in all]"
    )
    pipe = subprocess.PIPE
    peers = start_program([sys.executable, "-c", code], stdin=pipe, stdout=pipe)
    assert peers.stdin is not None and peers.stdout is not None
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    watched = Watched(Engine())
    listener, address = watched.listen()
    peers.stdin.write(f"{address.port}\n".encode())
    peers.stdin.flush()
    assert peers.stdout.readline() == b"all\n"
    fault = watched.fault(listener).fault
    assert fault.kind is FaultKind.TOO_MANY_FILES
    assert len(watched.accepted(listener, 30)) < 100
    peers.communicate()
    watched.wait(lambda: len(watched.all(Closed)) == 100)
    check_end(watched)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux' limits")
def test_more_clients_than_files() -> None:
    forked(few_files)
