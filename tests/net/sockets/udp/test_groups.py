"""Broadcast, and multicast groups joined and left."""

from __future__ import annotations

import socket
import struct

import pytest

from net.address import Address
from net.events import FaultKind
from net.sockets.events import (
    FaultOccurred,
    GroupChanged,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
)
from tests.net.loop_thread import LoopThread
from tests.waiting import PATIENCE_SECONDS, wait_until

GROUP = "239.77.1.2"


def multicast_sender() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    return sock


def test_broadcast_needs_permission_and_arrives(net_loop: LoopThread) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as everyone:
        everyone.bind(("", 0))
        everyone.settimeout(PATIENCE_SECONDS)
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
        third.settimeout(PATIENCE_SECONDS)
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


def test_time_to_live_is_set_as_requested(net_loop: LoopThread) -> None:
    endpoint = net_loop.open("0.0.0.0:0", group=Address(GROUP, 0), interface="127.0.0.1", ttl=7)
    assert endpoint.bound.sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 7
    six = net_loop.open("[::]:0", group=Address("ff02::77", 0), interface="::1", ttl=9)
    assert six.bound.sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS) == 9


@pytest.mark.parametrize("group", ["192.0.2.1", "ff02::1:77"])
def test_what_is_no_group_here_cannot_be_joined(net_loop: LoopThread, group: str) -> None:
    endpoint = net_loop.open("0.0.0.0:0")
    net_loop.call(endpoint.join_group, Address(group, 0))
    fault = net_loop.wait_fault(endpoint.session, FaultKind.GROUP_INVALID).fault
    assert fault.params == {"address": str(Address(group, 0))}


def test_joining_twice_and_leaving_what_was_not_joined_is_reported(net_loop: LoopThread) -> None:
    group = Address(GROUP, 0)
    endpoint = net_loop.open("0.0.0.0:0", group=group, interface="127.0.0.1")
    net_loop.call(endpoint.join_group, group, "127.0.0.1")
    net_loop.wait_fault(endpoint.session, FaultKind.GROUP_INVALID)
    net_loop.call(endpoint.leave_group, Address("239.77.9.9", 0))
    wait_until(lambda: len(net_loop.of(FaultOccurred)) == 2)
    assert len(net_loop.of(GroupChanged)) == 1


def test_an_unknown_interface_is_reported(net_loop: LoopThread) -> None:
    endpoint = net_loop.start("0.0.0.0:0", group=Address(GROUP, 0), interface="nowhere0")
    fault = net_loop.wait(OpenFailed, endpoint.session).fault
    assert (fault.kind, fault.params) == (FaultKind.INTERFACE_GONE, {"interface": "nowhere0"})
