"""The parameters of an example program, and the pieces of source text that all of them are built from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from textwrap import indent

from net.protocol.codec import python_codec
from net.protocol.framing import Framing
from net.protocol.reply import ReplyRule


@dataclass(frozen=True, slots=True)
class Example:
    """The parameters of both programs. ``host`` and ``port`` are the server's (UDP: the receiver's) as the
    client reaches it; ``group`` is the multicast group for role "multicast".

    ``peer``: which of the two, "server" or "client", talks to this session; Duplex itself plays the other.
    ``own_host``, ``own_port``: what a UDP sender binds ("" and 0: any free one). ``interface``: of a group,
    its IPv4 address or (IPv6) its index as text, "" for the system's choice. ``rules``: the session's
    auto-reply rules; ``left_out``: the numbers, from 1, of those that the programs can't contain.
    """

    transport: str  # "tcp" or "udp"
    role: str  # "server", "client", "unicast", "broadcast" or "multicast"
    host: str
    port: int
    framing: Framing = field(default_factory=Framing)
    codec: str = "utf-8"
    tls: bool = False
    group: str = ""
    ttl: int = 1
    peer: str = "client"
    own_host: str = ""
    own_port: int = 0
    interface: str = ""
    rules: tuple[ReplyRule, ...] = ()
    left_out: tuple[int, ...] = ()

    @property
    def own_side(self) -> str:
        """The program that plays this session's part."""
        return "client" if self.peer == "server" else "server"

    @property
    def server_host(self) -> str:
        """The host that the server's program binds."""
        many = self.role in ("broadcast", "multicast")
        family_host = self.group if self.role == "multicast" else self.host
        return ("::" if ip_version(family_host) == 6 else "") if many else self.host


def ip_version(host: str) -> int:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        return 4


def reachable(host: str) -> str:
    """The host at which a client on this PC reaches a server that listens on every interface."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def family(host: str) -> str:
    return "socket.AF_INET6" if ip_version(host) == 6 else "socket.AF_INET"


def head(title: str, imports: list[str], constants: list[tuple[str, object]]) -> str:
    lines = "".join(f"import {name}\n" for name in sorted(imports))
    values = "".join(f"{name} = {value!r}\n" for name, value in constants)
    return f"{comment(title)}{lines}\n{values}"


def inside(text: str, depth: int = 1) -> str:
    return indent(comment(text), "    " * depth)


def encoded(example: Example, text: str = "text") -> str:
    """The expression for the bytes of the variable ``text``."""
    return f"{text}.encode({python_codec(example.codec)!r})"


def print_line(text: str, what: str = "", depth: int = 0) -> str:
    """A line that prints ``text``, followed by the value of the expression ``what``."""
    return f"{'    ' * depth}print({text!r}{', ' if what else ''}{what}, flush=True)\n"
