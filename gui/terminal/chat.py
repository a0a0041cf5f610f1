"""``--headless --page chat``: the chat through a terminal or a pipe, on the same Engine as the window. No
tkinter.

What happens is printed as lines that scripts can read (`gui.terminal.chat_roster`, docs/command-line.md);
sentences for people go to standard error. What is typed is a text, or a command that begins with ``/``
(`gui.terminal.chat_commands`).

The end: ``/quit``, an interrupt, or the end of standard input once all that was sent is delivered and no
file is under way. What could not be delivered waits in the outbox for the next start. Standard input that
never held anything ends nothing: the program then serves until it is interrupted."""

from __future__ import annotations

import getpass
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty

from gui.shared.chat_wording import chat_fault_text, start_fault_text
from gui.shared.i18n import _
from gui.shared.wording import fault_text
from gui.terminal import chat_roster as lines
from gui.terminal.chat_commands import LineCommands, LineError
from gui.terminal.chat_roster import Roster
from gui.terminal.signals import NotedSignal, noting_signals
from gui.terminal.sockets import EXIT_FAULT, EXIT_IN_USE, EXIT_INTERRUPTED, EXIT_OK, EXIT_TIMED_OUT
from net.chat.commands import ChatCommand, MarkDisplayed, OfferFiles, SendText, StartChat
from net.chat.events import (
    ChatFailed,
    ChatFault,
    ChatStarted,
    ConversationChanged,
    Diagnosis,
    DigitsCompared,
    KeyChanged,
    MessageAdded,
    MessageState,
    MessageStateChanged,
    PersonChanged,
    PersonForgotten,
    RoomChanged,
    RoomEnded,
    RoomMembers,
    SearchFound,
    TransferChanged,
    TransferStage,
    UpdateNeeded,
)
from net.chat.history import HistoryReader
from net.engine import Engine
from net.events import EngineStopped, FaultKind, StoreFaulted

READ_SIZE = 64 * 1024
UNSTORED = 500
"""Texts that may be on their way to the disk: more waits in the pipe, not in memory."""

ENDING_SECONDS = 10.0
"""How long, once standard input has ended, it is waited without anything being delivered."""

PROGRESS_SECONDS = 1.0
"""Seconds between two lines about a file that goes on."""

STOP_SECONDS = 15.0
_TICK = 0.25
_ARRIVED = (MessageState.DELIVERED, MessageState.DISPLAYED, MessageState.REFUSED)


class ChatTerminal:
    """Prints what happens, runs what is typed, and knows when it is over. ``roster`` and the counts are
    shared between the thread that takes events and the one that reads standard input, under one lock."""

    def __init__(self, engine: Engine, quiet: bool = False) -> None:
        self.roster = Roster()
        self.exit_code = EXIT_OK
        self._engine = engine
        self._quiet = quiet
        self._changed = threading.Condition()
        self._commands = LineCommands(self)
        self._undelivered: set[str] = set()
        self._unstored: set[str] = set()
        self._offered: set[str] = set()
        self._positions: dict[str, int] = {}
        self._printed: dict[str, str] = {}
        self._told: dict[str, tuple[TransferStage, float]] = {}
        self._input_seen = self._input_ended = False
        self._last_progress = 0.0
        self._stopping = False
        self._signal = NotedSignal()

    def run(self, start: StartChat) -> int:
        """Chat until the end, and return the exit code."""
        self._engine.submit(start)
        with noting_signals(self._signal):
            self._listen_to_events()
        return self.exit_code

    # -- the end

    def quit(self) -> None:
        with self._changed:
            if not self._stopping:
                self._stopping = True
                self._engine.stop()
            self._changed.notify_all()

    def _end_if_over(self) -> None:
        if self._signal.number and not self._stopping:
            self.exit_code = EXIT_INTERRUPTED if self._signal.number == signal.SIGINT else self.exit_code
            self.quit()
        if self._stopping or not (self._input_ended and self._input_seen):
            return
        under_way = any(one.stage in lines.UNDER_WAY for one in self.roster.transfers.values())
        if not (under_way or self._undelivered or self._offered):
            self.quit()
        elif time.monotonic() > self._last_progress + ENDING_SECONDS:
            self.note(_("Not everything was delivered: it waits for the next start."))
            self.exit_code = self.exit_code or EXIT_TIMED_OUT
            self.quit()

    # -- what happens

    def _listen_to_events(self) -> None:
        while True:
            try:
                batch = self._engine.events.get(timeout=_TICK)
            except Empty:
                batch = ()
            try:
                with self._changed:
                    for event in batch:
                        if isinstance(event, EngineStopped):
                            sys.stdout.flush()
                            return
                        take = _TAKE.get(type(event))
                        if take is not None:
                            take(self, event)
                    self._mark_displayed()
                    self._changed.notify_all()
                sys.stdout.flush()
            except BrokenPipeError:
                # Whoever read our output has gone, as `head` does: that is no fault.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self.quit()
            self._end_if_over()

    def _started(self, event: ChatStarted) -> None:
        self.roster.me = event
        self.show(f"started {lines.short(event.identity)} {event.port} {lines.one_line(event.name)}")
        self.show(f"link {event.link}")
        threading.Thread(target=self._read_input, name="StandardInput", daemon=True).start()

    def _failed(self, event: ChatFailed) -> None:
        in_use = event.fault.params.get("detail") == "in use" or event.fault.kind is FaultKind.ADDRESS_IN_USE
        self.exit_code = EXIT_IN_USE if in_use else EXIT_FAULT
        self.note(start_fault_text(event.fault))
        self.quit()

    def _person(self, event: PersonChanged) -> None:
        person = event.person
        self.roster.people[person.identity] = person
        self._show_once(person.identity, lines.person_line(person))

    def _forgotten(self, event: PersonForgotten) -> None:
        if self.roster.people.pop(event.identity, None) is not None:
            self._printed.pop(event.identity, None)
            self.show(f"gone {lines.short(event.identity)}")

    def _key_changed(self, event: KeyChanged) -> None:
        ids = f"{lines.short(event.identity)} {lines.short(event.known)}"
        self.show(f"key-changed {ids} {lines.one_line(event.name)}")
        sentence = _(
            "Somebody calls themselves {name}, but with another key. If that is right: /trust {identity}"
        )
        self.note(sentence.format(name=event.name, identity=lines.short(event.identity)))

    def _compared(self, event: DigitsCompared) -> None:
        self.show(f"compared {lines.short(event.identity)} {lines.yes_no(event.same)}")

    def _update(self, event: UpdateNeeded) -> None:
        whose = "ours" if event.ours else "theirs"
        self.show(f"update {lines.short(event.identity)} {whose} {lines.one_line(event.name)}")

    def _message(self, event: MessageAdded) -> None:
        self.show(lines.message_line(event))
        if event.proof in lines.DOUBTFUL:
            self.show(lines.proof_line(event.conversation, event.message, event.proof))
        if event.incoming:
            self._positions[event.conversation] = event.position
        self._unstored.discard(event.message)

    def _mark_displayed(self) -> None:
        """Printed is displayed."""
        for conversation, position in self._positions.items():
            self._engine.submit(MarkDisplayed(conversation, position))
        self._positions.clear()

    def _counted(self, event: ConversationChanged) -> None:
        if event.count == 0:
            self.show(f"emptied {lines.short_conversation(event.conversation)}")

    def _state(self, event: MessageStateChanged) -> None:
        where = lines.short_conversation(event.conversation)
        state = f"{event.state.value} {event.path or lines.NOTHING}"
        self.show(f"state {where} {lines.short(event.message)} {state}")
        if event.state in _ARRIVED:
            self._undelivered.discard(event.message)
            self._last_progress = time.monotonic()

    def _transfer(self, event: TransferChanged) -> None:
        self.roster.transfers[event.transfer] = event
        self._offered.discard(event.group)
        now = time.monotonic()
        stage, when = self._told.get(event.transfer, (None, 0.0))
        if stage is event.stage and now < when + PROGRESS_SECONDS:
            return
        self._told[event.transfer] = (event.stage, now)
        self._last_progress = now
        number = self.roster.number_of(event.transfer)
        self._show_once(event.transfer, lines.file_line(number, event))

    def _room(self, event: RoomChanged) -> None:
        self.roster.rooms[event.room.room] = event.room
        self._show_once(event.room.room, lines.room_line(event.room))

    def _room_ended(self, event: RoomEnded) -> None:
        room = self.roster.rooms.pop(event.room, None)
        self.roster.refusals += event.reason.startswith("refused")
        self._printed.pop(event.room, None)
        name = lines.one_line(room.name) if room is not None else lines.NOTHING
        self.show(f"room-ended {lines.short(event.room)} {event.reason} {name}")

    def _members(self, event: RoomMembers) -> None:
        for member in event.members:
            self.show(lines.member_line(event.room, member))
        self.show(f"members {lines.short(event.room)} {len(event.members)}")

    def _diagnosed(self, event: Diagnosis) -> None:
        if event.finished:
            for kind, params in event.findings:
                fields = (f"{key}={lines.one_line(value).replace(' ', '_')}" for key, value in params.items())
                self.show(" ".join(["finding", kind, *fields]))
            self.show(f"findings {len(event.findings)}")

    def _found(self, event: SearchFound) -> None:
        for conversation, message, position, snippet, when in event.hits:
            where = f"{lines.short_conversation(conversation)} {lines.short(message)}"
            self.show(f"hit {where} {position} {when // 1_000_000} {lines.one_line(snippet)}")
        if event.finished:
            self.show(f"hits {len(event.hits)}")

    def _fault(self, event: ChatFault) -> None:
        reason = event.details.get("reason", "") or event.fault.kind.value
        conversation = lines.short_conversation(event.conversation) or lines.NOTHING
        self.show(f"fault {reason} {conversation} {lines.short(event.identity)}")
        self.note(chat_fault_text(event, self.roster.name_of(event.identity)))
        self._offered.clear()
        self.exit_code = self.exit_code or EXIT_FAULT

    def _store_faulted(self, event: StoreFaulted) -> None:
        self.show(f"store {event.fault.kind.value if event.fault is not None else 'ok'}")
        if event.fault is not None:
            self.note(fault_text(event.fault))

    # -- what is printed

    def show(self, line: str) -> None:
        with self._changed:
            print(line)

    def _show_once(self, id: str, line: str) -> None:
        if self._printed.get(id) != line:
            self._printed[id] = line
            self.show(line)

    def note(self, text: str) -> None:
        if not self._quiet:
            for line in text.splitlines():
                print(f"* {line}", file=sys.stderr, flush=True)

    # -- what is typed

    def _read_input(self) -> None:
        """On a thread of its own: it can't be waited for together with a queue on every system."""
        rest = b""
        while True:
            # Not through sys.stdin: a thread that waits in it makes the interpreter's end fail.
            try:
                data = os.read(sys.stdin.fileno(), READ_SIZE)
            except (OSError, ValueError):
                data = b""
            self._input_seen = self._input_seen or bool(data)
            *typed, rest = (rest + data).split(b"\n") if data else (rest, b"")
            for line in typed:
                self._run_line(line.decode(sys.stdin.encoding or "utf-8", "replace").rstrip("\r"))
            if not data:
                break
        self._last_progress = time.monotonic()
        self._input_ended = True

    def _run_line(self, line: str) -> None:
        if self._stopping:
            return
        try:
            self._commands.run(line)
            sys.stdout.flush()
        except LineError as error:
            self.note(str(error))
            self.exit_code = self.exit_code or EXIT_FAULT
        except BrokenPipeError:
            self.quit()

    def submit(self, command: ChatCommand) -> None:
        self._engine.submit(command)

    def new_id(self) -> str:
        return self._engine.new_message_id()

    def new_job(self) -> int:
        return self._engine.new_job()

    def say(self, conversation: str, text: str) -> None:
        message = self.new_id()
        self.wait(lambda: len(self._unstored) < UNSTORED, STOP_SECONDS)
        with self._changed:
            self._unstored.add(message)
            self._undelivered.add(message)
        self.submit(SendText(conversation, message, text))

    def offer(self, conversation: str, paths: list[Path]) -> None:
        group = self.new_id()
        with self._changed:
            self._offered.add(group)
        self.submit(OfferFiles(conversation, group, paths))

    def wait(self, condition: Callable[[], object], seconds: float) -> bool:
        """Whether ``condition`` came true in time; it is asked after each batch of events."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: self._stopping or condition(), seconds))

    def history(self) -> HistoryReader | None:
        return self._engine.history_reader()


_TAKE: dict[type, Callable[..., None]] = {
    ChatStarted: ChatTerminal._started,
    ChatFailed: ChatTerminal._failed,
    PersonChanged: ChatTerminal._person,
    PersonForgotten: ChatTerminal._forgotten,
    KeyChanged: ChatTerminal._key_changed,
    DigitsCompared: ChatTerminal._compared,
    UpdateNeeded: ChatTerminal._update,
    MessageAdded: ChatTerminal._message,
    ConversationChanged: ChatTerminal._counted,
    MessageStateChanged: ChatTerminal._state,
    TransferChanged: ChatTerminal._transfer,
    RoomChanged: ChatTerminal._room,
    RoomEnded: ChatTerminal._room_ended,
    RoomMembers: ChatTerminal._members,
    Diagnosis: ChatTerminal._diagnosed,
    SearchFound: ChatTerminal._found,
    ChatFault: ChatTerminal._fault,
    StoreFaulted: ChatTerminal._store_faulted,
}


def run_chat_terminal(*, profile: Path, downloads: Path, name: str = "", quiet: bool = False) -> int:
    """Run ``--headless --page chat`` and return the exit code, as docs/command-line.md lists them.

    ``profile``: where identity and history are kept; ``downloads``: where files go that are accepted without
    a folder; ``name`` "": the system's name for the user."""
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    engine = Engine()
    try:
        return ChatTerminal(engine, quiet).run(StartChat(profile, downloads, name or getpass.getuser()))
    finally:
        engine.stop()
        engine.join(STOP_SECONDS)
