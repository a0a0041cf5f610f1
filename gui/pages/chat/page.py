"""The Chat page: people, conversation, and a third card for files or a room's members.

The chat itself starts once a name is given: before that nothing listens, and nobody learns of this PC."""

from __future__ import annotations

import tkinter as tk

import ttkbootstrap as ttk

from gui.pages.chat import words
from gui.pages.chat.context import ChatContext
from gui.pages.chat.conversation.arrivals import Arrivals
from gui.pages.chat.conversation.conversation_card import ConversationCard
from gui.pages.chat.keys import register_keys
from gui.pages.chat.model import Changes
from gui.pages.chat.opening import Opening
from gui.pages.chat.people.people_card import PeopleCard
from gui.pages.chat.profile.attention import Attention
from gui.pages.chat.profile.onboarding import Naming
from gui.pages.chat.side import SideCard
from gui.pages.chat.startup import Startup
from gui.pages.chat.status import StatusLine
from gui.pages.chat.typing_clock import TypingClock
from gui.services.services import Services
from gui.shared.chat_wording import nothing_sent_text


class ChatPage:
    """A page of the window, see `gui.pages.Page`. Makes its parts, and has them show what events changed."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.context = context = ChatContext(self.frame, services)
        # Before any part watches: what a part asks the model for, the model knows by then.
        self._unwatch = services.watch_events(context.model.takers(), after=self._show_changes)
        self.status = StatusLine(context)
        self.arrivals = Arrivals(context)
        self.startup = Startup(context, on_loaded=self._reload)
        self.people = PeopleCard(self.frame, context, on_write=self.focus_composer, on_rename=self.ask_name)
        self.chat = ConversationCard(self.frame, context, self.status)
        self.side = SideCard(self.frame, self.people, self.chat, context)
        self.opening = Opening(context, self.people, self.chat, self.side, self.status)
        self.naming = Naming(context, self.side.cards, self.startup, on_close=self.focus_default)
        self.typing = TypingClock(self.frame, context.model, on_look=self._show_typing)
        self.attention = Attention(self.frame, context.own.presence.leave)
        window = self.frame.winfo_toplevel()
        window.bind("<FocusIn>", lambda _e: self.chat.note_seen(), add="+")
        self.frame.bind("<Destroy>", self._destroyed, add="+")
        register_keys(context, self.people, self.chat, self.opening, self.go_to_side)
        if context.own.name:
            self.startup.start()
        else:
            self.ask_name()

    # --- A page of the window ---

    def shown(self) -> None:
        self.context.visible = True
        self.chat.note_seen()
        self.status.show()

    def hidden(self) -> None:
        self.context.visible = False

    def focus_default(self) -> None:
        if self.naming.card is not None:
            self.naming.card.name.focus_set()
        elif self.context.conversation is not None:
            self.focus_composer()
        else:
            self.people.list.canvas.focus_set()

    # --- For its parts ---

    def ask_name(self) -> None:
        """Ask for the name: at the first start, and later to change the name, colour or picture."""
        self.naming.ask()

    def focus_composer(self) -> None:
        self.chat.focus_composer()

    def go_to_side(self) -> None:
        """Show the third card and give it the keyboard, or hide it."""
        self.side.toggle()
        if not self.side.focus():
            self.focus_default()

    def _destroyed(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self.frame:
            self._unwatch()
            self.typing.stop()
            self.context.close()

    # --- What events changed ---

    def _show_changes(self) -> None:
        changes = self.context.model.take_changes()
        if changes.own:
            self.startup.refresh()
        if changes.listed:
            self._show_lists(changes)
        self._show_rows(changes)
        self._toast_troubles(changes)
        for message in changes.arrived:
            self.arrivals.announce(message)
        self.arrivals.show_unread()

    def _reload(self) -> None:
        """Show what the history holds now."""
        self.people.reload()
        self.chat.messages.restart()

    def _show_lists(self, changes: Changes) -> None:
        self._fetch_last_lines(changes)
        self.people.reload()
        self.chat.refresh()
        self.side.refresh()
        self.status.show()

    def _fetch_last_lines(self, changes: Changes) -> None:
        """Messages may have been deleted: fetch the newest ones from the history."""
        reader = self.context.history
        if reader is None:
            return
        for conversation, count in changes.counted.items():
            last = reader.fetch(conversation, count - 1, count)
            self.context.model.set_last(conversation, last[0] if last else None)

    def _show_rows(self, changes: Changes) -> None:
        here, messages = self.context.conversation, self.chat.messages
        if here in changes.rewritten or changes.renamed:
            messages.rewrite()
        elif here in changes.extended:
            messages.extend()
        if here in changes.rewritten or here in changes.extended:
            self.chat.refresh()
            # new messages are in view only after they were painted
            self.frame.after_idle(self.chat.note_seen)
        if changes.typing:
            messages.show_typing()
            self.typing.start()

    def _show_typing(self) -> None:
        self.people.reload()
        self.chat.messages.show_typing()

    def _toast_troubles(self, changes: Changes) -> None:
        toast, model = self.context.services.toast, self.context.model
        for fault in changes.faults:
            toast(words.fault_text(fault, model), "warn")
        for unsent in changes.unsent:
            toast(nothing_sent_text(unsent.left_out), "warn")
        for update in changes.updates:
            toast(words.update_text(update), "warn")
        for ended in changes.ended:
            text = words.ending_text(ended.reason, "")
            if text:
                toast(text, "info")
