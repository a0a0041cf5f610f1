"""The bubbles of a chat: besides text they show a quote, a file with its progress, or a picture."""

from __future__ import annotations

import io
import tkinter as tk
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageTk

from gui.look.look import S, look
from gui.look.shapes import BoundedCache, mix
from gui.pages.chat.conversation.message_links import LinkLayer
from gui.pages.chat.conversation.rows import ChatRow, FileFacts
from gui.pages.chat.portraits import portrait
from gui.widgets.bubbles import BubbleList, BubbleRow
from gui.widgets.text_fit import fit
from net.chat.events import TransferStage

FILE_WIDTH, FILE_HEIGHT = 340, 40
QUOTE_HEIGHT = 24
AVATAR = 30
PREVIEW_WIDTH, PREVIEW_HEIGHT = 260, 180
LARGEST_PREVIEW = 2048
"""Pixels a side that a preview may have: a larger one comes from somebody who means harm."""

_SHOWN: dict[TransferStage, tuple[str, str]] = {
    TransferStage.FINISHED: ("file-earmark-check", "ok"),
    TransferStage.FAILED: ("file-earmark-x", "error"),
    TransferStage.DECLINED: ("file-earmark-x", "mute"),
    TransferStage.CANCELLED_HERE: ("file-earmark-x", "mute"),
    TransferStage.CANCELLED_THERE: ("file-earmark-x", "mute"),
}


class ChatBubbles(BubbleList):
    """``on_file(facts)`` when a file or picture is clicked; ``on_quote(row)`` when a quote is."""

    def __init__(self, master: tk.Misc, **options: Any) -> None:
        self.on_file: Callable[[FileFacts], None] = lambda _facts: None
        self.on_quote: Callable[[ChatRow], None] = lambda _row: None
        self.colours: dict[str, str] = {}
        self.pictures: dict[str, str] = {}
        self._previews: BoundedCache[tuple[str, int], ImageTk.PhotoImage] = BoundedCache(60)
        self._no_preview: BoundedCache[str, bool] = BoundedCache(500)
        super().__init__(master, **options)
        self.links = LinkLayer(self.canvas, lambda: self.selected_text)

    def colour_of(self, author: str) -> str:
        return self.colours.get(author) or super().colour_of(author)

    def _avatar(self, author: str, bottom: int, tag: str) -> None:
        picture = portrait(self.pictures.get(author, ""), S(AVATAR))
        if picture is None:
            super()._avatar(author, bottom, tag)
        else:
            self.canvas.create_image(S(8), bottom, anchor="sw", image=picture, tags=tag)

    def _together(self, one: BubbleRow | None, two: BubbleRow | None) -> bool:
        """What was refused, or is doubtful, says so itself: of a group only the last one would."""
        if one is None or two is None or not super()._together(one, two):
            return False
        return one.tone == two.tone and (two.side == "out" or one.meta == two.meta)

    def forget_measures(self) -> None:
        super().forget_measures()
        self._previews.clear()

    def body_size(self, row: BubbleRow, width: int) -> tuple[int, int]:
        if not isinstance(row, ChatRow):
            return super().body_size(row, width)
        room = self._wrap(width)
        if row.file is not None:
            picture = self._preview(row.file)
            if picture is not None:
                return max(picture.width(), min(room, S(170))), picture.height() + S(24)
            bar = S(10) if row.file.share >= 0 else 0
            return min(room, S(FILE_WIDTH)), S(FILE_HEIGHT) + bar
        wide, high = super().body_size(row, width)
        if row.quote:
            quote = look().font(9).measure(row.quote[:200].replace("\n", " ")) + S(12)
            return max(wide, min(room, quote)), high + S(QUOTE_HEIGHT)
        return wide, high

    def paint_body(
        self, row: BubbleRow, x: int, y: int, width: int, colours: tuple[str, str], tag: str
    ) -> None:
        if isinstance(row, ChatRow) and row.file is not None:
            self._paint_file(row.file, x, y, width, colours, tag)
            return
        if isinstance(row, ChatRow) and row.quote:
            self._paint_quote(row, x, y, width, colours, tag)
            y += S(QUOTE_HEIGHT)
        super().paint_body(row, x, y, width, colours, tag)
        ends = self._laid(row, self._width()).ends
        self.links.paint(row.text, self._shown(row), ends, look().font(11), colours, tag)

    def _paint_quote(
        self, row: ChatRow, x: int, y: int, width: int, colours: tuple[str, str], tag: str
    ) -> None:
        fill, colour = colours
        faint = mix(fill, colour, 0.72)
        self.canvas.create_rectangle(
            x, y + S(1), x + S(3), y + S(18), fill=mix(fill, colour, 0.5), width=0, tags=tag
        )
        item = self.canvas.create_text(
            x + S(9),
            y + S(9),
            anchor="w",
            text=fit(look().font(9), row.quote, max(S(40), width - S(10))),
            font=look().font(9),
            fill=faint,
            tags=tag,
        )
        self.canvas.tag_bind(item, "<Button-1>", lambda _e: self.on_quote(row))

    def _paint_file(
        self, file: FileFacts, x: int, y: int, width: int, colours: tuple[str, str], tag: str
    ) -> None:
        canvas, (fill, colour) = self.canvas, colours
        own = f"{tag}.file"
        picture = self._preview(file)
        if picture is not None:
            canvas.create_image(x, y, anchor="nw", image=picture, tags=(tag, own))
            words = fit(look().font(8), f"{file.title} · {file.about}", width)
            canvas.create_text(
                x,
                y + picture.height() + S(6),
                anchor="nw",
                text=words,
                font=look().font(8),
                fill=mix(fill, colour, 0.75),
                tags=(tag, own),
            )
        else:
            side = S(38)
            way = "down" if file.incoming else "up"
            icon, tone = _SHOWN.get(file.stage, (f"file-earmark-arrow-{way}", "accent"))
            ink = look().palette.tone(tone) if file.incoming else colour
            square = mix(fill, ink, 0.16)
            canvas.create_image(
                x, y + S(1), anchor="nw", image=self.shapes.rect(side, side, square, S(9)), tags=(tag, own)
            )
            canvas.create_image(
                x + side // 2, y + S(1) + side // 2, image=look().icon(icon, 18, ink), tags=(tag, own)
            )
            left, room = x + side + S(12), max(S(40), width - side - S(12))
            for line, text, size, bold, share in (
                (S(10), file.title, 10, True, 1.0),
                (S(29), file.about, 9, False, 0.72),
            ):
                font = look().font(size, bold=bold)
                canvas.create_text(
                    left,
                    y + line,
                    anchor="w",
                    text=fit(font, text, room),
                    font=font,
                    fill=mix(fill, colour, share),
                    tags=(tag, own),
                )
            if file.share >= 0:
                top = y + S(FILE_HEIGHT) + S(4)
                box = (x, top, x + width, top + S(5))
                self.shapes.round_rect(canvas, box, square, S(2), (tag, own), fill)
                done = (x, top, x + max(S(5), int(width * min(1.0, file.share))), top + S(5))
                ink = look().palette.acc if file.incoming else colour
                self.shapes.round_rect(canvas, done, ink, S(2), (tag, own), fill)
        canvas.tag_bind(own, "<Button-1>", lambda _e: self.on_file(file))
        canvas.tag_bind(own, "<Enter>", lambda _e: canvas.configure(cursor="hand2"))
        canvas.tag_bind(own, "<Leave>", lambda _e: canvas.configure(cursor=""))

    def _preview(self, file: FileFacts) -> ImageTk.PhotoImage | None:
        if not file.preview or self._no_preview.get(file.transfer):
            return None
        key = (file.transfer, S(PREVIEW_WIDTH))
        found = self._previews.get(key)
        if found is None:
            image = open_preview(file.preview)
            if image is None:
                self._no_preview.put(file.transfer, True)
                return None
            image.thumbnail((S(PREVIEW_WIDTH), S(PREVIEW_HEIGHT)))
            found = self._previews.put(key, ImageTk.PhotoImage(image, master=self))
        return found


def open_preview(data: bytes) -> Image.Image | None:
    """A preview that came from somebody else, decoded; None where it is none, or too large to be one."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if max(image.size) > LARGEST_PREVIEW or min(image.size) < 1:
                return None
            shown: Image.Image = image.convert("RGB")
            return shown
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
