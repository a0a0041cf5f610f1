"""One message in full: its text and its bytes, for reading and copying."""

from __future__ import annotations

import tkinter as tk
from typing import TYPE_CHECKING

import ttkbootstrap as ttk

from gui.look.look import S
from gui.pages.sockets.conversation.rows import decoded, detail_words, file_facts, file_part_words, note_words
from gui.shared import wording
from gui.shared.i18n import _
from gui.widgets.dialog import Dialog, DialogButton
from gui.widgets.log_list import hex_dump
from gui.widgets.read_only_text import ReadOnlyText
from gui.widgets.segmented import SegmentedControl

if TYPE_CHECKING:
    from net.transcript.reader import Row

SHOWN_BYTES = 64 * 1024


class RowDialog(Dialog):
    """Shows at most SHOWN_BYTES of the message; "Copy" copies what is shown."""

    def __init__(self, master: tk.Misc, row: Row, codec: str) -> None:
        title, about = detail_words(row)
        buttons = (
            DialogButton(_("Copy"), "copy"),
            DialogButton(_("Close"), "close", "primary", default=True),
        )
        super().__init__(master, title, buttons=buttons, width=560, may_close=self._may_close)
        self.row_shown = row
        self.codec = codec
        ttk.Label(self.content, text=about, style="InS.TLabel", justify="left").pack(anchor="w")
        self.form = SegmentedControl(
            self.content,
            (("text", _("Text")), ("hex", _("Hex"))),
            command=lambda _v: self._fill(),
            small=True,
        )
        box = ttk.Frame(self.content, style="Field.TFrame", padding=S(8))
        self.text = ReadOnlyText(box, width=72, height=14, size=9, wrap="word")
        bar = ttk.Scrollbar(box, command=self.text.yview, style="Soft.Slim.Vertical.TScrollbar")
        self.text.configure(yscrollcommand=bar.set)
        if row.data:
            self.form.pack(anchor="w", pady=(S(8), 0))
        box.pack(fill="both", expand=True, pady=(S(8), 0))
        bar.pack(side="right", fill="y")
        self.text.pack(side="left", fill="both", expand=True)
        self._fill()

    def _fill(self) -> None:
        row = self.row_shown
        data = row.data[:SHOWN_BYTES]
        if "file" in row.detail:
            shown = f"{file_part_words(row)}\n{file_facts(row.detail['file'])}"
        elif row.direction == "note":
            shown = note_words(row)[0]
        elif self.form.value == "hex":
            lines = zip(*map(str.splitlines, hex_dump(data)), strict=False)
            shown = "\n".join(f"{offset}  {digits:<48}  {characters}" for offset, digits, characters in lines)
        else:
            shown = decoded(data, self.codec)[0]
        if len(row.data) > SHOWN_BYTES:
            more = wording.size_text(len(row.data) - SHOWN_BYTES)
            shown += "\n" + _("… {size} more").format(size=more)
        self.text.configure(wrap="none" if self.form.value == "hex" else "word")
        self.text.show(shown)

    def _may_close(self, value: str) -> bool:
        if value != "copy":
            return True
        self.clipboard_clear()
        self.clipboard_append(self.text.value)
        return False
