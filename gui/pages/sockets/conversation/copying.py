"""Copying any number of rows as text: read and decoded beside the Tk thread, and put on the clipboard in
parts, so that the window never stands."""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from gui.pages.sockets.conversation.jobs_strip import JobsStrip
from gui.services.background import run_in_background
from gui.services.services import Services
from gui.shared import wording
from gui.shared.i18n import _

if TYPE_CHECKING:
    from net.transcript.reader import Row, RowPart, TranscriptReader

MOST_CHARACTERS = 100_000_000
"""What is copied at most. A copy is held in memory several times: by Duplex, and by who pastes it."""
PART_CHARACTERS = 256 * 1024
SHOWN_AFTER_MS = 300
POLL_MS = 25
PUT_MS = 5
"""Between two parts that are put on the clipboard."""


class Copying:
    """One copy at a time: a new one cancels the previous one. Progress is shown in ``strip``."""

    def __init__(self, widget: tk.Misc, services: Services, strip: JobsStrip) -> None:
        self._widget = widget
        self._services = services
        self._strip = strip
        self._copy: _Copy | None = None
        widget.bind("<Destroy>", lambda event: self._gone(event.widget), add="+")

    @property
    def running(self) -> bool:
        return self._copy is not None

    def start(self, session: int, part: RowPart, text_of: Callable[[Row], str]) -> None:
        """Copy a part of a session's rows. ``text_of`` is called on another thread; rows whose text is empty
        are left out."""
        reader = self._services.reader()
        if reader is None:
            return
        self.cancel()
        copy = self._copy = _Copy(reader, session, part, text_of)
        job = self._services.new_job()
        run_in_background(self._widget, copy.read, lambda error: self._have_read(copy, job, error))
        self._widget.after(SHOWN_AFTER_MS, self._show, copy, job)

    def cancel(self) -> None:
        """End the copy under way; what was on the clipboard stays, unless putting it there has begun."""
        if self._copy is not None:
            self._copy.cancelled = True
            self._copy = None

    def _gone(self, widget: object) -> None:
        if widget is self._widget:
            self.cancel()

    def _show(self, copy: _Copy, job: int) -> None:
        if self._copy is not copy:
            self._strip.end(job)
            return
        if job not in self._strip:
            self._strip.begin_work(job, _("Copying"), "clipboard", self.cancel)
        text = _("{count} of {total} rows").format(
            count=wording.count_text(copy.rows), total=wording.count_text(copy.total)
        )
        self._strip.advance(job, text, copy.rows / max(1, copy.total))
        self._widget.after(POLL_MS * 4, self._show, copy, job)

    def _have_read(self, copy: _Copy, job: int, error: Exception | None) -> None:
        if error is not None and self._copy is copy:
            self._copy = None
        if error is not None:
            raise error
        if self._copy is copy:
            self._widget.clipboard_clear()
            self._put(copy)

    def _put(self, copy: _Copy) -> None:
        """Put one part on the clipboard: Tk appends it to what is there."""
        if self._copy is not copy:
            return
        if copy.parts:
            self._widget.clipboard_append(copy.parts.popleft())
            self._widget.after(PUT_MS, self._put, copy)
            return
        self._copy = None
        count, total = (wording.count_text(number) for number in (copy.rows, copy.total))
        if copy.limited:
            sentence = _(
                "Only the first {count} of {total} selected rows were copied: more does not fit on the"
                " clipboard. \u201cSave the selected rows\u201d in the menu writes all of them to a file."
            )
            self._services.toast(sentence.format(count=count, total=total), "warn")
        elif copy.total > 1:
            self._services.toast(_("All {count} selected rows were copied").format(count=total), "ok")


class _Copy:
    """The text of the rows, in parts of about PART_CHARACTERS. ``rows``: read so far; ``limited``: the rest
    was too much."""

    def __init__(
        self, reader: TranscriptReader, session: int, part: RowPart, text_of: Callable[[Row], str]
    ) -> None:
        self.parts: deque[str] = deque()
        self.rows = 0
        self.total = len(part)
        self.limited = False
        self.cancelled = False
        self._reader = reader
        self._session = session
        self._part = part
        self._text_of = text_of

    def read(self) -> None:
        """On any thread, once."""
        try:
            for part in in_parts(self._lines(self._reader.walk(self._session, self._part))):
                self.parts.append(part)
        finally:
            self._reader.close()

    def _lines(self, rows: Iterable[Row]) -> Iterator[str]:
        size = 0
        for row in rows:
            text = self._text_of(row)
            size += len(text) + 1
            self.limited = size > MOST_CHARACTERS
            if self.cancelled or self.limited:
                return
            self.rows += 1
            if text:
                yield text


def in_parts(lines: Iterable[str]) -> Iterator[str]:
    """The lines with line feeds between them, in parts of about PART_CHARACTERS."""
    waiting: list[str] = []
    size = 0
    lead = ""
    for line in lines:
        waiting.append(line)
        size += len(line) + 1
        if size > PART_CHARACTERS:
            text = lead + "\n".join(waiting)
            yield from (text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS))
            waiting, size, lead = [], 0, "\n"
    if waiting:
        yield lead + "\n".join(waiting)
