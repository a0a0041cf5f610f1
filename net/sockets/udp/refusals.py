"""Reports why the kernel refused a datagram."""

from __future__ import annotations

import errno

from net.address import Address
from net.events import Fault, FaultKind
from net.faults import fault_from_oserror
from net.sockets.network import Network
from net.sockets.udp.bound_socket import BoundSocket
from net.system.interfaces import is_broadcast, is_local

EXPLAINED_FOR = 1.0
"""Seconds for which the explanation of one error of one address is taken again: finding it takes a
millisecond."""

EXPLANATIONS = 1000

_NO_INTERFACE = {errno.ENETDOWN, errno.ENODEV, errno.ENXIO}
# Linux's errors when the local address or the chosen interface has gone; they have other causes too.
_PERHAPS_NO_INTERFACE = {errno.EINVAL, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH}


class RefusalReporter:
    """For one endpoint. NetThread only."""

    def __init__(self, network: Network, bound: BoundSocket) -> None:
        self._network = network
        self._bound = bound
        self._explained: dict[tuple[object, str], tuple[float, Fault | None]] = {}

    def report(self, error: OSError, remote: Address, size: int) -> None:
        """A datagram of ``size`` bytes to ``remote``, this one or an earlier one, met ``error``."""
        now = self._network.loop.time()
        key = (error.errno, str(remote))
        at, fault = self._explained.get(key, (0.0, None))
        # How long a datagram was is not the address's affair.
        if fault is None or now - at > EXPLAINED_FOR or fault.kind is FaultKind.MESSAGE_TOO_LONG:
            if len(self._explained) > EXPLANATIONS:
                self._explained.clear()
            fault = explain_refusal(error, remote, size, self._bound)
            self._explained[key] = (now, fault)
        self._network.report_fault(self._bound.command.session, fault)


def explain_refusal(error: OSError, remote: Address, size: int, bound: BoundSocket) -> Fault:
    """Why the kernel did not send a datagram of ``size`` bytes to ``remote``. May take a millisecond."""
    command, local, groups = bound.command, bound.local_address, bound.groups
    number = error.errno or 0
    if number == errno.EMSGSIZE:
        # If the path, a buffer or the system has a smaller limit, the error does not say which; only that
        # this size was above it.
        limit = max(0, min(bound.message_limit(remote), size - 1))
        return Fault(FaultKind.MESSAGE_TOO_LONG, {"size": size, "limit": limit})
    if isinstance(error, ConnectionRefusedError | ConnectionResetError):
        return Fault(FaultKind.PORT_CLOSED, {"address": str(remote)})
    if isinstance(error, PermissionError) and not command.broadcast and is_broadcast(remote.host):
        return Fault(FaultKind.BROADCAST_NOT_ALLOWED, {"address": str(remote)})
    if number in _NO_INTERFACE:
        name = groups.interface_name or remote.scope or command.interface or local.host
        return Fault(FaultKind.INTERFACE_GONE, {"interface": name})
    if number in _PERHAPS_NO_INTERFACE:
        if not local.is_any and not local.is_multicast and not is_local(local.host):
            return Fault(FaultKind.INTERFACE_GONE, {"interface": local.host})
        lost = groups.lost_interface()
        if lost:
            return Fault(FaultKind.INTERFACE_GONE, {"interface": lost})
        if number == errno.EINVAL:
            return Fault(FaultKind.ADDRESS_INVALID, {"value": str(remote)})
    return fault_from_oserror(error, remote, call="send", udp=True)
