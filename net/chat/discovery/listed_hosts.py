"""The hosts and networks that the user listed, asked again and again whether a Duplex is there. NetThread
only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping, Sequence

from net.address import Address, AddressError
from net.chat.discovery.announcing import Announcer, host_text
from net.chat.discovery.hosts import Hosts, parse_hosts
from net.protocol.chat.beacon import REQUEST
from net.system.resolve import resolve

SWEEP_PERIODS = (2.0, 8.0, 60.0)
SWEEP_PERIOD_FOUND = 300.0
"""Seconds between asking all: the last for good; longer once somebody answered, who is asked more often by
`Discovery`."""


class ListedHosts:
    """``refused``: the texts that can't be asked, each with "syntax" or "too_many"."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._hosts = Hosts()
        self._addresses: dict[str, None] = {}
        self._found: dict[str, int] = {}

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        return self._hosts.refused

    @property
    def found(self) -> Mapping[str, int]:
        """Those that answered, each with its Duplex's TCP port."""
        return self._found

    def set(self, texts: Sequence[str]) -> bool:
        """Whether these are others than before; then `sweep` is to be begun anew."""
        before, self._hosts = self._hosts, parse_hosts(texts)
        return (before.addresses, before.names) != (self._hosts.addresses, self._hosts.names)

    def heard(self, host: str, tcp_port: int) -> None:
        """A Duplex was heard there."""
        if host in self._addresses:
            self._found[host] = tcp_port

    async def sweep(self) -> None:
        """Ask every one, a few at a time, for as long as there are any."""
        port = self._announcer.options.port
        periods = iter(SWEEP_PERIODS)
        while self._hosts.addresses or self._hosts.names:
            addresses = dict.fromkeys(self._hosts.addresses)
            for name in self._hosts.names:
                with contextlib.suppress(OSError, AddressError):
                    for _, target in await resolve(Address(name, port), socket.SOCK_DGRAM):
                        addresses[host_text(Address.from_socket(target))] = None
            self._addresses = addresses
            self._found = {host: found for host, found in self._found.items() if host in addresses}
            await self._announcer.send_to_each(REQUEST, ((host, port) for host in addresses))
            last = SWEEP_PERIOD_FOUND if self._found else SWEEP_PERIODS[-1]
            await asyncio.sleep(next(periods, last))
        self._addresses, self._found = {}, {}
