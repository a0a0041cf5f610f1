"""Errors of the operating system, translated into fault kinds with parameters."""

from __future__ import annotations

import errno
import socket
import ssl

from msgspec.structs import replace

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


def fault_from_oserror(error: OSError, address: Address | None = None, seconds: float | None = None) -> Fault:
    """The fault that corresponds to ``error``. ``address``: the one bound, connected or looked up;
    ``seconds``: the time-out.

    The program that uses a port is left out; `with_program` finds it. Whether a datagram was too long, or a
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
    if kind is None:
        return Fault(FaultKind.SYSTEM, {"detail": detail, "errno": error.errno or 0})
    if kind is FaultKind.TOO_MANY_FILES:
        return Fault(kind)
    if kind is FaultKind.INTERFACE_GONE:
        return Fault(kind, {"interface": address.scope if address is not None else ""})
    params: dict[str, str | int | float] = {"address": where}
    if kind is FaultKind.ADDRESS_IN_USE:
        params |= {"program": "", "pid": ""}
    elif kind is FaultKind.TIMED_OUT:
        params["seconds"] = seconds if seconds is not None else 0
    return Fault(kind, params)


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


def listening_program(port: int, transport: str = "tcp") -> tuple[str, int] | None:
    """``(name, pid)`` of the program that has ``port`` bound ("tcp": listens on it), if the system reveals
    it.

    Reads the whole table of sockets, which takes some milliseconds to a tenth of a second: not on NetThread.
    """
    import psutil

    try:
        connections = psutil.net_connections(transport)
    except (psutil.Error, OSError):
        # macOS shows an ordinary user his own processes only.
        return _own_listening(port, transport)
    for connection in connections:
        if not connection.laddr or connection.laddr.port != port or not connection.pid:
            continue
        if transport == "tcp" and connection.status != psutil.CONN_LISTEN:
            continue
        try:
            return psutil.Process(connection.pid).name(), connection.pid
        except (psutil.Error, OSError):
            return "", connection.pid
    return None


def _own_listening(port: int, transport: str) -> tuple[str, int] | None:
    import psutil

    try:
        process = psutil.Process()
        for connection in process.net_connections(transport):
            if connection.laddr and connection.laddr.port == port:
                return process.name(), process.pid
    except (psutil.Error, OSError):
        pass
    return None


def with_program(fault: Fault, port: int, transport: str = "tcp") -> Fault:
    """The same fault, with the program's name and pid added to ADDRESS_IN_USE if they can be found.
    Blocks."""
    if fault.kind is not FaultKind.ADDRESS_IN_USE:
        return fault
    found = listening_program(port, transport)
    if found is None:
        return fault
    return replace(fault, params={**fault.params, "program": found[0], "pid": found[1]})
