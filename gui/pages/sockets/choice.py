"""`Choice`: the typed parameters of a session to open, and their opening command.

All values are kept as text exactly as in the fields, so a choice can be incomplete, remembered, saved as a
preset and shown again exactly; `Choice.problems` returns what is wrong with it, field by field (see
`Problem`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from net.address import Address, AddressError, normalise_typed, parse_host, parse_port
from net.protocol.codec import CodecError, parse_codec
from net.protocol.framing import Framing, FramingError, parse_framing
from net.protocol.impairment.settings import (
    DATAGRAM_SETTINGS,
    STREAM_SETTINGS,
    Impairment,
    ImpairmentError,
    StreamImpairment,
    parse_settings,
)
from net.protocol.reply import ReplyRule
from net.sockets.commands import (
    DEFAULT_BACKLOG,
    RelayDatagrams,
    RelayStreams,
    TcpConnect,
    TcpListen,
    TcpOptions,
    TlsOptions,
    UdpOpen,
)
from net.sockets.events import Role, Transport
from net.sockets.open_url import OpenCommand

TUTORIAL_PORT = 12345
RELAY_PORT = "12346"
LOOPBACK = "127.0.0.1"
ROLES: Mapping[Transport, tuple[Role, ...]] = {
    Transport.TCP: (Role.SERVER, Role.CLIENT),
    Transport.UDP: (Role.UNICAST, Role.BROADCAST, Role.MULTICAST),
}
"""Those that a person sends with; a relay can be of either transport."""
DEFAULT_HOSTS: Mapping[Role, str] = {
    Role.SERVER: "0.0.0.0",
    Role.CLIENT: "127.0.0.1",
    Role.UNICAST: "0.0.0.0",
    Role.BROADCAST: "0.0.0.0",
    Role.MULTICAST: "239.1.2.3",
    Role.RELAY: "127.0.0.1",
}
OWN_ADDRESS = (Role.SERVER, Role.UNICAST, Role.BROADCAST, Role.RELAY)
"""Roles whose host and port are this PC's own, where port 0 lets the system choose."""
MAX_SEED = 1 << 32
MAX_BACKLOG = 65535
MAX_BUFFER = 1 << 30
MAX_TTL = 255
MAX_TIMEOUT = 3600


class Problem(Struct, frozen=True):
    """An error in one field. ``kind``: those of `AddressError`, and "number" (low, high),
    "not_multicast", "framing", "codec", "key_missing", "destination" (which broadcast needs), "target" (which
    a relay needs), "impairment" (low, high, which may be fractions)."""

    kind: str
    value: str = ""
    low: float = 0
    high: float = 0


class ChoiceError(ValueError):
    """The choice can't be opened; ``problems`` has at least one entry: field name -> `Problem`."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(f"{name}: {problem.kind}" for name, problem in problems.items()))
        self.problems = dict(problems)


class Choice(Struct, frozen=True):
    """Text fields are as typed; "" in an optional one means the system's default. ``transport`` is "tcp" or
    "udp" (TLS is the switch ``tls``). ``host`` and ``port``: a server's or endpoint's own, a client's
    destination, or a multicast group's. ``peer``: where a UDP endpoint sends by default; ``connected``: it
    sends nowhere else (connect()); of a relay: its target. ``to_target``, ``to_client``: what a relay does in
    each direction, as `net.protocol.impairment.settings` reads it."""

    transport: str = Transport.TCP.value
    role: str = Role.SERVER.value
    host: str = "0.0.0.0"
    port: str = str(TUTORIAL_PORT)
    peer: str = ""
    connected: bool = False
    interface: str = ""
    ttl: str = "1"
    loop: bool = True
    framing: str = "raw"
    codec: str = "utf-8"
    backlog: str = str(DEFAULT_BACKLOG)
    reuse_address: bool = True
    no_delay: bool = True
    keep_alive: bool = False
    receive_buffer: str = ""
    send_buffer: str = ""
    dual_stack: bool = True
    local: str = ""
    timeout: str = "10"
    tls: bool = False
    tls_verify: bool = False
    tls_certificate: str = ""
    tls_key: str = ""
    tls_name: str = ""
    tls_authority: str = ""
    reply_rules: tuple[ReplyRule, ...] = ()
    to_target: str = ""
    to_client: str = ""
    seed: str = ""

    @property
    def is_relay(self) -> bool:
        return self.role == Role.RELAY.value

    @property
    def is_tcp(self) -> bool:
        return self.transport == Transport.TCP.value

    @property
    def wire(self) -> Transport:
        """The transport, which is TLS if that is switched on."""
        return Transport.TLS if self.is_tcp and self.tls and not self.is_relay else Transport(self.transport)

    @property
    def role_kind(self) -> Role:
        return Role(self.role)

    @property
    def address(self) -> Address:
        """Host and port together. Raises `AddressError`."""
        host, scope = parse_host(self.host)
        zero = self.role_kind in OWN_ADDRESS
        return Address(host, parse_port(self.port, zero=zero), scope)

    @property
    def destination(self) -> Address | None:
        """Where a UDP endpoint sends by default: its peer, broadcast address or group; a relay's target.
        Raises `AddressError`."""
        if self.role_kind is Role.MULTICAST:
            return self.address
        if self.is_relay:
            return Address.parse(self.peer)
        if self.is_tcp or not self.peer.strip():
            return None
        return Address.parse(self.peer, self.address.port or None)

    def with_role(self, transport: Transport, role: Role) -> Choice:
        """The same choice in another role; a host that was only the old role's default becomes the new role's
        default."""
        host = self.host
        if host.strip() in ("", *DEFAULT_HOSTS.values()):
            host = DEFAULT_HOSTS[role]
        peer = self.peer
        if role is Role.BROADCAST and not peer.strip():
            peer = "255.255.255.255"
        elif role is not Role.BROADCAST and peer.strip() == "255.255.255.255":
            peer = ""
        port = self.port
        if role is Role.RELAY and not self.is_relay:
            # It stands in front of the tutorial's server unless it is told otherwise.
            peer = f"{LOOPBACK}:{TUTORIAL_PORT}"
            port = RELAY_PORT if port.strip() == str(TUTORIAL_PORT) else port
        elif self.is_relay and role is not Role.RELAY:
            peer = "" if role is not Role.BROADCAST else "255.255.255.255"
            port = str(TUTORIAL_PORT) if port.strip() == RELAY_PORT else port
        # Automatic replies belong to the device that is simulated, not to the next session of another kind.
        rules = self.reply_rules if (transport.value, role.value) == (self.transport, self.role) else ()
        changed = replace(
            self,
            transport=transport.value,
            role=role.value,
            host=host,
            port=port,
            peer=peer,
            reply_rules=rules,
        )
        if transport.value == self.transport:
            return changed
        known = STREAM_SETTINGS if changed.is_tcp else DATAGRAM_SETTINGS
        return replace(
            changed, to_target=_only(self.to_target, known), to_client=_only(self.to_client, known)
        )

    def problems(self) -> dict[str, Problem]:
        """Field name -> what is wrong with it; empty if the choice can be opened."""
        found: dict[str, Problem] = {}
        self._check_addresses(found)
        if self.is_relay:
            self._check_relay(found)
            return found
        self._check_numbers(found)
        try:
            parse_framing(self.framing)
        except FramingError:
            found["framing"] = Problem("framing", self.framing)
        try:
            parse_codec(self.codec)
        except CodecError:
            found["codec"] = Problem("codec", self.codec)
        if self.is_tcp and self.tls and bool(self.tls_certificate.strip()) != bool(self.tls_key.strip()):
            found["tls_key"] = Problem("key_missing")
        return found

    def _check_addresses(self, found: dict[str, Problem]) -> None:
        role = self.role_kind
        try:
            host, _scope = parse_host(self.host)
            if role is Role.MULTICAST and not Address(host, 0).is_multicast:
                found["host"] = Problem("not_multicast", host)
        except AddressError as error:
            found["host"] = Problem(error.kind, error.value)
        try:
            parse_port(self.port, zero=role in OWN_ADDRESS)
        except AddressError as error:
            found["port"] = Problem(error.kind, error.value)
        if self.is_relay:
            if not self.peer.strip():
                found["peer"] = Problem("target")
            else:
                _check_address(found, "peer", self.peer, None)
        elif self.is_tcp:
            if role is Role.CLIENT and self.local.strip():
                _check_address(found, "local", self.local, 0)
        elif role is not Role.MULTICAST:
            if self.peer.strip():
                default = None if "port" in found else int(normalise_typed(self.port)) or None
                _check_address(found, "peer", self.peer, default)
            elif role is Role.BROADCAST or self.connected:
                found["peer"] = Problem("destination")

    def _check_relay(self, found: dict[str, Problem]) -> None:
        kind = StreamImpairment if self.is_tcp else Impairment
        for name, text in (("to_target", self.to_target), ("to_client", self.to_client)):
            try:
                parse_settings(kind, text)
            except ImpairmentError as error:
                found[name] = found[error.name] = Problem("impairment", error.value, error.low, error.high)
        seed = _number(self.seed)
        if self.seed.strip() and (seed is None or seed > MAX_SEED):
            found["seed"] = Problem("number", self.seed.strip(), 0, MAX_SEED)

    def _check_numbers(self, found: dict[str, Problem]) -> None:
        numbers = [("receive_buffer", self.receive_buffer, 1, MAX_BUFFER)]
        if self.is_tcp:
            numbers.append(("send_buffer", self.send_buffer, 1, MAX_BUFFER))
            if self.role_kind is Role.SERVER:
                numbers.append(("backlog", self.backlog, 1, MAX_BACKLOG))
            else:
                numbers.append(("timeout", self.timeout, 1, MAX_TIMEOUT))
        elif self.role_kind is Role.MULTICAST:
            numbers.append(("ttl", self.ttl, 0, MAX_TTL))
        for name, text, low, high in numbers:
            number = _number(text)
            if text.strip() and (number is None or not low <= number <= high):
                found[name] = Problem("number", text.strip(), low, high)

    def command(self, session: int) -> OpenCommand:
        """The opening command for this session id. Raises `ChoiceError`."""
        problems = self.problems()
        if problems:
            raise ChoiceError(problems)
        if self.is_relay:
            return self._relay(session)
        return self._tcp(session) if self.is_tcp else self._udp(session)

    def impairments(self) -> tuple[Impairment, Impairment] | tuple[StreamImpairment, StreamImpairment]:
        """What a relay does to the target, and back. Raises `ImpairmentError`."""
        if self.is_tcp:
            return (
                parse_settings(StreamImpairment, self.to_target),
                parse_settings(StreamImpairment, self.to_client),
            )
        return parse_settings(Impairment, self.to_target), parse_settings(Impairment, self.to_client)

    def _relay(self, session: int) -> RelayDatagrams | RelayStreams:
        target, codec = Address.parse(self.peer), parse_codec(self.codec)
        if self.is_tcp:
            slow_there = parse_settings(StreamImpairment, self.to_target)
            slow_back = parse_settings(StreamImpairment, self.to_client)
            return RelayStreams(session, self.address, target, slow_there, slow_back, codec)
        there, back = parse_settings(Impairment, self.to_target), parse_settings(Impairment, self.to_client)
        return RelayDatagrams(session, self.address, target, there, back, _number(self.seed), codec)

    def _tcp(self, session: int) -> TcpListen | TcpConnect:
        options = TcpOptions(
            reuse_address=self.reuse_address,
            no_delay=self.no_delay,
            keep_alive=self.keep_alive,
            receive_buffer=_number(self.receive_buffer),
            send_buffer=_number(self.send_buffer),
            dual_stack=self.dual_stack,
        )
        tls = None
        if self.tls:
            tls = TlsOptions(
                certificate=self.tls_certificate.strip(),
                key=self.tls_key.strip(),
                verify=self.tls_verify,
                server_name=self.tls_name.strip(),
                authority=self.tls_authority.strip(),
            )
        framing, codec = self.framing_choice, parse_codec(self.codec)
        if self.role_kind is Role.SERVER:
            backlog = _number(self.backlog) or DEFAULT_BACKLOG
            return TcpListen(
                session,
                self.address,
                backlog=backlog,
                options=options,
                framing=framing,
                codec=codec,
                tls=tls,
                reply_rules=self.reply_rules,
            )
        local = Address.parse(self.local, 0) if self.local.strip() else None
        return TcpConnect(
            session,
            self.address,
            local_address=local,
            timeout=float(_number(self.timeout) or 10),
            options=options,
            framing=framing,
            codec=codec,
            tls=tls,
            reply_rules=self.reply_rules,
        )

    def _udp(self, session: int) -> UdpOpen:
        address, group = self.address, None
        if self.role_kind is Role.MULTICAST:
            group = address
            address = Address("::" if group.version == 6 else "0.0.0.0", group.port)
        return UdpOpen(
            session,
            address,
            peer=self.destination if self.connected and group is None else None,
            broadcast=self.role_kind is Role.BROADCAST,
            group=group,
            interface=self.interface.strip(),
            ttl=(_number(self.ttl) if self.ttl.strip() else 1) or 0,
            loop=self.loop,
            # several programs on one PC may listen to one group, as in a class
            reuse_address=group is not None,
            receive_buffer=_number(self.receive_buffer),
            codec=parse_codec(self.codec),
            reply_rules=self.reply_rules,
        )

    @property
    def framing_choice(self) -> Framing:
        return parse_framing(self.framing)

    @classmethod
    def from_command(cls, command: OpenCommand) -> Choice:
        """The choice for this command; `command` converts it back to the same."""
        port = str(command.address.port)
        host = command.address.host_text.strip("[]")
        if isinstance(command, RelayDatagrams | RelayStreams):
            udp = isinstance(command, RelayDatagrams)
            return cls(
                transport=(Transport.UDP if udp else Transport.TCP).value,
                role=Role.RELAY.value,
                host=host,
                port=port,
                peer=str(command.target),
                codec=command.codec,
                to_target=str(command.to_target),
                to_client=str(command.to_client),
                seed=_text(command.seed) if isinstance(command, RelayDatagrams) else "",
            )
        if isinstance(command, UdpOpen):
            role = Role.BROADCAST if command.broadcast else Role.UNICAST
            if command.group is not None:
                role, host = Role.MULTICAST, command.group.host_text.strip("[]")
            return cls(
                transport=Transport.UDP.value,
                role=role.value,
                host=host,
                port=port,
                peer=str(command.peer) if command.peer is not None else "",
                connected=command.peer is not None,
                interface=command.interface,
                ttl=str(command.ttl),
                loop=command.loop,
                receive_buffer=_text(command.receive_buffer),
                codec=command.codec,
                reply_rules=tuple(command.reply_rules),
            )
        options, tls = command.options, command.tls or TlsOptions()
        common = cls(
            role=Role.SERVER.value if isinstance(command, TcpListen) else Role.CLIENT.value,
            host=host,
            port=port,
            framing=str(command.framing),
            codec=command.codec,
            reuse_address=options.reuse_address,
            no_delay=options.no_delay,
            keep_alive=options.keep_alive,
            receive_buffer=_text(options.receive_buffer),
            send_buffer=_text(options.send_buffer),
            dual_stack=options.dual_stack,
            tls=command.tls is not None,
            tls_verify=tls.verify,
            tls_certificate=tls.certificate,
            tls_key=tls.key,
            tls_name=tls.server_name,
            tls_authority=tls.authority,
            reply_rules=tuple(command.reply_rules),
        )
        if isinstance(command, TcpListen):
            return replace(common, backlog=str(command.backlog))
        local = command.local_address
        return replace(common, timeout=f"{command.timeout:g}", local="" if local is None else str(local))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: transport, role, and everything that differs from the default."""
        default, mine = asdict(Choice()), asdict(self)
        mine["reply_rules"] = [rule.to_dict() for rule in self.reply_rules]
        default["reply_rules"] = []
        kept = ("transport", "role", "host", "port")
        return {name: value for name, value in mine.items() if name in kept or value != default[name]}

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Choice:
        """The choice saved by `as_dict`; unknown names are ignored.

        Raises ValueError if a value has the wrong type, or the transport and role do not go together.
        """
        known: dict[str, Any] = {}
        default = cls()
        for name in cls.__struct_fields__:
            if name not in saved:
                continue
            value = saved[name]
            if name == "reply_rules":
                known[name] = tuple(_rule(entry) for entry in _list(value))
            elif type(value) is not type(getattr(default, name)):
                raise ValueError(name)
            else:
                known[name] = value
        choice = cls(**known)
        if choice.role not in [
            role.value for role in (*ROLES.get(Transport(choice.transport), ()), Role.RELAY)
        ]:
            raise ValueError("role")
        return choice


def _check_address(found: dict[str, Problem], name: str, text: str, default_port: int | None) -> None:
    try:
        Address.parse(text, default_port)
    except AddressError as error:
        found[name] = Problem(error.kind, error.value)


def _only(settings: str, known: Collection[str]) -> str:
    return "&".join(part for part in settings.split("&") if part.partition("=")[0] in known)


def _number(text: str) -> int | None:
    meant = normalise_typed(text)
    return int(meant) if meant.isascii() and meant.isdigit() and len(meant) < 11 else None


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("reply_rules")
    return value


def _rule(entry: object) -> ReplyRule:
    if not isinstance(entry, Mapping):
        raise ValueError("reply_rules")
    return ReplyRule.from_dict(entry)


def typed_address(text: str) -> tuple[str, str] | None:
    """``(host, port)`` if a person pasted both into the host field (``10.0.0.5:80``), else None."""
    try:
        address = Address.parse(text)
    except AddressError:
        return None
    return address.host_text.strip("[]"), str(address.port)
