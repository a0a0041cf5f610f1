"""Drawings on a canvas: all shapes of a frame in one call to Tk.

Tk's canvas smooths nothing, so round corners and arrowheads are small pictures. Where the colour behind one
is known it is painted into it: for a picture with half-transparent pixels Tk asks the X server for the pixels
below, and waits for the answer.
"""

from __future__ import annotations

import math
import tkinter as tk
from typing import Any

from PIL import Image, ImageDraw

from gui.look.look import look
from gui.look.shapes import rgb, rounded
from gui.shared.picture.png import draw_arrow
from gui.shared.picture.shapes import Arrow, Box, Disc, Drawing, Line, Shape, Text
from gui.widgets.paint_canvas import PaintCanvas
from gui.widgets.text_fit import showable

OVER = 4
LARGEST_PICTURE = 60_000
"""Pixels of a box that is one picture; a larger one is a polygon with round corners."""
_MOST_WIDTHS = 20_000
_ANCHORS = {"start": "w", "middle": "center", "end": "e"}
_widths: dict[tuple[str, int, bool, bool], float] = {}


def measure(text: str, pixels: int, bold: bool, mono: bool) -> float:
    """`gui.shared.picture.shapes.Measure` for the window's fonts."""
    # A frame asks for hundreds of widths, mostly those of the frame before; Tk takes 10 us for each.
    key = (text, pixels, bold, mono)
    width = _widths.get(key)
    if width is None:
        if len(_widths) >= _MOST_WIDTHS:
            _widths.clear()
        font = look().pixel_font(pixels, bold, mono)
        width = _widths[key] = float(font.measure(_one_line(text)))
    return width


def _one_line(text: str) -> str:
    return showable(text).replace("\n", " ")


class DrawingCanvas(PaintCanvas):
    """Shows one drawing at a time."""

    def __init__(self, master: tk.Misc, **options: Any) -> None:
        super().__init__(master, autostyle=False, bd=0, highlightthickness=0, **options)
        self._frame = ("odd",)

    def show(self, drawing: Drawing) -> None:
        """Replace all that the canvas shows."""
        before = self._frame[0]
        self._frame = ("even",) if before == "odd" else ("odd",)
        with self.batch():
            for shape in drawing.shapes:
                self._put(shape, drawing.background)
            # Only now: Tk closes a font that nothing uses, and opening it again takes a millisecond.
            self.delete(before)

    def _item(self, kind: str, *words: Any) -> None:
        self.put_item(kind, *words, "-tags", self._frame)

    def _put(self, shape: Shape, ground: str) -> None:
        if isinstance(shape, Text):
            font = look().pixel_font(shape.pixels, shape.bold, shape.mono)
            self._item(
                "text", shape.x, shape.y, "-text", _one_line(shape.text), "-fill", shape.colour,
                "-font", font.name, "-anchor", _ANCHORS[shape.anchor],
            )  # fmt: skip
        elif isinstance(shape, Line):
            self._line(shape)
        elif isinstance(shape, Box):
            self._box(shape, ground)
        elif isinstance(shape, Arrow):
            self._arrow(shape, ground)
        elif isinstance(shape, Disc):
            image = look().shapes.disc(max(2, round(shape.radius * 2)), shape.fill)
            self._item("image", round(shape.x), round(shape.y), "-image", str(image))
        else:
            flat = [value for point in shape.points for value in point]
            self._item("polygon", *flat, "-fill", shape.fill, "-outline", "")

    def _line(self, line: Line) -> None:
        dash = ("-dash", line.dash) if line.dash else ()
        width = max(1, round(line.width))
        ends = (line.x0, line.y0, line.x1, line.y1)
        self._item("line", *ends, "-fill", line.colour, "-width", width, *dash)

    def _box(self, box: Box, ground: str) -> None:
        x0, y0, x1, y1 = (round(value) for value in (box.x0, box.y0, box.x1, box.y1))
        width, height = x1 - x0, y1 - y0
        radius, line = round(box.radius), max(1, round(box.width))
        if width < 1 or height < 1:
            return
        if box.dash:
            self._item("rectangle", x0, y0, x1, y1, "-fill", box.fill, "-width", 0)
            self._item(
                "rectangle", x0, y0, x1 - 1, y1 - 1, "-fill", "", "-outline", box.edge, "-width", line,
                "-dash", box.dash,
            )  # fmt: skip
        elif not radius or width < 2 or height < 2:
            edge = ("-outline", box.edge, "-width", line) if box.edge else ("-width", 0)
            self._item("rectangle", x0, y0, x1, y1, "-fill", box.fill, *edge)
        elif width * height <= LARGEST_PICTURE:
            behind = box.behind or ground
            key = ("picture-box", width, height, radius, line, box.fill, box.edge, behind)
            image = look().shapes.image(key, lambda: _box_image(width, height, box, behind))
            self._item("image", x0, y0, "-image", str(image), "-anchor", "nw")
        else:
            shapes, behind, tags = look().shapes, box.behind or ground, self._frame
            if box.edge:
                shapes.round_rect(self, (x0, y0, x1, y1), box.edge, radius, tags, behind)
                inner = (x0 + line, y0 + line, x1 - line, y1 - line)
                shapes.round_rect(self, inner, box.fill, max(0, radius - line), tags)
            else:
                shapes.round_rect(self, (x0, y0, x1, y1), box.fill, radius, tags, behind)

    def _arrow(self, arrow: Arrow, ground: str) -> None:
        if arrow.moving or (not arrow.head and arrow.y0 == arrow.y1):
            ends = (arrow.x0, arrow.y0, arrow.x1, arrow.y1)
            self._line(Line(*ends, arrow.colour, arrow.width, arrow.dash))
            return
        if arrow.y0 == arrow.y1:
            self._straight_arrow(arrow, arrow.behind or ground)
            return
        # A slanted line of Tk's would have steps, and what stands behind it is not of one colour.
        wide, high = round(arrow.x1 - arrow.x0), round(arrow.y1 - arrow.y0)
        key = (
            "picture-arrow",
            wide,
            high,
            arrow.colour,
            round(arrow.width, 1),
            round(arrow.head),
            arrow.dash,
        )
        image = look().shapes.image(key, lambda: _arrow_image(wide, high, arrow))
        pad = _pad(arrow)
        left, top = round(min(arrow.x0, arrow.x1)) - pad, round(min(arrow.y0, arrow.y1)) - pad
        self._item("image", left, top, "-image", str(image), "-anchor", "nw")

    def _straight_arrow(self, arrow: Arrow, behind: str) -> None:
        """A line of Tk's own and a picture for the head."""
        head, right = max(4, round(arrow.head)), arrow.x1 > arrow.x0
        tip, y = round(arrow.x1), round(arrow.y1)
        back = tip - head + 2 if right else tip + head - 2
        self._line(Line(arrow.x0, y, back, y, arrow.colour, arrow.width, arrow.dash))
        key = ("picture-head", head, right, arrow.colour, behind)
        image = look().shapes.image(key, lambda: _head_image(head, right, arrow.colour, behind))
        self._item("image", tip, y, "-image", str(image), "-anchor", "e" if right else "w")


def _box_image(width: int, height: int, box: Box, behind: str) -> Image.Image:
    line = max(1, round(box.width))
    shape = rounded(width, height, box.fill, round(box.radius), box.edge or None, line)
    image = Image.new("RGB", (width, height), rgb(behind))
    image.paste(shape, (0, 0), shape)
    if box.edge:
        # `rounded` leaves the inner corners square: the edge is the ring between two shapes.
        inner = rounded(width - 2 * line, height - 2 * line, box.fill, max(0, round(box.radius) - line))
        outer = rounded(width, height, box.edge, round(box.radius))
        image.paste(outer, (0, 0), outer)
        image.paste(inner, (line, line), inner)
    return image


def _head_image(size: int, right: bool, colour: str, behind: str) -> Image.Image:
    large = size * OVER
    image = Image.new("RGB", (large, large), rgb(behind))
    tip, back = (large - 1, 0) if right else (0, large - 1)
    ImageDraw.Draw(image).polygon(((tip, large / 2), (back, 0), (back, large - 1)), fill=colour)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _pad(arrow: Arrow) -> int:
    return math.ceil(max(arrow.head * 0.6, arrow.width)) + 1


def _arrow_image(wide: int, high: int, arrow: Arrow) -> Image.Image:
    """The arrow on transparent ground, from one corner of ``wide`` x ``high`` pixels (signed) to the
    other."""
    pad = _pad(arrow)
    size = ((abs(wide) + 2 * pad) * OVER, (abs(high) + 2 * pad) * OVER)
    image = Image.new("RGBA", size, (*rgb(arrow.colour), 0))
    x0, y0 = (pad if wide >= 0 else pad - wide), (pad if high >= 0 else pad - high)
    placed = Arrow(x0, y0, x0 + wide, y0 + high, arrow.colour, arrow.width, arrow.head, arrow.dash)
    draw_arrow(ImageDraw.Draw(image), placed, OVER)
    return image.resize((size[0] // OVER, size[1] // OVER), Image.Resampling.LANCZOS)
