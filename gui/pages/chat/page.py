"""The Chat page: people, conversation, and a third card for files or a room's members.

The chat itself starts when a name was given: before that nothing listens and nobody is told anything."""

from __future__ import annotations

import secrets
import time
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ttkbootstrap as ttk

from gui.pages.chat import actions, words
from gui.pages.chat import settings as chat_settings
from gui.pages.chat.card_layout import CardLayout
from gui.pages.chat.conversation.arrivals import tell_arrived
from gui.pages.chat.conversation.conversation_card import ChatCard
from gui.pages.chat.conversation.message_links import open_link, told_link
from gui.pages.chat.conversation.message_menu import row_entries
from gui.pages.chat.conversation.pasted import clean_pasted
from gui.pages.chat.conversation.rows import ChatRow, FileFacts
from gui.pages.chat.files.file_menu import file_entries
from gui.pages.chat.keys import register_keys
from gui.pages.chat.model import ALL, Changes, ChatModel
from gui.pages.chat.people.people_card import PeopleCard
from gui.pages.chat.profile.onboarding import Naming
from gui.pages.chat.profile.presence import Attention, OwnPresence
from gui.services.background import run_beside
from gui.services.notify import Notifications
from gui.services.services import Services
from gui.shared import wording
from gui.shared.chat_wording import start_fault_text
from gui.shared.i18n import _
from gui.widgets.menu import popup_menu
from net.chat.commands import (
    BlockPerson,
    MarkDisplayed,
    OfferFiles,
    SendText,
    SendTyping,
    SetPresence,
)
from net.chat.events import PresenceState

if TYPE_CHECKING:
    from net.chat.history import HistoryReader

HISTORY_FILE = "history.sqlite"
TYPING_LOOK_MS = 1000
TOLD_CHARACTERS = 120
"""Of a link's address in the status bar."""


class ChatPage:
    """A page of the window; see `gui.pages.Page`."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        self.services = services
        self.model = ChatModel(time.monotonic)
        self.settings = chat_settings.read(services.settings.chat)
        self.conversation = ""
        self.presence = OwnPresence(self._is)
        self.notifications = Notifications()
        self._views: list[Any] = []
        self._visible = False
        self._reader: HistoryReader | None = None
        self._told_unread = 0
        self._typing_due: str | None = None
        self._began = time.time()
        self._cleaned = False
        self.naming = Naming(self)
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.people = PeopleCard(self.frame, self)
        self.chat = ChatCard(self.frame, self)
        self.cards = CardLayout(self.frame, self.people, self.chat, self._make_side)
        self.people.on_choose = self.show
        self.chat.composer.on_text = self.send
        self.chat.composer.on_files = self.send_files
        self.chat.composer.on_typing = self._typing
        self.chat.messages.on_row_menu = self._row_menu
        self.chat.messages.on_seen = self._seen
        self.chat.messages.bubbles.on_file = self._file_menu
        self.chat.messages.bubbles.links.on_open = lambda target: open_link(self, target)
        self.chat.messages.bubbles.links.on_hover = self._tell_link
        self.attention = Attention(self.frame, self.presence.leave)
        window = self.frame.winfo_toplevel()
        window.bind("<FocusIn>", lambda _e: self._look_at(), add="+")
        register_keys(self)
        services.on_settings_change(self._settings_changed)
        if self.settings.name:
            self.start()
        else:
            self.ask_name()

    # A page of the window

    def on_event_batch(self, events: Sequence[Any]) -> None:
        changes = self.model.take(events)
        if changes.own:
            self.own_changed()
        self._last_lines(changes)
        if changes.listed:
            self.people.reload()
            self.chat.refresh()
            self.cards.refresh_side()
            self._tell_status()
        self._rows_changed(changes)
        for fault in changes.faults:
            self.services.toast(words.fault_text(fault, self.model), "warn")
        for update in changes.updates:
            self.services.toast(words.update_text(update), "warn")
        for ended in changes.ended:
            text = words.ending_text(ended.reason, "")
            if text:
                self.services.toast(text, "info")
        for message in changes.arrived:
            tell_arrived(self, message)
        self._tell_unread()
        for view in list(self._views):
            view.on_event_batch(events)

    def retext(self) -> None:
        self.people.retext()
        self.chat.retext()
        self.cards.retext_side()
        if self.naming.card is not None:
            self.naming.card.retext()
        self._tell_status()

    def shown(self) -> None:
        self._visible = True
        self._look_at()
        self._tell_status()

    def hidden(self) -> None:
        self._visible = False

    def focus_default(self) -> None:
        if self.naming.card is not None:
            self.naming.card.name.focus_set()
        elif self.conversation:
            self.focus_composer()
        else:
            self.people.list.canvas.focus_set()

    # For dialogs and panels

    def watch(self, view: Any) -> Callable[[], None]:
        """``view.on_event_batch(events)`` gets every event from now on, until what is returned is called."""
        self._views.append(view)

        def unwatch() -> None:
            if view in self._views:
                self._views.remove(view)

        return unwatch

    def history(self) -> HistoryReader | None:
        """The page's reader of the history; None before the chat started."""
        if self._reader is None and self.model.me is not None:
            self._reader = self.reader()
        return self._reader

    def reader(self) -> HistoryReader:
        """A new one, for the caller's thread."""
        from net.chat.history import HistoryReader

        return HistoryReader(self.services.profile / HISTORY_FILE)

    @property
    def own_name(self) -> str:
        return self.settings.name

    @property
    def own_colour(self) -> str:
        return self.settings.colour

    def copy(self, text: str) -> None:
        self.frame.clipboard_clear()
        self.frame.clipboard_append(text)
        self.services.toast(_("Copied: {text}").format(text=text[:60]), "ok")

    def copy_link(self) -> None:
        if self.model.me is not None:
            self.copy(self.model.me.link)

    def sure(self, title: str, text: str, action: str) -> bool:
        """Ask before something that can't be undone."""
        buttons = (("", _("Cancel"), ""), ("yes", action, "danger"))
        return self.services.ask(title, text, buttons) == "yes"

    # Beginning

    def ask_name(self) -> None:
        """The first start's one question; later, to change the name, colour or picture."""
        self.naming.ask()

    def keep(self, settings: chat_settings.ChatSettings) -> None:
        """These are the chat's settings from now on."""
        self.settings = settings
        chat_settings.write(settings, self.services.settings.chat)
        self.services.save_settings()

    def _settings_changed(self) -> None:
        """The window's dialog changed something, perhaps of the chat."""
        before, after = self.settings, chat_settings.read(self.services.settings.chat)
        if before != after and before.name:
            self.settings = after
            for command in chat_settings.changes(before, after):
                self.services.submit(command)
            self.people.own_changed()

    def start(self) -> None:
        self.model.failed = None
        self.services.submit(self.settings.start(self.services.profile))
        self.own_changed()

    def own_changed(self) -> None:
        me = self.model.me
        reader = self.history()
        if me is not None and reader is not None:
            self.model.load(reader.conversations())
            self._clean()
            self.people.reload()
            self.chat.messages.restart()
            if self.status is not PresenceState.ONLINE:
                self.services.submit(SetPresence(self.status.value))
        failed = self.model.failed
        text = ""
        if failed is not None:
            text = _("The chat could not start. {reason}").format(reason=start_fault_text(failed))
        self.services.banner("chat", text, "error", (_("Try again"), self.start) if failed else None)
        self.people.own_changed()
        self._tell_status()

    def _clean(self) -> None:
        """Once: pasted pictures that were never sent, or whose messages are gone."""
        if not self._cleaned:
            self._cleaned = True
            profile, before = self.services.profile, self._began
            run_beside(self.frame, lambda: clean_pasted(profile, self.reader, before), lambda _error: None)

    # Conversations

    def show(self, conversation: str, position: int | None = None) -> None:
        """Open a conversation; with a ``position`` go to that message."""
        self.cards.make_way()
        if conversation != self.conversation:
            self.conversation = conversation
            self.chat.show(conversation)
            self.cards.refresh_side()
        self.people.list.choose(conversation)
        if position is not None:
            self.chat.messages.see(position)
        else:
            self.focus_composer()
        self._look_at()
        self._tell_status()

    def focus_composer(self) -> None:
        self.chat.composer.composer.focus_set()

    def focus_search(self) -> None:
        self.people.search.focus_set()
        self.people.search.entry.selection_range(0, "end")

    def next_conversation(self, by: int) -> None:
        """To the one below in the list (-1: above); with by 0 to the first with unread messages."""
        talks = self.people.list.talks
        if not talks:
            return
        if not by:
            unread = next((talk for talk in talks if talk.unread), None)
            if unread is not None:
                self.show(unread.conversation)
            return
        names = [talk.conversation for talk in talks]
        at = names.index(self.conversation) + by if self.conversation in names else 0
        self.show(names[at % len(names)])

    def send(self, text: str, reply_to: str = "") -> bool:
        """False where there is nobody to send it to."""
        if not self.conversation:
            return False
        self.services.submit(SendText(self.conversation, new_id(), text, reply_to))
        self.chat.messages.to_bottom()
        return True

    def send_files(self, paths: Sequence[Path], picture: bool) -> None:
        """Files that are pictures are offered one by one, so that each is shown as one."""
        if not self.conversation or self.conversation == ALL:
            return
        groups = [[path] for path in paths] if picture else [list(paths)]
        for group in groups:
            self.services.submit(OfferFiles(self.conversation, new_id(), group, picture))
        self.chat.messages.to_bottom()

    def block(self, identity: str, blocked: bool) -> None:
        self.services.submit(BlockPerson(identity, blocked))

    def _last_lines(self, changes: Changes) -> None:
        """What was deleted is no longer the newest message."""
        reader = self.history()
        for conversation, count in changes.counted.items() if reader is not None else ():
            assert reader is not None
            last = reader.fetch(conversation, count - 1, count)
            self.model.set_last(conversation, last[0] if last else None)

    def _rows_changed(self, changes: Changes) -> None:
        here = self.conversation
        messages = self.chat.messages
        if here in changes.rewritten or changes.renamed:
            messages.rewrite()
        elif here in changes.extended:
            messages.extend()
        if here in changes.rewritten or here in changes.extended:
            self.chat.refresh()
            # what just came is in view only after it was painted
            self.frame.after_idle(self._look_at)
        if changes.typing:
            messages.show_typing()
            self._watch_typing()

    def _typing(self) -> None:
        if self.conversation and self.conversation != ALL:
            self.services.submit(SendTyping(self.conversation))

    def _watch_typing(self) -> None:
        if self._typing_due is None and self.model.anyone_typing:
            self._typing_due = self.frame.after(TYPING_LOOK_MS, self._typing_over)

    def _typing_over(self) -> None:
        self._typing_due = None
        self.people.reload()
        self.chat.messages.show_typing()
        self._watch_typing()

    # Rows

    def _row_menu(self, row: ChatRow, event: tk.Event[tk.Misc]) -> None:
        target = self.chat.messages.bubbles.links.at(event.x, event.y)
        popup_menu(self.frame, row_entries(self, row, target), event.x_root, event.y_root)

    def _tell_link(self, target: str) -> None:
        """Where a link leads is said before it is opened; the host, which matters, stands first."""
        if target:
            self.services.status(wording.clean(told_link(target), TOLD_CHARACTERS), "normal")
        else:
            self._tell_status()

    def _file_menu(self, file: FileFacts) -> None:
        x, y = self.frame.winfo_pointerxy()
        popup_menu(self.frame, file_entries(self, file), x, y)

    # Seen, unread, told

    @property
    def looked_at(self) -> bool:
        """Whether this page is what the person has before them."""
        if not (self._visible and self.frame.winfo_exists()):
            return False
        return self.frame.focus_displayof() is not None

    def _look_at(self) -> None:
        if self.conversation and self.looked_at:
            self.chat.messages.bubbles.paint_now()
            self.chat.messages.tell_seen()

    def _seen(self, position: int) -> bool:
        """That a message is unread may come after the message: then nothing was told yet."""
        if not self.model.unread.get(self.conversation, 0):
            return False
        self.services.submit(MarkDisplayed(self.conversation, position))
        return True

    def _tell_unread(self) -> None:
        unread = self.model.total_unread
        if unread != self._told_unread:
            self._told_unread = unread
            self.services.unread("chat", unread)

    def _tell_status(self) -> None:
        if not self._visible:
            return
        me, failed = self.model.me, self.model.failed
        if failed is not None:
            self.services.status(_("The chat has not started"), "error")
        elif me is None:
            self.services.status(_("starting …") if self.settings.name else "", "normal")
        else:
            text = _("{count} online · listening on port {port}").format(
                count=self.model.online, port=me.port
            )
            self.services.status(text, "ok")

    # Presence and sound

    def set_status(self, status: PresenceState) -> None:
        """What the person chose: online, away, or do not disturb."""
        self.presence.choose(status)

    @property
    def status(self) -> PresenceState:
        return self.presence.status

    def _is(self, status: PresenceState) -> None:
        if self.model.me is not None:
            self.services.submit(SetPresence(status.value))
        self.people.own_changed()

    @property
    def sound(self) -> bool:
        return self.settings.sound

    def toggle_sound(self) -> None:
        self.keep(replace(self.settings, sound=not self.settings.sound))

    # The third card

    def toggle_side(self) -> None:
        self.cards.toggle_side()

    def _make_side(self) -> Any:
        """The card for what is shown: a room's members, or the files; None where it is not there."""
        return actions.make_side(self, self.conversation.startswith("r:"))

    def visible_text(self) -> str:
        """What the conversation shows at present, one row a line."""
        return self.chat.messages.visible_text()


def new_id() -> str:
    """For a message, or a sending of files."""
    return secrets.token_hex(16)
