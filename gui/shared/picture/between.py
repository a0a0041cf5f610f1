"""What goes on between the two kernels: segments, datagrams, what a relay did to them, buffers."""

from __future__ import annotations

import math

from gui.shared.picture import words
from gui.shared.picture.byte_cells import CELL_HEIGHT, draw_cells, fit_cells
from gui.shared.picture.lanes import Lanes
from gui.shared.picture.pen import Pen
from gui.shared.picture.shapes import Anchor, Arrow, Box, Line, Polygon
from net.lab.picture.rows import Flight, Row, Strip

FRAME_SECONDS, LONGEST_SECONDS = 1 / 60, 0.5
"""The slope of an arrow between the kernels is its real time, from one frame of the screen (or less, or
untold) to this; what takes longer is drawn as steep as this."""
FLATTEST, STEEPEST = 0.14, 0.62
"""The drop of the flattest and the steepest such arrow, in heights of a row. Between them it grows with the
logarithm of the time."""
CALL_LINE, LABEL_LINE = 0.76, 0.36
"""Where in a row a call's arrow stands, and the label above it."""
STROKE, HEAD = 3, 14
CARRIED, GONE, IN_FLIGHT, IN_BUFFER = range(4)
"""The groups of a row's bytes: what a call carries, what of it is gone, what went between the kernels, what
is in a buffer."""


class Between:
    """Draws with ``pen``; rows are ``row_height`` pixels high."""

    def __init__(self, pen: Pen, lanes: Lanes, row_height: float) -> None:
        self.pen = pen
        self.lanes = lanes
        self.row_height = row_height
        left, right = lanes.middle
        self.room = right - left - pen.px(16)
        self.centre = (left + right) / 2

    # --- Segments and datagrams ---

    def draw(self, number: int, row: Row, flights: list[Flight], y: float) -> None:
        """The flights of a row that begins at ``y``, one below the other."""
        alone = len(flights) == 1
        if row.kind == "call":
            top, room = y + self.row_height * CALL_LINE, self.row_height * (1.0 if alone else 0.6)
        else:
            top = y + self.row_height * (0.6 if alone else 0.5)
            room = y + self.row_height - top
        each = room / len(flights)
        for at, flight in enumerate(flights):
            begin = top + at * each
            self._flight(flight, begin, begin + (self._drop(flight) if alone else each * 0.9))
        if not self.pen.paper.blank:
            self._label(number, row, flights, y)

    def _label(self, number: int, row: Row, flights: list[Flight], y: float) -> None:
        if row.kind == "flight" and flights[0].pieces:
            cells = fit_cells(self.pen, flights[0].pieces, self.room, flights[0].size)
            left = self.centre - cells.width / 2
            draw_cells(self.pen, (number, IN_FLIGHT), cells, left, y + self.row_height * 0.34)
            return
        texts = words.flight_labels(flights)
        if texts[0]:
            text = self.pen.choose(texts, self.room, 0, True, True)
            wrong = flights[-1].kind in ("rst", "icmp")
            colour = self.pen.colours.error if wrong else self.pen.colours.ink
            at = LABEL_LINE if row.kind == "call" else 0.24
            self.pen.say(self.centre, y + self.row_height * at, text, colour, code=True)

    def _drop(self, flight: Flight) -> float:
        seconds = flight.delay or flight.seconds or 0.0
        span = math.log(LONGEST_SECONDS / FRAME_SECONDS)
        share = math.log(max(seconds, FRAME_SECONDS) / FRAME_SECONDS) / span
        return self.row_height * (FLATTEST + (STEEPEST - FLATTEST) * min(1.0, share))

    def _flight(self, flight: Flight, y0: float, y1: float) -> None:
        pen, lanes = self.pen, self.lanes
        x0, x1 = lanes.kernels[flight.source.number], lanes.kernels[flight.target.number]
        colour = pen.colours.of_bytes(flight.pieces[0].colour) if flight.pieces else pen.colours.ink
        if flight.kind in ("rst", "icmp"):
            colour = pen.colours.error
        if x0 == x1:
            self._loop(flight, x0, y0, y1, colour)
            return
        width, dash = pen.px(STROKE), pen.dash(flight.mark)

        def at(share: float) -> tuple[float, float]:
            return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share

        if flight.relayed:
            self._relayed(flight, (x0, y0), (x1, y1), colour)
        elif flight.fate in ("unseen", "unanswered"):
            x, y = at(0.6)
            pen.add(Arrow(x0, y0, x, y, colour, width, 0, dash))
            texts = ("?",) if flight.fate == "unseen" else words.fate_labels(flight)
            x, y = at(0.64)
            anchor: Anchor = "start" if x1 > x0 else "end"
            pen.say(x, y, pen.choose(texts, abs(x1 - x) - pen.px(6)), colour, anchor)
        else:
            pen.add(Arrow(x0, y0, x1, y1, colour, width, pen.px(HEAD), dash))

    def _relayed(
        self, flight: Flight, start: tuple[float, float], stop: tuple[float, float], colour: str
    ) -> None:
        """A datagram through our relay: there it was seen, and a sign says what the relay decided."""
        pen, c = self.pen, self.pen.colours
        x, y = (start[0] + stop[0]) / 2, (start[1] + stop[1]) / 2
        width, head, dash = pen.px(STROKE), pen.px(HEAD), pen.dash("derived")
        pen.add(Arrow(start[0], start[1], x, y, colour, width, 0))
        if flight.fate in ("lost", "queue-full"):
            self._cross(x, y)
        else:
            share = 0.55 if flight.fate == "unseen" else 1.0
            end_x, end_y = x + (stop[0] - x) * share, y + (stop[1] - y) * share
            pen.add(Arrow(x, y, end_x, end_y, colour, width, head if share == 1.0 else 0, dash))
            if flight.fate == "doubled":
                lower = self.row_height * 0.2
                pen.add(Arrow(x, y, stop[0], stop[1] + lower, colour, width, head, dash))
            r = pen.px(8)
            pen.add(Polygon(((x - r, y), (x, y - r), (x + r, y), (x, y + r)), c.simulated))
        texts = words.fate_labels(flight)
        if texts[0] and not pen.paper.blank:
            text = pen.choose(texts, abs(stop[0] - x) - pen.px(22))
            right = stop[0] > start[0]
            beside = pen.px(14) * (1 if right else -1)
            pen.say(x + beside, y - pen.px(15), text, c.simulated, "start" if right else "end")

    def _loop(self, flight: Flight, x: float, y0: float, y1: float, colour: str) -> None:
        """Both ends on one side: the arrow leaves its kernel's line and comes back to it."""
        pen = self.pen
        out = x + pen.px(44) * (1 if flight.source.number == 0 else -1)
        y1 = max(y1, y0 + pen.px(10))
        dash, width = pen.dash(flight.mark), pen.px(STROKE)
        pen.add(
            Line(x, y0, out, y0, colour, width, dash),
            Line(out, y0, out, y1, colour, width, dash),
            Arrow(out, y1, x, y1, colour, width, pen.px(12), dash),
        )

    def _cross(self, x: float, y: float) -> None:
        r, width, colour = self.pen.px(9), self.pen.px(4), self.pen.colours.error
        self.pen.add(
            Arrow(x - r, y - r, x + r, y + r, colour, width, 0),
            Arrow(x - r, y + r, x + r, y - r, colour, width, 0),
        )

    # --- Buffers ---

    def strip(self, number: int, row: Row, strip: Strip, y: float) -> None:
        """A buffer on its kernel's line: towards its program where that gap is free, else towards
        the other kernel."""
        pen, side = self.pen, strip.side.number
        kernel, lane = self.lanes.kernels[side], self.lanes.programs[side][-1].x
        inner = row.kind in ("call", "return") and row.side.number == side
        room = (self.room / 2 + pen.px(30)) if inner else abs(kernel - lane) - pen.px(20)
        cells = fit_cells(pen, strip.pieces, room - pen.px(4), strip.size, bool(strip.datagrams))
        rightwards = (side == 1) != inner
        pad, middle = pen.px(9), y + self.row_height * 0.5
        start = kernel + pad if rightwards else kernel - pad - cells.width
        half, edge = pen.px(CELL_HEIGHT) / 2 + pen.px(3), pen.px(4)
        line = max(1.0, pen.px(1.5))
        dash = pen.dash(strip.mark) if strip.mark != "observed" else ()
        box = (start - edge, middle - half, start + cells.width + edge, middle + half)
        pen.add(Box(*box, pen.surface, pen.colours.mute, pen.px(5), line, dash))
        draw_cells(pen, (number, IN_BUFFER), cells, start, middle)
        beside = room - cells.width - pen.px(12)
        texts = words.buffer_labels(strip)
        text = next((text for text in texts if pen.width_of(text) <= beside), "")
        if text and not pen.paper.blank:
            x = start + cells.width + pen.px(12) if rightwards else start - pen.px(12)
            pen.say(x, middle, text, pen.colours.mute, "start" if rightwards else "end")
