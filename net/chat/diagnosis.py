"""Why can't I see them? Looks at the interfaces, hears itself, asks the firewall and the other Duplex.

The result are findings, (kind, params), that the gui words: `FindingKind` says what each means, what its
params are and what to advise. Trouble comes first, then what is worth knowing, then what is in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from enum import Enum

from net.address import Address, AddressError
from net.chat.commands import PORT
from net.chat.discovery import Discovery, Echo
from net.chat.discovery.firewall import FirewallAnswer, Verdict, ask_firewall
from net.chat.discovery.subnets import Subnets
from net.interfaces import Interface
from net.protocol.chat.messages import DiagnoseReply, WireError
from net.resolve import in_thread, resolve

LISTEN_TIMEOUT = 2.0
PEER_TIMEOUT = 8.0
"""Seconds for this PC's own port, and for the other Duplex, to answer."""

Finding = tuple[str, dict[str, str]]
AskPeer = Callable[[Address], Awaitable[DiagnoseReply]]
"""Dials the diagnosis door. Raises `OSError`, `WireError`, `ssl.SSLError` or times out."""


class FindingKind(str, Enum):
    """In order, worst first. In brackets: the params, all text; then the advice."""

    # Trouble
    NO_NETWORK = "no_network"  # []: no interface is up: plug in the cable, or join a Wi-Fi
    NOT_LISTENING = "not_listening"  # [port]: nobody can reach this Duplex: start it again, change the port
    BEACON_PORT_FAILED = "beacon_port_failed"  # [port, detail]: the UDP port can't be opened: who has it?
    SAME_IDENTITY = "same_identity"  # [address]: a copy of this profile runs there: use another profile
    INVISIBLE = "invisible"  # []: the user hides, so others do not see this PC: switch it off
    PEER_NAME_UNKNOWN = "peer_name_unknown"  # [address]: no such host name: type the address of numbers
    PEER_UNREACHABLE = "peer_unreachable"  # [address]: no answer in time: off, another network, its firewall
    PEER_REFUSES = "peer_refuses"  # [address]: it is there, nothing listens: start Duplex, check the port
    PEER_NO_ROUTE = "peer_no_route"  # [address]: this PC knows no way there: not on the same network
    PEER_NOT_DUPLEX = "peer_not_duplex"  # [address]: something else answers on that port
    NOTHING_PASSES = "nothing_passes"  # [address]: same network, reachable, yet neither hears the other's
    # broadcast or multicast: the Wi-Fi keeps its guests apart (client isolation): pair by address
    DIFFERENT_NETWORKS = "different_networks"  # [address, network]: a router between: list it as further host
    PEER_HEARS_NOTHING = "peer_hears_nothing"  # [address]: we hear it, it does not hear us: its firewall
    PEER_NOT_HEARD = "peer_not_heard"  # [address]: it hears us, we do not hear it: our firewall, or it hides
    ADDRESS_TRANSLATED = "address_translated"  # [address, seen]: it sees us at ``seen``, not ours:
    # NAT between (a virtual machine, a guest network): it can't call us, only we can call
    FIREWALL_BLOCKS = "firewall_blocks"  # [tool, what]: allow Duplex, or ports 45654 TCP and UDP and 5353 UDP
    FIREWALL_PUBLIC = "firewall_public"  # [tool, what]: Windows: make network ``what`` private
    SENDING_REFUSED = "sending_refused"  # [interface, way, detail]: the system refuses to send there
    BROADCAST_NOT_HEARD = "broadcast_not_heard"  # [interface]: not even its own: a firewall here
    MULTICAST_NOT_HEARD = "multicast_not_heard"  # [interface]: nor multicast: firewall, VPN software
    MULTICAST6_NOT_HEARD = "multicast6_not_heard"  # [interface]: nor that of IPv6
    DNS_SD_FAILED = "dns_sd_failed"  # [detail]: DNS-SD does not run; beacons may do
    LINK_LOCAL_ONLY = "link_local_only"  # [interface]: no address from a router (DHCP): wait, reconnect
    ONLY_VIRTUAL = "only_virtual"  # []: only virtual interfaces (VPN, containers) are up: join the LAN
    # Worth knowing
    FIREWALL_UNKNOWN = "firewall_unknown"  # [tool]: only an administrator may read its rules
    FIREWALL_ON = "firewall_on"  # [tool]: it filters, nothing says whether Duplex
    OTHER_PORT = "other_port"  # [port]: the documented one was taken: who types the address types it too
    NOBODY_SEEN = "nobody_seen"  # []: nobody else is seen now: does anybody else run Duplex?
    PEER_INTERFACES = "peer_interfaces"  # [address, interfaces]: where the other Duplex announces itself
    # In order
    PEER_FINE = "peer_fine"  # [address]: reached, and both hear each other
    PEOPLE_SEEN = "people_seen"  # [count]
    LISTENING = "listening"  # [port]
    BROADCAST_HEARD = "broadcast_heard"  # [interface]
    MULTICAST_HEARD = "multicast_heard"  # [interface]
    MULTICAST6_HEARD = "multicast6_heard"  # [interface]
    FIREWALL_ALLOWS = "firewall_allows"  # [tool, what]
    FIREWALL_OFF = "firewall_off"  # [tool]
    INTERFACE = "interface"  # [interface, addresses, virtual ("yes" or "")]


_ORDER = {kind.value: place for place, kind in enumerate(FindingKind)}
_TROUBLE = _ORDER[FindingKind.ONLY_VIRTUAL.value]
_ECHOES = {
    "broadcast": (FindingKind.BROADCAST_HEARD, FindingKind.BROADCAST_NOT_HEARD),
    "multicast": (FindingKind.MULTICAST_HEARD, FindingKind.MULTICAST_NOT_HEARD),
    "multicast6": (FindingKind.MULTICAST6_HEARD, FindingKind.MULTICAST6_NOT_HEARD),
}
_VERDICTS = {
    Verdict.BLOCKS: FindingKind.FIREWALL_BLOCKS,
    Verdict.PUBLIC: FindingKind.FIREWALL_PUBLIC,
    Verdict.ON: FindingKind.FIREWALL_ON,
    Verdict.UNKNOWN: FindingKind.FIREWALL_UNKNOWN,
    Verdict.ALLOWS: FindingKind.FIREWALL_ALLOWS,
    Verdict.OFF: FindingKind.FIREWALL_OFF,
}


def is_trouble(finding: Finding) -> bool:
    """Whether something is wrong, not only worth knowing."""
    return _ORDER[finding[0]] <= _TROUBLE


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first."""
    return tuple(sorted(findings, key=lambda finding: _ORDER[finding[0]]))


async def diagnose(
    discovery: Discovery,
    tcp_port: int,
    *,
    invisible: bool = False,
    address: Address | None = None,
    ask: AskPeer | None = None,
    on_progress: Callable[[tuple[Finding, ...]], None] | None = None,
) -> tuple[Finding, ...]:
    """All findings, worst first; ``on_progress`` gets what is known whenever there is more. Never raises
    but for cancelling. Takes about a second, some more where a firewall or the other Duplex is slow."""
    findings = _look_at_interfaces(discovery.interfaces)
    if invisible:
        findings.append(_finding(FindingKind.INVISIBLE))
    parts: list[Awaitable[list[Finding]]] = [
        _hear(discovery),
        _listen(tcp_port),
        _firewall(tcp_port, discovery.port),
    ]
    if address is not None and ask is not None:
        parts.append(_ask(discovery, address, ask))
    for part in asyncio.as_completed(parts):
        findings += await part
        if on_progress is not None:
            on_progress(in_order(findings))
    return in_order(findings)


def _finding(kind: FindingKind, **params: object) -> Finding:
    return kind.value, {key: str(value) for key, value in params.items()}


def _look_at_interfaces(interfaces: Iterable[Interface]) -> list[Finding]:
    usable = [one for one in interfaces if one.is_up and not one.is_loopback and one.addresses]
    if not usable:
        return [_finding(FindingKind.NO_NETWORK)]
    findings = [
        _finding(
            FindingKind.INTERFACE,
            interface=one.name,
            addresses=", ".join(f"{address.host}/{address.prefix}" for address in one.addresses),
            virtual="yes" if one.is_virtual else "",
        )
        for one in usable
    ]
    for one in usable:
        version4 = [address for address in one.addresses if address.version == 4]
        if version4 and all(address.is_link_local for address in version4):
            findings.append(_finding(FindingKind.LINK_LOCAL_ONLY, interface=one.name))
    if all(one.is_virtual for one in usable):
        findings.append(_finding(FindingKind.ONLY_VIRTUAL))
    return findings


async def _hear(discovery: Discovery) -> list[Finding]:
    findings = [_echo_finding(echo) for echo in await discovery.hear_itself()]
    errors = discovery.errors
    if "bind" in errors:
        findings.append(
            _finding(FindingKind.BEACON_PORT_FAILED, port=discovery.port, detail=_detail(errors["bind"]))
        )
    if "dns_sd" in errors:
        findings.append(_finding(FindingKind.DNS_SD_FAILED, detail=_detail(errors["dns_sd"])))
    if discovery.twin is not None:
        findings.append(_finding(FindingKind.SAME_IDENTITY, address=discovery.twin.host_text))
    count = len(discovery.sightings())
    findings.append(
        _finding(FindingKind.PEOPLE_SEEN, count=count) if count else _finding(FindingKind.NOBODY_SEEN)
    )
    return findings


def _echo_finding(echo: Echo) -> Finding:
    heard, not_heard = _ECHOES[echo.way]
    if echo.heard:
        return _finding(heard, interface=echo.interface)
    if echo.error:
        return _finding(
            FindingKind.SENDING_REFUSED, interface=echo.interface, way=echo.way, detail=echo.error
        )
    return _finding(not_heard, interface=echo.interface)


async def _listen(tcp_port: int) -> list[Finding]:
    """Whether this PC's own listener answers: the connection is closed at once."""
    loop = asyncio.get_running_loop()
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError, asyncio.TimeoutError), socket.socket(family) as sock:
            sock.setblocking(False)
            await asyncio.wait_for(loop.sock_connect(sock, (host, tcp_port)), LISTEN_TIMEOUT)
            findings = [_finding(FindingKind.LISTENING, port=tcp_port)]
            if tcp_port != PORT:
                findings.append(_finding(FindingKind.OTHER_PORT, port=tcp_port))
            return findings
    return [_finding(FindingKind.NOT_LISTENING, port=tcp_port)]


async def _firewall(tcp_port: int, udp_port: int) -> list[Finding]:
    answers: list[FirewallAnswer] = await in_thread(ask_firewall, tcp_port, udp_port)
    return [
        _finding(_VERDICTS[answer.verdict], tool=answer.tool, what=answer.what)
        for answer in dict.fromkeys(answers)
    ]


async def _ask(discovery: Discovery, address: Address, ask: AskPeer) -> list[Finding]:
    """What the Duplex at ``address`` hears of us, and we of it."""
    text = str(address)
    try:
        hosts = [
            Address.from_socket(target)
            for _, target in await asyncio.wait_for(resolve(address), PEER_TIMEOUT)
        ]
    except (OSError, AddressError, asyncio.TimeoutError):
        return [_finding(FindingKind.PEER_NAME_UNKNOWN, address=text)]
    subnets = Subnets(discovery.interfaces)
    here = any(subnets.has(host) for host in hosts)
    elsewhere = [] if here else [_apart(text, discovery.interfaces)]
    try:
        reply = await asyncio.wait_for(ask(address), PEER_TIMEOUT)
    except (asyncio.TimeoutError, TimeoutError):
        return [_finding(FindingKind.PEER_UNREACHABLE, address=text), *elsewhere]
    except ConnectionRefusedError:
        return [_finding(FindingKind.PEER_REFUSES, address=text), *elsewhere]
    except (ssl.SSLError, WireError, ConnectionError, EOFError):
        return [_finding(FindingKind.PEER_NOT_DUPLEX, address=text)]
    except OSError:
        return [_finding(FindingKind.PEER_NO_ROUTE, address=text), *elsewhere]
    findings = []
    hears_us = reply.heard_beacon or reply.heard_dns_sd
    we_hear = any(any(discovery.heard(host.host)) for host in hosts)
    if hears_us and we_hear:
        findings.append(_finding(FindingKind.PEER_FINE, address=text))
    elif hears_us:
        findings.append(_finding(FindingKind.PEER_NOT_HEARD, address=text))
    elif we_hear:
        findings.append(_finding(FindingKind.PEER_HEARS_NOTHING, address=text))
    elif here:
        findings.append(_finding(FindingKind.NOTHING_PASSES, address=text))
    else:
        findings += elsewhere
    seen = _host_of(reply.seen_address)
    if seen and not subnets.is_own(seen):
        findings.append(_finding(FindingKind.ADDRESS_TRANSLATED, address=text, seen=seen))
    if reply.interfaces:
        findings.append(
            _finding(FindingKind.PEER_INTERFACES, address=text, interfaces=", ".join(reply.interfaces))
        )
    return findings


def _apart(text: str, interfaces: Iterable[Interface]) -> Finding:
    networks = [
        str(ipaddress.ip_network(f"{address.host}/{address.prefix}", strict=False))
        for one in interfaces
        if one.is_up and not one.is_loopback
        for address in one.addresses
        if not address.is_link_local
    ]
    return _finding(FindingKind.DIFFERENT_NETWORKS, address=text, network=", ".join(networks))


def _host_of(text: str) -> str:
    """The IP address in what the other Duplex says it saw, with or without a port; "" where there is none."""
    with contextlib.suppress(AddressError):
        address = Address.parse(text, 0)
        return "" if address.is_name else address.host
    return ""


def _detail(error: OSError) -> str:
    return error.strerror or str(error)
