"""The composer with everything that decides which bytes are sent, and to whom: mode, codec, line end,
checksum, repeat, file."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog

import ttkbootstrap as ttk

from gui.look.look import S
from gui.look.words import follow_language
from gui.pages.sockets import words
from gui.pages.sockets.choice import Problem
from gui.pages.sockets.conversation.jobs_strip import JobsStrip
from gui.pages.sockets.model import WRITABLE, Sending, SessionInfo, SessionModel
from gui.services.services import Services
from gui.services.shortcuts import keys_text
from gui.shared.i18n import _, ngettext
from gui.widgets.composer import Composer
from gui.widgets.form import ChoiceField, Switch, TextField
from gui.widgets.icon_tools import icon_tools
from gui.widgets.segmented import SegmentedControl
from gui.widgets.tk_paths import path_of
from net.address import Address, AddressError
from net.protocol.checksum import Checksum
from net.protocol.codec import CODECS, CodecError, clean_text, decode_text
from net.protocol.compose import ComposeError, ComposeMode, LineEnding, compose
from net.sockets.commands import Close, Send, SendFile, SetFraming, StartRepeat
from net.sockets.events import Role, State

DEFAULT_CODEC = "utf-8"
EXIT_WORD = "exit"
MIN_INTERVAL = 0.001
MAX_INTERVAL = 86_400.0
MAX_COUNT = 1_000_000_000
DATAGRAM_CHUNK = 1200


class ComposerBar(ttk.Frame):
    """Sends to the session passed to `show`. ``on_codec(codec)`` is called after another codec was chosen
    here for it, ``on_rules()`` when the button for auto-replies is pressed."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        model: SessionModel,
        on_codec: Callable[[str], None],
        on_rules: Callable[[], object],
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self.codec = DEFAULT_CODEC
        self._services = services
        self._model = model
        self._on_codec = on_codec
        self._on_rules = on_rules
        self._shown: SessionInfo | None = None
        self._offered_senders: tuple[Address, ...] = ()
        self.jobs = JobsStrip(self, services)
        self.jobs.pack(fill="x")
        self._build_destination()
        self._build_options()
        self._build_summary()
        self.composer = Composer(self, on_send=self.send_text, on_change=lambda _text: None)
        self.composer.pack(fill="x", pady=(S(6), 0))
        self._build_buttons()
        self.composer.accept_files(self.send_files)
        self.composer.enter_sends = services.settings.enter_sends
        services.on_settings_change(self._settings_changed)
        follow_language(self, self._set_words)
        self.show(None)

    def _build_destination(self) -> None:
        self.to_row = ttk.Frame(self, style="In.TFrame")
        self.to_label = ttk.Label(self.to_row, style="InS.TLabel")
        self.to_label.pack(side="left", padx=(S(2), S(8)))
        self.to = TextField(self.to_row, self._to_changed, values=(), width=24)
        self.to.label.pack_forget()
        self.to.pack(side="left", fill="x", expand=True)
        self.to.entry.bind("<Return>", lambda _e: self.composer.focus_set())

    def _build_options(self) -> None:
        self.more = ttk.Frame(self, style="In.TFrame")
        self.more.columnconfigure((0, 1, 2), weight=1, uniform="options")
        self.codec_field = ChoiceField(self.more, self._codec_chosen, width=8)
        self.ending = ChoiceField(self.more, self._sending_chosen, width=8)
        self.checksum = ChoiceField(self.more, self._sending_chosen, width=8)
        for column, field in enumerate((self.codec_field, self.ending, self.checksum)):
            field.grid(row=0, column=column, sticky="new", padx=(0 if column == 0 else S(6), 0))
        self.interval = TextField(self.more, self._repeat_edited, width=6)
        self.count = TextField(self.more, self._repeat_edited, width=6)
        self.interval.set("1")
        self.repeat = ttk.Button(self.more, style="Secondary.TButton", command=self.start_repeat)
        self.interval.grid(row=1, column=0, sticky="new", pady=(S(6), 0))
        self.count.grid(row=1, column=1, sticky="new", padx=(S(6), 0), pady=(S(6), 0))
        self.repeat.grid(row=1, column=2, sticky="sew", padx=(S(6), 0), pady=(S(6), 0))
        self.exit_word = Switch(self.more, self._exit_word_turned)
        self.exit_word.grid(row=2, column=0, columnspan=3, sticky="w", pady=(S(6), 0))

    def _build_summary(self) -> None:
        """While the options are folded away: those that change the bytes, for they must be seen."""
        self.summary = ttk.Button(self, style="Link.TButton", command=self.toggle_more)

    def _build_buttons(self) -> None:
        row = ttk.Frame(self, style="In.TFrame")
        row.pack(fill="x", pady=(S(4), 0))
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("file", "paperclip", self.choose_file),
            ("rules", "robot", self._on_rules),
            ("more", "sliders", self.toggle_more),
        )
        self.tools, self.tips = icon_tools(row, tools, side="left")
        self.mode = SegmentedControl(row, (), command=lambda _mode: self._mode_chosen(), small=True)
        self.mode.pack(side="right")
        self.send_button = ttk.Button(
            self.composer.right,
            style="Soft.Primary.TButton",
            icon="send-fill",
            icon_size=13,
            compound="left",
            command=self._send_pressed,
        )
        self.send_button.pack(side="left", anchor="s")

    # --- For the owner ---

    def _set_words(self) -> None:
        chosen = self.mode.value or ComposeMode.TEXT.value
        self.mode.set_options([(mode.value, _(text)) for mode, text in words.MODES.items()], chosen)
        self.send_button.configure(text=_("Send"))
        self.to_label.configure(text=_("To"))
        self.codec_field.label.configure(text=_("Text codec"))
        self.codec_field.set_options([(codec.id, codec.name) for codec in CODECS])
        self.codec_field.choose(self.codec)
        self.ending.label.configure(text=_("Line end"))
        self.ending.set_options([(ending.value, _(text)) for ending, text in words.LINE_ENDINGS.items()])
        self.checksum.label.configure(text=_("Checksum"))
        self.checksum.set_options([(kind.value, _(text)) for kind, text in words.CHECKSUMS.items()])
        self.interval.label.configure(text=_("Every (s)"))
        self.count.label.configure(text=_("Times (empty: on and on)"))
        self.repeat.configure(text=_("Repeat"))
        self.exit_word.configure(text=_("“exit” alone ends a client's conversation"))
        self.exit_word.set(self._services.settings.exit_word)
        self.tips["file"].retext(_("Send a file"))
        self.tips["rules"].retext(_("Automatic replies"))
        self.tips["more"].retext(_("Codec, line end, checksum, repeat"))
        self._show_summary()
        self._placeholder()

    def show(self, known: SessionInfo | None) -> None:
        """Send to this session from now on (None: to none)."""
        before = self._shown
        self._shown = known
        if known is not None and known is not before:
            self.set_codec(known.text_codec)
            self._offered_senders = ()
        if known is not before:
            self._show_sending()
        self.jobs.show(known.session if known is not None else None)
        self.refresh()

    def refresh(self) -> None:
        """The session's state or its senders changed."""
        known = self._shown
        can = known is not None and not known.closed and known.state in WRITABLE
        for widget in (self.send_button, self.repeat, self.tools["file"]):
            widget.state(["!disabled" if can else "disabled"])
        self.tools["rules"].state(["!disabled" if known is not None and not known.closed else "disabled"])
        wants_to = known is not None and known.is_udp and not known.closed and known.remote is None
        if wants_to and known is not None:
            self._offer(known)
            if not self.to_row.winfo_manager():
                self.to_row.pack(fill="x", pady=(S(4), 0), before=self.composer)
        else:
            self.to_row.pack_forget()
        self._placeholder()

    def set_codec(self, codec: str) -> None:
        self.codec = codec
        self.codec_field.choose(codec)
        self._show_summary()

    def toggle_more(self) -> None:
        if self.more.winfo_manager():
            self.more.pack_forget()
        else:
            self.more.pack(fill="x", pady=(S(4), 0), before=self.composer)
        self._show_summary()

    @property
    def sending(self) -> Sending:
        """The present session's; while there is none, what the next one begins with."""
        return self._shown.sending if self._shown is not None else self._model.sending

    def _show_sending(self) -> None:
        """Fill the fields with what was chosen for this session."""
        sending = self.sending
        self.mode.set(sending.mode)
        self.ending.choose(sending.ending)
        self.checksum.choose(sending.checksum)
        self.interval.set(sending.interval)
        self.count.set(sending.count)
        self.to.set(sending.to)
        self._check_repeat()
        self._check_to()
        self._show_summary()

    def _sending_chosen(self) -> None:
        self.sending.ending, self.sending.checksum = self.ending.chosen, self.checksum.chosen
        self._show_summary()

    def _show_summary(self) -> None:
        parts = []
        if self.codec != DEFAULT_CODEC:
            parts.append(next((codec.name for codec in CODECS if codec.id == self.codec), self.codec))
        if self.sending.ending != LineEnding.NONE.value:
            parts.append(_(words.LINE_ENDINGS[LineEnding(self.sending.ending)]))
        if self.sending.checksum != Checksum.NONE.value:
            parts.append(_(words.CHECKSUMS[Checksum(self.sending.checksum)]))
        self.summary.configure(text=" · ".join(parts))
        if not parts or self.more.winfo_manager():
            self.summary.pack_forget()
        elif not self.summary.winfo_manager():
            self.summary.pack(anchor="w", pady=(S(4), 0), before=self.composer)

    def destination(self) -> Address | None:
        """Where the next message goes: the address in the field, else None for the session's own destination.

        Raises `AddressError` if the field holds no valid address.
        """
        if not self.to_row.winfo_manager() or not self.to.value.strip():
            return None
        return Address.parse(self.to.value)

    # --- Sending ---

    def send_text(self, text: str) -> bool:
        """Send the text; if it cannot be sent, say why, keep it, and return False."""
        known = self._shown
        if known is None or known.closed:
            self.composer.show_error(_("Nothing is open to send to. Start a session first."))
            return False
        if self._is_exit(known, text):
            self._services.submit(Close(known.session))
            return True
        if known.state not in WRITABLE:
            self.composer.show_error(self._why_not(known))
            return False
        if known.is_listener and not self._model.live_children(known.session):
            self.composer.show_error(_("Nobody is connected yet. Your text stays here until somebody is."))
            return False
        data = self.compose(text)
        if data is None:
            return False
        try:
            to = self.destination()
        except AddressError:
            self._to_changed()
            self.to.entry.focus_set()
            return False
        if known.is_udp and to is None and known.destination is None:
            self.composer.show_error(_("Whom shall this go to? Type an address and port after “To”."))
            self.to.entry.focus_set()
            return False
        self._services.submit(Send(known.session, (data,), to if to is not None else self._default(known)))
        return True

    def compose(self, text: str) -> bytes | None:
        """A text's bytes in the present mode; None after showing what is wrong, and where."""
        mode = ComposeMode(self.mode.value)
        try:
            data = compose(
                text, mode, self.codec, LineEnding(self.ending.chosen), Checksum(self.checksum.chosen)
            )
        except ComposeError as error:
            stop = error.position + max(1, len(error.found))
            self.composer.show_error(words.compose_error_text(error), error.position, stop)
            return None
        except CodecError as error:
            sentence = _("{codec} has no “{character}”. Choose another codec, such as UTF-8.")
            name = next((codec.name for codec in CODECS if codec.id == self.codec), self.codec)
            text = sentence.format(codec=name, character=error.character.encode("utf-8", "replace").decode())
            self.composer.show_error(text, error.position, error.position + 1)
            return None
        if not data:
            self.composer.show_error(_("There is nothing to send in this."))
            return None
        return data

    def _default(self, known: SessionInfo) -> Address | None:
        """Where an endpoint without a connected peer sends by default; it knows its group itself."""
        if not known.is_udp or known.remote is not None or known.role is Role.MULTICAST:
            return None
        return known.destination

    def _is_exit(self, known: SessionInfo, text: str) -> bool:
        return (
            self._services.settings.exit_word
            and known.role is Role.CLIENT
            and ComposeMode(self.mode.value) is ComposeMode.TEXT
            and text.strip().lower() == EXIT_WORD
        )

    def _why_not(self, known: SessionInfo) -> str:
        if known.is_starting:
            return _("Not connected yet. Your text stays here until it is.")
        if known.state is State.HALF_CLOSED_LOCAL:
            return _("You have finished sending on this connection; the peer may still write.")
        return _("This session is closing.")

    def _send_pressed(self) -> None:
        self.composer.submit()
        self.composer.focus_set()

    def write_again(self, data: bytes) -> None:
        """Put a message back into the field: as text if that gives the same bytes, else as hex."""
        text = decode_text(data, self.codec)
        mode = ComposeMode.TEXT
        try:
            same = compose(text, ComposeMode.TEXT, self.codec) == data and clean_text(text) == text
        except CodecError:
            same = False
        if not same:
            text, mode = data.hex(" ").upper(), ComposeMode.HEX
        self.mode.set(mode.value)
        self.composer.set(text)
        self._mode_chosen()

    # --- Repeat and files ---

    def start_repeat(self) -> None:
        known, text = self._shown, self.composer.value
        if known is None or not self._check_repeat():
            return
        if not text:
            self.composer.show_error(_("Write first what is to be repeated."))
            return
        data = self.compose(text)
        if data is None:
            return
        try:
            to = self.destination() or self._default(known)
        except AddressError:
            return
        count = int(self.count.value) if self.count.value.strip() else None
        job = self._services.new_job()
        self.jobs.begin_repeat(known.session, job, text)
        self._services.submit(
            StartRepeat(known.session, job, data, float(self.interval.value), count=count, to=to)
        )

    def _repeat_edited(self) -> None:
        self.sending.interval, self.sending.count = self.interval.value, self.count.value
        self._check_repeat()

    def _check_repeat(self) -> bool:
        interval, count = self.interval.value.strip(), self.count.value.strip()
        try:
            right = MIN_INTERVAL <= float(interval) <= MAX_INTERVAL
        except ValueError:
            right = False
        self.interval.show_problem("" if right else _("Seconds, from 0.001"))
        counted = not count or (count.isascii() and count.isdigit() and 1 <= int(count[:11]) <= MAX_COUNT)
        self.count.show_problem("" if counted else _("A whole number from 1"))
        return right and counted

    def choose_file(self) -> None:
        path = filedialog.askopenfilename(parent=self, title=_("Send a file"))
        if path:
            self.send_files([path_of(path)])

    def send_files(self, paths: Sequence[Path]) -> None:
        """Send files side by side, each with its progress above the composer."""
        known = self._shown
        if known is None or known.closed or known.state not in WRITABLE:
            self.composer.show_error(_("Nothing is open to send to. Start a session first."))
            return
        try:
            to = self.destination() or self._default(known)
        except AddressError:
            self._to_changed()
            return
        for path in paths:
            job = self._services.new_job()
            self.jobs.begin_file(known.session, job, path)
            chunk = DATAGRAM_CHUNK if known.is_udp else 64 * 1024
            pause = 0.001 if known.is_udp else 0.0
            self._services.submit(SendFile(known.session, job, str(path), to=to, chunk=chunk, interval=pause))

    # --- Parts ---

    def _codec_chosen(self) -> None:
        if self.codec_field.chosen:
            self.codec = self.codec_field.chosen
            self._show_summary()
            known = self._shown
            if known is not None:
                self._model.choose_codec(known.session, self.codec)
            self._on_codec(self.codec)
            if known is not None and not known.is_udp and not known.closed and known.choice is not None:
                # bytes read from now on must not be cut inside a character of the new codec
                self._services.submit(SetFraming(known.session, known.choice.framing_choice, self.codec))

    def _mode_chosen(self) -> None:
        self.sending.mode = self.mode.value
        self.composer.show_error(None)
        self._placeholder()
        self.composer.focus_set()

    def _settings_changed(self) -> None:
        self.composer.enter_sends = self._services.settings.enter_sends
        self.exit_word.set(self._services.settings.exit_word)
        self._placeholder()

    def _exit_word_turned(self) -> None:
        self._services.settings.exit_word = self.exit_word.on
        self._services.save_settings()
        self._placeholder()

    def _to_changed(self) -> None:
        self.sending.to = self.to.value
        self._check_to()

    def _check_to(self) -> None:
        try:
            if self.to.value.strip():
                Address.parse(self.to.value)
            self.to.show_problem("")
        except AddressError as error:
            self.to.show_problem(words.problem_text(Problem(error.kind, error.value)))

    def _offer(self, known: SessionInfo) -> None:
        senders = tuple(reversed(known.senders))[:20]
        if senders == self._offered_senders and self.to.value:
            return
        self._offered_senders = senders
        chosen = (
            known.choice.destination if known.choice is not None and not known.choice.problems() else None
        )
        offered = ([chosen] if chosen is not None else []) + [s for s in senders if s != chosen]
        self.to.set_values([str(address) for address in offered])
        if not self.to.value and offered:
            self.to.set(str(offered[0]))
            self._to_changed()

    def _placeholder(self) -> None:
        known = self._shown
        mode = ComposeMode(self.mode.value)
        if known is None or known.closed:
            text = _("Start a session to write here")
        elif mode is ComposeMode.HEX:
            text = _("Hex, such as 48 65 6C 6C 6F")
        elif mode is ComposeMode.ESCAPES:
            text = _("Text with escapes: \\n \\x41 \\u4f60")
        elif known.is_listener:
            clients = len(self._model.live_children(known.session))
            text = ngettext("To the {count} client", "To all {count} clients", clients).format(count=clients)
            if not clients:
                text = _("Waiting for a client …")
        elif self.composer.enter_sends:
            text = _("Write a message: Enter sends, Shift+Enter breaks the line")
        else:
            text = _("Write a message: {keys} sends, Enter breaks the line").format(
                keys=keys_text("Mod+Return")
            )
        self.composer.retext(text)
