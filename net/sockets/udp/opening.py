"""How an endpoint opens: choose family, addresses and socket options; bind, join, connect."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial

from msgspec.structs import replace

from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.protocol.reply import ReplyRule
from net.sockets.commands import UdpOpen
from net.sockets.events import Role, State
from net.sockets.network import Network
from net.sockets.opening import Opening
from net.sockets.session import OpenError
from net.sockets.socket_options import new_socket
from net.sockets.udp.bound_socket import BoundSocket, role_of
from net.sockets.udp.endpoint import Endpoint
from net.sockets.udp.groups import Groups
from net.system import multicast
from net.system.datagram_socket import DatagramSocket
from net.system.holders import with_holder
from net.system.interfaces import is_broadcast
from net.system.kernel import ignore_unreachable_ports
from net.system.multicast import Option
from net.system.resolve import Candidate, in_thread, resolve


class EndpointOpening(Opening):
    """A UDP session until its `Endpoint` replaces it with `Opened`, or until `OpenFailed`.

    ``peer`` connects the socket (so that closed ports are reported), unless it is a broadcast or multicast
    address, which only becomes the default destination: a socket connected to one would refuse every reply.
    """

    _refusal = FaultKind.NOT_OPEN

    def __init__(self, network: Network, command: UdpOpen) -> None:
        super().__init__(network, command.session)
        self._command = command
        self._asked = command.address
        self._peer: Address | None = None

    def set_reply_rules(self, rules: Sequence[ReplyRule]) -> None:
        """Reply by these rules once it is open."""
        self._command = replace(self._command, reply_rules=tuple(rules))

    async def _open(self) -> None:
        (family, local), peer = await choose_addresses(self._command, self._look_at)
        command, network = self._command, self._network
        self._asked = command.address
        with new_socket(network, self.session, family, socket.SOCK_DGRAM) as sock:
            for option in bind_options(command, family, local):
                network.call(self.session, "setsockopt", option.text, partial(option.set, sock))
            if command.group is not None:
                multicast.only_own_groups(sock, family)
            where = where_to_bind(command, family, local)
            network.call(self.session, "bind", repr(where), partial(sock.bind, where))
            groups = self._join(sock, family)
            connected = peer is not None and self._connect(sock, peer)
            if not connected:
                ignore_unreachable_ports(sock)
            bound = BoundSocket(
                command=command,
                sock=sock,
                datagrams=DatagramSocket(sock, command.interface),
                family=family,
                dual_stack=is_dual_stack(command, family, local),
                connected=connected,
                # Connecting may have chosen the local address.
                local_address=Address.from_socket(sock.getsockname()),
                remote_address=self._peer,
                groups=groups,
            )
            endpoint = Endpoint(network, bound)
        network.sessions[self.session] = endpoint
        endpoint.start()

    def _look_at(self, address: Address) -> None:
        self._asked = address
        if address.is_name:
            self._network.report_state(self.session, State.RESOLVING, address)

    def _join(self, sock: socket.socket, family: int) -> Groups:
        """Join the command's group, and send multicast by its interface."""
        command = self._command
        groups = Groups(self._network, self.session, sock, family, command.interface)
        interface = named_interface(command)
        fault: Fault | None = None
        if command.group is not None:
            fault = groups.join(command.group, interface)
        elif role_of(command) is Role.MULTICAST and interface:
            fault = groups.send_through(interface)
        if fault is not None:
            groups.stop()
            raise OpenError(fault)
        return groups

    def _connect(self, sock: socket.socket, peer: SocketAddress) -> bool:
        """Connect if the role allows it; returns whether it did."""
        self._asked = self._peer = Address.from_socket(peer)
        if role_of(self._command) is not Role.UNICAST:
            return False
        self._network.call(self.session, "connect", repr(peer), partial(sock.connect, peer))
        return True

    async def _explain(self, error: OSError) -> Fault:
        peer = self._peer
        if isinstance(error, PermissionError) and peer is not None and is_broadcast(peer.host):
            return Fault(FaultKind.BROADCAST_NOT_ALLOWED, {"address": str(peer)})
        fault = fault_from_oserror(error, self._asked, udp=True)
        return await in_thread(with_holder, fault, self._asked, "udp")


async def choose_addresses(
    command: UdpOpen, look_at: Callable[[Address], None]
) -> tuple[Candidate, SocketAddress | None]:
    """The address to bind to and the one to send to, of one family; ``look_at`` is called with each address
    before it is resolved.

    Raises `OpenError`, `OSError` and `AddressError`.
    """
    address, peer, group = command.address, command.peer, command.group
    if group is not None and not group.is_multicast:
        raise OpenError(Fault(FaultKind.GROUP_INVALID, {"address": str(group)}))
    look_at(address)
    own = await resolve(address, socket.SOCK_DGRAM, passive=True)
    # A name may have addresses of both families; most peers expect IPv4.
    local = min(own, key=lambda candidate: candidate[0] != socket.AF_INET) if address.is_name else own[0]
    other = group or peer
    if other is not None and other.version is not None:
        wanted = socket.AF_INET6 if other.version == 6 else socket.AF_INET
        if local[0] != wanted:
            if not address.is_any:
                raise OpenError(Fault(FaultKind.ADDRESS_FAMILY, {"address": str(other)}))
            # The wildcard address of one family means that of the other one, too.
            every = Address("::" if wanted == socket.AF_INET6 else "0.0.0.0", address.port)
            local = (wanted, every.to_socket(wanted))
    if peer is None:
        return local, None
    look_at(peer)
    found = await resolve(peer, socket.SOCK_DGRAM, local[0] if peer.is_name else 0)
    target = next((candidate[1] for candidate in found if candidate[0] == local[0]), None)
    if target is None:
        raise OpenError(Fault(FaultKind.ADDRESS_FAMILY, {"address": str(peer)}))
    return local, target


def bind_options(command: UdpOpen, family: int, local: SocketAddress) -> list[Option]:
    """The options to set before ``bind``."""
    is_group = command.group is not None
    options: list[Option] = []
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    if is_group or command.reuse_address:
        options += multicast.sharing(group=is_group)
    elif exclusive is not None:
        # Only Windows lets another program take over a bound port unless this option is set.
        options.append(Option(socket.SOL_SOCKET, exclusive, 1, "SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1"))
    if family == socket.AF_INET6:
        only = 0 if is_dual_stack(command, family, local) else 1
        text = f"IPPROTO_IPV6, IPV6_V6ONLY, {only}"
        options.append(Option(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only, text))
    if role_of(command) is Role.BROADCAST and command.broadcast:
        options.append(Option(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, "SOL_SOCKET, SO_BROADCAST, 1"))
    size = command.receive_buffer
    if size is not None:
        options.append(Option(socket.SOL_SOCKET, socket.SO_RCVBUF, size, f"SOL_SOCKET, SO_RCVBUF, {size}"))
    if sys.platform == "darwin":
        # macOS refuses datagrams above its send buffer, which is 9,216 bytes for UDP.
        options.append(Option(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16, "SOL_SOCKET, SO_SNDBUF, 65536"))
    multicasts = role_of(command) is Role.MULTICAST
    if multicasts or command.ttl != 1:
        options.append(multicast.hops(family, command.ttl))
    if multicasts or not command.loop:
        options.append(multicast.loopback(family, command.loop))
    return options


def is_dual_stack(command: UdpOpen, family: int, local: SocketAddress) -> bool:
    """Bound to ``::`` an endpoint serves IPv4 too, except for groups, which belong to one family."""
    return family == socket.AF_INET6 and local[0] == "::" and role_of(command) is not Role.MULTICAST


def where_to_bind(command: UdpOpen, family: int, local: SocketAddress) -> SocketAddress:
    """The kernel delivers a group's datagrams only to sockets bound to the wildcard address or to the group:
    with a group, an address of this PC selects the interface instead."""
    if command.group is None or Address.from_socket(local).is_multicast:
        return local
    return ("::", local[1], 0, 0) if family == socket.AF_INET6 else ("0.0.0.0", local[1])


def named_interface(command: UdpOpen) -> str:
    """The interface given, else the one that has the address to bind to, else ""."""
    address = command.address
    if command.interface or address.is_name or address.is_any or address.is_multicast:
        return command.interface
    return address.host
