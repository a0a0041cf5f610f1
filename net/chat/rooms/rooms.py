"""Rooms: the chat's rooms, hosted on this PC or joined at others', and what comes to them. NetThread only.

RoomBook       which rooms there are        RoomReports    how they are, to views and to everybody
HostedRooms    those of this PC             JoinedRooms    those of others
Listings       rooms that may be joined     JoinWishes     wishes that nobody has answered yet
Handovers      from one host to another     RoomTexts      what the user writes in them
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from net.chat import commands as c
from net.chat.context import ChatContext
from net.chat.events import RoomMember, RoomMembers
from net.chat.history import HistoryStore, MemberRecord, RoomRecord, StoreAction
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
from net.protocol.chat.messages import Wire
from net.protocol.chat.room_messages import (
    MemberChanged,
    RoomControl,
    RoomHandover,
    RoomJoin,
    RoomLeave,
    RoomListed,
    RoomLog,
    RoomPost,
    RoomRefused,
    RoomRule,
    RoomState,
)

Loaded = list[tuple[RoomRecord, list[MemberRecord], int]]


class Rooms:
    def __init__(self, context: ChatContext, texts: Texts) -> None:
        self._context = context
        self._book = book = RoomBook()
        self._listings = listings = Listings()
        self._wishes = JoinWishes(context, listings)
        self._reports = reports = RoomReports(context, book, listings)
        self._hosted = hosted = HostedRooms(context, book, reports)
        self._joined = joined = JoinedRooms(context, book, reports, listings, self._wishes)
        self._handovers = Handovers(context, book, hosted, joined, reports)
        self._texts = RoomTexts(context, book, texts)
        self._messages: Mapping[type, Callable[[Contact, Line, Any], object]] = {
            RoomListed: joined.take_listed,
            RoomJoin: hosted.take_join,
            RoomRefused: joined.take_refused,
            RoomState: joined.take_state,
            RoomLog: joined.take_log,
            MemberChanged: joined.take_member,
            RoomRule: joined.take_rule,
        }
        self._bodies: Mapping[type, Callable[[str, Any], StoreAction | None]] = {
            RoomPost: hosted.plan_post,
            RoomLeave: hosted.plan_leave,
            RoomRefused: joined.plan_refused,
            RoomControl: joined.plan_control,
            RoomLog: joined.plan_log,
            RoomRule: joined.plan_rule,
            RoomHandover: self._handovers.plan_handover,
        }

    # --- Start and stop ---

    def read(self, store: HistoryStore) -> Loaded:
        """In an action: all that is kept."""
        return [
            (record, store.rooms.members(record.room), store.messages.count(f"r:{record.room}").unread)
            for record in store.rooms.all()
            if not record.ended and record.joined
        ]

    def load(self, rooms: Loaded) -> None:
        for record, members, unread in rooms:
            self._context.room_unread[record.room] = unread
            if record.hosted:
                self._hosted.load(record, members)
            else:
                self._joined.add(record)

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

    # --- Lines and messages ---

    def linked(self, identity: str, line: Line) -> None:
        contact = self._context.people.get(identity) or Contact(identity)
        self._hosted.opened(contact, line)
        self._joined.opened(contact, line)

    def unlinked(self, identity: str) -> None:
        contact = self._context.people.get(identity) or Contact(identity)
        self._hosted.closed(contact)
        self._joined.closed(contact)

    def drained(self, identity: str) -> None:
        self._hosted.drained(self._context.people.get(identity) or Contact(identity))

    def presence_changed(self, contact: Contact) -> None:
        self._hosted.presence_changed(contact)
        self._joined.person_changed(contact)

    def own_presence_changed(self) -> None:
        self._hosted.own_presence_changed()

    def take(self, identity: str, line: Line, message: Wire) -> None:
        """What comes outside envelopes."""
        take = self._messages.get(type(message))
        contact = self._context.people.get(identity)
        if take is not None and contact is not None:
            take(contact, line, message)

    def plan(self, identity: str, body: Wire) -> StoreAction | None:
        """What comes in envelopes."""
        plan = self._bodies.get(type(body))
        return plan(identity, body) if plan is not None else None

    # --- Commands ---

    def routes(self) -> Mapping[type, Callable[[Any], object]]:
        """What takes each command about rooms."""
        return {
            c.CreateRoom: self._hosted.create,
            c.JoinRoom: self._joined.join,
            c.LeaveRoom: self._leave,
            c.SetRoom: self._hosted.set,
            c.MuteMember: self._hosted.mute,
            c.RemoveMember: self._hosted.remove,
            c.HandOverRoom: self._handovers.hand_over,
            c.ListMembers: self._list_members,
        }

    def send(self, command: c.SendText) -> None:
        self._texts.send(command)

    def _leave(self, command: c.LeaveRoom) -> None:
        joined = self._book.joined.get(command.room)
        if command.room in self._book.hosted:
            self._hosted.close(command.room)
        elif joined is not None:
            self._joined.leave(joined)
        else:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, f"r:{command.room}"))

    def _list_members(self, command: c.ListMembers) -> None:
        members = self._members(command.room)
        if members is None:
            self._context.emit(trouble(Trouble.ROOM_UNKNOWN, f"r:{command.room}"))
        else:
            self._context.emit(RoomMembers(command.room, tuple(members)))
