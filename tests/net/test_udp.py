"""Endpoints against plain sockets of the same PC."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator

import pytest

import net.resolve
import net.udp
from net.address import Address
from net.events import (
    Closed,
    CloseReason,
    DatagramsReceived,
    Event,
    FaultKind,
    FaultOccurred,
    GroupChanged,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
    SocketCalled,
    State,
    StateChanged,
)
from net.outlet import Outlet
from net.protocol.reply import ReplyRule
from tests.net.loop_thread import LoopThread, loop_thread
from tests.waiting import wait_until

GROUP = "239.77.1.2"


@pytest.fixture
def net_loop() -> Iterator[LoopThread]:
    with loop_thread() as thread:
        yield thread


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


def address_of(sock: socket.socket) -> Address:
    return Address.from_socket(sock.getsockname())


def closed_port() -> Address:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return address_of(sock)


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
    totals = net_loop.call(endpoint.counters)
    assert (totals.messages_received, totals.bytes_received) == (1, 0)


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

    assert [name(event) for event in net_loop.take()] == [
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


@pytest.mark.parametrize("host,limit", [("127.0.0.1", 65_507), ("::1", 65_527)])
def test_the_largest_datagram_goes_and_one_byte_more_is_told(
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


def test_what_the_kernel_finds_too_long_is_told(
    net_loop: LoopThread, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net.udp, "message_limit", lambda *_: 100_000)
    endpoint = net_loop.open()
    net_loop.call(endpoint.send, [b"x" * 65_508, b"short"], address_of(peer))
    fault = net_loop.wait_fault(endpoint.session, FaultKind.MESSAGE_TOO_LONG).fault
    assert fault.params == {"size": 65_508, "limit": 65_507}
    assert peer.recv(100) == b"short"


def test_a_connected_endpoint_hears_of_a_closed_port_and_goes_on(net_loop: LoopThread) -> None:
    remote = closed_port()
    endpoint = net_loop.open(peer=remote)
    assert [event.call for event in net_loop.of(SocketCalled)] == ["socket", "bind", "connect"]
    net_loop.call(endpoint.send, [b"anyone?"])
    assert net_loop.wait_fault(endpoint.session, FaultKind.REFUSED).fault.params == {"address": str(remote)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(remote.to_socket(socket.AF_INET))
        late.settimeout(5)
        net_loop.call(endpoint.send, [b"now?"])
        assert late.recv(100) == b"now?"
        late.sendto(b"yes", endpoint.local_address.to_socket(socket.AF_INET))
        assert net_loop.wait_received(endpoint, 1) == [b"yes"]


def test_a_flood_of_refusals_is_told_a_few_times(net_loop: LoopThread) -> None:
    endpoint = net_loop.open(peer=closed_port())
    for _ in range(20):
        net_loop.call(endpoint.send, [b"x"] * 20)
    net_loop.wait_fault(endpoint.session, FaultKind.REFUSED)
    net_loop.call(endpoint.close)
    closed = net_loop.wait(Closed, endpoint.session)
    seconds = (closed.time - net_loop.of(Opened)[0].time) / 1e9
    assert len(net_loop.of(FaultOccurred)) <= 20 * (1 + int(seconds))


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


def test_a_port_in_use_is_told_with_its_program(net_loop: LoopThread, peer: socket.socket) -> None:
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


class SlowNames:
    """A name server that answers when it is let."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.go = threading.Event()
        self.asked: list[str] = []
        self.host = host

    def __call__(self, host: str, port: int, **_: object) -> list[object]:
        self.asked.append(host)
        assert self.go.wait(10)
        if not self.host:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (self.host, port))]


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames()
    monkeypatch.setattr(net.resolve, "look_up", names)
    yield names
    names.go.set()


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


def test_an_unknown_name_is_told(net_loop: LoopThread, slow_names: SlowNames) -> None:
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


def test_messages_before_the_loop_sleeps_stay_in_order(net_loop: LoopThread) -> None:
    receiver = net_loop.open(receive_buffer=4 * 1024 * 1024)
    sender = net_loop.open()

    def send() -> None:
        for start in range(0, 1500, 500):
            messages = [b"%d" % n for n in range(start, start + 500)]
            sender.send(messages, receiver.local_address)

    net_loop.call(send)
    assert net_loop.wait_received(receiver, 1500) == [b"%d" % n for n in range(1500)]


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
    assert net_loop.call(endpoint.counters).messages_received == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts them")
def test_what_the_kernel_drops_is_counted(
    net_loop: LoopThread, peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go = threading.Event(), threading.Event()
    original = Outlet.put_batch

    def hold(self: Outlet, events: tuple[Event, ...], size: int) -> bool:
        held.set()
        go.wait(10)
        return original(self, events, size)

    monkeypatch.setattr(Outlet, "put_batch", hold)
    endpoint = net_loop.open(receive_buffer=2304)
    target = endpoint.local_address.to_socket(socket.AF_INET)
    peer.sendto(b"first", target)
    assert held.wait(5)
    for _ in range(50):
        peer.sendto(b"x" * 200, target)
    go.set()

    def accounted_for() -> bool:
        totals = net_loop.call(endpoint.counters)
        return totals.messages_received + totals.drops == 51

    wait_until(accounted_for)
    assert net_loop.call(endpoint.counters).drops > 30


def test_broadcast_needs_permission_and_arrives(net_loop: LoopThread) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as everyone:
        everyone.bind(("", 0))
        everyone.settimeout(5)
        target = Address("127.255.255.255", everyone.getsockname()[1])
        timid = net_loop.open("0.0.0.0:0")
        net_loop.call(timid.send, [b"hey"], target)
        fault = net_loop.wait_fault(timid.session, FaultKind.BROADCAST_NOT_ALLOWED).fault
        assert fault.params == {"address": str(target)}
        bold = net_loop.open("127.0.0.1:0", broadcast=True, peer=target)
        assert net_loop.of(Opened, bold.session)[0].role is Role.BROADCAST
        net_loop.call(bold.send, [b"hey all"])
        data, sender = everyone.recvfrom(100)
        assert data == b"hey all"
        everyone.sendto(b"hey you", sender)
        assert net_loop.wait_received(bold, 1) == [b"hey you"]


def multicast_sender() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    return sock


def test_a_group_is_heard_from_joining_to_leaving(net_loop: LoopThread) -> None:
    group = Address(GROUP, 0)
    endpoint = net_loop.open("0.0.0.0:0", group=group, interface="127.0.0.1")
    assert net_loop.of(Opened)[0].role is Role.MULTICAST
    joined = net_loop.of(GroupChanged)[0]
    assert (joined.group, joined.joined) == (group, True) and joined.interface
    target = (GROUP, endpoint.local_address.port)
    unicast = ("127.0.0.1", endpoint.local_address.port)
    with multicast_sender() as sender:
        sender.sendto(b"in", target)
        net_loop.wait_received(endpoint, 1)
        net_loop.call(endpoint.leave_group, group, "127.0.0.1")
        assert not net_loop.wait(GroupChanged, count=2).joined
        sender.sendto(b"out", target)
        sender.sendto(b"end", unicast)
        assert net_loop.wait_received(endpoint, 2) == [b"in", b"end"]
        net_loop.call(endpoint.join_group, group, "127.0.0.1")
        net_loop.wait(GroupChanged, count=3)
        sender.sendto(b"again", target)
        assert net_loop.wait_received(endpoint, 3)[-1] == b"again"


def test_several_programs_hear_a_group_on_one_port(net_loop: LoopThread) -> None:
    group = Address(GROUP, 0)
    first = net_loop.open("0.0.0.0:0", group=group, interface="127.0.0.1")
    second = net_loop.open(str(first.local_address), group=group, interface="127.0.0.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third, multicast_sender() as sender:
        third.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        third.bind(("", first.local_address.port))
        member = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton("127.0.0.1"))
        third.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        third.settimeout(5)
        sender.sendto(b"all", (GROUP, first.local_address.port))
        assert third.recv(100) == b"all"
    assert net_loop.wait_received(first, 1) == net_loop.wait_received(second, 1) == [b"all"]


def test_a_group_that_another_program_joined_is_not_heard(net_loop: LoopThread) -> None:
    first = net_loop.open("0.0.0.0:0", group=Address(GROUP, 0), interface="127.0.0.1")
    second = net_loop.open(str(first.local_address), group=Address("239.77.1.3", 0), interface="127.0.0.1")
    with multicast_sender() as sender:
        sender.sendto(b"first only", (GROUP, first.local_address.port))
        sender.sendto(b"second only", ("239.77.1.3", first.local_address.port))
        assert net_loop.wait_received(second, 1) == [b"second only"]
        assert net_loop.wait_received(first, 1) == [b"first only"]


def test_without_an_address_a_message_goes_to_the_group(net_loop: LoopThread) -> None:
    endpoint = net_loop.open("0.0.0.0:0", group=Address(GROUP, 0), interface="127.0.0.1", ttl=0)
    net_loop.call(endpoint.send, [b"echo?"])
    sent = net_loop.wait(MessagesSent, endpoint.session)
    assert sent.remote_address == Address(GROUP, endpoint.local_address.port)
    assert net_loop.wait_received(endpoint, 1) == [b"echo?"]


def test_time_to_live_is_set_as_asked(net_loop: LoopThread) -> None:
    endpoint = net_loop.open("0.0.0.0:0", group=Address(GROUP, 0), interface="127.0.0.1", ttl=7)
    assert endpoint._sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 7
    six = net_loop.open("[::]:0", group=Address("ff02::77", 0), interface="::1", ttl=9)
    assert six._sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS) == 9


@pytest.mark.parametrize("group", ["192.0.2.1", "ff02::1:77"])
def test_what_is_no_group_here_cannot_be_joined(net_loop: LoopThread, group: str) -> None:
    endpoint = net_loop.open("0.0.0.0:0")
    net_loop.call(endpoint.join_group, Address(group, 0))
    fault = net_loop.wait_fault(endpoint.session, FaultKind.GROUP_INVALID).fault
    assert fault.params == {"address": str(Address(group, 0))}


def test_joining_twice_and_leaving_what_was_not_joined_is_told(net_loop: LoopThread) -> None:
    group = Address(GROUP, 0)
    endpoint = net_loop.open("0.0.0.0:0", group=group, interface="127.0.0.1")
    net_loop.call(endpoint.join_group, group, "127.0.0.1")
    net_loop.wait_fault(endpoint.session, FaultKind.GROUP_INVALID)
    net_loop.call(endpoint.leave_group, Address("239.77.9.9", 0))
    wait_until(lambda: len(net_loop.of(FaultOccurred)) == 2)
    assert len(net_loop.of(GroupChanged)) == 1


def test_an_unknown_interface_is_told(net_loop: LoopThread) -> None:
    endpoint = net_loop.start("0.0.0.0:0", group=Address(GROUP, 0), interface="nowhere0")
    fault = net_loop.wait(OpenFailed, endpoint.session).fault
    assert (fault.kind, fault.params) == (FaultKind.INTERFACE_GONE, {"interface": "nowhere0"})


def test_two_repliers_facing_each_other_come_to_rest(net_loop: LoopThread) -> None:
    rule = ReplyRule(answer="{text}", limit=25)
    first, second = (net_loop.open(reply_rules=(rule,)) for _ in range(2))
    net_loop.call(first.send, [b"ping"], second.local_address)
    net_loop.wait_fault(first.session, FaultKind.REPLY_LIMIT)
    net_loop.wait_fault(second.session, FaultKind.REPLY_LIMIT)
    assert net_loop.wait_received(second, 26) == [b"ping"] * 26
    net_loop.call(first.set_reply_rules, ())
    assert len(net_loop.of(FaultOccurred)) == 2
    totals = [net_loop.call(endpoint.counters) for endpoint in (first, second)]
    assert [total.messages_sent for total in totals] == [26, 25]


def test_closing_does_not_wait_for_a_datagram(net_loop: LoopThread) -> None:
    before = threading.active_count()
    endpoints = [net_loop.open() for _ in range(20)]
    started = time.monotonic()
    for endpoint in endpoints:
        net_loop.call(endpoint.close)
    wait_until(lambda: len(net_loop.of(Closed)) == 20)
    wait_until(lambda: threading.active_count() <= before)
    assert time.monotonic() - started < 5
