"""Names, the order of their addresses, and the meaning of errors."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from net.address import Address, AddressError
from net.events import FaultKind
from net.faults import fault_from_oserror
from net.system.resolve import alternate, resolve

A, B = (socket.AF_INET, ("127.0.0.1", 1)), (socket.AF_INET, ("127.0.0.2", 1))
C = (socket.AF_INET6, ("::1", 1, 0, 0))


def test_families_take_turns() -> None:
    assert alternate([A, B, A, C]) == [A, C, B]
    assert alternate([C, A, B]) == [C, A, B]
    assert alternate([]) == []


def test_literals_need_no_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("net.system.resolve.look_up", None)
    assert asyncio.run(resolve(Address("::1", 1))) == [C]
    assert asyncio.run(resolve(Address("", 5), passive=True))[0][1] == ("::", 5, 0, 0)
    with pytest.raises(AddressError):
        asyncio.run(resolve(Address("", 5)))


@pytest.mark.parametrize("name", ["x" * 64 + ".example", "a..b", "nul\0.example"])
def test_names_no_server_could_know(name: str) -> None:
    with pytest.raises(socket.gaierror) as caught:
        asyncio.run(resolve(Address(name, 1)))
    fault = fault_from_oserror(caught.value, Address(name, 1))
    assert fault.kind is FaultKind.NAME_NOT_FOUND and fault.params["host"] == name


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EADDRINUSE, FaultKind.ADDRESS_IN_USE),
        (errno.EACCES, FaultKind.PERMISSION),
        (errno.ENETUNREACH, FaultKind.UNREACHABLE),
        (errno.ECONNRESET, FaultKind.RESET),
        (errno.ETIMEDOUT, FaultKind.TIMED_OUT),
        (errno.EMFILE, FaultKind.TOO_MANY_FILES),
        (errno.EIO, FaultKind.SYSTEM),
    ],
)
def test_errors_have_kinds(number: int, kind: FaultKind) -> None:
    assert fault_from_oserror(OSError(number, "x"), Address("127.0.0.1", 1)).kind is kind


def test_windows_numbers() -> None:
    error = OSError(errno.EIO, "x")
    error.winerror = 1225  # type: ignore[attr-defined,unused-ignore]
    assert fault_from_oserror(error, Address("127.0.0.1", 1)).kind is FaultKind.REFUSED
