"""The Sockets page's texts about choices, errors in fields and session states. No tkinter here."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Mapping

from gui.pages.sockets.choice import Choice, Problem
from gui.pages.sockets.model import SessionInfo
from gui.shared import wording
from gui.shared.i18n import N_, _
from net.address import Address, AddressError
from net.events import FaultKind, PortHolder
from net.protocol.checksum import Checksum
from net.protocol.compose import ComposeError, ComposeErrorKind, ComposeMode, LineEnding
from net.sockets.events import Role, State

_ROLE_HELP: Mapping[Role, str] = {
    Role.SERVER: N_(
        "TCP waits here for clients to connect, as a telephone waits for a call. Reliable and in order: "
        "for files, mail, web pages, log-ins."
    ),
    Role.CLIENT: N_(
        "TCP connects to a server first, as one dials before speaking. Reliable and in order, "
        "and it waits for what was lost: for files, mail, web pages."
    ),
    Role.UNICAST: N_(
        "UDP sends to one address without connecting, like a text message. At once, but data can be lost or "
        "overtake: for games, video, DNS."
    ),
    Role.BROADCAST: N_(
        "UDP to everyone on this network at once, without connecting. Nothing is guaranteed: "
        "to find devices, to announce."
    ),
    Role.RELAY: N_(
        "A bad network between two programs: what clients send here goes on to the target, and its answers "
        "come back."
    ),
    Role.MULTICAST: N_(
        "UDP to all who joined a group, and to nobody else. Nothing is guaranteed: "
        "for one video or sensor and many listeners."
    ),
}
_HOST_LABELS: Mapping[Role, str] = {
    Role.SERVER: N_("Listen on"),
    Role.CLIENT: N_("Server address"),
    Role.UNICAST: N_("This PC's address"),
    Role.BROADCAST: N_("This PC's address"),
    Role.MULTICAST: N_("Group"),
    Role.RELAY: N_("Clients come to"),
}
_TCP_RELAY_HELP = N_(
    "A slow network between two programs. It can't lose a segment: what it has read, TCP has acknowledged "
    "already."
)
MODES: Mapping[ComposeMode, str] = {
    ComposeMode.TEXT: N_("Text"),
    ComposeMode.ESCAPES: N_("Escapes"),
    ComposeMode.HEX: N_("Hex"),
}
LINE_ENDINGS: Mapping[LineEnding, str] = {
    LineEnding.NONE: N_("no line end"),
    LineEnding.LF: N_("+ LF"),
    LineEnding.CRLF: N_("+ CR LF"),
    LineEnding.CR: N_("+ CR"),
}
CHECKSUMS: Mapping[Checksum, str] = {
    Checksum.NONE: N_("no checksum"),
    Checksum.SUM8: N_("+ sum-8"),
    Checksum.CRC16_MODBUS: N_("+ CRC-16/Modbus"),
    Checksum.CRC32: N_("+ CRC-32"),
}
FRAMINGS: Mapping[str, str] = {
    "raw": N_("As it arrives"),
    "lines": N_("Lines (LF)"),
    "lines-crlf": N_("Lines (CR LF)"),
    "length2": N_("Length, 2 bytes before"),
    "length4": N_("Length, 4 bytes before"),
    "fixed": N_("Fixed size"),
    "delimiter": N_("Delimiter"),
}


def role_help(choice: Choice) -> str:
    """What a choice's role means and when to choose it, in one or two sentences."""
    if choice.is_relay and choice.is_tcp:
        return _(_TCP_RELAY_HELP)
    return _(_ROLE_HELP[choice.role_kind])


def address_hint(choice: Choice) -> str:
    """What this PC's chosen address means for what is heard and answered there; "" if nothing needs
    saying."""
    if choice.is_tcp or choice.is_relay or choice.role_kind is Role.MULTICAST:
        return ""
    try:
        own = choice.address
    except AddressError:
        return ""
    windows = sys.platform == "win32"
    if choice.role_kind is Role.BROADCAST and not windows and not own.is_any and not own.is_loopback:
        return _(
            "At an address of its own this PC sends to everybody, but the system lets no broadcast in here."
            " Choose"
            " 0.0.0.0 to hear them too."
        )
    if own.is_any and windows and not choice.connected:
        return _(
            "If this PC has several addresses, Windows chooses the one that answers leave from. Choose the"
            " one that"
            " others ask, and they hear it."
        )
    return ""


def peer_label(role: Role) -> str:
    return _("Passed on to (address:port)") if role is Role.RELAY else _("Send to (address:port)")


def host_label(role: Role) -> str:
    return _(_HOST_LABELS[role])


def start_text(role: Role) -> str:
    """The label of the button that opens a session of this role."""
    if role is Role.SERVER:
        return _("Start listening")
    if role is Role.CLIENT:
        return _("Connect")
    if role is Role.RELAY:
        return _("Start relaying")
    return _("Join the group") if role is Role.MULTICAST else _("Open")


def stop_text(known: SessionInfo) -> str:
    """The label of the button that ends this session."""
    if known.is_starting:
        return _("Cancel")
    if known.role is Role.SERVER:
        return _("Stop listening")
    if known.role is Role.RELAY:
        return _("Stop relaying")
    if known.is_connection:
        return _("Disconnect")
    return _("Close")


def problem_text(problem: Problem) -> str:
    """What is wrong in a field, and what would be right."""
    value = problem.value
    texts = {
        "number": _("A whole number from {low} to {high} is needed."),
        "not_multicast": _(
            "{value} is no group: groups go from 224.0.0.0 to 239.255.255.255, or begin with ff."
        ),
        "framing": _("This way of telling messages apart needs a value: bytes, or a delimiter in hex."),
        "codec": _("This text codec is not known."),
        "key_missing": _("A certificate and its key go together: give both files, or neither."),
        "target": _("To whom? A relay needs the address and port of a program, such as 127.0.0.1:12345."),
        "impairment": _("A number from {low} to {high} is needed."),
        "destination": _("Where to? An address and port are needed, such as 192.168.1.20:12345."),
    }
    if problem.kind not in texts:
        return wording.address_error_text(AddressError(problem.kind, value))
    return texts[problem.kind].format(value=value, low=f"{problem.low:.15g}", high=f"{problem.high:.15g}")


def compose_error_text(error: ComposeError) -> str:
    """What is wrong in the composer, and where; positions count from 1."""
    texts = {
        ComposeErrorKind.NOT_HEX: _("“{found}” at place {place} is no hex digit: 0–9 and A–F are."),
        ComposeErrorKind.ODD_DIGITS: _(
            "The digit “{found}” at place {place} has no partner: a byte is two digits."
        ),
        ComposeErrorKind.PREFIX_WITHOUT_DIGITS: _("“{found}” at place {place} has no digits after it."),
        ComposeErrorKind.UNKNOWN_ESCAPE: _(
            "“{found}” at place {place} is no escape. Write \\\\ for a backslash."
        ),
        ComposeErrorKind.ESCAPE_TOO_SHORT: _("The escape “{found}” at place {place} is cut short."),
        ComposeErrorKind.NO_SUCH_CHARACTER: _("“{found}” at place {place} is no character of Unicode."),
    }
    return texts[error.kind].format(found=error.found, place=error.position + 1)


def session_title(known: SessionInfo) -> str:
    """A session's name: its peer if it has one, else its own address."""
    if known.is_connection:
        peer = known.remote or known.trying
        return str(peer) if peer is not None else _("Connection")
    own = known.local or known.trying
    if known.role is Role.MULTICAST and known.choice is not None:
        return _("Group {address}").format(address=known.trying or own)
    return str(own) if own is not None else wording.role_text(known.role)


def session_kind(known: SessionInfo) -> str:
    """ "TCP server", "UDP broadcast" ..."""
    if known.role is Role.ACCEPTED:
        return wording.transport_text(known.transport)
    return f"{wording.transport_text(known.transport)} · {wording.role_text(known.role)}"


def status_words(known: SessionInfo) -> tuple[str, str]:
    """A session's state as text, and its tone (see `Palette.tone`)."""
    if known.open_failed:
        cancelled = known.fault is not None and known.fault.kind is FaultKind.CANCELLED
        if known.fault is not None and known.fault.params.get("holder") == PortHolder.TIME_WAIT.value:
            return _("Port not free yet"), "error"
        return (_("Cancelled"), "mute") if cancelled else (_FAILURES.get(_kind(known), failed)(), "error")
    if known.earlier and known.reason is None:
        return _("Cut off with Duplex"), "mute"
    if known.reason is not None:
        return wording.reason_text(known.reason), wording.reason_tone(known.reason)
    if known.lasting is not None and known.lasting.kind in _LASTING:
        return _LASTING[known.lasting.kind](), "warn"
    if known.role is Role.RELAY and known.state in (State.LISTENING, State.BOUND):
        return _("Relaying"), "info"
    if known.state is State.LISTENING:
        return _("Listening"), "info"
    return wording.state_text(known.state), wording.state_tone(known.state)


def failed() -> str:
    return _("Failed")


_LASTING: Mapping[FaultKind, Callable[[], str]] = {
    FaultKind.ADDRESS_GONE: lambda: _("Address gone"),
    FaultKind.PORT_CLOSED: lambda: _("No answer"),
    FaultKind.UNREACHABLE: lambda: _("Unreachable"),
    FaultKind.NOT_CONNECTED: lambda: _("Nobody connected"),
    FaultKind.INTERFACE_GONE: lambda: _("Interface gone"),
    FaultKind.REPLY_LIMIT: lambda: _("Too many to answer"),
    FaultKind.FORBIDDEN: lambda: _("Not allowed"),
}


def _kind(known: SessionInfo) -> FaultKind | None:
    return known.fault.kind if known.fault is not None else None


_FAILURES: Mapping[FaultKind | None, Callable[[], str]] = {
    FaultKind.REFUSED: lambda: _("Refused"),
    FaultKind.TIMED_OUT: lambda: _("Timed out"),
    FaultKind.UNREACHABLE: lambda: _("Unreachable"),
    FaultKind.NAME_NOT_FOUND: lambda: _("Unknown name"),
    FaultKind.NAME_LOOKUP_FAILED: lambda: _("Unknown name"),
    FaultKind.ADDRESS_IN_USE: lambda: _("Port in use"),
    FaultKind.PAIR_IN_USE: lambda: _("Port in use"),
    FaultKind.NO_FREE_PORT: lambda: _("No free port"),
    FaultKind.PERMISSION: lambda: _("Not allowed"),
    FaultKind.FORBIDDEN: lambda: _("Not allowed"),
    FaultKind.RESET: lambda: _("Reset by the peer"),
    FaultKind.TLS_FAILED: lambda: _("No encryption agreed"),
    FaultKind.TLS_NOT_VERIFIED: lambda: _("Certificate not trusted"),
}


@functools.cache
def _beside_chinese() -> re.Pattern[str]:
    """Compiled when it is first needed: so large a class of characters takes milliseconds."""
    return re.compile("(?<=[\u2e80-\uffff]) (?=[!-~])|(?<=[!-~]) (?=[\u2e80-\uffff])")


def unbroken(text: str) -> str:
    """Chinese text in which Tk does not take the space beside a Latin word as the only place to break the
    line."""
    return text if text.isascii() else _beside_chinese().sub("\u00a0", text)


def tls_words(version: str, cipher: str, verified: bool) -> str:
    """The result of a TLS handshake, and whether the peer's certificate was verified."""
    checked = _("certificate verified") if verified else _("certificate not verified")
    return f"{version} · {cipher} · {checked}"


def what_to_type(known: SessionInfo, own: Address | None) -> str:
    """The address:port to type at another PC to reach this listener or endpoint."""
    local = known.local
    if local is None:
        return ""
    if local.is_any and own is not None:
        return str(Address(own.host, local.port, own.scope))
    return str(local)


def mark_names() -> tuple[str, str, str]:
    """What the three marks of the diagram are called."""
    return _("observed"), _("derived"), _("simulated")


def endpoint_names(choice: Choice) -> tuple[str, str]:
    """The names of the two ends in the diagram before their addresses are known."""
    if choice.role_kind is Role.SERVER:
        return _("Server (here)"), _("Client")
    if choice.role_kind is Role.CLIENT:
        return _("Client (here)"), _("Server")
    if choice.is_relay:
        return _("Client"), _("Target")
    return _("This PC"), _("Others")
