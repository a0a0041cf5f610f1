"""Enum values, faults and numbers as text for people, in the present language. No tkinter: the terminal uses
it too."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from gui.shared.i18n import _, ngettext
from gui.shared.store_wording import STORE_SENTENCES
from net.address import AddressError
from net.events import Fault, FaultKind, PortHolder
from net.protocol.impairment.settings import ImpairmentError
from net.sockets.events import CloseReason, RelayCounted, Role, State, Transport

if TYPE_CHECKING:
    from net.sockets.open_url import OpenUrlError

Params = Mapping[str, str | int | float]


def count_text(number: int | float) -> str:
    """A whole number in groups of three: ``1,234,567``, in both languages."""
    return f"{int(number):,}"


def size_text(size: int | float) -> str:
    """Bytes as a short size of at most three digits: ``512 B``, ``1.4 KB`` (of 1024), ``3.0 MB``."""
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            break
        value /= 1024
    if unit == "B":
        return f"{int(value)} B"
    return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"


def rate_text(rate: float) -> str:
    """Bytes a second: ``1.4 KB/s``."""
    return f"{size_text(rate)}/s"


def bytes_text(size: int) -> str:
    """An exact number of bytes, for lengths and limits."""
    return ngettext("{count} byte", "{count} bytes", size).format(count=count_text(size))


def duration_text(seconds: float) -> str:
    """From half a microsecond to days, in at most two units: ``0.4 ms``, ``3.2 s``, ``2 min 5 s``."""
    if seconds < 0.0000995:
        return _("{number} µs").format(number=f"{seconds * 1e6:.1f}")
    if seconds < 0.9995:
        return _("{number} ms").format(number=f"{seconds * 1e3:.3g}")
    if seconds < 59.95:
        return _("{number} s").format(number=f"{seconds:.1f}")
    whole = round(seconds)
    if whole < 3600:
        return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)


def time_text(time_ns: int, *, date: bool = False, milliseconds: bool = True) -> str:
    """``time.time_ns()`` as local time: ``14:03:07.125``, with ``date`` ``2025-03-09 14:03:07.125``."""
    from datetime import datetime

    moment = datetime.fromtimestamp(time_ns // 1_000_000_000)
    text = moment.strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S")
    return f"{text}.{time_ns % 1_000_000_000 // 1_000_000:03d}" if milliseconds else text


_STATES: dict[State, Callable[[], str]] = {
    State.IDLE: lambda: _("Idle"),
    State.RESOLVING: lambda: _("Looking up the name"),
    State.CONNECTING: lambda: _("Connecting"),
    State.HANDSHAKING: lambda: _("Agreeing on encryption"),
    State.LISTENING: lambda: _("Listening"),
    State.CONNECTED: lambda: _("Connected"),
    State.BOUND: lambda: _("Ready"),
    State.HALF_CLOSED_LOCAL: lambda: _("I have finished sending"),
    State.HALF_CLOSED_REMOTE: lambda: _("The peer has finished sending"),
    State.CLOSING: lambda: _("Closing"),
    State.CLOSED: lambda: _("Closed"),
}

_STATE_TONES = {
    State.IDLE: "mute",
    State.RESOLVING: "warn",
    State.CONNECTING: "warn",
    State.HANDSHAKING: "warn",
    State.LISTENING: "info",
    State.CONNECTED: "ok",
    State.BOUND: "ok",
    State.HALF_CLOSED_LOCAL: "warn",
    State.HALF_CLOSED_REMOTE: "warn",
    State.CLOSING: "warn",
    State.CLOSED: "mute",
}

_REASONS: dict[CloseReason, Callable[[], str]] = {
    CloseReason.BY_ME: lambda: _("Closed by me"),
    CloseReason.BY_PEER: lambda: _("Closed by the peer"),
    CloseReason.RESET: lambda: _("Reset by the peer"),
    CloseReason.ABORTED: lambda: _("Aborted by me"),
    CloseReason.TIMED_OUT: lambda: _("Timed out: the peer no longer answers"),
    CloseReason.FAILED: lambda: _("Ended by an error"),
    CloseReason.ENGINE_STOPPED: lambda: _("Closed when Duplex ended"),
}

_ROLES: dict[Role, Callable[[], str]] = {
    Role.SERVER: lambda: _("Server"),
    Role.CLIENT: lambda: _("Client"),
    Role.ACCEPTED: lambda: _("Accepted connection"),
    Role.UNICAST: lambda: _("Unicast"),
    Role.BROADCAST: lambda: _("Broadcast"),
    Role.MULTICAST: lambda: _("Multicast"),
    Role.RELAY: lambda: _("Relay"),
}

_FATES: dict[str, Callable[[], str]] = {
    "passed": lambda: _("passed"),
    "lost": lambda: _("✕ lost"),
    "queue-full": lambda: _("✕ queue full"),
    "doubled": lambda: _("a second time"),
    "reordered": lambda: _("overtaken"),
}

_CLIENT_STATES: dict[str, Callable[[], str]] = {
    "came": lambda: _("{client} came"),
    "went": lambda: _("{client} went"),
    "reset": lambda: _("{client}: the connection was reset"),
    "cut": lambda: _("{client}: the connection was cut"),
    "half-close": lambda: _("{client}: the connection was half-closed"),
    "refused": lambda: _("{client} was refused: there are too many"),
}


def state_text(state: State) -> str:
    return _STATES[state]()


def state_tone(state: State) -> str:
    """The tone of the state's dot, as in `Palette.tone`."""
    return _STATE_TONES[state]


def fate_text(fate: str) -> str:
    """What became of a datagram in a relay: a value of `net.protocol.impairment.datagrams.Fate`."""
    text = _FATES.get(fate)
    return text() if text is not None else fate


def relayed_text(fate: str, delay: float) -> str:
    """A datagram's fate, and how long the relay kept it if that is worth saying: "passed · 50 ms"."""
    text = fate_text(fate)
    return f"{text} · {duration_text(delay)}" if delay >= 0.0005 else text


def relay_count_texts(counts: RelayCounted) -> list[str]:
    """What became of what came to a relay: a sentence for each direction in which something came."""
    texts = []
    for name, one in ((_("To the target"), counts.to_target), (_("Way back"), counts.to_client)):
        if not one.came:
            continue
        parts = [
            (_("{count} passed"), one.passed),
            (_("{count} lost"), one.lost),
            (_("{count} found the queue full"), one.queue_full),
            (_("{count} doubled"), one.doubled),
            (_("{count} overtaken"), one.reordered),
        ]
        said = [text.format(count=count_text(number)) for text, number in parts if number]
        came = _("{count} came").format(count=count_text(one.came))
        texts.append(f"{name}: {' · '.join([came, *said])}")
    if counts.untold:
        texts.append(
            _("{count} passed too fast to be shown and kept.").format(count=count_text(counts.untold))
        )
    return texts


def client_text(client: str, state: str) -> str:
    """What happened to a relay's client: a state of `net.sockets.events.RelayClientChanged`."""
    text = _CLIENT_STATES.get(state)
    return text().format(client=client) if text is not None else f"{client} {state}"


def reason_text(reason: CloseReason) -> str:
    return _REASONS[reason]()


def reason_tone(reason: CloseReason) -> Literal["error", "mute"]:
    broken = (CloseReason.RESET, CloseReason.TIMED_OUT, CloseReason.FAILED)
    return "error" if reason in broken else "mute"


def role_text(role: Role) -> str:
    return _ROLES[role]()


def transport_text(transport: Transport) -> str:
    return transport.value.upper()


def _in_use(params: Params) -> str:
    address, seconds = params.get("address", ""), float(params.get("seconds") or 0)
    holder = params.get("holder")
    if holder == PortHolder.TIME_WAIT.value:
        why = _(
            "{address} still rests after a connection that was closed here first (TIME_WAIT): no program "
            "holds it, so none has to be ended."
        ).format(address=address)
        if seconds:
            until = _("It is free again in {seconds} s.").format(seconds=math.ceil(seconds))
        else:
            until = _("It is free again within two minutes.")
        return (
            why
            + " "
            + until
            + " "
            + _(
                "Wait, or choose another port. A server that sets SO_REUSEADDR never has to wait; the one"
                " before"
                " must have set it too."
            )
        )
    if holder == PortHolder.DUPLEX.value:
        return _(
            "{address} is in use by Duplex itself: another session has it. Close that session, or choose "
            "another port."
        ).format(address=address)
    if params.get("program"):
        return _(
            "{address} is in use by {program} (process {pid}). Choose another port, or end that program."
        ).format(**{"pid": "?", **params})
    return _("{address} is in use by another program. Choose another port, or end that program.").format(
        address=address
    )


def _pair_in_use(params: Params) -> str:
    seconds = float(params.get("seconds") or 0)
    if seconds:
        until = _("It is free again in {seconds} s.").format(seconds=math.ceil(seconds))
    else:
        until = _("It is free again within two minutes, or once that connection is closed.")
    return (
        _(
            "There is, or was until just now, a connection from {local} to {address}, and there can be only "
            "one between the same two addresses."
        ).format(local=params.get("local", ""), address=params.get("address", ""))
        + f" {until} "
        + _("Or connect from another port, or from 0 to let the system choose.")
    )


def _not_allowed(params: Params) -> str:
    address, port = params.get("address", ""), int(params.get("port") or 0)
    if 0 < port < 1024:
        return _(
            "The system does not allow {address}: ports below 1024 are reserved for its own services. Choose "
            "a port from 1024 up, or ask the administrator."
        ).format(address=address)
    return _(
        "The system does not allow {address}: it has reserved that port for itself, or another program has it"
        " for itself alone. Choose another port."
    ).format(address=address)


def _timed_out(params: Params) -> str:
    address, seconds = params.get("address", "?"), float(params.get("seconds") or 0)
    if not seconds:
        return _(
            "{address} no longer answers: its PC is off, its cable is out, or a firewall drops what is sent "
            "to it. What was on its way may be lost."
        ).format(address=address)
    return _(
        "{address} did not answer within {seconds} s. Check the address and that the PC is on; a firewall"
        " may drop"
        " what is sent to it."
    ).format(address=address, seconds=f"{seconds:g}")


def _too_long(params: Params) -> str:
    return _(
        "The message has {size}, but at most {limit} fit. Shorten it, or send it in parts or over TCP."
    ).format(size=bytes_text(int(params["size"])), limit=bytes_text(int(params["limit"])))


def _wrong_size(params: Params) -> str:
    return _(
        "The message has {size}, but this session's fixed size is {expected}. Fill it up, or change the"
        " framing."
    ).format(size=bytes_text(int(params["size"])), expected=bytes_text(int(params["expected"])))


def _framing_limit(params: Params) -> str:
    return _(
        "The peer sent more than {limit} without an end of message. The framing may not be the peer's: try"
        " raw."
    ).format(limit=bytes_text(int(params["limit"])))


def _buffer_full(params: Params) -> str:
    return _(
        "The peer is not reading: {size} more would exceed the {limit} that may wait for it. Nothing of"
        " this message"
        " was sent; wait, or close the connection."
    ).format(size=size_text(float(params["size"])), limit=size_text(float(params["limit"])))


def _reply_limit(params: Params) -> str:
    limit = int(params["limit"])
    return ngettext(
        "{address} asks more than {limit} time a second, and an automatic reply answers no more often: the"
        " rest"
        " gets none. Is that a program that answers automatically, too? Otherwise raise the rule's limit.",
        "{address} asks more than {limit} times a second, and an automatic reply answers no more often: the"
        " rest"
        " gets none. Is that a program that answers automatically, too? Otherwise raise the rule's limit.",
        limit,
    ).format(limit=count_text(limit), address=params.get("address", ""))


def _replies_pending(params: Params) -> str:
    return _(
        "{limit} delayed replies wait already, so this one is left out. Shorten the rule's delay."
    ).format(limit=count_text(int(params["limit"])))


def _relay_clients(params: Params) -> str:
    limit = int(params["limit"])
    return ngettext(
        "This relay already has {limit} client, as many as it can. New ones are refused until one has gone.",
        "This relay already has {limit} clients, as many as it can. New ones are refused until one has gone.",
        limit,
    ).format(limit=count_text(limit))


def _plain(sentence: Callable[[], str]) -> Callable[[Params], str]:
    return lambda params: sentence().format(**params)


_FAULTS: dict[FaultKind, Callable[[Params], str]] = {
    FaultKind.ADDRESS_INVALID: _plain(
        lambda: _("“{value}” is no address. Write a host and a port, such as 127.0.0.1:12345.")
    ),
    FaultKind.NAME_NOT_FOUND: _plain(
        lambda: _("Nobody is called {host}. Check the spelling, or use the IP address.")
    ),
    FaultKind.NAME_LOOKUP_FAILED: _plain(
        lambda: _(
            "The name {host} could not be looked up ({detail}). Check the network, or use the IP address."
        )
    ),
    FaultKind.ADDRESS_IN_USE: _in_use,
    FaultKind.PAIR_IN_USE: _pair_in_use,
    FaultKind.NO_FREE_PORT: _plain(
        lambda: _(
            "The system has no free port left for {address}: too many connections are open or have just "
            "ended. Close some, or wait a minute."
        )
    ),
    FaultKind.IPV6_OFF: _plain(
        lambda: _(
            "{address} is an IPv6 address, and IPv6 is switched off on this PC. Use an IPv4 address; that of "
            "this PC itself is 127.0.0.1."
        )
    ),
    FaultKind.SCOPE_MISSING: _plain(
        lambda: _(
            "{address} may be on any network interface. Write after the address which one, such as"
            " fe80::1%eth0 (on Windows its number: fe80::1%12)."
        )
    ),
    FaultKind.NOT_ONE_PC: _plain(
        lambda: _(
            "{address} does not stand for one PC, and TCP connects to one. Give the server's own address, "
            "such as 192.168.1.20, or 127.0.0.1 for this PC."
        )
    ),
    FaultKind.ADDRESS_NOT_LOCAL: _plain(
        lambda: _("{address} is no address of this PC. Choose one of its own, or 0.0.0.0 for all of them.")
    ),
    FaultKind.ADDRESS_FAMILY: _plain(
        lambda: _(
            "{address} can't be reached from here: IPv4 and IPv6 do not match, or IPv6 is switched off on"
            " this"
            " PC. Use an address of the other kind."
        )
    ),
    FaultKind.PERMISSION: _not_allowed,
    FaultKind.FORBIDDEN: _plain(
        lambda: _(
            "This PC's system lets nothing go to {address}: a firewall or a route here forbids it. Ask the"
            " administrator."
        )
    ),
    FaultKind.PORT_CLOSED: _plain(
        lambda: _(
            "No answer from {address}: the PC is there, but no program has that UDP port now. Start it, or "
            "check the port. What was sent is lost; UDP goes on sending all the same."
        )
    ),
    FaultKind.REFUSED: _plain(
        lambda: _(
            "{address} refused: the PC is there, but no program listens on that port. Start the server first,"
            " or check the port."
        )
    ),
    FaultKind.UNREACHABLE: _plain(
        lambda: _(
            "There is no way to {address}. Check the cable or Wi-Fi, and that both PCs are in the same"
            " network."
        )
    ),
    FaultKind.TIMED_OUT: _timed_out,
    FaultKind.CANCELLED: _plain(lambda: _("Cancelled.")),
    FaultKind.RESET: _plain(
        lambda: _(
            "{address} broke the connection off (RST): its program ended or closed without reading all."
            " What was"
            " on its way may be lost."
        )
    ),
    FaultKind.TLS_FAILED: _plain(
        lambda: _("The two ends could not agree on encryption ({detail}). Does the other end speak TLS too?")
    ),
    FaultKind.TLS_NOT_VERIFIED: _plain(
        lambda: _(
            "The peer's certificate could not be verified ({detail}). Give its authority's file, or switch"
            " verification off if you trust this network."
        )
    ),
    FaultKind.MESSAGE_TOO_LONG: _too_long,
    FaultKind.MESSAGE_SIZE: _wrong_size,
    FaultKind.FRAMING_LIMIT: _framing_limit,
    FaultKind.FRAMING_INVALID: _plain(
        lambda: _(
            "What the peer sent does not fit the framing ({detail}). Choose the framing the peer uses, or"
            " raw."
        )
    ),
    FaultKind.HALF_CLOSE_UNAVAILABLE: _plain(
        lambda: _("An encrypted connection can't be closed in one direction only. Close it altogether.")
    ),
    FaultKind.NOT_OPEN: _plain(lambda: _("This session is no longer open. Start it again.")),
    FaultKind.NOT_CONNECTED: _plain(
        lambda: _("Nobody is connected yet, so nothing was sent. Wait for a client to connect.")
    ),
    FaultKind.NO_DESTINATION: _plain(
        lambda: _("Whom shall this go to? Give a destination address, or choose a sender to answer.")
    ),
    FaultKind.SEND_BUFFER_FULL: _buffer_full,
    FaultKind.BROADCAST_NOT_ALLOWED: _plain(
        lambda: _("{address} is a broadcast address. Choose the role Broadcast to send to everybody.")
    ),
    FaultKind.GROUP_INVALID: _plain(
        lambda: _(
            "{address} is no multicast group. IPv4 groups are 224.0.0.0 to 239.255.255.255, IPv6 groups begin"
            " with ff."
        )
    ),
    FaultKind.ADDRESS_GONE: _plain(
        lambda: _(
            "This PC no longer has the address {address}: its cable is out, its Wi-Fi or VPN is off, or it"
            " got another address. Nothing arrives until it is back. If it stays away, close this session and"
            " open it again."
        )
    ),
    FaultKind.INTERFACE_GONE: _plain(
        lambda: _("The network interface {interface} is gone. Plug it in or switch it on, then start again.")
    ),
    FaultKind.TOO_MANY_FILES: _plain(
        lambda: _(
            "The system allows no more open sockets. Close some sessions, or raise the limit (ulimit -n)."
        )
    ),
    FaultKind.FILE_UNREADABLE: _plain(
        lambda: _("{path} can't be read ({detail}). Check that it exists and that you may read it.")
    ),
    FaultKind.FILE_CHANGED: _plain(
        lambda: _("{path} changed while it was being sent, so sending stopped. Send it again.")
    ),
    **STORE_SENTENCES,
    FaultKind.RELAY_LOOP: _plain(
        lambda: _(
            "{address} leads back to this relay: what it passes on would circle for ever. Give the address of"
            " the program that is to get it, or another port to listen on."
        )
    ),
    FaultKind.RELAY_TARGET: _plain(
        lambda: _(
            "{address} is not one program's address: everybody there would answer, and one datagram would"
            " become many. Give the address of one program, such as 192.168.1.20:12345."
        )
    ),
    FaultKind.RELAY_SENDS_NOTHING: _plain(
        lambda: _("A relay passes on what others send; it sends nothing itself.")
    ),
    FaultKind.RELAY_CLIENTS: _relay_clients,
    FaultKind.REPLY_LIMIT: _reply_limit,
    FaultKind.REPLIES_PENDING: _replies_pending,
    FaultKind.INTERNAL: _plain(
        lambda: _(
            "Something went wrong inside Duplex ({detail}). Try again, or start Duplex anew. If it stays so,"
            " please report it; the details are in the log."
        )
    ),
    FaultKind.SYSTEM: _plain(lambda: _("The system says: {detail} (error {errno}).")),
}


_STATES_OF_FAULTS: dict[FaultKind, Callable[[], str]] = {
    FaultKind.PORT_CLOSED: lambda: _("No answer from {address} since {time}, {count} times"),
    FaultKind.UNREACHABLE: lambda: _("No way to {address} since {time}, {count} times"),
    FaultKind.NOT_CONNECTED: lambda: _("Nobody connected since {time}: {count} times nothing was sent"),
    FaultKind.REPLY_LIMIT: lambda: _(
        "More than {limit} a second from {address} since {time}: {count} not answered"
    ),
}


def repeated_text(fault: Fault, count: int, since: int) -> str:
    """A fault that goes on, as one state: "No answer from ... since 10:31:07, 214 times". ``since``: ns."""
    state = _STATES_OF_FAULTS.get(fault.kind)
    if state is None:
        text = fault_text(fault)
        often = _("(since {time}, {count} times)")
        text = f"{text} {often}"
        params: dict[str, str] = {}
    else:
        text = state()
        params = {name: clean(str(value)) for name, value in fault.params.items()}
    values = {"count": count_text(count), "time": time_text(since, milliseconds=False)}
    return _filled(text, {**params, **values})


def fault_over_text(fault: Fault | None, count: int, since: int) -> str:
    """A fault that went on is over; None: the address that had gone is back."""
    if fault is None:
        return _("The address is there again")
    return _("Over: {what}").format(what=repeated_text(fault, count, since))


def urgent_text(value: int, position: int) -> str:
    """Where in the stream the urgent byte stands; ``position`` counts from 0."""
    return _(
        "The byte {hex} (byte {place} of the stream) was sent as urgent (MSG_OOB). It stands in its place "
        "below."
    ).format(hex=f"{value:02x}", place=count_text(position + 1))


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def fault_text(fault: Fault) -> str:
    """What happened and what to do about it, in one or two sentences."""
    params = {name: clean(value) if isinstance(value, str) else value for name, value in fault.params.items()}
    try:
        return _FAULTS[fault.kind](params)
    except (KeyError, IndexError, ValueError):
        shown = "; ".join(f"{name}: {value}" for name, value in params.items())
        return f"{fault.kind.value} ({shown})" if shown else fault.kind.value


def clean(text: str, limit: int = 300) -> str:
    """A name or detail from outside, made safe for one line: without control, bidi-override and lone
    surrogate characters."""
    kept = "".join(char for char in text if char.isprintable() and char not in _BIDI)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")


def address_error_text(error: AddressError) -> str:
    """What is wrong with a typed address or port."""
    value = clean(error.value)
    sentences: dict[str, Callable[[], str]] = {
        "empty": lambda: _("An address is missing, such as 127.0.0.1 or localhost."),
        "space": lambda: _("“{value}” has a space in it; an address has none."),
        "host": lambda: _("“{value}” is no IP address and no host name."),
        "port": lambda: _("“{value}” is no port: a port is a whole number from 0 to 65535."),
        "port_range": lambda: _(
            "{value} is no possible port: the highest is 65535, and 0 only lets a server choose."
        ),
        "port_missing": lambda: _("The port is missing: a number from 1 to 65535, such as 12345."),
    }
    sentence = sentences.get(error.kind)
    return sentence().format(value=value) if sentence else value


def impairment_error_text(name: str, value: str, low: float, high: float) -> str:
    """A relay's setting is out of its range."""
    if math.isinf(high):
        return _("“{value}” is no possible value of “{name}”: whole numbers from {low}.").format(
            value=value, name=name, low=f"{low:g}"
        )
    return _("“{value}” is no possible value of “{name}”: {low} to {high} are.").format(
        value=value, name=name, low=f"{low:g}", high=f"{high:g}"
    )


def open_url_error_text(error: OpenUrlError) -> str:
    """What is wrong with an ``--open`` URL."""
    part, value = clean(error.part), clean(error.value)
    if isinstance(error.__cause__, AddressError):
        return (
            f"{part}: {address_error_text(error.__cause__)}" if part else address_error_text(error.__cause__)
        )
    sentences: dict[str, Callable[[], str]] = {
        "scheme": lambda: _("“{part}” is none of the kinds {known}."),
        "address": lambda: _("“{part}” is no address."),
        "parameter": lambda: _("“{part}” is no parameter of this kind of session. Possible: {known}."),
        "value": lambda: (
            _("“{value}” is no possible value of “{part}”. Possible: {known}.")
            if error.known
            else _("“{value}” is no possible value of “{part}”.")
        ),
    }
    if (error.kind, error.part, error.value) == ("value", "to", ""):
        return _("A relay needs a target: to=HOST:PORT.")
    cause = error.__cause__
    if isinstance(cause, ImpairmentError) and cause.low <= cause.high:
        return impairment_error_text(part, value, cause.low, cause.high)
    sentence = sentences.get(error.kind)
    known = ", ".join(error.known)
    return sentence().format(part=part, value=value, known=known) if sentence else str(error)
