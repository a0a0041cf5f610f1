"""The right card: the sequence diagram of the shown session with its measurements, or the code for the
choice. What only a session needs is imported when one is first shown."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S
from gui.look.words import follow_language
from gui.pages.sockets import words
from gui.pages.sockets.model import SessionInfo
from gui.services.background import run_in_background
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.icon_tools import icon_tools
from gui.widgets.menu import menu_under
from gui.widgets.meter import Metric, MetricTiles, Sparkline
from gui.widgets.read_only_text import ReadOnlyText
from gui.widgets.row_source import ListSource
from gui.widgets.segmented import SegmentedControl
from gui.widgets.sequence import SequenceDiagram, SequenceRow, SequenceWords
from gui.widgets.tk_paths import path_of
from gui.widgets.wrapping_label import WrappingLabel

if TYPE_CHECKING:
    from gui.pages.sockets.diagram.sequence_rows import Picked, SequenceRows
    from net.transcript.reader import TranscriptReader

DETAIL_BYTES = 128
RECOUNT_MS = 100


class DiagramCard(ttk.Frame):
    """``make_code(master)`` builds the code panel when it is first needed; ``on_fold()`` folds the card
    away."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        make_code: Callable[[tk.Misc], ttk.Frame],
        on_fold: Callable[[], object],
    ) -> None:
        super().__init__(master, style="Card.TFrame", padding=S(14))
        self.code: ttk.Frame | None = None
        self._services = services
        self._reader: TranscriptReader | None = services.reader()
        self._make_code = make_code
        self._on_fold = on_fold
        self._known: SessionInfo | None = None
        self._rows: SequenceRows | None = None
        self._due: str | None = None
        self._rtts = 0
        self._picked: int | None = None
        self._build()
        self.bind("<Destroy>", self._gone, add="+")
        follow_language(self, self._set_words)

    def _gone(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self and self._due is not None:
            self.after_cancel(self._due)
            self._due = None

    def _build(self) -> None:
        head = ttk.Frame(self, style="In.TFrame")
        head.pack(fill="x")
        self.tab = SegmentedControl(head, (), command=self._tab_chosen, small=True)
        self.tab.pack(side="left")
        tools: tuple[tuple[str, str, Callable[[], object]], ...] = (
            ("fold", "layout-sidebar-inset-reverse", self._on_fold),
            ("save", "download", self.open_save_menu),
            ("clear", "trash3", self.clear),
            ("pause", "pause-fill", self.toggle_pause),
        )
        self.tools, self.tips = icon_tools(head, tools, size=14)
        self.live = ttk.Frame(self, style="In.TFrame")
        self.live.pack(fill="both", expand=True, pady=(S(8), 0))
        self.rtt = Sparkline(self.live)
        self.rtt.pack(side="bottom", fill="x", pady=(S(8), 0))
        self.tiles = MetricTiles(self.live)
        self.tiles.pack(side="bottom", fill="x", pady=(S(8), 0))
        self.detail = ttk.Frame(self.live, style="Tile.TFrame", padding=(S(10), S(8)))
        self._build_detail()
        self.diagram = SequenceDiagram(self.live, on_pick=self._pick)
        self.diagram.pack(fill="both", expand=True)
        self.nothing = ttk.Label(self.diagram, style="InS.TLabel", justify="center", anchor="center")

    def _build_detail(self) -> None:
        row = ttk.Frame(self.detail, style="Soft.TFrame")
        row.pack(fill="x")
        self.detail_title = ttk.Label(row, style="SoftB.TLabel")
        self.detail_title.pack(side="left")
        close = ttk.Button(
            row,
            style="Soft.Icon.TButton",
            icon="x-lg",
            icon_only=True,
            icon_size=11,
            command=self.close_detail,
        )
        close.pack(side="right")
        self.detail_about = WrappingLabel(self.detail, "SoftS.TLabel")
        self.detail_about.pack(fill="x")
        self.dump = ReadOnlyText(self.detail, width=10, height=6, size=8)
        self.dump.pack(fill="x", pady=(S(4), 0))

    def _set_words(self) -> None:
        self.tab.set_options((("diagram", _("Sequence")), ("code", _("Code"))), self.tab.value or "diagram")
        texts = {
            "fold": _("Fold this card away"),
            "save": _("Save the diagram as a picture"),
            "clear": _("Begin the diagram anew"),
            "pause": _("Go on") if self.diagram.paused else _("Stand still"),
        }
        for name, text in texts.items():
            self.tips[name].retext(text)
        self.rtt.retext(_("Round trip"))
        self.nothing.configure(text=_("Calls and messages appear here\nas soon as something is open."))
        self._name_ends()
        self.show_numbers()
        self.restart()
        if self._picked is not None:
            self._pick(self._picked)

    # --- For the page ---

    def show(self, known: SessionInfo | None) -> None:
        """Show another session's diagram."""
        self._known = known
        self._rtts = 0
        self.rtt.clear()
        if self.diagram.paused:
            self.toggle_pause()
        self.close_detail()
        self._name_ends()
        self.restart()
        self.show_numbers()

    def restart(self) -> None:
        """Read the rows again, with texts in the present language."""
        known = self._known
        if known is None or self._reader is None:
            self._rows = None
            self.diagram.set_source(ListSource[SequenceRow]())
            self.nothing.place(relx=0.5, rely=0.45, anchor="center")
            return
        from gui.pages.sockets.conversation.rows import Scope
        from gui.pages.sockets.diagram.sequence_rows import SequenceRows

        codec = known.choice.codec if known.choice is not None else "utf-8"
        scope = Scope(known.session, known.is_listener, known.parent)
        self._rows = SequenceRows(self._reader, scope, codec, tcp=not (known.is_udp or known.is_relay))
        self.diagram.set_source(self._rows)
        self._show_nothing()

    def recount_soon(self) -> None:
        """Rows were stored: update them, at most a few times a second."""
        if self._due is None:
            self._due = self.after(RECOUNT_MS, self.recount)

    def recount(self) -> None:
        """Show the rows stored meanwhile."""
        if self._due is not None:
            self.after_cancel(self._due)
            self._due = None
        if self._rows is not None:
            if self._rows.recount():
                self.diagram.invalidate()
            self.diagram.refresh()
            self._show_nothing()

    def show_numbers(self) -> None:
        """The shown session's counters or kernel facts changed."""
        known = self._known
        up, down = (known.rate_sent, known.rate_received) if known is not None else (0.0, 0.0)
        if known is not None and (known.is_udp or known.is_relay):
            last = Metric(_("Dropped"), wording.count_text(known.drops), "warn")
        else:
            facts = known.kernel if known is not None else None
            again = facts.retransmissions if facts is not None else None
            last = Metric(_("Sent again"), "–" if again is None else wording.count_text(again), "warn")
        self.tiles.show(
            (
                Metric(_("Up"), wording.rate_text(up), "accent"),
                Metric(_("Down"), wording.rate_text(down), "ok"),
                last,
            )
        )
        if known is None or known.is_udp or known.is_listener or known.is_relay:
            self.rtt.pack_forget()
            return
        if not self.rtt.winfo_manager():
            self.rtt.pack(side="bottom", fill="x", pady=(S(8), 0), before=self.tiles)
        facts = known.kernel
        if facts is not None and facts.rtt is not None and facts.time != self._rtts:
            self._rtts = facts.time
            self.rtt.add(facts.rtt, wording.duration_text(facts.rtt / 1000))

    def show_code(self) -> None:
        self.tab.set("code")
        self._tab_chosen("code")

    # --- Actions ---

    def toggle_pause(self) -> None:
        paused = not self.diagram.paused
        self.diagram.pause(paused)
        self.tools["pause"].configure(icon="play-fill" if paused else "pause-fill")
        self.tips["pause"].retext(_("Go on") if paused else _("Stand still"))

    def clear(self) -> None:
        self.diagram.clear()
        self.close_detail()

    def open_save_menu(self) -> tk.Menu:
        return menu_under(
            self.tools["save"],
            (
                (_("Picture (PNG) …"), lambda: self._ask_and_save("png"), True),
                (_("Drawing (SVG) …"), lambda: self._ask_and_save("svg"), True),
            ),
        )

    def save(self, path: Path) -> None:
        """Write the diagram as it is now, in the format of the file's extension; a toast reports the
        result."""

        def done(error: Exception | None) -> None:
            if error is None:
                self._services.toast(_("Saved: {path}").format(path=path), "ok")
            elif isinstance(error, OSError):
                sentence = _("{path} can't be written ({detail}).")
                self._services.toast(sentence.format(path=path, detail=error.strerror or error), "error")
            else:
                raise error

        run_in_background(self, self.diagram.saving(path), done)

    def _ask_and_save(self, kind: str) -> None:
        path = filedialog.asksaveasfilename(
            parent=self,
            defaultextension=f".{kind}",
            initialfile=f"duplex.{kind}",
            filetypes=[(kind.upper(), f"*.{kind}")],
        )
        if path:
            self.save(path_of(path))

    def close_detail(self) -> None:
        self._picked = None
        self.detail.pack_forget()

    def _pick(self, key: int) -> None:
        picked = self._rows.picked(key) if self._rows is not None else None
        if picked is not None:
            self._picked = key
            self._show_detail(picked)

    def _show_detail(self, picked: Picked) -> None:
        from gui.widgets.log_list import hex_dump

        about = picked.about
        if picked.derived:
            about = _("Derived: not seen by Duplex, but what TCP's rules make of it.") + "\n" + about
        self.detail_title.configure(text=picked.title)
        self.detail_about.show(about)
        if picked.data:
            offsets, digits, characters = hex_dump(picked.data[:DETAIL_BYTES], 8)
            lines = zip(offsets.splitlines(), digits.splitlines(), characters.splitlines(), strict=False)
            text = "\n".join(f"{offset[2:]}  {digit:<24} {shown}" for offset, digit, shown in lines)
            if picked.size > DETAIL_BYTES:
                text += "\n" + _("… {size} more").format(size=wording.size_text(picked.size - DETAIL_BYTES))
            self.dump.show(text)
            self.dump.configure(height=min(8, text.count("\n") + 1))
            self.dump.pack(fill="x", pady=(S(4), 0))
        else:
            self.dump.pack_forget()
        if not self.detail.winfo_manager():
            self.detail.pack(side="bottom", fill="x", pady=(S(8), 0), before=self.diagram)

    def _tab_chosen(self, value: str) -> None:
        on = value == "diagram"
        for name in ("save", "clear", "pause"):
            self.tools[name].state(["!disabled" if on else "disabled"])
        if on:
            if self.code is not None:
                self.code.pack_forget()
            self.live.pack(fill="both", expand=True, pady=(S(8), 0))
            return
        if self.code is None:
            self.code = self._make_code(self)
        self.live.pack_forget()
        self.code.pack(fill="both", expand=True, pady=(S(8), 0))

    def _name_ends(self) -> None:
        observed, derived, simulated = words.mark_names()
        here, there = _("This PC"), _("Peer")
        known = self._known
        if known is not None and known.choice is not None:
            here, there = words.endpoint_names(known.choice)
        if known is not None and known.is_connection and known.remote is not None:
            there = str(known.remote)
        self.diagram.retext(SequenceWords(here, there, observed, derived, simulated))

    def _show_nothing(self) -> None:
        if self._rows is not None and self._rows.count():
            self.nothing.place_forget()
        else:
            self.nothing.place(relx=0.5, rely=0.45, anchor="center")
