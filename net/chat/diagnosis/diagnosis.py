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
from collections.abc import Awaitable, Callable, Iterable, Mapping

from net.address import Address, AddressError
from net.chat.commands import PORT, Diagnose
from net.chat.context import ChatContext
from net.chat.diagnosis.findings import Finding, FindingKind, in_order
from net.chat.diagnosis.firewall import FirewallAnswer, Verdict, ask_firewall
from net.chat.discovery import Discovery, Echo
from net.chat.discovery.sockets import is_limit, membership_key
from net.chat.discovery.subnets import Subnets
from net.chat.events import Diagnosis
from net.chat.wires.duplex.channel import CloseKind
from net.chat.wires.duplex.dialling import DialError
from net.chat.wires.duplex.doors import Doors
from net.protocol.chat.messages import DiagnoseReply, WireError
from net.system.interfaces import Interface
from net.system.resolve import in_thread, resolve

LISTEN_TIMEOUT = 2.0
PEER_TIMEOUT = 8.0
"""Seconds for this PC's own port, and for the other Duplex, to answer."""

AskPeer = Callable[[Address], Awaitable[DiagnoseReply]]
"""Dials the diagnosis door. Raises `OSError`, `WireError`, `ssl.SSLError` or times out."""


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


class Diagnoses:
    """The command `Diagnose`, each answered by several `Diagnosis`, the last one finished. NetThread only."""

    def __init__(self, context: ChatContext, discovery: Discovery, doors: Doors) -> None:
        self._context = context
        self._discovery = discovery
        self._doors = doors

    def begin(self, command: Diagnose) -> None:
        self._context.tasks.spawn(self._run(command))

    async def _run(self, command: Diagnose) -> None:
        emit = self._context.emit
        findings = await diagnose(
            self._discovery,
            self._doors.port,
            invisible=self._discovery.invisible,
            address=command.address,
            ask=self._ask,
            on_progress=lambda findings: emit(Diagnosis(findings, finished=False)),
        )
        emit(Diagnosis(findings, finished=True))

    async def _ask(self, address: Address) -> DiagnoseReply:
        try:
            return await self._doors.dial_diagnose([address])
        except DialError as error:
            if isinstance(error.__cause__, (OSError, asyncio.TimeoutError)):
                raise error.__cause__ from None
            if error.kind is CloseKind.TIMED_OUT:
                raise asyncio.TimeoutError from error
            raise ConnectionError(str(error)) from error


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
    echoes = await discovery.hear_itself()
    errors = discovery.errors
    findings = [_echo_finding(echo, errors) for echo in echoes]
    if "bind" in errors:
        findings.append(
            _finding(FindingKind.BEACON_PORT_FAILED, port=discovery.port, detail=_detail(errors["bind"]))
        )
    if "dns_sd" in errors:
        findings.append(_finding(FindingKind.DNS_SD_FAILED, detail=_detail(errors["dns_sd"])))
    for twin in discovery.twins:
        findings.append(_finding(FindingKind.SAME_IDENTITY, address=twin.host_text))
    count = len(discovery.sightings())
    findings.append(
        _finding(FindingKind.PEOPLE_SEEN, count=count) if count else _finding(FindingKind.NOBODY_SEEN)
    )
    return findings


def _echo_finding(echo: Echo, errors: Mapping[str, OSError]) -> Finding:
    heard, not_heard = _ECHOES[echo.way]
    if echo.heard:
        return _finding(heard, interface=echo.interface)
    family = {"multicast": socket.AF_INET, "multicast6": socket.AF_INET6}.get(echo.way)
    refused = errors.get(membership_key(family, echo.interface)) if family is not None else None
    if refused is not None and is_limit(refused):
        return _finding(FindingKind.MEMBERSHIPS_FULL, interface=echo.interface)
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
