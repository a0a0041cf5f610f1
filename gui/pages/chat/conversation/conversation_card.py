"""The middle card: who one talks with and how that stands, the conversation, and the composer."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.pages.chat import actions, words
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.conversation.composer_bar import ComposerBar
from gui.pages.chat.conversation.message_menu import delete_all, forget
from gui.pages.chat.conversation.messages import Conversation
from gui.pages.chat.model import ALL, Talk
from gui.shared.i18n import _, ngettext
from gui.widgets.banner import Banner
from gui.widgets.empty import EmptyState
from gui.widgets.icon_tools import icon_tools
from gui.widgets.menu import MenuEntry, menu_under
from gui.widgets.text_fit import fit
from net.chat.commands import JoinRoom, LeaveRoom
from net.chat.events import PresenceState, Trust

if TYPE_CHECKING:
    from gui.pages.chat.page import ChatPage


class ChatCard(ttk.Frame):
    """`show` a conversation; `refresh` when its person or room changed."""

    def __init__(self, master: tk.Misc, page: ChatPage) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.page = page
        self.conversation = ""
        self._build_header()
        self.banner = Banner(self, "", "warn", on_action=self._banner_pressed)
        self.messages = Conversation(self, page.model, page.history)
        self.composer = ComposerBar(self, page.services, self.messages)
        self.composer.pack(side="bottom", fill="x")
        self.messages.pack(fill="both", expand=True)
        self.empty = EmptyState(self.messages, "chat-dots", "")
        look().watch(self, self.refresh)
        self.retext()

    def _build_header(self) -> None:
        self.header = ttk.Frame(self, style="In.TFrame")
        self.header.pack(fill="x")
        size = S(40)
        self.sign = tk.Canvas(self.header, width=size, height=size, bd=0, highlightthickness=0)
        self.sign.pack(side="left")
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("more", "three-dots-vertical", self.open_menu),
            ("search", "search", lambda: actions.open_search(self.page, self.conversation)),
            ("side", "paperclip", lambda: self.page.toggle_side()),
            ("verify", "shield-check", self.verify),
        )
        self.tools, self.tips = icon_tools(self.header, tools, gap=1)
        names = ttk.Frame(self.header, style="In.TFrame")
        names.pack(side="left", fill="x", expand=True, padx=(S(10), 0))
        self.title = ttk.Label(names, style="InH.TLabel", anchor="w", width=4)
        self.title.pack(fill="x")
        self.status = ttk.Label(names, style="InS.TLabel", anchor="w", width=4)
        self.status.pack(fill="x")
        self.title.bind("<Configure>", lambda _e: self._show_names())
        self.line = tk.Frame(self, height=1)
        self.line.pack(fill="x", pady=(S(10), 0))

    # For the page

    def retext(self) -> None:
        texts = {
            "more": _("More"),
            "search": _("Search this conversation"),
            "verify": _("Compare the six digits"),
        }
        for name, text in texts.items():
            self.tips[name].retext(text)
        self.messages.retext()
        self.composer.retext()
        self.refresh()

    def show(self, conversation: str) -> None:
        self.conversation = conversation
        self.composer.clear_extras()
        self.messages.show(conversation)
        self.refresh()

    def refresh(self) -> None:
        """Names, presence, trust and what can be done changed."""
        if not hasattr(self, "empty"):
            return
        self.line.configure(background=look().palette.line)
        self._show_names()
        self._show_tools()
        self._show_banner()
        self._show_empty()
        self._enable()

    # What one can do

    def verify(self) -> None:
        person = self.page.model.person(self.conversation)
        if person is None:
            return
        if person.trust is Trust.CHANGED:
            actions.open_key_changed(self.page, person.identity)
        else:
            actions.open_verify(self.page, person.identity)

    def open_menu(self) -> tk.Menu:
        return menu_under(self.tools["more"], self.menu_entries())

    def menu_entries(self) -> list[MenuEntry]:
        page, conversation = self.page, self.conversation
        person, room = page.model.person(conversation), page.model.room(conversation)
        entries: list[MenuEntry] = [
            (_("Search …"), lambda: actions.open_search(page, conversation), True),
            (_("Export …"), lambda: actions.open_export(page, conversation), bool(self.messages.count())),
            (
                _("Delete this conversation …"),
                lambda: delete_all(page, conversation),
                bool(self.messages.count()),
            ),
        ]
        if person is not None:
            blocked = person.trust is Trust.BLOCKED
            identity = person.identity
            entries += [
                None,
                (_("Compare the six digits …"), self.verify, bool(person.digits)),
                (_("Unblock") if blocked else _("Block"), lambda: page.block(identity, not blocked), True),
                (_("Forget this person …"), lambda: forget(page, identity), True),
            ]
        if room is not None and (room.joined or room.hosted_here):
            text = _("Close the room …") if room.hosted_here else _("Leave the room")
            entries += [
                None,
                (
                    _("Copy the room's code"),
                    lambda: page.copy(room.code),
                    bool(room.code),
                ),
                (text, self.leave, True),
            ]
        return entries

    def leave(self) -> None:
        room = self.page.model.room(self.conversation)
        if room is None:
            return
        if room.hosted_here and not self.page.sure(
            _("Close the room?"), _("All members are told that it is over."), _("Close the room")
        ):
            return
        self.page.services.submit(LeaveRoom(room.room))

    # Looks

    def _talk(self) -> Talk:
        model, conversation = self.page.model, self.conversation
        person, room = model.person(conversation), model.room(conversation)
        if person is not None:
            return Talk(
                *(conversation, "online", person.name, person.colour, person.presence), picture=person.picture
            )
        there = room is not None and (room.host_online or room.hosted_here)
        presence = PresenceState.ONLINE if there else PresenceState.OFFLINE
        return Talk(conversation, "rooms", room.name if room else "", presence=presence)

    def _show_names(self) -> None:
        model, p = self.page.model, look().palette
        size = S(40)
        self.sign.configure(width=size, height=size, background=p.card)
        self.sign.delete("all")
        if not self.conversation:
            self.sign.create_image(size // 2, size // 2, image=look().shapes.disc(size, p.sel))
            self._icon = look().icon("chat-dots", 18, p.acc)
            self.sign.create_image(size // 2, size // 2, image=self._icon)
            self.title.configure(text=_("Chat"))
            self.status.configure(text=_("Choose someone on the left"), foreground=p.mute)
            return
        draw_avatar(self.sign, self._talk(), size // 2, size // 2, size, p.card)
        person, room = model.person(self.conversation), model.room(self.conversation)
        room_ = max(S(40), self.title.winfo_width())
        title = words.title_of(model, self.conversation)
        self.title.configure(text=fit(look().font(12, bold=True), title, room_))
        colour = p.mute
        if person is not None:
            about = words.status_of(person)
            if person.trust in (Trust.CHANGED, Trust.BLOCKED):
                colour = p.err
        elif room is not None:
            about = room_status(room.members, room.host_online or room.hosted_here, room.code)
        elif self.conversation == ALL:
            count = model.online
            about = ngettext(
                "Announcement: goes to {count} person who is here",
                "Announcement: goes to {count} people who are here",
                count,
            ).format(count=count)
        else:
            about = _("not here any more")
        self.status.configure(text=fit(look().font(9), about, room_), foreground=colour)

    def _show_tools(self) -> None:
        person, room = self.page.model.person(self.conversation), self.page.model.room(self.conversation)
        for name in ("more", "search", "side"):
            self.tools[name].state(["!disabled" if self.conversation else "disabled"])
        self.tips["side"].retext(_("Members") if room is not None else _("Files"))
        self.tools["side"].configure(icon="people" if room is not None else "paperclip")
        verify = self.tools["verify"]
        if person is not None and (person.digits or person.trust is Trust.CHANGED):
            icon, _tone = words.TRUST_ICONS.get(person.trust, ("shield", "mute"))
            verify.configure(icon=icon)
            if not verify.winfo_manager():
                verify.pack(side="right", padx=(S(1), 0), after=self.tools["side"])
        else:
            verify.pack_forget()

    def _show_banner(self) -> None:
        text, action = self._banner_words()
        if not text:
            self.banner.pack_forget()
            return
        person = self.page.model.person(self.conversation)
        changed = person is not None and (
            person.trust is Trust.CHANGED or self.page.model.digits_said(person.identity) is False
        )
        self.banner.show(text, "error" if changed else "info", action)
        if not self.banner.winfo_manager():
            self.banner.pack(fill="x", pady=(S(10), 0), after=self.line)

    def _banner_words(self) -> tuple[str, str]:
        person, room = self.page.model.person(self.conversation), self.page.model.room(self.conversation)
        if person is not None and person.trust is Trust.CHANGED:
            return (
                _(
                    "Somebody calls themselves {name}, with another key. Nothing is sent until you decide."
                ).format(name=words.title_of(self.page.model, self.conversation)),
                _("Look at it"),
            )
        if person is not None and person.trust is Trust.BLOCKED:
            return _("You blocked {name}.").format(name=person.name), _("Unblock")
        if person is not None and person.trust is Trust.UNVERIFIED:
            said = self.page.model.digits_said(person.identity)
            if said is not None:
                text = (
                    _("{name} says that the six digits are the same. Compare them too.")
                    if said
                    else _("{name} says that the six digits differ: somebody may be in between.")
                )
                return text.format(name=person.name), _("Compare")
            if self.page.model.fingerprint(person.identity, person.name):
                text = _("Somebody else is called {name} too. Compare the six digits to be sure who this is.")
                return text.format(name=person.name), _("Compare") if person.digits else ""
        if room is not None and not (room.joined or room.hosted_here):
            return _("You are not in this room yet."), "" if room.locked else _("Join")
        if room is not None and not (room.host_online or room.hosted_here):
            return _("The room's host is away: messages wait here and go when they are back."), ""
        return "", ""

    def _banner_pressed(self) -> None:
        person, room = self.page.model.person(self.conversation), self.page.model.room(self.conversation)
        if person is not None and person.trust is Trust.CHANGED:
            actions.open_key_changed(self.page, person.identity)
        elif person is not None and person.trust is Trust.BLOCKED:
            self.page.block(person.identity, False)
        elif person is not None:
            actions.open_verify(self.page, person.identity)
        elif room is not None:
            self.page.services.submit(JoinRoom(room.room))

    def _show_empty(self) -> None:
        if self.conversation and self.messages.count():
            self.empty.place_forget()
            return
        if not self.conversation:
            self.empty.retext(
                _("Choose someone on the left"),
                _("Or write to everyone at once, or open a room."),
            )
        elif self.conversation == ALL:
            self.empty.retext(
                _("Nothing announced yet"),
                _("What you write here goes to everybody who is here now, marked as an announcement."),
            )
        else:
            person = self.page.model.person(self.conversation)
            offline = person is not None and person.presence is PresenceState.OFFLINE
            waits = offline and not self._withheld()
            self.empty.retext(
                _("Nothing said yet"),
                _("What you write now waits here and goes when they are back.") if waits else "",
            )
        self.empty.place(relx=0.5, rely=0.45, anchor="center", relwidth=0.94)

    def _withheld(self) -> bool:
        """Nothing goes to this person, whether here or not."""
        person = self.page.model.person(self.conversation)
        return person is not None and person.trust in (Trust.BLOCKED, Trust.CHANGED)

    def _enable(self) -> None:
        model = self.page.model
        person, room = model.person(self.conversation), model.room(self.conversation)
        hint = ""
        if not self.conversation:
            hint = _("Choose someone on the left")
        elif person is not None and self._withheld():
            blocked = person.trust is Trust.BLOCKED
            hint = _("Nothing goes to who is blocked") if blocked else _("Decide about the key first")
        elif room is not None and not (room.joined or room.hosted_here):
            hint = _("Join the room to write here")
        elif room is not None and room.read_only and not room.hosted_here:
            hint = _("Only the host writes in this room")
        elif room is not None and room.all_muted and not room.hosted_here:
            hint = _("The host has muted everyone here")
        elif room is not None and room.room in model.muted and not room.hosted_here:
            hint = _("You are muted: you can read, not write.")
        elif person is None and room is None and self.conversation != ALL:
            hint = _("not here any more")
        self.composer.enable(not hint, hint)
        self.composer.tools["file"].state(["disabled" if hint or self.conversation == ALL else "!disabled"])


def room_status(members: int, host_there: bool, code: str) -> str:
    """How a room stands, in one line."""
    parts = [ngettext("{count} member", "{count} members", members).format(count=members)]
    parts.append(_("host is here") if host_there else _("host is away"))
    if code:
        parts.append(_("code {code}").format(code=code))
    return " · ".join(parts)
