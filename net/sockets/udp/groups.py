"""The multicast groups of one endpoint, kept also while the network interface they were joined on is down."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from functools import partial

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.events import GroupChanged
from net.sockets.network import Network
from net.system import multicast
from net.system.interfaces import Interface, find_interface
from net.system.multicast import Option

WATCH_INTERVAL = 1.0
"""Seconds between checks whether the interfaces are still there: a socket that only receives is not
notified."""

_NO_ROUTE = {errno.ENODEV, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.ENXIO}


class Groups:
    """NetThread only. If an interface vanishes INTERFACE_GONE is reported once; when it is back its groups
    are joined again (the kernel forgets them)."""

    def __init__(
        self,
        network: Network,
        session: int,
        sock: socket.socket,
        family: int,
        interface: str = "",
    ) -> None:
        self._network = network
        self._session = session
        self._sock = sock
        self._family = family
        self._usual = interface
        self._joined: dict[tuple[str, str], tuple[Address, Interface | None]] = {}
        self._lost: set[str] = set()
        self._outgoing: Interface | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def first(self) -> Address | None:
        """The group joined first among those still joined."""
        return next((group for group, _ in self._joined.values()), None)

    @property
    def interface_name(self) -> str:
        """The interface that multicast datagrams leave by; "" if the system chooses."""
        return self._outgoing.name if self._outgoing is not None else ""

    def lost_interface(self) -> str:
        """The name of a chosen interface that is gone now, or ""."""
        return self.interface_name if self._outgoing is not None and not _is_there(self._outgoing) else ""

    def send_through(self, text: str) -> Fault | None:
        """Send multicast datagrams by the interface that ``text`` names. Returns what went wrong."""
        interface = find_interface(text)
        if interface is None:
            return Fault(FaultKind.INTERFACE_GONE, {"interface": text})
        try:
            self._leave_by(interface)
        except OSError as error:
            return self._explain(error, None, interface)
        return None

    def join(self, group: Address, text: str = "") -> Fault | None:
        """Join ``group`` on the interface that ``text`` names ("": the endpoint's own, else the system's
        choice); multicast is also sent by the first one joined. Returns what went wrong; otherwise emits
        `GroupChanged`."""
        if not self._is_group(group):
            return Fault(FaultKind.GROUP_INVALID, {"address": str(group)})
        text = text or group.scope or self._usual
        interface = find_interface(text) if text else None
        if text and interface is None:
            return Fault(FaultKind.INTERFACE_GONE, {"interface": text})
        try:
            interface = self._join(group, interface)
        except OSError as error:
            return self._explain(error, group, interface)
        self._joined[group.host, _name(interface)] = (group, interface)
        self._report(group, interface, True)
        self._watch()
        return None

    def leave(self, group: Address, text: str = "") -> Fault | None:
        """Leave ``group`` on that interface; "" leaves it where it was joined last. Returns what went
        wrong."""
        interface = find_interface(text) if text else None
        wanted = interface.name if interface is not None else text
        keys = [key for key in self._joined if key[0] == group.host and (not text or key[1] == wanted)]
        if not keys:
            return Fault(FaultKind.GROUP_INVALID, {"address": str(group)})
        known, where = self._joined[keys[-1]]
        try:
            if _name(where) not in self._lost:
                self._set_option(multicast.membership(self._family, known.host, where, join=False))
        except OSError as error:
            if error.errno not in _NO_ROUTE:  # left with its interface already
                return self._explain(error, known, where)
        del self._joined[keys[-1]]
        self._report(known, where, False)
        return None

    def stop(self) -> None:
        """Check the interfaces no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _join(self, group: Address, interface: Interface | None) -> Interface | None:
        """Join, and return the interface used."""
        try:
            self._set_option(multicast.membership(self._family, group.host, interface, join=True))
        except OSError as error:
            if interface is not None or error.errno not in _NO_ROUTE:
                raise
            # A PC without a default route, such as on an isolated LAN: the system does not choose, so we do.
            interface = multicast.choose_interface(self._family)
            if interface is None:
                raise
            self._set_option(multicast.membership(self._family, group.host, interface, join=True))
        if interface is not None and self._outgoing is None:
            self._leave_by(interface)
        return interface

    def _leave_by(self, interface: Interface) -> None:
        self._set_option(multicast.outgoing(self._family, interface))
        self._outgoing = interface

    def _set_option(self, option: Option) -> None:
        """Raises `OSError`."""
        self._network.call(self._session, "setsockopt", option.text, partial(option.set, self._sock))

    def _is_group(self, group: Address) -> bool:
        return group.is_multicast and (group.version == 6) == (self._family == socket.AF_INET6)

    def _explain(self, error: OSError, group: Address | None, interface: Interface | None) -> Fault:
        if group is not None and error.errno in (errno.EADDRINUSE, errno.EINVAL):
            return Fault(FaultKind.GROUP_INVALID, {"address": str(group)})
        if error.errno in _NO_ROUTE:
            return Fault(FaultKind.INTERFACE_GONE, {"interface": _name(interface)})
        return fault_from_oserror(error, group)

    def _report(self, group: Address, interface: Interface | None, joined: bool) -> None:
        self._network.outlet.put(GroupChanged(self._session, group, _name(interface), joined, time.time_ns()))

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = self._network.loop.call_later(WATCH_INTERVAL, self._look)

    def _look(self) -> None:
        self._timer = None
        for key, (group, interface) in list(self._joined.items()):
            if interface is None:
                continue
            there = _is_there(interface)
            if not there and interface.name not in self._lost:
                self._lost.add(interface.name)
                gone = Fault(FaultKind.INTERFACE_GONE, {"interface": interface.name})
                self._network.report_fault(self._session, gone)
            elif interface.name in self._lost:
                self._rejoin(key, group, interface.name)
        if self._joined:
            self._watch()

    def _rejoin(self, key: tuple[str, str], group: Address, name: str) -> None:
        interface = find_interface(name)
        if interface is None or not interface.is_up:
            return
        try:
            self._set_option(multicast.membership(self._family, group.host, interface, join=True))
            if self._outgoing is not None and self._outgoing.name == name:
                self._leave_by(interface)
        except OSError:
            return  # still coming up: the next check tries again
        self._joined[key] = (group, interface)
        if not any(
            _name(where) == name and not _is_there(where) for _, where in self._joined.values() if where
        ):
            self._lost.discard(name)
        self._report(group, interface, True)


def _name(interface: Interface | None) -> str:
    return interface.name if interface is not None else ""


def _is_there(interface: Interface) -> bool:
    # By index: an interface that went and came back is a different one to the kernel.
    try:
        socket.if_indextoname(interface.index)
    except OSError:
        return False
    return True
