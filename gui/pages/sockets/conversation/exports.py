"""Saving sessions to files: the file, the format, and the result."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from pathlib import Path
from tkinter import filedialog

from gui.services.services import Services
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.widgets.tk_paths import path_of
from net.events import Exported
from net.transcript.commands import Export, TranscriptFormat

FORMATS = {
    ".jsonl": TranscriptFormat.JSON_LINES,
    ".txt": TranscriptFormat.TEXT,
    ".csv": TranscriptFormat.CSV,
    ".pcap": TranscriptFormat.CAPTURE,
}


class Exports:
    """The exports that this page started; a toast reports the result of each."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs: set[int] = set()

    def ask_where(self, parent: tk.Misc) -> Path | None:
        """A file chosen by the person, whose extension decides the format; None if they cancelled."""
        path = filedialog.asksaveasfilename(
            parent=parent,
            title=_("Save the conversation"),
            defaultextension=".txt",
            initialfile="duplex.txt",
            filetypes=[
                (_("Text"), "*.txt"),
                (_("JSON lines"), "*.jsonl"),
                (_("Table (CSV)"), "*.csv"),
                (_("Capture for Wireshark"), "*.pcap"),
            ],
        )
        return path_of(path) if path else None

    def start(self, session: int, path: Path, codec: str, rows: Sequence[int] | None = None) -> int:
        """Export a session (a listener: with its connections), or these of its rows; returns the job's
        number."""
        job = self._services.new_job()
        kind = FORMATS.get(path.suffix.lower(), TranscriptFormat.TEXT)
        self._jobs.add(job)
        self._services.submit(Export(job, session, str(path), kind, rows=rows, codec=codec))
        return job

    def takers(self) -> Takers:
        """Event type -> the method that handles it."""
        return {Exported: self._ended}

    def _ended(self, event: Exported) -> None:
        if event.job not in self._jobs:
            return
        self._jobs.discard(event.job)
        if event.fault is not None:
            self._services.toast(wording.fault_text(event.fault), "error")
            return
        sentence = _("Saved {count} rows: {path}")
        self._services.toast(sentence.format(count=wording.count_text(event.rows), path=event.path), "ok")
