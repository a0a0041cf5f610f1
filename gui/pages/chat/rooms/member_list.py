"""A room's members: a thousand are as quick as three."""

from __future__ import annotations

import tkinter as tk
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gui.look.look import S, look
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.model import FINGERPRINT_DIGITS, Talk, folded_name, name_order
from gui.pages.chat.words import PRESENCES
from gui.shared.i18n import _
from gui.widgets.text_fit import fit
from gui.widgets.virtual_list import ListSource, Placed, VirtualList
from net.chat.events import PresenceState, RoomMember

HEIGHT = 44
HERE = frozenset({PresenceState.ONLINE, PresenceState.AWAY, PresenceState.BUSY})


@dataclass(frozen=True)
class MemberRow:
    member: RoomMember
    host: bool = False
    me: bool = False
    fingerprint: str = ""
    picture: str | bytes = ""

    @property
    def presence(self) -> PresenceState:
        return presence_of(self.member)

    @property
    def about(self) -> str:
        """How the member stands, in a few words."""
        parts = [f"[{self.fingerprint}]"] if self.fingerprint else []
        if self.host:
            parts.append(_("host"))
        parts.append(_(PRESENCES[self.presence]))
        if self.member.muted:
            parts.append(_("muted"))
        return " · ".join(parts)

    @property
    def title(self) -> str:
        return _("{name} (you)").format(name=self.member.name) if self.me else self.member.name


def presence_of(member: RoomMember) -> PresenceState:
    """An unknown word of a newer version counts as being here."""
    try:
        return PresenceState(member.state)
    except ValueError:
        return PresenceState.ONLINE if member.state else PresenceState.OFFLINE


def rows_of(
    members: Iterable[RoomMember],
    host: str,
    me: str,
    wanted: str = "",
    fingerprint: Callable[[str, str], str] = lambda _identity, _name: "",
) -> list[MemberRow]:
    """The host first, then who is here, then the others, each by name; only names with ``wanted`` in them.
    ``fingerprint(identity, name)``: what tells a member from somebody elsewhere who has the name too."""
    folded = wanted.strip().casefold()
    members = list(members)
    names = Counter(folded_name(one.name) for one in members)
    rows = [
        MemberRow(
            *(one, one.identity == host, one.identity == me),
            one.identity[:FINGERPRINT_DIGITS]
            if names[folded_name(one.name)] > 1
            else fingerprint(one.identity, one.name),
        )
        for one in members
        if not folded or folded in one.name.casefold()
    ]
    rows.sort(key=lambda row: (not row.host, row.presence not in HERE, name_order(row.member.name)))
    return rows


class MemberList(VirtualList[MemberRow]):
    """``on_select``, ``on_menu`` and ``on_open`` as of any list; one line is chosen at a time."""

    def __init__(self, master: tk.Misc) -> None:
        self.rows: ListSource[MemberRow] = ListSource()
        super().__init__(master, self.rows)
        self.at_bottom = False

    @property
    def chosen(self) -> MemberRow | None:
        return self.row(self.selection.cursor) if len(self.selection) else None

    def set_rows(self, rows: list[MemberRow]) -> None:
        """Show these; who was chosen stays chosen, wherever they are now."""
        if rows == self.rows.rows:
            return
        chosen = self.chosen
        self.rows.rows = rows
        self.at_bottom = False
        self._pages.clear()
        self.selection.clear()
        if chosen is not None:
            self.choose(chosen.member.identity)
        self.refresh()

    def choose(self, identity: str) -> None:
        for index, row in enumerate(self.rows.rows):
            if row.member.identity == identity:
                self._known = len(self.rows.rows)
                self.selection.only(index)
                self._schedule()

    def text_of(self, row: MemberRow) -> str:
        return f"{row.title}  {row.about}"

    def measure(self, row: MemberRow, before: MemberRow | None, after: MemberRow | None, width: int) -> int:
        return S(HEIGHT)

    def paint(
        self,
        placed: Placed[MemberRow],
        before: MemberRow | None,
        after: MemberRow | None,
        width: int,
        tag: str,
    ) -> None:
        assert placed.row is not None
        row, p, c, top = placed.row, look().palette, self.canvas, placed.y
        surface = p.card
        if placed.index in self.selection or placed.index == self.hovered:
            surface = p.sel if placed.index in self.selection else p.hover
            box = (0, top + 1, width - S(2), top + placed.height - 1)
            self.shapes.round_rect(c, box, surface, S(10), (tag,), p.card)
        middle, size = top + placed.height // 2, S(30)
        talk = Talk(
            *(f"p:{row.member.identity}", "online", row.member.name, row.member.colour, row.presence),
            picture=row.picture,
        )
        draw_avatar(c, talk, S(8) + size // 2, middle, size, surface, tag)
        x, right = S(8) + size + S(10), width - S(10)
        for sign, colour, on in (
            ("mic-mute-fill", p.err, row.member.muted),
            ("star-fill", p.warn, row.host),
        ):
            if on:
                image = look().icon(sign, 13, colour)
                c.create_image(right, middle, anchor="e", image=image, tags=tag)
                right -= S(20)
        bold, small = look().font(10, bold=True), look().font(8)
        faded = row.presence is PresenceState.OFFLINE
        name = fit(bold, row.title, right - x)
        colour = p.mute if faded else p.fg
        c.create_text(x, middle - S(8), anchor="w", text=name, font=bold, fill=colour, tags=tag)
        about = fit(small, row.about, right - x)
        c.create_text(x, middle + S(9), anchor="w", text=about, font=small, fill=p.mute, tags=tag)
