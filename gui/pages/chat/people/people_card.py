"""The left card: search, the list of people and rooms, ways to find more, and the person's own presence."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat import actions, words
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.context import ChatContext
from gui.pages.chat.model import Talk
from gui.pages.chat.people.people_list import Line, PeopleList
from gui.shared.i18n import _
from gui.widgets.empty import EmptyState
from gui.widgets.field import FieldEntry
from gui.widgets.icon_tools import icon_tools
from gui.widgets.menu import MenuEntry, menu_under, popup_menu
from gui.widgets.text_fit import fit
from gui.widgets.tooltip import Tooltip
from net.chat.commands import FindAgain
from net.chat.conversation import Conversation
from net.chat.events import PresenceState

_STATUSES = (PresenceState.ONLINE, PresenceState.AWAY, PresenceState.BUSY)


class PeopleCard(ttk.Frame):
    """``on_write()`` runs when the person goes on to write to whom they chose, ``on_rename()`` when they want
    another name or picture."""

    def __init__(
        self,
        master: tk.Misc,
        context: ChatContext,
        on_write: Callable[[], object],
        on_rename: Callable[[], object],
    ) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.context = context
        self._on_write = on_write
        self._on_rename = on_rename
        self._build_top()
        self._build_own()
        self.list = PeopleList(self, self._chosen, self._context_menu)
        self.list.pack(fill="both", expand=True, pady=(S(6), S(6)))
        self.list.on_open = self._opened
        self.empty = EmptyState(self.list, "people", "", on_action=self._diagnose)
        self.empty.wrap = 200
        self.add_link = ttk.Button(
            self.empty, style="Secondary.TButton", command=lambda: actions.open_add_person(context)
        )
        context.own.changed.connect(self._paint_own)
        look().watch(self, self._paint_own)
        follow_language(self, self._set_words)

    def _build_top(self) -> None:
        head = ttk.Frame(self, style="In.TFrame")
        head.pack(fill="x", pady=(0, S(8)))
        self.title = ttk.Label(head, style="InH.TLabel")
        self.title.pack(side="left")
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("more", "three-dots-vertical", self.open_menu),
            ("room", "people", lambda: actions.open_new_room(self.context)),
            ("add", "person-plus", lambda: actions.open_add_person(self.context)),
        )
        self.tools, self.tips = icon_tools(head, tools, size=15)
        self.search = FieldEntry(
            self, icon="search", on_change=lambda _text: self.reload(), on_enter=self._found
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

    def _set_words(self) -> None:
        self.title.configure(text=_("Chat"))
        self.search.retext(_("Search people, Enter: messages"))
        self.tips["add"].retext(_("Add by address"))
        self.tips["room"].retext(_("Open or join a room"))
        self.tips["more"].retext(_("More"))
        self.presence_tip.retext(_("Online, away or do not disturb"))
        self.add_link.configure(text=_("Add by address"))
        self.reload()
        self._paint_own()

    # --- What is shown ---

    def reload(self) -> None:
        """Show people, rooms and their newest messages as the model has them now."""
        lines = self.context.model.lines(self.search.value)
        self.list.set_rows(lines)
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

    def focus_search(self) -> None:
        self.search.focus_set()
        self.search.entry.selection_range(0, "end")

    def _paint_own(self) -> None:
        model, own, p = self.context.model, self.context.own, look().palette
        state = own.status if model.failed is None else PresenceState.OFFLINE
        size = S(36)
        self.sign.configure(width=size, height=size, background=p.soft)
        self.sign.delete("all")
        talk = Talk(
            conversation=Conversation.person(""),
            section="online",
            name=own.name,
            colour=own.settings.colour,
            presence=state,
            picture=own.settings.picture_bytes,
        )
        draw_avatar(self.sign, talk, size // 2, size // 2, size, p.soft)
        room = max(S(40), self.name.winfo_width())
        self.name.configure(text=fit(look().font(10, bold=True), own.name, room))
        if model.me is not None:
            about = f"{words.presence_text(state)} · {model.me.port}"
        else:
            about = _("not started") if model.failed is not None else _("starting …")
        self.about.configure(text=fit(look().font(9), about, room))

    # --- What one can do ---

    def choose_presence(self) -> tk.Menu:
        own = self.context.own
        entries: list[MenuEntry] = [
            (
                ("● " if state is own.status else "   ") + words.presence_text(state),
                lambda state=state: own.presence.choose(state),  # type: ignore[misc]
                True,
            )
            for state in _STATUSES
        ]
        sound = _("Sound: on") if own.settings.sound else _("Sound: off")
        entries += [None, (sound, own.toggle_sound, True)]
        entries.append((_("Change name or picture …"), self._on_rename, True))
        return menu_under(self.presence, entries)

    def open_menu(self) -> tk.Menu:
        return menu_under(self.tools["more"], self.menu_entries())

    def menu_entries(self) -> list[MenuEntry]:
        context = self.context
        return [
            (_("Look for people again"), self.find_again, True),
            (_("Why can't I see them?"), lambda: actions.open_diagnosis(context), True),
            (_("Add by address"), lambda: actions.open_add_person(context), True),
            None,
            (_("Copy my link"), context.copy_link, context.model.me is not None),
            (_("Search all messages"), lambda: actions.open_search(context), True),
        ]

    def find_again(self) -> None:
        self.context.services.submit(FindAgain())
        self.context.services.toast(_("Looking for people …"), "info")

    def talk_entries(self, talk: Talk) -> list[MenuEntry]:
        """The entries of a line's menu."""
        context, conversation = self.context, talk.conversation
        entries: list[MenuEntry] = [
            (_("Open"), lambda: context.open(conversation), True),
            (_("Export …"), lambda: actions.open_export(context, conversation), True),
            (_("Delete this conversation …"), lambda: actions.delete_all(context, conversation), True),
        ]
        person = context.model.person(conversation)
        if person is not None:
            identity = person.identity
            entries.append(None)
            entries += actions.person_entries(context, person, lambda: actions.open_verify(context, identity))
        return entries

    def _diagnose(self) -> None:
        actions.open_diagnosis(self.context)

    def _chosen(self, talk: Talk) -> None:
        self.context.open(talk.conversation)

    def _opened(self, _line: Line) -> None:
        self._on_write()

    def _found(self, text: str) -> None:
        """Enter in the search: open the only conversation left, else search all messages for the text."""
        talks = self.list.talks
        if len(talks) == 1:
            self.context.open(talks[0].conversation)
        elif text.strip():
            actions.open_search(self.context, text=text)

    def _into_list(self, event: tk.Event[tk.Misc]) -> str:
        """Go from the search to the first line of the list."""
        self.list.canvas.focus_set()
        if len(self.list.selection):
            return "break"
        return self.list.step(1, False, event)

    def _context_menu(self, talk: Talk, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self, self.talk_entries(talk), event.x_root, event.y_root)
