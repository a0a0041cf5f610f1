"""One byte in a panel over the picture: what it is, which call brought it and which took it."""

from __future__ import annotations

from dataclasses import dataclass

from gui.shared.i18n import _
from gui.shared.picture.byte_cells import byte_signs, character_length
from gui.shared.picture.colours import ticks_of
from gui.shared.picture.pen import Pen
from gui.shared.picture.shapes import Box, ByteCell, Text
from gui.shared.wording import count_text
from net.lab.picture import Picture
from net.lab.picture.rows import Row
from net.lab.picture.traffic import Sent

WIDTH, LINE, BIG = 560, 30, 56
LONGEST_CHARACTER = 4


@dataclass(frozen=True)
class ByteFacts:
    """``sign``: its character, or what stands for it; ``lines``: what is to be said of it."""

    sign: str
    hex: str
    lines: tuple[str, ...]


def byte_facts(picture: Picture, colour: int, at: int, count: int) -> ByteFacts:
    """Byte ``at`` of the send with this ``colour``, as known after ``count`` events."""
    sent = picture.sends[colour]
    if at < len(sent.data):
        byte = sent.data[at]
        sign, code = byte_signs(sent.data[at : at + 1])[0], f"{byte:02X}"
        what = _what(sent.data, at)
        character = _character_at(sent.data, at)
        if character is not None:
            sign = character[0]
    else:
        sign, code, what = "…", "", _("This byte was not kept.")
    place = _("Byte {number} of {size}, at offset {offset}").format(
        number=count_text(at + 1), size=count_text(sent.size), offset=count_text(sent.offset + at)
    )
    return ByteFacts(sign, code, (what, place, _brought(picture, sent), _taken(picture, sent, at, count)))


def _character_at(data: bytes, at: int) -> tuple[str, int, int] | None:
    """The UTF-8 character of several bytes that byte ``at`` belongs to, its number in it from 0, and their
    number; None if it is no part of one."""
    for back in range(min(LONGEST_CHARACTER, at + 1)):
        length = character_length(data, at - back)
        if length > max(1, back):
            return data[at - back : at - back + length].decode(), back, length
    return None


def _what(data: bytes, at: int) -> str:
    character = _character_at(data, at)
    if character is not None:
        text, number, length = character
        return _("byte {number} of the {length} bytes of {character} in UTF-8").format(
            number=number + 1, length=length, character=text
        )
    byte = data[at]
    named = {0x0A: _("line feed, the end of a line"), 0x0D: _("carriage return"), 0x20: _("a space")}
    if byte in named:
        return named[byte]
    if byte < 0x20 or byte == 0x7F:
        return _("a control character")
    return _("the character {character}").format(character=chr(byte)) if byte < 0x80 else _("no UTF-8")


def _call_text(row: Row) -> str:
    line = _(", line {line}").format(line=row.line) if row.line else ""
    return f"{row.who}: {row.name}(){line}"


def _brought(picture: Picture, sent: Sent) -> str:
    row = picture.call_row(sent.n)
    if row is None or not sent.known:
        return _("What brought it was not seen.")
    return _("Brought by {call}").format(call=_call_text(row))


def _taken(picture: Picture, sent: Sent, at: int, count: int) -> str:
    calls = [
        _call_text(row)
        for taking in sent.takings
        if taking.index < count and taking.start <= at < taking.stop
        for row in [picture.call_row(taking.n)]
        if row is not None
    ]
    return _("Taken by {call}").format(call=", ".join(calls)) if calls else _("No call has taken it yet.")


def draw_panel(pen: Pen, facts: ByteFacts, cell: ByteCell) -> None:
    """The panel, where it does not cover its byte."""
    c, px, paper = pen.colours, pen.px, pen.paper
    width = min(px(WIDTH), paper.width - px(16))
    height = px(LINE) * len(facts.lines) + px(24)
    left = min(max((cell.x0 + cell.x1) / 2 - width / 2, px(8)), paper.width - width - px(8))
    top = cell.y1 + px(12)
    if top + height > paper.height - px(8):
        top = max(px(8), cell.y0 - px(12) - height)
    colour, big = c.of_bytes(cell.colour), px(96)
    pen.add(
        Box(left, top, left + width, top + height, c.card, colour, px(10), px(3)),
        Box(left + px(12), top + px(12), left + big, top + height - px(12), colour, radius=px(8)),
        Text(left + px(54), top + height * 0.4, facts.sign, c.on_bytes, round(px(BIG)), True),
        Text(left + px(54), top + height * 0.78, facts.hex, c.on_bytes, pen.label, True, True),
    )
    start = left + big + px(12)
    for number, line in enumerate(facts.lines):
        y = top + px(12) + px(LINE) * (number + 0.5)
        text = pen.choose((line,), left + width - start - px(10))
        pen.add(Text(start, y, text, c.ink, pen.label, bold=number == 0, anchor="start"))
    for tick in range(ticks_of(cell.colour)):
        x = left + px(18 + 8 * tick)
        pen.add(Box(x, top + px(17), x + px(5), top + px(24), c.on_bytes))


def draw_focus(pen: Pen, cell: ByteCell) -> None:
    """The frame of the byte that the keys are on."""
    out, width = pen.px(3), pen.px(3.5)
    ends = (cell.x0 - out, cell.y0 - out, cell.x1 + out, cell.y1 + out)
    x0, y0, x1, y1 = ends
    waiting = pen.colours.waiting
    pen.add(
        Box(x0, y0, x1, y0 + width, waiting),
        Box(x0, y1 - width, x1, y1, waiting),
        Box(x0, y0, x0 + width, y1, waiting),
        Box(x1 - width, y0, x1, y1, waiting),
    )
