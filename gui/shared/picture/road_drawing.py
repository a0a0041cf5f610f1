"""The road of lesson 14 as shapes: for each second a bar of what was new, what was a copy, what was lost."""

from __future__ import annotations

from gui.shared.i18n import _
from gui.shared.picture.graph_drawing import nice_steps
from gui.shared.picture.pen import Paper, Pen
from gui.shared.picture.shapes import Arrow, Box, Drawing, Line, Text
from gui.shared.wording import count_text
from net.lab.picture.road import Road, RoadSecond

LEAST_SECONDS = 10
"""So many seconds have room from the beginning: the bars do not move while they come."""


def draw_road(road: Road, paper: Paper, title: str = "", most: float = 0.0) -> Drawing:
    """``title``: whose road it is. ``most``: the scale's least upper end, for two roads side by side.
    ``paper.blank``: the axes without bars, for pupils to complete."""
    return _RoadArtist(road, Pen(paper), title, most).draw()


class _RoadArtist:
    def __init__(self, road: Road, pen: Pen, title: str, most: float) -> None:
        self.road = road
        self.pen = pen
        self.title = title
        px = pen.px
        self.marks = nice_steps(round(max(most, road.most)))
        self.high = self.marks[-1]
        if not (road.seconds or most or road.rate):  # no scale is known yet
            self.marks = [0]
        line = pen.label * 1.5
        self.top, self.bottom = px(24) + 4 * line, pen.paper.height - px(48)
        self.left = px(20) + max(pen.width_of(count_text(value)) for value in self.marks)
        self.right = pen.paper.width - px(24)
        self.slots = max(LEAST_SECONDS, len(road.seconds))

    def draw(self) -> Drawing:
        self._heads()
        self._axes()
        if not self.pen.paper.blank:
            for place, second in enumerate(self.road.seconds):
                self._bar(place, second)
        if self.road.rate:
            self._rate()
        return self.pen.drawing

    def _y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.high

    # --- What stands above ---

    def _heads(self) -> None:
        """The title, how much was new, and what the three parts of a bar are."""
        pen, c, px = self.pen, self.pen.colours, self.pen.px
        line, y = pen.label * 1.5, px(22)
        useful = self.road.useful
        share = ""
        if useful is not None and not pen.paper.blank:
            percent = f"{useful:.0f} %"
            forms = [form.format(share=percent) for form in (_("{share} of arrivals new"), _("{share} new"))]
            free = self.right - px(36) - pen.width_of(self.title, True)
            share = next((form for form in forms if pen.width_of(form, True) <= free), forms[-1])
            pen.add(Text(self.right, y, share, c.ink, pen.label, True, anchor="end"))
        room = self.right - px(12) - pen.width_of(share, True) - px(12)
        title = pen.choose((self.title,), room, 0, True)
        pen.add(Text(px(12), y, title, c.ink, pen.label, True, anchor="start"))
        names = (_("lost: no room in the queue"), _("copies of what had been sent"), _("new data"))
        for place, (name, box) in enumerate(zip(names, self._styles(), strict=True)):
            below = y + line * (place + 1)
            side = pen.label * 0.42
            pen.add(box(px(14), below - side, px(14) + 2 * side, below + side))
            text = pen.choose((name,), self.right - px(44))
            pen.add(Text(px(24) + 2 * side, below, text, c.ink, pen.label, anchor="start"))
        if self.road.rate:
            self._name_rate(below, px(24) + 2 * side + pen.width_of(text))

    def _name_rate(self, y: float, free: float) -> None:
        """Beside the last of these, right of ``free``: what the line over the bars is."""
        pen, c, px = self.pen, self.pen.colours, self.pen.px
        rate = count_text(round(self.road.rate))
        words = (_("the road: {rate} a second"), _("{count} a second"), "{count}")
        room = self.right - free - px(70)
        text = pen.choose([each.format(rate=rate, count=rate) for each in words], room)
        x = self.right - pen.width_of(text)
        pen.add(
            Line(x - px(44), y, x - px(8), y, c.accent, px(3)),
            Text(self.right, y, text, c.ink, pen.label, anchor="end"),
        )

    def _rate(self) -> None:
        """What the road carries at most, over the bars."""
        y = self._y(self.road.rate)
        self.pen.add(Line(self.left, y, self.right, y, self.pen.colours.accent, self.pen.px(3)))

    def _styles(self) -> tuple[_Style, _Style, _Style]:
        """Of lost, copies and new: told apart by edge and filling too, never by colour alone."""
        c, px = self.pen.colours, self.pen.px
        return (
            _Style(c.card, c.error, px(1.5), (4, 3)),
            _Style(c.kernel, c.waiting, px(1.5)),
            _Style(c.of_bytes(1), c.of_bytes(1), px(1.5)),
        )

    # --- The graph ---

    def _axes(self) -> None:
        pen, c, px = self.pen, self.pen.colours, self.pen.px
        for value in self.marks:
            y = self._y(value)
            pen.add(
                Line(self.left, y, self.right, y, c.lifeline, 1.0, (2, 4) if value else ()),
                Text(self.left - px(8), y, count_text(value), c.mute, pen.label, anchor="end"),
            )
        pen.add(Arrow(self.left, self.bottom, self.left, self.top - px(14), c.ink, px(2), px(12)))
        pen.add(Arrow(self.left, self.bottom, self.right + px(14), self.bottom, c.ink, px(2), px(12)))
        below = self.bottom + px(24)
        words = (_("datagrams each second, over {count} s"), _("{count} s"))
        texts = [text.format(count=self.slots) for text in words]
        pen.add(
            Text(
                self.right, below, pen.choose(texts, self.right - self.left), c.mute, pen.label, anchor="end"
            )
        )

    def _bar(self, place: int, second: RoadSecond) -> None:
        slot = (self.right - self.left) / self.slots
        x0, x1 = self.left + slot * (place + 0.14), self.left + slot * (place + 0.86)
        lost, copies, new = self._styles()
        came = second.new + second.copies
        for low, high, style in (
            (0.0, second.new, new),
            (second.new, came, copies),
            (came, second.offered, lost),
        ):
            if high > low:
                self.pen.add(style(x0, self._y(high), x1, self._y(low)))


class _Style:
    """How a part of a bar is filled."""

    def __init__(self, fill: str, edge: str, width: float, dash: tuple[int, ...] = ()) -> None:
        self._fill, self._edge, self._width, self._dash = fill, edge, width, dash

    def __call__(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        return Box(x0, y0, x1, y1, self._fill, self._edge, 0.0, self._width, self._dash)
