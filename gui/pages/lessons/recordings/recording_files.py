"""Saving, opening and exporting recordings, with words for what went wrong."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog

from gui.pages.lessons.picture import GraphView, PictureView, RoadView
from gui.services.background import run_in_background
from gui.services.services import Services
from gui.shared.i18n import _
from gui.shared.recording_wording import damage_text
from gui.widgets.tk_paths import path_of
from net.lab.picture import PictureBuilder
from net.lab.picture.capture import write_pcap
from net.lab.recording import Header, RecordedEvent
from net.lab.recording_file import ReadRecording, read_recording, write_recording

KIND = ".jsonl"


def suggested_name(events: Sequence[RecordedEvent]) -> str:
    """A file name: of the lesson's scene, or of the programs."""
    header = events[0] if events else None
    if not isinstance(header, Header):
        return "recording"
    if header.lesson:
        return f"{header.lesson}-{header.scene}".strip("-")
    return "-".join(program.name for program in header.programs[:2]) or "recording"


class RecordingFiles:
    """Asks the person for the file; a toast reports what came of it."""

    def __init__(self, owner: tk.Misc, services: Services) -> None:
        self._owner = owner
        self._services = services

    # --- Recordings ---

    def save(self, events: Sequence[RecordedEvent]) -> None:
        kept = tuple(events)
        path = self._ask_save(suggested_name(kept), KIND, _("Recording"))
        if path is not None:
            self._write(path, lambda: write_recording(path, kept))

    def open(self, then: Callable[[str, tuple[RecordedEvent, ...]], object]) -> None:
        """Ask for a file; ``then(name, events)`` gets what could be read of it."""
        chosen = filedialog.askopenfilename(
            parent=self._owner, filetypes=[(_("Recording"), f"*{KIND}"), (_("All files"), "*")]
        )
        if chosen:
            self.read(path_of(chosen), then)

    def read(self, path: Path, then: Callable[[str, tuple[RecordedEvent, ...]], object]) -> None:
        """Read off the Tk thread; damage is said, and what stands before it is shown."""
        read: list[ReadRecording] = []

        def done(error: Exception | None) -> None:
            if isinstance(error, OSError):
                sentence = _("{path} can't be read ({detail}).")
                self._services.toast(sentence.format(path=path, detail=error.strerror or error), "error")
            elif error is not None:
                raise error
            else:
                found = read[0]
                for damage in found.damage:
                    self._services.toast(damage_text(damage, path.name), "warn")
                if found.events:
                    then(path.name, found.events)

        run_in_background(self._owner, lambda: read.append(read_recording(path)), done)

    # --- Exports ---

    def save_png(self, drawing: GraphView | PictureView | RoadView, name: str) -> None:
        path = self._ask_save(name, ".png", "PNG")
        if path is not None:
            # it asks Tk for the picture's size: not from another thread
            try:
                drawing.save_png(path)
            except OSError as error:
                self._failed(path, error)
            else:
                self._saved(path)

    def save_svg(self, drawing: GraphView | PictureView | RoadView, name: str) -> None:
        path = self._ask_save(name, ".svg", "SVG")
        if path is not None:
            text = drawing.svg()
            self._write(path, lambda: path.write_text(text, "utf-8"))

    def save_pcap(self, events: Sequence[RecordedEvent]) -> None:
        kept = tuple(events)
        path = self._ask_save(suggested_name(kept), ".pcapng", "pcapng")
        if path is None:
            return

        def write() -> None:
            builder = PictureBuilder()
            for event in kept:
                builder.add(event)
            with path.open("wb") as file:
                write_pcap(builder.picture, file)

        self._write(path, write)

    # --- Files ---

    def _ask_save(self, name: str, ending: str, kind: str) -> Path | None:
        chosen = filedialog.asksaveasfilename(
            parent=self._owner,
            defaultextension=ending,
            initialfile=name + ending,
            filetypes=[(kind, f"*{ending}")],
        )
        return path_of(chosen) if chosen else None

    def _write(self, path: Path, write: Callable[[], object]) -> None:
        def done(error: Exception | None) -> None:
            if isinstance(error, OSError):
                self._failed(path, error)
            elif error is not None:
                raise error
            else:
                self._saved(path)

        run_in_background(self._owner, write, done)

    def _saved(self, path: Path) -> None:
        self._services.toast(_("Saved: {path}").format(path=path), "ok")

    def _failed(self, path: Path, error: OSError) -> None:
        sentence = _("{path} can't be written ({detail}).")
        self._services.toast(sentence.format(path=path, detail=error.strerror or error), "error")
