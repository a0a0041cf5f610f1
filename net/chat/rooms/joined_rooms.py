"""The rooms that this PC has joined at others', and joining them."""

from __future__ import annotations

from dataclasses import replace

from net.chat.commands import JoinRoom
from net.chat.context import ChatContext, run_effect
from net.chat.events import RoomEnded
from net.chat.history import RoomRecord, StoreAction
from net.chat.inbox import Inbox
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms.book import RoomBook
from net.chat.rooms.entries import clean_code
from net.chat.rooms.joined_room import JoinedRoom
from net.chat.rooms.listings import Listings
from net.chat.rooms.reports import RoomReports
from net.chat.rooms.wishes import JoinWishes
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.room_messages import (
    MemberChanged,
    RoomControl,
    RoomLeave,
    RoomListed,
    RoomLog,
    RoomRefused,
    RoomRule,
    RoomState,
)


class JoinedRooms:
    """What comes about a room counts only from its host: nobody else speaks for it."""

    def __init__(
        self,
        context: ChatContext,
        inbox: Inbox,
        book: RoomBook,
        reports: RoomReports,
        listings: Listings,
        wishes: JoinWishes,
    ) -> None:
        self._context = context
        self._book = book
        self._reports = reports
        self._listings = listings
        self._wishes = wishes
        inbox.on_message(RoomListed, self._take_listed)
        inbox.on_message(RoomRefused, self._take_refused)
        inbox.on_message(RoomState, self._take_state)
        inbox.on_message(RoomLog, self._take_log)
        inbox.on_message(MemberChanged, self._take_member)
        inbox.on_message(RoomRule, self._take_rule)
        inbox.on_body(RoomRefused, self._plan_refused)
        inbox.on_body(RoomControl, self._plan_control)
        inbox.on_body(RoomLog, self._plan_log)
        inbox.on_body(RoomRule, self._plan_rule)

    def add(self, record: RoomRecord) -> JoinedRoom:
        """We are in this room from now on."""
        room = record.room
        joined = JoinedRoom(self._context, record, lambda: self._reports.soon(room))
        self._book.joined[room] = joined
        return joined

    # --- This PC's user ---

    def join(self, command: JoinRoom) -> None:
        if command.room in self._book:
            self._reports.soon(command.room)
        else:
            self._wishes.ask(command)

    def leave(self, joined: JoinedRoom) -> None:
        room = joined.record.room
        self._context.post([joined.record.host], RoomLeave(room=bytes.fromhex(room)))
        self._end(room, "left")

    def _end(self, room: str, reason: str) -> None:
        joined = self._book.joined.pop(room, None)
        if joined is not None:
            joined.save(replace(joined.record, joined=False, ended=reason))
            self._context.emit(RoomEnded(room, reason))
            if room in self._listings and reason != "closed":
                self._reports.report(room)

    # --- Lines ---

    def opened(self, contact: Contact, line: Line) -> None:
        for joined in self._book.all_joined_at(contact.identity):
            joined.ask()
            self._reports.soon(joined.record.room)
        self.person_changed(contact)
        self._wishes.opened(contact.identity, line)

    def closed(self, contact: Contact) -> None:
        identity = contact.identity
        for joined in self._book.all_joined_at(identity):
            joined.admitted = False
            self._reports.soon(joined.record.room)
        for room in self._listings.rooms_of(identity):
            if self._withdraw(identity, room) and room not in self._book:
                self._context.emit(RoomEnded(room, "away"))

    def person_changed(self, contact: Contact) -> None:
        """Somebody has another name or presence now."""
        for joined in self._book.joined.values():
            joined.person_changed(contact)

    # --- What hosts say ---

    def _take_listed(self, contact: Contact, line: Line, message: RoomListed) -> None:
        room, identity = message.room.hex(), contact.identity
        if room in self._book.hosted:
            return
        if message.closed:
            if self._withdraw(identity, room) and room not in self._book.joined:
                self._context.emit(RoomEnded(room, "closed"))
            return
        if self._listings.add(identity, message):
            self._reports.report(room)
        joined = self._book.joined_at(room, identity)
        if joined is not None and not joined.admitted:
            # It became the host just now.
            joined.ask()

    def _withdraw(self, identity: str, room: str) -> bool:
        """Whether nobody lists it any more."""
        others = self._listings.withdraw(identity, room)
        if others:
            self._reports.report(room)
        return others == 0

    def _take_state(self, contact: Contact, line: Line, message: RoomState) -> None:
        room, identity = message.room.hex(), contact.identity
        if room not in self._book and message.host.hex() == identity:
            self._admit(room, identity, message)
        joined = self._book.joined_at(room, identity)
        if joined is not None:
            joined.state(message)

    def _admit(self, room: str, identity: str, message: RoomState) -> None:
        """Where it answers a wish to join, we are in."""
        if not self._wishes.admits(identity, message):
            return
        code = clean_code(message.code)
        record = RoomRecord(room=room, name=clean_name(message.name), host=identity, hosted=False, code=code)

        def known(last: int) -> None:
            # An earlier stay may have left some of the log here.
            joined = self._book.joined.get(room)
            if joined is not None:
                joined.taken = max(joined.taken, last)

        self.add(record).save(record)
        self._context.history.submit(lambda store: store.log.last_number(room), known)

    def _take_refused(self, contact: Contact, line: Line, message: RoomRefused) -> None:
        room = message.room.hex()
        if self._book.joined_at(room, contact.identity) is not None:
            self._end(room, "removed" if message.reason == "removed" else "closed")
        else:
            self._wishes.refused(contact.identity, message)

    def _take_member(self, contact: Contact, line: Line, message: MemberChanged) -> None:
        joined = self._book.joined_at(message.room.hex(), contact.identity)
        if joined is not None:
            joined.member_changed(message)

    def _take_log(self, contact: Contact, line: Line, message: RoomLog) -> None:
        self._store(self._plan_log(contact.identity, message))

    def _take_rule(self, contact: Contact, line: Line, message: RoomRule) -> None:
        self._store(self._plan_rule(contact.identity, message))

    def _store(self, action: StoreAction | None) -> None:
        if action is not None:
            self._context.history.submit(action, run_effect)

    # --- What hosts say through the outbox ---

    def _plan_log(self, identity: str, message: RoomLog) -> StoreAction | None:
        joined = self._book.joined_at(message.room.hex(), identity)
        return joined.log(message) if joined is not None else None

    def _plan_rule(self, identity: str, message: RoomRule) -> StoreAction | None:
        joined = self._book.joined_at(message.room.hex(), identity)
        if joined is None or message.host.hex() == self._context.identity:
            return None
        return joined.rule(message)

    def _plan_control(self, identity: str, message: RoomControl) -> StoreAction | None:
        room = message.room.hex()
        if self._book.joined_at(room, identity) is None:
            return None
        return lambda store: lambda: self._end(room, message.action)

    def _plan_refused(self, identity: str, message: RoomRefused) -> StoreAction | None:
        """A post of ours: also from who was the host before, or from the next one."""
        room = message.room.hex()
        joined = self._book.joined.get(room)
        if joined is None or not self._book.is_member(room, identity):
            return None
        return joined.refused(message, identity)
