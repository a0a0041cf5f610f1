"""``--headless --page chat``: the chat through a terminal or a pipe, on the same Engine as the window. No
tkinter.

What happens is printed as lines that scripts can read (`gui.terminal.chat_report`, docs/command-line.md);
sentences for people go to standard error. What is typed is a text, or a command that begins with ``/``
(`gui.terminal.chat_commands`).

The end: ``/quit``, an interrupt, or the end of standard input once all that was sent is delivered and no
file is under way. What could not be delivered waits in the outbox for the next start. Standard input that
never held anything ends nothing: the program then serves until it is interrupted. With ``--wait`` the time
since the last message decides instead of the end of standard input."""

from __future__ import annotations

import getpass
import io
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from gui.shared.chat_wording import start_fault_text
from gui.shared.dispatch import Dispatch
from gui.shared.i18n import _
from gui.terminal.chat_commands import LineCommands, LineError, Surroundings, names_files
from gui.terminal.chat_deliveries import Deliveries
from gui.terminal.chat_report import ChatReport
from gui.terminal.chat_roster import UNDER_WAY, Roster
from gui.terminal.exit_codes import EXIT_FAULT, EXIT_IN_USE, EXIT_TIMED_OUT, Outcome
from gui.terminal.following import follow_events, running_engine
from gui.terminal.message_wait import MessageWait
from gui.terminal.output import Output
from gui.terminal.signals import NotedSignal
from gui.terminal.standard_input import StandardInput, decoded
from net.chat.commands import MarkDisplayed, StartChat, StopChat
from net.chat.events import ChatFailed, ChatStarted
from net.chat.ids import new_id
from net.engine import Engine
from net.events import Event, FaultKind

ENDING_SECONDS = 10.0
"""How long, once standard input has ended, it is waited without anything being delivered."""
STOP_SECONDS = 15.0


class Ending:
    """Whether the program is being ended, for both threads: under ``changed``."""

    def __init__(self, engine: Engine, changed: threading.Condition) -> None:
        self.begun = False
        self._engine = engine
        self._changed = changed

    def quit(self) -> None:
        with self._changed:
            if not self.begun:
                self.begun = True
                self._engine.stop()
            self._changed.notify_all()

    def wait(self, condition: Callable[[], object], seconds: float) -> bool:
        """Whether ``condition`` came true in time, or the end did; it is asked after each batch of events."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: self.begun or condition(), seconds))


class TypedLines:
    """What is typed, one line after the other, as commands. ``running``: whether one is being carried out; it
    may wait for somebody to appear."""

    def __init__(self, commands: LineCommands, ending: Ending, output: Output, outcome: Outcome) -> None:
        self._commands = commands
        self._ending = ending
        self._output = output
        self._outcome = outcome
        self._rest = b""
        self.running = False

    def take(self, data: bytes) -> None:
        """More of standard input; b"": its end, which ends the last line too."""
        *typed, self._rest = (self._rest + data).split(b"\n") if data else (self._rest, b"")
        self.running = bool(typed)
        for line in typed:
            if not self._ending.begun:
                self._run(decoded(line, "surrogateescape" if names_files(line) else "replace"))
        self.running = False

    def _run(self, line: str) -> None:
        try:
            self._commands.run(line)
            self._output.flush()
        except LineError as error:
            self._output.note(str(error))
            self._outcome.fail()


class ChatTerminal:
    """Composes the parts, which share one lock, and knows when it is over."""

    def __init__(
        self,
        engine: Engine,
        start: StartChat,
        noted: NotedSignal,
        quiet: bool = False,
        wait: float | None = None,
    ) -> None:
        self._start = start
        changed = threading.Condition()
        self._changed = changed
        self._engine = engine
        self._outcome = Outcome()
        self._output = Output(quiet, self._outcome, changed)
        self._ending = Ending(engine, changed)
        self._roster = Roster()
        self._wait = MessageWait(wait)
        self._deliveries = Deliveries(changed, engine.submit, new_id, self._ending.wait)
        self._report = ChatReport(
            self._roster, self._deliveries, self._output, self._outcome, self._wait.message
        )
        surroundings = Surroundings(
            roster=self._roster,
            submit=engine.submit,
            new_id=new_id,
            new_job=engine.new_job,
            say=self._deliveries.say,
            offer=self._deliveries.offer,
            show=self._output.show,
            note=self._output.note,
            wait=self._ending.wait,
            history=engine.history_reader,
            begin_anew=self._begin_anew,
            quit=self._ending.quit,
        )
        self._typed = TypedLines(LineCommands(surroundings), self._ending, self._output, self._outcome)
        self._input = StandardInput(self._take_typed)
        self._dispatch = Dispatch()
        self._dispatch.watch(self._report.takers, {ChatStarted: self._started, ChatFailed: self._failed})
        self._signal = noted

    def run(self) -> int:
        """Chat until the end, and return the exit code."""
        self._engine.submit(self._start)
        follow_events(self._engine, self._take, self._end_if_over, self._output, self._ending.quit)
        return self._outcome.exit_code

    def _take(self, events: Sequence[Event]) -> None:
        with self._changed:
            self._dispatch.deliver(events)
            self._mark_displayed()
            self._changed.notify_all()

    def _take_typed(self, data: bytes) -> None:
        self._typed.take(data)
        self._deliveries.progress()  # what waits for delivery at the end of input has its time from here

    def _started(self, event: ChatStarted) -> None:
        again = self._roster.me is not None
        self._report.started(event)
        if not again:
            self._wait.begin()
            self._input.start()

    def _begin_anew(self) -> None:
        self._engine.submit(StopChat())
        self._engine.submit(replace(self._start, new_identity=True))

    def _failed(self, event: ChatFailed) -> None:
        in_use = event.fault.kind in (FaultKind.PROFILE_IN_USE, FaultKind.ADDRESS_IN_USE)
        self._outcome.fail(EXIT_IN_USE if in_use else EXIT_FAULT)
        self._output.note(start_fault_text(event.fault))
        if event.fault.kind is FaultKind.IDENTITY_DAMAGED:
            self._output.note(
                _(
                    "Put a copy of the file in its place, or begin with a new identity: --new-identity. The"
                    " damaged file is then kept beside it."
                )
            )
        self._ending.quit()

    def _mark_displayed(self) -> None:
        """Printed is displayed."""
        for conversation, position in self._report.displayed.items():
            self._engine.submit(MarkDisplayed(conversation, position))
        self._report.displayed.clear()

    def _end_if_over(self) -> None:
        if self._ending.begun:
            return
        if self._signal.ends(self._outcome):
            self._ending.quit()
        elif self._wait.asked:
            if self._wait.over and not self._typed.running:
                self._end_in_time()
        elif self._input.over:
            self._end_if_delivered()

    def _end_in_time(self) -> None:
        if self._deliveries.pending:
            self._give_up_delivering()
        self._ending.quit()

    def _end_if_delivered(self) -> None:
        under_way = any(one.stage in UNDER_WAY for one in self._roster.transfers.values())
        if not (under_way or self._deliveries.pending):
            self._ending.quit()
        elif time.monotonic() > self._deliveries.last_progress + ENDING_SECONDS:
            self._give_up_delivering()
            self._ending.quit()

    def _give_up_delivering(self) -> None:
        self._output.note(_("Not everything was delivered: it waits for the next start."))
        self._outcome.fail(EXIT_TIMED_OUT)


def run_chat_terminal(
    *,
    profile: Path,
    downloads: Path,
    name: str = "",
    quiet: bool = False,
    wait: float | None = None,
    new_identity: bool = False,
) -> int:
    """Run ``--headless --page chat`` and return the exit code, as docs/command-line.md lists them.

    ``profile``: where identity and history are kept; ``downloads``: where files go that are accepted without
    a folder; ``name`` "": the system's name for the user; ``wait``: seconds after the last message at which
    it ends, see `MessageWait`; ``new_identity``: as somebody new, the old identity is set aside."""
    for stream in (sys.stdin, sys.stdout):
        # A robot at the other end of a pipe speaks UTF-8, whatever the system does; a terminal shows its own.
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")
    start = StartChat(profile, downloads, name or getpass.getuser(), new_identity=new_identity)
    with running_engine(Engine, STOP_SECONDS) as (engine, noted):
        return ChatTerminal(engine, start, noted, quiet, wait).run()
