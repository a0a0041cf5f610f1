"""The network interfaces of this PC: names, indexes, addresses, and the best address for another PC to use.

psutil knows names, masks and whether an interface is up; ifaddr knows indexes, and IPv6 prefixes on
Windows. The two are matched by address, because on Windows they name the same interface differently. Both
are imported when they are first asked.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING

from msgspec import Struct

from net.address import Address

if TYPE_CHECKING:
    import psutil

# Typical names of interfaces of containers, virtual machines, tunnels, and Apple's own links.
_VIRTUAL = re.compile(
    r"docker|br-|bridge\d|veth|virbr|vmnet|vboxnet|vnet|tun|tap|utun|ipsec|ppp|wg|zt|tailscale|ifb|dummy|cni|flannel|cali"
    r"|lxc|lxd|podman|sit\d|gre|gif|stf|awdl|llw|anpi|ap\d|teredo|isatap"
    r"|vethernet|vmware|virtualbox|hyper-v|.*\b(virtual|vpn|pseudo-interface|tap-windows|wireguard|zerotier)\b",
    re.IGNORECASE,
)
# Addresses that nobody has (RFC 5737, RFC 3849): asking the kernel for a route to one sends nothing.
_NOWHERE = {socket.AF_INET: "198.51.100.1", socket.AF_INET6: "2001:db8::1"}


class InterfaceAddress(Struct, frozen=True):
    """One IP address of an interface. ``prefix`` in bits; ``broadcast``: the subnet's broadcast address, ""
    for IPv6 and where the subnet has none; ``scope``: the interface's name for a link-local IPv6 address,
    else ""."""

    host: str
    prefix: int
    broadcast: str = ""
    scope: str = ""

    @property
    def version(self) -> int:
        return 6 if ":" in self.host else 4

    @property
    def is_link_local(self) -> bool:
        return ipaddress.ip_address(self.host).is_link_local


class Interface(Struct, frozen=True):
    """``name`` as in the system's own tools; ``index``: 0 if the system has none; ``is_virtual`` is a guess
    from the name: a container's, a virtual machine's or a tunnel's."""

    name: str
    index: int
    addresses: tuple[InterfaceAddress, ...]
    is_up: bool
    is_loopback: bool
    is_virtual: bool

    @property
    def broadcast_addresses(self) -> tuple[str, ...]:
        """The broadcast addresses of its IPv4 subnets."""
        return tuple(address.broadcast for address in self.addresses if address.broadcast)

    @property
    def ipv4(self) -> str:
        """Its first IPv4 address, or ""."""
        return next((address.host for address in self.addresses if address.version == 4), "")


class LocalAddress(Struct, frozen=True):
    """An address of this PC that can be typed on another PC, and the interface it belongs to."""

    host: str
    scope: str
    interface: str
    is_virtual: bool

    def with_port(self, port: int) -> Address:
        return Address(self.host, port, self.scope)


def load_libraries() -> None:
    """Import now what the other functions import when they are first called: some 25 ms, once."""
    import ifaddr  # noqa: F401
    import psutil  # noqa: F401


def interfaces() -> list[Interface]:
    """All interfaces, ordered by index. Takes about a millisecond; call it again to see changes."""
    import ifaddr
    import psutil

    indexes: dict[str, int] = {}
    prefixes: dict[tuple[str, int], int] = {}
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            host = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            prefixes[_plain(host), adapter.index or 0] = ip.network_prefix
            # fe80::1 may stand on several interfaces: only an address that one interface has can name it.
            indexes[_plain(host)] = -1 if _plain(host) in indexes else adapter.index or 0
    stats = psutil.net_if_stats()
    found = []
    for name, entries in psutil.net_if_addrs().items():
        index = _index_of(name)
        if not index:
            known = (indexes.get(_plain(entry.address), 0) for entry in entries)
            index = next((candidate for candidate in known if candidate > 0), 0)
        addresses = tuple(
            _read(entry, name, prefixes.get((_plain(entry.address), index)))
            for entry in entries
            if entry.family in (socket.AF_INET, socket.AF_INET6)
        )
        loopback = any(ipaddress.ip_address(address.host).is_loopback for address in addresses)
        found.append(
            Interface(
                name,
                index,
                addresses,
                name in stats and stats[name].isup,
                loopback,
                not loopback and _VIRTUAL.match(name) is not None,
            )
        )
    return sorted(found, key=lambda interface: (interface.index or 1 << 31, interface.name))


def local_addresses() -> list[LocalAddress]:
    """The addresses to type on another PC, best first: a real LAN before virtual networks, IPv4 before IPv6,
    the source address of outgoing connections before others. Link-local addresses only if there are no
    others, loopback only if it is the only one."""
    usual = {_usual_source(family) for family in _NOWHERE}
    ranked: list[tuple[tuple[object, ...], LocalAddress]] = []
    for interface in interfaces():
        if not interface.is_up:
            continue
        for position, address in enumerate(interface.addresses):
            ip = ipaddress.ip_address(address.host)
            last_resort = 2 if interface.is_loopback else 1 if address.is_link_local else 0
            rank = (
                last_resort,
                interface.is_virtual,
                address.version,
                address.host not in usual,
                not ip.is_private,
                interface.index,
                position,
            )
            local = LocalAddress(address.host, address.scope, interface.name, interface.is_virtual)
            ranked.append((rank, local))
    ranked.sort(key=lambda item: item[0])
    best = ranked[0][0][0] if ranked else 0
    return [local for rank, local in ranked if rank[0] == best]


def find_interface(text: str) -> Interface | None:
    """The interface with this name, index (as text) or address; None if there is none."""
    wanted = text.strip()
    known = interfaces()
    for interface in known:
        if wanted == interface.name:
            return interface
    host = _plain(wanted)
    for interface in known:
        if any(address.host == host for address in interface.addresses):
            return interface
    if wanted.isascii() and wanted.isdecimal() and int(wanted):
        return next((interface for interface in known if interface.index == int(wanted)), None)
    return None


def is_local(host: str) -> bool:
    """Whether an interface that is up has this address now."""
    wanted = _plain(host)
    for interface in interfaces():
        if not interface.is_up:
            continue
        for address in interface.addresses:
            if address.host == wanted:
                return True
            # Linux accepts all of 127.0.0.0/8 though only 127.0.0.1 is listed.
            if interface.is_loopback and address.version == 4 and _in_network(wanted, address):
                return True
    return False


def present_hosts() -> frozenset[str]:
    """The addresses of all interfaces that are up, as canonical text; link-local IPv6 ones with their scope,
    both by name and by index."""
    hosts: set[str] = set()
    for interface in interfaces():
        if not interface.is_up:
            continue
        for address in interface.addresses:
            hosts.add(address.host)
            if address.is_link_local and address.version == 6:
                hosts.update((f"{address.host}%{interface.name}", f"{address.host}%{interface.index}"))
    return frozenset(hosts)


def everybody_on(interface: str = "") -> str:
    """The address at which a program without special options reaches everybody: that of the ``interface``'s
    subnet; "" is 255.255.255.255, or without a default route, where that leads nowhere, the best one's."""
    if not interface and _usual_source(socket.AF_INET):
        return "255.255.255.255"
    best = [local.interface for local in local_addresses()]
    chosen = find_interface(interface) if interface else None
    for one in [chosen] if chosen is not None else [find_interface(name) for name in best]:
        if one is not None and one.broadcast_addresses:
            return one.broadcast_addresses[0]
    return "255.255.255.255"


def is_broadcast(host: str) -> bool:
    """255.255.255.255, or the broadcast address of a subnet this PC is on."""
    if host == "255.255.255.255":
        return True
    return any(host in interface.broadcast_addresses for interface in interfaces())


def _read(entry: psutil._common.snicaddr, name: str, prefix: int | None) -> InterfaceAddress:
    host = _plain(entry.address)
    ip = ipaddress.ip_address(host)
    if prefix is None:
        prefix = _bits(entry.netmask) if entry.netmask else ip.max_prefixlen
    if ip.version == 6:
        return InterfaceAddress(host, prefix, "", name if ip.is_link_local else "")
    broadcast = entry.broadcast or ""
    # RFC 3021: a /31 has no broadcast address, and neither has a point-to-point link.
    if not broadcast and prefix < 31 and not entry.ptp:
        broadcast = str(ipaddress.ip_network(f"{host}/{prefix}", strict=False).broadcast_address)
    return InterfaceAddress(host, prefix, broadcast)


def _plain(host: str) -> str:
    """Canonical text without a scope; text that is no IP address (a MAC address) unchanged."""
    bare = host.partition("%")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return host


def _bits(netmask: str) -> int:
    return int(ipaddress.ip_address(netmask)).bit_count()


def _in_network(host: str, address: InterfaceAddress) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(
            f"{address.host}/{address.prefix}", strict=False
        )
    except ValueError:
        return False


def _index_of(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError:  # Windows: psutil's names are not those that this call knows
        return 0


def _usual_source(family: int) -> str:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((_NOWHERE[socket.AddressFamily(family)], 9))
            return _plain(sock.getsockname()[0])
    except OSError:  # no route: not on any network
        return ""
