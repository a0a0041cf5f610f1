"""The list of a room's members, which draws only the lines in view."""

from __future__ import annotations

import tkinter as tk
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.model import FINGERPRINT_DIGITS, Talk, folded_name, name_order
from gui.pages.chat.words import PRESENCES
from gui.shared.i18n import _
from gui.widgets.memory_list import MemoryList
from gui.widgets.row_source import Placed
from gui.widgets.text_fit import fit
from net.chat.conversation import Conversation
from net.chat.events import PresenceState, RoomMember
from net.protocol.folding import folded

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
        """The line below the name: fingerprint, host, presence, muted."""
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
    """The member's presence; a word that this version does not know counts as online."""
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
    """The host first, then those online, then the others, each sorted by name; only names that contain
    ``wanted``. ``fingerprint(identity, name)`` distinguishes a member from somebody elsewhere of the same
    name."""
    looked_for = folded(wanted.strip())
    members = list(members)
    names = Counter(folded_name(one.name) for one in members)
    rows = [
        MemberRow(
            member=one,
            host=one.identity == host,
            me=one.identity == me,
            fingerprint=one.identity[:FINGERPRINT_DIGITS]
            if names[folded_name(one.name)] > 1
            else fingerprint(one.identity, one.name),
        )
        for one in members
        if not looked_for or looked_for in folded(one.name)
    ]
    rows.sort(key=lambda row: (not row.host, row.presence not in HERE, name_order(row.member.name)))
    return rows


class MemberList(MemoryList[MemberRow]):
    """``on_select``, ``on_menu`` and ``on_open`` as in any list; one line is chosen at a time."""

    def __init__(self, master: tk.Misc) -> None:
        super().__init__(master)
        follow_language(self, self.restyle)

    @property
    def chosen(self) -> MemberRow | None:
        return self.row(self.selection.cursor) if len(self.selection) else None

    def set_rows(self, rows: Sequence[MemberRow]) -> bool:
        """Show these rows; the chosen member stays chosen, wherever they are now."""
        chosen = self.chosen
        changed = super().set_rows(rows)
        if changed:
            self.selection.clear()
            if chosen is not None:
                self.choose(chosen.member.identity)
        return changed

    def choose(self, identity: str) -> None:
        for index, row in enumerate(self.rows.rows):
            if row.member.identity == identity:
                self.selection.only(index)
                self.refresh()

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
        row, surface = placed.row, look().palette.card
        if placed.index in self.selection or placed.index == self.hovered:
            surface = self._paint_ground(placed, width, tag)
        middle, size = placed.y + placed.height // 2, S(30)
        talk = Talk(
            conversation=Conversation.person(row.member.identity),
            section="online",
            name=row.member.name,
            colour=row.member.colour,
            presence=row.presence,
            picture=row.picture,
        )
        draw_avatar(self.canvas, talk, S(8) + size // 2, middle, size, surface, tag)
        right = self._paint_signs(row, width - S(10), middle, tag)
        self._paint_words(row, S(8) + size + S(10), right, middle, tag)

    def _paint_ground(self, placed: Placed[MemberRow], width: int, tag: str) -> str:
        """Paint the background of a line that is selected or under the pointer; returns its colour."""
        p = look().palette
        colour = p.sel if placed.index in self.selection else p.hover
        box = (0, placed.y + 1, width - S(2), placed.y + placed.height - 1)
        self.shapes.round_rect(self.canvas, box, colour, S(10), (tag,), p.card)
        return colour

    def _paint_signs(self, row: MemberRow, right: int, y: int, tag: str) -> int:
        """The signs of a muted member and of the host; returns where the room left of them ends."""
        p = look().palette
        for sign, colour, on in (
            ("mic-mute-fill", p.err, row.member.muted),
            ("star-fill", p.warn, row.host),
        ):
            if on:
                image = look().icon(sign, 13, colour)
                self.canvas.create_image(right, y, anchor="e", image=image, tags=tag)
                right -= S(20)
        return right

    def _paint_words(self, row: MemberRow, x: int, right: int, middle: int, tag: str) -> None:
        p, c = look().palette, self.canvas
        bold, small = look().font(10, bold=True), look().font(8)
        colour = p.mute if row.presence is PresenceState.OFFLINE else p.fg
        name, about = fit(bold, row.title, right - x), fit(small, row.about, right - x)
        c.create_text(x, middle - S(8), anchor="w", text=name, font=bold, fill=colour, tags=tag)
        c.create_text(x, middle + S(9), anchor="w", text=about, font=small, fill=p.mute, tags=tag)
