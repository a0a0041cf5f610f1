"""What a drawing consists of, for every renderer: the window's canvas, SVG, PNG.

Coordinates are pixels from the top left corner. A text's ``y`` is the middle of its line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from net.lab.recording import Mark

Anchor = Literal["start", "middle", "end"]
Measure = Callable[[str, int, bool, bool], float]
"""The width in pixels of a text: (text, height of the type in pixels, bold, mono)."""

DASHES: dict[Mark, tuple[int, ...]] = {"observed": (), "derived": (8, 6), "simulated": (2, 5)}
"""The strokes of a line by its mark, in pixels at scale 1."""


@dataclass(frozen=True, slots=True)
class Line:
    x0: float
    y0: float
    x1: float
    y1: float
    colour: str
    width: float = 1.0
    dash: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrow:
    """``head``: the length of its head, 0 for none. ``moving``: it is longer in the next frame.
    ``behind``: the colour behind it, if that is a single one."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: str
    width: float
    head: float
    dash: tuple[int, ...] = ()
    moving: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """``edge`` "": no outline. ``behind``: the colour behind its round corners."""

    x0: float
    y0: float
    x1: float
    y1: float
    fill: str
    edge: str = ""
    radius: float = 0.0
    width: float = 1.0
    dash: tuple[int, ...] = ()
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str
    colour: str
    pixels: int
    bold: bool = False
    mono: bool = False
    anchor: Anchor = "middle"


@dataclass(frozen=True, slots=True)
class Disc:
    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[tuple[float, float], ...]
    fill: str


Shape = Line | Arrow | Box | Text | Disc | Polygon


@dataclass(frozen=True, slots=True)
class ByteCell:
    """Where one byte is drawn. ``at``: its place in the send of ``colour``; ``row``: the number of the
    picture's row; ``group``: which of the row's bytes they are (`gui.shared.picture.drawing.byte_runs`);
    ``hidden``: the cell is a number ("+12") and stands for so many bytes from this one on."""

    x0: float
    y0: float
    x1: float
    y1: float
    row: int
    colour: int
    at: int
    group: int
    hidden: int = 0


@dataclass(slots=True)
class Drawing:
    """``rows``: number of a row, its top and bottom."""

    width: float
    height: float
    background: str
    shapes: list[Shape] = field(default_factory=list)
    cells: list[ByteCell] = field(default_factory=list)
    rows: list[tuple[int, float, float]] = field(default_factory=list)
    moving: bool = False
    """Whether the last row has an arrow along which something can move."""
