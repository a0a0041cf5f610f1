"""The words of a picture, in the present language. Each label is offered in several lengths, the longest
first: the drawing takes the first that fits."""

from __future__ import annotations

import re
from collections.abc import Callable

from gui.shared.i18n import _, ngettext, pgettext
from gui.shared.lab_wording import moved_ports_text, trouble_text
from gui.shared.wording import count_text, duration_text
from net.lab.picture.rows import Flight, Note, Row, Strip
from net.lab.picture.state import ProgramState, SocketState
from net.lab.recording import Mark

_FAILURES = {
    "ConnectionRefusedError": lambda: pgettext("call", "refused"),
    "ConnectionResetError": lambda: pgettext("call", "reset"),
    "BrokenPipeError": lambda: pgettext("call", "broken pipe"),
    "TimeoutError": lambda: pgettext("call", "timed out"),
    "timeout": lambda: pgettext("call", "timed out"),
    "PermissionError": lambda: pgettext("call", "not allowed"),
    "UnicodeDecodeError": lambda: _("half a character"),
}
_IN_USE = {98, 48, 10048}
_SEGMENTS = {"syn": "SYN", "syn-ack": "SYN+ACK", "ack": "ACK", "fin": "FIN", "rst": "RST", "icmp": "ICMP"}


def program_head() -> str:
    return _("Program")


def kernel_head() -> str:
    return _("Kernel")


def not_seen() -> str:
    return _("not seen")


def more_programs(count: int) -> tuple[str, ...]:
    return (_("{count} more").format(count=count), f"+{count}")


def mark_name(mark: Mark) -> str:
    return {"observed": _("observed"), "derived": _("derived"), "simulated": _("simulated")}[mark]


def folded_acks() -> str:
    return _("ACKs, counted")


# --- Calls ---


def call_labels(row: Row) -> tuple[str, ...]:
    """``recv(100)``, ``recv``; a send's bytes are drawn, not written."""
    if row.pieces:
        return (row.name,) if any(piece.size for piece in row.pieces) else (f"{row.name}(b'')", row.name)
    if row.address:
        return (f"{row.name} {row.address}", f"{row.name} :{row.address.rpartition(':')[2]}", row.name)
    whole = f"{row.name}({row.arguments})"
    kind = next((part for part in row.arguments.split(", ") if part.startswith("SOCK_")), "")
    return (whole, f"{row.name}(…, {kind})", row.name) if kind else (whole, row.name)


def answer_label(row: Row) -> str:
    """``send(b'') → 0``: a call and what it returned, in one."""
    return f"{row.name}({row.arguments}) → {row.value}"


def return_labels(row: Row) -> tuple[str, ...]:
    """What comes back: bytes are drawn beside it."""
    if row.error:
        failure = failure_text(row)
        if row.error == "OSError" and failure != pgettext("call", "failed"):
            return (f"{row.name}: {failure}", failure)
        return (f"{row.name}: {row.error}", row.error, f"{row.name}: {failure}", failure)
    if row.end:
        end = pgettext("call", "the end")
        return (f"{row.name}: b''  {end}", f"{row.name}: b''", "b''")
    if row.pieces:
        return (row.name, "")
    if row.name == "accept":
        who = row.remote
        port = who.rpartition(":")[2]
        return (f"accept: {who}", f"accept: :{port}", "accept")
    if row.name in ("connect", "connect_ex", "create_connection"):
        connected = pgettext("call", "connected")
        return (f"{row.name}: {connected}", connected, row.name)
    if row.value.startswith("(b''"):  # of recvfrom(): an empty datagram, and who sent it
        return (f"{row.name}: b''", "b''")
    if row.value and row.value != "None":
        return (f"{row.name}: {row.value}", row.value, row.name)
    return (row.name,)


def failure_text(row: Row) -> str:
    if row.errno in _IN_USE:
        return pgettext("call", "address in use")
    known = _FAILURES.get(row.error)
    return known() if known is not None else pgettext("call", "failed")


def short_text(row: Row, asked: int) -> str:
    """The kernel took only a part of what was to be sent."""
    return _("{size} of {asked}").format(size=count_text(row.size), asked=count_text(asked))


_PLACE = re.compile(r"\('([^':]+)', (\d+)\)")
"""The arguments of connect() and bind()."""


def _call_and_address(state: ProgramState) -> tuple[str, str]:
    """The call as above its arrow when it is made, and the address in it, "" if there is none."""
    place = _PLACE.fullmatch(state.arguments)
    if place is None:
        return f"{state.name}({state.arguments})", ""
    address = ":".join(place.groups())
    return f"{state.name} {address}", address


def held_labels(state: ProgramState) -> tuple[str, ...]:
    call, address = _call_and_address(state)
    shorter = (f"▶ {address}",) if address else ()
    return (_("held before {call}").format(call=call), f"▶ {call}", *shorter, f"▶ {state.name}", "▶")


def waiting_labels(state: ProgramState, seconds: float) -> tuple[str, ...]:
    call, _address = _call_and_address(state)
    time = duration_text(seconds) if seconds >= 0.05 else ""
    return tuple(
        text.strip()
        for text in (
            _("{call} waits {time}").format(call=call, time=time),
            _("{call} waits {time}").format(call=state.name, time=time),
            f"{state.name} … {time}",
            f"… {time}",
        )
    )


# --- Segments and buffers ---


def flight_labels(flights: list[Flight]) -> tuple[str, ...]:
    names = [_SEGMENTS[flight.kind] for flight in flights if flight.kind in _SEGMENTS]
    return ("  ".join(names), " ".join(names), f"{names[0]} … {names[-1]}") if names else ("",)


def fate_labels(flight: Flight) -> tuple[str, ...]:
    if flight.fate == "lost":
        return (pgettext("datagram", "lost"),)
    if flight.fate == "queue-full":
        return (pgettext("datagram", "queue full"), pgettext("datagram", "full"))
    if flight.fate == "unanswered":
        return (pgettext("datagram", "no answer"), "?")
    if flight.fate == "dropped":
        return (pgettext("datagram", "no room"),)
    if flight.fate == "doubled":
        return (pgettext("datagram", "doubled"), "×2")
    if flight.fate == "reordered":
        return (pgettext("datagram", "overtaken"), "")
    return ("",)


def buffer_labels(strip: Strip) -> tuple[str, ...]:
    size, datagrams = strip.size, strip.datagrams
    if strip.sending:
        text = ngettext("{count} byte not acknowledged", "{count} bytes not acknowledged", size)
        short = _("not acknowledged {count}").format(count=count_text(size))
        return (text.format(count=count_text(size)), short)
    if datagrams:
        text = ngettext("{count} datagram unread", "{count} datagrams unread", datagrams)
        return (text.format(count=count_text(datagrams)),)
    unread = ngettext("{count} byte unread", "{count} bytes unread", size).format(count=count_text(size))
    short = _("{count} unread").format(count=count_text(size))
    if not strip.accepted:
        return (_("{unread}, not accepted").format(unread=unread), unread, short)
    return (unread, short)


# --- Notes ---


def ends_labels(count: int) -> tuple[str, ...]:
    text = ngettext("{count} program has ended", "{count} programs have ended", count)
    return (text.format(count=count), str(count))


def note_labels(note: Note, named: Callable[[str], str] = str) -> tuple[str, ...]:
    """What a note says, the longest form first. ``named``: what the program of this name is called."""
    values = note.values
    if note.kind in ("printed", "printed-error", "typed"):
        return (values["text"].rstrip("\r\n"),)
    if note.kind == "ended":
        if values["stopped"]:
            return (_("ended by Duplex"), pgettext("program", "ended"))
        if values["code"] in ("0", ""):
            return (_("the program has ended"), pgettext("program", "ended"))
        return (_("ended with code {code}").format(code=values["code"]), pgettext("program", "ended"))
    if note.kind == "state":
        state = values["state"]
        short = "ESTAB" if state == "ESTABLISHED" else state
        if values.get("left"):
            return (_("{state}, {left} s left").format(state=state, left=values["left"]), state)
        return (state, short)
    if note.kind == "queue":
        count, limit = values["count"], values["limit"]
        text = ngettext("{count} waits for accept()", "{count} wait for accept()", int(count))
        text = text.format(count=count)
        # Linux lets one more wait than listen() was told: "2 / 1" would look like a mistake.
        fits = limit and int(count) <= int(limit)
        return (f"{text} ({count} / {limit})" if fits else text, text, count)
    if note.kind == "drops":
        lost = int(values["count"])
        text = ngettext("{count} datagram dropped: full", "{count} datagrams dropped: full", lost)
        return (text.format(count=count_text(lost)), _("{count} dropped").format(count=count_text(lost)))
    if note.kind == "sent-again":
        return (_("sent again"), "↻")
    if note.kind == "trouble":
        text = trouble_text(values["code"], {"who": note.who, **values}, named)
        if values["code"] == "port-taken":
            return (text, moved_ports_text({values["port"]: values["other"]}))
        return (text,)
    return ("",)


# --- What the kernel says ---


def _timer_text(timer: str, seconds: float) -> str:
    sentences = {
        "retransmit": _("sends again in {seconds} s"),
        "persist": _("asks for the window in {seconds} s"),
        "time-wait": _("forgets it in {seconds} s"),
        "keepalive": _("asks whether the other lives in {seconds} s"),
    }
    return sentences.get(timer, "{seconds} s").format(seconds=f"{seconds:.1f}")


def _spaced(text: str) -> str:
    """A blank where a name that ends with a digit or a letter meets a Chinese word."""
    return re.sub(r"([0-9A-Za-z])([\u4e00-\u9fff])", r"\1 \2", text)


def kernel_sentences(socket: SocketState, who: str) -> tuple[str, ...]:
    """The line under the picture: what the kernel told about a socket of ``who``, the longest form first."""
    facts = socket.facts
    parts = []
    if socket.transport == "udp":
        if facts is not None and facts.unread and socket.datagrams:
            parts.append(_("next datagram {count} B").format(count=count_text(facts.unread)))
        elif facts is not None and facts.unread == 0:
            parts.append(_("unread {count}").format(count=0))
        # "dropped 0" beside a datagram that recvfrom() cut short would be misread.
        if facts is not None and facts.drops:
            parts.append(_("dropped {count}").format(count=count_text(facts.drops)))
    elif facts is not None and facts.queue is not None:
        parts.append(_("waiting for accept(): {count}").format(count=facts.queue))
    elif facts is not None:
        if socket.arrived > 0:
            parts.append(_("received {count}").format(count=count_text(socket.arrived)))
        connected = socket.arrived >= 0
        if connected and facts.unread is not None and facts.unread == socket.received_size:
            parts.append(_("unread {count}").format(count=count_text(facts.unread)))
        if facts.unacked and socket.sent > 0:
            parts.append(_("not acknowledged {count}").format(count=count_text(facts.unacked)))
    if socket.state:
        parts.append(socket.state)
    if facts is not None and facts.timer_left is not None and facts.timer:
        parts.append(_timer_text(facts.timer, facts.timer_left))
    if not parts:
        return ("",)
    joined = _(", ").join(parts)
    return (
        _spaced(_("{program}'s kernel says: {facts}").format(program=who, facts=joined)),
        _("The kernel says: {facts}").format(facts=joined),
        joined,
        _(", ").join(parts[-2:]),
        parts[-1],
    )
