"""What the parts of the chat may ask: this PC's own side, the people, the history, and the ways out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from net.chat.counts import ConversationCounts
from net.chat.events import MessageAdded
from net.chat.history import ConversationCount, FollowUp, History, HistoryStore, MessageRow, StateChange
from net.chat.identity import Identity
from net.chat.line import ChatWire
from net.chat.people import DUPLEX, People
from net.chat.profile import OwnProfile
from net.chat.tasks import Tasks
from net.chat.troubles import Emit
from net.protocol.chat.frames import encode_body
from net.protocol.chat.messages import Wire

T = TypeVar("T")


def run_effect(effect: FollowUp | None) -> None:
    if effect is not None:
        effect()


@dataclass(frozen=True, slots=True)
class ChatContext:
    """``wires`` by name (`Contact.wire`); ``counts`` of messages by conversation."""

    loop: asyncio.AbstractEventLoop
    profile: OwnProfile
    history: History
    people: People
    counts: ConversationCounts
    wires: Mapping[str, ChatWire]
    tasks: Tasks
    emit: Emit

    # --- This PC's own side ---

    @property
    def own(self) -> Identity:
        return self.profile.identity

    @property
    def identity(self) -> str:
        """Ours, hex."""
        return self.profile.identity.hex

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def colour(self) -> str:
        return self.profile.colour

    @property
    def status(self) -> str:
        """As it stands on the wire: "online", "away" or "busy"."""
        return self.profile.status.value

    # --- Out to people ---
    #
    # What must reach a person goes through the outbox: a table of the history in which everything said to one
    # person is numbered. It stays there until the person has it on the disk, over as many lines, restarts and
    # days as it takes; the person's wire sends it, and again where a line broke, and the receiver takes each
    # number once. What does not matter later (typing, presence) goes straight over the line, if there is one.

    def wire(self, identity: str) -> ChatWire:
        """The one that reaches this person."""
        contact = self.people.get(identity)
        return self.wires[contact.wire if contact is not None else DUPLEX]

    def enqueue(self, store: HistoryStore, peers: Sequence[str], message: Wire, id: str = "") -> FollowUp:
        """In an action: put into these people's outboxes. What it gives is to be called on NetThread after
        the commit. ``id``: the message of the history whose state follows the delivery."""
        body = encode_body(message)
        numbers = store.outbox.enqueue(peers, body, id)

        def committed() -> None:
            for peer, number in zip(peers, numbers, strict=True):
                self.wire(peer).enqueued(number, peer, body)

        return committed

    def post(self, peers: Sequence[str], message: Wire) -> None:
        """Put into these people's outboxes."""
        self.history.submit(lambda store: self.enqueue(store, peers, message), run_effect)

    # --- To the history ---

    def on_disk(self, action: Callable[[HistoryStore], T]) -> asyncio.Future[T]:
        """What the action gave, once it is on the disk; or what it raised."""
        answer: asyncio.Future[T] = self.loop.create_future()

        def done(result: T) -> None:
            if not answer.done():
                answer.set_result(result)

        def failed(error: Exception) -> None:
            if not answer.done():
                answer.set_exception(error)

        self.history.submit(action, done, failed)
        return answer

    # --- To the views ---

    def added(self, row: MessageRow) -> None:
        self.emit(
            MessageAdded(
                conversation=row.conversation,
                message=row.message,
                position=row.position,
                incoming=row.incoming,
                author=row.author,
                name=row.name,
                text=row.text,
                announcement=row.announcement,
                transfer=row.transfer,
                time=row.time,
                proof=row.proof,
            )
        )

    def counted(self, count: ConversationCount) -> None:
        self.counts.changed(count)

    def emit_states(self, changes: Sequence[StateChange]) -> None:
        for change in changes:
            self.emit(change.event())
