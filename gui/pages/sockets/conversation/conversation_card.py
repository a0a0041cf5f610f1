"""The middle card: the session's peer and state, the conversation, and the composer.

The conversation with all that belongs to it is imported and built when a session is first shown: until then
the page only says where to begin.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.shapes import mix
from gui.look.words import follow_language
from gui.pages.sockets import words
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.conversation.composer_bar import ComposerBar
from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.conversation.jobs_strip import JobsStrip
from gui.pages.sockets.conversation.welcome import Waiting, Welcome
from gui.pages.sockets.model import SessionInfo, SessionModel
from gui.pages.sockets.opening_again import OpeningAgain
from gui.pages.sockets.reply_rules import ReplyRules
from gui.pages.sockets.session_items import ICONS
from gui.pages.sockets.sessions import Sessions
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.banner import Banner
from gui.widgets.card_header import CardHeader
from gui.widgets.menu import MenuEntry, menu_under
from gui.widgets.segmented import SegmentedControl
from gui.widgets.text_fit import fit
from gui.widgets.wrapping_label import WrappingLabel
from net.events import ExportProgressed, FaultKind
from net.sockets.commands import Abort, ShutdownWrite, SocketsCommand
from net.sockets.events import State

if TYPE_CHECKING:
    from gui.pages.sockets.conversation.conversation_export import ConversationExport
    from gui.pages.sockets.conversation.messages import Conversation
    from gui.pages.sockets.conversation.reply_dialog import ReplyDialog
    from gui.pages.sockets.conversation.row_menu import RowMenu
    from net.transcript.reader import Row

PEERS_OFFERED = 200


class _SessionParts(NamedTuple):
    """What only a session needs."""

    conversation: Conversation
    export: ConversationExport
    row_menu: RowMenu
    waiting: Waiting


class ConversationCard(ttk.Frame):
    """``on_example(choice)`` starts one of the tutorial's examples; ``on_side()`` folds the right card away
    or back."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        model: SessionModel,
        sessions: Sessions,
        rules: ReplyRules,
        exports: Exports,
        on_example: Callable[[Choice], object],
        on_side: Callable[[], object],
    ) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self._services = services
        self._model = model
        self._sessions = sessions
        self._rules = rules
        self._exports = exports
        self._parts: _SessionParts | None = None
        self._known: SessionInfo | None = None
        self._image: Any = None
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("side", "layout-sidebar-reverse", on_side),
            ("menu", "three-dots-vertical", self.open_menu),
            ("close", "x-circle", self.close_session),
            ("reconnect", "arrow-clockwise", self._reconnect),
            ("filter", "funnel", self._toggle_filter),
            ("find", "search", self._open_find),
        )
        self.header = CardHeader(self, tools, on_resize=self._show_names)
        self.view = SegmentedControl(self.header, (), command=self._set_view, small=True)
        self.view.pack(side="right", padx=(S(6), S(4)), before=self.header.names)
        self.status = ttk.Label(self.header.line, style="InS.TLabel")
        self.status.pack(side="left", before=self.header.about)
        self.banner = Banner(self, "", "error", on_action=self._use_offer)
        self._again = OpeningAgain(self, model, sessions, on_tick=self._show_banner)
        self.composer = ComposerBar(self, services, model, on_codec=self._set_codec, on_rules=self.edit_rules)
        self.composer.pack(side="bottom", fill="x")
        self.work = JobsStrip(self, services)
        self.work.pack(side="bottom", fill="x")
        exports.on_progress = self._show_export
        self.relayed = WrappingLabel(self, "InS.TLabel")
        self.facts = ttk.Label(self, style="InM.TLabel", anchor="w")
        self.middle = ttk.Frame(self, style="In.TFrame")
        self.middle.pack(fill="both", expand=True)
        self.welcome = Welcome(self.middle, on_choice=on_example)
        self.facts.bind("<Configure>", lambda _e: self._show_facts())
        look().watch(self, self.refresh)
        follow_language(self, self._set_words)

    def _set_words(self) -> None:
        self.view.set_options((("bubbles", _("Bubbles")), ("log", _("Log"))), self._view)
        texts = {
            "side": _("Sequence diagram and code"),
            "menu": _("More"),
            "close": _("Close this session"),
            "reconnect": _("Open it again"),
            "filter": _("Filter by direction and peer"),
            "find": _("Find"),
        }
        for name, text in texts.items():
            self.header.tips[name].retext(text)
        self.refresh()

    # --- What a session needs ---

    @property
    def conversation(self) -> Conversation:
        return self._session_parts().conversation

    @property
    def export(self) -> ConversationExport:
        return self._session_parts().export

    def _session_parts(self) -> _SessionParts:
        if self._parts is None:
            self._parts = self._make_session_parts()
        return self._parts

    def _make_session_parts(self) -> _SessionParts:
        from gui.pages.sockets.conversation.conversation_export import ConversationExport
        from gui.pages.sockets.conversation.messages import Conversation
        from gui.pages.sockets.conversation.row_menu import RowMenu

        conversation = Conversation(
            self.middle, self._services, self.work, on_row=self._open_row, on_row_menu=self._show_row_menu
        )
        conversation.pack(fill="both", expand=True)
        self.welcome.lift()
        export = ConversationExport(self._exports, conversation)
        row_menu = RowMenu(self._services, conversation, self.composer, export)
        return _SessionParts(conversation, export, row_menu, Waiting(conversation.lists, self._services))

    @property
    def _view(self) -> str:
        """ "bubbles" or "log": the conversation's view, or what it will be."""
        kept = str(self._services.settings.sockets.get("view", "bubbles"))
        return self._parts.conversation.view if self._parts is not None else kept

    # --- For the page ---

    def show(self, session: int | None) -> None:
        """Show another session, or none."""
        self._known = known = self._model.get(session)
        if known is not None:
            from gui.pages.sockets.conversation.rows import Scope

            codec = known.choice.codec if known.choice else known.codec
            several = known.is_listener or known.is_udp or known.is_relay
            self.conversation.show(Scope(known.session, known.is_listener, known.parent), codec, several)
        elif self._parts is not None:
            self._parts.conversation.show(None, "utf-8", False)
        self.composer.show(known)
        self.offer_peers()
        self.refresh()

    def offer_peers(self) -> None:
        """Offer the present peers to the filter; others may have connected, or written."""
        known = self._known
        if self._parts is not None:
            peers = self._model.peers(known.session, PEERS_OFFERED) if known is not None else []
            self._parts.conversation.offer_peers([str(peer) for peer in peers])

    def refresh(self) -> None:
        """The shown session changed in some way."""
        known = self._known
        self._show_names()
        self._show_buttons()
        self._show_banner()
        self._show_facts()
        self._show_relayed()
        self.composer.refresh()
        if known is None:
            if self._parts is not None:
                self._parts.waiting.place_forget()
            self.welcome.place(relx=0.5, rely=0.48, anchor="center", relwidth=0.94)
        else:
            self.welcome.place_forget()
            waits = known.is_listener and known.is_live and not known.children
            waits = waits or (
                (known.is_udp or known.is_relay)
                and known.is_live
                and not known.senders
                and not known.messages_sent
            )
            waiting = self._session_parts().waiting
            if waits:
                waiting.show(known)
                waiting.place(relx=0.5, rely=0.55, anchor="center", relwidth=0.9)
            else:
                waiting.place_forget()

    def show_side_button(self, on: bool) -> None:
        """Show the button that brings the right card back, which is there only while it is folded away."""
        if on and not self.header.tools["side"].winfo_manager():
            self.header.tools["side"].pack(side="right", padx=(S(1), 0), before=self.header.tools["menu"])
        elif not on:
            self.header.tools["side"].pack_forget()

    def switch_view(self) -> None:
        """Switch between bubbles and the log."""
        view = "bubbles" if self._view == "log" else "log"
        self.view.set(view)
        self.conversation.set_view(view)

    # --- Actions ---

    def close_session(self) -> None:
        known = self._known
        if known is None:
            return
        if known.closed:
            self._sessions.forget(known.session)
        else:
            self._sessions.stop(known.session)

    def open_menu(self) -> tk.Menu:
        return menu_under(self.header.tools["menu"], self.menu_entries())

    def menu_entries(self) -> list[MenuEntry]:
        known = self._known
        live = known is not None and known.is_live
        stream = live and known is not None and known.is_connection
        can_write = (
            stream and known is not None and known.state in (State.CONNECTED, State.HALF_CLOSED_REMOTE)
        )
        rows = self.conversation.count() > 0
        selected = len(self.conversation.current.selection)
        entries: list[MenuEntry] = [
            (_("Finish sending (half-close)"), lambda: self._submit(ShutdownWrite), bool(can_write)),
            (_("Close"), self.close_session, known is not None and not known.closed),
            (_("Abort (RST)"), lambda: self._submit(Abort), bool(stream)),
            (_("Open again"), self._reconnect, known is not None and known.can_reopen),
            (_("Remove from the list"), self.close_session, known is not None and known.closed),
            None,
            (_("Find …"), self.conversation.open_find, rows),
            (_("Filter …"), self.conversation.toggle_filter, True),
            (_("Select all"), self.conversation.current.select_all, rows),
            (_("Copy what is selected"), self.conversation.current.copy, selected > 0),
            None,
            (_("Save the whole conversation …"), self.export.ask_and_save, rows),
            (f"{self.export.selection_words()} …", self.export.ask_and_save_selection, selected > 0),
        ]
        return entries

    def edit_rules(self) -> ReplyDialog | None:
        """Edit the auto-replies of the shown session in a dialog; None if no session is shown."""
        known = self._known
        if known is None:
            return None
        from gui.pages.sockets.conversation.reply_dialog import ReplyDialog

        session = known.session
        dialog = ReplyDialog(
            self, self._rules.of(known), on_rules=lambda rules: self._rules.change(session, rules)
        )
        dialog.present()
        return dialog

    def _show_export(self, job: int, name: str, event: ExportProgressed | None) -> None:
        """An export that takes longer goes on, or (None) has ended."""
        if event is None:
            self.work.end(job)
            return
        if job not in self.work:
            self.work.begin_work(
                job, _("Saving {name}").format(name=name), "download", partial(self._exports.cancel, job)
            )
        text = _("{count} of {total} rows").format(
            count=wording.count_text(event.rows), total=wording.count_text(event.total)
        )
        self.work.advance(job, text, event.rows / max(1, event.total))

    def _submit(self, command: Callable[[int], SocketsCommand]) -> None:
        if self._known is not None:
            self._services.submit(command(self._known.session))

    def _reconnect(self) -> None:
        if self._known is not None:
            self._sessions.reconnect(self._known.session)

    def _use_offer(self) -> None:
        if self._known is not None:
            _label, action = self._again.offer(self._known)
            action()

    def _set_codec(self, codec: str) -> None:
        self.conversation.set_codec(codec)

    def _set_view(self, view: str) -> None:
        self.conversation.set_view(view)

    def _open_find(self) -> None:
        self.conversation.open_find()

    def _toggle_filter(self) -> None:
        self.conversation.toggle_filter()

    def _open_row(self, row: Row) -> None:
        self._session_parts().row_menu.open(row)

    def _show_row_menu(self, row: Row, event: tk.Event[tk.Misc]) -> None:
        self._session_parts().row_menu.show(row, event)

    # --- Looks ---

    def _show_names(self) -> None:
        p, known = look().palette, self._known
        if known is None:
            title, state, tone, about = _("Nothing open yet"), _("Idle"), "mute", ""
        else:
            title = words.session_title(known)
            state, tone = words.status_words(known)
            about = " · " + " · ".join(self._about(known))
        self.header.show_title(title)
        self.status.configure(text=state, foreground=p.mute if tone == "mute" else p.tone(tone))
        self.header.show_about(about)
        self._paint_sign(title, tone)

    def _paint_sign(self, title: str, tone: str) -> None:
        p, known, sign = look().palette, self._known, self.header.sign
        size = self.header.clear_sign()
        base = p.sel if known is None else look().avatar(title)
        if known is not None and known.closed:
            base = mix(base, p.card, 0.55)
        sign.create_image(size // 2, size // 2, image=look().shapes.disc(size, base))
        icon = "plug" if known is None else ICONS[known.role]
        self._image = look().icon(icon, 19, p.acc if known is None else "#ffffff")
        sign.create_image(size // 2, size // 2, image=self._image)
        if known is not None:
            colour = p.faint if tone == "mute" else p.tone(tone)
            sign.create_image(size - S(6), size - S(6), image=look().shapes.disc(S(13), colour, p.card))

    def _about(self, known: SessionInfo) -> list[str]:
        about = [words.session_kind(known)]
        if known.earlier and known.opened_at:
            about.insert(0, wording.time_text(known.opened_at, date=True, milliseconds=False)[:16])
        if known.is_connection and known.local is not None:
            about.append(_("here {address}").format(address=known.local))
        if known.kernel is not None and known.kernel.rtt is not None and known.is_live:
            about.append(wording.duration_text(known.kernel.rtt / 1000))
        if known.is_relay and known.remote is not None:
            about.append(f"→ {known.remote}")
        if known.drops:
            about.append(_("{count} dropped").format(count=wording.count_text(known.drops)))
        if known.queued and known.is_live:
            about.append(_("{size} waiting to go out").format(size=wording.size_text(known.queued)))
        return about

    def _show_buttons(self) -> None:
        known = self._known
        self._pack_tool("reconnect", known is not None and known.can_reopen)
        self._pack_tool("close", known is not None)
        self.header.tips["close"].retext(
            _("Remove from the list") if known is not None and known.closed else _("Close this session")
        )
        for name in ("find", "filter", "menu"):
            self.header.tools[name].state(["!disabled" if known is not None else "disabled"])

    def _pack_tool(self, name: str, on: bool) -> None:
        button = self.header.tools[name]
        if on and not button.winfo_manager():
            button.pack(side="right", padx=(S(1), 0), after=self.header.tools["menu"])
        elif not on:
            button.pack_forget()

    def _show_banner(self) -> None:
        known = self._known
        fault = None if known is None else self._again.fault_now(known) if known.closed else known.lasting
        cancelled = fault is not None and fault.kind is FaultKind.CANCELLED
        if known is None or fault is None or cancelled:
            self.banner.pack_forget()
            return
        if known.closed:
            text = wording.fault_text(fault)
            if self._again.is_waiting(known):
                text += "\n" + _("Duplex opens it by itself then.")
            self.banner.show(text, "error", self._again.offer(known)[0])
        elif known.lasting_count > 1:
            self.banner.show(
                wording.repeated_text(fault, known.lasting_count, known.lasting_since), "warn", ""
            )
        else:
            self.banner.show(wording.fault_text(fault), "warn", "")
        if not self.banner.winfo_manager():
            self.banner.pack(fill="x", pady=(S(10), 0), after=self.header.rule)

    def _show_relayed(self) -> None:
        """A relay has its counts where others have the composer: it sends nothing itself."""
        known = self._known
        if known is None or not known.is_relay:
            self.relayed.pack_forget()
            if not self.composer.winfo_manager():
                self.composer.pack(side="bottom", fill="x", before=self.middle)
            return
        texts = wording.relay_count_texts(known.relayed) if known.relayed is not None else []
        if known.seed:
            texts.append(_("Seed {seed}: with it the same lots are drawn again.").format(seed=known.seed))
        self.relayed.show(
            "\n".join(texts) or _("A relay passes on what others send; it sends nothing itself.")
        )
        self.composer.pack_forget()
        if not self.relayed.winfo_manager():
            self.relayed.pack(side="bottom", fill="x", pady=(S(8), 0), before=self.middle)

    def _show_facts(self) -> None:
        text = kernel_words(self._known) if self._known is not None else ""
        if not text or not self.composer.winfo_manager():
            self.facts.pack_forget()
            return
        room = self.facts.winfo_width() if self.facts.winfo_manager() else self.winfo_width() - 2 * S(16)
        self.facts.configure(text=fit(look().font(8, mono=True), text, max(S(60), room)))
        if not self.facts.winfo_manager():
            self.facts.pack(side="bottom", fill="x", pady=(S(4), 0), after=self.composer)


def kernel_words(known: SessionInfo) -> str:
    """The kernel's data about a connection, and the facts of its TLS handshake, in one line; "" if neither is
    known."""
    parts: list[str] = []
    facts = known.kernel if not known.closed else None
    if facts is not None:
        if facts.state:
            parts.append(facts.state)
        if facts.rtt is not None:
            parts.append(f"RTT {wording.duration_text(facts.rtt / 1000)}")
        if facts.rto is not None:
            parts.append(f"RTO {wording.duration_text(facts.rto / 1000)}")
        if facts.congestion_window is not None:
            parts.append(f"cwnd {facts.congestion_window}")
        if facts.send_window is not None:
            parts.append(f"swnd {wording.size_text(facts.send_window)}")
        if facts.receive_window is not None:
            parts.append(f"rwnd {wording.size_text(facts.receive_window)}")
        if facts.bytes_unacked:
            parts.append(_("{size} not acknowledged").format(size=wording.size_text(facts.bytes_unacked)))
    if known.tls is not None:
        parts.append(words.tls_words(known.tls.version, known.tls.cipher, known.tls.verified))
    return " · ".join(parts)
