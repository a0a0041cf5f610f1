"""Rooms between real Engines: hosted on one, joined by others."""

from __future__ import annotations

from pathlib import Path

from net.chat.commands import (
    CreateRoom,
    HandOverRoom,
    JoinRoom,
    LeaveRoom,
    ListMembers,
    MuteMember,
    RemoveMember,
    SetRoom,
)
from net.chat.conversation import Conversation
from net.chat.events import (
    ChatFault,
    MessageAdded,
    MessageState,
    Room,
    RoomChanged,
    RoomEnded,
    RoomMembers,
)
from net.chat.ids import new_id
from tests.net.chat.engines import Chatter, chatters, deaf

__all__ = ["deaf"]


def told(one: Chatter, room: str) -> list[Room]:
    """How the room was told, each time; empty while nothing is known of it."""
    return [event.room for event in one.all(RoomChanged) if event.room.room == room]


def room_of(one: Chatter, room: str) -> Room:
    """As it was told last."""
    return told(one, room)[-1]


def is_in(one: Chatter, room: str, members: int = 0) -> None:
    def joined() -> bool:
        found = told(one, room)[-1:]
        return any(one.joined and (not members or one.members == members) for one in found)

    one.wait(joined, f"being in the room with {members}")


def sees(one: Chatter, room: str) -> None:
    one.wait(lambda: told(one, room), "seeing the room")


def opened(host: Chatter, *guests: Chatter, locked: bool = False) -> str:
    """A room with all of them in it."""
    room = new_id()
    host.do(CreateRoom(room, "7b 班", locked))
    is_in(host, room)
    for guest in guests:
        sees(guest, room)
        guest.do(JoinRoom(room, code=room_of(host, room).code))
        is_in(guest, room)
    return room


def log_of(one: Chatter, room: str) -> list[str]:
    return one.stored(Conversation.room(room))


def has_log(one: Chatter, room: str, texts: list[str]) -> None:
    one.wait(lambda: log_of(one, room) == texts, f"the log {texts}; has {log_of(one, room)}")


def test_all_members_have_the_same_order(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann", "bob") as (host, ann, bob):
        ann.meet(host)
        bob.meet(host)
        room = opened(host, ann, bob)
        messages = []
        for number in range(30):
            for one in (host, ann, bob):
                messages.append((one, one.say(Conversation.room(room), f"{one.name} {number}")))
        host.wait(lambda: len(log_of(host, room)) == 90, "all at the host")
        order = log_of(host, room)
        has_log(ann, room, order)
        has_log(bob, room, order)
        for one, message in messages:
            one.wait_state(message, MessageState.DELIVERED) if one is not host else None
        for one in (host, ann, bob):
            own = [text for text in order if text.startswith(one.name)]
            assert own == [f"{one.name} {number}" for number in range(30)]
        is_in(ann, room, 3)
        ann.do(ListMembers(room))
        members = ann.wait_for(RoomMembers, room=room).members
        assert {one.name for one in members} == {"host", "ann", "bob"}


def test_a_latecomer_gets_the_whole_log(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann") as (host, ann):
        room = opened(host)
        for number in range(450):
            host.say(Conversation.room(room), f"text {number}")
        host.wait(lambda: len(log_of(host, room)) == 450, "the log")
        ann.meet(host)
        sees(ann, room)
        ann.do(JoinRoom(room))
        has_log(ann, room, [f"text {number}" for number in range(450)])


def test_posts_wait_while_the_host_is_away(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann") as made:
        host, ann = made
        ann.meet(host)
        room = opened(host, ann)
        host.stop()
        ann.wait(lambda: not room_of(ann, room).host_online, "the host to be away")
        message = ann.say(Conversation.room(room), "are you there?")
        ann.wait_for(MessageAdded, message=message)
        made[0] = host = host.again()
        ann.wait_state(message, MessageState.DELIVERED)
        has_log(host, room, ["are you there?"])
        host.say(Conversation.room(room), "now I am")
        has_log(ann, room, ["are you there?", "now I am"])


def test_a_locked_room_wants_the_code(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann") as (host, ann):
        ann.meet(host)
        room = opened(host, locked=True)
        sees(ann, room)
        assert room_of(ann, room).code == ""
        ann.do(JoinRoom(room))
        assert ann.wait_for(RoomEnded, room=room).reason == "refused:locked"
        ann.do(JoinRoom(code="WRONG2"))
        assert ann.wait_for(RoomEnded, room="").reason == "refused:unknown"
        ann.do(JoinRoom(code=room_of(host, room).code.lower()))
        is_in(ann, room, 2)


def test_who_is_muted_or_removed_is_refused(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann") as (host, ann):
        ann.meet(host)
        room = opened(host, ann)
        host.do(MuteMember(room, ann.identity, True))
        muted = ann.say(Conversation.room(room), "may I?")
        ann.wait_state(muted, MessageState.REFUSED)
        host.do(MuteMember(room, ann.identity, False))
        host.do(SetRoom(room, read_only=True))
        ann.wait(lambda: room_of(ann, room).read_only, "read-only")
        ann.wait_state(ann.say(Conversation.room(room), "and now?"), MessageState.REFUSED)
        host.do(SetRoom(room, read_only=False))
        ann.wait(lambda: not room_of(ann, room).read_only, "writable")
        ann.wait_state(ann.say(Conversation.room(room), "yes"), MessageState.DELIVERED)
        host.do(RemoveMember(room, ann.identity))
        assert ann.wait_for(RoomEnded, room=room).reason == "removed"
        assert log_of(host, room) == ["yes"]
        ann.do(JoinRoom(room))
        ann.wait(lambda: ann.last(RoomEnded, room=room, reason="refused:removed"), "being refused")


def test_the_room_is_handed_to_another(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann", "bob") as (host, ann, bob):
        ann.meet(host)
        bob.meet(host)
        ann.meet(bob)
        room = opened(host, ann, bob)
        host.say(Conversation.room(room), "one")
        has_log(ann, room, ["one"])
        has_log(bob, room, ["one"])
        bob.do(HandOverRoom(room, ann.identity))
        assert bob.wait_for(ChatFault, conversation=Conversation.room(room)).details["reason"] == "not_host"
        host.do(HandOverRoom(room, ann.identity))
        ann.wait(lambda: room_of(ann, room).hosted_here, "being the host")
        host.wait(lambda: room_of(host, room).host == ann.identity, "the new host")
        bob.wait(lambda: room_of(bob, room).host == ann.identity, "the new host")
        bob.wait_state(bob.say(Conversation.room(room), "two"), MessageState.DELIVERED)
        host.wait_state(host.say(Conversation.room(room), "three"), MessageState.DELIVERED)
        ann.say(Conversation.room(room), "four")
        for one in (host, ann, bob):
            has_log(one, room, ["one", "two", "three", "four"])


def test_the_host_closes_the_room_and_members_leave(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann", "bob") as (host, ann, bob):
        ann.meet(host)
        bob.meet(host)
        room = opened(host, ann, bob)
        ann.do(LeaveRoom(room))
        assert ann.wait_for(RoomEnded, room=room).reason == "left"
        is_in(host, room, 2)
        host.do(LeaveRoom(room))
        assert bob.wait_for(RoomEnded, room=room).reason == "closed"
