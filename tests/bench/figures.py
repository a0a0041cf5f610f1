"""A figure: one quantity measured on two sides in the same run, interleaved, and the bound its ratio must
keep."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

ROUNDS = 5


@dataclass
class Figure:
    """``ours`` and ``bare`` hold one value a round, in ``unit``. A figure with no other side has an empty
    ``bare``,
    and its bound holds for the value itself. ``at_least`` and ``at_most`` bound the ratio of the medians."""

    name: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def value(self) -> float:
        """The ratio of the medians, ours to bare, or our median where there is no other side."""
        ours = statistics.median(self.ours)
        return ours / statistics.median(self.bare) if self.bare else ours

    @property
    def kept(self) -> bool:
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    @property
    def bound(self) -> str:
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""

    def row(self) -> tuple[str, ...]:
        bare = f"{statistics.median(self.bare):,.3g}" if self.bare else ""
        verdict = ("kept" if self.kept else "MISSED") if self.bound else ""
        ours = f"{statistics.median(self.ours):,.3g}"
        return (self.name, self.unit, ours, bare, f"{self.value:.2f}", self.bound, verdict)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"value": self.value, "kept": self.kept}


def interleave(figure: Figure, ours: Callable[[], float], bare: Callable[[], float]) -> Figure:
    """Measure both sides in turn, ROUNDS times after one round that warms up and does not count."""
    for turn in range(ROUNDS + 1):
        values = ours(), bare()
        if turn:
            figure.ours.append(values[0])
            figure.bare.append(values[1])
    return figure


def table(figures: list[Figure]) -> str:
    rows = [("figure", "unit", "ours", "bare", "ratio", "bound", "")] + [figure.row() for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
