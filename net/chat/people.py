"""People: everybody this PC knows or sees, as one contact each. NetThread only.

A person is a key (`identity`); the name is what they say of themselves, and may change at any time. Two
people may have one name, but nobody can take the name of a person who is known: a known person who tries to
keeps the old one (`People.rename`), and somebody new is held back until the user decides (`KeyChanged`). What
discovery says names only whom nothing better is known of.

What is kept on disk is changed here and in the history together; what is only seen is forgotten when it is
seen no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from net.address import Address, AddressError
from net.chat.counts import ConversationCounts
from net.chat.events import Person, PersonChanged, PersonForgotten, PresenceState, Trust
from net.chat.history import ConversationCount, History, PersonRecord
from net.chat.line import Line
from net.chat.troubles import Emit
from net.protocol.chat.cleaning import clean_name

MAX_PEOPLE = 5000
"""People remembered above which nobody else is, who comes by themselves."""

DUPLEX = "duplex"
"""The wire that reaches people who run Duplex; see `net.chat.line.ChatWire`."""

_TALKING = (Trust.UNVERIFIED, Trust.VERIFIED)


@dataclass(slots=True, eq=False)
class Contact:
    """``identity``: hex; ``certificate``: b"" before pairing; ``addresses``: known from the history, the one
    that last worked first; ``seen``: where discovery sees it now."""

    identity: str
    name: str = "?"
    colour: str = ""
    certificate: bytes = b""
    trust: Trust = Trust.UNKNOWN
    digits: str = ""
    addresses: tuple[str, ...] = ()
    seen: tuple[Address, ...] = ()
    last_seen: int = 0
    presence: PresenceState = PresenceState.OFFLINE
    line: Line | None = None
    wire: str = DUPLEX
    unread: int = 0
    confirmed: bool = False  # by this user
    confirmed_there: bool = False
    answered: bool = False  # what we said of the digits was said again
    picture: str = ""  # path of its file
    copies: tuple[str, ...] = ()  # as in `Person`

    @property
    def is_known(self) -> bool:
        return bool(self.certificate)

    @property
    def may_talk(self) -> bool:
        return self.trust in _TALKING

    @property
    def is_refused(self) -> bool:
        return self.trust in (Trust.BLOCKED, Trust.CHANGED)

    def places(self) -> list[Address]:
        """Where to try, in this order: the address that last worked, those seen now, the older ones."""
        known = [address for text in self.addresses if (address := _parsed(text)) is not None]
        return list(dict.fromkeys([*known[:1], *self.seen, *known[1:]]))

    def person(self) -> Person:
        shown = tuple(dict.fromkeys([*self.addresses[:1], *map(str, self.seen), *self.addresses[1:]]))
        return Person(
            identity=self.identity,
            name=self.name,
            colour=self.colour,
            trust=self.trust,
            presence=self.presence,
            addresses=shown,
            path=str(self.line.path) if self.line is not None else "",
            digits=self.digits,
            unread=self.unread,
            last_seen=self.last_seen,
            picture=self.picture,
            copies=self.copies,
        )

    def record(self) -> PersonRecord:
        return PersonRecord(
            identity=self.identity,
            certificate=self.certificate,
            name=self.name,
            colour=self.colour,
            trust=self.trust,
            digits=self.digits,
            addresses=self.addresses,
            last_seen=self.last_seen,
        )

    @classmethod
    def of(cls, record: PersonRecord, unread: int) -> Contact:
        """As remembered."""
        return cls(
            identity=record.identity,
            name=record.name,
            colour=record.colour,
            certificate=record.certificate,
            trust=record.trust,
            digits=record.digits,
            addresses=record.addresses,
            last_seen=record.last_seen,
            unread=unread,
        )


class PeopleObserver:
    """Follows whom this PC knows; each method does nothing where it is not overridden."""

    def people_changed(self) -> None:
        """Somebody became, or ceased to be, one who may talk with us, or is remembered otherwise."""

    def forgotten(self, contact: Contact) -> None:
        """The user forgot this person."""


class People:
    """``contacts`` by identity (hex)."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, history: History, counts: ConversationCounts, emit: Emit
    ) -> None:
        self.contacts: dict[str, Contact] = {}
        self._loop = loop
        self._history = history
        self._emit = emit
        self._observers: list[PeopleObserver] = []
        self._dirty: dict[str, Contact] = {}
        self._certificates: dict[bytes, bytes] | None = None
        counts.watch(self._counted)

    def watch(self, observer: PeopleObserver) -> None:
        self._observers.append(observer)

    def load(self, records: Iterable[PersonRecord], unread: Mapping[str, int]) -> None:
        for record in records:
            self.contacts[record.identity] = Contact.of(record, unread.get(record.identity, 0))

    def report_all(self) -> None:
        for contact in self.contacts.values():
            self._emit(PersonChanged(contact.person()))

    def seen_now(self, contact: Contact) -> None:
        """It was there until now."""
        contact.last_seen = when = time.time_ns()
        identity = contact.identity
        if contact.is_known and identity in self.contacts:
            self._history.submit(lambda store: store.people.seen(identity, when))
            self.changed(contact)

    @property
    def is_crowded(self) -> bool:
        """Whether nobody else comes in by pairing with us: whoever makes a new key for each pairing must not
        fill memory and disk. Whom the user adds, or this PC sees and dials, still does."""
        return sum(contact.is_known for contact in self.contacts.values()) >= MAX_PEOPLE

    def get(self, identity: str) -> Contact | None:
        return self.contacts.get(identity)

    def of(self, identity: str) -> Contact:
        """The contact, made where there is none."""
        contact = self.contacts.get(identity)
        if contact is None:
            contact = self.contacts[identity] = Contact(identity)
        return contact

    def online(self) -> list[Contact]:
        return [contact for contact in self.contacts.values() if contact.line is not None]

    def lines(self) -> list[Line]:
        """All that are open."""
        return [contact.line for contact in self.contacts.values() if contact.line is not None]

    def certificates(self) -> Mapping[bytes, bytes]:
        """Of all who may talk with us."""
        if self._certificates is None:
            self._certificates = {
                bytes.fromhex(contact.identity): contact.certificate
                for contact in self.contacts.values()
                if contact.is_known and contact.may_talk
            }
        return self._certificates

    def namesake(self, name: str, identity: str) -> Contact | None:
        """Another known person of this name."""
        folded = name.casefold()
        return next(
            (
                contact
                for contact in self.contacts.values()
                if contact.is_known
                and contact.identity != identity
                and contact.may_talk
                and contact.name.casefold() == folded
            ),
            None,
        )

    def remember(self, contact: Contact) -> None:
        """Keep the contact as it is, and report it."""
        self._certificates = None
        record = contact.record()
        self._history.submit(lambda store: store.people.remember(record))
        self.changed(contact)
        for observer in self._observers:
            observer.people_changed()

    def forget(self, contact: Contact) -> None:
        self._certificates = None
        self.contacts.pop(contact.identity, None)
        self._dirty.pop(contact.identity, None)
        identity = contact.identity
        self._history.submit(lambda store: store.people.forget(identity))
        self._emit(PersonForgotten(identity))
        for observer in self._observers:
            observer.forgotten(contact)
            observer.people_changed()

    def rename(self, contact: Contact, name: str, colour: str) -> None:
        """What the person says of itself. Nobody takes the name of another who is known."""
        name = clean_name(name)
        if (name, colour) == (contact.name, contact.colour):
            return
        if name != contact.name and self.namesake(name, contact.identity) is not None:
            return
        contact.name, contact.colour = name, colour
        if contact.is_known:
            identity = contact.identity
            self._history.submit(lambda store: store.people.rename(identity, name, colour))
        self.changed(contact)

    def address_worked(self, contact: Contact, address: Address) -> None:
        text, identity = str(address), contact.identity
        if contact.addresses[:1] != (text,):
            contact.addresses = tuple(dict.fromkeys([text, *contact.addresses]))[:16]
            self._history.submit(lambda store: store.people.address_worked(identity, text))

    def seen_at(self, contact: Contact, addresses: tuple[Address, ...], copies: tuple[str, ...] = ()) -> None:
        if copies != contact.copies:
            contact.copies = copies
            self.changed(contact)
        if addresses == contact.seen:
            return
        contact.seen = addresses
        self.changed(contact)
        if contact.is_known:
            texts, identity = tuple(map(str, addresses)), contact.identity
            self._history.submit(lambda store: store.people.addresses_seen(identity, texts))

    def gone(self, contact: Contact) -> None:
        """Discovery sees it no more."""
        contact.seen = contact.copies = ()
        if contact.is_known or contact.line is not None:
            self.changed(contact)
        else:
            self.contacts.pop(contact.identity, None)
            self._dirty.pop(contact.identity, None)
            self._emit(PersonForgotten(contact.identity))

    def set_presence(self, contact: Contact, presence: PresenceState) -> None:
        if contact.presence is not presence:
            contact.presence = presence
            self.changed(contact)

    def changed(self, contact: Contact) -> None:
        """Reported once for all that happens in one turn of the loop. Who was forgotten stays so, whatever
        was under way with them."""
        if self.contacts.get(contact.identity) is not contact:
            return
        if not self._dirty:
            self._loop.call_soon(self._report)
        self._dirty[contact.identity] = contact

    def _counted(self, count: ConversationCount) -> None:
        if count.conversation.is_person:
            contact = self.contacts.get(count.conversation.id)
            if contact is not None and contact.unread != count.unread:
                contact.unread = count.unread
                self.changed(contact)

    def _report(self) -> None:
        dirty, self._dirty = self._dirty, {}
        for contact in dirty.values():
            self._emit(PersonChanged(contact.person()))


def _parsed(text: str) -> Address | None:
    try:
        return Address.parse(text)
    except AddressError:
        return None
