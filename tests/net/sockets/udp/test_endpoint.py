"""Endpoints and plain sockets on one PC."""

from __future__ import annotations

import socket
import threading

from net.address import Address
from net.events import Event, FaultKind
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    DatagramsReceived,
    FaultOccurred,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
    SocketCalled,
    State,
    StateChanged,
)
from tests.net.loop_thread import LoopThread
from tests.net.peers import SlowNames, address_of, closed_port
from tests.waiting import PATIENCE_SECONDS, wait_until


def test_speaks_with_whoever_sent_something(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open()
    peer.sendto("你好".encode(), endpoint.local_address.to_socket(socket.AF_INET))
    assert net_loop.wait_received(endpoint, 1) == ["你好".encode()]
    sender = Address.from_socket(net_loop.of(DatagramsReceived)[0].senders[0])
    assert sender == address_of(peer)
    net_loop.call(endpoint.send, [b"one", b"", b"three"], sender)
    assert [peer.recv(100) for _ in range(3)] == [b"one", b"", b"three"]
    sent = net_loop.wait(MessagesSent, endpoint.session)
    assert (sent.messages, sent.remote_address, sent.origin) == ([b"one", b"", b"three"], sender, "user")


def test_a_datagram_without_data_arrives(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open()
    peer.sendto(b"", endpoint.local_address.to_socket(socket.AF_INET))
    assert net_loop.wait_received(endpoint, 1) == [b""]
    # Counted by the receiving thread once it has handed it over.
    wait_until(lambda: net_loop.call(endpoint.counters).messages_received == 1)
    assert net_loop.call(endpoint.counters).bytes_received == 0


def test_events_tell_the_whole_life_in_order(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open()
    peer.sendto(b"x", endpoint.local_address.to_socket(socket.AF_INET))
    net_loop.wait_received(endpoint, 1)
    net_loop.call(endpoint.close)
    net_loop.call(endpoint.close)
    net_loop.wait(Closed, endpoint.session)

    def name(event: Event) -> str:
        if isinstance(event, SocketCalled):
            return event.call
        return event.state.value if isinstance(event, StateChanged) else type(event).__name__

    # The totals come at times of their own.
    assert [name(event) for event in net_loop.take() if not isinstance(event, CountersChanged)] == [
        "socket",
        "bind",
        "bound",
        "Opened",
        "DatagramsReceived",
        "closing",
        "close",
        "closed",
        "Closed",
    ]
    assert net_loop.of(Closed)[0].reason is CloseReason.BY_ME
    assert net_loop.of(Opened)[0].role is Role.UNICAST
    assert net_loop.ended == [endpoint.session]


def test_nothing_arrives_before_the_beginning(net_loop: LoopThread, peer: socket.socket) -> None:
    target = closed_port()
    stop = threading.Event()

    def flood() -> None:
        while not stop.is_set():
            peer.sendto(b"x", target.to_socket(socket.AF_INET))

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for number in range(20):
            endpoint = net_loop.open(str(target))
            net_loop.wait_received(endpoint, 1)
            net_loop.call(endpoint.close)
            net_loop.wait(Closed, endpoint.session)
            mine = [event for event in net_loop.take() if getattr(event, "session", 0) == endpoint.session]
            kinds = [type(event) for event in mine]
            assert kinds.index(Opened) < kinds.index(DatagramsReceived), number
    finally:
        stop.set()
        thread.join()


def test_nothing_arrives_after_the_end(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open()
    target = endpoint.local_address.to_socket(socket.AF_INET)
    stop = threading.Event()

    def flood() -> None:
        while not stop.is_set():
            peer.sendto(b"x" * 100, target)

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        net_loop.wait_received(endpoint, 100)
        net_loop.call(endpoint.close)
        net_loop.wait(Closed, endpoint.session)
    finally:
        stop.set()
        thread.join()
    assert isinstance(net_loop.take()[-1], Closed)


def test_closing_sends_what_waits_first(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open()
    messages = [b"%d" % number for number in range(2000)]

    def send_and_close() -> None:
        endpoint.send(messages, address_of(peer))
        assert endpoint.queued, "all gone in one go: nothing is left to be sent while closing"
        endpoint.close()

    net_loop.call(send_and_close)
    net_loop.wait(Closed, endpoint.session)
    assert [data for event in net_loop.of(MessagesSent) for data in event.messages] == messages


def test_a_connected_endpoint_hears_of_a_closed_port_and_goes_on(net_loop: LoopThread) -> None:
    remote = closed_port()
    endpoint = net_loop.open(peer=remote)
    assert [event.call for event in net_loop.of(SocketCalled)] == ["socket", "bind", "connect"]
    net_loop.call(endpoint.send, [b"anyone?"])
    assert net_loop.wait_fault(endpoint.session, FaultKind.PORT_CLOSED).fault.params == {
        "address": str(remote)
    }
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(remote.to_socket(socket.AF_INET))
        late.settimeout(PATIENCE_SECONDS)
        net_loop.call(endpoint.send, [b"now?"])
        assert late.recv(100) == b"now?"
        late.sendto(b"yes", endpoint.local_address.to_socket(socket.AF_INET))
        assert net_loop.wait_received(endpoint, 1) == [b"yes"]


def test_an_unconnected_endpoint_hears_nothing_of_closed_ports(
    net_loop: LoopThread, peer: socket.socket
) -> None:
    endpoint = net_loop.open()
    net_loop.call(endpoint.send, [b"anyone?"], closed_port())
    net_loop.call(endpoint.send, [b"hello"], address_of(peer))
    assert peer.recv(100) == b"hello"
    peer.sendto(b"world", endpoint.local_address.to_socket(socket.AF_INET))
    net_loop.wait_received(endpoint, 1)
    assert not net_loop.of(FaultOccurred)


def test_without_a_destination_it_says_so(net_loop: LoopThread) -> None:
    endpoint = net_loop.open()
    net_loop.call(endpoint.send, [b"x"])
    net_loop.wait_fault(endpoint.session, FaultKind.NO_DESTINATION)


def test_after_closing_a_send_is_refused(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open()

    def close_and_send() -> object:
        endpoint.close()
        return endpoint.send([b"x"], address_of(peer))

    fault = net_loop.call(close_and_send)
    assert getattr(fault, "kind", None) is FaultKind.NOT_OPEN


def test_an_address_of_the_other_family_is_refused(net_loop: LoopThread) -> None:
    endpoint = net_loop.open()
    net_loop.call(endpoint.send, [b"x"], Address("::1", 9))
    fault = net_loop.wait_fault(endpoint.session, FaultKind.ADDRESS_FAMILY).fault
    assert fault.params["address"] == "[::1]:9"


def test_bound_to_every_ipv6_address_it_serves_ipv4_too(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.open("[::]:0")
    peer.sendto(b"four", ("127.0.0.1", endpoint.local_address.port))
    net_loop.wait_received(endpoint, 1)
    sender = Address.from_socket(net_loop.of(DatagramsReceived)[0].senders[0])
    assert sender == address_of(peer)
    net_loop.call(endpoint.send, [b"back"], sender)
    assert peer.recv(100) == b"back"


def test_a_port_in_use_is_reported_with_its_program(net_loop: LoopThread, peer: socket.socket) -> None:
    endpoint = net_loop.start(str(address_of(peer)))
    failed = net_loop.wait(OpenFailed, endpoint.session)
    assert failed.fault.kind is FaultKind.ADDRESS_IN_USE
    assert failed.fault.params["address"] == str(address_of(peer))
    assert failed.fault.params["program"]
    assert [event.result for event in net_loop.of(SocketCalled)] == ["", "EADDRINUSE", ""]
    assert net_loop.ended == [endpoint.session]


def test_an_address_of_another_pc_cannot_be_bound(net_loop: LoopThread) -> None:
    endpoint = net_loop.start("203.0.113.9:0")
    assert net_loop.wait(OpenFailed, endpoint.session).fault.kind is FaultKind.ADDRESS_NOT_LOCAL


def test_two_endpoints_share_a_port_where_both_allow_it(net_loop: LoopThread) -> None:
    first = net_loop.open(reuse_address=True)
    second = net_loop.open(str(first.local_address), reuse_address=True)
    assert first.local_address == second.local_address


def test_a_slow_name_holds_up_nobody_else(
    net_loop: LoopThread, peer: socket.socket, slow_names: SlowNames
) -> None:
    endpoint = net_loop.open()
    named = Address("far.example", address_of(peer).port)
    net_loop.call(endpoint.send, [b"1", b"2"], named)
    net_loop.call(endpoint.send, [b"3"], named)
    net_loop.call(endpoint.send, [b"first"], address_of(peer))
    assert peer.recv(100) == b"first"
    assert net_loop.call(lambda: endpoint.queued) == 3
    slow_names.go.set()
    assert [peer.recv(100) for _ in range(3)] == [b"1", b"2", b"3"]
    net_loop.call(endpoint.send, [b"4"], named)
    assert peer.recv(100) == b"4"
    assert slow_names.asked == ["far.example"]
    assert net_loop.wait(MessagesSent, count=2).remote_address == address_of(peer)


def test_an_unknown_name_is_reported(net_loop: LoopThread, slow_names: SlowNames) -> None:
    slow_names.host = ""
    slow_names.go.set()
    endpoint = net_loop.open()
    net_loop.call(endpoint.send, [b"x"], Address("nobody.example", 9))
    fault = net_loop.wait_fault(endpoint.session, FaultKind.NAME_NOT_FOUND).fault
    assert fault.params == {"host": "nobody.example"}
    assert net_loop.call(lambda: endpoint.queued) == 0


def test_opening_can_be_cancelled(net_loop: LoopThread, slow_names: SlowNames) -> None:
    endpoint = net_loop.start(peer=Address("far.example", 9))
    state = net_loop.wait(StateChanged, endpoint.session)
    assert (state.state, state.address) == (State.RESOLVING, Address("far.example", 9))
    net_loop.call(endpoint.close)
    assert net_loop.wait(OpenFailed, endpoint.session).fault.kind is FaultKind.CANCELLED


def test_closing_does_not_wait_for_a_datagram(net_loop: LoopThread) -> None:
    before = threading.active_count()
    endpoints = [net_loop.open() for _ in range(20)]
    for endpoint in endpoints:
        net_loop.call(endpoint.close)
    wait_until(lambda: len(net_loop.of(Closed)) == 20)
    wait_until(lambda: threading.active_count() <= before)
