"""People whom discovery finds: hints, which prove nothing, and are reasons to open a line. NetThread only."""

from __future__ import annotations

from net.address import Address
from net.chat.commands import FindAgain, SetDiscovery
from net.chat.context import ChatContext
from net.chat.discovery import Discovery, Sighting
from net.chat.events import IdentityShared
from net.chat.inbox import Inbox, LineObserver
from net.chat.line import Line
from net.chat.people import Contact, PeopleObserver


class FoundPeople:
    """What discovery reports."""

    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def seen(self, sighting: Sighting) -> None:
        people = self._context.people
        contact = people.of(sighting.identity)
        news = not contact.seen or sighting.restarted or set(sighting.addresses) - set(contact.seen)
        if not contact.is_known:
            # A hint names only whom nothing better is known of.
            people.rename(contact, sighting.name, sighting.colour)
        people.seen_at(contact, sighting.addresses, sighting.copies)
        if contact.line is None:
            self._context.wire(contact.identity).want(contact.identity, now=bool(news))

    def twins(self, addresses: tuple[Address, ...]) -> None:
        """Others have our own identity."""
        self._context.emit(IdentityShared(tuple(map(str, addresses))))

    def gone(self, identity: str) -> None:
        people = self._context.people
        contact = people.get(identity)
        if contact is not None:
            wire = self._context.wire(identity)
            people.gone(contact)
            if people.get(identity) is None:
                wire.cut(identity, "leaving")


class PeopleFinder(LineObserver, PeopleObserver):
    """What discovery is to do. It knows at any time who was met before and where, and asks there too."""

    def __init__(self, context: ChatContext, inbox: Inbox, discovery: Discovery) -> None:
        self._context = context
        self._discovery = discovery
        inbox.watch(self)
        context.people.watch(self)

    def opened(self, contact: Contact, line: Line) -> None:
        self.people_changed()

    def people_changed(self) -> None:
        known = [one for one in self._context.people.contacts.values() if one.is_known and one.may_talk]
        self._discovery.met_before({one.identity: one.places() for one in known})

    def set(self, command: SetDiscovery) -> None:
        self._discovery.set(invisible=command.invisible, hosts=tuple(command.hosts))

    def find_again(self, command: FindAgain) -> None:
        self._discovery.find_again()
        for contact in list(self._context.people.contacts.values()):
            if contact.line is None and (contact.seen or contact.is_known):
                self._context.wire(contact.identity).want(contact.identity, now=True)
