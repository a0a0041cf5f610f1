"""Drawings on a canvas: all shapes of a frame in one call to Tk."""

from __future__ import annotations

import math
from typing import Literal

from PIL import Image, ImageDraw

from gui.look.look import look
from gui.look.shapes import rgb
from gui.shared.picture.png import draw_arrow
from gui.shared.picture.shapes import Arrow, Box, Disc, Drawing, Line, Polygon, Shape, Text
from gui.widgets.paint_canvas import PaintCanvas
from gui.widgets.text_fit import showable

OVER = 4
_ANCHORS: dict[str, Literal["w", "center", "e"]] = {"start": "w", "middle": "center", "end": "e"}


def measure(text: str, pixels: int, bold: bool, mono: bool) -> float:
    """`gui.shared.picture.shapes.Measure` for the window's fonts."""
    return _measured(showable(text), pixels, bold, mono)


_widths: dict[tuple[str, int, bool, bool], float] = {}
_MOST_WIDTHS = 20_000


def _measured(text: str, pixels: int, bold: bool, mono: bool) -> float:
    # A frame asks for hundreds of widths, mostly those of the frame before; Tk takes 10 us for each.
    key = (text, pixels, bold, mono)
    width = _widths.get(key)
    if width is None:
        if len(_widths) >= _MOST_WIDTHS:
            _widths.clear()
        width = _widths[key] = float(look().pixel_font(pixels, bold, mono).measure(text))
    return width


def put(canvas: PaintCanvas, drawing: Drawing) -> None:
    """Replace all that ``canvas`` shows by ``drawing``."""
    with canvas.batch():
        canvas.delete("all")
        for shape in drawing.shapes:
            _put(canvas, shape)


def _put(canvas: PaintCanvas, shape: Shape) -> None:
    if isinstance(shape, Text):
        canvas.create_text(
            shape.x,
            shape.y,
            text=showable(shape.text),
            fill=shape.colour,
            font=look().pixel_font(shape.pixels, shape.bold, shape.mono),
            anchor=_ANCHORS[shape.anchor],
        )
    elif isinstance(shape, Line):
        _line(canvas, shape)
    elif isinstance(shape, Box):
        _box(canvas, shape)
    elif isinstance(shape, Arrow):
        _arrow(canvas, shape)
    elif isinstance(shape, Disc):
        image = look().shapes.disc(max(2, round(shape.radius * 2)), shape.fill)
        canvas.create_image(round(shape.x), round(shape.y), image=image)
    else:
        _polygon(canvas, shape)


def _line(canvas: PaintCanvas, line: Line) -> None:
    width = max(1, round(line.width))
    if line.dash:
        canvas.create_line(line.x0, line.y0, line.x1, line.y1, fill=line.colour, width=width, dash=line.dash)
    else:
        canvas.create_line(line.x0, line.y0, line.x1, line.y1, fill=line.colour, width=width)


def _box(canvas: PaintCanvas, box: Box) -> None:
    x0, y0, x1, y1 = (round(value) for value in (box.x0, box.y0, box.x1, box.y1))
    if x1 <= x0 or y1 <= y0:
        return
    radius = round(box.radius)
    if box.dash:
        canvas.create_rectangle(x0, y0, x1, y1, fill=box.fill, width=0)
        width = max(1, round(box.width))
        canvas.create_rectangle(x0, y0, x1 - 1, y1 - 1, fill="", outline=box.edge, width=width, dash=box.dash)
    elif box.edge:
        line = max(1, round(box.width))
        if radius:
            look().shapes.round_rect(canvas, (x0, y0, x1, y1), box.edge, radius)
            inner = (x0 + line, y0 + line, x1 - line, y1 - line)
            look().shapes.round_rect(canvas, inner, box.fill, max(0, radius - line))
        else:
            canvas.create_rectangle(x0, y0, x1 - 1, y1 - 1, fill=box.fill, outline=box.edge, width=line)
    elif radius:
        look().shapes.round_rect(canvas, (x0, y0, x1, y1), box.fill, radius)
    else:
        canvas.create_rectangle(x0, y0, x1, y1, fill=box.fill, width=0)


def _polygon(canvas: PaintCanvas, polygon: Polygon) -> None:
    flat = [value for point in polygon.points for value in point]
    canvas.create_polygon(flat, fill=polygon.fill, outline="")


def _arrow(canvas: PaintCanvas, arrow: Arrow) -> None:
    if arrow.moving or (not arrow.head and arrow.y0 == arrow.y1):
        _line(canvas, Line(arrow.x0, arrow.y0, arrow.x1, arrow.y1, arrow.colour, arrow.width, arrow.dash))
        return
    # Tk's canvas does not smooth slanted lines, so an arrow is a picture, drawn larger and shrunk.
    wide, high = round(arrow.x1 - arrow.x0), round(arrow.y1 - arrow.y0)
    key = ("lifeline-arrow", wide, high, arrow.colour, round(arrow.width, 1), round(arrow.head), arrow.dash)
    image = look().shapes.image(key, lambda: arrow_image(wide, high, arrow))
    pad = _pad(arrow)
    canvas.create_image(
        round(min(arrow.x0, arrow.x1)) - pad, round(min(arrow.y0, arrow.y1)) - pad, image=image, anchor="nw"
    )


def _pad(arrow: Arrow) -> int:
    return math.ceil(max(arrow.head * 0.6, arrow.width)) + 1


def arrow_image(wide: int, high: int, arrow: Arrow) -> Image.Image:
    """The arrow on transparent ground, from one corner of ``wide`` x ``high`` pixels (signed) to the
    other."""
    pad = _pad(arrow)
    size = ((abs(wide) + 2 * pad) * OVER, (abs(high) + 2 * pad) * OVER)
    image = Image.new("RGBA", size, (*rgb(arrow.colour), 0))
    x0, y0 = (pad if wide >= 0 else pad - wide), (pad if high >= 0 else pad - high)
    placed = Arrow(x0, y0, x0 + wide, y0 + high, arrow.colour, arrow.width, arrow.head, arrow.dash)
    draw_arrow(ImageDraw.Draw(image), placed, OVER)
    return image.resize((size[0] // OVER, size[1] // OVER), Image.Resampling.LANCZOS)
