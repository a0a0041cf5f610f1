"""Where the lifelines stand: on each side the programs outside, their kernel inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from net.lab.recording import ProgramText

MOST_PROGRAMS = 3
"""Programs of one side that have lines of their own; where there are more, the first has one and the others
share the second."""


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
    left, right = (_groups(names) for names in sides)
    left_kernel, left_places = _from_edge(len(left))
    right_kernel, right_places = _from_edge(len(right))
    return Lanes(
        kernels=(width * left_kernel, width * (1 - right_kernel)),
        programs=(
            tuple(Lane(width * place, group) for place, group in zip(left_places, left, strict=True)),
            tuple(Lane(width * (1 - place), group) for place, group in zip(right_places, right, strict=True)),
        ),
        width=width,
    )


def _groups(names: Sequence[str]) -> list[tuple[str, ...]]:
    """The programs of each lane of a side; a side without programs has an empty one."""
    if len(names) <= MOST_PROGRAMS:
        return [(name,) for name in names] or [()]
    return [(names[0],), tuple(names[1:])]


def _from_edge(count: int) -> tuple[float, list[float]]:
    """Where the kernel's line and those of ``count`` programs stand, as shares of the width from their side's
    edge."""
    if count == 1:
        # "accept: 127.0.0.1:12345" stands between the two.
        return 0.365, [0.075]
    if count == 2:
        return 0.405, [0.07, 0.213]
    kernel = 0.42
    outer, inner = 0.085, kernel - 0.155
    return kernel, [outer + (inner - outer) * at / (count - 1) for at in range(count)]
