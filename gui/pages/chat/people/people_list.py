"""The list of people and rooms, which draws only the lines in view."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import datetime

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat import words
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.model import Heading, Talk
from gui.widgets.memory_list import MemoryList
from gui.widgets.row_source import Placed
from gui.widgets.text_fit import fit, fit_name
from net.chat.conversation import Conversation
from net.chat.events import PresenceState, Trust

LINE_HEIGHT, HEADING_HEIGHT = 56, 30
Line = Heading | Talk


class PeopleList(MemoryList[Line]):
    """`on_choose(talk)` when the person goes to another line, `on_context(talk, event)` on a right click."""

    def __init__(
        self,
        master: tk.Misc,
        on_choose: Callable[[Talk], object],
        on_context: Callable[[Talk, tk.Event[tk.Misc]], object],
    ) -> None:
        self._on_choose = on_choose
        self._on_context = on_context
        self._current: Conversation | None = None
        super().__init__(master)
        self.on_menu = self._menu_of
        follow_language(self, self.restyle)

    @property
    def talks(self) -> list[Talk]:
        """The lines that can be chosen, from top to bottom."""
        return [line for line in self.rows.rows if isinstance(line, Talk)]

    def set_rows(self, rows: Sequence[Line]) -> bool:
        changed = super().set_rows(rows)
        if changed:
            self._mark_current()
        return changed

    def choose(self, conversation: Conversation | None) -> None:
        """Mark a line and bring it into view, without calling `on_choose`."""
        self._current = conversation
        index = self._mark_current()
        if index >= 0:
            self.paint_now()
            self.see(index)
        self.refresh()

    def _mark_current(self) -> int:
        rows = self.rows.rows
        index = next(
            (
                i
                for i, line in enumerate(rows)
                if isinstance(line, Talk) and line.conversation == self._current
            ),
            -1,
        )
        self.selection.clear()
        if index >= 0:
            self.selection.only(index)
        return index

    def restyle(self) -> None:
        super().restyle()
        self.canvas.configure(width=S(216))

    def text_of(self, row: Line) -> str:
        if isinstance(row, Heading):
            return words.section_text(row.section)
        beside = f" [{row.fingerprint}]" if row.fingerprint else ""
        return f"{words.talk_name(row)}{beside}  {words.talk_line(row)}"

    def measure(self, row: Line, before: Line | None, after: Line | None, width: int) -> int:
        return S(HEADING_HEIGHT if isinstance(row, Heading) else LINE_HEIGHT)

    def paint(
        self, placed: Placed[Line], before: Line | None, after: Line | None, width: int, tag: str
    ) -> None:
        if isinstance(placed.row, Heading):
            self._paint_heading(placed.row, placed.y + placed.height - S(12), width, tag)
        else:
            self._paint_talk(placed.row, placed, width, tag)

    def _paint_heading(self, heading: Heading, y: int, width: int, tag: str) -> None:
        p, font = look().palette, look().font(9)
        online = heading.section == "online"
        self.canvas.create_text(
            S(4), y, anchor="w", text=words.section_text(heading.section), font=font, fill=p.mute, tags=tag
        )
        self.canvas.create_text(
            width - S(10),
            y,
            anchor="e",
            text=str(heading.count),
            font=font,
            fill=p.ok if online else p.faint,
            tags=tag,
        )

    def _paint_talk(self, talk: Talk, placed: Placed[Line], width: int, tag: str) -> None:
        """An avatar and two lines beside it: the name with its sign of trust, and the newest message.

        What stands at the right end of a line (clock, count of unread messages) is painted first: the words
        get the room that it leaves.
        """
        surface, middle, size = look().palette.card, placed.y + placed.height // 2, S(36)
        if placed.index in self.selection or placed.index == self.hovered:
            surface = self._paint_ground(placed, width, tag)
        draw_avatar(self.canvas, talk, S(8) + size // 2, middle, size, surface, tag)
        left, right = S(8) + size + S(10), width - S(14)
        upper = self._paint_clock(talk, right, middle - S(10), tag)
        lower = self._paint_badge(talk, right, middle, surface, tag)
        self._paint_name(talk, left, upper, middle - S(10), tag)
        self._paint_newest(talk, left, lower, middle + S(10), tag)

    def _paint_ground(self, placed: Placed[Line], width: int, tag: str) -> str:
        """Paint the background of a line that is selected or under the pointer; returns its colour."""
        p = look().palette
        colour = p.sel if placed.index in self.selection else p.hover
        box = (0, placed.y + S(1), width - S(4), placed.y + placed.height - S(1))
        self.shapes.round_rect(self.canvas, box, colour, S(12), (tag,), p.card)
        return colour

    def _paint_clock(self, talk: Talk, right: int, y: int, tag: str) -> int:
        """When the newest message came; returns where the room left of it ends."""
        if talk.last is None:
            return right
        clock, font = _clock(talk.last.time), look().font(8)
        self.canvas.create_text(
            right, y, anchor="e", text=clock, font=font, fill=look().palette.faint, tags=tag
        )
        return right - font.measure(clock) - S(6)

    def _paint_badge(self, talk: Talk, right: int, middle: int, surface: str, tag: str) -> int:
        """How many messages are unread, or that a room can be joined; returns where the room left of it
        ends."""
        p, c, font = look().palette, self.canvas, look().font(8, bold=True)
        if talk.unread:
            text = str(talk.unread) if talk.unread < 1000 else "999+"
            wide = max(S(20), font.measure(text) + S(12))
            badge = (right - wide, middle + S(1), right, middle + S(19))
            self.shapes.round_rect(c, badge, p.me, S(9), (tag,), surface)
            c.create_text(right - wide // 2, middle + S(10), text=text, fill="#ffffff", font=font, tags=tag)
            return right - wide - S(6)
        if not talk.joined:
            image = look().icon("box-arrow-in-right", 12, p.mute)
            c.create_image(right, middle + S(10), anchor="e", image=image, tags=tag)
            return right - S(18)
        return right

    def _paint_name(self, talk: Talk, x: int, right: int, y: int, tag: str) -> None:
        """The name, the fingerprint if another person has the same name, and the sign of trust."""
        p, c = look().palette, self.canvas
        mark = words.TRUST_ICONS.get(talk.trust) if talk.trust is not None else None
        room = right - x - (S(18) if mark else 0)
        bold, tiny = look().font(10, bold=True), look().font(8, mono=True)
        beside = f"[{talk.fingerprint}]" if talk.fingerprint else ""
        wide = tiny.measure(beside) + S(5) if beside else 0
        name = fit(bold, words.talk_name(talk), room - wide)
        away = talk.presence is PresenceState.OFFLINE and talk.section == "offline"
        c.create_text(x, y, anchor="w", text=name, font=bold, fill=p.mute if away else p.fg, tags=tag)
        edge = x + bold.measure(name)
        if beside:
            c.create_text(edge + S(5), y, anchor="w", text=beside, font=tiny, fill=p.mute, tags=tag)
            edge += wide
        if mark is not None:
            icon, tone = mark
            image = look().icon(icon, 11, p.faint if tone == "mute" else p.tone(tone))
            c.create_image(edge + S(5), y, anchor="w", image=image, tags=tag)

    def _paint_newest(self, talk: Talk, x: int, right: int, y: int, tag: str) -> None:
        """The newest message, that somebody types, or why nothing is sent to this person."""
        p, c, small = look().palette, self.canvas, look().font(8)
        warned = talk.trust in (Trust.CHANGED, Trust.BLOCKED)
        line = words.trust_text(talk.trust) if warned and talk.trust else words.talk_line(talk)
        is_file = talk.last is not None and bool(talk.last.transfer) and not (warned or talk.typing)
        if is_file:
            c.create_image(x, y, anchor="w", image=look().icon("paperclip", 11, p.mute), tags=tag)
            x += S(15)
        colour = p.err if warned else p.acc if talk.typing else p.mute
        shown = (fit_name if is_file else fit)(small, line, right - x)
        c.create_text(x, y, anchor="w", text=shown, font=small, fill=colour, tags=tag)

    def _menu_of(self, line: Line, event: tk.Event[tk.Misc]) -> None:
        if isinstance(line, Talk):
            self._on_context(line, event)

    def selected(self) -> None:
        row = self.row(self.selection.cursor) if len(self.selection) else None
        if isinstance(row, Heading):
            self._mark_current()
        elif row is not None:
            self.selection.only(self.selection.cursor)
            if row.conversation != self._current:
                self._current = row.conversation
                self._on_choose(row)
        super().selected()

    def step(self, by: int, extend: bool, _event: tk.Event[tk.Misc]) -> str:
        """Go to the next line that can be chosen, skipping headings."""
        rows = self.rows.rows
        start = self.selection.cursor if len(self.selection) else (len(rows) if by < 0 else -1)
        index = start + by
        while 0 <= index < len(rows) and isinstance(rows[index], Heading):
            index += by
        if 0 <= index < len(rows):
            self.selection.only(index)
            self.see(index)
            self.selected()
        return "break"

    def clear_selection(self) -> None:
        """A click beside the lines does not close the conversation."""


def _clock(time: int) -> str:
    when = datetime.fromtimestamp(time // 1_000_000_000)
    if when.date() == datetime.now().date():
        return f"{when:%H:%M}"
    return f"{when.month}/{when.day}"
