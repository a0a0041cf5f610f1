"""The bubbles of a chat: besides text they show a quote, a file with its progress, or a picture.

`gui.widgets.bubbles.BubbleList` lays out and paints the bubble itself; it asks here how large the body inside
it is (`ChatBubbles.body_size`) and has it painted at that place (`ChatBubbles.paint_body`). A body is the
text with its links, below its quote if it answers something; or a file: its preview if it has one, else an
icon beside two lines, and below them a bar while it is under way."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from PIL import ImageTk

from gui.look.look import S, look
from gui.look.shapes import BoundedCache, mix
from gui.pages.chat.conversation.message_links import LinkLayer
from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.files.previews import open_preview
from gui.pages.chat.files.transfer_rows import FileFacts
from gui.pages.chat.portraits import portrait
from gui.widgets.bubbles import BubbleList, BubbleRow
from gui.widgets.line_break import wrap
from gui.widgets.text_fit import fit, fit_name
from net.chat.events import TransferStage

FILE_WIDTH, FILE_HEIGHT, FILE_ICON = 340, 40, 38
MISSING_LINE, MISSING_LINES = 17, 4
QUOTE_HEIGHT = 24
AVATAR = 30
PREVIEW_WIDTH, PREVIEW_HEIGHT = 260, 180

_SHOWN: dict[TransferStage, tuple[str, str]] = {
    TransferStage.FINISHED: ("file-earmark-check", "ok"),
    TransferStage.FAILED: ("file-earmark-x", "error"),
    TransferStage.DECLINED: ("file-earmark-x", "mute"),
    TransferStage.CANCELLED_HERE: ("file-earmark-x", "mute"),
    TransferStage.CANCELLED_THERE: ("file-earmark-x", "mute"),
}


class ChatBubbles(BubbleList):
    """``on_file(facts)`` when a file or picture is clicked, ``on_quote(row)`` when a quote is; ``on_link``
    and ``on_link_hover`` as `LinkLayer` calls them. ``colours`` and ``pictures`` of the authors by name."""

    def __init__(
        self,
        master: tk.Misc,
        on_file: Callable[[FileFacts], object],
        on_quote: Callable[[ChatRow], object],
        on_link: Callable[[str], object],
        on_link_hover: Callable[[str], object],
    ) -> None:
        self._on_file = on_file
        self._on_quote = on_quote
        self.colours: dict[str, str] = {}
        self.pictures: dict[str, str] = {}
        self._previews: BoundedCache[tuple[str, int], ImageTk.PhotoImage] = BoundedCache(60)
        self._no_preview: BoundedCache[str, bool] = BoundedCache(500)
        super().__init__(master)
        self.links = LinkLayer(self.canvas, lambda: self.selected_text, on_link, on_link_hover)

    def colour_of(self, author: str) -> str:
        return self.colours.get(author) or super().colour_of(author)

    def _avatar(self, author: str, bottom: int, tag: str) -> None:
        picture = portrait(self.pictures.get(author, ""), S(AVATAR))
        if picture is None:
            super()._avatar(author, bottom, tag)
        else:
            self.canvas.create_image(S(8), bottom, anchor="sw", image=picture, tags=tag)

    def _together(self, one: BubbleRow | None, two: BubbleRow | None) -> bool:
        """Of a group of bubbles only the last one shows its facts: what was refused or is doubtful stands
        alone, so that it shows its own."""
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
                wide, high = max(picture.width(), min(room, S(170))), picture.height() + S(24)
            else:
                bar = S(10) if row.file.share >= 0 else 0
                wide, high = min(room, S(FILE_WIDTH)), S(FILE_HEIGHT) + bar
            lines = len(self._missing_lines(row.file, wide))
            return wide, high + (S(MISSING_LINE) * lines + S(4) if lines else 0)
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
        """One line of what the message answers, with a bar before it."""
        fill, colour = colours
        font, bar = look().font(9), mix(fill, colour, 0.5)
        self.canvas.create_rectangle(x, y + S(1), x + S(3), y + S(18), fill=bar, width=0, tags=tag)
        item = self.canvas.create_text(
            x + S(9),
            y + S(9),
            anchor="w",
            text=fit(font, row.quote, max(S(40), width - S(10))),
            font=font,
            fill=mix(fill, colour, 0.72),
            tags=tag,
        )
        self.canvas.tag_bind(item, "<Button-1>", lambda _e: self._on_quote(row))

    def _paint_file(
        self, file: FileFacts, x: int, y: int, width: int, colours: tuple[str, str], tag: str
    ) -> None:
        canvas, tags = self.canvas, (tag, f"{tag}.file")
        picture = self._preview(file)
        if picture is not None:
            self._paint_picture(file, picture, x, y, width, colours, tags)
            below = picture.height() + S(24)
        else:
            square = self._paint_file_icon(file, x, y, colours, tags)
            self._paint_file_words(file, x, y, width, colours, tags)
            if file.share >= 0:
                self._paint_progress(file, x, y + S(FILE_HEIGHT) + S(4), width, colours, square, tags)
            below = S(FILE_HEIGHT) + (S(10) if file.share >= 0 else 0)
        fill, colour = colours
        for number, line in enumerate(self._missing_lines(file, width)):
            canvas.create_text(
                x,
                y + below + S(MISSING_LINE) * number + S(4),
                anchor="nw",
                text=line,
                font=look().font(9),
                fill=mix(fill, colour, 0.85),
                tags=tags,
            )
        own = tags[1]
        canvas.tag_bind(own, "<Button-1>", lambda _e: self._on_file(file))
        canvas.tag_bind(own, "<Enter>", lambda _e: canvas.configure(cursor="hand2"))
        canvas.tag_bind(own, "<Leave>", lambda _e: canvas.configure(cursor=""))

    def _missing_lines(self, file: FileFacts, width: int) -> list[str]:
        """What was left out of the sending; its list comes with a click on the bubble."""
        text, font = file.missing, look().font(9)
        if not text:
            return []
        lines = wrap(text, font.measure, max(S(60), width)).split("\n")
        if len(lines) > MISSING_LINES:
            lines[MISSING_LINES - 1 :] = [fit(font, " ".join(lines[MISSING_LINES - 1 :]), width)]
        return lines

    def _paint_picture(
        self,
        file: FileFacts,
        picture: ImageTk.PhotoImage,
        x: int,
        y: int,
        width: int,
        colours: tuple[str, str],
        tags: tuple[str, str],
    ) -> None:
        """The preview, and its name and state in one line below it."""
        fill, colour = colours
        font = look().font(8)
        about = fit(font, f" · {file.about}", width - S(40))
        self.canvas.create_image(x, y, anchor="nw", image=picture, tags=tags)
        self.canvas.create_text(
            x,
            y + picture.height() + S(6),
            anchor="nw",
            text=fit_name(font, file.title, max(S(40), width - font.measure(about))) + about,
            font=font,
            fill=mix(fill, colour, 0.75),
            tags=tags,
        )

    def _paint_file_icon(
        self, file: FileFacts, x: int, y: int, colours: tuple[str, str], tags: tuple[str, str]
    ) -> str:
        """How the file stands, as an icon in a square; returns the square's colour."""
        (fill, colour), side = colours, S(FILE_ICON)
        way = "down" if file.incoming else "up"
        icon, tone = _SHOWN.get(file.stage, (f"file-earmark-arrow-{way}", "accent"))
        ink = look().palette.tone(tone) if file.incoming else colour
        square = mix(fill, ink, 0.16)
        ground = self.shapes.rect(side, side, square, S(9))
        self.canvas.create_image(x, y + S(1), anchor="nw", image=ground, tags=tags)
        sign = look().icon(icon, 18, ink)
        self.canvas.create_image(x + side // 2, y + S(1) + side // 2, image=sign, tags=tags)
        return square

    def _paint_file_words(
        self, file: FileFacts, x: int, y: int, width: int, colours: tuple[str, str], tags: tuple[str, str]
    ) -> None:
        """The name, and below it how large it is and how it stands."""
        (fill, colour), beside = colours, S(FILE_ICON) + S(12)
        for line, text, fitted, size, bold, share in (
            (S(10), file.title, fit_name, 10, True, 1.0),
            (S(29), file.about, fit, 9, False, 0.72),
        ):
            font = look().font(size, bold=bold)
            self.canvas.create_text(
                x + beside,
                y + line,
                anchor="w",
                text=fitted(font, text, max(S(40), width - beside)),
                font=font,
                fill=mix(fill, colour, share),
                tags=tags,
            )

    def _paint_progress(
        self,
        file: FileFacts,
        x: int,
        y: int,
        width: int,
        colours: tuple[str, str],
        ground: str,
        tags: tuple[str, str],
    ) -> None:
        """A bar of which as much is filled as is done, at least its round ends."""
        fill, colour = colours
        done = max(S(5), int(width * min(1.0, file.share)))
        ink = look().palette.acc if file.incoming else colour
        self.shapes.round_rect(self.canvas, (x, y, x + width, y + S(5)), ground, S(2), tags, fill)
        self.shapes.round_rect(self.canvas, (x, y, x + done, y + S(5)), ink, S(2), tags, fill)

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
