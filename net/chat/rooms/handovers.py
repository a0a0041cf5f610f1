"""Hand-overs: a room goes from one host to another, with all who are in it.

The old host chooses a member that is here and has the whole log. From then on it takes no more posts
("moved"). In one action it puts into its outbox the newest entries and a RoomHandover for the new host, and a
RoomRule for each other member; so all of them learn of it, in this order and whenever they come back. Both
come over the old host's own line, which proves them: a RoomRule of anybody else is ignored. Posts that still
wait for the old host are sent to the new one by their authors, under the same ids, so that none is lost and
none comes twice."""

from __future__ import annotations

from net.chat.commands import HandOverRoom
from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.history import MemberRecord, RoomRecord, StoreAction
from net.chat.inbox import Inbox
from net.chat.rooms.book import RoomBook
from net.chat.rooms.hosted_rooms import HostedRooms
from net.chat.rooms.joined_rooms import JoinedRooms
from net.chat.rooms.reports import RoomReports
from net.chat.troubles import Trouble, trouble
from net.protocol.chat.room_messages import RoomHandover


class Handovers:
    def __init__(
        self,
        context: ChatContext,
        inbox: Inbox,
        book: RoomBook,
        hosted: HostedRooms,
        joined: JoinedRooms,
        reports: RoomReports,
    ) -> None:
        self._context = context
        self._book = book
        self._hosted = hosted
        self._joined = joined
        self._reports = reports
        inbox.on_body(RoomHandover, self._plan_handover)

    def hand_over(self, command: HandOverRoom) -> None:
        """Ours, to one of its members."""
        hosted = self._hosted.mine(command.room)
        if hosted is None:
            return

        def done() -> None:
            del self._book.hosted[command.room]
            self._reports.announce_closed(command.room)
            self._book.handed_on.add(command.room)
            joined = self._joined.add(hosted.record)
            joined.members = {one.identity: one for one in hosted.listed()}
            joined.ask()
            self._reports.report(command.room)

        if not hosted.hand_over(command.identity, done):
            self._context.emit(
                trouble(Trouble.MEMBER_AWAY, Conversation.room(command.room), command.identity)
            )

    def _plan_handover(self, identity: str, message: RoomHandover) -> StoreAction | None:
        """Another's, to us."""
        joined = self._book.joined_at(message.room.hex(), identity)
        return joined.handover(message, self._became_host) if joined is not None else None

    def _became_host(self, record: RoomRecord, members: list[MemberRecord]) -> None:
        self._book.joined.pop(record.room, None)
        self._book.handed_on.discard(record.room)
        self._hosted.open(record, members)
