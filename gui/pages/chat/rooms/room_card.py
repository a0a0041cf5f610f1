"""The card of a room: its code, its members, and what its host can do."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat.context import ChatContext
from gui.pages.chat.rooms.member_list import HERE, MemberList, MemberRow, rows_of
from gui.pages.chat.rooms.room_code import RoomCodeWindow
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.field import FieldEntry
from gui.widgets.form import Switch
from gui.widgets.menu import MenuEntry, popup_menu
from gui.widgets.tooltip import Tooltip
from gui.widgets.wrapping_label import WrappingLabel
from net.chat.commands import (
    HandOverRoom,
    LeaveRoom,
    ListMembers,
    MuteMember,
    RemoveMember,
    SetRoom,
)
from net.chat.conversation import Conversation
from net.chat.events import PersonChanged, Room, RoomChanged, RoomMember, RoomMembers, RoomMembersChanged

RULES = ("locked", "read_only", "all_muted")


class RoomCard(ttk.Frame):
    """Shows the room whose id is given to `show`."""

    def __init__(self, master: tk.Misc, context: ChatContext) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.context = context
        self.room = ""
        self.members: dict[str, RoomMember] = {}
        self.switches: dict[str, Switch] = {}
        self.tools: dict[str, ttk.Button] = {}
        self._tips: dict[str, Tooltip] = {}
        self._labels: dict[str, ttk.Label] = {}
        self._members_changed = self._room_changed = False
        self._build()
        self._unwatch = context.services.watch_events(
            {
                RoomMembers: self._take_members,
                RoomMembersChanged: self._take_changed_members,
                PersonChanged: self._take_person,
                RoomChanged: self._take_room,
            },
            after=self._show_changes,
        )
        self.bind("<Destroy>", lambda event: self._unwatch() if event.widget is self else None, add="+")
        look().watch(self, lambda: self.configure(padding=S(14)))
        follow_language(self, self._set_words)

    def _build(self) -> None:
        head = ttk.Frame(self, style="In.TFrame")
        head.pack(fill="x")
        self._tool(head, "close", "x-lg", self.context.side_toggled).pack(side="right", anchor="n")
        self.heading = ttk.Label(head, style="InH.TLabel", anchor="w", width=4)
        self.heading.pack(side="left", fill="x", expand=True)
        self.about = WrappingLabel(self, "InS.TLabel")
        self.about.pack(fill="x")
        self._build_code()
        self._build_rules()
        self.restriction = WrappingLabel(self, "InWarn.TLabel")
        self.leave_button = ttk.Button(self, style="Link.TButton", command=self.leave)
        self.leave_button.pack(side="bottom", anchor="w", pady=(S(4), 0))
        self._build_bar()
        self.find = FieldEntry(self, icon="search", on_change=lambda _text: self._list())
        self.find.pack(fill="x", pady=(S(8), S(4)))
        self.list = MemberList(self)
        self.list.pack(fill="both", expand=True)
        self.list.on_select = self._show_tools
        self.list.on_menu = self._menu
        self.list.on_open = self._write_to

    def _build_code(self) -> None:
        self.code_tile = ttk.Frame(self, style="Tile.TFrame", padding=(S(12), S(6)))
        self.code = ttk.Label(self.code_tile, style="SoftT.TLabel")
        self.code.configure(font=look().font(15, bold=True, mono=True))
        self.code.pack(side="left")
        for name, icon, action in (
            ("large", "projector", self.show_code),
            ("copy", "copy", self.copy_code),
        ):
            self._tool(self.code_tile, name, icon, action, "Soft.Icon.TButton").pack(side="right")

    def _build_rules(self) -> None:
        """The switches with which the host sets the room's rules."""
        self.rules = ttk.Frame(self, style="In.TFrame")
        for name in RULES:
            row = ttk.Frame(self.rules, style="In.TFrame")
            row.pack(fill="x", pady=S(2))
            switch = Switch(row, lambda rule=name: self._set(rule))  # type: ignore[misc]
            switch.pack(side="right")
            label = self._labels[name] = ttk.Label(row, style="In.TLabel")
            label.configure(font=look().font(10))
            label.pack(side="left")
            self.switches[name] = switch

    def _build_bar(self) -> None:
        """What the host can do about the chosen member."""
        self.bar = ttk.Frame(self, style="In.TFrame")
        for name, icon, action in (
            ("mute", "mic-mute", self.mute),
            ("remove", "person-x", self.remove),
            ("hand", "star", self.hand_over),
        ):
            self._tool(self.bar, name, icon, action).pack(side="left")
        self.chosen_text = ttk.Label(self.bar, style="InS.TLabel")
        self.chosen_text.pack(side="left", padx=(S(6), 0))

    def _tool(
        self, master: tk.Misc, name: str, icon: str, action: Callable[[], object], style: str = "Icon.TButton"
    ) -> ttk.Button:
        button = ttk.Button(master, style=style, icon=icon, icon_only=True, icon_size=16, command=action)
        self.tools[name] = button
        self._tips[name] = Tooltip(button, "")
        return button

    # --- For the page ---

    def show(self, room: str) -> None:
        """Show this room; the list of its members is requested if another one was shown before."""
        if room != self.room:
            self.room = room
            self.members = {}
            self.find.set("")
            self.context.services.submit(ListMembers(room))
        self._show_room()
        self._list()

    def _set_words(self) -> None:
        self.find.retext(_("Find a member"))
        self._labels["locked"].configure(text=_("Only with the code"))
        self._labels["read_only"].configure(text=_("Only I write"))
        self._labels["all_muted"].configure(text=_("All are muted"))
        self._tips["close"].retext(_("Close"))
        self._tips["large"].retext(_("Show the code large"))
        self._tips["copy"].retext(_("Copy the code"))
        self._tips["remove"].retext(_("Remove from the room"))
        self._tips["hand"].retext(_("Make this member the host"))
        self._show_room()
        self._show_tools()

    # --- Events ---

    def _take_members(self, event: RoomMembers) -> None:
        if event.room == self.room:
            self.members = {one.identity: one for one in event.members}
            self._members_changed = True

    def _take_changed_members(self, event: RoomMembersChanged) -> None:
        if event.room == self.room:
            self.members.update((one.identity, one) for one in event.changed)
            for identity in event.gone:
                self.members.pop(identity, None)
            self._members_changed = True

    def _take_person(self, event: PersonChanged) -> None:
        if event.person.identity in self.members:
            self._members_changed = True

    def _take_room(self, event: RoomChanged) -> None:
        if event.room.room == self.room:
            self._room_changed = True

    def _show_changes(self) -> None:
        """After a batch of events."""
        members, room = self._members_changed, self._room_changed
        self._members_changed = self._room_changed = False
        if members:
            self._list()
        if members or room:
            self._show_room()

    @property
    def facts(self) -> Room | None:
        return self.context.model.rooms.get(self.room)

    # --- What the host does ---

    def mute(self) -> None:
        row = self.list.chosen
        if row is not None:
            self.context.services.submit(MuteMember(self.room, row.member.identity, not row.member.muted))

    def remove(self) -> None:
        row = self.list.chosen
        if row is None:
            return
        name = row.member.name
        text = _("{name} gets no more messages of this room, and can't come back.").format(name=name)
        if self.context.sure(_("Remove {name}?").format(name=name), text, _("Remove")):
            self.context.services.submit(RemoveMember(self.room, row.member.identity))

    def hand_over(self) -> None:
        row = self.list.chosen
        if row is None:
            return
        name = row.member.name
        text = _(
            "The room moves to {name}'s PC with all its messages; you stay as a member and can no longer"
            " change its rules."
        ).format(name=name)
        if self.context.sure(_("Make {name} the host?").format(name=name), text, _("Hand over")):
            self.context.services.submit(HandOverRoom(self.room, row.member.identity))

    def leave(self) -> None:
        room = self.facts
        if room is None:
            return
        if room.hosted_here:
            text = _("All members are told that it is over. To keep it alive, make somebody else the host.")
            sure = self.context.sure(_("Close the room?"), text, _("Close the room"))
        else:
            text = _("You get no more of its messages. What you have stays here.")
            sure = self.context.sure(_("Leave the room?"), text, _("Leave the room"))
        if sure:
            self.context.services.submit(LeaveRoom(self.room))

    def show_code(self) -> RoomCodeWindow | None:
        room = self.facts
        return RoomCodeWindow(self, room.name, room.code) if room is not None and room.code else None

    def copy_code(self) -> None:
        room = self.facts
        if room is not None:
            self.context.copy(room.code)

    def _set(self, rule: str) -> None:
        self.context.services.submit(SetRoom(self.room, **{rule: self.switches[rule].on}))

    # --- Looks ---

    def _show_room(self) -> None:
        room = self.facts
        if room is None:
            return
        self.heading.configure(text=room.name)
        self.about.show(self._about(room))
        for widget in (self.code_tile, self.rules, self.restriction):
            widget.pack_forget()
        if room.code:
            self.code.configure(text=f"{room.code[:3]} {room.code[3:]}".strip())
            self.code_tile.pack(fill="x", pady=(S(8), 0), before=self.find)
        if room.hosted_here:
            for name, switch in self.switches.items():
                switch.set(bool(getattr(room, name)))
            self.rules.pack(fill="x", pady=(S(8), 0), before=self.find)
        restriction = _restriction(room, self._own())
        if restriction:
            self.restriction.show(restriction)
            self.restriction.pack(fill="x", pady=(S(6), 0), before=self.find)
        self.leave_button.configure(
            text=_("Close the room") if room.hosted_here else _("Leave the room"),
            state="normal" if room.joined or room.hosted_here else "disabled",
        )
        self._show_tools()

    def _about(self, room: Room) -> str:
        count = len(self.members) or room.members
        parts = [ngettext("{count} member", "{count} members", count).format(count=wording.count_text(count))]
        if self.members:
            here = sum(row.presence in HERE for row in self._rows())
            parts.append(_("{count} here").format(count=wording.count_text(here)))
        if room.hosted_here:
            parts.append(_("hosted on this PC"))
        else:
            host = self.context.model.people.get(room.host)
            member = self.members.get(room.host)
            name = host.name if host is not None else member.name if member is not None else "?"
            parts.append(_("hosted by {name}").format(name=name))
        return " · ".join(parts)

    def _own(self) -> RoomMember | None:
        me = self.context.model.me
        return self.members.get(me.identity) if me is not None else None

    def _rows(self, wanted: str = "") -> list[MemberRow]:
        room, me = self.facts, self.context.model.me
        host = room.host if room is not None else ""
        own = me.identity if me is not None else ""
        rows = rows_of(self.members.values(), host, own, wanted, self.context.model.fingerprint)
        return [replace(row, picture=self._picture(row)) for row in rows]

    def _picture(self, row: MemberRow) -> str | bytes:
        person = self.context.model.people.get(row.member.identity)
        if row.me:
            return self.context.own.settings.picture_bytes
        return person.picture if person is not None else ""

    def _list(self) -> None:
        self.list.set_rows(self._rows(self.find.value))
        self._show_tools()

    def _show_tools(self) -> None:
        room, row = self.facts, self.list.chosen
        if room is None or not room.hosted_here or row is None or row.me:
            self.bar.pack_forget()
            return
        muted = row.member.muted
        self.tools["mute"].configure(icon="mic" if muted else "mic-mute")
        self._tips["mute"].retext(_("Let them write again") if muted else _("Mute"))
        self.tools["hand"].configure(state="normal" if row.presence in HERE else "disabled")
        self.chosen_text.configure(text=row.member.name)
        if not self.bar.winfo_manager():
            self.bar.pack(side="bottom", fill="x", pady=(S(4), 0), before=self.find)

    def entries(self, row: MemberRow) -> list[MenuEntry]:
        """The menu of a member: the host's tools only where this PC is the host."""
        room = self.facts
        talk: MenuEntry = (
            _("Write to {name}").format(name=row.member.name),
            lambda: self._write_to(row),
            not row.me and row.member.identity in self.context.model.people,
        )
        if room is None or not room.hosted_here or row.me:
            return [talk]
        here = row.presence in HERE
        mute = _("Let them write again") if row.member.muted else _("Mute")
        return [
            talk,
            None,
            (mute, self.mute, True),
            (_("Remove from the room"), self.remove, True),
            (_("Make this member the host"), self.hand_over, here),
        ]

    def _write_to(self, row: MemberRow) -> None:
        if not row.me:
            self.context.open(Conversation.person(row.member.identity))

    def _menu(self, row: MemberRow, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self, self.entries(row), event.x_root, event.y_root)


def _restriction(room: Room, own: RoomMember | None) -> str:
    """What a member can't do now, and why; "" for the host, and if there is nothing."""
    if room.hosted_here:
        return ""
    if not room.host_online:
        return _("The host is away: what you write waits until they are back.")
    if room.read_only:
        return _("Only the host writes in this room.")
    if room.all_muted or (own is not None and own.muted):
        return _("You are muted: you can read, not write.")
    return ""
