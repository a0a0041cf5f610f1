"""Further hosts and networks to look for people on, as the user lists them for routed LANs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

from net.address import AddressError, normalise_typed, parse_host

MAX_HOSTS = 4096
"""Addresses asked of all that is listed: those of one /20."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """``addresses``: IP addresses (``fe80::1%eth0`` keeps its scope); ``names``: to be looked up;
    ``refused``: (text, "syntax" or "too_many") of what can't be asked."""

    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = field(default=())


def parse_hosts(texts: Iterable[str]) -> Hosts:
    """Read "10.1.2.3", "10.1.2.0/24", "pc-7.example", "fd00::5"; several may stand in one text, separated by
    commas or spaces. A network's own and its broadcast address are left out."""
    addresses: dict[str, None] = {}
    names: dict[str, None] = {}
    refused: list[tuple[str, str]] = []
    for text in texts:
        for part in normalise_typed(text).replace(",", " ").replace(";", " ").split():
            try:
                found = list(_addresses(part, MAX_HOSTS - len(addresses) - len(names)))
            except OverflowError:
                refused.append((part, "too_many"))
            except (ValueError, AddressError):
                refused.append((part, "syntax"))
            else:
                for host, is_name in found:
                    (names if is_name else addresses)[host] = None
    return Hosts(tuple(addresses), tuple(names), tuple(refused))


def _addresses(text: str, room: int) -> Iterable[tuple[str, bool]]:
    if "/" in text:
        network = ipaddress.ip_network(text, strict=False)
        if network.num_addresses > room + 2:
            raise OverflowError(text)
        hosts = list(network.hosts())
        if len(hosts) > room:
            raise OverflowError(text)
        for address in hosts:
            yield str(address), False
        return
    host, scope = parse_host(text)
    if room < 1:
        raise OverflowError(text)
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        yield host, True
        return
    if ip.is_multicast or ip.is_unspecified or host == "255.255.255.255":
        raise ValueError(text)
    yield (f"{host}%{scope}" if scope else host), False
