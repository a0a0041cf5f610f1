"""The rooms that this PC hosts: made, changed and closed by its user, joined, left and written to by
others."""

from __future__ import annotations

from collections.abc import Sequence

from net.chat.commands import CreateRoom, MuteMember, RemoveMember, SetRoom
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import RoomEnded
from net.chat.history import HistoryStore, MemberRecord, RoomRecord, StoreAction
from net.chat.inbox import Inbox
from net.chat.line import Line
from net.chat.people import Contact
from net.chat.rooms.book import RoomBook
from net.chat.rooms.entries import new_code
from net.chat.rooms.hosted_room import HostedRoom
from net.chat.rooms.reports import RoomReports, listing_of
from net.chat.troubles import Trouble, trouble
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.room_messages import RoomJoin, RoomLeave, RoomPost, RoomRefused, RoomRule


class HostedRooms:
    def __init__(self, context: ChatContext, inbox: Inbox, book: RoomBook, reports: RoomReports) -> None:
        self._context = context
        self._book = book
        self._reports = reports
        inbox.on_message(RoomJoin, self._take_join)
        inbox.on_body(RoomPost, self._plan_post)
        inbox.on_body(RoomLeave, self._plan_leave)

    def load(self, record: RoomRecord, members: Sequence[MemberRecord]) -> HostedRoom:
        """A room is hosted here from now on."""
        room = record.room
        hosted = HostedRoom(self._context, record, members, lambda: self._reports.soon(room))
        self._book.hosted[room] = hosted
        return hosted

    def open(self, record: RoomRecord, members: Sequence[MemberRecord]) -> None:
        """As `load`, and it is announced to everybody."""
        hosted = self.load(record, members)
        self._reports.report(record.room)
        self._reports.announce(hosted)

    # --- This PC's user ---

    def create(self, command: CreateRoom) -> None:
        context = self._context
        name = clean_name(command.name, "")
        if not name or command.room in self._book:
            context.emit(trouble(Trouble.NAME_EMPTY if not name else Trouble.ROOM_UNKNOWN))
            return
        record = RoomRecord(
            room=command.room,
            name=name,
            host=context.identity,
            hosted=True,
            code=new_code(),
            locked=command.locked,
        )
        mine = MemberRecord(context.identity, context.name, context.colour)

        def work(store: HistoryStore) -> None:
            store.rooms.save(record)
            store.rooms.save_members(record.room, [mine])

        context.history.submit(work, lambda _: self.open(record, [mine]))

    def set(self, command: SetRoom) -> None:
        hosted = self.mine(command.room)
        if hosted is not None:
            hosted.set(command.locked, command.read_only, command.all_muted)

    def mute(self, command: MuteMember) -> None:
        hosted = self.mine(command.room)
        if hosted is not None and not hosted.mute(command.identity, command.muted):
            self._context.emit(trouble(Trouble.NOT_MEMBER, Conversation.room(command.room), command.identity))

    def remove(self, command: RemoveMember) -> None:
        hosted = self.mine(command.room)
        if hosted is not None and not hosted.remove(command.identity):
            self._context.emit(trouble(Trouble.NOT_MEMBER, Conversation.room(command.room), command.identity))

    def close(self, room: str) -> None:
        """The room is over for all."""
        self._book.hosted.pop(room).close()
        self._reports.announce_closed(room)
        self._context.emit(RoomEnded(room, "closed"))

    def mine(self, room: str) -> HostedRoom | None:
        """The room, where it is hosted here; else that is reported as a fault."""
        hosted = self._book.hosted.get(room)
        if hosted is None:
            reason = Trouble.NOT_HOST if room in self._book.joined else Trouble.ROOM_UNKNOWN
            self._context.emit(trouble(reason, Conversation.room(room)))
        return hosted

    # --- Others ---

    def opened(self, contact: Contact, line: Line) -> None:
        for hosted in self._book.hosted.values():
            line.send(listing_of(hosted))

    def closed(self, contact: Contact) -> None:
        for hosted in self._book.hosted.values():
            hosted.unlinked(contact.identity)

    def drained(self, contact: Contact) -> None:
        for hosted in self._book.hosted.values():
            hosted.drained(contact.identity)

    def presence_changed(self, contact: Contact) -> None:
        for hosted in self._book.hosted.values():
            hosted.presence_changed(contact)

    def own_presence_changed(self) -> None:
        for hosted in self._book.hosted.values():
            hosted.own_presence_changed()

    def _take_join(self, contact: Contact, line: Line, message: RoomJoin) -> None:
        """By the room's id or, without one, by its code."""
        book, room = self._book, message.room.hex()
        if not room:
            room = next((room for room, one in book.hosted.items() if one.record.code == message.code), "")
        hosted, joined = book.hosted.get(room), book.joined.get(room)
        if hosted is not None:
            hosted.joins(contact, line, message)
        elif joined is None:
            line.send(RoomRefused(room=message.room, reason="unknown"))
        elif room in book.handed_on:
            line.send(RoomRule(room=message.room, host=bytes.fromhex(joined.record.host)))

    def _plan_post(self, identity: str, post: RoomPost) -> StoreAction:
        room = post.room.hex()
        hosted = self._book.hosted.get(room)
        if hosted is not None:
            return hosted.plan(identity, post)
        reason = "moved" if room in self._book.joined else "unknown"
        refused = RoomRefused(room=post.room, reason=reason, message=post.id)
        return lambda store: self._context.enqueue(store, [identity], refused)

    def _plan_leave(self, identity: str, message: RoomLeave) -> StoreAction | None:
        hosted = self._book.hosted.get(message.room.hex())
        return None if hosted is None else lambda store: lambda: hosted.leaves(identity)
