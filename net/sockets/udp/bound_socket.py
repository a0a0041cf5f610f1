"""An opened UDP socket: the addresses it is bound and connected to, and the limits that follow for
sending."""

from __future__ import annotations

import ipaddress
import socket

from msgspec import Struct

from net.address import Address, SocketAddress
from net.sockets.commands import UdpOpen
from net.sockets.events import Role
from net.sockets.udp.groups import Groups
from net.system.datagram_socket import DatagramSocket
from net.system.interfaces import find_interface

LARGEST_IPV4 = 65_507
LARGEST_IPV6 = 65_527
"""Bytes of data in one datagram: 65,535 less the headers of IPv4 and UDP; IPv6 does not count its own header
(RFC 8200)."""


def role_of(command: UdpOpen) -> Role:
    """The endpoint's role, which follows from the command's group, peer and broadcast."""
    peer = command.peer
    if command.group is not None or (peer is not None and peer.is_multicast):
        return Role.MULTICAST
    if command.broadcast or (peer is not None and peer.is_limited_broadcast):
        return Role.BROADCAST
    return Role.UNICAST


class BoundSocket(Struct, frozen=True):
    """``dual_stack``: bound to ``::``, so it serves IPv4 too. ``connected``: by ``connect`` to
    ``remote_address``, which otherwise is only the default destination."""

    command: UdpOpen
    sock: socket.socket
    datagrams: DatagramSocket
    family: int
    dual_stack: bool
    connected: bool
    local_address: Address
    remote_address: Address | None
    groups: Groups

    @property
    def destination(self) -> Address | None:
        """The destination of messages without an address: the peer, else the group joined first."""
        if self.remote_address is not None:
            return self.remote_address
        group = self.groups.first
        return group.with_port(group.port or self.local_address.port) if group is not None else None

    def can_reach(self, remote: Address) -> bool:
        """Whether ``remote`` is of this socket's family; for a name, which is not resolved yet, True."""
        version = remote.version
        return version is None or self.dual_stack or (version == 6) == (self.family == socket.AF_INET6)

    def message_limit(self, remote: Address | None) -> int:
        """Bytes of the largest datagram that can be sent to ``remote``."""
        version = remote.version if remote is not None else None
        if version is None:
            version = 6 if self.family == socket.AF_INET6 and not self.dual_stack else 4
        return LARGEST_IPV6 if version == 6 else LARGEST_IPV4

    def target(self, remote: Address) -> SocketAddress | None:
        """``remote`` as ``sendto`` takes it; None if the socket is connected to it. Raises `OSError` for a
        scope that names no interface."""
        if self.connected and remote == self.remote_address:
            return None
        target = remote.to_socket(self.family)
        chosen = self.command.interface
        if chosen and len(target) == 4 and ipaddress.ip_address(remote.host).is_link_local and not target[3]:
            interface = find_interface(chosen)
            return (target[0], target[1], 0, interface.index if interface else 0)
        return target
