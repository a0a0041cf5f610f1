"""`Engine`: NetThread with every session on it; commands in, batches of events out.

Stop: openings are cancelled, listeners close, connections get CLOSE_GRACE seconds for what is still to be
sent, executors finish, the transcript commits, and `EngineStopped` is the last event.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from net.events import EngineStopped, Event, Exported, Fault, FaultKind
from net.faults import fault_from_ours
from net.loop.netthread import NetThread
from net.loop.outlet import EventQueue
from net.sockets.address_watch import AddressWatch
from net.sockets.commands import (
    Abort,
    CancelFile,
    ClearTranscript,
    Close,
    Command,
    Export,
    JoinGroup,
    KeepTranscripts,
    LeaveGroup,
    PauseFile,
    ResumeFile,
    Send,
    SendFile,
    SetFraming,
    SetReplyRules,
    ShutdownWrite,
    StartRepeat,
    StopRepeat,
    TcpConnect,
    TcpListen,
    UdpOpen,
    WatchKernel,
)
from net.sockets.events import CloseReason, FileProgressed, RepeatProgressed, Role
from net.sockets.jobs.file_sending import FileSending
from net.sockets.jobs.repeat import Repeat
from net.sockets.network import Network
from net.sockets.session import Session
from net.sockets.socket_options import raise_file_limit
from net.sockets.tcp.connecting import Connecting
from net.sockets.tcp.connection import Connection
from net.sockets.tcp.listener import Listener
from net.sockets.udp.endpoint import Endpoint
from net.sockets.udp.opening import role_of
from net.transcript.reader import TranscriptReader
from net.transcript.recorder import Recorder

if TYPE_CHECKING:
    from net.chat.commands import ChatCommand
    from net.chat.core import ChatCore
    from net.chat.history import HistoryReader

CLOSE_GRACE = 2.0
"""Seconds that sessions get at `Engine.stop` to send what they have; then they are reset."""

ABORT_GRACE = 1.0
"""Seconds for the rest to end after that."""

logger = logging.getLogger("duplex.net")
T = TypeVar("T")


def _role_of(command: TcpListen | TcpConnect | UdpOpen) -> Role:
    if isinstance(command, UdpOpen):
        return role_of(command)
    return Role.SERVER if isinstance(command, TcpListen) else Role.CLIENT


class Engine:
    """Runs from construction on. `submit`, `new_session`, `new_job` and `stop` are for any thread; ``events``
    is for one consumer.

    ``transcript``: the sqlite file, None for no store at all; ``json_lines``: where to stream JSON lines;
    ``data_folder``: where a generated TLS certificate is kept, None for a new one each time.
    """

    def __init__(
        self,
        *,
        data_folder: Path | None = None,
        transcript: Path | None = None,
        json_lines: Path | None = None,
        keep_days: int | None = None,
    ) -> None:
        raise_file_limit()
        self.events = EventQueue()
        self._recorder: Recorder | None = None
        if transcript is not None or json_lines is not None:
            self._recorder = Recorder(transcript, json_lines, keep_days, self._tell)
        highest = self._recorder.highest_session() if self._recorder is not None else 0
        self._session_ids = itertools.count(highest + 1)
        self._job_ids = itertools.count(1)
        self._stop_lock = threading.Lock()
        self._stop_asked = False
        self._stopping = False
        self._thread = NetThread(self.events, self._run_command)
        loop = self._thread.loop
        self._thread.outlet.recorder = self._recorder
        loop.set_exception_handler(self._on_broken_callback)
        self._executor = ThreadPoolExecutor(4, "NetWork")
        loop.set_default_executor(self._executor)
        self._network = Network(
            loop, self._thread.outlet, self.new_session, self._on_session_end, data_folder
        )
        self._network.busy = self._is_sending
        self._addresses = AddressWatch(self._network)
        self._sessions = self._network.sessions
        self._repeats: dict[tuple[int, int], Repeat] = {}
        self._files: dict[tuple[int, int], FileSending] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over: asyncio.Future[None] = loop.create_future()
        self._routes: dict[type, Callable[[Any], None]] = {
            TcpListen: self._listen,
            TcpConnect: self._connect,
            UdpOpen: self._open_endpoint,
            Send: self._send,
            Close: self._close,
            Abort: self._abort,
            ShutdownWrite: self._shutdown_write,
            SetFraming: self._set_framing,
            SetReplyRules: self._set_reply_rules,
            JoinGroup: self._join_group,
            LeaveGroup: self._leave_group,
            WatchKernel: self._watch_kernel,
            StartRepeat: self._start_repeat,
            StopRepeat: self._stop_repeat,
            SendFile: self._send_file,
            PauseFile: self._steer_file,
            ResumeFile: self._steer_file,
            CancelFile: self._steer_file,
            Export: self._record,
            ClearTranscript: self._record,
            KeepTranscripts: self._record,
        }
        self._chat: ChatCore | None = None
        self._thread.start(self._main, self._finish)

    def new_session(self) -> int:
        return next(self._session_ids)

    def new_job(self) -> int:
        return next(self._job_ids)

    def new_message_id(self) -> str:
        """For a message, a room or a group of transfers: 32 hex digits. Any thread."""
        return secrets.token_hex(16)

    def submit(self, command: Command | ChatCommand) -> None:
        self._thread.submit(cast(Command, command))

    def reader(self) -> TranscriptReader | None:
        """A new reader for the calling thread, None without a transcript."""
        return self._recorder.reader() if self._recorder is not None else None

    def expiring(self, keep_days: int | None) -> int:
        """How many stored sessions `KeepTranscripts` with these days would delete now. Any thread."""
        return self._recorder.expiring(keep_days) if self._recorder is not None else 0

    def history_reader(self) -> HistoryReader | None:
        """A new reader of the chat's history for the calling thread; None before `ChatStarted`."""
        chat = self._chat
        if chat is None or chat.history_path is None:
            return None
        from net.chat.history import HistoryReader

        return HistoryReader(chat.history_path)

    def stop(self) -> None:
        """Begin the end, which `EngineStopped` tells; commands submitted before are run. Idempotent,
        returns at once."""
        with self._stop_lock:
            if self._stop_asked:
                return
            self._stop_asked = True
        self._thread.call(self._begin_stop)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until `EngineStopped` is in ``events``; False when ``timeout`` seconds pass first."""
        return self._thread.join(timeout)

    # -- the thread's life

    async def _main(self) -> None:
        await self._over
        deadline = time.monotonic() + CLOSE_GRACE
        self._close_all()
        if self._chat is not None:
            await self._chat.stop()
        await self._wait_for_sessions(deadline)
        for session in list(self._sessions.values()):
            if isinstance(session, Connection):
                session.abort(CloseReason.ENGINE_STOPPED)
            elif isinstance(session, Listener):
                session.close(CloseReason.ENGINE_STOPPED)
        await self._wait_for_sessions(time.monotonic() + ABORT_GRACE)
        self._network.clock.stop()
        self._addresses.stop()
        own = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not own]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)

    async def _wait_for_sessions(self, deadline: float) -> None:
        while self._sessions and time.monotonic() < deadline:
            await asyncio.sleep(0.01)

    def _begin_stop(self) -> None:
        self._thread.run_commands()
        self._stopping = True
        if not self._over.done():
            self._over.set_result(None)

    def _close_all(self) -> None:
        for key in list(self._repeats):
            self._repeats.pop(key).stop()
        for key in list(self._files):
            self._files.pop(key).cancel()
        for session in list(self._sessions.values()):
            session.close(CloseReason.ENGINE_STOPPED)

    def _finish(self) -> None:
        """After the loop's end, still on NetThread: nobody but the recorder can tell anything now."""
        self._executor.shutdown(wait=True)
        if self._recorder is not None:
            self._recorder.stop()
            self._recorder.join()
        self.events.put((EngineStopped(),))

    def _tell(self, batch: tuple[Event, ...]) -> None:
        self.events.put(batch)

    def _on_broken_callback(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A callback of ours raised: written to the log, and told where the session is known."""
        error = context.get("exception")
        logger.error("%s", context.get("message"), exc_info=error)
        connection = context.get("protocol")
        if isinstance(connection, Connection) and error is not None:
            self._network.tell_broken(connection.session, error)

    def _run_command(self, command: Command) -> None:
        if self._stopping:
            return
        try:
            # What is not for sockets is the chat's, whose commands are not even imported without need.
            self._routes.get(type(command), self._run_chat)(command)
        except Exception as error:
            logger.exception("%r", type(command).__name__)
            session = getattr(command, "session", None)
            if session:
                self._network.tell_broken(session, error)
            elif type(command) not in self._routes:
                self._tell_chat_broken(command, error)

    def _on_session_end(self, session: int) -> None:
        for key in [key for key in self._repeats if key[0] == session]:
            self._repeats.pop(key).stop()
        for key in [key for key in self._files if key[0] == session]:
            self._files.pop(key).session_ended()
        self._endpoint_ended(session)

    def _endpoint_ended(self, session: int) -> None:
        ended = self._sessions.get(session)
        if isinstance(ended, Endpoint):
            self._network.clock.forget(ended)
            del self._sessions[session]

    def _is_sending(self, session: int) -> bool:
        return any(key[0] == session and not job.finished for key, job in self._files.items())

    # -- commands

    def _run_chat(self, command: ChatCommand) -> None:
        if self._chat is None:
            # Only now: who only uses sockets does not wait for what the chat needs.
            from net.chat.core import ChatCore

            loop = self._network.loop
            self._chat = ChatCore(loop, cast(Any, self._thread.outlet.put), cast(Any, self._tell))
        self._chat.run(command)

    def _tell_chat_broken(self, command: Command | ChatCommand, error: Exception) -> None:
        """The chat could not even be made; what it then fails at it tells itself."""
        from net.chat.commands import StartChat
        from net.chat.events import ChatFailed, ChatFault

        kind = ChatFailed if isinstance(command, StartChat) else ChatFault
        self._thread.outlet.put(cast(Any, kind(fault_from_ours(error))))

    def _find(self, session: int, kind: type[T]) -> T | None:
        """The session where it is one of ``kind``; what else it is, or is no more, is told."""
        found = self._sessions.get(session)
        if isinstance(found, kind):
            return found
        self._network.tell_fault(session, Fault(FaultKind.NOT_OPEN))
        return None

    def _find_any(self, session: int) -> Session | None:
        found = self._sessions.get(session)
        if found is None:
            self._network.tell_fault(session, Fault(FaultKind.NOT_OPEN))
        return found

    def _expect(self, command: TcpListen | TcpConnect | UdpOpen) -> None:
        self._addresses.start()
        if self._recorder is not None:
            plain = "udp" if isinstance(command, UdpOpen) else "tcp"
            transport = "tls" if getattr(command, "tls", None) is not None else plain
            self._recorder.set_codec(command.session, command.codec, transport)
            self._recorder.set_asked(command.session, _role_of(command).value, str(command.address))

    def _listen(self, command: TcpListen) -> None:
        self._expect(command)
        self._sessions[command.session] = Listener(self._network, command)

    def _connect(self, command: TcpConnect) -> None:
        self._expect(command)
        self._sessions[command.session] = Connecting(self._network, command)

    def _open_endpoint(self, command: UdpOpen) -> None:
        self._expect(command)
        endpoint = Endpoint(command, self._network.loop, self._network.outlet, self._on_session_end)
        self._sessions[command.session] = endpoint
        task = self._network.loop.create_task(self._watch_opening(endpoint))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch_opening(self, endpoint: Endpoint) -> None:
        await endpoint.open()
        if endpoint.session in self._sessions:
            self._network.clock.watch(endpoint)

    def _send(self, command: Send) -> None:
        session = self._sessions.get(command.session)
        if session is None:
            self._network.tell_fault(command.session, Fault(FaultKind.NOT_OPEN))
        else:
            session.send(command.messages, command.to, command.origin)

    def _close(self, command: Close) -> None:
        # Closing what is closed already is no mistake: both ends may do it at once.
        session = self._sessions.get(command.session)
        if session is not None:
            session.close()

    def _abort(self, command: Abort) -> None:
        session = self._sessions.get(command.session)
        if isinstance(session, Connection | Connecting | Listener):
            session.abort()
        elif session is not None:
            session.close(CloseReason.ABORTED)

    def _shutdown_write(self, command: ShutdownWrite) -> None:
        session = self._find(command.session, Connection)
        if session is not None:
            session.shutdown_write()

    def _set_framing(self, command: SetFraming) -> None:
        session = self._sessions.get(command.session)
        if isinstance(session, Connection | Listener):
            session.set_framing(command.framing, command.codec)
        else:
            self._network.tell_fault(command.session, Fault(FaultKind.NOT_OPEN))

    def _set_reply_rules(self, command: SetReplyRules) -> None:
        session = self._sessions.get(command.session)
        if isinstance(session, Connection | Listener | Endpoint):
            session.set_reply_rules(command.rules)
        else:
            self._network.tell_fault(command.session, Fault(FaultKind.NOT_OPEN))

    def _join_group(self, command: JoinGroup) -> None:
        endpoint = self._find(command.session, Endpoint)
        if endpoint is not None:
            endpoint.join_group(command.group, command.interface)

    def _leave_group(self, command: LeaveGroup) -> None:
        endpoint = self._find(command.session, Endpoint)
        if endpoint is not None:
            endpoint.leave_group(command.group, command.interface)

    def _watch_kernel(self, command: WatchKernel) -> None:
        connection = self._find(command.session, Connection)
        if connection is not None:
            connection.watch_kernel(command.on)

    def _start_repeat(self, command: StartRepeat) -> None:
        key = (command.session, command.job)
        session = self._find_any(command.session)
        if session is None:
            event = RepeatProgressed(command.session, command.job, 0, command.count, True)
            self._network.outlet.put(event)
            return
        self._repeats = {key: job for key, job in self._repeats.items() if not job.finished}
        repeat = Repeat(self._network.loop, session, command, self._network.outlet)
        self._repeats[key] = repeat
        repeat.start()

    def _stop_repeat(self, command: StopRepeat) -> None:
        repeat = self._repeats.pop((command.session, command.job), None)
        if repeat is not None:
            repeat.stop()

    def _send_file(self, command: SendFile) -> None:
        session = self._find_any(command.session)
        if session is None:
            fault = Fault(FaultKind.NOT_OPEN)
            event = FileProgressed(command.session, command.job, command.path, 0, 0, 0.0, "failed", fault)
            self._network.outlet.put(event)
            return
        self._files = {key: job for key, job in self._files.items() if not job.finished}
        sending = FileSending(self._network.loop, session, command, self._network.outlet)
        self._files[(command.session, command.job)] = sending
        sending.start()

    def _steer_file(self, command: PauseFile | ResumeFile | CancelFile) -> None:
        sending = self._files.get((command.session, command.job))
        if sending is None:
            return
        if isinstance(command, PauseFile):
            sending.pause()
        elif isinstance(command, ResumeFile):
            sending.resume()
        else:
            sending.cancel()

    def _record(self, command: Export | ClearTranscript | KeepTranscripts) -> None:
        if self._recorder is not None:
            # What has been told so far belongs to what is exported.
            self._network.outlet.flush()
            self._recorder.submit(command)
        elif isinstance(command, Export):
            fault = Fault(FaultKind.STORE_FAILED, {"path": "", "detail": ""})
            self._network.outlet.put(Exported(command.job, command.path, 0, fault))
