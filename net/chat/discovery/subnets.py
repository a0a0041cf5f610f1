"""Which of this PC's interfaces an address lies behind."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from net.address import Address
from net.system.interfaces import Interface

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Subnets:
    """A picture of the interfaces that are up."""

    def __init__(self, interfaces: Iterable[Interface]) -> None:
        self._own: set[str] = set()
        self._virtual_scopes: set[str] = set()
        self._networks: list[tuple[Network, bool]] = []
        for interface in interfaces:
            if not interface.is_up:
                continue
            if interface.is_virtual:
                self._virtual_scopes.add(interface.name)
            for address in interface.addresses:
                self._own.add(address.host)
                if not interface.is_loopback and not address.is_link_local:
                    network = ipaddress.ip_network(f"{address.host}/{address.prefix}", strict=False)
                    self._networks.append((network, interface.is_virtual))

    def is_own(self, host: str) -> bool:
        """Whether ``host`` (without scope) is an address of this PC."""
        return host in self._own or host.startswith("127.")

    def is_virtual(self, address: Address) -> bool:
        """Whether it lies on a container's, a virtual machine's or a tunnel's network."""
        if address.scope:
            return address.scope in self._virtual_scopes
        return any(is_virtual for network, is_virtual in self._networks if _inside(address, network))

    def has(self, address: Address) -> bool:
        """Whether it is on a subnet of this PC, so that it hears our broadcast."""
        if address.scope or self.is_own(address.host):
            return True
        return any(_inside(address, network) for network, _ in self._networks)


def _inside(address: Address, network: Network) -> bool:
    try:
        return ipaddress.ip_address(address.host) in network
    except ValueError:
        return False
