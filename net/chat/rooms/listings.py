"""Rooms of others that may be joined, as their hosts list them."""

from __future__ import annotations

from net.chat.events import Room
from net.protocol.chat.cleaning import clean_name
from net.protocol.chat.room_messages import RoomListed

MAX_LISTED = 100
"""Rooms of one person that are shown; more come from nobody who means well."""


class Listings:
    """Who listed a room first is believed, as long as they list it; after a hand-over the next one is."""

    def __init__(self) -> None:
        self._listed: dict[str, dict[str, RoomListed]] = {}

    def __contains__(self, room: str) -> bool:
        return room in self._listed

    def host_of(self, room: str) -> str:
        """The identity of who is believed to host it; "" where nobody lists it."""
        return next(iter(self._listed.get(room, {})), "")

    def rooms_of(self, identity: str) -> list[str]:
        return [room for room, hosts in self._listed.items() if identity in hosts]

    def add(self, identity: str, message: RoomListed) -> bool:
        """False where this person lists too many."""
        if len(self.rooms_of(identity)) >= MAX_LISTED:
            return False
        self._listed.setdefault(message.room.hex(), {})[identity] = message
        return True

    def withdraw(self, identity: str, room: str) -> int | None:
        """How many list the room still; None where this person did not."""
        hosts = self._listed.get(room, {})
        if hosts.pop(identity, None) is None:
            return None
        if not hosts:
            del self._listed[room]
        return len(hosts)

    def shown(self, room: str, unread: int) -> Room | None:
        """As one that may be joined."""
        if room not in self._listed:
            return None
        identity, listed = next(iter(self._listed[room].items()))
        return Room(
            room=room,
            name=clean_name(listed.name),
            host=identity,
            hosted_here=False,
            joined=False,
            code="",
            locked=listed.locked,
            read_only=False,
            all_muted=False,
            host_online=True,
            members=listed.members,
            unread=unread,
        )
