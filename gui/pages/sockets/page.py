"""The Sockets page: setup and sessions, conversation, diagram; and the connections between the three."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Mapping

import ttkbootstrap as ttk
from msgspec.structs import replace

from gui.look.words import follow_language
from gui.pages.sockets.choice import Choice, Problem
from gui.pages.sockets.code.code_tab import CodeTab
from gui.pages.sockets.conversation.conversation_card import ConversationCard
from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.diagram.diagram_card import DiagramCard
from gui.pages.sockets.earlier.earlier_sessions import EarlierSessions
from gui.pages.sockets.kernel_watch import KernelWatch
from gui.pages.sockets.keys import register_keys
from gui.pages.sockets.model import SessionModel
from gui.pages.sockets.recent_choices import RecentChoices
from gui.pages.sockets.reply_rules import ReplyRules
from gui.pages.sockets.sessions import Sessions
from gui.pages.sockets.setup.setup_card import SetupCard
from gui.pages.sockets.side_fold import SideFold
from gui.pages.sockets.status import PageStatus
from gui.services.services import Services
from gui.shared import wording
from gui.shared.dispatch import Takers
from net.events import Event
from net.sockets.events import (
    Closed,
    FaultEnded,
    FaultOccurred,
    FaultRepeated,
    Opened,
    OpenFailed,
    ReplyRulesChanged,
    Role,
    StateChanged,
)
from net.sockets.open_url import for_session, parse_open_url
from net.transcript.events import Stored

STATE_MS = 150


class SocketsPage:
    """A `Page` (see gui.pages). Holds no socket and no thread: commands are submitted through the services,
    and events come in."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        kept = services.settings.sockets
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.model = SessionModel()
        self._services = services
        self._rules = ReplyRules(services)
        self._status = PageStatus(services, self.model)
        self._kernel = KernelWatch(services, self.model)
        recent = RecentChoices(kept, services.save_settings)
        exports = Exports(services)
        self.sessions = Sessions(
            services,
            self.model,
            self._rules,
            recent,
            on_shown=self._show,
            on_opened=self._focus_composer,
            on_refused=self._show_mistakes,
            on_removed=self._list_changed,
        )
        self.earlier = EarlierSessions(self.frame, services, self.model, exports, self.sessions)
        self._code = CodeTab(services, self.model, self._rules, recent.last())
        self.setup = SetupCard(
            self.frame,
            services,
            self.model,
            self.sessions,
            recent,
            on_choice=self._code.show_choice,
            on_history=self.earlier.open,
        )
        self.chat = ConversationCard(
            self.frame,
            services,
            self.model,
            self.sessions,
            self._rules,
            exports,
            on_example=self.setup.begin,
            on_side=self._toggle_side,
        )
        self.side = DiagramCard(self.frame, services, make_code=self._code.build, on_fold=self._toggle_side)
        self.fold = SideFold(
            self.frame,
            self.setup,
            self.chat,
            self.side,
            kept=kept,
            save=services.save_settings,
            on_shown=lambda shown: self.chat.show_side_button(not shown),
        )
        end = services.watch_events(
            self.model.takers(),
            exports.takers(),
            self.chat.composer.jobs.takers(),
            self._takers(),
            after=self._show_changes,
        )
        self.frame.bind("<Destroy>", lambda event: end() if event.widget is self.frame else None, add="+")
        self._stored: set[int] = set()
        self._turned = False
        self._peers_came = False
        self._state_due: str | None = None
        register_keys(services, self.setup, self.chat, self.fold, self.earlier, self.show_code)
        follow_language(self.frame, self._status.show_state)
        self.sessions.show(None)
        services.on_open_url(self._set_up)
        for url in services.open_urls:
            self.sessions.open_url(url)

    # --- Page ---

    def shown(self) -> None:
        self.model.show(self.model.shown)
        self._status.show_unread()
        self._status.show_state()

    def hidden(self) -> None:
        """The page keeps running while it is hidden."""

    def focus_default(self) -> None:
        known = self.model.get(self.model.shown)
        if known is not None and not known.closed:
            self._focus_composer()
        else:
            self.setup.host.entry.focus_set()

    def _set_up(self, url: str) -> None:
        """Fill the setup card with a URL's choice, ready to be started."""
        command = for_session(parse_open_url(url), 0)
        self.sessions.show(None)
        self.setup.show_choice(Choice.from_command(command))
        self.setup.start.focus_set()

    def show_code(self) -> None:
        """Show the right card, with the programs for the current choice."""
        self.fold.show()
        self.side.show_code()

    # --- Events ---

    def _takers(self) -> Takers:
        """The page's own reactions to events, after the model was updated."""
        return {
            Stored: self._note_stored,
            Opened: self._opened,
            FaultOccurred: self._fault_occurred,
            ReplyRulesChanged: self._rules_changed,
            StateChanged: self._note_turn,
            OpenFailed: self._note_turn,
            Closed: self._note_turn,
            FaultRepeated: self._note_turn,
            FaultEnded: self._note_turn,
        }

    def _note_stored(self, event: Stored) -> None:
        self._stored.update(event.counts)

    def _note_turn(self, _event: Event) -> None:
        self._turned = True

    def _opened(self, event: Opened) -> None:
        self._turned = True
        known = self.model.get(event.session)
        if known is not None and event.session == self.model.shown and not known.is_listener:
            self.side.show(known)
        if event.role is Role.ACCEPTED and event.parent == self.model.shown:
            self._peers_came = True

    def _fault_occurred(self, event: FaultOccurred) -> None:
        self._turned = True
        known = self.model.get(event.session)
        if known is None or event.session != self.model.shown or known.lasting is event.fault:
            return
        # Without a transcript the conversation has no line for the fault.
        self._services.toast(wording.fault_text(event.fault), "warn")

    def _rules_changed(self, event: ReplyRulesChanged) -> None:
        self._rules.changed(event)
        self._keep_rules(event)
        self._code.refresh()

    def _keep_rules(self, event: ReplyRulesChanged) -> None:
        """A session's rules belong to its choice, so that Stop and Start keeps them."""
        known = self.model.get(event.session)
        if known is None or known.choice is None or known.parent is not None:
            return
        if known.choice.reply_rules != event.rules:
            in_fields = self.setup.choice == known.choice
            known.choice = replace(known.choice, reply_rules=event.rules)
            if in_fields:
                self.setup.show_choice(known.choice)

    def _show_stored(self) -> None:
        """The transcript may have new rows of the shown session, or of a listener's connections."""
        stored, self._stored = self._stored, set()
        known = self.model.get(self.model.shown)
        if known is None or not stored:
            return
        if known.session in stored or (known.is_listener and not stored.isdisjoint(known.children)):
            self.chat.conversation.recount()
            self.side.recount_soon()
            if known.is_udp and self.chat.conversation.filter_open:
                self._peers_came = True

    # --- Updating the cards ---

    def _show_changes(self) -> None:
        """Runs once after each batch of events that concerned the page."""
        self._show_stored()
        if self._peers_came:
            self._peers_came = False
            self.chat.offer_peers()
        touched, turned = self.model.take_touched(), self._turned
        self._turned = False
        if not touched:
            return
        self.setup.sessions_changed()
        if self.model.shown in touched:
            # Texts and buttons are updated at once, numbers a few times a second: they would cost each frame.
            if turned:
                self._show_state()
            elif self._state_due is None:
                self._state_due = self.frame.after(STATE_MS, self._show_state)
        self._status.show_unread()

    def _show(self) -> None:
        """Another session is shown, or none."""
        known = self.model.get(self.model.shown)
        if known is not None and known.choice is not None and known.choice != self.setup.choice:
            self.setup.show_choice(known.choice)
        self.setup.session_changed()
        self._code.refresh()
        self.setup.reload()
        self.chat.show(self.model.shown)
        self.side.show(known)
        self._kernel.follow()
        self._status.show_state()
        self._status.show_unread()

    def _show_state(self) -> None:
        """The shown session changed."""
        if self._state_due is not None:
            self.frame.after_cancel(self._state_due)
            self._state_due = None
        self.chat.refresh()
        self.side.show_numbers()
        self.setup.session_changed()
        self._code.refresh()
        self._kernel.follow()
        self._status.show_state()

    def _list_changed(self) -> None:
        self.setup.reload()

    def _show_mistakes(self, choice: Choice, problems: Mapping[str, Problem]) -> None:
        self.setup.show_mistakes(choice, problems)

    def _focus_composer(self) -> None:
        self.chat.composer.composer.focus_set()

    def _toggle_side(self) -> None:
        self.fold.toggle()
