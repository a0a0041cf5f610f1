"""What measured figures are called, and their values as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gui.shared.i18n import _
from gui.shared.wording import count_text, duration_text
from net.lab.recording import Measured

_NAMES: dict[str, Callable[[], str]] = {
    "arrived": lambda: _("Arrived"),
    "round-trip": lambda: _("Round trip"),
    "first-answer": lambda: _("First answer"),
    "throughput": lambda: _("Got through"),
    "messages": lambda: _("Messages of 32 bytes"),
    "useful-total": lambda: _("New data on the road"),
    "delivered-total": lambda: _("Arrived in all"),
    "offered-total": lambda: _("Sent in all"),
    "queue-full": lambda: _("Lost: queue full"),
    "queue-full-total": lambda: _("Lost: queue full"),
    "fairness": lambda: _("Fairness"),
    "sent": lambda: _("Sent"),
    "received": lambda: _("Received"),
    "lost": lambda: _("Lost"),
}
_MEANINGS: dict[str, Callable[[], str]] = {
    "arrived": lambda: _("of 20,000 sent as fast as possible"),
    "round-trip": lambda: _("question and answer, once connected"),
    "first-answer": lambda: _("TCP must connect first"),
    "throughput": lambda: _("large blocks, those that arrived"),
    "messages": lambda: _("those that arrived"),
    "useful-total": lambda: _("of what arrived"),
    "offered-total": lambda: _("datagrams, copies too"),
    "delivered-total": lambda: _("datagrams, copies too"),
    "queue-full-total": lambda: _("there was no room for them"),
    "fairness": lambda: _("1: all had the same share"),
}
MEASURED_HERE = ("round-trip", "first-answer", "arrived", "messages", "throughput")
"""What `net.lab.experiments.measure_here` measures of TCP and of UDP, in its order."""
_UNITS: dict[str, Callable[[float], str]] = {
    "us": lambda value: duration_text(value / 1e6),
    "ms": lambda value: duration_text(value / 1e3),
    "s": duration_text,
    "percent": lambda value: f"{_short(value)} %",
    "datagrams": count_text,
    "per-second": lambda value: _("{count} a second").format(count=count_text(value)),
    "MB/s": lambda value: f"{_short(value)} MB/s",
}


def figure_name(name: str) -> str:
    """A name that nobody has worded stays as it is."""
    return _NAMES[name]() if name in _NAMES else name.replace("-", " ")


def figure_meaning(name: str) -> str:
    """What is counted, in few words; "" where the name says it."""
    return _MEANINGS[name]() if name in _MEANINGS else ""


def figure_value(figure: Measured) -> str:
    worded = _UNITS.get(figure.unit)
    if worded is not None:
        return worded(figure.value)
    return f"{_short(figure.value)} {figure.unit}".rstrip()


def row_values(figures: Sequence[Measured | None]) -> list[str]:
    """The values of figures that are compared, "" for None. Times are in one unit: "0.344 ms" beside
    "28.9 µs" would be read as the smaller one."""
    found = [each for each in figures if each is not None]
    if found and all(each.unit == "us" for each in found) and min(each.value for each in found) < 1000:
        unit = _("{number} µs")
        return ["" if each is None else unit.format(number=_short(each.value)) for each in figures]
    return ["" if each is None else figure_value(each) for each in figures]


def _short(value: float) -> str:
    """At most three digits of a small number, a large or a whole one in groups of three."""
    return count_text(value) if value >= 100 or value == int(value) else f"{value:.3g}"
