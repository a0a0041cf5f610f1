"""Errors of the operating system, translated into fault kinds with parameters."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl

from net.address import Address, AddressError
from net.events import Fault, FaultKind
from net.protocol.framing import FramingError, FramingErrorKind

_KINDS: dict[int, FaultKind] = {
    errno.EADDRINUSE: FaultKind.ADDRESS_IN_USE,
    errno.EADDRNOTAVAIL: FaultKind.ADDRESS_NOT_LOCAL,
    errno.EAFNOSUPPORT: FaultKind.ADDRESS_FAMILY,
    errno.EPROTONOSUPPORT: FaultKind.ADDRESS_FAMILY,
    errno.EACCES: FaultKind.PERMISSION,
    errno.EPERM: FaultKind.PERMISSION,
    errno.ECONNREFUSED: FaultKind.REFUSED,
    errno.ENETUNREACH: FaultKind.UNREACHABLE,
    errno.EHOSTUNREACH: FaultKind.UNREACHABLE,
    errno.ENETDOWN: FaultKind.UNREACHABLE,
    errno.EHOSTDOWN: FaultKind.UNREACHABLE,
    errno.ETIMEDOUT: FaultKind.TIMED_OUT,
    errno.ECONNRESET: FaultKind.RESET,
    errno.ECONNABORTED: FaultKind.RESET,
    errno.ENETRESET: FaultKind.RESET,
    errno.EPIPE: FaultKind.RESET,
    errno.ESHUTDOWN: FaultKind.RESET,
    errno.EMFILE: FaultKind.TOO_MANY_FILES,
    errno.ENFILE: FaultKind.TOO_MANY_FILES,
    errno.ENODEV: FaultKind.INTERFACE_GONE,
    errno.ENXIO: FaultKind.INTERFACE_GONE,
}

_WINDOWS_KINDS: dict[int, FaultKind] = {
    10048: FaultKind.ADDRESS_IN_USE,
    10049: FaultKind.ADDRESS_NOT_LOCAL,
    1214: FaultKind.ADDRESS_NOT_LOCAL,  # ERROR_INVALID_NETNAME
    10047: FaultKind.ADDRESS_FAMILY,
    10013: FaultKind.PERMISSION,
    10061: FaultKind.REFUSED,
    1225: FaultKind.REFUSED,  # ERROR_CONNECTION_REFUSED, from overlapped connects
    10050: FaultKind.UNREACHABLE,
    10051: FaultKind.UNREACHABLE,
    10064: FaultKind.UNREACHABLE,
    10065: FaultKind.UNREACHABLE,
    1231: FaultKind.UNREACHABLE,
    1232: FaultKind.UNREACHABLE,
    10060: FaultKind.TIMED_OUT,
    121: FaultKind.TIMED_OUT,  # ERROR_SEM_TIMEOUT
    10052: FaultKind.RESET,
    10053: FaultKind.RESET,
    10054: FaultKind.RESET,
    10058: FaultKind.RESET,
    64: FaultKind.RESET,  # ERROR_NETNAME_DELETED
    1236: FaultKind.RESET,
    10024: FaultKind.TOO_MANY_FILES,
}

_NO_SUCH_NAME = {
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY", "EAI_SERVICE")
    if hasattr(socket, name)
} | {11001, 11004}


def name_call(error: OSError, call: str) -> None:
    """Note at ``error`` in which socket call it came: the same number means different things."""
    error.__dict__["socket_call"] = call


def fault_from_oserror(
    error: OSError,
    address: Address | None = None,
    seconds: float | None = None,
    *,
    call: str = "",
    udp: bool = False,
) -> Fault:
    """The fault that ``error`` means in ``call`` ("bind", "listen", "connect", "send" ...; "": the one
    that `name_call` noted). ``address``: the one bound, connected, sent to or looked up; ``seconds``: the
    time-out.

    Who uses a port is left out; `net.system.holders` finds it. Whether a datagram was too long, or a
    broadcast lacked SO_BROADCAST, depends on what was sent: the endpoint decides that itself.
    """
    where = str(address) if address is not None else ""
    detail = error.strerror or str(error) or type(error).__name__
    if isinstance(error, ssl.SSLError):
        return fault_from_tls(error, address)
    if isinstance(error, socket.gaierror):
        host = address.host if address is not None else ""
        if error.errno in _NO_SUCH_NAME:
            return Fault(FaultKind.NAME_NOT_FOUND, {"host": host})
        return Fault(FaultKind.NAME_LOOKUP_FAILED, {"host": host, "detail": detail})
    kind = _WINDOWS_KINDS.get(getattr(error, "winerror", None) or 0) or _KINDS.get(error.errno or 0)
    if kind is None and isinstance(error, TimeoutError):
        kind = FaultKind.TIMED_OUT
    if address is not None:
        kind = _in_call(error, kind, call or error.__dict__.get("socket_call", ""), address)
    if kind is FaultKind.REFUSED and udp:
        kind = FaultKind.PORT_CLOSED
    if kind is None:
        return Fault(FaultKind.SYSTEM, {"detail": detail, "errno": error.errno or 0})
    if kind is FaultKind.TOO_MANY_FILES:
        return Fault(kind)
    if kind is FaultKind.INTERFACE_GONE:
        return Fault(kind, {"interface": address.scope if address is not None else ""})
    params: dict[str, str | int | float] = {"address": where}
    if kind is FaultKind.ADDRESS_IN_USE:
        params |= {"holder": "", "program": "", "pid": "", "seconds": 0}
    elif kind is FaultKind.PERMISSION:
        params["port"] = address.port if address is not None else 0
    elif kind is FaultKind.TIMED_OUT:
        params["seconds"] = seconds if seconds is not None else 0
    return Fault(kind, params)


_BINDING = ("bind", "listen")
_REACHING = ("connect", "send")
_INVALID = (errno.EINVAL, 10022)


def _in_call(error: OSError, kind: FaultKind | None, call: str, address: Address) -> FaultKind | None:
    """What ``kind``, found by the error's number alone, means in ``call``."""
    lacks_scope = address.version == 6 and not address.scope and _is_link_local(address)
    if lacks_scope and (error.errno in _INVALID or kind in _NO_WAY):
        return FaultKind.SCOPE_MISSING
    if kind in (*_NO_WAY, FaultKind.ADDRESS_FAMILY) and address.version == 6 and not has_ipv6():
        return FaultKind.IPV6_OFF
    if call in _BINDING:
        # The system was to choose a port, so none that it may choose is left.
        none_left = kind is FaultKind.ADDRESS_IN_USE and address.port == 0
        return FaultKind.NO_FREE_PORT if none_left else kind
    if call not in _REACHING:
        return kind
    if kind is FaultKind.PERMISSION:
        return FaultKind.FORBIDDEN
    if call == "connect" and address.is_any:
        return FaultKind.NOT_ONE_PC
    if kind in (FaultKind.ADDRESS_NOT_LOCAL, FaultKind.ADDRESS_IN_USE):
        # No own address leads there, or all ports of that address are taken (Linux and macOS: EADDRNOTAVAIL,
        # Windows: WSAEADDRINUSE). UDP tells the two apart: its ports are others.
        return FaultKind.NO_FREE_PORT if _has_source(address) else FaultKind.UNREACHABLE
    return kind


_NO_WAY = (FaultKind.ADDRESS_NOT_LOCAL, FaultKind.UNREACHABLE)


def has_ipv6() -> bool:
    """Whether IPv6 is switched on: then this PC has ``::1``."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


def _is_link_local(address: Address) -> bool:
    return ipaddress.ip_address(address.host).is_link_local


def _has_source(address: Address) -> bool:
    """Whether an own address leads to ``address``. Sends nothing."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect(address.to_socket(family))
    except (OSError, AddressError):
        return False
    return True


def fault_from_tls(error: ssl.SSLError, address: Address | None = None) -> Fault:
    """TLS_NOT_VERIFIED if the certificate is at fault, else TLS_FAILED; ``detail`` is the library's
    reason."""
    where = str(address) if address is not None else ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Fault(FaultKind.TLS_NOT_VERIFIED, {"detail": error.verify_message, "address": where})
    detail = (error.reason or error.strerror or str(error)).replace("_", " ").lower()
    return Fault(FaultKind.TLS_FAILED, {"detail": detail, "address": where})


def fault_from_address(error: AddressError) -> Fault:
    """ADDRESS_INVALID, with the part at fault."""
    return Fault(FaultKind.ADDRESS_INVALID, {"value": error.value})


def fault_from_ours(error: BaseException) -> Fault:
    """INTERNAL, for an exception that is a bug of ours."""
    return Fault(FaultKind.INTERNAL, {"detail": f"{type(error).__name__}: {error}"})


def fault_from_framing(error: FramingError) -> Fault:
    """Why messages could not be framed for sending."""
    if error.kind is FramingErrorKind.MESSAGE_TOO_LONG:
        return Fault(FaultKind.MESSAGE_TOO_LONG, {"size": error.size, "limit": error.limit})
    if error.kind is FramingErrorKind.WRONG_SIZE:
        return Fault(FaultKind.MESSAGE_SIZE, {"size": error.size, "expected": error.limit})
    return Fault(FaultKind.FRAMING_INVALID, {"detail": error.kind.value})
