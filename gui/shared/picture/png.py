"""A drawing as a PNG, without Tk: drawn twice as large with Pillow and shrunk."""

from __future__ import annotations

import functools
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gui.shared.picture.shapes import Arrow, Box, Disc, Drawing, Line, Polygon, Text

OVER = 2
_FONTS = {
    (False, False): (("NotoSansCJK-Regular.ttc", 2), ("msyh.ttc", 0), ("PingFang.ttc", 0),
                     ("Hiragino Sans GB.ttc", 0), ("wqy-microhei.ttc", 0), ("DejaVuSans.ttf", 0)),
    (True, False): (("NotoSansCJK-Bold.ttc", 2), ("msyhbd.ttc", 0), ("PingFang.ttc", 6),
                    ("Hiragino Sans GB.ttc", 2), ("wqy-microhei.ttc", 0), ("DejaVuSans-Bold.ttf", 0)),
    (False, True): (("NotoSansCJK-Regular.ttc", 7), ("consola.ttf", 0), ("Menlo.ttc", 0),
                    ("DejaVuSansMono.ttf", 0)),
    (True, True): (("NotoSansCJK-Bold.ttc", 7), ("consolab.ttf", 0), ("Menlo.ttc", 1),
                   ("DejaVuSansMono-Bold.ttf", 0)),
}  # fmt: skip
_ANCHORS = {"start": "lm", "middle": "mm", "end": "rm"}


@functools.cache
def font(pixels: int, bold: bool = False, mono: bool = False) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The best font file of this system; Pillow's own where there is none."""
    for name, index in _FONTS[bold, mono]:
        try:
            return ImageFont.truetype(name, pixels, index=index)
        except OSError:
            continue
    return ImageFont.load_default(pixels)


@functools.lru_cache(20_000)
def measure(text: str, pixels: int, bold: bool, mono: bool) -> float:
    """`gui.shared.picture.shapes.Measure` for the fonts of files."""
    return font(pixels, bold, mono).getlength(text)


def write_png(drawing: Drawing, path: Path) -> None:
    """Write the drawing. Raises OSError."""
    render(drawing).save(path, "PNG")


def render(drawing: Drawing) -> Image.Image:
    k = OVER
    size = round(drawing.width), round(drawing.height)
    image = Image.new("RGB", (size[0] * k, size[1] * k), drawing.background)
    pen = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Text):
            pen.text(
                (shape.x * k, shape.y * k),
                shape.text.replace("\n", " "),
                shape.colour,
                font(shape.pixels * k, shape.bold, shape.mono),
                _ANCHORS[shape.anchor],
            )
        elif isinstance(shape, Line):
            line = Arrow(shape.x0, shape.y0, shape.x1, shape.y1, shape.colour, shape.width, 0, shape.dash)
            draw_arrow(pen, line, k)
        elif isinstance(shape, Arrow):
            draw_arrow(pen, shape, k)
        elif isinstance(shape, Box):
            _box(pen, shape, k)
        elif isinstance(shape, Disc):
            r = shape.radius
            corners = ((shape.x - r) * k, (shape.y - r) * k, (shape.x + r) * k, (shape.y + r) * k)
            pen.ellipse(corners, fill=shape.fill)
        elif isinstance(shape, Polygon):
            pen.polygon([(x * k, y * k) for x, y in shape.points], fill=shape.fill)
    return image.resize(size, Image.Resampling.LANCZOS)


def _box(pen: ImageDraw.ImageDraw, box: Box, k: int) -> None:
    if box.x1 - box.x0 < 1 or box.y1 - box.y0 < 1:
        return
    corners = (box.x0 * k, box.y0 * k, box.x1 * k - 1, box.y1 * k - 1)
    width = max(1, round(box.width * k))
    if not box.dash:
        pen.rounded_rectangle(
            corners, box.radius * k, fill=box.fill, outline=box.edge or None, width=width if box.edge else 0
        )
        return
    pen.rounded_rectangle(corners, box.radius * k, fill=box.fill)
    for x0, y0, x1, y1 in (
        (box.x0, box.y0, box.x1, box.y0),
        (box.x1, box.y0, box.x1, box.y1),
        (box.x1, box.y1, box.x0, box.y1),
        (box.x0, box.y1, box.x0, box.y0),
    ):
        draw_arrow(pen, Arrow(x0, y0, x1, y1, box.edge, box.width, 0, box.dash), k)


def draw_arrow(pen: ImageDraw.ImageDraw, arrow: Arrow, k: int) -> None:
    """A straight line with its dashes and its head, ``k`` times as large."""
    x0, y0, x1, y1 = arrow.x0 * k, arrow.y0 * k, arrow.x1 * k, arrow.y1 * k
    length = math.hypot(x1 - x0, y1 - y0)
    if not length:
        return
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    head, width = arrow.head * k, max(1, round(arrow.width * k))
    shaft = max(0.0, length - head * 0.7)
    on, off = (arrow.dash[0] * k, arrow.dash[1] * k) if arrow.dash else (length, 0)
    at = 0.0
    while at < shaft:
        stop = min(shaft, at + on)
        pen.line((x0 + ux * at, y0 + uy * at, x0 + ux * stop, y0 + uy * stop), fill=arrow.colour, width=width)
        at += on + off
    if head:
        back_x, back_y, half = x1 - ux * head, y1 - uy * head, head * 0.5
        pen.polygon(
            ((x1, y1), (back_x - uy * half, back_y + ux * half), (back_x + uy * half, back_y - ux * half)),
            fill=arrow.colour,
        )
