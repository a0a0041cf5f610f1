"""Saving sessions to files: the file, the format, and the result."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog
from typing import TYPE_CHECKING

from gui.services.services import Services, Tone
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.widgets.tk_paths import path_of
from net.events import Exported, ExportProgressed, FaultKind
from net.transcript.commands import CancelExport, Export, TranscriptFormat

if TYPE_CHECKING:
    from net.transcript.reader import RowPart

FORMATS = {
    ".jsonl": TranscriptFormat.JSON_LINES,
    ".txt": TranscriptFormat.TEXT,
    ".csv": TranscriptFormat.CSV,
    ".pcap": TranscriptFormat.CAPTURE,
}


class Exports:
    """The exports that this page started: `on_progress` shows those that take longer, and a toast reports the
    result of each."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._jobs: dict[int, str] = {}
        self.on_progress: Callable[[int, str, ExportProgressed | None], object] | None = None
        """``on_progress(job, name, event)``: how far the export to the file ``name`` is; None: it ended."""

    def ask_where(self, parent: tk.Misc, title: str) -> Path | None:
        """A file chosen by the person, whose extension decides the format; None if they cancelled."""
        path = filedialog.asksaveasfilename(
            parent=parent,
            title=title,
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

    def start(self, session: int, path: Path, codec: str, part: RowPart | None = None) -> int:
        """Export a session (a listener: with its connections), or a part of its rows; returns the job's
        number."""
        job = self._services.new_job()
        kind = FORMATS.get(path.suffix.lower(), TranscriptFormat.TEXT)
        self._jobs[job] = path.name
        self._services.submit(Export(job, session, str(path), kind, part=part, codec=codec))
        return job

    def cancel(self, job: int) -> None:
        """End an export; no file is left."""
        self._services.submit(CancelExport(job))

    def takers(self) -> Takers:
        """Event type -> the method that handles it."""
        return {ExportProgressed: self._progressed, Exported: self._ended}

    def _progressed(self, event: ExportProgressed) -> None:
        if event.job in self._jobs and self.on_progress is not None:
            self.on_progress(event.job, self._jobs[event.job], event)

    def _ended(self, event: Exported) -> None:
        name = self._jobs.pop(event.job, None)
        if name is None:
            return
        if self.on_progress is not None:
            self.on_progress(event.job, name, None)
        if event.fault is not None:
            tone: Tone = "normal" if event.fault.kind is FaultKind.CANCELLED else "error"
            self._services.toast(wording.fault_text(event.fault), tone)
            return
        sentence = _("Saved {count} rows: {path}")
        self._services.toast(sentence.format(count=wording.count_text(event.rows), path=event.path), "ok")
