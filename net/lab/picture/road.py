"""What a narrow road carried, second by second: the picture of `net.lab.experiments.one_road`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from net.lab.recording import Measured, RecordedEvent


@dataclass(frozen=True, slots=True)
class RoadSecond:
    """Datagrams of one second, which ended at ``t``: ``new`` and ``copies`` came through, ``lost`` found the
    queue full."""

    t: float
    new: float
    copies: float
    lost: float

    @property
    def offered(self) -> float:
        return self.new + self.copies + self.lost


@dataclass(frozen=True, slots=True)
class Road:
    """``useful``: the percentage of new data in all that came through, None before it is known. ``rate``: the
    datagrams that it carries in a second, 0 if that is not known."""

    seconds: tuple[RoadSecond, ...] = ()
    useful: float | None = None
    rate: float = 0.0

    @property
    def most(self) -> float:
        """The most that was offered in one second, at least 1 and a little more than the rate."""
        return max([1.0, 1.2 * self.rate, *(second.offered for second in self.seconds)])


def road_of(events: Iterable[RecordedEvent], rate: float = 0.0) -> Road:
    """From the figures that the experiment measures once a second, and its totals at the end. ``rate``: as in
    `Road`."""
    figures: dict[float, dict[str, float]] = {}
    total: float | None = None
    for event in events:
        if not isinstance(event, Measured):
            continue
        if event.name == "useful-total":
            total = event.value
        else:
            figures.setdefault(event.t, {})[event.name] = event.value
    seconds = tuple(
        RoadSecond(
            t,
            of["delivered"] * of["useful"] / 100,
            of["delivered"] * (100 - of["useful"]) / 100,
            of["queue-full"],
        )
        for t, of in sorted(figures.items())
        if of.keys() >= {"delivered", "useful", "queue-full"}
    )
    came = sum(second.new + second.copies for second in seconds)
    if total is None and came:
        total = 100 * sum(second.new for second in seconds) / came
    return Road(seconds, total, rate)
