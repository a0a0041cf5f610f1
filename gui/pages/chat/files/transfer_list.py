"""The list of transfers, which draws only what is in view: progress, state, and buttons for the actions."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from PIL import Image, ImageTk

from gui.look.look import S, look
from gui.look.shapes import BoundedCache, mix
from gui.look.words import follow_language
from gui.pages.chat.files.previews import open_preview
from gui.pages.chat.files.transfer_item_paint import item_height, paint_item
from gui.pages.chat.files.transfer_items import ItemRow, Row
from gui.pages.chat.files.transfer_rows import (
    Action,
    NameOf,
    TransferRow,
    about_text,
    action_text,
    actions_of,
    icon_of,
    missing_text,
    state_text,
    title_of,
    tone_of,
)
from gui.widgets.line_break import wrap
from gui.widgets.memory_list import MemoryList
from gui.widgets.row_source import Placed
from gui.widgets.text_fit import fit, fit_name
from net.chat.events import TransferStage

SIGN, PAD, LINE, CHIP, BAR = 36, 10, 17, 24, 13
BELOW_INDENT = 22
BUTTONS_SHOWN = 3
STATE_LINES = 4
PREVIEWS = 60


class TransferList(MemoryList[Row]):
    """``on_action(row, action)`` when a button is pressed, ``on_fold(row)`` when the receivers of a group, or
    the files, are to be shown or hidden. ``name_of(identity)``: how a person is called; ``preview_of(id)``:
    the preview of a transfer, b"" for none."""

    def __init__(
        self,
        master: tk.Misc,
        name_of: NameOf,
        preview_of: Callable[[str], bytes],
        on_action: Callable[[TransferRow, Action], object],
        on_fold: Callable[[TransferRow], object],
    ) -> None:
        self._on_action = on_action
        self._on_fold = on_fold
        self._name_of = name_of
        self._preview_of = preview_of
        self._previews: BoundedCache[str, tuple[ImageTk.PhotoImage | None]] = BoundedCache(PREVIEWS)
        self._heights: dict[tuple[object, ...], int] = {}
        super().__init__(master)
        for key in ("<Left>", "<Right>"):
            self.canvas.bind(key, lambda _e: self._fold_chosen())
        follow_language(self, self.restyle)

    def forget_measures(self) -> None:
        self._heights.clear()
        self._previews.clear()

    def text_of(self, row: Row) -> str:
        if isinstance(row, ItemRow):
            return "  ".join(part for part in (row.title, row.about, row.reason) if part)
        parts = (title_of(row, self._name_of), about_text(row, self._name_of), state_text(row))
        return "  ".join(part for part in (*parts, missing_text(row)) if part)

    def measure(self, row: Row, before: Row | None, after: Row | None, width: int) -> int:
        if isinstance(row, ItemRow):
            return item_height(row)
        text, missing = state_text(row), missing_text(row)
        key = (text, missing, row.below, bool(actions_of(row)), self._has_bar(row), width)
        if key not in self._heights:
            if len(self._heights) > 2000:
                self._heights.clear()
            room = self._room(row, width)
            lines = len(self._state_lines(text, room)) + len(self._state_lines(missing, room))
            high = S(PAD * 2) + S(LINE) * (1 if row.below else 2) + S(LINE) * lines
            high += S(BAR) if self._has_bar(row) else 0
            high += S(CHIP + 6) if actions_of(row) else 0
            self._heights[key] = high
        return self._heights[key]

    def paint(self, placed: Placed[Row], before: Row | None, after: Row | None, width: int, tag: str) -> None:
        p = look().palette
        chosen = placed.index in self.selection
        lit = p.sel if chosen else p.hover if placed.index == self.hovered else ""
        if isinstance(placed.row, ItemRow):
            paint_item(self.canvas, placed.row, (placed.y, placed.height, width), lit, tag)
        else:
            self._paint_transfer(placed.row, placed, width, lit, tag)

    def _paint_transfer(self, row: TransferRow, placed: Placed[Row], width: int, lit: str, tag: str) -> None:
        """From top to bottom: title, peer and size, progress bar, state, and buttons."""
        p, c, top = look().palette, self.canvas, placed.y
        surface, small = lit or p.card, look().font(9)
        if lit:
            box = (S(BELOW_INDENT) if row.below else 0, top + 1, width - S(2), top + placed.height - 1)
            self.shapes.round_rect(c, box, surface, S(10), (tag,), p.card)
        x, right, y = self._left(row), width - S(12), top + S(PAD) + S(LINE) // 2
        self._paint_sign(row, x - S(SIGN) - S(10), top + S(PAD), tag)
        self._paint_title(row, x, right, y, tag)
        y += S(LINE)
        if not row.below:
            about = fit(small, about_text(row, self._name_of), right - x)
            c.create_text(x, y, anchor="w", text=about, font=small, fill=p.mute, tags=tag)
            y += S(LINE)
        if self._has_bar(row):
            self._paint_bar(row, x, right, y - S(4), surface, tag)
            y += S(BAR)
        colour = p.tone(tone_of(row)) if tone_of(row) not in ("info", "mute") else p.mute
        for text, ink in ((state_text(row), colour), (missing_text(row), p.warn)):
            for line in self._state_lines(text, right - x):
                c.create_text(x, y, anchor="w", text=line, font=small, fill=ink, tags=tag)
                y += S(LINE)
        self._paint_buttons(row, x, y - S(LINE) // 2 + S(4), right, surface, tag)

    def _paint_title(self, row: TransferRow, x: int, right: int, y: int, tag: str) -> None:
        """The title, with a chevron at the right end if there is more to show below."""
        p, c, bold = look().palette, self.canvas, look().font(10, bold=True)
        if row.can_open:
            sign = look().icon("chevron-down" if row.opened else "chevron-right", 11, p.mute)
            item = c.create_image(right, y, anchor="e", image=sign, tags=tag)
            c.tag_bind(item, "<Button-1>", lambda _e: self._fold(row))
        shortened = fit if row.below else fit_name
        title = shortened(bold, title_of(row, self._name_of), right - x - (S(18) if row.can_open else 0))
        c.create_text(x, y, anchor="w", text=title, font=bold, fill=p.fg, tags=tag)

    def _paint_sign(self, row: TransferRow, x: int, y: int, tag: str) -> None:
        p, size = look().palette, S(SIGN if not row.below else 26)
        x += S(SIGN) - size
        preview = None if row.below else self._preview(row.first.transfer, size)
        if preview is not None:
            middle = x + size // 2
            self.canvas.create_image(middle, y + size // 2, image=preview, tags=tag)
            return
        tone = tone_of(row)
        colour = p.faint if tone == "mute" else p.tone(tone)
        fill = mix(p.card, colour, 0.16)
        box = self.shapes.rect(size, size, fill, size // 2 if row.below else S(10))
        self.canvas.create_image(x, y, anchor="nw", image=box, tags=tag)
        sign = look().icon(icon_of(row), 14 if row.below else 18, colour)
        self.canvas.create_image(x + size // 2, y + size // 2, image=sign, tags=tag)

    def _paint_bar(self, row: TransferRow, x: int, right: int, y: int, surface: str, tag: str) -> None:
        p, high, wide = look().palette, S(5), right - x
        colour = p.tone(tone_of(row))
        self.shapes.round_rect(self.canvas, (x, y, right, y + high), p.line, high // 2, (tag,), surface)
        if row.share > 0:
            end = x + max(high, round(wide * row.share))
            self.shapes.round_rect(self.canvas, (x, y, end, y + high), colour, high // 2, (tag,))

    def _paint_buttons(self, row: TransferRow, x: int, y: int, right: int, surface: str, tag: str) -> None:
        p, c, font, high = look().palette, self.canvas, look().font(9), S(CHIP)
        for place, action in enumerate(actions_of(row)[:BUTTONS_SHOWN]):
            text = action_text(action)
            wide = font.measure(text) + S(18)
            if x + wide > right and place:
                break
            first = place == 0 and row.first.stage is TransferStage.OFFERED and row.first.incoming
            fill = p.me if first else mix(surface, p.fg, 0.09)
            ink = p.me_fg if first else p.err if action in ("cancel", "decline") else p.fg
            name = f"{tag}-{action}"
            self.shapes.round_rect(c, (x, y, x + wide, y + high), fill, S(8), (tag, name), surface)
            middle = (x + wide // 2, y + high // 2)
            c.create_text(*middle, text=text, font=font, fill=ink, tags=(tag, name))
            c.tag_bind(name, "<Button-1>", lambda _e, todo=action: self._pressed(row, todo))
            c.tag_bind(name, "<Enter>", lambda _e: c.configure(cursor="hand2"))
            c.tag_bind(name, "<Leave>", lambda _e: c.configure(cursor=""))
            x += wide + S(6)

    def _pressed(self, row: TransferRow, action: Action) -> None:
        self.canvas.configure(cursor="")
        # The press also chooses the row: act once that is over.
        self.after_idle(self._on_action, row, action)

    def _fold(self, row: TransferRow) -> None:
        self.after_idle(self._on_fold, row)

    def _fold_chosen(self) -> str:
        row = self.row(self.selection.cursor) if len(self.selection) else None
        if isinstance(row, TransferRow) and row.can_open:
            self._on_fold(row)
        return "break"

    def _has_bar(self, row: TransferRow) -> bool:
        stages = {one.stage for one in row.transfers}
        quiet = {TransferStage.OFFERED, TransferStage.DECLINED, TransferStage.FINISHED}
        return bool(stages - quiet) and bool(row.done or stages - {TransferStage.WAITING})

    def _left(self, row: TransferRow) -> int:
        return S(6 + SIGN + 10) + (S(BELOW_INDENT - 10) if row.below else 0)

    def _room(self, row: TransferRow, width: int) -> int:
        return width - S(12) - self._left(row)

    def _state_lines(self, text: str, width: int) -> list[str]:
        if not text:
            return []
        lines = wrap(text, look().font(9).measure, max(S(60), width)).split("\n")
        if len(lines) > STATE_LINES:
            lines = [*lines[: STATE_LINES - 1], lines[STATE_LINES - 1] + " …"]
        return lines

    def _preview(self, transfer: str, size: int) -> ImageTk.PhotoImage | None:
        found = self._previews.get(transfer)
        if found is None:
            found = self._previews.put(transfer, (_picture(self._preview_of(transfer), size, self),))
        return found[0]


def _picture(data: bytes, size: int, master: tk.Misc) -> ImageTk.PhotoImage | None:
    """The middle square of a preview; None if there is none or it can't be decoded."""
    picture = open_preview(data) if data else None
    if picture is None:
        return None
    side = min(picture.size)
    x, y = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((x, y, x + side, y + side))
    return ImageTk.PhotoImage(square.resize((size, size), Image.Resampling.LANCZOS), master=master)
