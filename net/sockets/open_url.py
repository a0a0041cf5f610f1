"""``--open`` URLs: a session to open, written in one line (RFC 3986 syntax, schemes of our own).

    tcp-server://127.0.0.1:12345             tls-server://0.0.0.0:8443?cert=server.pem&key=server.key
    tcp-client://[::1]:12345?framing=lines   tls-client://name:443?verify=1
    udp://0.0.0.0:12345                      udp://0.0.0.0:0?peer=127.0.0.1:12345
    udp://0.0.0.0:5000?group=239.1.2.3       udp://0.0.0.0:0?peer=192.168.1.255:5000&broadcast=1
    relay+udp://127.0.0.1:6000?to=127.0.0.1:12345&loss=0.2&delay=50ms&back-loss=0
    relay+tcp://127.0.0.1:6000?to=127.0.0.1:12345&delay=50ms&rate=20000

Parameters of all: ``framing`` (TCP), ``codec``, ``reply`` (repeatable). TCP: ``bind``, ``timeout`` (seconds),
``backlog``, ``keepalive``. TLS: ``cert``, ``key``, ``ca``, ``verify``, ``name``. UDP: ``peer``, ``group``,
``interface``, ``ttl``, ``loop``, ``broadcast``, ``reuse``. Relays: ``to``, ``codec``, ``seed`` (UDP) and the
settings of `net.protocol.impairment.settings`, for both directions; with ``back-`` before its name a setting
is for the answers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import parse_qsl, unquote

from msgspec import Struct
from msgspec.structs import replace

from net.address import Address, AddressError, normalise_typed
from net.protocol.codec import CODECS, parse_codec
from net.protocol.framing import Framing, FramingError, parse_framing
from net.protocol.impairment.settings import (
    DATAGRAM_SETTINGS,
    STREAM_SETTINGS,
    Impairment,
    ImpairmentError,
    StreamImpairment,
    read_settings,
)
from net.protocol.reply import ReplyRule, ReplyRuleError, parse_reply
from net.sockets.commands import (
    CONNECT_TIMEOUT,
    DEFAULT_BACKLOG,
    RelayDatagrams,
    RelayStreams,
    TcpConnect,
    TcpListen,
    TcpOptions,
    TlsOptions,
    UdpOpen,
)

OpenCommand = TcpListen | TcpConnect | UdpOpen | RelayDatagrams | RelayStreams
BACK = "back-"
"""What stands before a setting of a relay that is for the answers alone."""

T = TypeVar("T")
ImpairmentT = TypeVar("ImpairmentT", Impairment, StreamImpairment)


def _with_back(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names) | {BACK + name for name in names}


_TCP = frozenset({"framing", "codec", "reply", "keepalive"})
_PARAMETERS = {
    "tcp-server": _TCP | {"backlog"},
    "tcp-client": _TCP | {"bind", "timeout"},
    "tls-server": _TCP | {"backlog", "cert", "key"},
    "tls-client": _TCP | {"bind", "timeout", "cert", "key", "ca", "verify", "name"},
    "relay+udp": _with_back(DATAGRAM_SETTINGS) | {"to", "codec", "seed"},
    "relay+tcp": _with_back(STREAM_SETTINGS) | {"to", "codec"},
    "udp": frozenset({"codec", "reply", "peer", "group", "interface", "ttl", "loop", "broadcast", "reuse"}),
}


class OpenUrlError(ValueError):
    """The URL can't be used. ``kind``: "scheme", "address", "parameter" (unknown) or "value" (of a
    parameter); ``part``: the scheme, address or name of the parameter; ``value``: its value; ``known``: the
    schemes, parameters or values there are, as they are written in a URL; () where they can't be told."""

    def __init__(self, kind: str, part: str, value: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(f"{kind}: {part} {value}".rstrip())
        self.kind = kind
        self.part = part
        self.value = value
        self.known = tuple(known)


_FRAMINGS = ("raw", "lines", "lines-crlf", "length2", "length4", "fixed:BYTES", "delimiter:HEX")
_REPLIES = ("echo", "any:ANSWER", "exact:TEXT=ANSWER", "contains:TEXT=ANSWER", "regex:PATTERN=ANSWER")


class _Parameters(Struct, frozen=True):
    """The query, converted value by value; a value that cannot be converted raises `OpenUrlError`."""

    values: dict[str, list[str]]

    def _convert(self, name: str, convert: Callable[[str], T], default: T, known: Iterable[str] = ()) -> T:
        given = self.values.get(name)
        if not given:
            return default
        try:
            return convert(given[-1])
        except (ValueError, LookupError, FramingError, ReplyRuleError) as error:
            raise OpenUrlError("value", name, given[-1], known) from error

    def text(self, name: str) -> str:
        return self.values.get(name, [""])[-1]

    def switch(self, name: str, default: bool) -> bool:
        return self._convert(name, _switch, default, ("1", "0"))

    def number(self, name: str, default: int, low: int, high: int) -> int:
        def whole(text: str) -> int:
            return int(_bounded(int(normalise_typed(text)), low, high))

        return self._convert(name, whole, default, (f"{low}…{high}",))

    def seconds(self, name: str, default: float) -> float:
        low, high = 0.001, 3600.0
        known = (f"{low:g}…{high:g}",)
        return self._convert(
            name, lambda text: _bounded(float(normalise_typed(text)), low, high), default, known
        )

    def address(self, name: str, default_port: int | None) -> Address | None:
        return self._convert(name, lambda text: Address.parse(text, default_port), None)

    def impairments(self, kind: type[ImpairmentT], known: Iterable[str]) -> tuple[ImpairmentT, ImpairmentT]:
        """To the target, and back."""
        there = {name: values[-1] for name, values in self.values.items() if name in known}
        back = {
            name[len(BACK) :]: values[-1] for name, values in self.values.items() if name.startswith(BACK)
        }
        try:
            return read_settings(kind, there.items()), read_settings(kind, {**there, **back}.items())
        except ImpairmentError as error:
            name = error.name if there.get(error.name) == error.value else f"{BACK}{error.name}"
            raise OpenUrlError("value", name if name in self.values else error.name, error.value) from error

    def framing(self) -> Framing:
        return self._convert("framing", parse_framing, Framing(), _FRAMINGS)

    def codec(self) -> str:
        return self._convert("codec", parse_codec, "utf-8", (codec.id for codec in CODECS))

    def rules(self) -> tuple[ReplyRule, ...]:
        rules = []
        for text in self.values.get("reply", ()):
            try:
                rules.append(parse_reply(text))
            except (ValueError, ReplyRuleError) as error:
                raise OpenUrlError("value", "reply", text, _REPLIES) from error
        return tuple(rules)


def _switch(text: str) -> bool:
    meant = normalise_typed(text).lower()
    if meant not in ("1", "yes", "true", "on", "0", "no", "false", "off"):
        raise ValueError(text)
    return meant in ("1", "yes", "true", "on")


def _bounded(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(value)
    return value


def parse_open_url(url: str, session: int = 0) -> OpenCommand:
    """The command of the URL, for session ``session`` (`for_session` replaces that id later).

    Raises `OpenUrlError`. Nothing is looked up or opened; a host name stays a name.
    """
    scheme, separator, rest = normalise_typed(url).partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in _PARAMETERS:
        raise OpenUrlError("scheme", scheme if separator else url, known=_PARAMETERS)
    # The query is not normalised: a reply may well contain full-width text on purpose.
    location = rest.partition("?")[0]
    query = url.partition("?")[2]
    parameters = _Parameters({})
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _PARAMETERS[scheme]:
            raise OpenUrlError("parameter", name, value, sorted(_PARAMETERS[scheme]))
        parameters.values.setdefault(name, []).append(value)
    location = unquote(location.rstrip("/"))
    try:
        # Only a listener or an endpoint may omit the host, which then means every interface.
        anywhere = location.startswith(":") and location.count(":") == 1 and not scheme.endswith("client")
        address = Address.parse(f"0.0.0.0{location}" if anywhere else location)
        if scheme.endswith("client") and address.port == 0:
            raise AddressError("port_range", "0")
    except AddressError as error:
        raise OpenUrlError("address", location) from error
    if scheme.startswith("relay+"):
        return _relay(scheme, session, address, parameters)
    if scheme == "udp":
        return _udp(session, address, parameters)
    return _tcp(scheme, session, address, parameters)


def _tcp(scheme: str, session: int, address: Address, parameters: _Parameters) -> OpenCommand:
    options = TcpOptions(keep_alive=parameters.switch("keepalive", False))
    tls = None
    if scheme.startswith("tls"):
        tls = TlsOptions(
            certificate=parameters.text("cert"),
            key=parameters.text("key"),
            verify=parameters.switch("verify", False),
            server_name=parameters.text("name"),
            authority=parameters.text("ca"),
        )
    if scheme.endswith("server"):
        return TcpListen(
            session,
            address,
            backlog=parameters.number("backlog", DEFAULT_BACKLOG, 0, 65535),
            options=options,
            framing=parameters.framing(),
            codec=parameters.codec(),
            tls=tls,
            reply_rules=parameters.rules(),
        )
    return TcpConnect(
        session,
        address,
        local_address=parameters.address("bind", 0),
        timeout=parameters.seconds("timeout", CONNECT_TIMEOUT),
        options=options,
        framing=parameters.framing(),
        codec=parameters.codec(),
        tls=tls,
        reply_rules=parameters.rules(),
    )


def _udp(session: int, address: Address, parameters: _Parameters) -> UdpOpen:
    return UdpOpen(
        session,
        address,
        peer=parameters.address("peer", None),
        broadcast=parameters.switch("broadcast", False),
        group=parameters.address("group", address.port),
        interface=parameters.text("interface"),
        ttl=parameters.number("ttl", 1, 0, 255),
        loop=parameters.switch("loop", True),
        reuse_address=parameters.switch("reuse", False),
        codec=parameters.codec(),
        reply_rules=parameters.rules(),
    )


def _relay(
    scheme: str, session: int, address: Address, parameters: _Parameters
) -> RelayDatagrams | RelayStreams:
    target = parameters.address("to", None)
    if target is None or target.port == 0:
        raise OpenUrlError("value", "to", parameters.text("to"))
    codec = parameters.codec()
    if scheme == "relay+tcp":
        slow_there, slow_back = parameters.impairments(StreamImpairment, STREAM_SETTINGS)
        return RelayStreams(session, address, target, slow_there, slow_back, codec)
    there, back = parameters.impairments(Impairment, DATAGRAM_SETTINGS)
    seed = parameters.number("seed", -1, 0, 1 << 32)
    return RelayDatagrams(session, address, target, there, back, None if seed < 0 else seed, codec)


def for_session(command: OpenCommand, session: int) -> OpenCommand:
    """The same command for another session id."""
    return replace(command, session=session)
