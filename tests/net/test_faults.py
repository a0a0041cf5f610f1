"""What an error means: its number and the call in which it came."""

from __future__ import annotations

import errno

import pytest

from net.address import Address
from net.events import FaultKind
from net.faults import fault_from_oserror, name_call

HERE, THERE = Address("127.0.0.1", 0), Address("127.0.0.1", 80)


@pytest.mark.parametrize(
    ("number", "call", "address", "kind"),
    [
        (errno.EADDRNOTAVAIL, "bind", Address("192.0.2.1", 80), FaultKind.ADDRESS_NOT_LOCAL),
        (errno.EADDRNOTAVAIL, "connect", THERE, FaultKind.NO_FREE_PORT),
        (errno.EADDRINUSE, "bind", THERE, FaultKind.ADDRESS_IN_USE),
        (errno.EADDRINUSE, "listen", THERE, FaultKind.ADDRESS_IN_USE),
        (errno.EADDRINUSE, "bind", HERE, FaultKind.NO_FREE_PORT),
        (errno.EADDRINUSE, "connect", THERE, FaultKind.NO_FREE_PORT),
        (errno.EACCES, "bind", THERE, FaultKind.PERMISSION),
        (errno.EACCES, "connect", THERE, FaultKind.FORBIDDEN),
        (errno.EPERM, "send", THERE, FaultKind.FORBIDDEN),
        (errno.EADDRNOTAVAIL, "connect", Address("0.0.0.0", 80), FaultKind.NOT_ONE_PC),
        (errno.EINVAL, "connect", Address("fe80::1", 80), FaultKind.SCOPE_MISSING),
        (errno.EINVAL, "bind", Address("fe80::1", 80), FaultKind.SCOPE_MISSING),
        (errno.ENETUNREACH, "send", Address("fe80::1", 80), FaultKind.SCOPE_MISSING),
        (errno.ENETUNREACH, "connect", THERE, FaultKind.UNREACHABLE),
        (errno.ECONNREFUSED, "connect", THERE, FaultKind.REFUSED),
    ],
)
def test_the_same_number_means_another_thing_in_another_call(
    number: int, call: str, address: Address, kind: FaultKind
) -> None:
    assert fault_from_oserror(OSError(number, "x"), address, call=call).kind is kind
    noted = OSError(number, "x")
    name_call(noted, call)
    assert fault_from_oserror(noted, address).kind is kind


def test_nobody_refuses_a_connection_over_udp() -> None:
    refused = OSError(errno.ECONNREFUSED, "x")
    assert fault_from_oserror(refused, THERE, call="send", udp=True).kind is FaultKind.PORT_CLOSED


def test_without_ipv6_its_addresses_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.faults.has_ipv6", lambda: False)
    for number, call in (
        (errno.EADDRNOTAVAIL, "bind"),
        (errno.EADDRNOTAVAIL, "connect"),
        (errno.ENETUNREACH, "send"),
        (errno.EAFNOSUPPORT, "socket"),
    ):
        fault = fault_from_oserror(OSError(number, "x"), Address("::1", 80), call=call)
        assert fault.kind is FaultKind.IPV6_OFF and fault.params == {"address": "[::1]:80"}
    assert fault_from_oserror(OSError(errno.EADDRNOTAVAIL, "x"), THERE, call="bind").kind is not fault.kind


def test_a_port_that_needs_rights_is_told_by_its_number() -> None:
    fault = fault_from_oserror(OSError(errno.EACCES, "x"), THERE, call="bind")
    assert fault.params == {"address": "127.0.0.1:80", "port": 80}
