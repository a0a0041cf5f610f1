"""Detects when the local address of an open session leaves this PC: the cable was pulled, the Wi-Fi changed,
a VPN ended. TCP itself would not notice until something is sent, which may be never.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import logging
import time

from net.address import Address
from net.events import Fault, FaultKind
from net.sockets.events import FaultEnded, FaultOccurred
from net.sockets.network import Network
from net.sockets.session import Session
from net.system.interfaces import load_libraries, present_hosts

PERIOD = 3.0
"""Seconds between two checks of the interfaces, while a session is open on one other than loopback."""

logger = logging.getLogger("duplex.net")


class AddressWatch:
    """Reports ADDRESS_GONE for a session whose address was once listed and no longer is, and `FaultEnded`
    when it is back; ends nothing. NetThread only; the check itself, which may take milliseconds, runs off
    it."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.Task[None] | None = None
        self._known: set[str] = set()
        self._missed: set[int] = set()  # sessions whose address was reported gone

    @property
    def is_resting(self) -> bool:
        """Whether no check is running or scheduled."""
        return self._timer is None and self._look is None

    def start(self, address: Address) -> None:
        """A session with ``address`` is about to open: learn the present addresses, and check again from time
        to time. Cheap, but for the first that is not on loopback.

        The addresses must be learned before the session's own can go, so the libraries that list them are not
        waited for beside its opening.
        """
        if not self._known and not _is_loopback(address.host):
            load_libraries()
        if self.is_resting:
            self._look = self._network.loop.create_task(self._compare())

    def stop(self) -> None:
        """Check no more. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._timer = None
        sessions = self._network.sessions
        self._missed.intersection_update(sessions)
        if any(_watched(session) for session in sessions.values()):
            self._look = self._network.loop.create_task(self._compare())
        elif sessions:
            self._wait()

    def _wait(self) -> None:
        self._timer = self._network.loop.call_later(PERIOD, self._begin)

    async def _compare(self) -> None:
        try:
            hosts = await self._network.loop.run_in_executor(None, present_hosts)
            # An address that the system never lists has not left it.
            self._known |= hosts
            for number, session in list(self._network.sessions.items()):
                host = _watched(session)
                if host is not None and host in self._known:
                    self._judge(number, host, host in hosts)
        except Exception:
            logger.exception("looking at the interfaces")
        finally:
            self._look = None
        self._wait()

    def _judge(self, session: int, host: str, there: bool) -> None:
        now = time.time_ns()
        if there and session in self._missed:
            self._missed.discard(session)
            self._network.outlet.put(FaultEnded(session, FaultKind.ADDRESS_GONE, now))
        elif not there and session not in self._missed:
            self._missed.add(session)
            fault = Fault(FaultKind.ADDRESS_GONE, {"address": host})
            self._network.outlet.put(FaultOccurred(session, fault, now))


def _watched(session: Session) -> str | None:
    """The address of an open session that can disappear, spelled as in `present_hosts`."""
    address = session.local_address if session.is_open else None
    return None if address is None else _name_of(address.host, address.scope)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@functools.lru_cache(maxsize=256)
def _name_of(host: str, scope: str) -> str | None:
    # Ten thousand connections of one listener have the same address.
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_unspecified or ip.is_multicast or ip.is_loopback:
        return None
    return f"{ip}%{scope}" if ip.is_link_local and scope else str(ip)
