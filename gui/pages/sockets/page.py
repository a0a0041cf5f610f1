"""The Sockets page: setup and sessions, conversation, diagram; and what passes between the three."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ttkbootstrap as ttk

from gui.pages.sockets import words
from gui.pages.sockets.choice import Choice, ChoiceError
from gui.pages.sockets.conversation.conversation_card import ChatCard
from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.conversation.reply_dialog import ReplyDialog
from gui.pages.sockets.conversation.row_dialog import RowDialog
from gui.pages.sockets.diagram.diagram_card import DiagramCard
from gui.pages.sockets.keys import register_keys
from gui.pages.sockets.menus import row_entries, session_entries
from gui.pages.sockets.model import SessionModel
from gui.pages.sockets.setup.setup_card import SetupCard
from gui.pages.sockets.side_fold import SideFold
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.menu import MenuEntry, popup_menu
from net.address import Address
from net.events import (
    Closed,
    Event,
    Exported,
    FaultEnded,
    FaultOccurred,
    KernelFacts,
    Opened,
    OpenFailed,
    ReplyRulesChanged,
    Role,
    StateChanged,
    Stored,
)
from net.protocol.reply import ReplyRule
from net.sockets.commands import Close, SetReplyRules, WatchKernel
from net.sockets.open_url import OpenUrlError, for_session, parse_open_url

if TYPE_CHECKING:
    from gui.pages.sockets.earlier.history_dialog import HistoryDialog
    from net.transcript.reader import Row

PEERS_OFFERED = 200
STATE_MS = 150
TURNING_POINTS = (StateChanged, Opened, OpenFailed, Closed, FaultOccurred, FaultEnded)


class SocketsPage:
    """A `Page` (see gui.pages). Keeps no socket and no thread: commands go out through the services, events
    come in."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        self.services = services
        self.model = SessionModel()
        self.rules: dict[int, tuple[ReplyRule, ...]] = {}
        self._kept: dict[str, Any] = services.settings.sockets
        self.exports = Exports(services)
        self._watched: int | None = None
        self._state_due: str | None = None
        self._told_unread = 0
        self._visible = False
        self.frame = ttk.Frame(master, style="Back.TFrame")
        self.setup = SetupCard(self.frame, self.model, self._last_choice())
        self.chat = ChatCard(self.frame, services, self.model)
        self.side = DiagramCard(self.frame, services)
        self.fold = SideFold(
            self.frame,
            self.setup,
            self.chat,
            self.side,
            kept=self._kept,
            save=services.save_settings,
            on_shown=lambda shown: self.chat.show_side_button(not shown),
        )
        self._connect()
        register_keys(self)
        self.show(None)
        self._open_urls()

    def _connect(self) -> None:
        self.setup.history = [str(entry) for entry in self._kept.get("history", []) if isinstance(entry, str)]
        self.setup.on_start = self.start
        self.setup.on_stop = lambda session: self.services.submit(Close(session))
        self.setup.on_choice = self._choice_changed
        self.setup.on_show = self.show
        self.setup.on_session_menu = self._session_menu
        self.setup.on_presets = self.open_presets
        self.setup.on_history = self.open_history
        self.setup.on_addresses = self.open_addresses
        self.chat.on_reconnect = self.reconnect
        self.chat.on_forget = self.forget
        self.chat.on_save = self.ask_and_save
        self.chat.on_side = self.fold.toggle
        self.chat.welcome.on_choice = self.begin_example
        self.chat.composer.on_rules = self.edit_rules
        self.chat.conversation.on_row = self.open_row
        self.chat.conversation.on_row_menu = self._row_menu
        self.side.on_fold = self.fold.toggle
        self.side.make_code = self._make_code

    # A page's face

    def on_event_batch(self, events: Sequence[Event]) -> None:
        touched = self.model.apply(events)
        stored: set[int] = set()
        shown = self.model.shown
        for event in events:
            if isinstance(event, Stored):
                stored.update(event.counts)
            elif isinstance(event, Opened):
                self._opened(event)
            elif isinstance(event, FaultOccurred):
                self._faulted(event)
            elif isinstance(event, ReplyRulesChanged):
                self.rules[event.session] = event.rules
                self._rules_changed(event.session)
            elif isinstance(event, Exported):
                self.exports.ended(event)
            elif isinstance(event, KernelFacts) and event.session == shown:
                touched.add(event.session)
        if stored:
            self._stored(stored)
        self.chat.on_event_batch(events)
        if touched:
            self.setup.sessions_changed()
            if shown is not None and shown in touched:
                # words and buttons follow at once, figures a few times a second: they would cost each frame
                if any(isinstance(event, TURNING_POINTS) for event in events):
                    self._show_state()
                else:
                    self._show_state_soon()
            self._tell_unread()

    def _show_state_soon(self) -> None:
        if self._state_due is None:
            self._state_due = self.frame.after(STATE_MS, self._show_state)

    def _show_state(self) -> None:
        if self._state_due is not None:
            self.frame.after_cancel(self._state_due)
            self._state_due = None
        self.chat.refresh()
        self.side.show_numbers()
        self.setup.session_changed()
        self._show_code_port()
        self._watch_kernel()
        self._tell_status()

    def retext(self) -> None:
        self.setup.retext()
        self.chat.retext()
        self.side.retext()
        code: Any = self.side.code
        if code is not None and hasattr(code, "retext"):
            code.retext()
        self._offer_peers()
        self._tell_status()

    def shown(self) -> None:
        self._visible = True
        self.model.show(self.model.shown)
        self._tell_unread()
        self._tell_status()

    def hidden(self) -> None:
        self._visible = False

    def focus_default(self) -> None:
        known = self.model.get(self.model.shown)
        if known is not None and not known.closed:
            self.chat.composer.composer.focus_set()
        else:
            self.setup.host.entry.focus_set()

    def visible_text(self) -> str:
        """What the conversation shows at present, one row a line."""
        return self.chat.conversation.visible_text()

    # Sessions

    def start(self) -> int | None:
        """Open the present choice; the new session's id, or None where the choice has mistakes."""
        return self.open(self.setup.choice)

    def open(self, choice: Choice) -> int | None:
        session = self.services.new_session()
        try:
            command = choice.command(session)
        except ChoiceError as error:
            self.setup.show_choice(choice)
            first = next(iter(error.problems))
            field = {"host": self.setup.host, "port": self.setup.port, "peer": self.setup.peer}.get(first)
            if field is not None:
                field.entry.focus_set()
            elif not self.setup.options_open and first not in ("ttl", "interface"):
                self.setup.toggle_options()
            return None
        self.model.begin(session, choice)
        self.rules[session] = choice.reply_rules
        self.setup.remember(choice)
        self._keep(choice)
        self.services.submit(command)
        self.show(session)
        self.chat.composer.composer.focus_set()
        return session

    def reconnect(self, session: int) -> None:
        """The same again, in place of the one that has ended."""
        known = self.model.get(session)
        if known is None or known.choice is None:
            return
        choice = replace(known.choice, reply_rules=self.rules.get(session, known.choice.reply_rules))
        if known.open_failed:
            self.model.forget(session)
        self.open(choice)

    def begin_example(self, choice: Choice) -> None:
        """Fill in one of the tutorial's examples and open it."""
        self.setup.show_choice(choice)
        self.start()

    def show(self, session: int | None) -> None:
        """Look at this session."""
        self.model.show(session)
        known = self.model.get(session)
        if known is not None and known.choice is not None and known.choice != self.setup.choice:
            self.setup.show_choice(known.choice)
        self.setup.session_changed()
        self._show_code_port()
        self.setup.reload()
        self.chat.show(session)
        self.side.show(known)
        self._offer_peers()
        self._watch_kernel()
        self._tell_status()
        self._tell_unread()

    def forget(self, session: int) -> None:
        """Take an ended session out of the list and show the one before it."""
        self.model.forget(session)
        if self.model.get(self.model.shown) is None:
            following = next((known.session for known, depth in self.model.lines() if depth == 0), None)
            self.show(following)
        else:
            self.setup.reload()

    def _opened(self, event: Opened) -> None:
        known = self.model.get(event.session)
        if known is not None and event.session == self.model.shown and not known.is_listener:
            self.side.show(known)
        if event.role is Role.ACCEPTED and event.parent == self.model.shown:
            self._offer_peers()

    def _stored(self, stored: set[int]) -> None:
        known = self.model.get(self.model.shown)
        if known is None:
            return
        mine = known.session in stored
        if not mine and known.is_listener:
            mine = not stored.isdisjoint(known.children)
        if mine:
            self.chat.conversation.recount()
            self.side.recount_soon()
            if known.is_udp and self.chat.conversation.filter_open:
                self._offer_peers()

    def _faulted(self, event: FaultOccurred) -> None:
        known = self.model.get(event.session)
        if known is None or event.session != self.model.shown or known.lasting is event.fault:
            return
        # without a transcript the conversation has no line that tells it
        self.services.toast(wording.fault_text(event.fault), "warn")

    # Rules, rows, files

    def edit_rules(self) -> ReplyDialog | None:
        known = self.model.get(self.model.shown)
        if known is None:
            return None
        session = known.session

        def use(rules: tuple[ReplyRule, ...]) -> None:
            self.rules[session] = rules
            self.services.submit(SetReplyRules(session, rules))

        dialog = ReplyDialog(self.frame, self.rules.get(session, ()), use)
        dialog.present()
        return dialog

    def open_row(self, row: Row) -> RowDialog:
        dialog = RowDialog(self.frame, row, self.chat.conversation.codec)
        dialog.present()
        return dialog

    def ask_and_save(self) -> None:
        """Ask where to; the ending decides the format."""
        path = self.exports.ask_where(self.frame)
        if path is not None:
            self.save(path)

    def save(self, path: Path, selection: bool | None = None) -> int | None:
        """Export the shown session, or with ``selection`` (None: if more than one row is selected) what is
        selected."""
        known = self.model.get(self.model.shown)
        if known is None:
            return None
        conversation = self.chat.conversation
        if selection is None:
            selection = len(conversation.current.selection) > 1
        rows = conversation.selected_ids() if selection else None
        return self.exports.start(known.session, path, conversation.codec, rows)

    # Menus, presets, addresses, code

    def _session_menu(self, session: int, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self.frame, self.session_entries(session), event.x_root, event.y_root)

    def session_entries(self, session: int) -> list[MenuEntry]:
        return session_entries(self, session)

    def _row_menu(self, row: Row, event: tk.Event[tk.Misc]) -> None:
        popup_menu(self.frame, row_entries(self, row), event.x_root, event.y_root)

    def copy(self, text: str) -> None:
        self.frame.clipboard_clear()
        self.frame.clipboard_append(text)
        self.services.toast(_("Copied: {text}").format(text=text[:60]), "ok")

    def open_history(self) -> HistoryDialog:
        from gui.pages.sockets.earlier.show_earlier import open_history

        return open_history(self)

    def open_presets(self, widget: tk.Misc) -> None:
        from gui.pages.sockets.setup.presets import open_presets

        open_presets(widget, self.services, self.setup.choice, self.setup.show_choice)

    def open_addresses(self, widget: tk.Misc) -> None:
        from gui.pages.sockets.setup.addresses import open_addresses

        open_addresses(widget, self.services, self.setup.choice)

    def _make_code(self, master: tk.Misc) -> tk.Widget:
        from gui.pages.sockets.code.code_panel import CodePanel

        panel: tk.Widget = CodePanel(master, self.services, self._shown_choice(), self._local())
        return panel

    def _rules_changed(self, session: int) -> None:
        running = self.setup.running()
        if running is not None and running.session == session:
            self._choice_changed()

    def _shown_choice(self) -> Choice:
        """The present choice, with the rules that its open session has by now."""
        running, choice = self.setup.running(), self.setup.choice
        if running is None:
            return choice
        return replace(choice, reply_rules=self.rules.get(running.session, choice.reply_rules))

    def _local(self) -> Address | None:
        """Where the session of the present choice stands: the port the system chose, for port 0."""
        running = self.setup.running()
        return running.local if running is not None else None

    def _choice_changed(self) -> None:
        code: Any = self.side.code
        if code is not None:
            code.show_choice(self._shown_choice(), self._local())

    def _show_code_port(self) -> None:
        code: Any = self.side.code
        if code is not None and code.local != self._local():
            self._choice_changed()

    def show_code(self) -> None:
        self.fold.show()
        self.side.show_code()

    # Small things

    def _last_choice(self) -> Choice:
        try:
            return Choice.from_dict(self._kept.get("choice", {}))
        except (ValueError, AttributeError, TypeError):
            return Choice()

    def _keep(self, choice: Choice) -> None:
        self._kept["choice"] = choice.as_dict()
        self._kept["history"] = self.setup.history
        self.services.save_settings()

    def _open_urls(self) -> None:
        for url in self.services.open_urls:
            try:
                command = for_session(parse_open_url(url), self.services.new_session())
            except OpenUrlError:
                continue
            choice = Choice.from_command(command)
            self.model.begin(command.session, choice)
            self.rules[command.session] = choice.reply_rules
            self.services.submit(command)
            self.show(command.session)

    def _offer_peers(self) -> None:
        known = self.model.get(self.model.shown)
        peers: list[str] = []
        if known is not None and known.is_listener:
            children = [self.model.get(child) for child in known.children[-PEERS_OFFERED:]]
            peers = [
                str(child.remote) for child in children if child is not None and child.remote is not None
            ]
        elif known is not None and known.is_udp:
            peers = [str(sender) for sender in known.senders]
        self.chat.conversation.offer_peers(peers)

    def _watch_kernel(self) -> None:
        """The kernel is asked about the connection that is looked at, and about no other."""
        known = self.model.get(self.model.shown)
        wanted = known.session if known is not None and known.is_connection and known.is_live else None
        if wanted == self._watched:
            return
        before = self.model.get(self._watched)
        if self._watched is not None and before is not None and not before.closed:
            self.services.submit(WatchKernel(self._watched, False))
        self._watched = wanted
        if wanted is not None:
            self.services.submit(WatchKernel(wanted, True))

    def _tell_status(self) -> None:
        known = self.model.get(self.model.shown)
        if known is None:
            self.services.status("", "normal")
            return
        text, tone = words.status_words(known)
        tones: Any = {"mute": "normal", "accent": "info"}.get(tone, tone)
        self.services.status(f"{text} · {words.session_title(known)}", tones)

    def _tell_unread(self) -> None:
        unread = sum(known.unread for known in self.model)
        if unread != self._told_unread:
            self._told_unread = unread
            self.services.unread("sockets", unread)

    def save_pressed(self) -> None:
        if self.chat.conversation.count():
            self.ask_and_save()

    def switch_view(self) -> None:
        view = "bubbles" if self.chat.conversation.view == "log" else "log"
        self.chat.view.set(view)
        self.chat.conversation.set_view(view)
