"""The jobs of all sessions: repeated messages and files being sent, by session and job number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from net.events import Fault, FaultKind
from net.loop.outlet import Outlet
from net.sockets.commands import CancelFile, PauseFile, ResumeFile, SendFile, StartRepeat, StopRepeat
from net.sockets.events import FileProgressed, RepeatProgressed
from net.sockets.jobs.file_sending import FileSender
from net.sockets.jobs.repeat import Repeat
from net.sockets.session import Session


class Jobs:
    """NetThread only. A job emits nothing after its session has ended, which `session_ended` reports."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, outlet: Outlet, sessions: Mapping[int, Session]
    ) -> None:
        self._loop = loop
        self._outlet = outlet
        self._sessions = sessions
        self._repeats: dict[tuple[int, int], Repeat] = {}
        self._files: dict[tuple[int, int], FileSender] = {}

    def is_sending(self, session: int) -> bool:
        """Whether a file is being sent through this session."""
        return any(key[0] == session and not job.finished for key, job in self._files.items())

    def start_repeat(self, command: StartRepeat) -> None:
        """If the session is not open, the job's only event reports that."""
        session = self._sessions.get(command.session)
        if session is None:
            self._outlet.put(RepeatProgressed(command.session, command.job, 0, command.count, True))
            return
        self._repeats = {key: job for key, job in self._repeats.items() if not job.finished}
        repeat = Repeat(self._loop, session, command, self._outlet)
        self._repeats[command.session, command.job] = repeat
        repeat.start()

    def stop_repeat(self, command: StopRepeat) -> None:
        repeat = self._repeats.pop((command.session, command.job), None)
        if repeat is not None:
            repeat.stop()

    def send_file(self, command: SendFile) -> None:
        """If the session is not open, the job's only event reports that."""
        session = self._sessions.get(command.session)
        if session is None:
            failed = FileProgressed(
                session=command.session,
                job=command.job,
                path=command.path,
                sent=0,
                size=0,
                rate=0.0,
                state="failed",
                fault=Fault(FaultKind.NOT_OPEN),
            )
            self._outlet.put(failed)
            return
        self._files = {key: job for key, job in self._files.items() if not job.finished}
        sending = FileSender(self._loop, session, command, self._outlet)
        self._files[command.session, command.job] = sending
        sending.start()

    def pause_file(self, command: PauseFile) -> None:
        sending = self._files.get((command.session, command.job))
        if sending is not None:
            sending.pause()

    def resume_file(self, command: ResumeFile) -> None:
        sending = self._files.get((command.session, command.job))
        if sending is not None:
            sending.resume()

    def cancel_file(self, command: CancelFile) -> None:
        sending = self._files.get((command.session, command.job))
        if sending is not None:
            sending.cancel()

    def session_ended(self, session: int) -> None:
        """End the session's jobs; call it before its last event is put."""
        for key in [key for key in self._repeats if key[0] == session]:
            self._repeats.pop(key).stop()
        for key in [key for key in self._files if key[0] == session]:
            self._files.pop(key).session_ended()

    def stop(self) -> None:
        """End all jobs without finishing them."""
        for key in list(self._repeats):
            self._repeats.pop(key).stop()
        for key in list(self._files):
            self._files.pop(key).cancel()
