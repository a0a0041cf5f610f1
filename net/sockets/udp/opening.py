"""What an endpoint decides before it binds: which family, which addresses, which socket options."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Callable

from net.address import Address, SocketAddress
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.commands import UdpOpen
from net.sockets.events import Role
from net.sockets.udp.groups import Groups
from net.system import multicast
from net.system.interfaces import is_broadcast, is_local
from net.system.multicast import Option
from net.system.resolve import Candidate, resolve

LARGEST_IPV4 = 65_507
LARGEST_IPV6 = 65_527
"""Bytes of data in one datagram: 65,535 less the headers of IPv4 and UDP; IPv6 does not count its own (RFC
8200)."""

_NO_INTERFACE = {errno.ENETDOWN, errno.ENODEV, errno.ENXIO}
# What Linux says when the local address or the chosen interface has gone, and says for other reasons too.
_PERHAPS_NO_INTERFACE = {errno.EINVAL, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH}


class OpenError(Exception):
    """Opening can't succeed, for this reason."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind.value)
        self.fault = fault


def role_of(command: UdpOpen) -> Role:
    peer = command.peer
    if command.group is not None or (peer is not None and peer.is_multicast):
        return Role.MULTICAST
    if command.broadcast or (peer is not None and peer.is_limited_broadcast):
        return Role.BROADCAST
    return Role.UNICAST


async def choose_addresses(
    command: UdpOpen, look_at: Callable[[Address], None]
) -> tuple[Candidate, SocketAddress | None]:
    """Where to bind and whom to send to, of one family; ``look_at`` is told whose turn it is.

    Raises `OpenError`, `OSError` and `AddressError`.
    """
    address, peer, group = command.address, command.peer, command.group
    if group is not None and not group.is_multicast:
        raise OpenError(Fault(FaultKind.GROUP_INVALID, {"address": str(group)}))
    look_at(address)
    own = await resolve(address, socket.SOCK_DGRAM, passive=True)
    # A name may have addresses of both families; IPv4 is what most peers here expect.
    local = min(own, key=lambda candidate: candidate[0] != socket.AF_INET) if address.is_name else own[0]
    other = group or peer
    if other is not None and other.version is not None:
        wanted = socket.AF_INET6 if other.version == 6 else socket.AF_INET
        if local[0] != wanted:
            if not address.is_any:
                raise OpenError(Fault(FaultKind.ADDRESS_FAMILY, {"address": str(other)}))
            # "Every address", of the other family, is what is meant.
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
    """What is set before ``bind``."""
    is_group = command.group is not None
    options: list[Option] = []
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    if is_group or command.reuse_address:
        options += multicast.sharing(group=is_group)
    elif exclusive is not None:
        # Windows alone lets another program take over a bound port unless it is told not to.
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
    """Bound to ``::`` an endpoint serves IPv4 too, except for groups, which are of one family."""
    return family == socket.AF_INET6 and local[0] == "::" and role_of(command) is not Role.MULTICAST


def where_to_bind(command: UdpOpen, family: int, local: SocketAddress) -> SocketAddress:
    """The kernel hands a group's datagrams only to sockets bound to every address or to the group itself:
    with a group, an address of this PC names the interface instead."""
    if command.group is None or Address.from_socket(local).is_multicast:
        return local
    return ("::", local[1], 0, 0) if family == socket.AF_INET6 else ("0.0.0.0", local[1])


def named_interface(command: UdpOpen) -> str:
    """The interface meant: the one given, else the one that has the address to bind to, else ""."""
    address = command.address
    if command.interface or address.is_name or address.is_any or address.is_multicast:
        return command.interface
    return address.host


def message_limit(remote: Address | None, family: int, dual_stack: bool) -> int:
    """The largest datagram in bytes that can be sent to ``remote``."""
    version = remote.version if remote is not None else None
    if version is None:
        version = 6 if family == socket.AF_INET6 and not dual_stack else 4
    return LARGEST_IPV6 if version == 6 else LARGEST_IPV4


def explain_refusal(
    error: OSError,
    remote: Address,
    size: int,
    limit: int,
    command: UdpOpen,
    local: Address,
    groups: Groups | None,
) -> Fault:
    """Why the kernel did not send a datagram of ``size`` bytes to ``remote``. May take a millisecond."""
    number = error.errno or 0
    if number == errno.EMSGSIZE:
        # A path, a buffer or a system with a smaller limit does not tell which it is, only that this was
        # above.
        return Fault(FaultKind.MESSAGE_TOO_LONG, {"size": size, "limit": max(0, min(limit, size - 1))})
    if isinstance(error, ConnectionRefusedError | ConnectionResetError):
        return Fault(FaultKind.REFUSED, {"address": str(remote)})
    if isinstance(error, PermissionError) and not command.broadcast and is_broadcast(remote.host):
        return Fault(FaultKind.BROADCAST_NOT_ALLOWED, {"address": str(remote)})
    chosen = groups.interface_name if groups is not None else ""
    if number in _NO_INTERFACE:
        name = chosen or remote.scope or command.interface or local.host
        return Fault(FaultKind.INTERFACE_GONE, {"interface": name})
    if number in _PERHAPS_NO_INTERFACE:
        if not local.is_any and not local.is_multicast and not is_local(local.host):
            return Fault(FaultKind.INTERFACE_GONE, {"interface": local.host})
        if groups is not None and groups.lost_interface():
            return Fault(FaultKind.INTERFACE_GONE, {"interface": groups.lost_interface()})
        if number == errno.EINVAL:
            return Fault(FaultKind.ADDRESS_INVALID, {"value": str(remote)})
    return fault_from_oserror(error, remote)
