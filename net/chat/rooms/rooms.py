"""Rooms: the chat's rooms, hosted on this PC or joined at others', and what comes to them. NetThread only.

RoomBook       which rooms there are        RoomReports    how they are, to views and to everybody
HostedRooms    those of this PC             JoinedRooms    those of others
Listings       rooms that may be joined     JoinWishes     wishes that nobody has answered yet
Handovers      from one host to another     RoomTexts      what the user writes in them
"""

from __future__ import annotations

from net.chat.commands import LeaveRoom, ListMembers
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import RoomMember, RoomMembers
from net.chat.history import HistoryStore, MemberRecord, RoomRecord
from net.chat.inbox import Inbox, LineObserver
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms.book import RoomBook
from net.chat.rooms.handovers import Handovers
from net.chat.rooms.hosted_rooms import HostedRooms
from net.chat.rooms.joined_rooms import JoinedRooms
from net.chat.rooms.listings import Listings
from net.chat.rooms.reports import RoomReports
from net.chat.rooms.room_texts import RoomTexts
from net.chat.rooms.wishes import JoinWishes
from net.chat.texts import Texts
from net.chat.troubles import Trouble, trouble

Loaded = list[tuple[RoomRecord, list[MemberRecord], int]]


class Rooms(LineObserver):
    """``hosted``, ``joined``, ``handovers`` and ``texts`` take the commands about them."""

    def __init__(self, context: ChatContext, inbox: Inbox, texts: Texts) -> None:
        self._context = context
        self._book = book = RoomBook()
        listings = Listings()
        self._wishes = JoinWishes(context, listings)
        self._reports = reports = RoomReports(context, book, listings)
        self.hosted = HostedRooms(context, inbox, book, reports)
        self.joined = JoinedRooms(context, inbox, book, reports, listings, self._wishes)
        self.handovers = Handovers(context, inbox, book, self.hosted, self.joined, reports)
        self.texts = RoomTexts(context, book, texts)
        inbox.watch(self)

    # --- Start and stop ---

    def read(self, store: HistoryStore) -> Loaded:
        """In an action: all that is kept."""
        return [
            (
                record,
                store.rooms.members(record.room),
                store.messages.count(Conversation.room(record.room)).unread,
            )
            for record in store.rooms.all()
            if not record.ended and record.joined
            # The members of a room know its host by the key: who began anew as somebody else is not it.
            if not record.hosted or record.host == self._context.identity
        ]

    def load(self, rooms: Loaded) -> None:
        for record, members, unread in rooms:
            self._context.counts.unread[Conversation.room(record.room)] = unread
            if record.hosted:
                self.hosted.load(record, members)
            else:
                self.joined.add(record)

    def report_all(self) -> None:
        self._reports.report_all()

    def stop(self) -> None:
        """Nobody waits for an answer any more."""
        self._wishes.stop()

    # --- What others ask ---

    def peers(self, room: str) -> list[str]:
        """Identities of the other members."""
        mine = self._context.identity
        return [one.identity for one in self._members(room) or () if one.identity != mine]

    def is_member(self, room: str, identity: str) -> bool:
        return self._book.is_member(room, identity)

    def needs(self, identity: str) -> bool:
        """Whether this is the host of a room that we are in, or wish to be in."""
        return self._wishes.waits_for(identity) or bool(self._book.all_joined_at(identity))

    def _members(self, room: str) -> list[RoomMember] | None:
        found = self._book.find(room)
        return found.listed() if found is not None else None

    # --- Lines and presence ---

    def opened(self, contact: Contact, line: Line) -> None:
        self.hosted.opened(contact, line)
        self.joined.opened(contact, line)

    def closed(self, contact: Contact, line: Line) -> None:
        self.hosted.closed(contact)
        self.joined.closed(contact)

    def drained(self, contact: Contact) -> None:
        self.hosted.drained(contact)

    def presence_changed(self, contact: Contact) -> None:
        self.hosted.presence_changed(contact)
        self.joined.person_changed(contact)

    def own_presence_changed(self) -> None:
        self.hosted.own_presence_changed()

    # --- Commands about rooms of either kind ---

    def leave(self, command: LeaveRoom) -> None:
        joined = self._book.joined.get(command.room)
        if command.room in self._book.hosted:
            self.hosted.close(command.room)
        elif joined is not None:
            self.joined.leave(joined)
        else:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, Conversation.room(command.room)))

    def list_members(self, command: ListMembers) -> None:
        members = self._members(command.room)
        if members is None:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, Conversation.room(command.room)))
        else:
            self._context.emit(RoomMembers(command.room, tuple(members)))
