"""Who holds an address that can't be bound: another program, Duplex itself, or connections that have ended.

After a connection's end the side that closed first keeps its addresses for a while (TIME_WAIT, RFC 9293
section 3.6.1; Linux: 60 s), so that late segments meet no new connection. Until then ``bind`` fails, unless
both the listener before and the one now set SO_REUSEADDR. No program holds such a socket, so none can be
ended.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from net.address import Address, AddressError
from net.events import Fault, FaultKind, PortHolder
from net.system.kernel import TcpRow, tcp_table

if TYPE_CHECKING:
    import psutil

_ENDED = ("TIME_WAIT", "FIN_WAIT1", "FIN_WAIT2", "LAST_ACK", "CLOSING")
"""psutil's names of the states in which a socket may belong to no program any more."""


@dataclass(frozen=True, slots=True)
class Holder:
    """``program`` and ``pid``:
    "" and 0 where they are not told. ``seconds`` until the last ended connection lets go; 0: not told."""

    kind: PortHolder = PortHolder.UNKNOWN
    program: str = ""
    pid: int = 0
    seconds: float = 0.0


def find_holder(address: Address, transport: str = "tcp") -> Holder:
    """Who keeps ``address`` from being bound; ``transport``: "tcp" or "udp".

    Reads the whole table of sockets, which takes some milliseconds to a tenth of a second: not on NetThread.
    """
    owners = [owner for owner in _owners(transport) if _overlap(owner.local, address)]
    # A listener before the connections that it accepted: it is what can be ended.
    owners.sort(key=lambda owner: (not owner.pid, not owner.listens))
    live = next((owner for owner in owners if owner.pid or owner.state not in _ENDED), None)
    if live is not None:
        kind = PortHolder.DUPLEX if live.pid == os.getpid() else PortHolder.PROGRAM
        return Holder(kind, _program_name(live.pid), live.pid)
    if transport == "tcp":
        resting = [row for row in tcp_table() or () if _is_resting(row, address)]
        if resting or owners:
            return Holder(
                PortHolder.TIME_WAIT, seconds=max((row.timer_left or 0.0 for row in resting), default=0.0)
            )
    return Holder()


def pair_seconds(local: Address, remote: Address) -> float:
    """Seconds until the connection between these two addresses, which has ended, lets go of them; 0: the
    system does not tell. Not on NetThread."""
    rows = tcp_table() or ()
    return max(
        (row.timer_left or 0.0 for row in rows if _is_resting(row, local) and row.remote == str(remote)),
        default=0.0,
    )


def with_holder(fault: Fault, address: Address, transport: str = "tcp") -> Fault:
    """The same fault, with who holds ``address`` added to ADDRESS_IN_USE. Blocks."""
    if fault.kind is not FaultKind.ADDRESS_IN_USE:
        return fault
    found = find_holder(address, transport)
    values: dict[str, str | int | float] = {
        "holder": found.kind.value,
        "program": found.program,
        "pid": found.pid or "",
        "seconds": round(found.seconds, 1),
    }
    return replace(fault, params={**fault.params, **values})


# --- The tables ---


@dataclass(frozen=True, slots=True)
class _Owner:
    local: Address
    state: str
    pid: int
    listens: bool


def _owners(transport: str) -> Iterable[_Owner]:
    """All sockets with an address, and their programs as far as the system tells them."""
    import psutil

    try:
        rows = psutil.net_connections(transport)
    except (psutil.Error, OSError):
        # macOS shows an ordinary user his own processes only; this one is the likeliest.
        rows = [row._replace(pid=os.getpid()) for row in _own_rows(transport)]
    for row in rows:
        if row.laddr:
            listens = transport == "udp" or row.status == psutil.CONN_LISTEN
            yield _Owner(
                Address.from_socket((row.laddr.ip, row.laddr.port)), row.status, row.pid or 0, listens
            )


def _own_rows(transport: str) -> list[psutil._common.sconn]:
    import psutil

    try:
        found = psutil.Process().net_connections(transport)
    except (psutil.Error, OSError):
        return []
    return [psutil._common.sconn(*row, pid=None) for row in found]


def _program_name(pid: int) -> str:
    import psutil

    try:
        return psutil.Process(pid).name() if pid else ""
    except (psutil.Error, OSError):
        return ""


def _is_resting(row: TcpRow, address: Address) -> bool:
    """Whether ``row`` is a connection that has ended and still keeps ``address``."""
    if row.state != "TIME_WAIT" and row.timer != "time-wait":
        return False
    try:
        return _overlap(Address.parse(row.local), address)
    except AddressError:
        return False


def _overlap(one: Address, other: Address) -> bool:
    """Whether only one of these can be bound: the same port, and the same host or every host. A name stands
    for any of its addresses."""
    if one.port != other.port:
        return False
    if "" in (one.host, other.host) or one.is_name or other.is_name or "::" in (one.host, other.host):
        return True
    if one.version != other.version:
        return False
    return one.is_any or other.is_any or ipaddress.ip_address(one.host) == ipaddress.ip_address(other.host)
