"""Whether this PC hears itself: probes with a nonce out on each interface, and what of them comes back."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from net.address import SocketAddress
from net.chat.discovery.announcing import Announcer, has_link_local
from net.chat.discovery.sockets import GROUP4, GROUP6, BeaconSockets
from net.protocol.chat.beacon import PROBE, START_LENGTH, Beacon
from net.system.interfaces import Interface

ECHO_TIMES = (0.0, 0.3, 0.6)
ECHO_TIMEOUT = 1.0
"""Seconds at which a probe that was not heard is sent again, and after which it is given up."""


@dataclass(frozen=True, slots=True)
class Echo:
    """Whether this PC heard what it sent itself on ``interface``: ``way`` is "broadcast", "multicast" or
    "multicast6"; ``error``: the system's refusal to send, or ""."""

    interface: str
    way: str
    target: str
    heard: bool
    error: str = ""


@dataclass(slots=True)
class _Probe:
    interface: str
    way: str
    target: str
    send: Callable[[bytes], OSError | None]
    error: OSError | None = None


class Echoes:
    """NetThread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, announcer: Announcer) -> None:
        self._loop = loop
        self._announcer = announcer
        self._waiting: dict[bytes, set[str]] = {}

    def heard(self, beacon: Beacon) -> None:
        """A probe of ours, or of who pretends to be us: then the nonce is wrong."""
        marks = self._waiting.get(beacon.start)
        if marks is not None:
            marks.discard(beacon.probe)

    async def listen(self) -> list[Echo]:
        """Takes up to ECHO_TIMEOUT seconds."""
        nonce = os.urandom(START_LENGTH)
        probes = {str(number): probe for number, probe in enumerate(self._probes(self._announcer.sockets))}
        if not probes:
            return []
        waiting = self._waiting[nonce] = set(probes)
        begun = self._loop.time()
        try:
            for delay in ECHO_TIMES:
                await asyncio.sleep(max(0.0, begun + delay - self._loop.time()))
                for mark in sorted(waiting):
                    data = self._announcer.encode(PROBE, probe=mark, start=nonce)
                    probes[mark].error = probes[mark].send(data)
            while waiting and self._loop.time() < begun + ECHO_TIMEOUT:
                await asyncio.sleep(0.02)
        finally:
            del self._waiting[nonce]
        return [
            Echo(
                interface=probe.interface,
                way=probe.way,
                target=probe.target,
                heard=mark not in waiting,
                error=str(probe.error or ""),
            )
            for mark, probe in probes.items()
        ]

    def _probes(self, sockets: BeaconSockets) -> list[_Probe]:
        port = self._announcer.options.port
        probes = []
        for one in self._announcer.usable():
            for host in one.broadcast_addresses:
                send = _sending(sockets, socket.AF_INET, (host, port))
                probes.append(_Probe(one.name, "broadcast", host, send))
            if one.ipv4:
                probes.append(_Probe(one.name, "multicast", GROUP4, _sending4(sockets, one)))
            if has_link_local(one):
                send = _sending(sockets, socket.AF_INET6, (GROUP6, port, 0, one.index))
                probes.append(_Probe(one.name, "multicast6", GROUP6, send))
        return probes


def _sending(sockets: BeaconSockets, family: int, target: SocketAddress) -> Callable[[bytes], OSError | None]:
    return lambda data: sockets.send(data, family, target)


def _sending4(sockets: BeaconSockets, interface: Interface) -> Callable[[bytes], OSError | None]:
    return lambda data: sockets.send_multicast4(data, interface)
