"""Interfaces of this system, and as other systems would list them."""

from __future__ import annotations

import socket
import sys
from types import SimpleNamespace

import ifaddr
import psutil
import pytest

import net.system.interfaces
from net.system.interfaces import find_interface, interfaces, is_broadcast, is_local, local_addresses
from net.system.multicast import choose_interface
from tests.netns import two_pcs

IPV4, IPV6 = socket.AF_INET, socket.AF_INET6


def test_loopback_is_listed_with_its_addresses() -> None:
    loopback = next(interface for interface in interfaces() if interface.is_loopback)
    assert loopback.ipv4 == "127.0.0.1"
    assert loopback.is_up and not loopback.is_virtual
    assert loopback.index == socket.if_nametoindex(loopback.name)
    address = loopback.addresses[0]
    assert (address.prefix, address.broadcast) == (8, "127.255.255.255")


@pytest.mark.parametrize("text", ["127.0.0.1", "name", "index"])
def test_an_interface_is_found_by_name_index_and_address(text: str) -> None:
    loopback = next(interface for interface in interfaces() if interface.is_loopback)
    wanted = {"name": loopback.name, "index": str(loopback.index)}.get(text, text)
    assert find_interface(f" {wanted} ") == loopback


@pytest.mark.parametrize("text", ["", "nowhere0", "0", "99999999", "203.0.113.7", "²"])
def test_what_is_no_interface_is_not_found(text: str) -> None:
    assert find_interface(text) is None


def test_local_and_broadcast_addresses_are_known() -> None:
    assert is_local("127.0.0.1") and is_local("::1")
    assert not is_local("203.0.113.7") and not is_local("not an address")
    assert is_broadcast("255.255.255.255") and is_broadcast("127.255.255.255")
    assert not is_broadcast("127.0.0.1") and not is_broadcast("::1")


class System:
    """Interfaces as psutil and ifaddr would list them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.addresses: dict[str, list[SimpleNamespace]] = {}
        self.down: set[str] = set()
        self.usual = ""
        monkeypatch.setattr(psutil, "net_if_addrs", lambda: self.addresses)
        monkeypatch.setattr(
            psutil,
            "net_if_stats",
            lambda: {name: SimpleNamespace(isup=name not in self.down) for name in self.addresses},
        )
        monkeypatch.setattr(ifaddr, "get_adapters", self.adapters)
        monkeypatch.setattr(net.system.interfaces, "_index_of", lambda _: 0)
        monkeypatch.setattr(net.system.interfaces, "_usual_source", lambda _: self.usual)

    def add(self, name: str, *entries: tuple[str, str | None]) -> None:
        self.addresses[name] = [
            SimpleNamespace(
                family=IPV6 if ":" in host else IPV4, address=host, netmask=mask, broadcast=None, ptp=None
            )
            for host, mask in entries
        ]

    def adapters(self) -> list[SimpleNamespace]:
        """As on Windows: other names, and prefixes where psutil has no mask."""
        found = []
        for number, (name, entries) in enumerate(self.addresses.items(), 1):
            ips = []
            for entry in entries:
                host = entry.address.partition("%")[0]
                ip: object = (host, 0, number) if ":" in host else host
                ips.append(SimpleNamespace(ip=ip, network_prefix=64 if ":" in host else 24))
            found.append(SimpleNamespace(name=f"{{GUID-{name}}}", index=number, ips=ips))
        return found


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


def hosts() -> list[str]:
    return [local.host for local in local_addresses()]


def test_names_of_windows_get_indexes_and_prefixes_by_address(system: System) -> None:
    system.add("Loopback Pseudo-Interface 1", ("127.0.0.1", "255.0.0.0"))
    system.add("Ethernet 2", ("192.168.7.3", "255.255.255.0"), ("fe80::1%7", None))
    ethernet = find_interface("Ethernet 2")
    assert ethernet is not None
    assert ethernet.index == 2
    assert [(address.host, address.prefix) for address in ethernet.addresses] == [
        ("192.168.7.3", 24),
        ("fe80::1", 64),
    ]
    assert ethernet.broadcast_addresses == ("192.168.7.255",)
    assert ethernet.addresses[1].scope == "Ethernet 2"


def test_the_address_to_type_on_the_other_pc_comes_first(system: System) -> None:
    system.add("lo", ("127.0.0.1", "255.0.0.0"), ("::1", None))
    system.add("docker0", ("172.17.0.1", "255.255.0.0"))
    system.add("eth1", ("192.168.9.4", "255.255.255.0"))
    system.add("wlan0", ("192.168.1.20", "255.255.255.0"), ("fe80::20%wlan0", None), ("fd00::20", None))
    system.add("eth9", ("10.0.0.9", "255.0.0.0"))
    system.down.add("eth9")
    system.usual = "192.168.1.20"
    assert hosts() == ["192.168.1.20", "192.168.9.4", "fd00::20", "172.17.0.1"]
    assert [local.is_virtual for local in local_addresses()] == [False, False, False, True]
    assert str(local_addresses()[2].with_port(80)) == "[fd00::20]:80"


def test_link_local_and_loopback_only_where_there_is_nothing_better(system: System) -> None:
    system.add("lo", ("127.0.0.1", "255.0.0.0"))
    assert hosts() == ["127.0.0.1"]
    system.add("eth0", ("fe80::5%eth0", None), ("169.254.3.4", "255.255.0.0"))
    assert hosts() == ["169.254.3.4", "fe80::5"]
    assert str(local_addresses()[1].with_port(80)) == "[fe80::5%eth0]:80"


def test_a_group_goes_out_to_the_lan_even_while_its_cable_is_being_plugged_in(system: System) -> None:
    system.add("lo", ("127.0.0.1", "255.0.0.0"))
    assert (chosen := choose_interface(IPV4)) is not None and chosen.name == "lo"
    assert choose_interface(IPV6) is None
    system.add("eth0", ("192.168.1.5", "255.255.255.0"))
    system.down.add("eth0")
    assert (chosen := choose_interface(IPV4)) is not None and chosen.name == "eth0"


def test_no_interface_at_all_is_no_error(system: System) -> None:
    assert local_addresses() == [] and interfaces() == []
    assert find_interface("eth0") is None


@pytest.mark.parametrize(
    "name,virtual",
    [
        ("eth0", False),
        ("en0", False),
        ("wlp3s0", False),
        ("Ethernet", False),
        ("WLAN", False),
        ("以太网", False),
        ("docker0", True),
        ("br-12ab", True),
        ("virbr0", True),
        ("utun3", True),
        ("tun0", True),
        ("vEthernet (WSL)", True),
        ("VMware Network Adapter VMnet8", True),
        ("VirtualBox Host-Only Network", True),
    ],
)
def test_virtual_interfaces_are_guessed_by_name(system: System, name: str, virtual: bool) -> None:
    system.add(name, ("10.0.0.1", "255.0.0.0"))
    assert interfaces()[0].is_virtual is virtual


@pytest.mark.netns
def test_another_pcs_interfaces_are_what_was_made() -> None:
    code = (
        "from net.system.interfaces import *\n"
        "cable = interfaces()[1]\n"
        "print([local.host for local in local_addresses()], cable.broadcast_addresses, cable.name)"
    )
    with two_pcs() as (a, _):
        reported = a.run(
            [sys.executable, "-c", code], cwd=str(net.system.interfaces.__file__).rpartition("/net/")[0]
        )
    assert reported.stdout.strip() == f"['{a.address}'] ('{a.broadcast}',) {a.interface}"
