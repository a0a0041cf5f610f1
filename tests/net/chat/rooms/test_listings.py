"""Rooms that others list: whom a room is believed to be at."""

from __future__ import annotations

from net.chat.rooms.listings import MAX_LISTED, Listings
from net.protocol.chat.room_messages import RoomListed

ANN, BOB = "aa" * 32, "bb" * 32
ROOM = "cd" * 16


def listed(room: str = ROOM, name: str = "tea") -> RoomListed:
    return RoomListed(room=bytes.fromhex(room), name=name, members=3, locked=True)


def test_who_listed_a_room_first_is_believed_as_long_as_they_list_it() -> None:
    listings = Listings()
    assert listings.add(ANN, listed()) and listings.add(BOB, listed(name="Bob's tea"))
    assert listings.host_of(ROOM) == ANN and listings.rooms_of(BOB) == [ROOM]
    shown = listings.shown(ROOM, unread=2)
    assert shown is not None and (shown.name, shown.host, shown.members, shown.unread) == ("tea", ANN, 3, 2)
    assert not shown.joined and shown.locked and shown.host_online
    assert listings.withdraw(ANN, ROOM) == 1
    assert listings.withdraw(ANN, ROOM) is None
    assert listings.host_of(ROOM) == BOB
    assert listings.withdraw(BOB, ROOM) == 0
    assert ROOM not in listings and listings.host_of(ROOM) == "" and listings.shown(ROOM, unread=0) is None


def test_one_person_does_not_fill_the_list() -> None:
    listings = Listings()
    assert all(listings.add(ANN, listed(f"{number:032x}")) for number in range(MAX_LISTED))
    assert not listings.add(ANN, listed())
    assert listings.add(BOB, listed()) and listings.host_of(ROOM) == BOB
