"""The rooms of this PC."""

from __future__ import annotations

from net.chat.rooms.hosted_room import HostedRoom
from net.chat.rooms.joined_room import JoinedRoom


class RoomBook:
    """Rooms by their id: ``hosted`` here, or ``joined`` at another's; a room is in one of the two at most.
    ``handed_on``: those that were hosted here once, and are another's now."""

    def __init__(self) -> None:
        self.hosted: dict[str, HostedRoom] = {}
        self.joined: dict[str, JoinedRoom] = {}
        self.handed_on: set[str] = set()

    def __contains__(self, room: str) -> bool:
        return room in self.hosted or room in self.joined

    def find(self, room: str) -> HostedRoom | JoinedRoom | None:
        return self.hosted.get(room) or self.joined.get(room)

    def joined_at(self, room: str, host: str) -> JoinedRoom | None:
        """Where it is this person who hosts it: nobody else speaks for a room."""
        joined = self.joined.get(room)
        return joined if joined is not None and joined.record.host == host else None

    def all_joined_at(self, host: str) -> list[JoinedRoom]:
        return [joined for joined in self.joined.values() if joined.record.host == host]

    def is_member(self, room: str, identity: str) -> bool:
        hosted = self.hosted.get(room)
        if hosted is not None:
            return hosted.present(identity)
        joined = self.joined.get(room)
        return joined is not None and (identity in joined.members or identity == joined.record.host)
