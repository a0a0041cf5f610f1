"""The rooms in sight that this PC is not in: a click joins."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.shared.i18n import _, ngettext
from gui.widgets.memory_list import MemoryList
from gui.widgets.row_source import Placed
from gui.widgets.text_fit import fit
from net.chat.events import Person, Room

HEIGHT = 46


@dataclass(frozen=True)
class RoomLine:
    """``host``: the name of the room's host."""

    room: Room
    host: str

    @property
    def about(self) -> str:
        count = ngettext("{count} member", "{count} members", self.room.members)
        parts = [count.format(count=self.room.members), _("hosted by {name}").format(name=self.host)]
        if self.room.locked:
            parts.append(_("only with the code"))
        return " · ".join(parts)


def rooms_in_sight(rooms: Iterable[Room], people: Mapping[str, Person]) -> list[RoomLine]:
    """The rooms whose host is online and that this PC is not in; open ones first, each sorted by name."""
    lines = []
    for room in rooms:
        if room.host_online and not (room.joined or room.hosted_here):
            host = people.get(room.host)
            lines.append(RoomLine(room, host.name if host is not None else "?"))
    lines.sort(key=lambda line: (line.room.locked, line.room.name.casefold(), line.room.room))
    return lines


class RoomChoice(MemoryList[RoomLine]):
    """``on_choose(room)`` by a click, or by Return on the line that the arrow keys went to."""

    def __init__(self, master: tk.Misc, on_choose: Callable[[Room], object]) -> None:
        self._on_choose = on_choose
        super().__init__(master)
        self.on_open = self._choose
        self.canvas.configure(cursor="hand2")
        self.canvas.bind("<ButtonRelease-1>", self._released, add="+")
        self.canvas.bind("<Double-Button-1>", lambda _e: "break")
        follow_language(self, self.restyle)

    def set_rows(self, rows: Sequence[RoomLine]) -> bool:
        """Show these lines; the chosen one stays chosen, wherever it is now."""
        before = self.row(self.selection.cursor) if len(self.selection) else None
        changed = super().set_rows(rows)
        if changed:
            self.selection.clear()
            for index, line in enumerate(rows):
                if before is not None and line.room.room == before.room.room:
                    self.selection.only(index)
        return changed

    def text_of(self, row: RoomLine) -> str:
        return f"{row.room.name}  {row.about}"

    def measure(self, row: RoomLine, before: RoomLine | None, after: RoomLine | None, width: int) -> int:
        return S(HEIGHT)

    def paint(
        self, placed: Placed[RoomLine], before: RoomLine | None, after: RoomLine | None, width: int, tag: str
    ) -> None:
        row, p, c, top = placed.row, look().palette, self.canvas, placed.y
        hovered = placed.index == self.hovered or placed.index in self.selection
        if hovered:
            box = (0, top + 1, width - S(2), top + placed.height - 1)
            self.shapes.round_rect(c, box, p.sel, S(10), (tag,), p.card)
        middle, size = top + placed.height // 2, S(30)
        left, right = S(8) + size // 2, width - S(12)
        c.create_image(left, middle, image=self.shapes.rect(size, size, p.me, size * 0.3), tags=tag)
        c.create_image(left, middle, image=look().icon("people-fill", 14, "#ffffff"), tags=tag)
        sign = "key" if row.room.locked else "box-arrow-in-right"
        ink = p.acc if hovered else p.mute
        c.create_image(right, middle, anchor="e", image=look().icon(sign, 14, ink), tags=tag)
        x, room = S(8) + size + S(10), right - S(26)
        for line, text, font, colour in (
            (-S(9), row.room.name, look().font(10, bold=True), p.fg),
            (S(9), row.about, look().font(8), p.mute),
        ):
            c.create_text(
                x, middle + line, anchor="w", text=fit(font, text, room - x), font=font, fill=colour, tags=tag
            )

    def _choose(self, line: RoomLine) -> None:
        self._on_choose(line.room)

    def _released(self, event: tk.Event[tk.Misc]) -> None:
        row = self.row(self.index_at(event.y))
        if row is not None and self.index_at(event.y) in self.selection:
            self._choose(row)
