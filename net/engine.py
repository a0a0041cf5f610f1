"""`Engine`: the life of NetThread. Commands go in, batches of events come out; the wings do the work.

A command is looked up once, by its type, in a table that the wings fill with their routes
(`net.wing.Wing.routes`). The wings of the chat and of the lessons are built with their first command, so that
using only sockets does not cost the time of their imports.

Stop: all wings stop at the same time (openings are cancelled, listeners close, connections get some seconds
to send what is queued, the chat says goodbye), then the transcript commits, and `EngineStopped` is the last
event.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from net.events import EngineStopped
from net.faults import fault_from_ours
from net.loop.netthread import NetThread
from net.loop.outlet import EventQueue
from net.sockets.core import Sockets
from net.transcript.core import Transcript
from net.transcript.reader import TranscriptReader
from net.transcript.recorder import open_recorder
from net.wing import LateWing, Wing

if TYPE_CHECKING:
    from net.chat.commands import ChatCommand
    from net.chat.core import ChatCore
    from net.chat.history import HistoryReader
    from net.lab.commands import LabCommand
    from net.sockets.commands import SocketsCommand
    from net.transcript.commands import TranscriptCommand

logger = logging.getLogger("duplex.net")


class Engine:
    """Runs from construction on. `submit`, `new_session`, `new_job` and `stop` may be called from any thread;
    ``events`` has one consumer.

    ``transcript``: the sqlite file, None for no store at all; ``json_lines``: where to stream JSON lines;
    ``keep_days``: as in `KeepTranscripts`; ``data_folder``: where a generated TLS certificate is kept, None
    to generate a new one each time.
    """

    def __init__(
        self,
        *,
        data_folder: Path | None = None,
        transcript: Path | None = None,
        json_lines: Path | None = None,
        keep_days: int | None = None,
    ) -> None:
        self.events = EventQueue()
        recorder = open_recorder(transcript, json_lines, keep_days, self.events.put)
        self._session_ids = itertools.count(1 + (0 if recorder is None else recorder.highest_session()))
        self._job_ids = itertools.count(1)
        self._stop_lock = threading.Lock()
        self._stop_asked = False
        self._stopping = False
        self._thread = NetThread(self.events, self._run_command, recorder)
        loop, outlet = self._thread.loop, self._thread.outlet
        self._over: asyncio.Future[None] = loop.create_future()
        self._executor = ThreadPoolExecutor(4, "NetWork")
        loop.set_default_executor(self._executor)
        loop.set_exception_handler(self._on_broken_callback)
        self._transcript = Transcript(recorder, outlet)
        self._sockets = Sockets(loop, outlet, self.new_session, data_folder, self._transcript.expect)
        self._chat: ChatCore | None = None
        self._late = {
            "net.chat.commands": LateWing(self._build_chat, self._chat_not_built),
            "net.lab.commands": LateWing(self._build_lab, self._lab_not_built),
        }
        self._wings: list[Wing] = []  # that run on the loop; the transcript stops after them
        self._routes: dict[type, tuple[Callable[[Any], object], Callable[[Any, Exception], None]]] = {}
        self._join(self._sockets)
        self._add_routes(self._transcript)
        self._thread.start(self._main, self._finish)

    def new_session(self) -> int:
        """A fresh session id, for an opening command. Any thread."""
        return next(self._session_ids)

    def new_job(self) -> int:
        """A fresh number for a repeat, a file, an export, a run or a task. Any thread."""
        return next(self._job_ids)

    def submit(self, command: SocketsCommand | TranscriptCommand | ChatCommand | LabCommand) -> None:
        """Queue ``command`` for NetThread; returns at once. Ignored after the end. Any thread."""
        self._thread.submit(command)

    def reader(self) -> TranscriptReader | None:
        """A new reader for the calling thread, None without a transcript."""
        return self._transcript.reader()

    def expiring(self, keep_days: int | None) -> int:
        """How many stored sessions `KeepTranscripts` with these days would delete now. Any thread."""
        return self._transcript.expiring(keep_days)

    def history_reader(self) -> HistoryReader | None:
        """A new reader of the chat's history for the calling thread; None before `ChatStarted`."""
        return self._chat.history_reader() if self._chat is not None else None

    def stop(self) -> None:
        """Begin to stop; `EngineStopped` follows when all is done. Commands submitted before are still run.
        Idempotent, returns at once."""
        with self._stop_lock:
            if self._stop_asked:
                return
            self._stop_asked = True
        self._thread.call(self._begin_stop)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until `EngineStopped` is in ``events``; False when ``timeout`` seconds pass first."""
        return self._thread.join(timeout)

    # --- The thread's life ---

    async def _main(self) -> None:
        await self._over
        for result in await asyncio.gather(*(wing.stop() for wing in self._wings), return_exceptions=True):
            if isinstance(result, BaseException):
                logger.error("stopping", exc_info=result)
        own = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not own]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        await self._transcript.stop()

    def _begin_stop(self) -> None:
        self._thread.run_commands()
        self._stopping = True
        if not self._over.done():
            self._over.set_result(None)

    def _finish(self) -> None:
        """After the loop's end, still on NetThread."""
        self._executor.shutdown(wait=True)
        self.events.put((EngineStopped(),))

    def _on_broken_callback(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of ours raised: log it, and report it if the session is known."""
        error = context.get("exception")
        logger.error("%s", context.get("message"), exc_info=error)
        if error is not None:
            self._sockets.callback_failed(context.get("protocol"), error)

    # --- Commands ---

    def _run_command(self, command: object) -> None:
        if self._stopping:
            return
        found = self._routes.get(type(command))
        if found is None:
            self._run_late(command)
            return
        run, failed = found
        try:
            run(command)
        except Exception as error:
            logger.exception("%r", type(command).__name__)
            failed(command, error)

    def _run_late(self, command: object) -> None:
        """Build the wing that runs the command, and run the command."""
        late = self._late.get(type(command).__module__)
        if late is None:
            logger.error("no wing for %r", type(command).__name__)
            return
        try:
            self._join(late.build())
        except Exception as error:
            logger.exception("%r", type(command).__name__)
            late.not_built(command, error)
        else:
            del self._late[type(command).__module__]
            self._run_command(command)

    def _join(self, wing: Wing) -> None:
        self._wings.append(wing)
        self._add_routes(wing)

    def _add_routes(self, wing: Wing) -> None:
        self._routes.update((kind, (run, wing.failed)) for kind, run in wing.routes().items())

    # --- The late arrivals ---

    def _build_chat(self) -> Wing:
        from net.chat.core import ChatCore

        self._chat = ChatCore(self._thread.loop, self._thread.outlet.put, self.events.put)
        return self._chat

    def _chat_not_built(self, command: object, error: Exception) -> None:
        from net.chat.commands import StartChat
        from net.chat.events import ChatFailed, ChatFault

        kind = ChatFailed if isinstance(command, StartChat) else ChatFault
        self._thread.outlet.put(kind(fault_from_ours(error)))

    def _build_lab(self) -> Wing:
        from net.lab.core import Lab

        return Lab(self._thread.loop, self._thread.outlet)

    def _lab_not_built(self, command: object, error: Exception) -> None:
        from net.lab.commands import Knock, RunMany, StartRun, StartTask, TryPreflight
        from net.lab.events import PreflightEnded, RunEnded, TaskEnded

        if isinstance(command, StartRun | RunMany):
            self._thread.outlet.put(RunEnded(command.run, fault_from_ours(error)))
        elif isinstance(command, StartTask | Knock):
            self._thread.outlet.put(TaskEnded(command.task, fault_from_ours(error)))
        elif isinstance(command, TryPreflight):
            self._thread.outlet.put(PreflightEnded(command.preflight, fault_from_ours(error)))
