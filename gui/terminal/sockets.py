"""``--headless``: the same Engine, seen through a terminal or a pipe instead of a window. No tkinter here.

Without ``--quiet`` a line typed is one message, sent without its line end as the composer sends it
(``framing=lines`` sends one); what arrives is printed with its sender; notes go to standard error. With
``--quiet`` it is a pipe like netcat: bytes in are bytes out, both ways, and nothing else is printed.

The end: a client ends with its conversation; at the end of standard input it half-closes and reads on until
the peer closes. A listener or endpoint whose standard input never held anything serves until it is
interrupted; otherwise it ends with the conversations it had."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from gui.shared.i18n import _
from gui.shared.wording import fault_text, reason_text
from gui.terminal.signals import NotedSignal, noting_signals
from net.address import Address
from net.engine import Engine
from net.events import EngineStopped, Event, Fault, FaultKind, StoreFaulted
from net.protocol.codec import CodecError, clean_text, decode_text, encode_text
from net.protocol.framing import FramingKind
from net.sockets.commands import Close, Send, ShutdownWrite, TcpConnect, TcpListen, UdpOpen
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    DatagramsReceived,
    FaultEnded,
    FaultOccurred,
    MessagesReceived,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
    Transport,
)
from net.sockets.open_url import OpenCommand, for_session

EXIT_OK = 0
EXIT_FAULT = 1
EXIT_USE = 2
EXIT_REFUSED = 3
EXIT_TIMED_OUT = 4
EXIT_NOT_FOUND = 5
EXIT_RESET = 6
EXIT_TLS = 7
EXIT_IN_USE = 8
EXIT_INTERRUPTED = 130  # as shells say it of SIGINT

_EXIT_CODES = {
    FaultKind.REFUSED: EXIT_REFUSED,
    FaultKind.TIMED_OUT: EXIT_TIMED_OUT,
    FaultKind.NAME_NOT_FOUND: EXIT_NOT_FOUND,
    FaultKind.NAME_LOOKUP_FAILED: EXIT_NOT_FOUND,
    FaultKind.UNREACHABLE: EXIT_NOT_FOUND,
    FaultKind.RESET: EXIT_RESET,
    FaultKind.TLS_FAILED: EXIT_TLS,
    FaultKind.TLS_NOT_VERIFIED: EXIT_TLS,
    FaultKind.ADDRESS_IN_USE: EXIT_IN_USE,
    FaultKind.PERMISSION: EXIT_IN_USE,
}

READ_SIZE = 64 * 1024
WINDOW = 32 * 1024 * 1024
"""Bytes of standard input that may be under way: more waits in the pipe, not in memory."""

QUIET_AFTER_END = 2.0
"""Seconds an endpoint waits for further answers once standard input has ended."""

_TICK = 0.25  # in which a signal is seen: it ends no wait for events


@dataclass(slots=True)
class _Conversation:
    """One session of the command line, or one accepted connection."""

    command: OpenCommand
    parent: int | None = None
    remote: Address | None = None
    local: Address | None = None
    ready: bool = False
    sent: int = 0  # bytes given to the Engine
    gone: int = 0  # bytes of them that left the send buffer
    last: float = 0.0


@dataclass
class Terminal:
    """Reads standard input, prints what arrives, and knows when it is over."""

    engine: Engine
    quiet: bool = False
    exit_word: str = "exit"
    conversations: dict[int, _Conversation] = field(default_factory=dict)
    exit_code: int = EXIT_OK
    input_ended: bool = False
    input_seen: bool = False
    _room: threading.Condition = field(default_factory=threading.Condition)
    _ended_at: float = 0.0
    _stopping: bool = False
    _signal: NotedSignal = field(default_factory=NotedSignal)

    def run(self, commands: Sequence[OpenCommand]) -> int:
        """Open all, talk until the end, and return the exit code."""
        for command in commands:
            session = self.engine.new_session()
            self.conversations[session] = _Conversation(command)
            self.engine.submit(for_session(command, session))
        threading.Thread(target=self._read_input, name="StandardInput", daemon=True).start()
        with noting_signals(self._signal):
            self._listen_to_events()
        return self.exit_code

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self.engine.stop()
        with self._room:
            self._room.notify_all()

    def _listen_to_events(self) -> None:
        while True:
            try:
                batch = self.engine.events.get(timeout=_TICK)
            except Empty:
                batch = ()
            try:
                for event in batch:
                    if isinstance(event, EngineStopped):
                        return
                    self._take(event)
                sys.stdout.flush()
            except BrokenPipeError:
                # Whoever read our output has gone, as `head` does: nothing is left to do, and that is no
                # fault.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self._stop()
            self._end_if_over()

    def _take(self, event: Event) -> None:
        if isinstance(event, MessagesReceived):
            conversation = self.conversations[event.session]
            if conversation.remote is not None:
                for message in event.messages:
                    self._print(message, conversation, conversation.remote)
            conversation.last = event.time / 1e9
        elif isinstance(event, DatagramsReceived):
            conversation = self.conversations[event.session]
            for message, sender in zip(event.datagrams, event.senders, strict=True):
                conversation.remote = Address.from_socket(sender)
                self._print(message, conversation, conversation.remote)
            conversation.last = event.time / 1e9
            self._ready(conversation)
        elif isinstance(event, CountersChanged):
            conversation = self.conversations[event.session]
            with self._room:
                conversation.gone = event.bytes_sent - event.queued
                self._room.notify_all()
        elif isinstance(event, MessagesSent):
            self.conversations[event.session].last = event.time / 1e9
        elif isinstance(event, Opened):
            self._opened(event)
        elif isinstance(event, OpenFailed):
            self._failed(event.session, event.fault)
        elif isinstance(event, Closed):
            self._closed(event)
        elif isinstance(event, FaultOccurred | StoreFaulted):
            self._faulted(event.fault)
        elif isinstance(event, FaultEnded):
            self._note(_("The address is there again"))

    def _faulted(self, fault: Fault | None) -> None:
        if fault is not None:
            self._note(fault_text(fault))

    def _opened(self, event: Opened) -> None:
        if event.parent is not None:
            parent = self.conversations[event.parent]
            self.conversations[event.session] = _Conversation(parent.command, event.parent)
        conversation = self.conversations[event.session]
        conversation.local, conversation.remote = event.local_address, event.remote_address
        if event.role is Role.SERVER:
            self._note(_("Listening on {address}").format(address=event.local_address))
        elif event.transport is Transport.UDP:
            self._note(_("Bound to {address}").format(address=event.local_address))
            if isinstance(conversation.command, UdpOpen) and (
                conversation.command.peer or conversation.command.group
            ):
                self._ready(conversation)
        else:
            self._note(_("Connected to {address}").format(address=event.remote_address))
            if event.tls is not None:
                self._note(f"{event.tls.version} {event.tls.cipher}")
            self._ready(conversation)
            if self.input_ended and self.input_seen:
                self.engine.submit(ShutdownWrite(event.session))

    def _ready(self, conversation: _Conversation) -> None:
        with self._room:
            conversation.ready = True
            self._room.notify_all()

    def _failed(self, session: int, fault: Fault) -> None:
        self._note(fault_text(fault))
        self.exit_code = self.exit_code or _EXIT_CODES.get(fault.kind, EXIT_FAULT)
        self._forget(session)

    def _closed(self, event: Closed) -> None:
        conversation = self.conversations[event.session]
        if conversation.remote is not None and not isinstance(conversation.command, UdpOpen):
            self._note(f"{conversation.remote}: {reason_text(event.reason)}")
        if event.fault is not None:
            self._note(fault_text(event.fault))
        # A client's broken conversation is the program's result; a listener's clients may come and go as they
        # like.
        if isinstance(conversation.command, TcpConnect):
            if event.fault is not None:
                self.exit_code = self.exit_code or _EXIT_CODES.get(event.fault.kind, EXIT_FAULT)
            elif event.reason is CloseReason.RESET:
                self.exit_code = self.exit_code or EXIT_RESET
            elif event.reason is CloseReason.TIMED_OUT:
                self.exit_code = self.exit_code or EXIT_TIMED_OUT
        self._forget(event.session)

    def _forget(self, session: int) -> None:
        with self._room:
            del self.conversations[session]
            self._room.notify_all()

    def _end_if_over(self) -> None:
        if self._stopping:
            return
        if self._signal.number:
            self.exit_code = EXIT_INTERRUPTED if self._signal.number == signal.SIGINT else self.exit_code
            self._stop()
            return
        if not self.conversations:
            self._stop()
            return
        if not (self.input_ended and self.input_seen):
            return
        # Input came from a pipe and has ended: clients end with their peers, the others when their talk is
        # over.
        now = time.time()
        for session, conversation in self.conversations.items():
            if conversation.parent is not None or isinstance(conversation.command, TcpConnect):
                return
            if isinstance(conversation.command, UdpOpen):
                if now < max(conversation.last, self._ended_at) + QUIET_AFTER_END:
                    return
            elif not any(other.parent == session for other in self.conversations.values()):
                continue
        self._stop()

    # What is printed

    def _print(self, message: bytes, conversation: _Conversation, remote: Address) -> None:
        if self.quiet:
            sys.stdout.buffer.write(message)
            if _is_lines(conversation.command):
                sys.stdout.buffer.write(b"\n")
            sys.stdout.buffer.flush()
            return
        text = clean_text(decode_text(message, conversation.command.codec)).rstrip("\n")
        print(f"{remote}> {text}", flush=True)

    def _note(self, text: str) -> None:
        if not self.quiet:
            print(f"* {text}", file=sys.stderr, flush=True)

    # What is read

    def _read_input(self) -> None:
        """On a thread of its own: standard input can't be waited for together with a queue on every
        system."""
        rest = b""
        while True:
            try:
                data = os.read(sys.stdin.fileno(), READ_SIZE)
            except OSError:
                data = b""
            if not data:
                break
            self.input_seen = True
            if not self._wait_for_somebody():
                return
            if self.quiet:
                rest = self._send_through(rest + data)
                continue
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._send_line(line)
        if rest:
            self._send_rest(rest)
        self._ended_at = time.time()
        self.input_ended = True
        if self.input_seen:
            for session, conversation in list(self.conversations.items()):
                if not isinstance(conversation.command, (UdpOpen, TcpListen)) or conversation.parent:
                    self.engine.submit(ShutdownWrite(session))

    def _wait_for_somebody(self) -> bool:
        """Whether anybody can be sent to: what is typed before that waits, and so does what the peer is slow
        to read."""
        with self._room:
            return self._room.wait_for(self._has_room) and not self._stopping

    def _has_room(self) -> bool:
        if self._stopping:
            return True
        ready = [one for one in self.conversations.values() if one.ready]
        return bool(ready) and all(one.sent - one.gone < WINDOW for one in ready)

    def _receivers(self) -> list[tuple[int, _Conversation]]:
        with self._room:
            return [(session, one) for session, one in self.conversations.items() if one.ready]

    def _send_through(self, data: bytes) -> bytes:
        """Quiet: bytes as they are; where the framing has messages, a line is one. Returns what is no whole
        line yet."""
        receivers = self._receivers()
        if all(_is_stream(one.command) or isinstance(one.command, UdpOpen) for _session, one in receivers):
            for session, one in receivers:
                self._send(session, one, data)
            return b""
        *lines, rest = data.split(b"\n")
        for line in lines:
            for session, one in receivers:
                self._send(session, one, line)
        return rest

    def _send_line(self, line: bytes) -> None:
        text = line.rstrip(b"\r").decode(sys.stdin.encoding or "utf-8", "surrogateescape")
        for session, one in self._receivers():
            if text == self.exit_word and isinstance(one.command, TcpConnect):
                self.engine.submit(Close(session))
                continue
            try:
                data = encode_text(text, one.command.codec)
            except CodecError:
                # Bytes that are no text, or text the codec lacks, go as they came: a pipe must not lose them.
                data = line.rstrip(b"\r")
            self._send(session, one, data)

    def _send_rest(self, rest: bytes) -> None:
        if not self._wait_for_somebody():
            return
        if self.quiet:
            for session, one in self._receivers():
                self._send(session, one, rest)
        else:
            self._send_line(rest)

    def _send(self, session: int, conversation: _Conversation, data: bytes) -> None:
        if not isinstance(conversation.command, UdpOpen):
            conversation.sent += len(data)
        to = conversation.remote if isinstance(conversation.command, UdpOpen) else None
        if isinstance(conversation.command, UdpOpen) and (
            conversation.command.peer or conversation.command.group
        ):
            to = None
        self.engine.submit(Send(session, (data,), to))


def _is_stream(command: OpenCommand) -> bool:
    return not isinstance(command, UdpOpen) and command.framing.kind is FramingKind.RAW


def _is_lines(command: OpenCommand) -> bool:
    return not isinstance(command, UdpOpen) and command.framing.kind is not FramingKind.RAW


def run_terminal(
    commands: Sequence[OpenCommand],
    *,
    quiet: bool = False,
    profile: Path | None = None,
    transcript: Path | None = None,
) -> int:
    """Run ``--headless`` with these sessions and return the exit code: 0, or one of the ``EXIT_`` constants.

    ``profile``: where a generated certificate is kept; ``transcript``: the file that gets JSON lines. Without
    a session there is nothing to do, which is bad use."""
    if not commands:
        print(_("Nothing to do: --headless needs at least one --open."), file=sys.stderr)
        return EXIT_USE
    engine = Engine(data_folder=profile, json_lines=transcript)
    try:
        return Terminal(engine, quiet).run(commands)
    finally:
        engine.stop()
        engine.join(5.0)
