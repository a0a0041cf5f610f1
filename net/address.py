"""`Address`: a host and a port, as people type them and as sockets take them. No look-ups happen here.

Sources: RFC 4291 (IPv6), RFC 4007 section 11 (scope ids, ``fe80::1%eth0``), RFC 3986 section 3.2.2
(``[::1]:80``).
"""

from __future__ import annotations

import ipaddress
import re
import socket

from msgspec import Struct

from net.protocol.folding import plain

MAX_HOST_LENGTH = 253  # RFC 1035 section 3.1, as text
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)\Z")
_SEPARATORS = {
    "。": ".",
    "．": ".",
    "｡": ".",
    "、": ".",
    "：": ":",
    "﹕": ":",
    "【": "[",
    "】": "]",
    "％": "%",
}

SocketAddress = tuple[str, int] | tuple[str, int, int, int]


class AddressError(ValueError):
    """The text is no address. ``kind``: "empty", "host", "port", "port_range", "port_missing" or "space";
    ``value``: the part at fault."""

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"{kind}: {value!r}")
        self.kind = kind
        self.value = value


def normalise_typed(text: str) -> str:
    """``text`` with the full-width digits, letters, colons and stops of an input method as plain ones, and
    without surrounding white space and the invisible characters that are copied with an address."""
    for typed, meant in _SEPARATORS.items():
        text = text.replace(typed, meant)
    return plain(text).strip()


def parse_port(text: str, *, zero: bool = True) -> int:
    """A port number, 0 to 65535 (``zero=False``: from 1).

    Raises `AddressError`: "port" if it is not a whole number, "port_range" if it is too large, or 0 where
    that is not allowed.
    """
    meant = normalise_typed(text)
    if not meant:
        raise AddressError("port_missing", text)
    if not (meant.isascii() and meant.isdigit()):
        raise AddressError("port", text.strip())
    port = int(meant) if len(meant) < 10 else 1 << 30
    if port > 65535 or (port == 0 and not zero):
        raise AddressError("port_range", meant)
    return port


def parse_host(text: str) -> tuple[str, str]:
    """``(host, scope)`` of an IP address (brackets and a ``%scope`` allowed) or of a host name.

    Raises `AddressError` ("empty", "space" or "host").
    """
    meant = normalise_typed(text)
    if meant.startswith("[") and meant.endswith("]"):
        meant = meant[1:-1]
    if not meant:
        raise AddressError("empty", text)
    if any(character.isspace() for character in meant):
        raise AddressError("space", meant)
    host, percent, scope = meant.partition("%")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        if percent and (address.version == 4 or not scope):
            raise AddressError("host", meant)
        return str(address), scope
    if percent or not _is_name(host):
        raise AddressError("host", meant)
    return host, ""


def _is_name(host: str) -> bool:
    if len(host) > MAX_HOST_LENGTH or ":" in host:
        return False
    labels = host.removesuffix(".").split(".")
    if not all(_LABEL.match(label) for label in labels):
        return False
    # 1.2.3 and 300.1.1.1 are mistyped addresses, though inet_aton and resolvers may take them for something
    # else.
    return not all(label.isdigit() for label in labels)


class Address(Struct, frozen=True, order=True):
    """``host``: an IPv4 or IPv6 address in its canonical text, or a name; ``port``: 0 to 65535; ``scope``:
    the interface name or index of a link-local IPv6 address, else ""."""

    host: str
    port: int
    scope: str = ""

    @classmethod
    def parse(cls, text: str, default_port: int | None = None) -> Address:
        """Read ``127.0.0.1:12345``, ``[fe80::1%eth0]:80``, ``::1`` (with a default port), ``name:80``, also
        typed full-width.

        Raises `AddressError`; kind "port_missing" where neither the text nor ``default_port`` has a port.
        """
        meant = normalise_typed(text)
        if not meant:
            raise AddressError("empty", text)
        if meant.startswith("["):
            inside, bracket, after = meant[1:].partition("]")
            if not bracket or (after and not after.startswith(":")):
                raise AddressError("host", meant)
            host_text, port_text = inside, after[1:] if after else None
        elif meant.count(":") > 1:
            host_text, port_text = meant, None
        else:
            host_text, colon, rest = meant.partition(":")
            port_text = rest if colon else None
        host, scope = parse_host(host_text)
        if port_text is not None:
            return cls(host, parse_port(port_text), scope)
        if default_port is None:
            raise AddressError("port_missing", meant)
        return cls(host, default_port, scope)

    @classmethod
    def from_socket(cls, address: SocketAddress) -> Address:
        """The address that ``getsockname``, ``getpeername``, ``accept`` or ``recvfrom`` returned. An
        IPv4-mapped address of a dual-stack socket (``::ffff:a.b.c.d``, RFC 4291 section 2.5.5.2) becomes the
        IPv4 address."""
        host, port = address[0], address[1]
        host, _, scope = host.partition("%")
        if not scope and len(address) == 4 and address[3]:
            scope = _interface_name(address[3])
        if host.startswith("::ffff:") and "." in host:
            host, scope = host[7:], ""
        return cls(host, port, scope)

    def to_socket(self, family: int) -> SocketAddress:
        """The tuple that ``bind``, ``connect`` and ``sendto`` take. The host must be an IP address.

        Raises `OSError` if the scope names no interface of this PC, and `AddressError` ("host") if the family
        differs.
        """
        version = self.version
        if family == socket.AF_INET6:
            host = f"::ffff:{self.host}" if version == 4 else self.host
            return (host, self.port, 0, self.scope_index())
        if version != 4:
            raise AddressError("host", self.host)
        return (self.host, self.port)

    def scope_index(self) -> int:
        """The interface index of ``scope`` (0 where there is none). Raises `OSError` for an unknown
        interface."""
        if not self.scope:
            return 0
        return int(self.scope) if self.scope.isdigit() else socket.if_nametoindex(self.scope)

    def __str__(self) -> str:
        return f"{self.host_text}:{self.port}"

    @property
    def host_text(self) -> str:
        """The host as it stands before a port: brackets around IPv6."""
        scoped = f"{self.host}%{self.scope}" if self.scope else self.host
        return f"[{scoped}]" if ":" in self.host else scoped

    @property
    def version(self) -> int | None:
        """4, 6, or None for a host name."""
        try:
            return ipaddress.ip_address(self.host).version
        except ValueError:
            return None

    @property
    def is_name(self) -> bool:
        """Whether the host is a name rather than an IP address."""
        return self.version is None

    @property
    def is_any(self) -> bool:
        """0.0.0.0 or ``::``: every interface."""
        return not self.is_name and ipaddress.ip_address(self.host).is_unspecified

    @property
    def is_loopback(self) -> bool:
        """127.0.0.0/8 (RFC 1122) or ``::1`` (RFC 4291)."""
        return not self.is_name and ipaddress.ip_address(self.host).is_loopback

    @property
    def is_multicast(self) -> bool:
        """224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291)."""
        return not self.is_name and ipaddress.ip_address(self.host).is_multicast

    @property
    def is_limited_broadcast(self) -> bool:
        """255.255.255.255. Whether an address is a subnet's broadcast address cannot be seen from it:
        see `net.system.interfaces.is_broadcast`."""
        return self.host == "255.255.255.255"

    def with_port(self, port: int) -> Address:
        """The same host with another port, 0 to 65535."""
        return Address(self.host, port, self.scope)


def _interface_name(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:
        return str(index)
