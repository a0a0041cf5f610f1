"""A drawing as SVG: a file of its own, or a part of an HTML page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from gui.shared.picture.colours import PRINT
from gui.shared.picture.drawing import Place, draw_picture, height_for
from gui.shared.picture.pen import Paper
from gui.shared.picture.png import measure
from gui.shared.picture.roles import NO_ROLES, Roles
from gui.shared.picture.shapes import Arrow, Box, Disc, Drawing, Line, Polygon, Shape, Text
from net.lab.picture import PictureBuilder
from net.lab.recording import RecordedEvent

SANS = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"
MONO = "Noto Sans Mono CJK SC, Consolas, Menlo, monospace"


def print_svg(
    events: Iterable[RecordedEvent],
    width: float = 760.0,
    rows: int = 9,
    blank: bool = False,
    roles: Roles = NO_ROLES,
) -> str:
    """The last ``rows`` rows of these events, black on white, as an ``<svg>`` for a page. ``blank``: without
    the labels of the arrows, for pupils to complete. The words are in the present language."""
    builder = PictureBuilder()
    for event in events:
        builder.add(event)
    scale = width / 880
    height = height_for(min(rows, max(3, len(builder.picture.rows) + 1)), scale)
    paper = Paper(width, height, PRINT, measure, scale, roles, blank)
    return svg_text(draw_picture(builder.picture, Place(len(builder.picture.events)), paper))


def write_svg(drawing: Drawing, path: Path) -> None:
    """Write the drawing as a self-contained file. Raises OSError."""
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{svg_text(drawing)}', encoding="utf-8")


def svg_text(drawing: Drawing) -> str:
    width, height = round(drawing.width), round(drawing.height)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family={quoteattr(SANS)}>',
        f'<rect width="{width}" height="{height}" fill="{drawing.background}"/>',
    ]
    for shape in drawing.shapes:
        out += _elements(shape)
    out.append("</svg>")
    return "\n".join(out) + "\n"


def _elements(shape: Shape) -> list[str]:
    if isinstance(shape, Text):
        family = f" font-family={quoteattr(MONO)}" if shape.mono else ""
        weight = ' font-weight="bold"' if shape.bold else ""
        return [
            f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" fill="{shape.colour}" font-size="{shape.pixels}"'
            f'{family}{weight} text-anchor="{shape.anchor}" dominant-baseline="central" '
            f'xml:space="preserve">{escape(_printable(shape.text))}</text>'
        ]
    if isinstance(shape, Line):
        return [_line(shape.x0, shape.y0, shape.x1, shape.y1, shape.colour, shape.width, shape.dash)]
    if isinstance(shape, Arrow):
        return _arrow(shape)
    if isinstance(shape, Box):
        edge = f' stroke="{shape.edge}" stroke-width="{shape.width:.1f}"' if shape.edge else ""
        return [
            f'<rect x="{shape.x0:.1f}" y="{shape.y0:.1f}" width="{max(0.0, shape.x1 - shape.x0):.1f}" '
            f'height="{max(0.0, shape.y1 - shape.y0):.1f}" rx="{shape.radius:.1f}" fill="{shape.fill}"{edge}'
            f"{_dashes(shape.dash)}/>"
        ]
    if isinstance(shape, Disc):
        return [f'<circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.radius:.1f}" fill="{shape.fill}"/>']
    return [_polygon(shape)]


def _printable(text: str) -> str:
    """``text`` without what XML 1.0 (section 2.2) does not allow."""
    return "".join(
        sign
        if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff")
        else "·"
        for sign in text
    )


def _dashes(dash: tuple[int, ...]) -> str:
    return f' stroke-dasharray="{" ".join(map(str, dash))}"' if dash else ""


def _line(
    x0: float, y0: float, x1: float, y1: float, colour: str, width: float, dash: tuple[int, ...]
) -> str:
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" '
        f'stroke-width="{width:.1f}"{_dashes(dash)}/>'
    )


def _polygon(polygon: Polygon) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in polygon.points)
    return f'<polygon points="{points}" fill="{polygon.fill}"/>'


def _arrow(arrow: Arrow) -> list[str]:
    length = math.hypot(arrow.x1 - arrow.x0, arrow.y1 - arrow.y0)
    if not length:
        return []
    ux, uy = (arrow.x1 - arrow.x0) / length, (arrow.y1 - arrow.y0) / length
    back = arrow.head * 0.7
    x1, y1 = arrow.x1 - ux * back, arrow.y1 - uy * back
    out = [_line(arrow.x0, arrow.y0, x1, y1, arrow.colour, arrow.width, arrow.dash)]
    if arrow.head:
        bx, by, half = arrow.x1 - ux * arrow.head, arrow.y1 - uy * arrow.head, arrow.head * 0.5
        points = ((arrow.x1, arrow.y1), (bx - uy * half, by + ux * half), (bx + uy * half, by - ux * half))
        out.append(_polygon(Polygon(points, arrow.colour)))
    return out
