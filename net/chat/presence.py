"""Presence: who is there, away or busy, and what everybody is called. NetThread only."""

from __future__ import annotations

from net.chat.commands import SetPresence, SetProfile
from net.chat.context import ChatContext
from net.chat.discovery import Discovery
from net.chat.events import PresenceState
from net.chat.inbox import STATUSES, Inbox
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.pictures import Pictures
from net.chat.rooms import Rooms
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.messages import Presence


class OwnPresence:
    """This user's: it goes to everybody with a line, and to the rooms hosted here."""

    def __init__(self, context: ChatContext, pictures: Pictures, rooms: Rooms, discovery: Discovery) -> None:
        self._context = context
        self._pictures = pictures
        self._rooms = rooms
        self._discovery = discovery

    def set_profile(self, command: SetProfile) -> None:
        profile = self._context.profile
        profile.name, profile.colour = clean_name(command.name), command.colour
        self._pictures.set_own(command.picture)
        self._discovery.profile_changed()
        self._send()

    def set_status(self, command: SetPresence) -> None:
        if command.status is not self._context.profile.status:
            self._context.profile.status = command.status
            self._send()

    def _send(self) -> None:
        context = self._context
        message = Presence(
            status=context.status, name=context.name, colour=context.colour, picture=self._pictures.digest
        )
        for line in context.people.lines():
            line.send(message)
        self._rooms.own_presence_changed()


class OthersPresence:
    """What others say of themselves while their line stands."""

    def __init__(self, context: ChatContext, inbox: Inbox, pictures: Pictures, rooms: Rooms) -> None:
        self._people = context.people
        self._pictures = pictures
        self._rooms = rooms
        inbox.on_message(Presence, self._take)

    def _take(self, contact: Contact, line: Line, message: Presence) -> None:
        self._people.set_presence(contact, STATUSES.get(message.status, PresenceState.ONLINE))
        self._people.rename(contact, message.name or contact.name, message.colour or contact.colour)
        self._pictures.announced(contact, line, message.picture)
        self._rooms.presence_changed(contact)
