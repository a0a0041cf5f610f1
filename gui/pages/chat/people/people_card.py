"""The left card: search, the list of people and rooms, ways to find more, and how one is present oneself."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.chat import actions, words
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.conversation.message_menu import delete_all, forget
from gui.pages.chat.model import Talk
from gui.pages.chat.people.people_list import PeopleList
from gui.shared.i18n import _
from gui.widgets.empty import EmptyState
from gui.widgets.field import FieldEntry
from gui.widgets.icon_tools import icon_tools
from gui.widgets.menu import MenuEntry, menu_under, popup_menu
from gui.widgets.text_fit import fit
from gui.widgets.tooltip import Tooltip
from net.chat.commands import FindAgain
from net.chat.events import PresenceState, Trust

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage

_STATUSES = (PresenceState.ONLINE, PresenceState.AWAY, PresenceState.BUSY)


class PeopleCard(ttk.Frame):
    """`on_choose(conversation)` when one is chosen in the list."""

    def __init__(self, master: tk.Misc, page: ChatPage) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.page = page
        self.on_choose: Callable[[str], None] = lambda _conversation: None
        self._build_top()
        self._build_own()
        self.list = PeopleList(self)
        self.list.pack(fill="both", expand=True, pady=(S(6), S(6)))
        self.list.on_choose = lambda talk: self.on_choose(talk.conversation)
        self.list.on_context = self._context
        self.list.on_open = lambda _line: page.focus_composer()
        self.empty = EmptyState(self.list, "people", "", on_action=lambda: actions.open_diagnosis(self.page))
        self.empty.wrap = 200
        self.add_link = ttk.Button(
            self.empty, style="Secondary.TButton", command=lambda: actions.open_add_person(self.page)
        )
        look().watch(self, self._paint_own)
        self.retext()

    def _build_top(self) -> None:
        head = ttk.Frame(self, style="In.TFrame")
        head.pack(fill="x", pady=(0, S(8)))
        self.title = ttk.Label(head, style="InH.TLabel")
        self.title.pack(side="left")
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("more", "three-dots-vertical", self.open_menu),
            ("room", "people", lambda: actions.open_new_room(self.page)),
            ("add", "person-plus", lambda: actions.open_add_person(self.page)),
        )
        self.tools, self.tips = icon_tools(head, tools, size=15)
        self.search = FieldEntry(
            self,
            icon="search",
            on_change=lambda _text: self.reload(),
            on_enter=lambda text: self._found(text),
        )
        self.search.pack(fill="x")
        self.search.entry.bind("<Down>", self._into_list)
        self.search.entry.bind("<Escape>", lambda _e: self.search.set(""))

    def _build_own(self) -> None:
        self.own = ttk.Frame(self, style="Tile.TFrame", padding=S(10))
        self.own.pack(side="bottom", fill="x")
        self.sign = tk.Canvas(self.own, width=S(36), height=S(36), bd=0, highlightthickness=0)
        self.sign.pack(side="left")
        self.presence = ttk.Button(
            self.own, style="Soft.Icon.TButton", icon="chevron-up", icon_only=True, icon_size=14,
            command=self.choose_presence,
        )  # fmt: skip
        self.presence.pack(side="right")
        self.presence_tip = Tooltip(self.presence, "")
        texts = ttk.Frame(self.own, style="Soft.TFrame")
        texts.pack(side="left", fill="x", expand=True, padx=(S(10), 0))
        self.name = ttk.Label(texts, style="SoftB.TLabel", anchor="w", width=4)
        self.name.pack(fill="x")
        self.about = ttk.Label(texts, style="SoftS.TLabel", anchor="w", width=4)
        self.about.pack(fill="x")
        self.name.bind("<Configure>", lambda _e: self._paint_own())
        for widget in (self.sign, self.name, self.about):
            widget.bind("<Button-1>", lambda _e: self.choose_presence())

    def retext(self) -> None:
        self.title.configure(text=_("Chat"))
        self.search.retext(_("Search people, Enter: messages"))
        self.tips["add"].retext(_("Add by address"))
        self.tips["room"].retext(_("Open or join a room"))
        self.tips["more"].retext(_("More"))
        self.presence_tip.retext(_("Online, away or do not disturb"))
        self.add_link.configure(text=_("Add by address"))
        self.list.restyle()
        self.reload()
        self._paint_own()

    def reload(self) -> None:
        """People, rooms or what they say changed."""
        lines = self.page.model.lines(self.search.value)
        self.list.set_lines(lines)
        if lines:
            self.empty.place_forget()
            return
        if self.search.value.strip():
            self.empty.retext(_("Nobody is called that"), _("Press Enter to search all messages for it."), "")
            self.add_link.pack_forget()
        else:
            self.empty.retext(
                _("No one found yet"),
                _("Duplex finds whoever runs it on this network by itself, within seconds."),
                _("Why can't I see them?"),
            )
            self.add_link.pack_forget()
            self.add_link.pack(pady=(S(6), 0))
        self.empty.place(relx=0.5, rely=0.42, anchor="center", relwidth=1.0)

    def own_changed(self) -> None:
        self._paint_own()

    def _paint_own(self) -> None:
        if not hasattr(self, "list"):
            return
        page, p = self.page, look().palette
        name = page.own_name
        state = page.status if page.model.failed is None else PresenceState.OFFLINE
        size = S(36)
        self.sign.configure(width=size, height=size, background=p.soft)
        self.sign.delete("all")
        own = Talk("p:", "online", name, page.own_colour, state, picture=page.settings.picture_bytes)
        draw_avatar(self.sign, own, size // 2, size // 2, size, p.soft)
        room = max(S(40), self.name.winfo_width())
        self.name.configure(text=fit(look().font(10, bold=True), name, room))
        about = words.presence_text(state)
        if page.model.me is not None:
            about = f"{about} · {page.model.me.port}"
        else:
            about = _("not started") if page.model.failed is not None else _("starting …")
        self.about.configure(text=fit(look().font(9), about, room))

    # What one can do

    def choose_presence(self) -> tk.Menu:
        entries: list[MenuEntry] = [
            (
                ("● " if state is self.page.status else "   ") + words.presence_text(state),
                lambda state=state: self.page.set_status(state),  # type: ignore[misc]
                True,
            )
            for state in _STATUSES
        ]
        sound = _("Sound: on") if self.page.sound else _("Sound: off")
        entries += [None, (sound, self.page.toggle_sound, True)]
        entries.append((_("Change name or picture …"), self.page.ask_name, True))
        return menu_under(self.presence, entries)

    def open_menu(self) -> tk.Menu:
        return menu_under(self.tools["more"], self.menu_entries())

    def menu_entries(self) -> list[MenuEntry]:
        page = self.page
        return [
            (_("Look for people again"), self.find_again, True),
            (_("Why can't I see them?"), lambda: actions.open_diagnosis(page), True),
            (_("Add by address"), lambda: actions.open_add_person(page), True),
            None,
            (_("Copy my link"), page.copy_link, page.model.me is not None),
            (_("Search all messages"), lambda: actions.open_search(page), True),
        ]

    def find_again(self) -> None:
        self.page.services.submit(FindAgain())
        self.page.services.toast(_("Looking for people …"), "info")

    def _found(self, text: str) -> None:
        talks = self.list.talks
        if len(talks) == 1:
            self.on_choose(talks[0].conversation)
        elif text.strip():
            actions.open_search(self.page, text=text)

    def _into_list(self, event: tk.Event[tk.Misc]) -> str:
        """From the search to the first line it left."""
        self.list.canvas.focus_set()
        if len(self.list.selection):
            return "break"
        return self.list.step(1, False, event)

    def _context(self, talk: Talk, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self, self.talk_entries(talk), event.x_root, event.y_root)

    def talk_entries(self, talk: Talk) -> list[MenuEntry]:
        """What a right click on a line offers."""
        page, conversation = self.page, talk.conversation
        entries: list[MenuEntry] = [(_("Open"), lambda: self.on_choose(conversation), True)]
        entries.append((_("Export …"), lambda: actions.open_export(page, conversation), True))
        entries.append((_("Delete this conversation …"), lambda: delete_all(page, conversation), True))
        person = page.model.person(conversation)
        if person is not None:
            identity = person.identity
            blocked = person.trust is Trust.BLOCKED
            entries += [
                None,
                (
                    _("Compare the six digits …"),
                    lambda: actions.open_verify(page, identity),
                    bool(person.digits),
                ),
                (
                    _("Unblock") if blocked else _("Block"),
                    lambda: page.block(identity, not blocked),
                    True,
                ),
                (_("Forget this person …"), lambda: forget(page, identity), True),
            ]
        return entries
