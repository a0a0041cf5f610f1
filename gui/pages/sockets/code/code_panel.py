"""Show code: the current choice as two Python programs, to copy, save, or run as real processes."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import Any

import ttkbootstrap as ttk

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.code.example_choice import belongs_elsewhere, example_of
from gui.pages.sockets.code.example_run import Console, ExampleRuns
from gui.pages.sockets.code.example_tcp import Example, client_program, server_program
from gui.services.services import Services
from gui.shared.i18n import _, ngettext
from gui.shared.settings import write_atomically
from gui.widgets.code_text import CodeText, ConsoleText
from gui.widgets.field import FieldEntry
from gui.widgets.icon_tools import icon_tools
from gui.widgets.segmented import SegmentedControl
from gui.widgets.tk_paths import path_of
from gui.widgets.wrapping_label import WrappingLabel
from net.address import Address
from net.protocol.codec import clean_text

FEWEST_LINES, MOST_LINES = 3, 10
SIDES = ("client", "server")
_PROGRAMS = {"client": client_program, "server": server_program}


class CodePanel(ttk.Frame):
    """On a card; call `show_choice` after each edit. ``runs``: those of another panel, to show the same
    processes; without it the panel has its own, which end with it. ``roomy``: for a separate window, on a
    projector."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        choice: Choice,
        local: Address | None = None,
        runs: ExampleRuns | None = None,
        roomy: bool = False,
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self.services = services
        self.choice, self.local = choice, local
        self.example: Example | None = None
        self.runs = runs if runs is not None else ExampleRuns(self)
        self.window: CodeWindow | None = None
        self.sources = {"client": "", "server": ""}
        self._roomy = roomy
        self._shown_peer = ""
        self._console_side = ""
        self._console_count = 0
        self._image: Any = None
        self._build()
        unwatch = self.runs.watch(self._runs_changed)
        self.bind("<Configure>", lambda event: self._share_height(event.height), add="+")
        self.bind("<Destroy>", lambda event: unwatch() if event.widget is self else None, add="+")
        look().watch(self, self._show_state)
        follow_language(self, self._set_words)

    @property
    def side(self) -> str:
        """The visible program: "client" or "server"."""
        return self.tabs.value

    @property
    def console(self) -> Console:
        return self.runs.consoles[self.side]

    def _build(self) -> None:
        self.tabs = SegmentedControl(
            self, [(side, side) for side in SIDES], command=lambda _side: self._side_chosen(), small=True
        )
        self.tabs.pack(fill="x")
        self.note = WrappingLabel(self, "InS.TLabel")
        self.note.pack(fill="x", pady=(S(6), S(6)))
        self.foot = ttk.Frame(self, style="In.TFrame")
        self.foot.pack(side="bottom", fill="x")
        buttons = ttk.Frame(self.foot, style="In.TFrame")
        buttons.pack(fill="x", pady=(S(8), 0))
        self.run_button = ttk.Button(buttons, style="Primary.TButton", command=self.run_or_stop)
        self.run_button.pack(side="left", fill="x", expand=True, padx=(0, S(4)))
        tools: list[tuple[str, str, Callable[[], object]]] = [
            ("copy", "copy", self.copy),
            ("save", "download", self.ask_and_save),
        ]
        if not self._roomy:
            tools.append(("enlarge", "arrows-angle-expand", self.enlarge))
        self.tools, self.tips = icon_tools(buttons, tools, side="left", gap=2)
        row = ttk.Frame(self.foot, style="In.TFrame")
        row.pack(fill="x", pady=(S(6), 0))
        self.dot = ttk.Label(row, style="In.TLabel")
        self.dot.pack(side="left", anchor="n", padx=(S(2), S(6)), pady=(S(4), 0))
        self.state_label = WrappingLabel(row, "InS.TLabel")
        self.state_label.pack(side="left", fill="x", expand=True)
        self.console_box = ttk.Frame(self.foot, style="In.TFrame")
        self.output = ConsoleText(self.console_box, height=MOST_LINES)
        self.output.pack(fill="x", pady=(S(6), 0))
        self.input = FieldEntry(self.console_box, icon="chevron-right", on_enter=self._typed, mono=True)
        self.code = CodeText(self, height=4, size=10 if self._roomy else 9)
        self.code.pack(fill="both", expand=True)

    # --- For the page ---

    def show_choice(self, choice: Choice, local: Address | None = None) -> None:
        """Show the programs for this choice. ``local``: the address of its session while that is open, with
        the port that the system chose for port 0."""
        self.choice, self.local = choice, local
        example = None if choice.is_relay else example_of(choice, local)
        if choice.is_relay:
            self.example = None
            self.sources = {"client": "", "server": ""}
            self._word_tabs()
        if example is not None:
            self.example = example
            self.sources = {side: _PROGRAMS[side](example) for side in SIDES}
            if self._shown_peer != example.peer:
                self._shown_peer = example.peer
                self.tabs.set(example.peer)
            self._word_tabs()
        self._show_side()
        if self.window is not None:
            self.window.panel.show_choice(choice, local)

    def _set_words(self) -> None:
        self.tips["copy"].retext(_("Copy the program"))
        self.tips["save"].retext(_("Save the program …"))
        if "enlarge" in self.tips:
            self.tips["enlarge"].retext(_("In a window of its own"))
        self.input.retext(_("Type to the program, Enter sends"))
        self.show_choice(self.choice, self.local)

    # --- Actions ---

    def run_or_stop(self) -> None:
        """Start the visible program as a process of its own, or end it."""
        side = self.side
        if self.runs.is_running(side):
            self.runs.stop(side)
            return
        if self.example is None or str(self.run_button.cget("state")) == "disabled":
            return
        try:
            self.runs.start(side, self.sources[side], self._files(side))
        except OSError as error:
            detail = clean_text(error.strerror or str(error))
            self.services.toast(_("The program can't be started: {detail}").format(detail=detail), "error")
            return
        self.input.focus_set()

    def copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self.sources[self.side])
        self.services.toast(_("The program has been copied."), "ok")

    def ask_and_save(self) -> None:
        """Ask for a file and save the visible program to it."""
        if self.example is None:
            return
        chosen = filedialog.asksaveasfilename(
            parent=self,
            title=_("Save the program"),
            defaultextension=".py",
            initialfile=f"{self.example.transport}_{self.side}.py",
            filetypes=[(_("Python programs"), "*.py")],
        )
        if chosen:
            self.save(path_of(chosen))

    def save(self, path: Path) -> bool:
        """Write the visible program; if that fails, report it and return False."""
        try:
            write_atomically(path, self.sources[self.side])
        except OSError as error:
            detail = clean_text(error.strerror or str(error))
            self.services.toast(
                _("{path} can't be written: {detail}").format(path=path, detail=detail), "error"
            )
            return False
        self.services.toast(_("Saved: {path}").format(path=path), "ok")
        return True

    def enlarge(self) -> CodeWindow:
        """Show the same programs, and the same processes, in a separate window."""
        if self.window is None:
            self.window = CodeWindow(self)
        self.window.lift()
        return self.window

    # --- Showing ---

    def show_side(self, side: str) -> None:
        """Show the program of this side ("client" or "server")."""
        self.tabs.set(side)
        self._side_chosen()

    def _side_chosen(self) -> None:
        self._show_side()
        self.output.clear()
        self._console_count = 0
        self._runs_changed()

    def _word_tabs(self) -> None:
        udp = self.example is not None and self.example.transport == "udp"
        names = (_("Sender"), _("Receiver")) if udp else (_("Client"), _("Server"))
        self.tabs.retext(names)

    def _show_side(self) -> None:
        self.code.show(self.sources[self.side])
        self.note.show(self._note())
        self._show_state()

    def _note(self) -> str:
        example = self.example
        if self.choice.is_relay:
            return _(
                "A relay is no program of a few lines, so none is shown. Its two neighbours are programs of"
                " TCP or UDP: choose one of those on the left, and give it the relay's address."
            )
        if example is None:
            return _("Complete the fields on the left, and the programs appear here.")
        if self.choice.problems():
            return _("There is a mistake in the fields: these are the programs from before it.")
        if belongs_elsewhere(example, self.side):
            return _("This program belongs on the PC with the address {host}: copy or save it there.").format(
                host=example.host
            )
        return self._purpose(example) + self._left_out(example)

    def _purpose(self, example: Example) -> str:
        if self.side == example.peer:
            if example.is_on_loopback:
                return _(
                    "The other end: run it here, and it talks with this window. No other PC reaches that"
                    " address."
                )
            return _("The other end: run it here, or on another PC, and it talks with this window.")
        return _("What this window does itself, written in Python.")

    def _left_out(self, example: Example) -> str:
        """Which auto-reply rules of the session its program lacks."""
        if not example.left_out or self.side == example.peer:
            return ""
        numbers = ", ".join(map(str, example.left_out))
        sentence = ngettext(
            "Left out: auto-reply rule {numbers}, whose expression Python's re does not know.",
            "Left out: auto-reply rules {numbers}, whose expressions Python's re does not know.",
            len(example.left_out),
        )
        return "\n" + sentence.format(numbers=numbers)

    def _show_state(self) -> None:
        console, p = self.console, look().palette
        running = self.runs.is_running(self.side)
        elsewhere = self.example is not None and belongs_elsewhere(self.example, self.side)
        possible = running or (self.example is not None and not elsewhere)
        self.run_button.configure(
            text=_("Stop") if running else _("Run beside the window"),
            style="Danger.TButton" if running else "Primary.TButton",
            state="normal" if possible else "disabled",
        )
        for name in ("copy", "save"):
            self.tools[name].configure(state="normal" if self.example is not None else "disabled")
        text, tone = {
            "idle": (_("Not started yet"), "mute"),
            "running": (_("Running as process {number}").format(number=console.pid), "ok"),
            "ended": (_("Ended"), "mute"),
            "stopped": (_("Stopped"), "mute"),
            "failed": (_("Failed: {reason}").format(reason=console.last_line), "error"),
        }[console.state]
        colour = p.mute if tone == "mute" else p.tone(tone)
        self.state_label.show(text)
        self.state_label.configure(foreground=colour)
        image = look().shapes.disc(S(9), p.faint if tone == "mute" else colour)
        self.dot.configure(image=str(image))
        self._image = image
        if running and not self.input.winfo_manager():
            self.input.pack(fill="x", pady=(S(6), 0))
        elif not running:
            self.input.pack_forget()
        if console.count and not self.console_box.winfo_manager():
            self.console_box.pack(fill="x")
        elif not console.count:
            self.console_box.pack_forget()

    def _share_height(self, height: int) -> None:
        """In a low window the console gets fewer lines, so that some of the program stays visible."""
        lines = max(FEWEST_LINES, min(MOST_LINES, height // S(60)))
        if int(str(self.output.text.cget("height"))) != lines:
            self.output.text.configure(height=lines)

    def _runs_changed(self) -> None:
        console = self.console
        if self._console_side != self.side:
            self._console_side, self._console_count = self.side, 0
            self.output.clear()
        news = min(console.count - self._console_count, len(console.pieces))
        for kind, text in list(console.pieces)[len(console.pieces) - news :]:
            self.output.add(kind, text)
        self._console_count = console.count
        self._show_state()
        if console.state == "failed" and console.last_line:
            self.output.mark_last(console.last_line)

    def _typed(self, line: str) -> None:
        if self.runs.type_line(self.side, line):
            self.input.set("")

    def _files(self, side: str) -> dict[str, bytes]:
        if self.example is None or not self.example.tls or side != "server":
            return {}
        from net.sockets.tls import generate_certificate

        return {"certificate.pem": generate_certificate(self.example.host)}


class CodeWindow(ttk.Toplevel):
    """The programs in a separate window, for reading and for a projector; the processes are those of the
    panel that created it, and continue when this window closes."""

    def __init__(self, owner: CodePanel) -> None:
        super().__init__(master=owner.winfo_toplevel())
        self.owner = owner
        follow_language(self, lambda: self.title(_("The same in Python")))
        self.configure(background=look().palette.back)
        wide = min(S(680), self.winfo_screenwidth() - 40)
        high = min(S(760), self.winfo_screenheight() - 80)
        self.geometry(f"{wide}x{high}")
        self.minsize(S(340), S(380))
        card = ttk.Frame(self, style="Card.TFrame", padding=S(14))
        card.pack(fill="both", expand=True, padx=S(12), pady=S(12))
        self.panel = CodePanel(
            card, owner.services, owner.choice, local=owner.local, runs=owner.runs, roomy=True
        )
        self.panel.pack(fill="both", expand=True)
        self.panel.show_side(owner.side)
        self.bind("<Escape>", lambda _e: self.close())
        self.protocol("WM_DELETE_WINDOW", self.close)
        look().watch(self, self._restyle)
        owner.bind("<Destroy>", lambda event: self._owner_gone(event), add="+")

    def _restyle(self) -> None:
        self.configure(background=look().palette.back)

    def close(self) -> None:
        self.owner.window = None
        self.destroy()

    def _owner_gone(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self.owner and self.owner.window is self:
            self.close()
