"""What happens in the chat, as the lines that its terminal prints (docs/command-line.md lists them)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gui.shared.chat_wording import (
    chat_fault_text,
    copies_text,
    left_out_text,
    nothing_sent_text,
    shared_text,
)
from gui.shared.i18n import _, in_a_row
from gui.shared.wording import fault_text
from gui.terminal import chat_roster as lines
from gui.terminal.chat_deliveries import Deliveries
from gui.terminal.chat_roster import Roster
from gui.terminal.exit_codes import Outcome
from gui.terminal.output import Output
from net.chat.conversation import Conversation
from net.chat.events import (
    ChatFault,
    ChatStarted,
    ConversationChanged,
    Diagnosis,
    DigitsCompared,
    IdentityShared,
    KeyChanged,
    MessageAdded,
    MessageState,
    MessageStateChanged,
    OfferFailed,
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
from net.events import StoreFaulted

PROGRESS_SECONDS = 1.0
"""Seconds between two lines about a file that goes on."""
_ARRIVED = (MessageState.DELIVERED, MessageState.DISPLAYED, MessageState.REFUSED)


class ChatReport:
    """Keeps ``roster`` and ``deliveries`` up to date and prints each event that a script or a person can use.

    ``takers``: what takes the events, by their type, but for `started`, with which the chat begins.
    ``on_message`` is called when one came or was sent, has arrived, or a file went on.
    ``displayed``: the last position of each conversation that was printed since it was emptied last.
    """

    def __init__(
        self,
        roster: Roster,
        deliveries: Deliveries,
        output: Output,
        outcome: Outcome,
        on_message: Callable[[], object],
    ) -> None:
        self.displayed: dict[Conversation, int] = {}
        self._roster = roster
        self._deliveries = deliveries
        self._output = output
        self._outcome = outcome
        self._on_message = on_message
        self._printed: dict[str, str] = {}
        self._left_out: set[str] = set()
        self._reported: dict[str, tuple[TransferStage, float]] = {}
        self.takers: dict[type, Callable[[Any], None]] = {
            IdentityShared: self._identity_shared,
            PersonChanged: self._person,
            PersonForgotten: self._forgotten,
            KeyChanged: self._key_changed,
            DigitsCompared: self._compared,
            UpdateNeeded: self._update,
            MessageAdded: self._message,
            ConversationChanged: self._counted,
            MessageStateChanged: self._state,
            TransferChanged: self._transfer,
            OfferFailed: self._offer_failed,
            RoomChanged: self._room,
            RoomEnded: self._room_ended,
            RoomMembers: self._members,
            Diagnosis: self._diagnosed,
            SearchFound: self._found,
            ChatFault: self._fault,
            StoreFaulted: self._store_faulted,
        }

    def started(self, event: ChatStarted) -> None:
        self._roster.me = event
        self._output.show(f"started {lines.short(event.identity)} {event.port} {lines.one_line(event.name)}")
        self._output.show(f"link {event.link}")

    # --- People ---

    def _identity_shared(self, event: IdentityShared) -> None:
        self._output.show(" ".join(["shared", *(event.addresses or [lines.NOTHING])]))
        if event.addresses:
            advice = _("Type /new-identity on all of them but one.")
            self._output.note(in_a_row(shared_text(event.addresses), advice))

    def _person(self, event: PersonChanged) -> None:
        person = event.person
        before = self._roster.people.get(person.identity)
        self._roster.people[person.identity] = person
        self._show_once(person.identity, lines.person_line(person))
        if person.copies != (before.copies if before is not None else ()):
            told = lines.one_line(", ".join(person.copies)) or lines.NOTHING
            self._output.show(f"copies {lines.short(person.identity)} {told}")
            if person.copies:
                self._output.note(copies_text((person,)))

    def _forgotten(self, event: PersonForgotten) -> None:
        if self._roster.people.pop(event.identity, None) is not None:
            self._printed.pop(event.identity, None)
            self._output.show(f"gone {lines.short(event.identity)}")

    def _key_changed(self, event: KeyChanged) -> None:
        ids = f"{lines.short(event.identity)} {lines.short(event.known)}"
        self._output.show(f"key-changed {ids} {lines.one_line(event.name)}")
        sentence = _(
            "Somebody calls themselves {name}, but with another key. If that is right: /trust {identity}"
        )
        self._output.note(sentence.format(name=event.name, identity=lines.short(event.identity)))

    def _compared(self, event: DigitsCompared) -> None:
        self._output.show(f"compared {lines.short(event.identity)} {lines.yes_no(event.same)}")

    def _update(self, event: UpdateNeeded) -> None:
        whose = "ours" if event.ours else "theirs"
        self._output.show(f"update {lines.short(event.identity)} {whose} {lines.one_line(event.name)}")

    # --- Messages and files ---

    def _message(self, event: MessageAdded) -> None:
        self._output.show(lines.message_line(event))
        if event.proof in lines.DOUBTFUL:
            self._output.show(lines.proof_line(event.conversation, event.message, event.proof))
        if event.incoming:
            self.displayed[event.conversation] = event.position
        self._deliveries.stored(event.message)
        self._on_message()

    def _counted(self, event: ConversationChanged) -> None:
        if event.count == 0:
            self._output.show(f"emptied {lines.short_conversation(event.conversation)}")

    def _state(self, event: MessageStateChanged) -> None:
        where = lines.short_conversation(event.conversation)
        state = f"{event.state.value} {event.path or lines.NOTHING}"
        self._output.show(f"state {where} {lines.short(event.message)} {state}")
        if event.state in _ARRIVED:
            self._deliveries.arrived(event.message)
        if event.state in (MessageState.DELIVERED, MessageState.REFUSED):
            self._on_message()

    def _transfer(self, event: TransferChanged) -> None:
        self._roster.transfers[event.transfer] = event
        self._deliveries.transfer_known(event.group)
        if event.stage in (TransferStage.RUNNING, TransferStage.FINISHED):
            self._on_message()
        now = time.monotonic()
        stage, when = self._reported.get(event.transfer, (None, 0.0))
        if stage is event.stage and now < when + PROGRESS_SECONDS:
            return
        self._reported[event.transfer] = (event.stage, now)
        self._deliveries.progress()
        number = self._roster.number_of(event.transfer)
        self._show_once(event.transfer, lines.file_line(number, event))
        if event.left_out.counts and event.group not in self._left_out:
            self._left_out.add(event.group)
            self._output.show(lines.left_out_line(number, event.left_out))
            self._output.note(left_out_text(event.left_out))

    def _offer_failed(self, event: OfferFailed) -> None:
        self._deliveries.transfer_known(event.group)
        self._output.show(
            f"fault nothing_to_send {lines.short_conversation(event.conversation)} {lines.NOTHING}"
        )
        self._output.note(nothing_sent_text(event.left_out))
        self._outcome.fail()

    # --- Rooms ---

    def _room(self, event: RoomChanged) -> None:
        self._roster.rooms[event.room.room] = event.room
        self._show_once(event.room.room, lines.room_line(event.room))

    def _room_ended(self, event: RoomEnded) -> None:
        room = self._roster.rooms.pop(event.room, None)
        self._roster.refusals += event.reason.startswith("refused")
        self._printed.pop(event.room, None)
        name = lines.one_line(room.name) if room is not None else lines.NOTHING
        self._output.show(f"room-ended {lines.short(event.room)} {event.reason} {name}")

    def _members(self, event: RoomMembers) -> None:
        for member in event.members:
            self._output.show(lines.member_line(event.room, member))
        self._output.show(f"members {lines.short(event.room)} {len(event.members)}")

    # --- Answers and faults ---

    def _diagnosed(self, event: Diagnosis) -> None:
        if event.finished:
            for kind, params in event.findings:
                fields = (f"{key}={lines.one_line(value).replace(' ', '_')}" for key, value in params.items())
                self._output.show(" ".join(["finding", kind, *fields]))
            self._output.show(f"findings {len(event.findings)}")

    def _found(self, event: SearchFound) -> None:
        for conversation, message, position, snippet, when in event.hits:
            where = f"{lines.short_conversation(conversation)} {lines.short(message)}"
            self._output.show(f"hit {where} {position} {when // 1_000_000} {lines.one_line(snippet)}")
        if event.finished:
            self._output.show(f"hits {len(event.hits)}")

    def _fault(self, event: ChatFault) -> None:
        reason = event.details.get("reason", "") or event.fault.kind.value
        about = event.conversation
        conversation = lines.short_conversation(about) if about is not None else lines.NOTHING
        self._output.show(f"fault {reason} {conversation} {lines.short(event.identity)}")
        self._output.note(chat_fault_text(event, self._roster.name_of(event.identity)))
        self._deliveries.offers_failed()
        self._outcome.fail()

    def _store_faulted(self, event: StoreFaulted) -> None:
        self._output.show(f"store {event.fault.kind.value if event.fault is not None else 'ok'}")
        if event.fault is not None:
            self._output.note(fault_text(event.fault))

    def _show_once(self, id: str, line: str) -> None:
        if self._printed.get(id) != line:
            self._printed[id] = line
            self._output.show(line)
