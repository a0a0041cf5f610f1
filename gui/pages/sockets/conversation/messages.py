"""The messages of one session as bubbles or log, with search, filter and copying; "12 new" when messages
arrive below the visible part."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ttkbootstrap as ttk

from gui.look.look import S
from gui.look.words import follow_language
from gui.pages.sockets.conversation.copying import Copying
from gui.pages.sockets.conversation.jobs_strip import JobsStrip
from gui.pages.sockets.conversation.rows import (
    Scope,
    TranscriptRows,
    bubble_row,
    copied_text,
    log_row,
)
from gui.pages.sockets.conversation.search import Search
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.bubbles import BubbleList, BubbleRow, BubbleWords
from gui.widgets.field import FieldEntry
from gui.widgets.form import ChoiceField
from gui.widgets.log_list import LogList, LogRow, LogWords
from gui.widgets.new_below import NewBelow
from gui.widgets.row_source import ListSource
from gui.widgets.segmented import SegmentedControl
from gui.widgets.tooltip import Tooltip
from gui.widgets.wrapping_label import WrappingLabel

if TYPE_CHECKING:
    from net.transcript.reader import Row, RowFilter, RowPart, TranscriptReader
    from net.transcript.search import Hits

FIND_AFTER_MS = 200
LOOK_ON_MS = 1


class Conversation(ttk.Frame):
    """`show` a scope, then call `recount` when rows were stored. ``strip`` shows a copy's progress.
    ``on_row(row)`` is called for a double click, ``on_row_menu(row, event)`` for a right click."""

    def __init__(
        self,
        master: tk.Misc,
        services: Services,
        strip: JobsStrip,
        on_row: Callable[[Row], object],
        on_row_menu: Callable[[Row, tk.Event[tk.Misc]], None],
    ) -> None:
        super().__init__(master, style="In.TFrame")
        self._on_row = on_row
        self._on_row_menu = on_row_menu
        self._services = services
        self.reader: TranscriptReader | None = services.reader()
        self.scope: Scope | None = None
        self.codec = "utf-8"
        self.view = str(services.settings.sockets.get("view", "bubbles"))
        self.found_at = -1
        """The number of the hit that is shown, from 0 for the newest; -1: none."""
        self._fresh = 0
        self._directions = "all"
        self._peer = ""
        self._peers: list[str] = []
        self._find_due: str | None = None
        self._due: str | None = None
        self._rows: TranscriptRows[Any] | None = None
        self._search = Search(self, services.reader, self._have_found)
        self._copying = Copying(self, services, strip)
        self._build()
        services.on_settings_change(lambda: self.log.show_dates(services.settings.show_dates))
        follow_language(self, self._set_words)

    def _build(self) -> None:
        self.find_row = ttk.Frame(self, style="In.TFrame")
        self.find = FieldEntry(
            self.find_row,
            icon="search",
            on_change=self._find_typed,
            on_enter=lambda _text: self.next_found(1),
        )
        self.find.pack(side="left", fill="x", expand=True)
        self.find_count = ttk.Label(self.find_row, style="InS.TLabel", width=18, anchor="center")
        self.find_count.pack(side="left", padx=S(4))
        self.tips: list[Tooltip] = []
        for icon, action in (
            ("chevron-up", lambda: self.next_found(1)),
            ("chevron-down", lambda: self.next_found(-1)),
            ("x-lg", self.close_find),
        ):
            button = ttk.Button(
                self.find_row, style="Icon.TButton", icon=icon, icon_only=True, icon_size=13, command=action
            )
            button.pack(side="left")
            self.tips.append(Tooltip(button, ""))
        self.find.entry.bind("<Escape>", lambda _e: self.close_find())
        self.find.entry.bind("<Shift-Return>", lambda _e: self.next_found(-1))
        self.filter_row = ttk.Frame(self, style="In.TFrame")
        self.directions = SegmentedControl(self.filter_row, (), command=self._direction_chosen, small=True)
        self.directions.pack(side="left")
        self.peer = ChoiceField(self.filter_row, self._peer_chosen, width=20)
        self.peer.label.pack_forget()
        self.peer.pack(side="left", fill="x", expand=True, padx=(S(8), 0))
        self.log_mode = SegmentedControl(self.filter_row, (), command=self._log_mode_chosen, small=True)
        self.no_transcript = WrappingLabel(self, "InWarn.TLabel")
        self.lists = ttk.Frame(self, style="In.TFrame")
        self.lists.pack(fill="both", expand=True)
        self.bubbles = BubbleList(self.lists)
        self.log = LogList(self.lists)
        for shown in (self.bubbles, self.log):
            shown.on_unseen = self._unseen
            shown.on_open = lambda row: self._with_row(row.key, self._on_row)
            shown.on_menu = self._menu
            shown.on_copy_rows = self.copy_selected
        self.bubbles.on_show_all = lambda row: self._with_row(row.key, self._on_row)
        self.log.show_dates(self._services.settings.show_dates)
        self.new_below = NewBelow(self.lists, self.to_bottom)
        self._pack_view()

    def _set_words(self) -> None:
        self.find.retext(_("Find text, or 0x… for bytes"))
        for tip, text in zip(self.tips, (_("The one before"), _("The next one"), _("Close")), strict=True):
            tip.retext(text)
        self.directions.set_options(
            (("all", _("All")), ("in", _("Received")), ("out", _("Sent"))), self._directions
        )
        self.log_mode.set_options(
            (("both", _("Both")), ("text", _("Text")), ("hex", _("Hex"))), self.log.mode
        )
        self._show_peers()
        self.bubbles.retext(
            BubbleWords(
                show_all=lambda hidden: _("Show all (+{count})").format(count=wording.count_text(hidden)),
                show_whole=lambda size: _("Show all of it ({size})").format(size=wording.size_text(size)),
                show_less=_("Show less"),
                day=lambda day: _("{year}-{month:02d}-{day:02d}").format(
                    year=day.year, month=day.month, day=day.day
                ),
            )
        )
        self.log.retext(LogWords(cut=lambda size: _("… {size} in all").format(size=wording.size_text(size))))
        self._show_found()
        self.restart()

    # --- Content ---

    @property
    def current(self) -> BubbleList | LogList:
        """The visible view."""
        return self.log if self.view == "log" else self.bubbles

    def show(self, scope: Scope | None, codec: str, authors: bool) -> None:
        """Show another session's rows, unfiltered, at their end. ``authors``: show the senders' names."""
        self.scope, self.codec = scope, codec
        self.bubbles.show_authors = authors
        self.log.show_peers(authors)
        self._directions, self._peer = "all", ""
        self.directions.set("all")
        self.peer.choose("")
        self.restart()
        if self.find_open and self.find.value:
            self._start_find()

    def set_codec(self, codec: str) -> None:
        """Decode the same bytes with another codec."""
        if codec != self.codec:
            self.codec = codec
            if self._rows is not None:
                self.current.forget_measures()
                self.current.invalidate()
            if self.find_open and self.find.value:
                self._start_find()

    def set_view(self, view: str) -> None:
        """ "bubbles" or "log"."""
        if view != self.view:
            self.view = view
            self._services.settings.sockets["view"] = view
            self._services.save_settings()
            self._pack_view()
            self.restart()

    def recount(self) -> None:
        """Rows were stored: update their number. Cheap."""
        if self._rows is not None:
            self._rows.recount()
            self.current.refresh()
            if self._rows.behind and self._due is None:
                self._due = self.after(LOOK_ON_MS, self._look_on)
            if self.find_open and self.find.value:
                self._search.rows_stored()

    def _look_on(self) -> None:
        self._due = None
        self.recount()

    def restart(self) -> None:
        """Fetch everything again: with other rows, another filter, or another language."""
        self._rows = None
        if self._due is not None:
            self.after_cancel(self._due)
            self._due = None
        self.new_below.pack_forget()
        self._show_no_transcript()
        if self.reader is None or self.scope is None:
            self.bubbles.set_source(ListSource[BubbleRow]())
            self.log.set_source(ListSource[LogRow]())
            return
        shown = self.scope.session
        if self.view == "log":
            log = TranscriptRows(
                self.reader, self.scope, lambda row: log_row(row, self.codec, shown=shown), self._filter()
            )
            self._use(self.log, log)
        else:
            rows = TranscriptRows(
                self.reader,
                self.scope,
                lambda row: bubble_row(row, self.codec, self.bubbles.show_authors, shown=shown),
                self._filter(),
            )
            self._use(self.bubbles, rows)

    def _use(self, shown: Any, rows: TranscriptRows[Any]) -> None:
        """Show the rows once the filter has examined all of them, which takes a second for a million."""
        self._due = None
        if rows.behind:
            rows.recount()
            self._due = self.after(LOOK_ON_MS, lambda: self._use(shown, rows))
            return
        shown.set_source(rows)
        self._rows = rows

    def _show_no_transcript(self) -> None:
        """Explain a conversation that stays empty because there is no transcript."""
        if self.reader is None and self.scope is not None:
            self.no_transcript.show(
                _(
                    "No transcript is kept, so messages can't be shown here. They are sent and received all"
                    " the same: the diagram and the counters beside show it."
                )
            )
            self.no_transcript.pack(fill="x", pady=(S(8), 0), before=self.lists)
        else:
            self.no_transcript.pack_forget()

    def to_bottom(self) -> None:
        self.current.to_bottom()

    def copy_selected(self) -> None:
        """Copy the selected rows, as they are shown but whole."""
        part = self.selected_part()
        if part is None or self.scope is None:
            return
        codec, mode = self.codec, self.log.mode if self.view == "log" else None
        shown = self.scope.session
        self._copying.start(shown, part, lambda row: copied_text(row, codec, mode, shown))

    def selected_part(self) -> RowPart | None:
        """The selected rows of the transcript; None if none is selected."""
        ranges = self.current.selection.ranges
        return self._rows.part(ranges) if self._rows is not None and ranges else None

    def count(self) -> int:
        return self._rows.count() if self._rows is not None else 0

    # --- Find ---

    @property
    def find_open(self) -> bool:
        return bool(self.find_row.winfo_manager())

    def open_find(self) -> None:
        if not self.find_open:
            self.find_row.pack(fill="x", pady=(S(8), 0), before=self.lists)
        self.find.focus_set()
        self.find.entry.selection_range(0, "end")

    def close_find(self) -> None:
        self._search.cancel()
        self.find_row.pack_forget()
        for shown in (self.bubbles, self.log):
            shown.set_find("")
        self.current.canvas.focus_set()

    @property
    def found(self) -> Hits:
        """The positions found so far, newest first."""
        return self._search.hits

    def next_found(self, by: int) -> None:
        """Go to the next older hit (-1: the next newer one), cyclically."""
        if not len(self.found) or self._rows is None:
            return
        self.found_at = (self.found_at + by) % len(self.found)
        index = self._rows.index_of_position(self.found[self.found_at])
        if index >= 0:
            self.current.selection.only(index)
            self.current.see(index)
        self._show_found()

    def _find_typed(self, _text: str) -> None:
        if self._find_due is not None:
            self.after_cancel(self._find_due)
        self._find_due = self.after(FIND_AFTER_MS, self._start_find)

    def _start_find(self) -> None:
        self._find_due = None
        wanted = self.find.value
        for shown in (self.bubbles, self.log):
            shown.set_find(wanted if not wanted.lower().startswith("0x") else "")
        if self.scope is not None:
            self.found_at, self._fresh = -1, 0
            self._search.start(self.scope, wanted, self.codec, self._filter())

    def _have_found(self) -> None:
        """There are more hits, or there will be no more."""
        fresh = self.found.fresh
        if self.found_at < 0 and len(self.found):
            self.next_found(1)
        elif fresh != self._fresh:
            # newer ones stand before it now
            self.found_at += fresh - self._fresh
        self._fresh = fresh
        self._show_found()

    def _show_found(self) -> None:
        count, running = len(self.found), self._search.running
        if not self.find.value:
            text = ""
        elif not count:
            text = "…" if running else _("nothing found")
        else:
            text = _("{number} of {count}").format(
                number=wording.count_text(self.found_at + 1), count=wording.count_text(count)
            )
            text += " …" if running else ""
        self.find_count.configure(text=text)

    # --- Filter ---

    @property
    def filter_open(self) -> bool:
        return bool(self.filter_row.winfo_manager())

    def _filter_changed(self) -> None:
        self.restart()
        if self.find_open and self.find.value:
            self._start_find()

    def toggle_filter(self) -> None:
        if self.filter_open:
            self.filter_row.pack_forget()
            if self._filter() is not None:
                self._directions, self._peer = "all", ""
                self.directions.set("all")
                self.peer.choose("")
                self._filter_changed()
        else:
            self.filter_row.pack(fill="x", pady=(S(8), 0), before=self.lists)

    def offer_peers(self, peers: list[str]) -> None:
        """Set the peers whose rows can be filtered."""
        self._peers = peers
        self._show_peers()

    def _show_peers(self) -> None:
        options = [("", _("Everybody")), *((peer, peer) for peer in self._peers)]
        if self._peer and self._peer not in self._peers:
            options.append((self._peer, self._peer))
        self.peer.set_options(options)

    def _filter(self) -> RowFilter | None:
        from net.transcript.reader import RowFilter

        if self._directions == "all" and not self._peer:
            return None
        chosen = ("in", "out") if self._directions == "all" else (self._directions,)
        return RowFilter(frozenset(chosen), self._peer, notes=self._directions == "all")

    def _direction_chosen(self, value: str) -> None:
        self._directions = value
        self._filter_changed()

    def _peer_chosen(self) -> None:
        self._peer = self.peer.chosen
        self._filter_changed()

    def _log_mode_chosen(self, value: str) -> None:
        mode: Any = value
        self.log.set_mode(mode)

    # --- Parts ---

    def _pack_view(self) -> None:
        other = self.bubbles if self.view == "log" else self.log
        other.pack_forget()
        self.current.pack(fill="both", expand=True)
        if self.view == "log":
            self.log_mode.pack(side="right", padx=(S(8), 0), before=self.peer)
        else:
            self.log_mode.pack_forget()

    def _unseen(self, count: int) -> None:
        text = ngettext("{count} new", "{count} new", count).format(count=wording.count_text(count))
        self.new_below.show(text if count else "", self.current)

    def _with_row(self, id: int, use: Callable[[Row], object]) -> None:
        found = self.reader.fetch_rows([id]) if self.reader is not None else []
        if found:
            use(found[0])

    def _menu(self, row: BubbleRow | LogRow, event: tk.Event[tk.Misc]) -> None:
        self._with_row(row.key, lambda found: self._on_row_menu(found, event))
