"""Socket options for multicast and broadcast, in each system's variant (RFC 3493 section 5.2 for IPv6, ip(7)
for IPv4)."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys

from msgspec import Struct

from net.system.interfaces import Interface, interfaces, local_addresses

_LINUX = sys.platform.startswith("linux")
# linux/in.h and linux/in6.h; Python has no names for them.
_IP_MULTICAST_ALL = 49
_IPV6_MULTICAST_ALL = 29


class Option(Struct, frozen=True):
    """One ``setsockopt`` call. ``text``: its arguments as in source code."""

    level: int
    name: int
    value: int | bytes
    text: str

    def set(self, sock: socket.socket) -> None:
        """Make the call. Raises `OSError`."""
        sock.setsockopt(self.level, self.name, self.value)


def choose_interface(family: int) -> Interface | None:
    """The interface through which other PCs are most likely reached, for a PC without a default route, where
    the system itself finds no interface for a group. Loopback only if there is no other: it leads nowhere."""
    version = 6 if family == socket.AF_INET6 else 4
    best = {local.interface: rank for rank, local in enumerate(local_addresses())}
    candidates = [
        interface
        for interface in interfaces()
        if any(address.version == version for address in interface.addresses)
    ]
    return min(
        candidates,
        key=lambda interface: (
            interface.is_loopback,
            not interface.is_up,
            best.get(interface.name, len(best)),
            interface.index,
        ),
        default=None,
    )


def membership(family: int, group: str, interface: Interface | None, *, join: bool) -> Option:
    """Join or leave ``group`` on ``interface`` (None: chosen by the system's routes)."""
    if family == socket.AF_INET6:
        index = interface.index if interface else 0
        name = "IPV6_JOIN_GROUP" if join else "IPV6_LEAVE_GROUP"
        value = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index)
        text = f"IPPROTO_IPV6, {name}, {group} + interface {index}"
        return Option(socket.IPPROTO_IPV6, getattr(socket, name), value, text)
    name = "IP_ADD_MEMBERSHIP" if join else "IP_DROP_MEMBERSHIP"
    shown = interface.name if interface else "0.0.0.0"
    text = f"IPPROTO_IP, {name}, {group} + {shown}"
    value = socket.inet_aton(group) + _ipv4_interface(interface)
    return Option(socket.IPPROTO_IP, getattr(socket, name), value, text)


def outgoing(family: int, interface: Interface) -> Option:
    """Send multicast datagrams out of ``interface``."""
    if family == socket.AF_INET6:
        text = f"IPPROTO_IPV6, IPV6_MULTICAST_IF, {interface.index}"
        return Option(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface.index, text)
    value = _ipv4_interface(interface)
    if _LINUX:
        value = b"\0\0\0\0" + value  # struct ip_mreqn: its group is ignored here
    text = f"IPPROTO_IP, IP_MULTICAST_IF, {interface.name}"
    return Option(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, value, text)


def hops(family: int, ttl: int) -> Option:
    """The TTL (IPv6: hop limit) of multicast datagrams: 0 stays on this PC, 1 on the LAN, n passes n - 1
    routers."""
    if family == socket.AF_INET6:
        text = f"IPPROTO_IPV6, IPV6_MULTICAST_HOPS, {ttl}"
        return Option(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, ttl, text)
    return Option(
        socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _small(ttl), f"IPPROTO_IP, IP_MULTICAST_TTL, {ttl}"
    )


def loopback(family: int, on: bool) -> Option:
    """Whether members on this PC receive what this PC sends. Windows applies the receiver's setting, the
    other systems the sender's."""
    if family == socket.AF_INET6:
        text = f"IPPROTO_IPV6, IPV6_MULTICAST_LOOP, {int(on)}"
        return Option(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, int(on), text)
    text = f"IPPROTO_IP, IP_MULTICAST_LOOP, {int(on)}"
    return Option(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, _small(int(on)), text)


def sharing(*, group: bool) -> list[Option]:
    """Options that let several programs on one PC bind the same port.

    With a ``group`` each of them gets every datagram: SO_REUSEADDR, and SO_REUSEPORT for programs that set
    only that (and because BSD and macOS need it). Without one, Linux would distribute unicast datagrams among
    SO_REUSEPORT sockets, so there only SO_REUSEADDR is set.
    """
    options = [Option(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1, "SOL_SOCKET, SO_REUSEADDR, 1")]
    port = getattr(socket, "SO_REUSEPORT", None)
    if port is not None and (group or not _LINUX):
        options.append(Option(socket.SOL_SOCKET, port, 1, "SOL_SOCKET, SO_REUSEPORT, 1"))
    return options


def only_own_groups(sock: socket.socket, family: int) -> None:
    """Do not receive the groups that other programs joined, which Linux also delivers to sockets bound to the
    wildcard address; other systems don't."""
    if not _LINUX:
        return
    with contextlib.suppress(OSError):  # IPv6: since 4.20
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)


def _ipv4_interface(interface: Interface | None) -> bytes:
    """The part after the group in struct ip_mreqn (Linux: an index) or ip_mreq (an address of the interface).
    Raises `OSError` if the interface has no IPv4 address that could name it."""
    if interface is None:
        return b"\0\0\0\0"
    if _LINUX:
        return struct.pack("@4si", b"\0\0\0\0", interface.index)
    return socket.inet_aton(interface.ipv4)


def _small(value: int) -> int | bytes:
    # BSD and macOS expect one byte here, Windows a DWORD; Linux accepts either.
    return value if sys.platform == "win32" else bytes([value])
