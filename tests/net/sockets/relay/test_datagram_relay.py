"""A UDP relay of the Engine between real sockets."""

from __future__ import annotations

import socket
import time

import pytest

from net.address import Address
from net.events import FaultKind
from net.protocol.impairment.fate import Fate
from net.protocol.impairment.settings import Impairment
from net.sockets.commands import ChangeRelay, Close, Send
from net.sockets.events import (
    CloseReason,
    CountersChanged,
    FateCounts,
    FaultOccurred,
    FaultRepeated,
    Opened,
    RelayChanged,
    RelayClientChanged,
    RelayCounted,
    Role,
    Transport,
)
from net.sockets.relay import datagrams
from tests.net.peers import address_of, closed_port
from tests.net.sockets.relay.relays import (
    ask_for_datagrams,
    echo_server,
    fates,
    pieces,
    refusal,
    relay_datagrams,
    udp_socket,
)
from tests.net.watching import LOOPBACK, Watched
from tests.waiting import PATIENCE_SECONDS


def counts(watched: Watched, session: int) -> RelayCounted:
    return watched.all(RelayCounted, session)[-1]


# --- Passing on ---


def test_each_client_has_its_own_way_and_gets_its_own_answers(watched: Watched) -> None:
    with echo_server() as target, udp_socket() as one, udp_socket() as other:
        session, relay = relay_datagrams(watched, target)
        opened = watched.first(Opened, session)
        assert (opened.transport, opened.role, opened.remote_address) == (Transport.UDP, Role.RELAY, target)
        one.sendto(b"first", relay)
        answer, sender = one.recvfrom(100)
        assert sender == relay
        other.sendto("你好".encode(), relay)
        second = other.recv(100)
        one.sendto(b"", relay)
        third = one.recv(100)
        assert answer.startswith(b"first ") and second.startswith("你好 ".encode())
        # The target sees two senders, none of them the clients themselves.
        ports = {int(each.split()[-1]) for each in (answer, second, third)}
        assert len(ports) == 2 and ports.isdisjoint({one.getsockname()[1], other.getsockname()[1]})
        assert third.split() == [answer.split()[-1]]
        watched.wait(lambda: len(pieces(watched, session)) == 6)
        assert fates(watched, session) == [(b"first", "passed"), ("你好".encode(), "passed"), (b"", "passed")]
        came = [(event.client, event.state) for event in watched.all(RelayClientChanged, session)]
        assert came == [(address_of(one), "came"), (address_of(other), "came")]


def test_ipv6_clients_reach_an_ipv4_target(watched: Watched) -> None:
    with echo_server() as target, udp_socket("::1") as client:
        _session, relay = relay_datagrams(watched, target, address=Address("::1", 0))
        client.sendto(b"six", relay)
        assert client.recv(100).startswith(b"six ")


def test_every_fate_is_told_and_true(watched: Watched) -> None:
    there = Impairment(lose=(2,), twice=(3,), late=(5,))
    with udp_socket() as target, udp_socket() as client:
        session, relay = relay_datagrams(watched, address_of(target), there)
        for number in range(1, 7):
            client.sendto(b"%d" % number, relay)
        got = [target.recv(100) for _ in range(6)]
        assert got == [b"1", b"3", b"3", b"4", b"6", b"5"]
        watched.wait(lambda: len(pieces(watched, session)) == 7)
        assert sorted(fates(watched, session)) == [
            (b"1", "passed"),
            (b"2", "lost"),
            (b"3", "doubled"),
            (b"3", "passed"),
            (b"4", "passed"),
            (b"5", "reordered"),
            (b"6", "passed"),
        ]
        expected = FateCounts(came=6, passed=4, lost=1, queue_full=0, doubled=1, reordered=1)
        watched.wait(lambda: any(one.to_target == expected for one in watched.all(RelayCounted, session)))
        totals = watched.wait(
            lambda: [one for one in watched.all(CountersChanged, session) if one.messages_sent == 6]
        )[-1]
        assert (totals.messages_received, totals.bytes_received, totals.drops) == (6, 6, 1)


def test_the_same_seed_loses_the_same(watched: Watched) -> None:
    def lost_of_40() -> list[bytes]:
        session, relay = relay_datagrams(watched, closed_port(), Impairment(loss=0.5), seed=77)
        with udp_socket() as client:
            for number in range(40):
                client.sendto(b"%d" % number, relay)
        watched.wait(lambda: len(pieces(watched, session)) == 40)
        return [data for data, fate in fates(watched, session) if fate == "lost"]

    lost = [lost_of_40(), lost_of_40()]
    assert lost[0] == lost[1] and 5 < len(lost[0]) < 35


def test_each_direction_has_its_own_settings(watched: Watched) -> None:
    with echo_server() as target, udp_socket() as client:
        back = Impairment(lose=(1,), delay=0.05)
        session, relay = relay_datagrams(watched, target, to_client=back)
        client.sendto(b"one", relay)
        began = time.monotonic()
        client.sendto(b"two", relay)
        assert client.recv(100).startswith(b"two ")
        assert time.monotonic() - began >= 0.0499
        watched.wait(lambda: len(pieces(watched, session)) == 4)
        assert [fate for _data, fate in fates(watched, session)] == ["passed", "passed"]
        assert [fate for _data, fate in fates(watched, session, back=True)] == ["lost", "passed"]
        kept = [one.delay for one in pieces(watched, session) if one.back and one.fate is Fate.PASSED]
        assert kept[0] >= 0.0499


def test_a_narrow_place_keeps_its_rate_and_its_queue(watched: Watched) -> None:
    with udp_socket() as target, udp_socket() as client:
        session, relay = relay_datagrams(watched, address_of(target), Impairment(rate=100.0, queue=5))
        began = time.monotonic()
        for number in range(20):
            client.sendto(b"%d" % number, relay)
        got = [target.recv(100)]
        while len(got) < 5:
            got.append(target.recv(100))
        assert time.monotonic() - began >= 0.0499
        watched.wait(lambda: len(pieces(watched, session)) == 20)
        full = [data for data, fate in fates(watched, session) if fate == "queue-full"]
        assert len(full) + len(got) >= 20 and set(full).isdisjoint(got)


def test_settings_change_while_it_is_open(watched: Watched) -> None:
    with echo_server() as target, udp_socket() as client:
        session, relay = relay_datagrams(watched, target, Impairment(loss=1.0))
        client.sendto(b"lost", relay)
        watched.wait(lambda: fates(watched, session) == [(b"lost", "lost")])
        watched.engine.submit(ChangeRelay(session, Impairment(), Impairment()))
        changed = watched.wait(lambda: watched.all(RelayChanged, session)[1:])[0]
        assert (changed.to_target, changed.seed) == (Impairment(), 1)
        client.sendto(b"there", relay)
        assert client.recv(100).startswith(b"there ")


def test_closing_forgets_what_is_under_way(watched: Watched) -> None:
    with udp_socket() as target, udp_socket() as client:
        session, relay = relay_datagrams(watched, address_of(target), Impairment(delay=60.0))
        client.sendto(b"never", relay)
        watched.wait(lambda: any(one.queued for one in watched.all(CountersChanged, session)))
        watched.engine.submit(Close(session))
        watched.engine.submit(Close(session))
        closed = watched.end(session)
        assert closed.reason is CloseReason.BY_ME  # type: ignore[union-attr]
        # Its port is free again.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind(relay)


# --- Bad input ---


def test_a_relay_to_itself_is_refused(watched: Watched) -> None:
    with udp_socket() as taken:
        port = address_of(taken).port
    for address, target in (
        (Address("127.0.0.1", port), Address("127.0.0.1", port)),
        (Address("0.0.0.0", port), Address("127.0.0.1", port)),
        (Address("localhost", port), Address("localhost", port)),
    ):
        session = ask_for_datagrams(watched, target, address=address)
        assert refusal(watched, session) is FaultKind.RELAY_LOOP


def test_two_relays_that_lead_to_each_other_are_refused(watched: Watched) -> None:
    with udp_socket() as taken:
        free = address_of(taken)
    _session, first = relay_datagrams(watched, free)
    session = ask_for_datagrams(watched, Address(*first), address=free)
    assert refusal(watched, session) is FaultKind.RELAY_LOOP


def test_one_relay_may_lead_to_another(watched: Watched) -> None:
    with echo_server() as target, udp_socket() as client:
        _session, second = relay_datagrams(watched, target)
        _session, first = relay_datagrams(watched, Address(*second))
        client.sendto(b"far", first)
        assert client.recv(100).startswith(b"far ")


@pytest.mark.parametrize(
    "target", ["255.255.255.255", "127.255.255.255", "224.0.0.1", "ff02::1", "0.0.0.0", "::"]
)
def test_a_target_that_is_many_programs_is_refused(watched: Watched, target: str) -> None:
    session = ask_for_datagrams(watched, Address(target, 5000))
    assert refusal(watched, session) is FaultKind.RELAY_TARGET


def test_a_target_without_a_port_is_refused(watched: Watched) -> None:
    session = ask_for_datagrams(watched, Address("127.0.0.1", 0))
    assert refusal(watched, session) is FaultKind.ADDRESS_INVALID


def test_an_unknown_name_is_told(watched: Watched) -> None:
    session = ask_for_datagrams(watched, Address("no-such-host.invalid", 5))
    assert refusal(watched, session) in (FaultKind.NAME_NOT_FOUND, FaultKind.NAME_LOOKUP_FAILED)


def test_a_port_in_use_is_told(watched: Watched) -> None:
    with udp_socket() as taken:
        session = ask_for_datagrams(watched, closed_port(), address=address_of(taken))
        assert refusal(watched, session) is FaultKind.ADDRESS_IN_USE


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="Windows tells it at the next datagram only")
def test_a_target_where_nobody_listens_is_told_once_in_a_while(watched: Watched) -> None:
    with udp_socket() as client:
        session, relay = relay_datagrams(watched, closed_port())
        for _ in range(50):
            client.sendto(b"anybody?", relay)
        fault = watched.fault(session).fault
        assert fault.kind is FaultKind.PORT_CLOSED
        watched.wait(lambda: len(pieces(watched, session)) == 50)
        watched.first(FaultRepeated, session)
        assert len(watched.all(FaultOccurred, session)) == 1


def test_a_relay_sends_nothing_of_its_own(watched: Watched) -> None:
    session, _relay = relay_datagrams(watched, closed_port())
    watched.engine.submit(Send(session, [b"hello"]))
    assert watched.fault(session).fault.kind is FaultKind.RELAY_SENDS_NOTHING


def test_too_many_clients_are_refused_and_it_goes_on(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datagrams, "MOST_CLIENTS", 2)
    with echo_server() as target, udp_socket() as one, udp_socket() as two, udp_socket() as three:
        session, relay = relay_datagrams(watched, target)
        for client in (one, two):
            client.sendto(b"hello", relay)
            client.recv(100)
        three.sendto(b"too many", relay)
        assert watched.fault(session).fault.kind is FaultKind.RELAY_CLIENTS
        one.sendto(b"still", relay)
        assert one.recv(100).startswith(b"still ")
        assert b"too many" not in dict(fates(watched, session))
        # Whoever was silent for long makes room.
        monkeypatch.setattr(datagrams, "IDLE_SECONDS", 0.0)
        three.sendto(b"now", relay)
        assert three.recv(100).startswith(b"now ")
        watched.wait(lambda: len(watched.all(RelayClientChanged, session)) == 5)
        states = [event.state for event in watched.all(RelayClientChanged, session)]
        assert states == ["came", "came", "refused", "went", "came"]


def test_a_flood_is_counted_and_bounded(watched: Watched) -> None:
    with udp_socket() as target, udp_socket() as client:
        session, relay = relay_datagrams(watched, address_of(target), Impairment(rate=50.0, queue=10))
        for _ in range(20_000):
            client.sendto(b"x" * 1000, relay)
        last = watched.wait(
            lambda: [one for one in watched.all(RelayCounted, session) if one.to_target.queue_full > 1000],
            PATIENCE_SECONDS,
        )[-1]
        assert last.queued <= 10
        watched.engine.submit(Close(session))
        watched.end(session)


def test_it_ends_with_the_engine(watched: Watched) -> None:
    """The fixture checks that nothing is left."""
    relay_datagrams(watched, closed_port(), Impairment(delay=30.0))
    assert LOOPBACK.port == 0
