"""Painting the line of one file, which lies below its transfer."""

from __future__ import annotations

import tkinter as tk

from gui.look.look import S, look
from gui.pages.chat.files.transfer_items import ItemRow
from gui.widgets.text_fit import ELLIPSIS, fit, fit_name, showable

LINE, REASON = 24, 15
INDENT, BELOW_INDENT = 34, 46


def item_height(row: ItemRow) -> int:
    return S(LINE) + (S(REASON) if row.reason else 0)


def paint_item(canvas: tk.Canvas, row: ItemRow, box: tuple[int, int, int], lit: str, tag: str) -> None:
    """``box``: top, height and width in pixels; ``lit``: the background if the line is selected or under the
    pointer, else ""."""
    p, (top, height, width) = look().palette, box
    x = S(BELOW_INDENT if row.below else INDENT)
    if lit:
        look().shapes.round_rect(
            canvas, (x - S(8), top, width - S(2), top + height), lit, S(8), (tag,), p.card
        )
    icon, tone = row.sign
    colour = p.faint if tone == "mute" else p.tone(tone)
    middle, right = top + S(LINE) // 2, width - S(12)
    small = look().font(9)
    if icon:
        canvas.create_image(x + S(6), middle, image=look().icon(icon, 12, colour), tags=tag)
    x += S(18)
    canvas.create_text(right, middle, anchor="e", text=row.about, font=look().font(8), fill=p.mute, tags=tag)
    room = right - x - (look().font(8).measure(row.about) + S(8) if row.about else 0)
    ink = p.mute if row.item is None and not row.why else p.fg
    canvas.create_text(x, middle, anchor="w", text=_fit_path(row.title, room), font=small, fill=ink, tags=tag)
    if row.reason:
        text = fit(look().font(8), row.reason, right - x)
        below = (x, top + S(LINE) - S(2))
        ink = p.warn if row.why else p.err
        canvas.create_text(below, anchor="nw", text=text, font=look().font(8), fill=ink, tags=tag)


def _fit_path(path: str, room: int) -> str:
    """The whole path, or only its name if there is too little room."""
    font = look().font(9)
    text = showable(path.replace("\n", " "))
    if font.measure(text) <= room:
        return text
    name = text.rpartition("/")[2]
    return fit_name(font, f"{ELLIPSIS}/{name}" if name != text else text, room)
