"""The rows of a sequence diagram, and their pictures without Tk: arrows, whole diagrams as PNG, SVG."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from gui.look.shapes import mix, rgb
from gui.widgets.peer_tag import peer_colour, peer_tag
from gui.widgets.text_fit import showable

if TYPE_CHECKING:
    from gui.look.palette import Palette

Mark = Literal["observed", "derived", "simulated"]
Kind = Literal["call", "bytes", "arrow", "note"]
Tone = Literal["normal", "mute", "ok", "warn", "error", "info"]
EXPORT_ROWS = 2_000
SHARP_ROWS = 300
WIDTH, HEAD, LINE, LEGEND = 760, 64, 34, 44
LOCAL, REMOTE = 110, 700
BYTES_LINE = 50
LOST_AT = 0.62
"""How far the arrow of something reaches that is lost, or of which nobody told that it arrived."""
OVER = 4
DASHES = {"observed": (), "derived": (6, 4), "simulated": (2, 4)}
FONT_FILES = (
    ("NotoSansCJK-Regular.ttc", 2),
    ("msyh.ttc", 0),
    ("PingFang.ttc", 0),
    ("Hiragino Sans GB.ttc", 0),
    ("wqy-microhei.ttc", 0),
    ("DejaVuSans.ttf", 0),
)


class SequenceRow(Struct, frozen=True):
    """One row. `direction`: "out" (to the right), "in", or "" for calls and notes. `mark`: how it is
    known. `lost`: it did not arrive, so the arrow ends on its way, in a cross; not `arrives`: nobody told
    that it did, so the arrow ends on its way, with `detail` there.

    `kind` "bytes": a call that carried bytes, with its messages inside it (`parts`: as many of the
    `messages` as were read), and the derived arrow of these bytes, unless not `flies`. `peer`: whose row it
    is, among several.
    """

    key: int
    time_text: str
    kind: Kind
    direction: Literal["out", "in", ""]
    label: str
    detail: str = ""
    mark: Mark = "observed"
    tone: Tone = "normal"
    lost: bool = False
    parts: tuple[str, ...] = ()
    messages: int = 0
    arrives: bool = True
    flies: bool = True
    peer: str = ""


class SequenceWords(Struct, frozen=True):
    """The names of the two ends, and the legend, in the interface's language."""

    local: str = "Here"
    remote: str = "Peer"
    observed: str = "observed"
    derived: str = "derived"
    simulated: str = "simulated"


def inside(
    parts: Sequence[str], messages: int, room: float, measure: Callable[[str], float], gap: float
) -> list[str]:
    """The texts of the cells in a call: as many of its messages as fit into ``room``, the last one cut, then
    "+N" for the others. ``gap``: what a cell is wider than its text."""
    shown: list[str] = []
    left = room
    for number, part in enumerate(parts):
        others = messages - number - 1
        more = measure(f"+{others}") + gap if others else 0.0
        width = measure(part) + gap
        if width + more > left:
            if not shown and left - more > 2 * gap:
                shown.append(cut(part, left - more - gap, measure))
                number += 1
            return [*shown, f"+{messages - number}"] if messages > number else shown
        shown.append(part)
        left -= width
    return [*shown, f"+{messages - len(parts)}"] if messages > len(parts) else shown


def cut(text: str, room: float, measure: Callable[[str], float]) -> str:
    """``text``, or its beginning with an ellipsis, in ``room`` pixels."""
    if measure(text) <= room:
        return text
    while text and measure(text + "…") > room:
        text = text[:-1]
    return text + "…"


def row_colour(row: SequenceRow, palette: Palette) -> str:
    """A row's colour. Simulated rows have a colour of their own, whatever their tone."""
    if row.mark == "simulated":
        return palette.sim
    if row.tone == "normal":
        return palette.info if row.kind == "call" else palette.acc if row.direction == "out" else palette.ok
    return palette.tone(row.tone)


def arrow_picture(
    span: int,
    drop: int,
    colour: str,
    surface: str,
    mark: Mark,
    rightwards: bool,
    head: int,
    lost: bool = False,
    arrives: bool = True,
) -> Image.Image:
    """An arrow of `span` pixels that drops by `drop` on its way; anti-aliased, including its mark. `lost`: it
    ends in a cross at LOST_AT of the way; not `arrives`: it ends there, without a head."""
    k, pad = OVER, head
    image = Image.new("RGBA", ((span + 2 * pad) * k, (drop + 2 * pad) * k), (*rgb(colour), 0))
    pen = ImageDraw.Draw(image)
    x0, y0, x1, y1 = pad * k, pad * k, (pad + span) * k, (pad + drop) * k
    if not rightwards:
        x0, x1 = x1, x0
    if lost or not arrives:
        x1, y1 = round(x0 + (x1 - x0) * LOST_AT), round(y0 + (y1 - y0) * LOST_AT)
    sign = 1 if x1 > x0 else -1
    stroke = max(k, round(head * k * (0.22 if mark == "observed" else 0.17)))
    tip_x, back = x1 - sign * k * 2, head * k
    _stroke(
        pen,
        (x0, y0),
        (tip_x - sign * back // 2, y1 - drop * k * back // (2 * max(1, span * k))),
        colour,
        stroke,
        DASHES[mark],
        k,
    )
    if lost:
        arm = back * 0.5
        for way in (1, -1):
            pen.line((tip_x - arm, y1 - arm * way, tip_x + arm, y1 + arm * way), fill=colour, width=stroke)
    elif arrives:
        edge = tip_x - sign * back
        pen.polygon((tip_x, y1, edge, y1 - back * 0.48, edge, y1 + back * 0.48), fill=colour)
    r = head * k * 0.42
    pen.ellipse((x0 - r, y0 - r, x0 + r, y0 + r), fill=colour)
    if mark != "observed":
        r *= 0.55
        pen.ellipse((x0 - r, y0 - r, x0 + r, y0 + r), fill=surface)
    return image.resize((image.width // k, image.height // k), Image.Resampling.LANCZOS)


def _stroke(
    pen: ImageDraw.ImageDraw,
    start: tuple[float, float],
    stop: tuple[float, float],
    colour: str,
    width: int,
    dash: tuple[int, ...],
    scale: float,
) -> None:
    if not dash:
        pen.line((*start, *stop), fill=colour, width=width)
        return
    length = max(1.0, abs(stop[0] - start[0]) + abs(stop[1] - start[1]))
    on, off = dash[0] * scale, dash[1] * scale
    at = 0.0
    while at < length:
        a, b = at / length, min(1.0, (at + on) / length)
        pen.line(
            (
                start[0] + (stop[0] - start[0]) * a,
                start[1] + (stop[1] - start[1]) * a,
                start[0] + (stop[0] - start[0]) * b,
                start[1] + (stop[1] - start[1]) * b,
            ),
            fill=colour,
            width=width,
        )
        at += on + off


class _Text(Struct, frozen=True):
    x: float
    y: float
    text: str
    colour: str
    anchor: Literal["start", "middle", "end"] = "middle"
    size: int = 12


class _Arrow(Struct, frozen=True):
    y: float
    x0: float
    x1: float
    colour: str
    mark: Mark
    lost: bool = False
    arrives: bool = True


class _Box(Struct, frozen=True):
    x0: float
    y0: float
    x1: float
    y1: float
    fill: str
    edge: str = ""
    radius: float = 7


_Piece = _Text | _Arrow | _Box


def _pieces(rows: Sequence[SequenceRow], words: SequenceWords, p: Palette) -> Iterator[_Piece]:
    for x, name, colour in ((LOCAL, words.local, p.acc), (REMOTE, words.remote, p.info)):
        name = _short(showable(name), 26)
        half = max(34.0, len(name.encode("gb18030", "replace")) * 3.6 + 14)
        at = min(max(x, half + 6), WIDTH - half - 6)
        yield _Box(at - half, 14, at + half, 44, mix(p.card, colour, 0.16), radius=15)
        yield _Text(at, 29, name, colour, size=13)
    top = HEAD
    for row in rows:
        y = top + LINE // 2
        top += _height(row)
        colour = row_colour(row, p)
        yield _Text(LOCAL - 24, y, showable(row.time_text), p.faint, "end", 11)
        text = _short(showable("  ".join(part for part in (row.label, row.detail) if part)), 70)
        start, stop = (LOCAL, REMOTE) if row.direction == "out" else (REMOTE, LOCAL)
        if row.peer and row.kind in ("arrow", "call"):
            yield _Text(REMOTE - 8, y - 8, peer_tag(row.peer), peer_colour(row.peer, p), "end", 11)
        elif row.peer and row.kind == "note":
            text = f"{row.peer}  {text}"
        if row.kind == "bytes":
            yield from _bytes_pieces(row, y, start, stop, colour, p)
        elif row.kind == "arrow":
            yield _Arrow(y + 2, start, stop, colour, row.mark, row.lost, row.arrives)
            yield _Text((LOCAL + REMOTE) / 2, y - 8, text, colour)
        elif row.kind == "call":
            wide = _wide(text) + 20
            edge = "" if row.mark == "observed" else colour
            yield _Box(LOCAL - 8, y - 11, LOCAL - 8 + wide, y + 11, mix(p.card, colour, 0.18), edge)
            yield _Text(LOCAL + 2, y, text, colour, "start")
        else:
            yield _Text((LOCAL + REMOTE) / 2, y, text, p.mute)
    y = top + LEGEND // 2
    marks: tuple[Mark, ...] = ("observed", "derived", "simulated")
    for number, mark in enumerate(marks):
        x = 60 + number * 230
        if mark == "observed":
            # Calls are boxes, and they are observed.
            yield _Box(x - 26, y - 7, x - 8, y + 7, mix(p.card, p.info, 0.3), radius=4)
        yield _Arrow(y, x, x + 50, p.sim if mark == "simulated" else p.acc, mark)
        yield _Text(x + 62, y + 2, str(getattr(words, mark)), p.mute, "start")


def _bytes_pieces(
    row: SequenceRow, y: float, start: float, stop: float, colour: str, p: Palette
) -> Iterator[_Piece]:
    """A call with its messages in cells, and its arrow: below it if it goes out, above it if it comes."""
    call, arrow = (y - 4, y + 16) if row.direction == "out" else (y + 14, y - 2)
    label = showable(row.label)
    x = LOCAL - 8 + _wide(label) + 20
    cells = inside([showable(part) for part in row.parts], row.messages, REMOTE + 20 - x, _wide, 14)
    right = x + sum(_wide(text) + 14 for text in cells)
    edge = "" if row.mark == "observed" else colour
    yield _Box(LOCAL - 8, call - 11, right, call + 11, mix(p.card, colour, 0.18), edge)
    yield _Text(LOCAL + 2, call, label, colour, "start")
    for text in cells:
        wide = _wide(text) + 12
        if not text.startswith("+"):
            yield _Box(x, call - 9, x + wide, call + 9, p.card, radius=5)
        yield _Text(x + wide / 2, call, text, p.fg)
        x += wide + 2
    if row.flies:
        yield _Arrow(arrow, start, stop, colour, "derived", arrives=row.arrives)
        if row.peer:
            middle, half = start + (stop - start) * (0.5 if row.arrives else 0.3), _wide(row.peer) / 2 + 2
            yield _Box(middle - half, arrow - 8, middle + half, arrow + 8, p.card)
            yield _Text(middle, arrow, row.peer, peer_colour(row.peer, p), size=11)
        if row.detail and not row.arrives:
            yield _Text(start + (stop - start) * LOST_AT + 10, arrow, showable(row.detail), colour, "start")
    if row.detail and row.arrives:
        yield _Text(right + 8, call, showable(row.detail), p.mute, "start")


def _height(row: SequenceRow) -> int:
    return BYTES_LINE if row.kind == "bytes" else LINE


def _wide(text: str) -> float:
    """About the width of a text of size 12."""
    return len(text.encode("gb18030", "replace")) * 7.0


def _total(rows: Sequence[SequenceRow]) -> int:
    """The height of a picture of these rows."""
    return HEAD + sum(map(_height, rows)) + LEGEND


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


@functools.lru_cache(8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name, index in FONT_FILES:
        try:
            return ImageFont.truetype(name, size, index)
        except OSError:
            continue
    return ImageFont.load_default(size)


def write_png(path: Path, rows: Sequence[SequenceRow], words: SequenceWords, palette: Palette) -> None:
    """Write the diagram as a PNG, at double resolution up to `SHARP_ROWS`. Raises OSError."""
    k = 2 if len(rows) <= SHARP_ROWS else 1
    size = (WIDTH * k, _total(rows) * k)
    arrows: dict[tuple[int, str, Mark, bool, bool, bool], Image.Image] = {}
    image = Image.new("RGB", size, palette.card)
    pen = ImageDraw.Draw(image)
    for x in (LOCAL, REMOTE):
        pen.line((x * k, 48 * k, x * k, size[1] - LEGEND * k), fill=palette.line, width=k)
    for piece in _pieces(rows, words, palette):
        if isinstance(piece, _Text):
            anchor = {"start": "lm", "middle": "mm", "end": "rm"}[piece.anchor]
            place = (piece.x * k, piece.y * k)
            pen.text(place, piece.text.replace("\n", " "), piece.colour, _font(piece.size * k), anchor)
        elif isinstance(piece, _Box):
            box = (piece.x0 * k, piece.y0 * k, piece.x1 * k, piece.y1 * k)
            pen.rounded_rectangle(box, piece.radius * k, fill=piece.fill, outline=piece.edge or None, width=k)
        else:
            span, head = int(abs(piece.x1 - piece.x0)) * k, 8 * k
            rightwards = piece.x1 > piece.x0
            key = (span, piece.colour, piece.mark, rightwards, piece.lost, piece.arrives)
            if key not in arrows:
                arrows[key] = arrow_picture(
                    span,
                    6 * k,
                    piece.colour,
                    palette.card,
                    piece.mark,
                    rightwards,
                    head,
                    piece.lost,
                    piece.arrives,
                )
            picture = arrows[key]
            image.paste(
                picture, (int(min(piece.x0, piece.x1)) * k - head, int(piece.y - 3) * k - head), picture
            )
    image.save(path, "PNG")


def write_svg(path: Path, rows: Sequence[SequenceRow], words: SequenceWords, palette: Palette) -> None:
    """Write the diagram as a self-contained SVG. Raises OSError."""
    from xml.sax.saxutils import escape, quoteattr  # only now: it imports a whole HTTP client

    height = _total(rows)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, '
        f'sans-serif">',
        f'<rect width="{WIDTH}" height="{height}" fill="{palette.card}"/>',
    ]
    for x in (LOCAL, REMOTE):
        out.append(
            f'<line x1="{x}" y1="48" x2="{x}" y2="{height - LEGEND}" stroke="{palette.line}" '
            'stroke-dasharray="2 3"/>'
        )
    for piece in _pieces(rows, words, palette):
        if isinstance(piece, _Text):
            out.append(
                f'<text x="{piece.x:g}" y="{piece.y:g}" fill="{piece.colour}" font-size="{piece.size}" '
                f'text-anchor="{piece.anchor}" dominant-baseline="central">{escape(piece.text)}</text>'
            )
        elif isinstance(piece, _Box):
            edge = f' stroke={quoteattr(piece.edge)} stroke-dasharray="4 3"' if piece.edge else ""
            out.append(
                f'<rect x="{piece.x0:g}" y="{piece.y0:g}" width="{piece.x1 - piece.x0:g}" '
                f'height="{piece.y1 - piece.y0:g}" rx="{piece.radius:g}" fill="{piece.fill}"{edge}/>'
            )
        else:
            out += _svg_arrow(piece, palette.card)
    out.append("</svg>")
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def _svg_arrow(arrow: _Arrow, surface: str) -> list[str]:
    sign = 1 if arrow.x1 > arrow.x0 else -1
    y0, y1, x1 = arrow.y - 3, arrow.y + 3, arrow.x1
    if arrow.lost or not arrow.arrives:
        y1, x1 = arrow.y, arrow.x0 + (x1 - arrow.x0) * LOST_AT
    dash = " ".join(map(str, DASHES[arrow.mark]))
    tip = f"{x1 - 2 * sign:g},{y1:g}"
    back = x1 - 10 * sign
    end = f'<polygon points="{tip} {back:g},{y1 - 4:g} {back:g},{y1 + 4:g}" fill="{arrow.colour}"/>'
    if arrow.lost:
        cross = f"M{x1 - 5:g} {y1 - 5:g} l10 10 M{x1 - 5:g} {y1 + 5:g} l10 -10"
        end = f'<path d="{cross}" stroke="{arrow.colour}" stroke-width="1.8"/>'
    elif not arrow.arrives:
        end = ""
    return [
        f'<line x1="{arrow.x0:g}" y1="{y0:g}" x2="{back:g}" y2="{y1:g}" stroke="{arrow.colour}" '
        'stroke-width="1.8"' + (f' stroke-dasharray="{dash}"' if dash else "") + "/>",
        end,
        f'<circle cx="{arrow.x0:g}" cy="{y0:g}" r="3.2" stroke="{arrow.colour}" stroke-width="1.6" '
        f'fill="{arrow.colour if arrow.mark == "observed" else surface}"/>',
    ]
