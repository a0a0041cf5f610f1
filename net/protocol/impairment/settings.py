"""What a link is asked to do to what passes through it, and how that is written.

As text the settings are a URL's query (RFC 3986 section 3.4), for example ``loss=0.2&delay=50ms&queue=100``.
Shares are written as ``0.2`` or ``20%``, times as ``0.05`` (seconds) or ``50ms``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

LONGEST_DELAY = 60.0
"""Seconds that a datagram or byte may be kept."""

HIGHEST_RATE = 1_000_000.0
"""Datagrams a second; a link without a limit is asked for with 0."""

HIGHEST_STREAM_RATE = 10_000_000_000.0
"""Bytes a second; 0 is no limit."""

LONGEST_QUEUE = 100_000
LONGEST_BURST = 10_000.0
MOST_REORDERED = 0.5
"""Of all datagrams: more cannot be overtaken by those that are left."""

MOST_NUMBERS = 1000
"""Datagrams that may be named one by one."""

T = TypeVar("T", bound="Impairment | StreamImpairment")


class ImpairmentError(ValueError):
    """A setting can't be used. ``name``: which; ``value``: as written; ``low`` to ``high`` are possible, in
    the setting's own unit. ``low`` > ``high``: the name is not known."""

    def __init__(self, name: str, value: str, low: float, high: float) -> None:
        super().__init__(f"{name}={value}: {low:g} to {high:g}")
        self.name = name
        self.value = value
        self.low = low
        self.high = high


class Impairment(Struct, frozen=True):
    """One direction of a datagram link.

    ``loss``, ``double``, ``reorder``: shares of all datagrams, 0 to 1 (``reorder`` to 0.5). ``burst``: the
    mean number of datagrams that are lost in a row (the model of Gilbert, Bell System Technical Journal 39,
    1960); 0: each is lost or not by itself. ``delay``: seconds; ``jitter``: each datagram's delay is drawn
    evenly from ``delay`` - ``jitter`` to ``delay`` + ``jitter``, but not below 0, so that datagrams overtake
    each other where it is larger than the time between them. ``rate``: datagrams a second, 0: no limit; those
    that must wait stand in a queue of at most ``queue``, the one being sent included, and the last one that
    finds it full is lost.

    ``lose``, ``twice``, ``late``: numbers of single datagrams (the first is 1) to lose, to double, and to
    hold until the next one has passed.
    """

    loss: float = 0.0
    burst: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    rate: float = 0.0
    queue: int = 100
    double: float = 0.0
    reorder: float = 0.0
    lose: tuple[int, ...] = ()
    twice: tuple[int, ...] = ()
    late: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Raises `ImpairmentError`."""
        for name, (_read, low, high) in DATAGRAM_SETTINGS.items():
            value = getattr(self, name)
            for number in value if isinstance(value, tuple) else (value,):
                _check(name, number, low, high)
        # A state that is left at once cannot be entered often enough for a higher loss than this.
        if self.burst and not 1.0 <= self.burst <= LONGEST_BURST:
            raise ImpairmentError("burst", f"{self.burst:g}", 1.0, LONGEST_BURST)
        if self.burst and self.loss < 1.0 and self.burst < self.loss / (1.0 - self.loss) - 1e-9:
            raise ImpairmentError(
                "burst", f"{self.burst:g}", math.ceil(self.loss / (1.0 - self.loss)), LONGEST_BURST
            )

    def __str__(self) -> str:
        return _written(self)


class StreamImpairment(Struct, frozen=True):
    """One direction of a byte stream. ``delay``: seconds; ``rate``: bytes a second, 0: no limit;
    ``stalled``: nothing passes until it is switched off again. Nothing is lost: TCP would send a lost segment
    again before this link saw its bytes."""

    delay: float = 0.0
    rate: float = 0.0
    stalled: bool = False

    def __post_init__(self) -> None:
        """Raises `ImpairmentError`."""
        for name, (_read, low, high) in STREAM_SETTINGS.items():
            _check(name, getattr(self, name), low, high)

    def __str__(self) -> str:
        return _written(self)


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # nan is not between any two numbers
        raise ImpairmentError(name, f"{value:g}", low, high)


# --- As text ---


def _share(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _seconds(text: str) -> float:
    if text.endswith("ms"):
        return float(text[:-2]) / 1000
    return float(text.removesuffix("s"))


def _numbers(text: str) -> tuple[int, ...]:
    found = tuple(sorted({int(part) for part in text.replace(",", " ").split()}))
    if len(found) > MOST_NUMBERS:
        raise ValueError(text)
    return found


def _switch(text: str) -> bool:
    if text.lower() not in ("1", "yes", "true", "on", "0", "no", "false", "off"):
        raise ValueError(text)
    return text.lower() in ("1", "yes", "true", "on")


Setting = tuple[Callable[[str], object], float, float]
"""How its text is read, and between which numbers it lies."""

DATAGRAM_SETTINGS: Mapping[str, Setting] = {
    "loss": (_share, 0.0, 1.0),
    "burst": (float, 0.0, LONGEST_BURST),
    "delay": (_seconds, 0.0, LONGEST_DELAY),
    "jitter": (_seconds, 0.0, LONGEST_DELAY),
    "rate": (float, 0.0, HIGHEST_RATE),
    "queue": (int, 1, LONGEST_QUEUE),
    "double": (_share, 0.0, 1.0),
    "reorder": (_share, 0.0, MOST_REORDERED),
    "lose": (_numbers, 1, math.inf),
    "twice": (_numbers, 1, math.inf),
    "late": (_numbers, 1, math.inf),
}
STREAM_SETTINGS: Mapping[str, Setting] = {
    "delay": (_seconds, 0.0, LONGEST_DELAY),
    "rate": (float, 0.0, HIGHEST_STREAM_RATE),
    "stalled": (_switch, 0, 1),
}


def read_settings(kind: type[T], pairs: Iterable[tuple[str, str]]) -> T:
    """The settings that these names and texts describe; what is not named is as by default.

    Raises `ImpairmentError`.
    """
    known = DATAGRAM_SETTINGS if kind is Impairment else STREAM_SETTINGS
    values: dict[str, object] = {}
    for name, text in pairs:
        if name not in known:
            raise ImpairmentError(name, text, 1, 0)
        read, low, high = known[name]
        try:
            values[name] = read(text.strip())
        except ValueError as error:
            raise ImpairmentError(name, text, low, high) from error
    return kind(**values)  # type: ignore[arg-type]


def parse_settings(kind: type[T], text: str) -> T:
    """As `read_settings`, of text as ``str`` writes it. Raises `ImpairmentError`."""
    pairs = (part.partition("=") for part in text.split("&") if part)
    return read_settings(kind, ((name, value) for name, _equals, value in pairs))


def _written(settings: Impairment | StreamImpairment) -> str:
    default = type(settings)()
    parts = []
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if value != getattr(default, name):
            parts.append(f"{name}={_value_text(value)}")
    return "&".join(parts)


def _value_text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, bool):
        return "1" if value else "0"
    return repr(value).removesuffix(".0")
