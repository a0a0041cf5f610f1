"""A TCP relay of the Engine between real connections."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from net.address import Address
from net.events import FaultKind
from net.protocol.impairment.settings import StreamImpairment
from net.sockets.commands import BreakRelayed, ChangeRelay, Close, RelayStreams
from net.sockets.events import (
    CloseReason,
    CountersChanged,
    Opened,
    OpenFailed,
    RelayClientChanged,
    Role,
    State,
    StateChanged,
    Transport,
)
from net.sockets.relay import stream_relay
from tests.net.peers import address_of
from tests.net.sockets.relay.relays import pieces, refusal, relay_streams, tcp_server
from tests.net.watching import LOOPBACK, Watched
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS


def connect(relay: tuple[str, int]) -> socket.socket:
    return socket.create_connection(relay, timeout=PATIENCE_SECONDS)


def accept(server: socket.socket) -> socket.socket:
    accepted = server.accept()[0]
    accepted.settimeout(PATIENCE_SECONDS)
    return accepted


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while part := sock.recv(65536):
        data += part
    return data


def test_bytes_pass_both_ways_and_each_end_ends_alone(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        opened = watched.first(Opened, session)
        assert (opened.transport, opened.role) == (Transport.TCP, Role.RELAY)
        assert State.LISTENING in [event.state for event in watched.all(StateChanged, session)]
        with connect(relay) as client, accept(server) as target:
            client.sendall("你好".encode())
            client.shutdown(socket.SHUT_WR)
            assert read_all(target) == "你好".encode()
            target.sendall(b"goodbye")
            target.close()
            assert read_all(client) == b"goodbye"
        watched.wait(lambda: [e.state for e in watched.all(RelayClientChanged, session)] == ["came", "went"])
        passed = [(one.data, one.back, one.fate.value) for one in pieces(watched, session)]
        assert passed == [("你好".encode(), False, "passed"), (b"goodbye", True, "passed")]


def test_several_clients_do_not_mix(watched: Watched) -> None:
    with tcp_server() as server, contextlib.ExitStack() as stack:
        _session, relay = relay_streams(watched, address_of(server))
        clients = [stack.enter_context(connect(relay)) for _ in range(5)]
        targets = [stack.enter_context(accept(server)) for _ in range(5)]
        for number, client in enumerate(clients):
            client.sendall(b"%d" % number)
        for target in targets:
            target.sendall(b"for " + target.recv(10))
        assert [client.recv(10) for client in clients] == [b"for %d" % number for number in range(5)]


def test_eight_megabytes_arrive_whole(watched: Watched) -> None:
    data = bytes(range(256)) * 32 * 1024
    with tcp_server() as server:
        _session, relay = relay_streams(watched, address_of(server), StreamImpairment(delay=0.01))
        with connect(relay) as client, accept(server) as target:

            def send() -> None:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)

            sending = threading.Thread(target=send)
            sending.start()
            assert read_all(target) == data
            sending.join(PATIENCE_SECONDS)


def test_delay_and_rate(watched: Watched) -> None:
    with tcp_server() as server:
        _session, relay = relay_streams(
            watched, address_of(server), StreamImpairment(rate=10_000.0), StreamImpairment(delay=0.1)
        )
        with connect(relay) as client, accept(server) as target:
            began = time.monotonic()
            client.sendall(bytes(2000))
            got = b""
            while len(got) < 2000:
                got += target.recv(2000)
            assert time.monotonic() - began >= 0.19
            began = time.monotonic()
            target.sendall(b"x")
            client.recv(1)
            assert time.monotonic() - began >= 0.099


def test_a_stalled_relay_slows_the_sender_down_by_tcp_itself(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server), StreamImpairment(stalled=True))
        with connect(relay) as client, accept(server) as target:
            client.settimeout(0.5)
            sent = 0
            with pytest.raises(TimeoutError):
                while True:
                    sent += client.send(bytes(65536))
            totals = watched.wait(lambda: watched.all(CountersChanged, session))[-1]
            assert totals.queued < 2 * 1024 * 1024
            watched.engine.submit(ChangeRelay(session, StreamImpairment(), StreamImpairment()))
            client.close()
            assert len(read_all(target)) == sent


def test_a_target_that_does_not_read_stops_the_client(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        with connect(relay) as client, accept(server) as target:
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                while True:
                    client.send(bytes(65536))
            assert watched.wait(lambda: watched.all(CountersChanged, session))[-1].queued < 2 * 1024 * 1024
            assert target.recv(1) == b"\0"


def test_cut_closes_both_ends_in_order(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server), StreamImpairment(delay=30.0))
        with connect(relay) as client, accept(server) as target:
            client.sendall(b"under way")
            watched.wait(lambda: any(one.queued for one in watched.all(CountersChanged, session)))
            watched.engine.submit(BreakRelayed(session, "cut"))
            assert (client.recv(10), target.recv(10)) == (b"", b"")
        watched.wait(lambda: [e.state for e in watched.all(RelayClientChanged, session)] == ["came", "cut"])


def test_reset_resets_both_ends(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        with connect(relay) as client, accept(server) as target:
            watched.wait(lambda: watched.all(RelayClientChanged, session))
            watched.engine.submit(BreakRelayed(session, "reset", address_of(client)))
            for end in (client, target):
                with pytest.raises(ConnectionResetError):
                    end.recv(10)


def test_half_close_ends_one_direction_only(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        with connect(relay) as client, accept(server) as target:
            watched.wait(lambda: watched.all(RelayClientChanged, session))
            watched.engine.submit(BreakRelayed(session, "half-close"))
            assert target.recv(10) == b""
            client.sendall(b"nobody hears this")
            target.sendall(b"but you hear me")
            assert client.recv(100) == b"but you hear me"


def test_a_reset_of_one_end_reaches_the_other(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        with connect(relay) as client, accept(server) as target:
            watched.wait(lambda: watched.all(RelayClientChanged, session))
            target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            target.close()
            with pytest.raises(ConnectionResetError):
                client.recv(10)
        watched.wait(lambda: [e.state for e in watched.all(RelayClientChanged, session)] == ["came", "reset"])


def test_a_refused_target_resets_the_client_and_says_why(watched: Watched) -> None:
    session, relay = relay_streams(watched, Address("127.0.0.1", free_port()))
    # The reset may be there before connect() has come back.
    with pytest.raises(ConnectionResetError), connect(relay) as client:
        client.recv(10)
    assert watched.fault(session).fault.kind is FaultKind.REFUSED


def test_closing_closes_every_connection(watched: Watched) -> None:
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        with connect(relay) as client, accept(server) as target:
            watched.wait(lambda: watched.all(RelayClientChanged, session))
            watched.engine.submit(Close(session))
            assert (client.recv(10), target.recv(10)) == (b"", b"")
            assert watched.end(session).reason is CloseReason.BY_ME  # type: ignore[union-attr]
        with pytest.raises(ConnectionRefusedError):
            connect(relay)


def test_more_connections_than_allowed_are_reset(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_relay, "MOST_CONNECTIONS", 1)
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server))
        with connect(relay) as client, accept(server) as target:
            with pytest.raises(ConnectionResetError), connect(relay) as second:
                second.recv(10)
            assert watched.fault(session).fault.kind is FaultKind.RELAY_CLIENTS
            client.sendall(b"still")
            assert target.recv(10) == b"still"


def test_what_cannot_be_relayed_to(watched: Watched) -> None:
    with tcp_server() as taken:
        port = free_port()
        for address, target, kind in (
            (Address("127.0.0.1", port), Address("127.0.0.1", port), FaultKind.RELAY_LOOP),
            (LOOPBACK, Address("224.0.0.1", 5), FaultKind.RELAY_TARGET),
            (LOOPBACK, Address("127.0.0.1", 0), FaultKind.ADDRESS_INVALID),
            (LOOPBACK, Address("no-such-host.invalid", 5), FaultKind.NAME_NOT_FOUND),
            (address_of(taken), Address("127.0.0.1", port), FaultKind.ADDRESS_IN_USE),
        ):
            session = watched.engine.new_session()
            watched.engine.submit(RelayStreams(session, address, target))
            found = refusal(watched, session)
            assert found is kind or {found, kind} == {
                FaultKind.NAME_NOT_FOUND,
                FaultKind.NAME_LOOKUP_FAILED,
            }
    assert len(watched.all(OpenFailed)) == 5


def test_it_ends_with_the_engine_though_a_client_stays(watched: Watched) -> None:
    """The fixture checks that nothing is left."""
    with tcp_server() as server:
        session, relay = relay_streams(watched, address_of(server), StreamImpairment(stalled=True))
        client, target = connect(relay), accept(server)
        client.sendall(b"x")
        watched.wait(lambda: watched.all(CountersChanged, session))
        watched.engine.stop()
        watched.end(session)
        client.close()
        target.close()
