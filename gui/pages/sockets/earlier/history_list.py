"""The sessions of the transcript by the day they began; a million rows are as quick as ten."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gui.look.look import S, look
from gui.pages.sockets import words
from gui.pages.sockets.conversation.rows import moment
from gui.pages.sockets.earlier.recalled import recalled
from gui.pages.sockets.session_items import ICONS
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.text_fit import fit
from gui.widgets.virtual_list import Placed, VirtualList

if TYPE_CHECKING:
    from net.transcript.catalog import SessionCatalog, StoredTree

LINE_HEIGHT, DAY_HEIGHT = 48, 30


@dataclass(frozen=True)
class HistoryRow:
    """One line, formatted. ``is_open``: the session has not ended."""

    session: int
    day: date
    clock: str
    title: str
    about: str
    icon: str
    is_open: bool
    codec: str


def history_row(tree: StoredTree) -> HistoryRow:
    """The line for a stored session."""
    stored = tree.session
    known = recalled(stored)
    began = moment(stored.opened)
    is_open = stored.closed is None
    about = [words.session_kind(known), _("Still open") if is_open else words.status_words(known)[0]]
    if tree.connections:
        about.append(
            ngettext("{count} client", "{count} clients", tree.connections).format(
                count=wording.count_text(tree.connections)
            )
        )
    about.append(
        ngettext("{count} entry", "{count} entries", tree.rows).format(count=wording.count_text(tree.rows))
    )
    return HistoryRow(
        session=stored.session,
        day=began.date(),
        clock=f"{began:%H:%M}",
        title=words.session_title(known),
        about=" · ".join(about),
        icon=ICONS[known.role],
        is_open=is_open,
        codec=stored.codec,
    )


class HistoryRows:
    """A row source over the ids of a `SessionCatalog`; only the visible sessions are read."""

    def __init__(self, catalog: SessionCatalog | None) -> None:
        self._catalog = catalog
        self.ids: array[int] = array("q")

    def count(self) -> int:
        return len(self.ids)

    def fetch(self, start: int, stop: int) -> Sequence[HistoryRow]:
        if self._catalog is None:
            return []
        return [history_row(tree) for tree in self._catalog.fetch(self.ids[start:stop])]


class HistoryList(VirtualList[HistoryRow]):
    """The newest at the top, each day under its date."""

    def measure(
        self, row: HistoryRow, before: HistoryRow | None, after: HistoryRow | None, width: int
    ) -> int:
        return S(LINE_HEIGHT + (DAY_HEIGHT if _begins_day(row, before) else 0))

    def text_of(self, row: HistoryRow) -> str:
        return f"{row.day.isoformat()} {row.clock}  {row.title}  {row.about}"

    def paint(
        self,
        placed: Placed[HistoryRow],
        before: HistoryRow | None,
        after: HistoryRow | None,
        width: int,
        tag: str,
    ) -> None:
        row, p, c, y = placed.row, look().palette, self.canvas, placed.y
        small, bold = look().font(8), look().font(10, bold=True)
        if _begins_day(row, before):
            c.create_text(
                S(4),
                y + S(18),
                anchor="w",
                text=_day_text(row.day),
                font=look().font(9),
                fill=p.mute,
                tags=tag,
            )
            y += S(DAY_HEIGHT)
        bottom, middle = placed.y + placed.height, (y + placed.y + placed.height) // 2
        surface = p.card
        if placed.index in self.selection or placed.index == self.hovered:
            surface = p.sel if placed.index in self.selection else p.hover
            box = (0, y + S(1), width - S(4), bottom - S(1))
            self.shapes.round_rect(c, box, surface, S(12), (tag,), p.card)
        size = S(30)
        colour = p.me if row.is_open else p.faint
        c.create_image(S(8), middle, anchor="w", image=self.shapes.rect(size, size, colour, S(9)), tags=tag)
        sign = look().icon(row.icon, 14, "#ffffff")
        c.create_image(S(8) + size // 2, middle, image=sign, tags=tag)
        left, right = S(8) + size + S(10), width - S(14)
        c.create_text(right, middle - S(9), anchor="e", text=row.clock, font=small, fill=p.faint, tags=tag)
        room = right - left - small.measure(row.clock) - S(8)
        title = fit(bold, row.title, room)
        c.create_text(left, middle - S(9), anchor="w", text=title, font=bold, fill=p.fg, tags=tag)
        about = fit(small, row.about, right - left)
        c.create_text(left, middle + S(10), anchor="w", text=about, font=small, fill=p.mute, tags=tag)


def _begins_day(row: HistoryRow, before: HistoryRow | None) -> bool:
    return before is None or before.day != row.day


def _day_text(day: date) -> str:
    return _("{year}-{month:02d}-{day:02d}").format(year=day.year, month=day.month, day=day.day)
