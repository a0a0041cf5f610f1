"""The limits of an endpoint: sizes, queues, floods."""

from __future__ import annotations

import socket
import sys
import threading
from datetime import datetime

import pytest

from net.address import Address
from net.events import Event, FaultKind
from net.loop.outlet import Outlet
from net.protocol.reply import ReplyRule
from net.sockets.events import Closed, FaultEnded, FaultOccurred, FaultRepeated
from net.sockets.udp.bound_socket import BoundSocket
from tests.net.loop_thread import LoopThread
from tests.net.peers import SlowNames, address_of, closed_port
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.mark.parametrize("host,limit", [("127.0.0.1", 65_507), ("::1", 65_527)])
def test_the_largest_datagram_goes_and_one_byte_more_is_reported(
    net_loop: LoopThread, host: str, limit: int
) -> None:
    receiver = net_loop.open(str(Address(host, 0)))
    sender = net_loop.open(str(Address(host, 0)))
    fault = net_loop.call(sender.send, [b"a", b"x" * (limit + 1)], receiver.local_address)
    assert fault is not None
    assert net_loop.wait_fault(sender.session, FaultKind.MESSAGE_TOO_LONG).fault == fault
    assert fault.params == {"size": limit + 1, "limit": limit}
    assert net_loop.call(sender.send, [b"x" * limit], receiver.local_address) is None
    assert net_loop.wait_received(receiver, 1) == [b"x" * limit]


def test_what_the_kernel_finds_too_long_is_reported(
    net_loop: LoopThread, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundSocket, "message_limit", lambda *_: 100_000)
    endpoint = net_loop.open()
    net_loop.call(endpoint.send, [b"x" * 65_508, b"short"], address_of(peer))
    fault = net_loop.wait_fault(endpoint.session, FaultKind.MESSAGE_TOO_LONG).fault
    assert fault.params == {"size": 65_508, "limit": 65_507}
    assert peer.recv(100) == b"short"


def test_a_device_that_is_off_is_one_fault_with_a_count(net_loop: LoopThread) -> None:
    device = closed_port()
    endpoint = net_loop.open(peer=device)
    for _ in range(20):
        net_loop.call(endpoint.send, [b"x"] * 20)
    fault = net_loop.wait_fault(endpoint.session, FaultKind.PORT_CLOSED).fault
    assert fault.params == {"address": str(device)}
    repeated = net_loop.wait(FaultRepeated, endpoint.session)
    assert (repeated.fault, repeated.count) == (fault, 2)
    # Told at most once a second, with all that came meanwhile.
    assert net_loop.wait(FaultRepeated, endpoint.session, count=2).count > 10
    net_loop.call(endpoint.close)
    net_loop.wait(Closed, endpoint.session)
    over = net_loop.wait(FaultEnded, endpoint.session)
    assert (over.fault, over.since) == (fault, repeated.since) and over.count > 10
    assert len(net_loop.of(FaultOccurred)) == 1
    kinds = [type(event) for event in net_loop.take()]
    assert kinds.index(FaultEnded) < kinds.index(Closed)


def test_a_device_that_answers_again_ends_the_fault(net_loop: LoopThread) -> None:
    device = closed_port()
    endpoint = net_loop.open(peer=device)
    for _ in range(3):
        net_loop.call(endpoint.send, [b"on?"])
    net_loop.wait(FaultRepeated, endpoint.session)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(device.to_socket(socket.AF_INET))
        late.sendto(b"on", endpoint.local_address.to_socket(socket.AF_INET))
        assert net_loop.wait(FaultEnded, endpoint.session).kind is FaultKind.PORT_CLOSED
    assert endpoint.is_open


def test_messages_that_leave_unhindered_end_the_fault(
    net_loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("net.sockets.fault_states.TICK", 0.05)
    monkeypatch.setattr("net.sockets.fault_states.QUIET", 0.2)
    device = closed_port()
    endpoint = net_loop.open(peer=device)
    for _ in range(3):
        net_loop.call(endpoint.send, [b"on?"])
    net_loop.wait(FaultRepeated, endpoint.session)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(device.to_socket(socket.AF_INET))
        net_loop.call(endpoint.send, [b"taken, not answered"])
        assert net_loop.wait(FaultEnded, endpoint.session).kind is FaultKind.PORT_CLOSED


def test_a_message_of_a_repeat_that_is_too_long_is_one_fault(
    net_loop: LoopThread, peer: socket.socket
) -> None:
    endpoint = net_loop.open(peer=address_of(peer))
    for _ in range(5):
        net_loop.call(endpoint.send, [b"x" * 70_000])
    assert net_loop.wait(FaultRepeated, endpoint.session).fault.kind is FaultKind.MESSAGE_TOO_LONG
    assert len(net_loop.of(FaultOccurred)) == 1


def test_messages_before_the_loop_sleeps_stay_in_order(
    net_loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few that the kernel holds all of them, even if the receiving thread gets no time at all.
    monkeypatch.setattr("net.sockets.udp.sending.BURST", 16)
    receiver = net_loop.open()
    sender = net_loop.open()

    def send() -> None:
        for start in range(0, 120, 40):
            messages = [b"%d" % n for n in range(start, start + 40)]
            sender.send(messages, receiver.local_address)
        assert sender.queued, "all gone in one go: no order to be kept"

    net_loop.call(send)
    assert net_loop.wait_received(receiver, 120) == [b"%d" % n for n in range(120)]


def test_a_full_queue_refuses_and_says_so(
    net_loop: LoopThread, peer: socket.socket, slow_names: SlowNames
) -> None:
    endpoint = net_loop.open()
    named = Address("far.example", address_of(peer).port)
    megabyte = [b"x" * 50_000] * 20
    for _ in range(8):
        assert net_loop.call(endpoint.send, megabyte, named) is None
    assert net_loop.call(endpoint.send, megabyte, named) is not None
    fault = net_loop.wait_fault(endpoint.session, FaultKind.SEND_BUFFER_FULL).fault
    assert fault.params["size"] == 1_000_000
    net_loop.call(endpoint.close)
    net_loop.wait(Closed, endpoint.session)


def test_what_the_consumer_does_not_take_is_dropped_and_counted(
    net_loop: LoopThread, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = net_loop.open()
    monkeypatch.setattr(net_loop.outlet, "congested", True)
    for _ in range(5):
        peer.sendto(b"lost", endpoint.local_address.to_socket(socket.AF_INET))
    wait_until(lambda: net_loop.call(endpoint.counters).drops == 5)
    monkeypatch.setattr(net_loop.outlet, "congested", False)
    peer.sendto(b"kept", endpoint.local_address.to_socket(socket.AF_INET))
    assert net_loop.wait_received(endpoint, 1) == [b"kept"]
    # Counted by the receiving thread once it has handed it over.
    wait_until(lambda: net_loop.call(endpoint.counters).messages_received == 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts them")
def test_what_the_kernel_drops_is_counted(
    net_loop: LoopThread, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go = threading.Event(), threading.Event()
    original = Outlet.put_batch

    def hold(self: Outlet, events: tuple[Event, ...], size: int) -> bool:
        held.set()
        go.wait(PATIENCE_SECONDS)
        return original(self, events, size)

    monkeypatch.setattr(Outlet, "put_batch", hold)
    endpoint = net_loop.open(receive_buffer=2304)
    target = endpoint.local_address.to_socket(socket.AF_INET)
    peer.sendto(b"first", target)
    assert held.wait(PATIENCE_SECONDS)
    for _ in range(50):
        peer.sendto(b"x" * 200, target)
    wait_until(lambda: net_loop.call(endpoint.counters).drops > 30, what="drops")
    go.set()

    def accounted_for() -> bool:
        totals = net_loop.call(endpoint.counters)
        return totals.messages_received + totals.drops == 51

    wait_until(accounted_for)


def test_two_repliers_facing_each_other_come_to_rest(
    net_loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime.now().astimezone()
    monkeypatch.setattr("net.sockets.jobs.replying.now", lambda: moment)
    rule = ReplyRule(answer="{text}", limit=25)
    first, second = (net_loop.open(reply_rules=(rule,)) for _ in range(2))
    net_loop.call(first.send, [b"ping"], second.local_address)
    fault = net_loop.wait_fault(second.session, FaultKind.REPLY_LIMIT).fault
    assert fault.params == {"limit": 25, "address": str(first.local_address)}
    assert net_loop.wait_received(second, 26) == [b"ping"] * 26
    net_loop.call(first.set_reply_rules, ())
    assert len(net_loop.of(FaultOccurred)) == 1
    totals = [net_loop.call(endpoint.counters) for endpoint in (first, second)]
    assert [total.messages_sent for total in totals] == [26, 25]
