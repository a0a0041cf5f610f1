"""Running jobs, each a line with its progress and buttons: repeats and files above the composer, exports and
copies below the conversation."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk
from msgspec import Struct

from gui.look.look import S, look
from gui.look.words import follow_language
from gui.services.services import Services
from gui.shared import wording
from gui.shared.dispatch import Takers
from gui.shared.i18n import _
from gui.widgets.text_fit import fit, fit_name
from gui.widgets.tooltip import Tooltip
from net.protocol.chat.filenames import offered_name
from net.sockets.commands import CancelFile, PauseFile, ResumeFile, StopRepeat
from net.sockets.events import Closed, FileProgressed, RepeatProgressed

ENDED = frozenset({"finished", "cancelled", "failed"})
SHOWN_AFTER_END_MS = 4000
MOST_SHOWN = 4


class _Job(Struct):
    """``session`` None: of none, and shown with any. ``cancel``: ends one that is neither a repeat nor a sent
    file."""

    session: int | None
    job: int
    name: str
    is_file: bool
    state: str = "sending"
    text: str = ""
    share: float = 0.0
    icon: str = ""
    cancel: Callable[[], object] | None = None


class JobsStrip(ttk.Frame):
    """At most MOST_SHOWN lines, of the shown session; a finished file stays a few seconds, a failed one until
    it is closed."""

    def __init__(self, master: tk.Misc, services: Services) -> None:
        super().__init__(master, style="In.TFrame")
        self._services = services
        self._jobs: dict[int, _Job] = {}
        self._lines: dict[int, _JobLine] = {}
        self._session: int | None = None
        follow_language(self, self._set_words)

    def begin_repeat(self, session: int, job: int, text: str) -> None:
        self._jobs[job] = _Job(session, job, " ".join(text.split())[:60], False)
        self._show()

    def begin_file(self, session: int, job: int, path: Path) -> None:
        self._jobs[job] = _Job(session, job, offered_name(path.name), True)
        self._show()

    def begin_work(self, job: int, name: str, icon: str, cancel: Callable[[], object]) -> None:
        """Show a job of any other kind until `end`."""
        self._jobs[job] = _Job(None, job, name, False, icon=icon, cancel=cancel)
        self._show()

    def advance(self, job: int, text: str, share: float) -> None:
        """Show how far a job of `begin_work` is: in words, and as a share of the whole."""
        known = self._jobs.get(job)
        if known is not None:
            known.text, known.share = text, share
            self._refresh(job)

    def end(self, job: int) -> None:
        """Show the job no longer. Idempotent."""
        if self._jobs.pop(job, None) is not None:
            self._show()

    def __contains__(self, job: object) -> bool:
        return job in self._jobs

    def show(self, session: int | None) -> None:
        if session != self._session:
            self._session = session
            self._show()

    def _set_words(self) -> None:
        for line in self._lines.values():
            line.show()

    def takers(self) -> Takers:
        """Event type -> the method that handles it."""
        return {
            FileProgressed: self._file_progressed,
            RepeatProgressed: self._repeat_progressed,
            Closed: self._session_closed,
        }

    def running(self) -> list[str]:
        """The text of each line, for tests."""
        return [f"{line.job.name} {line.job.text}" for line in self._lines.values()]

    def press(self, job: int, name: str) -> None:
        """Press the button of this name ("pause", "stop") on a line."""
        known = self._jobs.get(job)
        if known is None:
            return
        if known.cancel is not None:
            known.cancel()
        elif known.session is None:
            self.end(job)
        elif not known.is_file:
            self._services.submit(StopRepeat(known.session, job))
        elif name == "pause":
            paused = known.state == "paused"
            command = ResumeFile if paused else PauseFile
            self._services.submit(command(known.session, job))
        elif known.state in ENDED:
            self.end(job)
        else:
            self._services.submit(CancelFile(known.session, job))

    def _file_progressed(self, event: FileProgressed) -> None:
        job = self._jobs.get(event.job)
        if job is None:
            return
        job.state = event.state
        job.share = event.sent / event.size if event.size else 1.0
        texts = {
            "paused": _("paused at {sent} of {size}"),
            "finished": _("sent, {size}"),
            "cancelled": _("cancelled at {sent} of {size}"),
        }
        text = texts.get(event.state, _("{sent} of {size} · {rate}"))
        job.text = text.format(
            sent=wording.size_text(event.sent),
            size=wording.size_text(event.size),
            rate=wording.rate_text(event.rate),
        )
        if event.state == "failed" and event.fault is not None:
            job.text = wording.fault_text(event.fault)
        if event.state in ("finished", "cancelled"):
            self.after(SHOWN_AFTER_END_MS, self.end, event.job)
        self._refresh(event.job)

    def _session_closed(self, event: Closed) -> None:
        for job in [j for j in self._jobs.values() if j.session == event.session and not j.is_file]:
            self.end(job.job)

    def _repeat_progressed(self, event: RepeatProgressed) -> None:
        job = self._jobs.get(event.job)
        if job is None:
            return
        sent = wording.count_text(event.sent)
        if event.count is None:
            job.text = _("sent {sent} times").format(sent=sent)
        else:
            job.text = _("sent {sent} of {count}").format(sent=sent, count=wording.count_text(event.count))
            job.share = event.sent / event.count if event.count else 1.0
        if event.finished:
            job.state = "finished"
            self.after(SHOWN_AFTER_END_MS, self.end, event.job)
        self._refresh(event.job)

    def _refresh(self, job: int) -> None:
        line = self._lines.get(job)
        if line is not None:
            line.show()

    def _show(self) -> None:
        shown = [job for job in self._jobs.values() if job.session in (None, self._session)][-MOST_SHOWN:]
        for line in self._lines.values():
            line.destroy()
        self._lines = {}
        for job in shown:
            line = _JobLine(self, job)
            line.pack(fill="x", pady=(S(4), 0))
            self._lines[job.job] = line
        if not shown:
            # a frame without children keeps its height
            self.configure(height=1)


class _JobLine(ttk.Frame):
    """One job: its icon and name, its progress, pause and stop."""

    def __init__(self, strip: JobsStrip, job: _Job) -> None:
        super().__init__(strip, style="Tile.TFrame", padding=(S(10), S(4)))
        self.job = job
        self._image: Any = None
        self._sign = ttk.Label(self, style="SoftS.TLabel")
        self._sign.pack(side="left", padx=(0, S(8)))
        # Pictures of their own: an icon of ttkbootstrap is one more style, and after each new one all icons
        # of the window are made again (100 ms).
        self._stop = ttk.Button(self, style="Soft.Icon.TButton", command=lambda: strip.press(job.job, "stop"))
        self._stop.pack(side="right")
        self._stop_tip = Tooltip(self._stop, "")
        self._pause = ttk.Button(
            self, style="Soft.Icon.TButton", command=lambda: strip.press(job.job, "pause")
        )
        self._pause_tip = Tooltip(self._pause, "")
        self._images: list[Any] = []
        self._words = ttk.Frame(self, style="Soft.TFrame")
        self._words.pack(side="left", fill="x", expand=True)
        self._text = ttk.Label(self._words, style="SoftS.TLabel", anchor="w")
        self._text.pack(fill="x")
        self._bar = tk.Canvas(self._words, height=S(4), width=S(60), bd=0, highlightthickness=0)
        self._bar.pack(fill="x", pady=(S(2), 0))
        self._bar.bind("<Configure>", lambda _e: self.show())
        look().watch(self, self.show)
        self.show()

    def show(self) -> None:
        p, job = look().palette, self.job
        failed, ended = job.state == "failed", job.state in ENDED
        name = job.icon or ("file-earmark-arrow-up" if job.is_file else "arrow-repeat")
        self._image = look().icon(name, 15, p.err if failed else p.ok if ended else p.acc)
        self._sign.configure(image=str(self._image))
        images = [look().icon("x-lg", 12, p.mute)]
        images.append(look().icon("play-fill" if job.state == "paused" else "pause-fill", 14, p.mute))
        for button, image in zip((self._stop, self._pause), images, strict=True):
            button.configure(image=str(image))
        self._images = images
        width = max(S(60), self._words.winfo_width())
        font, about = look().font(9), f"   {job.text}"
        # What kind of file goes out is seen, however long its name.
        name = fit_name(font, job.name, max(width // 3, width - font.measure(about)))
        self._text.configure(text=fit(font, name + about, width), foreground=p.err if failed else p.mute)
        self._bar.configure(background=p.soft)
        self._bar.delete("all")
        wide = self._bar.winfo_width()
        high = S(4)
        look().shapes.round_rect(self._bar, (0, 0, wide, high), p.line, high // 2)
        if job.share > 0:
            done = max(high, round(wide * min(1.0, job.share)))
            tone = p.err if failed else p.warn if job.state == "paused" else p.ok if ended else p.acc
            look().shapes.round_rect(self._bar, (0, 0, done, high), tone, high // 2)
        if job.is_file and not ended:
            paused = job.state == "paused"
            self._pause_tip.retext(_("Go on") if paused else _("Pause"))
            if not self._pause.winfo_manager():
                self._pause.pack(side="right", before=self._words)
        else:
            self._pause.pack_forget()
        self._stop_tip.retext(
            _("Close") if ended else _("Cancel") if job.is_file or job.cancel else _("Stop repeating")
        )
