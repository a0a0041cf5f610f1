"""The middle card: who the conversation is with and its state, the messages, and the composer."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

import ttkbootstrap as ttk
from PIL import ImageTk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.chat import actions, words
from gui.pages.chat.avatars import draw_avatar
from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.composer_bar import ComposerBar
from gui.pages.chat.conversation.message_menu import MessageMenu
from gui.pages.chat.conversation.messages import MessageView
from gui.pages.chat.conversation.open_link import open_link, readable_link
from gui.pages.chat.conversation.rows import ChatRow
from gui.pages.chat.conversation.sending import MessageSender
from gui.pages.chat.conversation.state_words import (
    about_words,
    banner_words,
    empty_words,
    is_member,
    is_withheld,
    talk_of,
    writing_hint,
)
from gui.pages.chat.files.file_menu import file_entries
from gui.pages.chat.files.transfer_rows import FileFacts
from gui.pages.chat.status import StatusLine
from gui.shared.i18n import _
from gui.widgets.banner import Banner
from gui.widgets.card_header import CardHeader
from gui.widgets.empty import EmptyState
from gui.widgets.menu import MenuEntry, menu_under, popup_menu
from net.chat.commands import JoinRoom, LeaveRoom, MarkDisplayed
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import Trust


class ConversationCard(ttk.Frame):
    """`show` when another conversation is open; `refresh` when its person or room changed."""

    def __init__(self, master: tk.Misc, context: ChatContext, status: StatusLine) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.context = context
        self._icon: ImageTk.PhotoImage | None = None
        self.header = self._make_header()
        self.banner = Banner(self, "", "warn", on_action=self.press_banner)
        self.messages = MessageView(
            self,
            context,
            on_row_menu=self._row_menu,
            on_seen=self._mark_displayed,
            on_file=self._file_menu,
            on_link=lambda target: open_link(context, target),
            on_link_hover=lambda target: status.show_link(readable_link(target)),
        )
        sender = MessageSender(context, on_sent=self.messages.to_bottom)
        self.composer = ComposerBar(self, context.services, sender, over=self.messages)
        self.composer.pack(side="bottom", fill="x")
        self.messages.pack(fill="both", expand=True)
        self.menu = MessageMenu(context, self.messages, self.composer)
        self.empty = EmptyState(self.messages, "chat-dots", "")
        look().watch(self, self.refresh)
        follow_language(self, self._set_words)

    def _make_header(self) -> CardHeader:
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("more", "three-dots-vertical", self.open_menu),
            ("search", "search", lambda: actions.open_search(self.context, self.context.conversation)),
            ("side", "paperclip", self.context.side_toggled),
            ("verify", "shield-check", self.verify),
        )
        return CardHeader(self, tools, on_resize=self._show_names)

    def _set_words(self) -> None:
        tips = self.header.tips
        tips["more"].retext(_("More"))
        tips["search"].retext(_("Search this conversation"))
        tips["verify"].retext(_("Compare the six digits"))
        self.refresh()

    # --- For the page ---

    def show(self, conversation: Conversation | None) -> None:
        self.composer.clear_extras()
        self.messages.show(conversation)
        self.refresh()

    def refresh(self) -> None:
        """Show names, presence, trust, and what can be done, as they are now."""
        self._show_names()
        self._show_tools()
        self._show_banner()
        self._show_empty()
        self._enable()

    def focus_composer(self) -> None:
        self.composer.composer.focus_set()

    def note_seen(self) -> None:
        """Count the messages in view as seen, if the person is looking at them."""
        if self.context.conversation is not None and self.context.looked_at:
            self.messages.note_seen()

    # --- What one can do ---

    def verify(self) -> None:
        person = self.context.model.person(self.context.conversation)
        if person is not None:
            actions.verify(self.context, person)

    def open_menu(self) -> tk.Menu:
        return menu_under(self.header.tools["more"], self.menu_entries())

    def menu_entries(self) -> list[MenuEntry]:
        context, conversation = self.context, self.context.conversation
        person, room = context.model.person(conversation), context.model.room(conversation)
        if conversation is None:
            return []
        some = bool(self.messages.count())
        entries: list[MenuEntry] = [
            (_("Search …"), lambda: actions.open_search(context, conversation), True),
            (_("Export …"), lambda: actions.open_export(context, conversation), some),
            (_("Delete this conversation …"), lambda: actions.delete_all(context, conversation), some),
        ]
        if person is not None:
            entries += [None, *actions.person_entries(context, person, self.verify)]
        if room is not None and is_member(room):
            code = room.code
            text = _("Close the room …") if room.hosted_here else _("Leave the room")
            entries += [
                None,
                (_("Copy the room's code"), lambda: context.copy(code), bool(code)),
                (text, self.leave, True),
            ]
        return entries

    def leave(self) -> None:
        """Leave the room. Leaving closes a room hosted here, so its host is asked first."""
        room = self.context.model.room(self.context.conversation)
        if room is None:
            return
        if room.hosted_here and not self.context.sure(
            _("Close the room?"), _("All members are told that it is over."), _("Close the room")
        ):
            return
        self.context.services.submit(LeaveRoom(room.room))

    def press_banner(self) -> None:
        """Do what the banner offers."""
        context, conversation = self.context, self.context.conversation
        person, room = context.model.person(conversation), context.model.room(conversation)
        if person is not None and person.trust is Trust.BLOCKED:
            context.block(person.identity, False)
        elif person is not None:
            actions.verify(context, person)
        elif room is not None:
            context.services.submit(JoinRoom(room.room))

    def _row_menu(self, row: ChatRow, event: tk.Event[tk.Misc]) -> None:
        target = self.messages.bubbles.links.at(event.x, event.y)
        popup_menu(self, self.menu.entries(row, target), event.x_root, event.y_root)

    def _file_menu(self, file: FileFacts) -> None:
        x, y = self.winfo_pointerxy()
        popup_menu(self, file_entries(self.context, file), x, y)

    def _mark_displayed(self, position: int) -> bool:
        """Report the messages up to ``position`` as read. False if nothing is unread yet: the event with the
        count may come after that of the message."""
        conversation = self.context.conversation
        if conversation is None or not self.context.model.unread.get(conversation, 0):
            return False
        self.context.services.submit(MarkDisplayed(conversation, position))
        return True

    # --- Looks ---

    def _show_names(self) -> None:
        model, conversation, header = self.context.model, self.context.conversation, self.header
        size, p = header.clear_sign(), look().palette
        if conversation is not None:
            draw_avatar(header.sign, talk_of(model, conversation), size // 2, size // 2, size, p.card)
        else:
            header.sign.create_image(size // 2, size // 2, image=look().shapes.disc(size, p.sel))
            self._icon = look().icon("chat-dots", 18, p.acc)
            header.sign.create_image(size // 2, size // 2, image=self._icon)
        header.show_title(words.title_of(model, conversation) if conversation is not None else _("Chat"))
        warned = is_withheld(model.person(conversation))
        header.show_about(about_words(model, conversation), p.err if warned else p.mute)

    def _show_tools(self) -> None:
        model, conversation = self.context.model, self.context.conversation
        person, room = model.person(conversation), model.room(conversation)
        tools, tips = self.header.tools, self.header.tips
        for name in ("more", "search", "side"):
            tools[name].state(["disabled" if conversation is None else "!disabled"])
        tips["side"].retext(_("Members") if room is not None else _("Files"))
        tools["side"].configure(icon="people" if room is not None else "paperclip")
        verify = tools["verify"]
        if person is not None and (person.digits or person.trust is Trust.CHANGED):
            icon, _tone = words.TRUST_ICONS.get(person.trust, ("shield", "mute"))
            verify.configure(icon=icon)
            if not verify.winfo_manager():
                verify.pack(side="right", padx=(S(1), 0), after=tools["side"])
        else:
            verify.pack_forget()

    def _show_banner(self) -> None:
        said = banner_words(self.context.model, self.context.conversation)
        if said is None:
            self.banner.pack_forget()
            return
        self.banner.show(said.text, said.tone, said.action)
        if not self.banner.winfo_manager():
            self.banner.pack(fill="x", pady=(S(10), 0), after=self.header.rule)

    def _show_empty(self) -> None:
        conversation = self.context.conversation
        if conversation is not None and self.messages.count():
            self.empty.place_forget()
            return
        sentence, detail = empty_words(self.context.model, conversation)
        self.empty.retext(sentence, detail)
        self.empty.place(relx=0.5, rely=0.45, anchor="center", relwidth=0.94)

    def _enable(self) -> None:
        conversation = self.context.conversation
        hint = writing_hint(self.context.model, conversation)
        self.composer.enable(not hint, hint, files=conversation != EVERYBODY)
