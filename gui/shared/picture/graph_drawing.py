"""The byte graph as shapes: four lines of steps over time, named at their right ends."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from gui.shared.i18n import _, pgettext
from gui.shared.picture.pen import SENTENCE, Paper, Pen
from gui.shared.picture.shapes import Arrow, Disc, Drawing, Line, Text
from gui.shared.wording import count_text, duration_text
from net.lab.picture.graph import ByteGraph, Points

ALLOWED_DASH = (9, 6)
"""Acknowledged plus window is worked out of two facts, so its line is dashed as what is derived."""


@dataclass(frozen=True, slots=True)
class _Curve:
    points: Points
    name: str
    colour: str
    width: float
    dash: tuple[int, ...] = ()
    beads: bool = False

    @property
    def last(self) -> int:
        return self.points[-1][1] if self.points else 0


def draw_graph(graph: ByteGraph | None, paper: Paper) -> Drawing:
    """The whole graph; None: a sentence that there are no bytes yet."""
    pen = Pen(paper)
    if graph is None:
        pixels = round(pen.px(SENTENCE))
        text = pen.choose((_("No bytes yet"),), paper.width - pen.px(20), pixels)
        pen.add(Text(paper.width / 2, paper.height / 2, text, pen.colours.mute, pixels))
        return pen.drawing
    return _GraphArtist(graph, pen).draw()


class _GraphArtist:
    def __init__(self, graph: ByteGraph, pen: Pen) -> None:
        self.graph = graph
        self.pen = pen
        c, px = pen.colours, pen.px
        curves = (
            _Curve(
                graph.allowed,
                pgettext("byte graph", "acknowledged + window"),
                c.of_bytes(2),
                px(3),
                ALLOWED_DASH,
            ),
            _Curve(graph.sent, pgettext("byte graph", "sent"), c.of_bytes(0), px(5)),
            _Curve(graph.acked, pgettext("byte graph", "acknowledged"), c.of_bytes(1), px(3.5), beads=True),
            _Curve(graph.read, pgettext("byte graph", "read"), c.of_bytes(3), px(5), (2, 3)),
        )
        self.curves = [curve for curve in curves if curve.points]
        most = nice_steps(graph.most)
        self.marks = most
        self.top, self.bottom = px(56), pen.paper.height - px(58)
        widest = max(pen.width_of(count_text(value)) for value in most)
        self.left = px(20) + widest
        names = [pen.width_of(self._name(curve), True) for curve in self.curves]
        self.right = pen.paper.width - min(max(names) + px(24), pen.paper.width * 0.42)
        self.high = most[-1]

    @staticmethod
    def _name(curve: _Curve) -> str:
        return f"{curve.name} {count_text(curve.last)}"

    def _x(self, t: float) -> float:
        return self.left + (self.right - self.left) * (t / self.graph.until if self.graph.until else 1.0)

    def _y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.high

    def draw(self) -> Drawing:
        self._axes()
        for curve in self.curves:
            self._curve(curve)
        self._names()
        return self.pen.drawing

    def _axes(self) -> None:
        pen, c, px = self.pen, self.pen.colours, self.pen.px
        for value in self.marks:
            y = self._y(value)
            pen.add(
                Line(self.left, y, self.right, y, c.lifeline, 1.0, (2, 4) if value else ()),
                Text(self.left - px(8), y, count_text(value), c.mute, pen.label, anchor="end"),
            )
        pen.add(Arrow(self.left, self.bottom, self.left, self.top - px(22), c.ink, px(2), px(12)))
        pen.add(Arrow(self.left, self.bottom, self.right + px(14), self.bottom, c.ink, px(2), px(12)))
        parties = " → ".join(name for name in (self.graph.source, self.graph.target) if name)
        unit = pgettext("byte graph", "bytes")
        title = pen.choose((f"{unit}  ({parties})", unit), pen.paper.width - self.left)
        pen.add(Text(self.left + px(12), px(20), title, c.ink, pen.label, True, anchor="start"))
        below = self.bottom + px(24)
        pen.add(Text(self.left, below, "0", c.mute, pen.label))
        until = duration_text(self.graph.until) if self.graph.until else ""
        pen.add(Text(self.right, below, until, c.mute, pen.label))
        middle = (self.left + self.right) / 2
        pen.add(Text(middle, below, pgettext("byte graph", "time"), c.ink, pen.label, True))

    def _curve(self, curve: _Curve) -> None:
        """Steps: across until the next point, then up or down to it."""
        pen = self.pen
        points = (*curve.points, (self.graph.until, curve.last))
        for (t0, value0), (t1, value1) in pairwise(points):
            x0, x1, y0, y1 = self._x(t0), self._x(t1), self._y(value0), self._y(value1)
            pen.add(Line(x0, y0, x1, y0, curve.colour, curve.width, curve.dash))
            if y0 != y1:
                pen.add(Line(x1, y0, x1, y1, curve.colour, curve.width, curve.dash))
            if curve.beads and len(points) < 60:
                pen.add(Disc(x0, y0, pen.px(5), curve.colour))

    def _names(self) -> None:
        """At the right ends; those that would stand on each other are moved apart."""
        pen, px = self.pen, self.pen.px
        line = pen.label * 1.35
        wanted = sorted(self.curves, key=lambda curve: -curve.last)
        places = [self._y(curve.last) for curve in wanted]
        for at in range(1, len(places)):
            places[at] = max(places[at], places[at - 1] + line)
        if places:
            over = max(0.0, places[-1] - self.bottom)
            places = [place - over for place in places]
        room = pen.paper.width - self.right - px(20)
        for curve, y in zip(wanted, places, strict=True):
            end = self._y(curve.last)
            pen.add(Line(self.right, end, self.right + px(14), y, curve.colour, px(2)))
            text = pen.choose((self._name(curve), curve.name), room, 0, True)
            pen.add(Text(self.right + px(18), y, text, curve.colour, pen.label, True, anchor="start"))


def nice_steps(most: int) -> list[int]:
    """From 0 to at least ``most``, in three to five steps of 1, 2 or 5 times a power of ten."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            width = step * factor
            if width * 5 >= most:
                count = -(-most // width)
                return [width * at for at in range(count + 1)]
        step *= 10
