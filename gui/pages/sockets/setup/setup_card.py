"""The left card: transport and role with an explanation, the address, start and stop, and the sessions."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ttkbootstrap as ttk
from msgspec.structs import replace

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.sockets import words
from gui.pages.sockets.choice import ROLES, Choice, Problem, typed_address
from gui.pages.sockets.model import SessionInfo, SessionModel
from gui.pages.sockets.recent_choices import RecentChoices
from gui.pages.sockets.session_items import open_count_text, session_items
from gui.pages.sockets.sessions import Sessions
from gui.pages.sockets.setup.session_menu import SessionMenu
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.form import Switch, TextField
from gui.widgets.icon_tools import icon_tools
from gui.widgets.scroll_area import ScrollArea
from gui.widgets.segmented import SegmentedControl
from gui.widgets.session_list import SessionItem, SessionList
from gui.widgets.tooltip import Tooltip
from gui.widgets.wrapping_label import WrappingLabel
from net.sockets.events import Role, Transport

if TYPE_CHECKING:
    from gui.pages.sockets.setup.addresses import AddressWindow
    from gui.pages.sockets.setup.compare_dialog import CompareDialog
    from gui.pages.sockets.setup.options_form import OptionsForm
    from gui.pages.sockets.setup.relay_form import How, RelayForm

RELAY = Role.RELAY.value
"""The third choice beside the transports: a relay can be of either."""

LIST_MS = 60
ROOM_FOR_LIST = 64


class SetupCard(ttk.Frame):
    """`choice`: the current one, even if it has errors. ``on_choice(choice)`` is called after every edit,
    ``on_history()`` when the button for earlier sessions is pressed."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        model: SessionModel,
        sessions: Sessions,
        recent: RecentChoices,
        on_choice: Callable[[Choice], object],
        on_history: Callable[[], object],
    ) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.choice = recent.last()
        self.session_menu = SessionMenu(self, services, model, sessions)
        self._services = services
        self._model = model
        self._sessions = sessions
        self._recent = recent
        self._on_choice = on_choice
        self._on_history = on_history
        self._list_due: str | None = None
        self._images: list[Any] = []
        self._build()
        self.bind("<Configure>", lambda _e: self._share_height())
        look().watch(self, self.session_changed)
        follow_language(self, self._set_words)
        self.show_choice(self.choice)

    # --- Building ---

    def _build(self) -> None:
        self.transport = SegmentedControl(
            self, (("tcp", "TCP"), ("udp", "UDP"), (RELAY, "")), command=self._transport_chosen
        )
        self.transport.pack(fill="x")
        self.role = SegmentedControl(self, (), command=self._role_chosen, small=True)
        self.role.pack(fill="x", pady=(S(6), 0))
        self.fold = ScrollArea(self)
        self.fold.pack(fill="x", pady=(S(8), 0))
        self._build_fields(self.fold.inside)
        self.start_row = ttk.Frame(self, style="In.TFrame")
        self.start_row.pack(fill="x", pady=(S(8), 0))
        self._build_start(self.start_row)
        self.options_head = ttk.Frame(self, style="In.TFrame")
        self.options_head.pack(fill="x", pady=(S(10), 0))
        self.list_title = ttk.Label(self.options_head, style="InB.TLabel")
        self.list_title.pack(side="left")
        self.options_button = ttk.Button(
            self.options_head,
            style="Link.TButton",
            command=self.toggle_options,
            icon="sliders",
            icon_size=12,
            compound="left",
        )
        self.options_button.pack(side="right")
        self.list_count = ttk.Label(self.options_head, style="InOk.TLabel")
        self.list_count.pack(side="left", padx=(S(8), 0))
        self.history_button = ttk.Button(
            self.options_head,
            style="Icon.TButton",
            icon="clock-history",
            icon_only=True,
            icon_size=14,
            command=self._on_history,
        )
        self.history_button.pack(side="left", padx=(S(4), 0))
        self.history_tip = Tooltip(self.history_button, "")
        self.below = ttk.Frame(self, style="In.TFrame")
        self.below.pack(fill="both", expand=True, pady=(S(4), 0))
        self._options_form: OptionsForm | None = None
        self.sessions = SessionList(self.below, self._picked, self._context)
        self.sessions.pack(fill="both", expand=True)
        self.none_yet = WrappingLabel(self.sessions, "InS.TLabel", justify="center", anchor="center")

    def _build_fields(self, master: tk.Misc) -> None:
        self.help = WrappingLabel(master, "InS.TLabel")
        self.help.pack(fill="x")
        self.compare = ttk.Button(master, style="Link.TButton", command=self.show_comparison)
        self.compare.pack(anchor="w", pady=(0, S(4)))
        self.where = ttk.Frame(master, style="In.TFrame")
        self.where.pack(fill="x")
        self.where.columnconfigure(0, weight=1)
        self.host = TextField(self.where, self._host_typed, values=(), width=10)
        self.host.grid(row=0, column=0, sticky="new")
        self.host.entry.configure(postcommand=self._list_addresses)
        self.port = TextField(self.where, lambda: self._edit_field("port", self.port.value), width=6)
        self.port.grid(row=0, column=1, sticky="new", padx=(S(6), 0))
        self.wrong = WrappingLabel(self.where, "InErr.TLabel")
        self.wrong.grid(row=1, column=0, columnspan=2, sticky="ew")
        self.wrong.grid_remove()
        self.hint = WrappingLabel(self.where, "InX.TLabel")
        self.hint.grid(row=2, column=0, columnspan=2, sticky="ew")
        self.hint.grid_remove()
        self.peer = TextField(master, lambda: self._edit_field("peer", self.peer.value))
        self._relay_form: RelayForm | None = None
        self.group = ttk.Frame(master, style="In.TFrame")
        self.group.columnconfigure(0, weight=1)
        self.interface = TextField(
            self.group, lambda: self._edit_field("interface", self.interface.value), values=(), width=8
        )
        self.interface.grid(row=0, column=0, sticky="new")
        self.interface.entry.configure(postcommand=self._list_interfaces)
        self.ttl = TextField(self.group, lambda: self._edit_field("ttl", self.ttl.value), width=4)
        self.ttl.grid(row=0, column=1, sticky="new", padx=(S(6), 0))
        self.loop = Switch(self.group, lambda: self._edit(lambda c: replace(c, loop=self.loop.on)))
        self.loop.grid(row=1, column=0, columnspan=2, sticky="w", pady=(S(4), 0))
        for field in (self.host, self.port, self.peer, self.interface, self.ttl):
            field.entry.bind("<Return>", lambda _e: self._enter_pressed())
        self.fold.inside.bind("<Configure>", lambda _e: self._share_height(), add="+")
        self.fold.bind_wheel()

    def _build_start(self, master: tk.Misc) -> None:
        row = ttk.Frame(master, style="In.TFrame")
        row.pack(fill="x")
        self.start = ttk.Button(row, style="Primary.TButton", command=self.start_or_stop)
        self.start.pack(side="left", fill="x", expand=True)
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("another", "plus-lg", self.open_choice),
            ("presets", "bookmark", self.open_presets),
            ("addresses", "qr-code", self.open_addresses),
        )
        self.tools, self.tips = icon_tools(row, tools, side="left", gap=2)
        status = ttk.Frame(master, style="In.TFrame")
        status.pack(fill="x", pady=(S(6), 0))
        self.dot = ttk.Label(status, style="In.TLabel")
        self.dot.pack(side="left", padx=(S(2), S(6)))
        self.status = ttk.Label(status, style="InS.TLabel")
        self.status.pack(side="left", fill="x")

    @property
    def relay(self) -> RelayForm:
        """The relay's settings, built when a relay is first chosen."""
        if self._relay_form is None:
            from gui.pages.sockets.setup.relay_form import RelayForm

            self._relay_form = RelayForm(self.fold.inside, self._edit_relay, self._break_relayed)
            self.fold.bind_wheel()
        return self._relay_form

    # --- Words ---

    def _set_words(self) -> None:
        role = self.choice.role_kind
        self.transport.retext(("TCP", "UDP", _("Relay")))
        self.host.label.configure(text=words.host_label(role))
        self.port.label.configure(text=_("Port"))
        self.peer.label.configure(text=words.peer_label(role))
        self.interface.label.configure(text=_("Interface"))
        self.ttl.label.configure(text=_("Hops (TTL)"))
        self.loop.configure(text=_("Hear my own messages too"))
        self.help.show(words.role_help(self.choice))
        self._show_hint()
        self.compare.configure(text=_("Compare TCP and UDP"))
        self._offer_roles(self.choice)
        self.history_tip.retext(_("Earlier sessions"))
        self.tips["another"].retext(_("Open one more like this"))
        self.tips["presets"].retext(_("Presets: saved choices"))
        self.tips["addresses"].retext(_("The addresses of this PC, and their QR codes"))
        self.none_yet.show(_("What you start appears here."))
        self._show_lower()
        self.session_changed()
        self.reload()

    # --- The choice ---

    def show_choice(self, choice: Choice) -> None:
        """Fill the fields with a choice."""
        self.choice = choice
        self.transport.set(RELAY if choice.is_relay else choice.transport)
        self._offer_roles(choice)
        self.host.set(choice.host)
        self.port.set(choice.port)
        self.peer.set(choice.peer)
        self.interface.set(choice.interface)
        self.ttl.set(choice.ttl)
        self.loop.set(choice.loop)
        role = choice.role_kind
        self.host.label.configure(text=words.host_label(role))
        self.peer.label.configure(text=words.peer_label(role))
        self.help.show(words.role_help(choice))
        self.peer.pack_forget()
        self.group.pack_forget()
        if self._relay_form is not None:
            self._relay_form.pack_forget()
        if role is Role.RELAY:
            self.compare.pack_forget()
        elif not self.compare.winfo_manager():
            self.compare.pack(anchor="w", pady=(0, S(4)), before=self.where)
        if role is Role.RELAY:
            self.relay.choose_way(choice)
            self.peer.pack(fill="x", pady=(S(6), 0))
            self.relay.pack(fill="x", pady=(S(8), S(2)))
        elif role is Role.MULTICAST:
            self.group.pack(fill="x", pady=(S(6), 0))
        elif not choice.is_tcp:
            self.peer.pack(fill="x", pady=(S(6), 0))
            if role is Role.BROADCAST:
                self.group.pack(fill="x", pady=(S(6), 0))
        for widget in (self.ttl, self.loop):
            if role is Role.BROADCAST:
                widget.grid_remove()
            else:
                widget.grid()
        self._chosen()

    def _offer_roles(self, choice: Choice) -> None:
        """The second row: the roles of a transport, or the transports of a relay."""
        if choice.is_relay:
            self.role.set_options(
                ((Transport.UDP.value, "UDP"), (Transport.TCP.value, "TCP")), choice.transport
            )
            return
        roles = ROLES[Transport(choice.transport)]
        self.role.set_options([(role.value, wording.role_text(role)) for role in roles], choice.role)

    def open_choice(self) -> int | None:
        """Open the current choice; returns the new session's id, or None if the choice has errors."""
        return self._sessions.open(self.choice)

    def begin(self, choice: Choice) -> None:
        """Fill in a choice and open it."""
        self.show_choice(choice)
        self.open_choice()

    def show_mistakes(self, choice: Choice, problems: Mapping[str, Problem]) -> None:
        """Show a choice that could not be opened, with its first error in view."""
        self.show_choice(choice)
        first = next(iter(problems))
        field = {"host": self.host, "port": self.port, "peer": self.peer}.get(first)
        if field is not None:
            field.entry.focus_set()
        elif not self.options_open and first not in ("ttl", "interface"):
            self.toggle_options()

    # --- Sessions ---

    def session_changed(self) -> None:
        """The shown session's state changed, or another session is shown."""
        known, running = self._model.opened_as(self.choice), self.running()
        if self.choice.is_relay:
            self.relay.show(self.choice, running is not None and running.is_live)
        p = look().palette
        text, tone = (_("Idle"), "mute") if known is None else words.status_words(known)
        if known is not None and known.is_live and known.local is not None and not known.is_connection:
            addresses = " ".join(map(str, (known.local, *known.other_locals)))
            text = f"{text} · {addresses}"
        rules = sum(rule.enabled for rule in self.choice.reply_rules)
        if running is None and rules:
            replies = ngettext("{count} automatic reply", "{count} automatic replies", rules)
            text = f"{text} · {replies.format(count=rules)}"
        self.status.configure(text=text)
        image = look().shapes.disc(S(10), p.faint if tone == "mute" else p.tone(tone))
        self.dot.configure(image=str(image))
        self.status.configure(foreground=p.mute if tone == "mute" else p.tone(tone))
        self._images = [image]
        if running is None:
            self.start.configure(text=words.start_text(self.choice.role_kind), style="Primary.TButton")
        else:
            style = "Secondary.TButton" if running.is_starting else "Danger.TButton"
            self.start.configure(text=words.stop_text(running), style=style)
        if running is None:
            self.tools["another"].pack_forget()
        elif not self.tools["another"].winfo_manager():
            self.tools["another"].pack(side="left", padx=(S(2), 0), after=self.start)

    def running(self) -> SessionInfo | None:
        """The session that is open with exactly the current choice, which the button stops."""
        known = self._model.opened_as(self.choice)
        return known if known is not None and not known.closed else None

    def sessions_changed(self) -> None:
        """Some lines of the list changed; they are redrawn soon. Cheap."""
        if self._list_due is None:
            self._list_due = self.after(LIST_MS, self.reload)

    def reload(self) -> None:
        if self._list_due is not None:
            self.after_cancel(self._list_due)
            self._list_due = None
        self.sessions.set_items(session_items(self._model))
        if self.sessions.current != self._model.shown:
            self.sessions.choose(self._model.shown)
        self.list_count.configure(text=open_count_text(self._model))
        if len(self._model):
            self.none_yet.place_forget()
        else:
            self.none_yet.place(relx=0.5, rely=0.35, anchor="center", relwidth=0.9)

    # --- Other views ---

    @property
    def options_open(self) -> bool:
        return self._options_form is not None and bool(self._options_form.winfo_manager())

    def _make_options(self) -> OptionsForm:
        """The further options, built when they are first opened."""
        from gui.pages.sockets.setup.options_form import OptionsForm

        options = self._options_form = OptionsForm(self.below, self._edit)
        options.show(self.choice, self.choice.problems())
        return options

    def toggle_options(self) -> None:
        """Show the further options in place of the list, or the list again."""
        options = self._options_form or self._make_options()
        if self.options_open:
            options.pack_forget()
            self.sessions.pack(fill="both", expand=True)
        else:
            self.sessions.pack_forget()
            options.pack(fill="both", expand=True)
        self._show_lower()

    def show_comparison(self) -> CompareDialog:
        from gui.pages.sockets.setup.compare_dialog import CompareDialog

        dialog = CompareDialog(self)
        dialog.present()
        return dialog

    def open_presets(self) -> tk.Menu:
        from gui.pages.sockets.setup.presets import open_presets

        return open_presets(self.tools["presets"], self._services, self.choice, self.show_choice)

    def open_addresses(self) -> AddressWindow:
        from gui.pages.sockets.setup.addresses import open_addresses

        return open_addresses(self, self._services, self.choice)

    # --- Editing ---

    def _transport_chosen(self, value: str) -> None:
        if value == RELAY:
            self.show_choice(self.choice.with_role(Transport.UDP, Role.RELAY))
            return
        transport = Transport(value)
        self.show_choice(self.choice.with_role(transport, ROLES[transport][0]))

    def _role_chosen(self, value: str) -> None:
        if self.choice.is_relay:
            self.show_choice(self.choice.with_role(Transport(value), Role.RELAY))
            return
        self.show_choice(self.choice.with_role(Transport(self.choice.transport), Role(value)))

    def _host_typed(self) -> None:
        both = typed_address(self.host.value)
        if both is not None and (":" in self.host.value or "：" in self.host.value):
            self.host.set(both[0])
            self.port.set(both[1])
            self._edit(lambda c: replace(c, host=both[0], port=both[1]))
            return
        self._edit_field("host", self.host.value)

    def _edit_field(self, name: str, value: str) -> None:
        values: dict[str, Any] = {name: value}
        self._edit(lambda choice: replace(choice, **values))

    def _edit(self, edit: Callable[[Choice], Choice]) -> None:
        self.choice = edit(self.choice)
        self._chosen()

    def _edit_relay(self, edit: Callable[[Choice], Choice]) -> None:
        """While the relay is open, the change counts at once, unless it has mistakes."""
        running = self.running()
        if running is None or not running.is_live:
            self._edit(edit)
            return
        changed = edit(self.choice)
        problems = changed.problems()
        if problems:
            self.relay.show_problems(problems)
            return
        self.choice = changed
        self._sessions.change_relay(running.session, changed)
        self._chosen()

    def _break_relayed(self, how: How) -> None:
        running = self.running()
        if running is not None:
            self._sessions.break_relayed(running.session, how)

    def _chosen(self) -> None:
        problems = self.choice.problems()
        if self._options_form is not None:
            self._options_form.show(self.choice, problems)
        self._show_problems(problems)
        self._show_hint()
        self.session_changed()
        self._on_choice(self.choice)

    def _show_problems(self, problems: dict[str, Problem]) -> None:
        texts = {name: words.problem_text(problem) for name, problem in problems.items()}
        for name, field in (("host", self.host), ("port", self.port)):
            field.entry.state(["invalid" if name in texts else "!invalid"])
        self.peer.show_problem(texts.get("peer", ""))
        self.ttl.show_problem(texts.get("ttl", ""))
        below = "\n".join(texts[name] for name in ("host", "port") if name in texts)
        self.wrong.show(below)
        if below:
            self.wrong.grid()
        else:
            self.wrong.grid_remove()

    def _show_hint(self) -> None:
        hint = words.address_hint(self.choice)
        self.hint.show(hint)
        if hint:
            self.hint.grid()
        else:
            self.hint.grid_remove()

    def start_or_stop(self) -> None:
        running = self.running()
        if running is not None:
            self._sessions.stop(running.session)
        else:
            self.open_choice()

    def _enter_pressed(self) -> str:
        """Enter in a field opens a session; it never stops an open one."""
        if self.running() is None:
            self.open_choice()
        return "break"

    def _picked(self, item: SessionItem) -> None:
        self._sessions.show(item.key)

    def _context(self, item: SessionItem, event: tk.Event[tk.Misc]) -> None:
        self.session_menu.show(item.key, event)

    def _list_addresses(self) -> None:
        self.host.set_values(self._recent.addresses(self.choice.role))

    def _list_interfaces(self) -> None:
        from net.system.interfaces import interfaces

        names = [i.name for i in interfaces() if i.is_up and i.addresses]
        self.interface.set_values(["", *names])

    # --- Looks ---

    def _show_lower(self) -> None:
        opened = self.options_open
        self.list_title.configure(text=_("Options") if opened else _("Sessions"))
        self.options_button.configure(text=_("Done") if opened else _("More options"))
        if opened:
            self.list_count.pack_forget()
            self.history_button.pack_forget()
        elif not self.list_count.winfo_manager():
            self.list_count.pack(side="left", padx=(S(8), 0))
            self.history_button.pack(side="left", padx=(S(4), 0))

    def _share_height(self) -> None:
        """The fields get the height they need, and scroll if that would leave too little for the list."""
        others = sum(
            widget.winfo_reqheight()
            for widget in (self.transport, self.role, self.start_row, self.options_head)
        )
        room = self.winfo_height() - 2 * S(14) - others - S(36) - S(ROOM_FOR_LIST)
        wanted = self.fold.inside.winfo_reqheight()
        height = wanted if self.winfo_height() < S(100) else max(S(96), min(wanted, room))
        if int(float(self.fold.canvas.cget("height"))) != height:
            self.fold.canvas.configure(height=height)
