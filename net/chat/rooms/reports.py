"""How rooms are, reported to the views and announced to everybody we talk to."""

from __future__ import annotations

from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import Room, RoomChanged
from net.chat.rooms.book import RoomBook
from net.chat.rooms.hosted_room import HostedRoom
from net.chat.rooms.joined_room import JoinedRoom
from net.chat.rooms.listings import Listings
from net.protocol.chat.frames import encode
from net.protocol.chat.room_messages import RoomListed

LIST_DELAY = 0.3
"""Seconds in which changes of rooms are gathered before they are reported."""


class RoomReports:
    def __init__(self, context: ChatContext, book: RoomBook, listings: Listings) -> None:
        self._context = context
        self._book = book
        self._listings = listings
        self._changed: set[str] = set()

    def soon(self, room: str) -> None:
        """Report and announce it within LIST_DELAY, together with what else changes."""
        if not self._changed:
            self._context.loop.call_later(LIST_DELAY, self._report_changed)
        self._changed.add(room)

    def report(self, room: str) -> None:
        """To the views, now; nothing where neither we nor anybody else has the room."""
        found = self._book.find(room)
        unread = self._context.counts.unread.get(Conversation.room(room), 0)
        shown = self._listings.shown(room, unread) if found is None else self._shown(found, unread)
        if shown is not None:
            self._context.emit(RoomChanged(shown))

    def report_all(self) -> None:
        for room in (*self._book.hosted, *self._book.joined):
            self.report(room)

    def announce(self, hosted: HostedRoom) -> None:
        """To everybody we talk to."""
        self._send_all(listing_of(hosted))

    def announce_closed(self, room: str) -> None:
        """It is not hosted here any more."""
        self._send_all(RoomListed(room=bytes.fromhex(room), name="", closed=True))

    def _send_all(self, listing: RoomListed) -> None:
        frames = encode(listing)
        for line in self._context.people.lines():
            line.send_encoded(frames)

    def _report_changed(self) -> None:
        changed, self._changed = self._changed, set()
        for room in changed:
            self.report(room)
            hosted = self._book.hosted.get(room)
            if hosted is not None:
                self.announce(hosted)

    def _shown(self, found: HostedRoom | JoinedRoom, unread: int) -> Room:
        record = found.record
        is_hosted = isinstance(found, HostedRoom)
        host = self._context.people.get(record.host)
        return Room(
            room=record.room,
            name=record.name,
            host=record.host,
            hosted_here=is_hosted,
            joined=True,
            code=record.code,
            locked=record.locked,
            read_only=record.read_only,
            all_muted=record.all_muted,
            host_online=is_hosted or (host is not None and host.line is not None),
            members=found.count,
            unread=unread,
        )


def listing_of(hosted: HostedRoom) -> RoomListed:
    """How a room that others may join is announced."""
    record = hosted.record
    return RoomListed(
        room=bytes.fromhex(record.room), name=record.name, members=hosted.count, locked=record.locked
    )
