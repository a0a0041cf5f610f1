"""The list of people and rooms: a thousand are as quick as three."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from gui.look.look import S, look
from gui.pages.chat import words
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.model import Heading, Talk
from gui.widgets.text_fit import fit
from gui.widgets.virtual_list import ListSource, Placed, VirtualList
from net.chat.events import PresenceState, Trust

LINE_HEIGHT, HEADING_HEIGHT = 56, 30
Line = Heading | Talk


class PeopleList(VirtualList[Line]):
    """`on_choose(talk)` when the user goes to another line, `on_context(talk, event)` on a right click."""

    def __init__(self, master: tk.Misc, **options: Any) -> None:
        self.on_choose: Callable[[Talk], None] = lambda _talk: None
        self.on_context: Callable[[Talk, tk.Event[tk.Misc]], None] = lambda _talk, _event: None
        self._lines: ListSource[Line] = ListSource()
        self._current = ""
        super().__init__(master, self._lines, **options)
        self.at_bottom = False
        self.canvas.configure(width=S(216))
        self.on_menu = lambda line, event: self.on_context(line, event) if isinstance(line, Talk) else None

    @property
    def current(self) -> str:
        """The chosen conversation."""
        return self._current

    @property
    def talks(self) -> list[Talk]:
        """The lines that can be chosen, from top to bottom."""
        return [line for line in self._lines.rows if isinstance(line, Talk)]

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these; unchanged ones cost nothing."""
        if self._lines.rows == lines:
            return
        self._lines.rows = list(lines)
        self.at_bottom = False  # who comes below does not push away who is looked at
        self._pages.clear()
        self._mark_current()
        self.refresh()

    def choose(self, conversation: str) -> None:
        """Mark a line and bring it into view, without telling the owner."""
        self._current = conversation
        index = self._mark_current()
        if index >= 0:
            self.paint_now()
            self.see(index)
        self.refresh()

    def _mark_current(self) -> int:
        rows = self._lines.rows
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
        assert placed.row is not None
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
        p, c = look().palette, self.canvas
        top, middle = placed.y, placed.y + placed.height // 2
        surface = p.card
        if placed.index in self.selection or placed.index == self.hovered:
            surface = p.sel if placed.index in self.selection else p.hover
            box = (0, top + S(1), width - S(4), top + placed.height - S(1))
            self.shapes.round_rect(c, box, surface, S(12), (tag,), p.card)
        size = S(36)
        draw_avatar(c, talk, S(8) + size // 2, middle, size, surface, tag)
        x, right = S(8) + size + S(10), width - S(14)
        bold, small = look().font(10, bold=True), look().font(8)
        upper = lower = right
        if talk.last is not None:
            clock = _clock(talk.last.time)
            c.create_text(right, middle - S(10), anchor="e", text=clock, font=small, fill=p.faint, tags=tag)
            upper -= small.measure(clock) + S(6)
        if talk.unread:
            text = str(talk.unread) if talk.unread < 1000 else "999+"
            wide = max(S(20), look().font(8, bold=True).measure(text) + S(12))
            badge = (right - wide, middle + S(1), right, middle + S(19))
            self.shapes.round_rect(c, badge, p.me, S(9), (tag,), surface)
            c.create_text(
                right - wide // 2,
                middle + S(10),
                text=text,
                fill="#ffffff",
                font=look().font(8, bold=True),
                tags=tag,
            )
            lower -= wide + S(6)
        elif not talk.joined:
            c.create_image(
                right,
                middle + S(10),
                anchor="e",
                image=look().icon("box-arrow-in-right", 12, p.mute),
                tags=tag,
            )
            lower -= S(18)
        mark = words.TRUST_ICONS.get(talk.trust) if talk.trust is not None else None
        room = upper - x - (S(18) if mark else 0)
        tiny = look().font(8, mono=True)
        beside = f"[{talk.fingerprint}]" if talk.fingerprint else ""
        wide = tiny.measure(beside) + S(5) if beside else 0
        name = fit(bold, words.talk_name(talk), room - wide)
        edge = x + bold.measure(name)
        away = talk.presence is PresenceState.OFFLINE and talk.section == "offline"
        c.create_text(
            x, middle - S(10), anchor="w", text=name, font=bold, fill=p.mute if away else p.fg, tags=tag
        )
        if beside:
            c.create_text(
                edge + S(5), middle - S(10), anchor="w", text=beside, font=tiny, fill=p.mute, tags=tag
            )
            edge += wide
        if mark is not None:
            icon, tone = mark
            colour = p.faint if tone == "mute" else p.tone(tone)
            c.create_image(
                edge + S(5),
                middle - S(10),
                anchor="w",
                image=look().icon(icon, 11, colour),
                tags=tag,
            )
        warned = talk.trust in (Trust.CHANGED, Trust.BLOCKED)
        line = words.trust_text(talk.trust) if warned and talk.trust else words.talk_line(talk)
        if talk.last is not None and talk.last.transfer and not (warned or talk.typing):
            clip = look().icon("paperclip", 11, p.mute)
            c.create_image(x, middle + S(10), anchor="w", image=clip, tags=tag)
            x += S(15)
        c.create_text(
            x,
            middle + S(10),
            anchor="w",
            text=fit(small, line, lower - x),
            font=small,
            fill=p.err if warned else p.acc if talk.typing else p.mute,
            tags=tag,
        )

    def selected(self) -> None:
        row = self.row(self.selection.cursor) if len(self.selection) else None
        if isinstance(row, Heading):
            self._mark_current()
        elif row is not None:
            self.selection.only(self.selection.cursor)
            if row.conversation != self._current:
                self._current = row.conversation
                self.on_choose(row)
        super().selected()

    def step(self, by: int, extend: bool, _event: tk.Event[tk.Misc]) -> str:
        """To the next line that can be chosen: headings are passed over."""
        rows = self._lines.rows
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
        """A click beside the lines leaves the conversation where it is."""


def _clock(time: int) -> str:
    when = datetime.fromtimestamp(time // 1_000_000_000)
    if when.date() == datetime.now().date():
        return f"{when:%H:%M}"
    return f"{when.month}/{when.day}"
