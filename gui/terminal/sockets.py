"""``--headless``: the same Engine with a terminal or a pipe instead of a window. No tkinter here.

Without ``--quiet`` each typed line is one message, sent without its line end as in the composer
(``framing=lines`` sends one); received messages are printed with their sender; notes go to standard error.
With ``--quiet`` it is a pipe like netcat: bytes in are bytes out, both ways, and nothing else is printed.

The end: a client ends with its conversation; at the end of standard input it half-closes and reads on until
the peer closes. A listener or endpoint serves until it is interrupted if standard input was empty; otherwise
it ends with its conversations. With ``--wait`` the time since the last message decides instead of the end of
standard input."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from gui.shared.arguments import EXIT_USE
from gui.shared.dispatch import Dispatch
from gui.shared.i18n import _
from gui.shared.wording import (
    client_text,
    fault_over_text,
    fault_text,
    reason_text,
    relay_count_texts,
    relayed_text,
    urgent_text,
)
from gui.terminal.conversations import Conversation, Conversations
from gui.terminal.exit_codes import EXIT_RESET, EXIT_TIMED_OUT, Outcome, exit_code_of
from gui.terminal.following import follow_events, running_engine
from gui.terminal.message_wait import MessageWait
from gui.terminal.output import Output, print_sentence
from gui.terminal.sending import InputSender, is_stream
from gui.terminal.signals import NotedSignal
from gui.terminal.standard_input import StandardInput
from net.address import Address
from net.engine import Engine
from net.events import Fault, StoreFaulted
from net.protocol.codec import clean_text, decode_text
from net.sockets.commands import ShutdownWrite, UdpOpen
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    DatagramsReceived,
    FaultEnded,
    FaultOccurred,
    MessagesReceived,
    MessagesRelayed,
    MessagesSent,
    Opened,
    OpenFailed,
    RelayChanged,
    RelayClientChanged,
    RelayCounted,
    Role,
    Transport,
    UrgentReceived,
)
from net.sockets.open_url import OpenCommand, for_session

QUIET_AFTER_END = 2.0
"""Seconds an endpoint waits for further replies once standard input has ended."""
STOP_SECONDS = 5.0


class Terminal:
    """Opens the sessions, prints what happens in them, and decides when to end."""

    def __init__(
        self, engine: Engine, noted: NotedSignal, quiet: bool = False, wait: float | None = None
    ) -> None:
        self._engine = engine
        self._quiet = quiet
        self._outcome = Outcome()
        self._output = Output(quiet, self._outcome)
        self._conversations = Conversations()
        self._input_sender = InputSender(self._conversations, engine.submit, quiet)
        self._input = StandardInput(self._input_sender.take, self._input_ended)
        self._opening: set[int] = set()
        self._wait = MessageWait(wait)
        self._stopping = False
        self._signal = noted
        self._relay_counts: dict[int, RelayCounted] = {}
        self._dispatch = Dispatch()
        self._dispatch.watch(
            {
                Opened: self._opened,
                OpenFailed: self._failed,
                Closed: self._closed,
                MessagesReceived: self._received,
                DatagramsReceived: self._datagrams_received,
                MessagesSent: self._sent,
                MessagesRelayed: self._relayed,
                RelayChanged: self._relay_changed,
                RelayClientChanged: self._relay_client_changed,
                RelayCounted: self._relay_counted,
                CountersChanged: self._counted,
                FaultOccurred: self._faulted,
                StoreFaulted: self._faulted,
                FaultEnded: self._fault_ended,
                UrgentReceived: self._urgent_received,
            }
        )

    def run(self, commands: Sequence[OpenCommand]) -> int:
        """Open all sessions, run until the end, and return the exit code."""
        for command in commands:
            session = self._engine.new_session()
            self._conversations.add(Conversation(session, command))
            self._opening.add(session)
            self._engine.submit(for_session(command, session))
        self._input.start()
        follow_events(self._engine, self._dispatch.deliver, self._end_if_over, self._output, self._stop)
        return self._outcome.exit_code

    # --- Messages ---

    def _received(self, event: MessagesReceived) -> None:
        if not event.messages:
            return
        conversation = self._conversations[event.session]
        if conversation.remote is not None:
            for message in event.messages:
                self._print(message, conversation, conversation.remote)
        conversation.last = event.time / 1e9
        self._wait.message()

    def _datagrams_received(self, event: DatagramsReceived) -> None:
        conversation = self._conversations[event.session]
        for message, sender in zip(event.datagrams, event.senders, strict=True):
            conversation.remote = Address.from_socket(sender)
            self._print(message, conversation, conversation.remote)
        conversation.last = event.time / 1e9
        self._conversations.set_ready(conversation)
        self._wait.message()

    def _sent(self, event: MessagesSent) -> None:
        self._conversations[event.session].last = event.time / 1e9
        self._wait.message()

    # --- Relays ---

    def _relayed(self, event: MessagesRelayed) -> None:
        """One line for each: who sent it, to whom, its fate, its text."""
        conversation = self._conversations[event.session]
        target = conversation.remote
        for piece in event.pieces:
            if self._quiet:
                break
            client = Address.from_socket(piece.client)
            ends = f"{target} > {client}" if piece.back else f"{client} > {target}"
            text = clean_text(decode_text(piece.data, conversation.command.codec)).rstrip("\n")
            self._output.show(f"{ends} [{relayed_text(piece.fate.value, piece.delay)}] {text}")
        conversation.last = event.time / 1e9
        self._wait.message()

    def _relay_changed(self, event: RelayChanged) -> None:
        there, back = str(event.to_target), str(event.to_client)
        if there or back:
            note = _("To the target: {there}; back: {back}").format(
                there=there or _("unchanged"), back=back or _("unchanged")
            )
            seed = " · " + _("seed {number}").format(number=event.seed) if event.seed else ""
            self._output.note(note + seed)

    def _relay_client_changed(self, event: RelayClientChanged) -> None:
        self._output.note(client_text(str(event.client), event.state))

    def _relay_counted(self, event: RelayCounted) -> None:
        self._relay_counts[event.session] = event

    def _counted(self, event: CountersChanged) -> None:
        conversation = self._conversations[event.session]
        gone = event.bytes_sent - event.queued
        if gone != conversation.gone and not (
            isinstance(conversation.command, UdpOpen) or conversation.is_relay
        ):
            self._wait.message()  # bytes queued long ago are still being sent
        self._conversations.set_gone(conversation, gone)

    def _print(self, message: bytes, conversation: Conversation, remote: Address) -> None:
        if self._quiet:
            self._output.write(message)
            if not isinstance(conversation.command, UdpOpen) and not is_stream(conversation.command):
                self._output.write(b"\n")
            return
        text = clean_text(decode_text(message, conversation.command.codec)).rstrip("\n")
        self._output.show(f"{remote}> {text}")

    # --- How sessions begin and end ---

    def _opened(self, event: Opened) -> None:
        if event.parent is not None:
            command = self._conversations[event.parent].command
            self._conversations.add(Conversation(event.session, command, event.parent))
        conversation = self._conversations[event.session]
        conversation.remote = event.remote_address
        if event.role is Role.SERVER:
            addresses = " ".join(map(str, (event.local_address, *event.other_addresses)))
            self._output.note(_("Listening on {address}").format(address=addresses))
        elif event.role is Role.RELAY:
            self._output.note(
                _("Relaying from {address} to {target}").format(
                    address=event.local_address, target=event.remote_address
                )
            )
        elif event.transport is Transport.UDP:
            self._output.note(_("Bound to {address}").format(address=event.local_address))
            if conversation.has_fixed_peer:
                self._conversations.set_ready(conversation)
        else:
            self._output.note(_("Connected to {address}").format(address=event.remote_address))
            if event.tls is not None:
                self._output.note(f"{event.tls.version} {event.tls.cipher}")
            self._conversations.set_ready(conversation)
            if self._input.over:
                self._engine.submit(ShutdownWrite(event.session))
        self._opened_or_failed(event.session)

    def _opened_or_failed(self, session: int) -> None:
        """Everything is ready once the last session of the command line is."""
        self._opening.discard(session)
        if not self._opening:
            self._wait.begin()

    def _failed(self, event: OpenFailed) -> None:
        self._output.note(fault_text(event.fault))
        self._outcome.fail(exit_code_of(event.fault.kind))
        self._conversations.remove(event.session)
        self._opened_or_failed(event.session)

    def _closed(self, event: Closed) -> None:
        conversation = self._conversations[event.session]
        counts = self._relay_counts.pop(event.session, None)
        if counts is not None:
            for sentence in relay_count_texts(counts):
                self._output.note(sentence)
        elif conversation.remote is not None and not isinstance(conversation.command, UdpOpen):
            self._output.note(f"{conversation.remote}: {reason_text(event.reason)}")
        if event.fault is not None:
            self._output.note(fault_text(event.fault))
        if conversation.is_client:
            self._judge(event.reason, event.fault)
        self._conversations.remove(event.session)

    def _judge(self, reason: CloseReason, fault: Fault | None) -> None:
        """A client's broken conversation is the program's failure; a listener's clients may come and go."""
        if fault is not None:
            self._outcome.fail(exit_code_of(fault.kind))
        elif reason is CloseReason.RESET:
            self._outcome.fail(EXIT_RESET)
        elif reason is CloseReason.TIMED_OUT:
            self._outcome.fail(EXIT_TIMED_OUT)

    def _faulted(self, event: FaultOccurred | StoreFaulted) -> None:
        if event.fault is not None:
            self._output.note(fault_text(event.fault))

    def _fault_ended(self, event: FaultEnded) -> None:
        self._output.note(fault_over_text(event.fault, event.count, event.since))

    def _urgent_received(self, event: UrgentReceived) -> None:
        self._output.note(urgent_text(event.value, event.position))

    def _input_ended(self) -> None:
        """On the reading thread: half-close clients, including accepted ones; nothing more will be sent."""
        if self._input.seen and not self._stopping:
            for one in self._conversations.all():
                if one.is_client or one.parent is not None:
                    self._engine.submit(ShutdownWrite(one.session))

    # --- The end ---

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._engine.stop()
        self._conversations.stop()

    def _end_if_over(self) -> None:
        if self._stopping:
            return
        if self._signal.ends(self._outcome) or not self._conversations or self._talk_is_over():
            self._stop()

    def _talk_is_over(self) -> bool:
        """With ``--wait``, after its time; otherwise, once piped input has ended: clients end with their
        peers, the others when all conversations are over."""
        if self._wait.asked or not self._input.over:
            return self._wait.over
        now = time.time()
        for one in self._conversations.all():
            if one.parent is not None or one.is_client or one.is_relay:
                return False
            if (
                isinstance(one.command, UdpOpen)
                and now < max(one.last, self._input.ended_at) + QUIET_AFTER_END
            ):
                return False
        return True


def run_terminal(
    commands: Sequence[OpenCommand],
    *,
    quiet: bool = False,
    wait: float | None = None,
    profile: Path | None = None,
    transcript: Path | None = None,
) -> int:
    """Run ``--headless`` with these sessions and return the exit code (`gui.terminal.exit_codes`).

    ``wait``: seconds after the last message at which it ends, see `MessageWait`; ``profile``: where a
    generated certificate is kept; ``transcript``: the file for the JSON lines. With no sessions there is
    nothing to do, which is a usage error."""
    if not commands:
        print_sentence(_("Nothing to do: --headless needs at least one --open."))
        return EXIT_USE
    with running_engine(lambda: Engine(data_folder=profile, json_lines=transcript), STOP_SECONDS) as (
        engine,
        noted,
    ):
        return Terminal(engine, noted, quiet, wait).run(commands)
