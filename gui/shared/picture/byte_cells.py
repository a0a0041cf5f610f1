"""Bytes as cells: each in the colour of the send that brought it, with that send's ticks."""

from __future__ import annotations

from dataclasses import dataclass

from gui.shared.picture.colours import ticks_of
from gui.shared.picture.pen import Pen
from gui.shared.picture.shapes import Box, ByteCell, Line, Text
from net.lab.picture.rows import Piece

CELL_HEIGHT, CELL_WIDEST = 28, 30
EMPTY_WIDTH = 10
"""An empty datagram is one, too."""
CONTINUED, BROKEN, CONTROL = "•", "\ufffd", "·"
"""What stands for a further byte of a character, a byte that is no part of one, a control character."""
_MOST_WIDE = 64


@dataclass(frozen=True, slots=True)
class CellRow:
    """A measured row of cells: ``shown`` bytes, ``cell`` pixels wide each, then a number for the ``hidden``
    ones. ``apart``: pixels between two pieces (datagrams are not one stream)."""

    pieces: tuple[Piece, ...]
    cell: float
    shown: int
    hidden: int
    apart: float
    width: float


def fit_cells(
    pen: Pen, pieces: tuple[Piece, ...], room: float, total: int = 0, apart: bool = False
) -> CellRow:
    """As many cells as fit into ``room`` pixels. ``total``: how many bytes there are, if the pieces are only
    the first of them."""
    known = sum(piece.size for piece in pieces)
    total = max(total, known)
    between = pen.px(8) if apart else 0.0
    gaps = between * (len(pieces) - 1) + pen.px(EMPTY_WIDTH) * sum(not piece.size for piece in pieces)
    least = least_cell(pen, pieces)
    if total == known and known * least + gaps <= room:
        cell = min(pen.px(CELL_WIDEST), max(least, (room - gaps) / known)) if known else 0.0
        return CellRow(pieces, cell, known, 0, between, known * cell + gaps)
    more = pen.width_of(f"+{total}", True) + pen.px(10)
    shown, used = 0, 0.0
    for piece in pieces:
        fit = min(piece.size, int(max(0.0, room - more - used) / least))
        used += 0 if piece.size else pen.px(EMPTY_WIDTH)
        shown += fit
        used += fit * least
        if fit < piece.size:
            break
        used += between
    return CellRow(pieces, least, shown, total - shown, between, used + more)


def least_cell(pen: Pen, pieces: tuple[Piece, ...]) -> float:
    """The narrowest cell in which the characters of these bytes stand."""
    wide = any(any(byte >= 0xE0 for byte in piece.data[:_MOST_WIDE]) for piece in pieces[:_MOST_WIDE])
    return pen.width_of("你" if wide else "M", True, True) + pen.px(4)


def draw_cells(
    pen: Pen, place: tuple[int, int], cells: CellRow, x: float, y: float, lost: bool = False
) -> None:
    """Draw from ``x`` on, the middle at ``y``. ``place``: the row's number and the group. ``lost``: hollow
    and struck through, for bytes that are gone."""
    c = pen.colours
    row, group = place
    half, left = pen.px(CELL_HEIGHT) / 2, cells.shown
    for piece in cells.pieces:
        count = min(piece.size, left)
        colour = c.of_bytes(piece.colour)
        if not piece.size:
            stop = x + pen.px(EMPTY_WIDTH)
            pen.add(Box(x, y - half, stop, y + half, c.card, colour, pen.px(4), max(1.0, pen.px(2))))
            x = stop + cells.apart
            continue
        if count <= 0:
            break
        stop = x + count * cells.cell
        line = max(1.0, pen.px(2))
        fill, edge_colour = (c.card, colour) if lost else (colour, "")
        box = (x, y - half, stop, y + half)
        pen.add(Box(*box, fill, edge_colour, pen.px(4), line, behind=pen.surface))
        signs = byte_signs(piece.data[: count + 3])
        for at in range(count):
            edge = x + at * cells.cell
            sign = signs[at] if at < len(signs) else CONTROL
            if at:
                pen.add(Line(edge, y - half, edge, y + half, colour if lost else c.card, 1.0))
            ink = colour if lost else c.on_bytes
            pen.add(Text(edge + cells.cell / 2, y - pen.px(2), sign, ink, pen.label, True, True))
            right, byte = edge + cells.cell, piece.start + at
            pen.drawing.cells.append(
                ByteCell(edge, y - half, right, y + half, row, piece.colour, byte, group)
            )
        if lost:
            pen.add(Line(x, y, stop, y, c.error, pen.px(3)))
        else:
            _ticks(pen, x, y + half, cells.cell, ticks_of(piece.colour))
            if not cells.apart:
                pen.add(Line(stop, y - half, stop, y + half, c.card, pen.px(3)))
        x = stop + cells.apart
        left -= count
    if cells.hidden and cells.pieces:
        colour_number, byte = _byte_at(cells.pieces, cells.shown)
        text = f"+{cells.hidden}"
        end = x + pen.px(10) + pen.width_of(text, True)
        ink = c.of_bytes(colour_number)
        pen.add(Text(x + pen.px(5), y, text, ink, pen.label, True, anchor="start"))
        pen.drawing.cells.append(
            ByteCell(x, y - half, end, y + half, row, colour_number, byte, group, cells.hidden)
        )


def _byte_at(pieces: tuple[Piece, ...], at: int) -> tuple[int, int]:
    """The colour and the place in its send of byte ``at`` of these pieces, or of their last."""
    for piece in pieces:
        if at < piece.size:
            return piece.colour, piece.start + at
        at -= piece.size
    return pieces[-1].colour, max(pieces[-1].start, pieces[-1].stop - 1)


def _ticks(pen: Pen, x: float, bottom: float, cell: float, count: int) -> None:
    """So many ticks at the foot of a piece's first cell: the mark for who cannot tell the colours apart."""
    width, gap = max(2.0, pen.px(2.2)), max(1.0, pen.px(1.6))
    left = x + (cell - count * width - (count - 1) * gap) / 2
    for at in range(count):
        start = left + at * (width + gap)
        pen.add(Box(start, bottom - pen.px(5), start + width, bottom - pen.px(1.5), pen.colours.on_bytes))


def byte_signs(data: bytes) -> list[str]:
    """What stands in each byte's cell: its character; of a UTF-8 character of several bytes the character
    in the first cell and `CONTINUED` in the others."""
    signs: list[str] = []
    at = 0
    while at < len(data):
        length = character_length(data, at)
        if length > 1:
            signs += [data[at : at + length].decode(), *(CONTINUED * (length - 1))]
        else:
            signs.append(_single(data[at]))
        at += length
    return signs


def _single(byte: int) -> str:
    named = {0x0A: "↵", 0x0D: "←", 0x20: "␣"}
    if byte in named:
        return named[byte]
    if 0x20 < byte < 0x7F:
        return chr(byte)
    return BROKEN if byte >= 0x80 else CONTROL


def character_length(data: bytes, at: int) -> int:
    """Bytes of the UTF-8 character that begins here (RFC 3629 section 4); 1 for anything else."""
    lead = data[at]
    length = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 1
    if length == 1:
        return 1
    try:
        text = data[at : at + length].decode()
    except UnicodeDecodeError:
        return 1
    return length if len(text) == 1 else 1
