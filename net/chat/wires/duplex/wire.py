"""The wire between two Duplex: TLS over TCP, envelopes with numbers, acknowledged once they are on the
receiver's disk. NetThread only."""

from __future__ import annotations

from net.chat.conversation import Conversation
from net.chat.inbox import Inbox, LineObserver
from net.chat.line import Line
from net.chat.people import Contact, People, PeopleObserver
from net.chat.wires.duplex.delivery import Delivery
from net.chat.wires.duplex.links import Links
from net.protocol.chat.messages import Delivered, Queued


class DuplexWire(LineObserver, PeopleObserver):
    """A `net.chat.line.ChatWire`: ``delivery`` knows what is on its way to whom, ``links`` dials."""

    def __init__(self, people: People, inbox: Inbox, delivery: Delivery, links: Links) -> None:
        self.delivery = delivery
        self.links = links
        self._people = people
        self._inbox = inbox
        inbox.on_message(Queued, self._take_queued)
        inbox.on_message(Delivered, self._take_delivered)
        inbox.watch(self)
        people.watch(self)

    # --- The outbox ---

    def learn(self, identity: str) -> None:
        self.delivery.learn(identity)

    def enqueued(self, number: int, identity: str, body: bytes) -> None:
        if not self.delivery.enqueued(number, identity, body):
            self.links.want(self._people.of(identity), now=True)

    def follow(self, number: int, identity: str, conversation: Conversation, message: str) -> None:
        self.delivery.follow(number, identity, conversation, message)

    def drop(self, identity: str) -> None:
        self.delivery.dropped(identity)

    # --- Lines ---

    def want(self, identity: str, now: bool = False) -> None:
        contact = self._people.get(identity)
        if contact is not None:
            self.links.want(contact, now)

    def cut(self, identity: str, reason: str) -> None:
        self.links.cut(identity, reason)

    def opened(self, contact: Contact, line: Line) -> None:
        self.delivery.linked(contact.identity, line, line.peer_hello)

    def closed(self, contact: Contact, line: Line) -> None:
        self.delivery.unlinked(contact.identity, line)

    def drained(self, contact: Contact) -> None:
        self.delivery.drained(contact.identity)

    def people_changed(self) -> None:
        self.links.doors.people_changed()

    def _take_queued(self, contact: Contact, line: Line, message: Queued) -> None:
        if self.delivery.is_behind(line):
            self._inbox.hold(line)
        self.delivery.take(contact.identity, line, message)

    def _take_delivered(self, contact: Contact, line: Line, message: Delivered) -> None:
        self.delivery.acknowledged(contact.identity, line, message)
