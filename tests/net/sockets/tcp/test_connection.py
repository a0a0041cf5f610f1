"""TCP through the Engine, with plain sockets as peers."""

from __future__ import annotations

import errno
import os
import queue
import resource
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from net.address import Address
from net.events import FaultKind
from net.protocol.framing import Framing, FramingKind
from net.sockets.commands import (
    Close,
    Send,
    SetFraming,
    TcpListen,
    TcpOptions,
    WatchKernel,
)
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    FaultOccurred,
    KernelFacts,
    MessagesReceived,
    Opened,
    OpenFailed,
    SocketCalled,
    State,
    StateChanged,
)
from net.sockets.tcp.connection import kernel_event
from net.system.kernel import TcpFacts
from tests.net.peers import listening, peer_of
from tests.net.watching import Watched
from tests.ports import free_port
from tests.programs import start_program
from tests.waiting import PATIENCE_SECONDS


def test_server_and_client_talk(watched: Watched) -> None:
    listener, address = watched.listen()
    client = watched.connect(address)
    watched.first(Opened, client)
    (accepted,) = watched.accepted(listener)
    watched.engine.submit(Send(client, ["你好".encode(), b"\0\x1b[31m"]))
    watched.wait_received(accepted, "你好".encode() + b"\0\x1b[31m")
    watched.engine.submit(Send(accepted, [b"hi"]))
    watched.wait_received(client, b"hi")
    watched.engine.submit(Close(client))
    assert watched.end(client) == Closed(client, CloseReason.BY_ME, None, watched.end(client).time)
    ended = watched.end(accepted)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.BY_PEER
    counters = watched.all(CountersChanged, accepted)[-1]
    assert (counters.messages_sent, counters.bytes_sent, counters.bytes_received) == (1, 2, 12)


def test_socket_calls_are_reported_in_order(watched: Watched) -> None:
    listener, address = watched.listen(backlog=7)
    client = watched.connect(address)
    watched.accepted(listener)
    watched.first(Opened, client)
    calls = [event.call for event in watched.all(SocketCalled, listener) if event.call != "setsockopt"]
    assert calls == ["socket", "bind", "listen", "accept"]
    assert [e.arguments for e in watched.all(SocketCalled, listener) if e.call == "listen"] == ["7"]
    calls = [event.call for event in watched.all(SocketCalled, client) if event.call != "setsockopt"]
    assert calls == ["socket", "connect"]


def test_send_to_all_and_close_one(watched: Watched) -> None:
    listener, address = watched.listen(framing=Framing(FramingKind.LINES))
    with peer_of(address) as one, peer_of(address) as two:
        first, _ = watched.accepted(listener, 2)
        watched.engine.submit(Send(listener, [b"all"]))
        assert one.recv(4, socket.MSG_WAITALL) == two.recv(4, socket.MSG_WAITALL) == b"all\n"
        watched.engine.submit(Close(first))
        assert one.recv(1) == b""
        one.close()
        watched.end(first)
        watched.engine.submit(Send(listener, [b"rest"]))
        assert two.recv(5, socket.MSG_WAITALL) == b"rest\n"
        watched.engine.submit(Close(listener))
        assert two.recv(1) == b""
    assert isinstance(watched.end(listener), Closed)


def test_one_of_all_that_reads_slowly_gets_everything_in_order(watched: Watched) -> None:
    """The peer makes a little room again and again while more is queued for it than the kernel accepts."""
    listener, address = watched.listen()
    messages = [bytes([number]) * 200_000 for number in range(200)]
    got = bytearray()
    with peer_of(address) as quick, peer_of(address) as slow, quick.makefile("rb") as stream:
        watched.accepted(listener, 2)
        for message in messages:
            watched.engine.submit(Send(listener, [message]))
            got += slow.recv(50_000)
            assert stream.read(len(message)) == message
        while len(got) < 200 * 200_000:
            got += slow.recv(1_000_000)
    assert got == b"".join(messages)


def test_send_to_nobody_is_reported(watched: Watched) -> None:
    listener, _ = watched.listen()
    watched.engine.submit(Send(listener, [b"x"]))
    assert watched.fault(listener).fault.kind is FaultKind.NOT_CONNECTED
    watched.engine.submit(Send(9999, [b"x"]))
    assert watched.fault(9999).fault.kind is FaultKind.NOT_OPEN


@pytest.mark.parametrize("host", ["::", ""])
def test_dual_stack(watched: Watched, host: str) -> None:
    listener, address = watched.listen(Address(host, 0))
    for name in ("127.0.0.1", "::1"):
        client = watched.connect(Address(name, address.port))
        opened = watched.first(Opened, client)
        assert opened.remote_address == Address(name, address.port)
    accepted = [watched.first(Opened, session) for session in watched.accepted(listener, 2)]
    assert {event.remote_address.host for event in accepted if event.remote_address} == {"127.0.0.1", "::1"}


def test_single_stack(watched: Watched) -> None:
    # Not a port that another program may have got for IPv4.
    here = Address("::", free_port())
    _, address = watched.listen(here, options=TcpOptions(dual_stack=False))
    client = watched.connect(Address("127.0.0.1", address.port))
    ended = watched.end(client)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.REFUSED


def test_refused(watched: Watched) -> None:
    address = Address("127.0.0.1", free_port())
    client = watched.connect(address)
    ended = watched.end(client)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.REFUSED
    assert ended.fault.params["address"] == str(address)
    connects = [event for event in watched.all(SocketCalled, client) if event.call == "connect"]
    assert [event.result for event in connects] == ["ECONNREFUSED"]


def test_name_tries_all_addresses(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name resolves first to an address where nobody listens, then to the right one."""
    _, address = watched.listen(Address("127.0.0.1", free_port()))

    def look_up(*arguments: object, **options: object) -> list[object]:
        tcp = (socket.SOCK_STREAM, 6, "")
        return [
            (socket.AF_INET6, *tcp, ("::1", address.port, 0, 0)),
            (socket.AF_INET, *tcp, ("127.0.0.1", address.port)),
        ]

    monkeypatch.setattr("net.system.resolve.look_up", look_up)
    client = watched.connect(Address("two.example", address.port))
    assert watched.first(Opened, client).remote_address == address
    tried = [e.address for e in watched.all(StateChanged, client) if e.state is State.CONNECTING]
    assert tried == [Address("::1", address.port), address]


def test_cancel_while_resolving(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()

    def look_up(*arguments: object, **options: object) -> list[object]:
        os.read(read, 1)
        return []

    monkeypatch.setattr("net.system.resolve.look_up", look_up)
    client = watched.connect(Address("slow.example", 80))
    watched.wait(lambda: [e for e in watched.all(StateChanged, client) if e.state is State.RESOLVING])
    watched.engine.submit(Close(client))
    ended = watched.end(client)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.CANCELLED
    os.write(write, b"x")
    os.close(write)


def test_time_out_and_cancel_while_connecting(watched: Watched) -> None:
    """A listener with a full backlog does not answer a SYN."""
    sock, address = listening(0)
    with ExitStack() as stack:
        stack.callback(sock.close)
        stack.enter_context(socket.create_connection((address.host, address.port)))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            assert filler.connect_ex((address.host, address.port)) in (0, errno.EINPROGRESS)
        timed = watched.connect(address, timeout=0.3)
        ended = watched.end(timed)
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.TIMED_OUT
        assert ended.fault.params["seconds"] == 0.3
        cancelled = watched.connect(address, timeout=60)
        watched.wait(lambda: [e for e in watched.all(StateChanged, cancelled) if e.state is State.CONNECTING])
        watched.engine.submit(Close(cancelled))
        ended = watched.end(cancelled)
        assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.CANCELLED


def test_port_in_use_names_the_program(watched: Watched) -> None:
    sock, address = listening()
    with sock:
        session = watched.engine.new_session()
        watched.engine.submit(TcpListen(session, address))
        ended = watched.end(session)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.ADDRESS_IN_USE
    assert ended.fault.params["pid"] == os.getpid()
    assert ended.fault.params["program"]


def test_address_of_another_pc(watched: Watched) -> None:
    session = watched.engine.new_session()
    watched.engine.submit(TcpListen(session, Address("192.0.2.1", 0)))
    ended = watched.end(session)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.ADDRESS_NOT_LOCAL


def test_bind_address_of_the_client(watched: Watched) -> None:
    _, address = watched.listen()
    client = watched.connect(address, local=Address("127.0.0.9", 0))
    assert watched.first(Opened, client).local_address.host == "127.0.0.9"
    wrong = watched.connect(address, local=Address("::1", 0))
    ended = watched.end(wrong)
    assert isinstance(ended, OpenFailed) and ended.fault.kind is FaultKind.ADDRESS_FAMILY


def test_ten_megabytes_without_a_line_end(watched: Watched) -> None:
    framing = Framing(FramingKind.LINES, limit=1_000_000)
    listener, address = watched.listen(framing=framing)
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        peer.sendall(b"first\n")
        with pytest.raises(OSError):
            for _ in range(100):
                peer.sendall(b"x" * 100_000)
            peer.recv(1)
            peer.sendall(b"x")
    ended = watched.end(session)
    assert isinstance(ended, Closed) and ended.reason is CloseReason.FAILED
    assert watched.fault(session).fault.kind is FaultKind.FRAMING_LIMIT
    assert watched.received(session)[0] == b"first"
    with peer_of(address) as peer:
        watched.accepted(listener, 2)


def test_half_a_character_waits_and_is_reported(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        half = "好".encode()
        peer.sendall(b"a" + half[:2])
        watched.wait_received(session, b"a" + half[:2])
        assert watched.received(session) == [b"a", half[:2]]


def test_a_character_in_two_pieces_stays_whole(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.sockets.tcp.connection.FLUSH_DELAY", 60.0)
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        peer.sendall(b"a\xe5")
        watched.wait_received(session, b"a")
        peer.sendall(b"\xa5\xbd")
        watched.wait_received(session, "a好".encode())
    assert watched.received(session) == [b"a", "好".encode()]


def test_framing_changes_on_the_way(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(SetFraming(session, Framing(FramingKind.LENGTH)))
        watched.engine.submit(Send(session, [b"abc"]))
        assert peer.recv(5, socket.MSG_WAITALL) == b"\0\3abc"
        peer.sendall(b"\0\1x\0\2yz")
        watched.wait(lambda: watched.received(session) == [b"x", b"yz"])
        watched.engine.submit(Send(session, [b"x" * 70_000]))
        assert watched.fault(session).fault.kind is FaultKind.MESSAGE_TOO_LONG


def test_send_buffer_has_a_limit(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.sockets.tcp.connection.SEND_BUFFER_LIMIT", 1_000_000)
    listener, address = watched.listen()
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        watched.engine.submit(Send(session, [b"x" * 1_000_001]))
        fault = watched.fault(session).fault
        assert fault.kind is FaultKind.SEND_BUFFER_FULL and fault.params["limit"] == 1_000_000
        watched.engine.submit(Send(session, [b"fits"]))
        assert peer.recv(4, socket.MSG_WAITALL) == b"fits"


def test_a_consumer_that_is_behind_slows_the_peer(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.loop.outlet.HIGH_WATER", 1_000_000)
    monkeypatch.setattr("net.loop.outlet.LOW_WATER", 500_000)
    listener, address = watched.listen()
    data = b"x" * 40_000_000
    with peer_of(address) as peer:
        (session,) = watched.accepted(listener)
        peer.settimeout(1)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < len(data):
                sent += peer.send(data[sent : sent + 1_000_000])
        assert watched.engine.events.outstanding < 20_000_000

        def go_on() -> bool:
            nonlocal sent
            while sent < len(data):
                peer.setblocking(False)
                try:
                    sent += peer.send(data[sent : sent + 1_000_000])
                except BlockingIOError:
                    break
            return sum(map(len, watched.received(session))) == len(data)

        watched.wait(go_on, 60)


def test_kernel_facts(watched: Watched) -> None:
    listener, address = watched.listen()
    with peer_of(address):
        (session,) = watched.accepted(listener)
        watched.engine.submit(WatchKernel(session, True))
        assert watched.first(KernelFacts, session).state == "ESTABLISHED"


@pytest.mark.deep
def test_a_thousand_clients_at_once(watched: Watched) -> None:
    listener, address = watched.listen(backlog=1024)
    with ExitStack() as stack:
        peers = [stack.enter_context(peer_of(address)) for _ in range(1000)]
        watched.accepted(listener, 1000)
        watched.engine.submit(Send(listener, [b"all"]))
        assert all(peer.recv(3, socket.MSG_WAITALL) == b"all" for peer in peers)
        for peer in peers:
            peer.sendall(b"me")
        watched.wait(lambda: len(watched.all(MessagesReceived)) == 1000)
        assert len({event.session for event in watched.all(MessagesReceived)}) == 1000


def test_no_files_left(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """accept with EMFILE pauses and is reported once; the listener continues when there are files again."""
    # A check of the interfaces opens files, and would return one in the middle.
    monkeypatch.setattr("net.sockets.address_watch.present_hosts", frozenset)
    listener, address = watched.listen()
    with pytest.raises(queue.Empty):
        while True:
            watched.take(0.05)  # what wakes the consumer is opened when it sleeps for the first time
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    script = (
        "import socket,sys; sys.stdin.readline();"
        "s=socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "s.sendall(b'x'); s.recv(1)"
    )
    command = [sys.executable, "-c", script, str(address.port)]
    with start_program(command, stdin=subprocess.PIPE, text=True) as peer, ExitStack() as stack:
        # If the test fails, do not wait for the peer: it waits for us.
        stack.callback(peer.kill)
        assert peer.stdin is not None
        used = max(map(int, os.listdir("/proc/self/fd")))
        fillers = []
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (used + 3, hard))
            while True:
                try:
                    fillers.append(os.dup(peer.stdin.fileno()))
                except OSError:
                    break
            peer.stdin.write("go\n")
            peer.stdin.flush()
            assert watched.fault(listener).fault.kind is FaultKind.TOO_MANY_FILES
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for filler in fillers:
                os.close(filler)
        (session,) = watched.accepted(listener)
        watched.wait_received(session, b"x")
        watched.engine.submit(Close(session))
        assert peer.wait(PATIENCE_SECONDS) == 0
    assert len(watched.all(FaultOccurred, listener)) == 1


@pytest.mark.parametrize("program", ["ncat", "nc"])
def test_netcat_as_client(watched: Watched, program: str) -> None:
    listener, address = watched.listen()
    try:
        run = start_program(
            [program, "127.0.0.1", str(address.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    except FileNotFoundError:
        pytest.skip(f"no {program} here")
    with run:
        assert run.stdin is not None and run.stdout is not None
        (session,) = watched.accepted(listener)
        run.stdin.write("你好\n".encode())
        run.stdin.flush()
        watched.wait_received(session, "你好\n".encode())
        watched.engine.submit(Send(session, [b"hello\n"]))
        assert run.stdout.readline() == b"hello\n"
        watched.engine.submit(Close(session))
        watched.end(session)
        run.stdin.close()
        run.terminate()


def test_facts_become_an_event() -> None:
    event = kernel_event(7, TcpFacts(state="ESTABLISHED", rtt=1.0, bytes_acked=6, bytes_unacked=0))
    assert (event.session, event.state, event.rtt, event.bytes_acked, event.bytes_unacked) == (
        7,
        "ESTABLISHED",
        1.0,
        6,
        0,
    )
    assert event.rto is None and event.time > 0
