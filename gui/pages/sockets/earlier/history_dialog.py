"""Earlier sessions by day: search them, open one, save or delete them."""

from __future__ import annotations

import tkinter as tk
from array import array
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.sockets.conversation.exports import Exports
from gui.pages.sockets.earlier.history_list import HistoryList, HistoryRow, HistoryRows
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _, ngettext
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.empty import EmptyState
from gui.widgets.field import FieldEntry
from net.transcript.commands import ClearTranscript
from net.transcript.search import SessionSearch

if TYPE_CHECKING:
    from collections.abc import Callable

REST_MS = 150
POLL_MS = 40
WIDTH = 560
MOST_DELETED = 1_000


class HistoryDialog(Dialog):
    """``on_open(session)`` is called to show one, ``on_deleted(session)`` for each that is deleted."""

    def __init__(
        self,
        parent: tk.Misc,
        services: Services,
        exports: Exports,
        on_open: Callable[[int], object],
        on_deleted: Callable[[int], object],
    ) -> None:
        from net.transcript.catalog import SessionCatalog

        buttons = (
            DialogButton(_("Close"), "close"),
            DialogButton(_("Open to read"), "open", "primary", default=True),
        )
        super().__init__(parent, _("Earlier sessions"), buttons=buttons, width=WIDTH)
        self._services = services
        self._exports = exports
        self._on_open = on_open
        self._on_deleted = on_deleted
        self._reader = services.reader()
        self._catalog = SessionCatalog(self._reader) if self._reader is not None else None
        self._search: SessionSearch | None = None
        self._due: str | None = None
        self.rows = HistoryRows(self._catalog)
        self._build()
        self.bind("<Destroy>", lambda event: self._end() if event.widget is self else None, add="+")
        self._show(self._catalog.trees() if self._catalog is not None else array("q"))

    def _build(self) -> None:
        self.field = FieldEntry(self.content, icon="search", on_change=lambda _text: self._typed())
        self.field.retext(_("An address, or what was said"))
        self.field.pack(fill="x")
        self.list = HistoryList(self.content, self.rows)
        self.list.at_bottom = False
        self.list.canvas.configure(height=S(340), width=S(WIDTH - 20))
        self.elastic = self.list.canvas
        self.list.pack(fill="both", expand=True, pady=(S(8), 0))
        self.list.on_select = self._show_possible
        self.list.on_open = lambda _row: self.close("open")
        self.nothing = EmptyState(self.list, "clock-history", "")
        self.summary = ttk.Label(self.content, style="InS.TLabel")
        self.summary.pack(anchor="w", pady=(S(6), 0))
        self.delete = ttk.Button(
            self.row, style="Link.TButton", text=_("Delete …"), command=self.ask_and_delete
        )
        self.delete.pack(side="left")
        self.save = ttk.Button(self.row, style="Link.TButton", text=_("Save …"), command=self.ask_and_save)
        self.save.pack(side="left", padx=(S(8), 0))
        for key, step in (("<Down>", 1), ("<Up>", -1)):
            self.field.entry.bind(key, lambda event, by=step: self.list.step(by, False, event))  # type: ignore[misc]
        self.field.entry.bind("<Return>", lambda _e: self.close("open"))
        self.list.canvas.bind("<Delete>", lambda _e: self.ask_and_delete())

    def present(self) -> None:
        super().present()
        self.field.focus_set()  # to type here, not to press the default button

    @property
    def chosen(self) -> list[HistoryRow]:
        """The selected lines, at most MOST_DELETED."""
        rows: list[HistoryRow] = []
        for start, stop in self.list.selection.ranges:
            rows += self.rows.fetch(start, min(stop, start + MOST_DELETED - len(rows)))
        return rows

    # --- Searching ---

    def _typed(self) -> None:
        if self._due is not None:
            self.after_cancel(self._due)
        self._due = self.after(REST_MS, self.search)

    def search(self) -> None:
        """Search for the field's text: in the addresses at once, in the messages on a background thread."""
        self._end_search()
        wanted = self.field.value.strip()
        if self._catalog is None:
            return
        ids = self._catalog.trees(wanted)
        reader = self._services.reader() if wanted else None
        if reader is not None:
            self._search = SessionSearch(reader, wanted)
            self._due = self.after(POLL_MS, self._poll)
        self._show(ids)

    def _poll(self) -> None:
        self._due = None
        search = self._search
        if search is None:
            return
        ended = search.ended
        news = search.take()
        if ended:
            self._search = None
        else:
            self._due = self.after(POLL_MS, self._poll)
        if news and self._catalog is not None:
            found = {*self.rows.ids, *news}
            self._show(array("q", [id for id in self._catalog.trees() if id in found]), keep=True)
        elif ended:
            self._show_possible()

    def _end_search(self) -> None:
        if self._due is not None:
            self.after_cancel(self._due)
            self._due = None
        if self._search is not None:
            self._search.cancel()
            self._search = None

    def _show(self, ids: array[int], keep: bool = False) -> None:
        """Show these and select the first one; ``keep``: keep the selection."""
        chosen = [self.rows.ids[index] for index in self.list.selection] if keep else []
        self.rows.ids = ids
        self.list.selection.clear()
        self.list.invalidate()
        if not keep:
            self.list.set_source(self.rows, to_bottom=False)
        at = ids.index(chosen[0]) if chosen and chosen[0] in ids else 0
        if ids:
            self.list.selection.only(at)
        self._show_possible()

    def _show_possible(self) -> None:
        rows = self.chosen
        can = {"open": len(rows) == 1, "delete": any(not row.is_open for row in rows), "save": len(rows) == 1}
        for name, button in (("open", self.buttons["open"]), ("delete", self.delete), ("save", self.save)):
            button.state(["!disabled" if can[name] else "disabled"])
        count, wanted = len(self.rows.ids), self.field.value.strip()
        if wanted:
            text = ngettext("{count} found", "{count} found", count)
        else:
            text = ngettext("{count} session", "{count} sessions", count)
        text = text.format(count=wording.count_text(count))
        searching = self._search is not None
        self.summary.configure(text=text + ("  " + _("Searching …") if searching else ""))
        if count or searching:
            self.nothing.place_forget()
            return
        if wanted:
            self.nothing.retext(_("Nothing found"), _("No address and no message has this."))
        else:
            self.nothing.retext(
                _("No sessions yet"),
                _("What you start is kept here, for as long as the settings say."),
            )
        self.nothing.place(relx=0.5, rely=0.46, anchor="center")

    # --- Actions ---

    def close(self, value: str) -> None:
        rows = self.chosen if value == "open" else []
        if value == "open" and len(rows) != 1:
            return
        super().close(value)
        for row in rows:
            self._on_open(row.session)

    def ask_and_save(self) -> None:
        """Save the selected session to a file, whose extension decides the format."""
        rows = self.chosen
        path = self._exports.ask_where(self, _("Save the session")) if len(rows) == 1 else None
        if path is not None:
            self._exports.start(rows[0].session, path, rows[0].codec)

    def ask_and_delete(self) -> None:
        """Delete the selected sessions that have ended, if the person agrees."""
        rows = [row for row in self.chosen if not row.is_open]
        if not rows:
            return
        sentence = ngettext(
            "{count} session and its messages are deleted for good.",
            "{count} sessions and their messages are deleted for good.",
            len(rows),
        )
        answer = self._services.ask(
            _("Delete from the transcript?"),
            sentence.format(count=wording.count_text(len(rows))),
            (("keep", _("Keep"), ""), ("delete", _("Delete"), "danger")),
        )
        if self.winfo_exists():
            self.grab_set()
        if answer != "delete":
            return
        gone = {row.session for row in rows}
        for session in gone:
            self._services.submit(ClearTranscript(session))
            self._on_deleted(session)
        self._show(array("q", [id for id in self.rows.ids if id not in gone]))

    def _end(self) -> None:
        self._due = None
        if self._search is not None:
            self._search.cancel()
            self._search = None
        if self._reader is not None:
            self._reader.close()
