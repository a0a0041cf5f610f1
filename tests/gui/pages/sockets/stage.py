"""A Sockets page in a window: with an engine, or with events that a test plays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ttkbootstrap as ttk

from gui.pages.sockets import SocketsPage
from gui.shared.settings import Settings
from net.engine import Engine
from net.events import Event
from net.transcript.commands import KeepTranscripts
from net.transcript.events import Stored
from net.transcript.reader import TranscriptReader
from net.transcript.recorder import Recorder
from tests.gui.pages.page_stage import PageStage
from tests.waiting import PATIENCE_SECONDS, wait_until

NOTHING_STORED = Stored({})


def visible_text(page: SocketsPage) -> str:
    """The visible rows of the conversation, one per line."""
    shown: Any = page.chat.conversation.current
    rows = [shown.row(index) for index in shown.visible]
    return "\n".join(shown.text_of(row) for row in rows if row is not None)


class Stage(PageStage):
    """`play` delivers events as an engine would; the transcript is real (none with ``keep`` False)."""

    def __init__(
        self,
        app: ttk.App,
        folder: Path,
        settings: Settings | None = None,
        keep: bool = True,
        urls: tuple[str, ...] = (),
    ) -> None:
        super().__init__(app, folder, settings or Settings(), "sockets", urls)
        self._start(keep)
        self.page: SocketsPage = SocketsPage(self.root, self.services)
        self.show_page()

    # The played engine; `Live` has a real one

    def _start(self, keep: bool) -> None:
        self._reported: list[Event] = []
        self._sessions, self._jobs = itertools.count(1), itertools.count(1)
        self.kept = keep
        path = self.folder / "transcript.sqlite" if keep else None
        self.recorder = Recorder(path, None, None, self._reported.extend)

    def new_session(self) -> int:
        return next(self._sessions)

    def new_job(self) -> int:
        return next(self._jobs)

    def reader(self) -> TranscriptReader | None:
        return self.recorder.reader()

    def play(self, *events: Event) -> None:
        """Record these events, and show them once the transcript has them."""
        self.recorder.put(tuple(events))
        self.dispatch.deliver(events)
        if self.kept:
            # Done, and reported, once everything put before is stored and reported.
            self.recorder.keep(KeepTranscripts(None))
            wait_until(
                lambda: NOTHING_STORED in self._reported, root=self.app, what="what happened is stored"
            )
            self._reported.remove(NOTHING_STORED)
        self.pump()
        self.app.update()

    def pump(self) -> None:
        """Deliver the events reported meanwhile, as the window does every frame."""
        reported: Sequence[Event] = tuple(self._reported)
        del self._reported[: len(reported)]
        if reported:
            self.dispatch.deliver(reported)

    def visible_text(self) -> str:
        return visible_text(self.page)

    def end(self) -> None:
        self.recorder.stop()
        assert self.recorder.join(PATIENCE_SECONDS)

    def close(self) -> None:
        self.end()
        self.root.destroy()
        self.app.update_idletasks()


class Live(Stage):
    """The same page with a real engine."""

    def _start(self, keep: bool) -> None:
        self.engine = Engine(
            data_folder=self.folder, transcript=self.folder / "transcript.sqlite" if keep else None
        )

    def submit(self, command: Any) -> None:
        super().submit(command)
        self.engine.submit(command)

    def new_session(self) -> int:
        return self.engine.new_session()

    def new_job(self) -> int:
        return self.engine.new_job()

    def reader(self) -> TranscriptReader | None:
        return self.engine.reader()

    def pump(self) -> None:
        self.pump_from(self.engine)

    def end(self) -> None:
        self.engine.stop()
        assert self.engine.join(PATIENCE_SECONDS)
