"""The parameters of an example program, and the pieces of source text that all of them are built from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from textwrap import indent

from gui.shared.i18n import _
from net.protocol.codec import python_codec
from net.protocol.framing import Framing
from net.protocol.reply import ReplyRule


@dataclass(frozen=True, slots=True)
class OwnOptions:
    """What the session itself sets besides: None, "" and 0 leave the system's default. Buffers in bytes,
    ``timeout`` in seconds. ``local_host``: what a client binds. ``connected``: a UDP socket, to its peer."""

    backlog: int | None = None
    reuse_address: bool = True
    no_delay: bool = False
    keep_alive: bool = False
    receive_buffer: int | None = None
    send_buffer: int | None = None
    dual_stack: bool | None = None
    local_host: str = ""
    local_port: int = 0
    timeout: float | None = None
    connected: bool = False
    loop: bool = True
    verify: bool = False
    tls_name: str = ""
    authority: str = ""
    certificate: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """The parameters of both programs. ``host`` and ``port`` are the server's (UDP: the receiver's) as the
    client reaches it; ``group`` is the multicast group for role "multicast".

    ``reach``: the server's host for clients on this and on other PCs, if it listens on every address.
    ``peer``: which of the two, "server" or "client", talks to this session; Duplex itself plays the other.
    ``own_host``, ``own_port``: what a UDP sender binds ("" and 0: any free one). ``interface``: of a group,
    its IPv4 address or (IPv6) its name, "" for the system's choice. ``rules``: the session's
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
    reach: str = ""
    own: OwnOptions = field(default_factory=OwnOptions)

    @property
    def reachable(self) -> str:
        """The host at which a client reaches the server."""
        return self.reach or {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)

    def options(self, side: str) -> OwnOptions:
        """The socket options that this side's program sets: those of the session, in its own program."""
        return self.own if side == self.own_side else OwnOptions()

    @property
    def is_on_loopback(self) -> bool:
        """Whether only programs on this PC reach the server."""
        host = self.reachable
        try:
            return host == "localhost" or ipaddress.ip_address(bare(host)).is_loopback
        except ValueError:
            return False

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


def bare(host: str) -> str:
    """An address without its scope."""
    return host.partition("%")[0]


def address_constants(host: str, port: int) -> list[tuple[str, object]]:
    """HOST and PORT; and for a link-local address INTERFACE, which leads there."""
    scope = host.partition("%")[2]
    return [("HOST", bare(host)), ("PORT", port), *([("INTERFACE", scope)] if scope else [])]


def address(host: str, name: str = "HOST", port: str = "PORT") -> str:
    """The expression for the address that ``bind``, ``connect`` and ``sendto`` take."""
    scope = host.partition("%")[2]
    if not scope:
        return f"({name}, {port})"
    return f"({name}, {port}, 0, {interface_index(scope)})"


def interface_index(scope: str) -> str:
    return "int(INTERFACE)" if scope.isdigit() else "socket.if_nametoindex(INTERFACE)"


def option(name: str, level: str, value: object, socket_name: str) -> str:
    return f"{socket_name}.setsockopt(socket.{level}, socket.{name}, {value})\n"


def socket_options(options: OwnOptions, name: str) -> str:
    """The options that this session sets on a socket of either transport."""
    code = ""
    if options.receive_buffer is not None:
        code += option("SO_RCVBUF", "SOL_SOCKET", options.receive_buffer, name)
    if options.send_buffer is not None:
        code += option("SO_SNDBUF", "SOL_SOCKET", options.send_buffer, name)
    return code


def comment(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def family(host: str) -> str:
    return "socket.AF_INET6" if ip_version(host) == 6 else "socket.AF_INET"


def head(title: str, imports: list[str], constants: list[tuple[str, object]]) -> str:
    lines = "".join(f"import {name}\n" for name in sorted(imports))
    return f"{comment(title)}{lines}\n{''.join(_constant(*one) for one in constants)}"


def _constant(name: str, value: object) -> str:
    about = ""
    if name == "INTERFACE":
        about = comment(_("Which network card leads there ('': the system chooses);"))
        about += comment(_("on another PC it has another name."))
    return f"{about}{name} = {value!r}\n"


def inside(text: str, depth: int = 1) -> str:
    return indent(comment(text), "    " * depth)


def encoded(example: Example, text: str = "text") -> str:
    """The expression for the bytes of the variable ``text``."""
    return f"{text}.encode({python_codec(example.codec)!r})"


def print_line(text: str, what: str = "", depth: int = 0) -> str:
    """A line that prints ``text``, followed by the value of the expression ``what``."""
    return f"{'    ' * depth}print({text!r}{', ' if what else ''}{what}, flush=True)\n"
