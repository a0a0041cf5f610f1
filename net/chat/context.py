"""What the parts of the chat share: this PC's own side, the people, the history, and the ways out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from net.chat.events import ConversationChanged, MessageAdded
from net.chat.history import ConversationCount, History, HistoryStore, MessageRow
from net.chat.identity import Identity
from net.chat.people import People
from net.chat.troubles import Emit
from net.chat.wires.duplex.delivery import Delivery, Effect
from net.chat.wires.duplex.links import Links
from net.protocol.chat.frames import encode_body
from net.protocol.chat.messages import Wire


def run_effect(effect: Effect | None) -> None:
    if effect is not None:
        effect()


@dataclass(slots=True)
class ChatContext:
    """``identity``: ours, hex; ``status``: "online", "away" or "busy"."""

    loop: asyncio.AbstractEventLoop
    identity: str
    name: str
    colour: str
    status: str
    history: History
    people: People
    delivery: Delivery
    links: Links
    emit: Emit
    own: Identity
    room_unread: dict[str, int] = field(default_factory=dict)
    _counts: dict[str, ConversationCount] = field(default_factory=dict)

    def enqueue(self, store: HistoryStore, peers: Sequence[str], message: Wire, id: str = "") -> Effect:
        """In an action: put into these outboxes. What it gives is to be called on NetThread after the
        commit."""
        body = encode_body(message)
        numbers = store.outbox.enqueue(peers, body, id)

        def committed() -> None:
            for peer, number in zip(peers, numbers, strict=True):
                self.delivery.enqueued(number, peer, body)

        return committed

    def post(self, peers: Sequence[str], message: Wire) -> None:
        """Put into these outboxes."""
        self.history.submit(lambda store: self.enqueue(store, peers, message), run_effect)

    def added(self, row: MessageRow) -> None:
        self.emit(
            MessageAdded(
                *(row.conversation, row.message, row.position, row.incoming, row.author, row.name, row.text),
                *(row.announcement, row.transfer, row.time, row.proof),
            )
        )

    def counted(self, count: ConversationCount) -> None:
        """The unread count is another: told once for all that happens in one turn of the loop."""
        if not self._counts:
            self.loop.call_soon(self._tell_counts)
        self._counts[count.conversation] = count

    def _tell_counts(self) -> None:
        counts = list(self._counts.values())
        self._counts.clear()
        for count in counts:
            if count.conversation.startswith("p:"):
                contact = self.people.get(count.conversation[2:])
                if contact is not None and contact.unread != count.unread:
                    contact.unread = count.unread
                    self.people.changed(contact)
            elif count.conversation.startswith("r:"):
                self.room_unread[count.conversation[2:]] = count.unread
            self.emit(ConversationChanged(count.conversation, count.count, count.unread))
