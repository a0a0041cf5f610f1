"""What the kernel's facts and a run's outcomes are called, and the facts' values as text."""

from __future__ import annotations

from collections.abc import Callable

from gui.shared.i18n import _
from gui.shared.wording import bytes_text, count_text, duration_text
from net.lab.lesson import FIRST_CLOSE

_NAMES: dict[str, Callable[[], str]] = {
    "state": lambda: _("State"),
    "unread": lambda: _("Unread bytes"),
    "unacked": lambda: _("Not acknowledged yet"),
    "acked": lambda: _("Acknowledged"),
    "received": lambda: _("Received"),
    "send_window": lambda: _("Peer's window"),
    "receive_window": lambda: _("Own window"),
    "congestion_window": lambda: _("Congestion window"),
    "rtt": lambda: _("Round trip"),
    "rto": lambda: _("Retransmission timer"),
    "retransmissions": lambda: _("Sent again"),
    "queue": lambda: _("Wait for accept()"),
    "queue_limit": lambda: _("Most that may wait"),
    "timer": lambda: _("Timer"),
    "timer_left": lambda: _("Timer ends in"),
    "drops": lambda: _("Thrown away"),
    "local": lambda: _("Own address"),
    "remote": lambda: _("Peer's address"),
}
_BYTES = {"unread", "unacked", "acked", "received", "send_window", "receive_window"}
_TIMERS: dict[str, Callable[[], str]] = {
    "retransmit": lambda: _("waits for an ACK"),
    "persist": lambda: _("asks for room"),
    "time-wait": lambda: _("waits out TIME_WAIT"),
    "keepalive": lambda: _("keeps alive"),
}


def fact_name(field: str) -> str:
    return _NAMES[field]() if field in _NAMES else field


def outcome_title(outcome: str, named: Callable[[str], str]) -> str:
    """What is counted where this is a scene's ``outcome`` (`net.lab.lesson.Scene`). ``named``: a program in
    words."""
    if outcome == FIRST_CLOSE:
        return _("Who closed first")
    who, _space, what = outcome.partition(" ")
    if what == "prints":
        return _("What {program} printed").format(program=named(who))
    if what == "ends":
        return _("How {program} ended").format(program=named(who))
    return _("What {call}() returned").format(call=what)


def fact_value(field: str, value: int | float | str) -> str:
    if field in _BYTES:
        return bytes_text(int(value))
    if field in ("rtt", "rto"):
        return duration_text(float(value) / 1000)
    if field == "timer_left":
        return duration_text(float(value))
    if field == "timer":
        return _TIMERS[str(value)]() if value in _TIMERS else str(value)
    return count_text(value) if isinstance(value, int) else str(value)
