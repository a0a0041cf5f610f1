"""What a pre-flight found, in plain words: what works on this PC, and what a lesson shows instead."""

from __future__ import annotations

from collections.abc import Mapping

from gui.shared.i18n import N_, _
from net.lab.lesson import Lesson
from net.lab.preflight.mechanisms import Shown, shown, worst

_WORDS: Mapping[str, tuple[str, str]] = {
    "hook": (
        N_("Programs run here, and are held before each call"),
        N_("Programs can't be run here: each lesson shows its recording"),
    ),
    "tcp-info": (
        N_("The kernel tells a connection's state and windows"),
        N_("The kernel doesn't tell a connection's state: it is derived from the calls"),
    ),
    "unread": (
        N_("It tells how many bytes wait to be read"),
        N_("It doesn't tell how many bytes wait: they are counted from the calls"),
    ),
    "unacked": (
        N_("It tells how many bytes are not acknowledged yet"),
        N_("It doesn't tell what is not acknowledged yet: this is derived"),
    ),
    "ack-times": (
        N_("It tells when bytes were acknowledged"),
        N_("It doesn't tell when bytes were acknowledged: those arrows are derived"),
    ),
    "accept-queue": (
        N_("It tells how many connections wait for accept()"),
        N_("It doesn't tell how many connections wait for accept(): the number is left out"),
    ),
    "time-wait": (
        N_("TIME_WAIT is seen after a connection was closed"),
        N_("TIME_WAIT is not shown by this system: it is derived"),
    ),
    "time-wait-countdown": (
        N_("And it is counted down"),
        N_("How long TIME_WAIT still lasts is not told: the countdown is left out"),
    ),
    "udp-drops": (
        N_("Datagrams lost in a full buffer are counted"),
        N_("The system counts no lost datagrams: their number is derived"),
    ),
    "udp-relay": (
        N_("UDP goes through the relay"),
        N_("UDP does not go through the relay: these lessons show their recordings"),
    ),
    "second-loopback": (
        N_("127.0.0.2 is an address of this PC"),
        N_("127.0.0.2 is no address of this PC: that step shows the recording"),
    ),
    "ipv6": (N_("IPv6 works on this PC"), N_("There is no IPv6 on this PC: IPv4 is used")),
    "port-12345": (
        N_("Port 12345, the tutorial's, is free"),
        N_("Port 12345 is taken by another program: lessons use another one and say so"),
    ),
    "lan-port": (
        N_("Other PCs can be listened for, on port {port}"),
        N_("No port can be listened on for other PCs: {detail}"),
    ),
    "python": (
        N_("A Python for own programs is here: {python}"),
        N_("No Python of your own was found: Duplex's own runs your programs"),
    ),
}

_SHOWN: Mapping[Shown, str] = {
    "observed": N_("observed here"),
    "replaced": N_("observed here, on another port"),
    "derived": N_("partly derived"),
    "left-out": N_("a detail is left out"),
    "simulated": N_("partly simulated"),
    "recording": N_("from the recording"),
}


def mechanism_text(name: str, works: bool, values: Mapping[str, str]) -> str:
    """One line for what was tried, in the present language."""
    good, bad = _WORDS[name]
    return _(good if works else bad).format_map({"port": "", "python": "", "detail": "", **values})


def lesson_way(lesson: Lesson, works: Mapping[str, bool]) -> Shown | None:
    """How this PC shows the lesson; None before all that it needs was tried."""
    ways = shown(lesson.needs, works)
    return worst(ways.values()) if len(ways) == len(lesson.needs) else None


def way_text(way: Shown) -> str:
    return _(_SHOWN[way])


def lacks(lesson: Lesson, works: Mapping[str, bool]) -> list[str]:
    """The mechanisms that the lesson needs and this PC does not have."""
    return [name for name in lesson.needs if works.get(name) is False]
