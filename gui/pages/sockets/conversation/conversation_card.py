"""The middle card: who one talks to and how it stands, the conversation, and the composer."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.shapes import mix
from gui.pages.sockets import words
from gui.pages.sockets.conversation.composer_bar import ComposerBar
from gui.pages.sockets.conversation.messages import Conversation
from gui.pages.sockets.conversation.rows import Scope, tls_words
from gui.pages.sockets.conversation.welcome import Waiting, Welcome
from gui.pages.sockets.model import SessionInfo, SessionModel
from gui.pages.sockets.session_items import ICONS
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.banner import Banner
from gui.widgets.icon_tools import icon_tools
from gui.widgets.menu import MenuEntry, menu_under
from gui.widgets.segmented import SegmentedControl
from gui.widgets.text_fit import fit
from net.events import Event, FaultKind, State
from net.sockets.commands import Abort, Close, ShutdownWrite

NARROW = 470


class ChatCard(ttk.Frame):
    """`on_reconnect(session)` opens the same again; `on_save()` asks where to; `on_side()` folds the right
    card in or out."""

    def __init__(self, master: tk.Misc, services: Services, model: SessionModel) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.services = services
        self.model = model
        self.on_reconnect: Callable[[int], None] = lambda _session: None
        self.on_save: Callable[[], None] = lambda: None
        self.on_side: Callable[[], None] = lambda: None
        self.on_forget: Callable[[int], None] = lambda _session: None
        self._known: SessionInfo | None = None
        self._image: Any = None
        self._build_header()
        self.banner = Banner(self, "", "error", on_action=self._retry)
        self.composer = ComposerBar(self, services, model)
        self.composer.pack(side="bottom", fill="x")
        self.facts = ttk.Label(self, style="InM.TLabel", anchor="w")
        self.conversation = Conversation(self, services)
        self.conversation.pack(fill="both", expand=True)
        self.welcome = Welcome(self.conversation.lists)
        self.waiting = Waiting(self.conversation.lists, services.toast)
        self.composer.on_codec = self.conversation.set_codec
        self.facts.bind("<Configure>", lambda _e: self._show_facts())
        look().watch(self, self.refresh)
        self.retext()

    def _build_header(self) -> None:
        self.header = ttk.Frame(self, style="In.TFrame")
        self.header.pack(fill="x")
        size = S(40)
        self.sign = tk.Canvas(self.header, width=size, height=size, bd=0, highlightthickness=0)
        self.sign.pack(side="left")
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("side", "layout-sidebar-reverse", lambda: self.on_side()),
            ("menu", "three-dots-vertical", self.open_menu),
            ("close", "x-circle", self.close_session),
            ("reconnect", "arrow-clockwise", self._retry),
            ("filter", "funnel", lambda: self.conversation.toggle_filter()),
            ("find", "search", lambda: self.conversation.open_find()),
        )
        self.tools, self.tips = icon_tools(self.header, tools, gap=1)
        self.view = SegmentedControl(
            self.header, (), command=lambda v: self.conversation.set_view(v), small=True
        )
        self.view.pack(side="right", padx=(S(6), S(4)))
        names = ttk.Frame(self.header, style="In.TFrame")
        names.pack(side="left", fill="x", expand=True, padx=(S(10), 0))
        self.title = ttk.Label(names, style="InH.TLabel", anchor="w", width=4)
        self.title.pack(fill="x")
        line = ttk.Frame(names, style="In.TFrame")
        line.pack(fill="x")
        self.status = ttk.Label(line, style="InS.TLabel")
        self.status.pack(side="left")
        self.about = ttk.Label(line, style="InS.TLabel", anchor="w", width=4)
        self.about.pack(side="left", fill="x", expand=True)
        for label in (self.title, self.about):
            label.bind("<Configure>", lambda _e: self._show_names())
        self.line = tk.Frame(self, height=1)
        self.line.pack(fill="x", pady=(S(10), 0))

    # For the page

    def retext(self) -> None:
        self.view.set_options(
            (("bubbles", _("Bubbles")), ("log", _("Log"))),
            self.conversation.view if hasattr(self, "conversation") else "bubbles",
        )
        texts = {
            "side": _("Sequence diagram and code"),
            "menu": _("More"),
            "close": _("Close this session"),
            "reconnect": _("Open it again"),
            "filter": _("Filter by direction and peer"),
            "find": _("Find"),
        }
        for name, text in texts.items():
            self.tips[name].retext(text)
        self.conversation.retext()
        self.composer.retext()
        self.welcome.retext()
        self.waiting.retext()
        self.refresh()

    def show(self, session: int | None) -> None:
        """Show another session, or none."""
        self._known = known = self.model.get(session)
        codec = "utf-8" if known is None else known.choice.codec if known.choice else known.codec
        scope = Scope(known.session, known.is_listener, known.parent) if known is not None else None
        several = known is not None and (known.is_listener or known.is_udp)
        self.conversation.show(scope, codec, several)
        self.composer.show(known)
        self.refresh()

    def refresh(self) -> None:
        """The shown session changed in some way."""
        if not hasattr(self, "waiting"):
            return
        known = self._known
        self._show_names()
        self._show_buttons()
        self._show_banner()
        self._show_facts()
        self.composer.refresh()
        if known is None:
            self.waiting.place_forget()
            self.welcome.place(relx=0.5, rely=0.48, anchor="center", relwidth=0.94)
        else:
            self.welcome.place_forget()
            waits = known.is_listener and known.is_live and not known.children
            waits = waits or (
                known.is_udp and known.is_live and not known.senders and not known.messages_sent
            )
            if waits:
                self.waiting.show(known)
                self.waiting.place(relx=0.5, rely=0.55, anchor="center", relwidth=0.9)
            else:
                self.waiting.place_forget()

    def on_event_batch(self, events: Sequence[Event]) -> None:
        self.composer.on_event_batch(events)

    def stored(self, counts: Sequence[int]) -> None:
        """Rows of these sessions were stored."""
        known = self._known
        if known is None:
            return
        if known.session in counts or (known.is_listener and any(c in counts for c in self._tree(known))):
            self.conversation.recount()

    def _tree(self, known: SessionInfo) -> set[int]:
        return {known.session, *known.children}

    def show_side_button(self, on: bool) -> None:
        """The button that brings the right card back is there only while it is folded away."""
        if on and not self.tools["side"].winfo_manager():
            self.tools["side"].pack(side="right", padx=(S(1), 0), before=self.tools["menu"])
        elif not on:
            self.tools["side"].pack_forget()

    # What one can do

    def close_session(self) -> None:
        known = self._known
        if known is None:
            return
        if known.closed:
            self.on_forget(known.session)
        else:
            self.services.submit(Close(known.session))

    def open_menu(self) -> tk.Menu:
        return menu_under(self.tools["menu"], self.menu_entries())

    def menu_entries(self) -> list[MenuEntry]:
        known = self._known
        live = known is not None and known.is_live
        stream = live and known is not None and known.is_connection
        can_write = (
            stream and known is not None and known.state in (State.CONNECTED, State.HALF_CLOSED_REMOTE)
        )
        root = known is not None and known.closed and known.parent is None and known.choice is not None
        rows = self.conversation.count() > 0
        entries: list[MenuEntry] = [
            (_("Finish sending (half-close)"), lambda: self._submit(ShutdownWrite), bool(can_write)),
            (_("Close"), self.close_session, known is not None and not known.closed),
            (_("Abort (RST)"), lambda: self._submit(Abort), bool(stream)),
            (_("Open again"), self._retry, bool(root)),
            (_("Remove from the list"), self.close_session, known is not None and known.closed),
            None,
            (_("Find …"), self.conversation.open_find, rows),
            (_("Filter …"), self.conversation.toggle_filter, True),
            (_("Select all"), self.conversation.current.select_all, rows),
            (
                _("Copy what is selected"),
                self.conversation.current.copy,
                len(self.conversation.current.selection) > 0,
            ),
            None,
            (_("Save as …"), lambda: self.on_save(), rows),
        ]
        return entries

    def _submit(self, command: Any) -> None:
        if self._known is not None:
            self.services.submit(command(self._known.session))

    def _retry(self) -> None:
        if self._known is not None:
            self.on_reconnect(self._known.session)

    # Looks

    def _show_names(self) -> None:
        p, known = look().palette, self._known
        self.line.configure(background=p.line)
        if known is None:
            title, state, tone, about = _("Nothing open yet"), _("Idle"), "mute", ""
        else:
            title = words.session_title(known)
            state, tone = words.status_words(known)
            about = " · " + " · ".join(self._about(known))
        room = max(S(40), self.title.winfo_width())
        self.title.configure(text=fit(look().font(12, bold=True), title, room))
        self.status.configure(text=state, foreground=p.mute if tone == "mute" else p.tone(tone))
        self.about.configure(text=fit(look().font(9), about, max(S(10), self.about.winfo_width())))
        size = S(40)
        self.sign.configure(width=size, height=size, background=p.card)
        self.sign.delete("all")
        base = p.sel if known is None else look().avatar(title)
        if known is not None and known.closed:
            base = mix(base, p.card, 0.55)
        self.sign.create_image(size // 2, size // 2, image=look().shapes.disc(size, base))
        icon = "plug" if known is None else ICONS[known.role]
        self._image = look().icon(icon, 19, p.acc if known is None else "#ffffff")
        self.sign.create_image(size // 2, size // 2, image=self._image)
        if known is not None:
            colour = p.faint if tone == "mute" else p.tone(tone)
            self.sign.create_image(size - S(6), size - S(6), image=look().shapes.disc(S(13), colour, p.card))

    def _about(self, known: SessionInfo) -> list[str]:
        about = [words.session_kind(known)]
        if known.earlier and known.opened_at:
            about.insert(0, wording.time_text(known.opened_at, date=True, milliseconds=False)[:16])
        if known.is_connection and known.local is not None:
            about.append(_("here {address}").format(address=known.local))
        if known.kernel is not None and known.kernel.rtt is not None and known.is_live:
            about.append(wording.duration_text(known.kernel.rtt / 1000))
        if known.drops:
            about.append(_("{count} dropped").format(count=wording.count_text(known.drops)))
        if known.queued and known.is_live:
            about.append(_("{size} waiting to go out").format(size=wording.size_text(known.queued)))
        return about

    def _show_buttons(self) -> None:
        known = self._known
        can_again = known is not None and known.closed and known.parent is None and known.choice is not None
        self._pack_tool("reconnect", can_again)
        self._pack_tool("close", known is not None)
        self.tips["close"].retext(
            _("Remove from the list") if known is not None and known.closed else _("Close this session")
        )
        for name in ("find", "filter", "menu"):
            self.tools[name].state(["!disabled" if known is not None else "disabled"])

    def _pack_tool(self, name: str, on: bool) -> None:
        button = self.tools[name]
        if on and not button.winfo_manager():
            button.pack(side="right", padx=(S(1), 0), after=self.tools["menu"])
        elif not on:
            button.pack_forget()

    def _show_banner(self) -> None:
        known = self._known
        fault = None if known is None else known.fault if known.closed else known.lasting
        cancelled = fault is not None and fault.kind is FaultKind.CANCELLED
        if known is None or fault is None or cancelled:
            self.banner.pack_forget()
            return
        can_again = known.closed and known.parent is None and known.choice is not None
        text = wording.fault_text(fault)
        self.banner.show(text, "error" if known.closed else "warn", _("Try again") if can_again else "")
        if not self.banner.winfo_manager():
            self.banner.pack(fill="x", pady=(S(10), 0), after=self.line)

    def _show_facts(self) -> None:
        text = kernel_words(self._known) if self._known is not None else ""
        if not text:
            self.facts.pack_forget()
            return
        room = self.facts.winfo_width() if self.facts.winfo_manager() else self.winfo_width() - 2 * S(16)
        self.facts.configure(text=fit(look().font(8, mono=True), text, max(S(60), room)))
        if not self.facts.winfo_manager():
            self.facts.pack(side="bottom", fill="x", pady=(S(4), 0), after=self.composer)


def kernel_words(known: SessionInfo) -> str:
    """What the kernel tells about a connection, and what TLS agreed on, in one line; "" where nobody
    tells."""
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
        parts.append(tls_words(known.tls.version, known.tls.cipher, known.tls.verified))
    return " · ".join(parts)
