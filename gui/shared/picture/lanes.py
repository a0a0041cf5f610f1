"""Where the lifelines stand: on each side the programs outside, their kernel inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from net.lab.recording import ProgramText

MOST_PROGRAMS = 3
"""Lifelines of programs on one side; the last stands for all further ones."""


@dataclass(frozen=True, slots=True)
class Lane:
    """``programs``: those that it stands for, more than one where a side has many."""

    x: float
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """``kernels``: left and right. ``programs``: of each side, from outside to inside."""

    kernels: tuple[float, float]
    programs: tuple[tuple[Lane, ...], tuple[Lane, ...]]
    width: float

    def of(self, who: str, side: int) -> float:
        for lane in self.programs[side]:
            if who in lane.programs:
                return lane.x
        return self.programs[side][-1].x

    def gap(self, who: str, side: int) -> tuple[float, float]:
        """From left to right: what lies between a program's line and its kernel's."""
        ends = self.of(who, side), self.kernels[side]
        return min(ends), max(ends)

    @property
    def middle(self) -> tuple[float, float]:
        return self.kernels


def place_lanes(programs: Sequence[ProgramText], width: float) -> Lanes:
    """The lanes of a picture that is ``width`` pixels wide."""
    sides: list[list[str]] = [[], []]
    for program in programs:
        sides[1 if program.side else 0].append(program.name)
    kernels, edge = [0.345, 0.655], 0.105
    if any(len(side) > 1 for side in sides):
        kernels = [0.385 if len(sides[0]) > 1 else 0.345, 0.615 if len(sides[1]) > 1 else 0.655]
    lanes = []
    for number, names in enumerate(sides):
        shown = [(name,) for name in names[: MOST_PROGRAMS - 1]]
        rest = tuple(names[MOST_PROGRAMS - 1 :])
        if rest:
            shown.append(rest)  # type: ignore[arg-type]
        shown = shown or [()]  # type: ignore[list-item]
        # The inner ones keep the distance to the kernel that an arrow with its label needs.
        outer, inner = edge, kernels[0] - 0.17 if number == 0 else 1 - kernels[1] - 0.17
        step = (inner - outer) / (len(shown) - 1) if len(shown) > 1 else 0.0
        places = [outer + step * at for at in range(len(shown))]
        lanes.append(
            tuple(
                Lane(width * (place if number == 0 else 1 - place), tuple(group))
                for place, group in zip(places, shown, strict=True)
            )
        )
    return Lanes((width * kernels[0], width * kernels[1]), (lanes[0], lanes[1]), width)
