"""A hostile peer, paired like anybody on the LAN, that lies about rooms: its own, and those of others."""

from __future__ import annotations

from net.chat.commands import JoinRoom, MuteMember
from net.chat.conversation import Conversation
from net.chat.events import MessageState, RoomChanged, RoomMembersChanged
from net.protocol.chat.frames import decode
from net.protocol.chat.messages import Queued, Wire
from net.protocol.chat.room_messages import (
    Member,
    MemberChanged,
    RoomEntry,
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
from tests.net.chat.engines import Chatter, deaf
from tests.net.chat.hostile import Hostile
from tests.net.chat.hostile_stage import ROOM, honest_go_on, quiet, room_at, three

__all__ = ["deaf", "quiet", "three"]


def test_only_the_host_speaks_for_a_room(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    room_at(bob, ann)
    mine = ann.say(Conversation.room(ROOM), "mine")
    ann.wait_state(mine, MessageState.DELIVERED)
    before = ann.all(RoomChanged)[-1].room
    room, me, id_ = bytes.fromhex(ROOM), hostile.identity.id, bytes.fromhex(mine)
    entry = RoomEntry(number=9, id=bytes(16), author=me, name="Bob", time=0, text="lie")
    lies: list[Wire] = [
        RoomLog(room=room, entries=[entry]),
        RoomRule(room=room, host=me),
        RoomHandover(room=room, name="mine now", code="AAAAAA"),
        RoomState(room=room, name="mine now", host=me),
        RoomState(room=room, name="mine now", host=bytes.fromhex(bob.identity)),
        MemberChanged(room=room, member=Member(identity=me, name="Bob")),
        RoomRefused(room=room, reason="removed", message=id_),
        RoomListed(room=room, name="mine now"),
        RoomPost(room=room, id=bytes(16), text="lie", time=0),
        RoomLeave(room=room),
    ]
    hostile.send(*lies)
    hostile.queue(*lies)
    hostile.settle(ann)
    honest_go_on(ann, bob)
    assert ann.stored(Conversation.room(ROOM)) == ["mine"]
    assert ann.states(mine)[-1] is MessageState.DELIVERED
    after = ann.all(RoomChanged)[-1].room
    assert (after.name, after.host, after.joined, after.members) == ("tea", before.host, True, 2)
    assert not any(hostile.hex in str(one) for one in ann.all(RoomMembersChanged))


def test_a_member_can_not_take_back_what_another_said(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    room_at(bob, ann)
    mine = ann.say(Conversation.room(ROOM), "mine")
    ann.wait_state(mine, MessageState.DELIVERED)
    theirs = bob.say(Conversation.room(ROOM), "theirs")
    ann.wait(lambda: ann.texts(Conversation.room(ROOM)) == ["theirs"], "Bob's")
    other = hostile
    other.meet(bob)
    other.send(RoomJoin(room=bytes.fromhex(ROOM)))
    ann.wait(lambda: any(hostile.hex in str(one) for one in ann.all(RoomMembersChanged)), "the member")
    other.target, other.victim = ann.address, bytes.fromhex(ann.identity)
    link = next(one for one in other.duplex.links if one.identity == other.victim)
    refused = [
        RoomRefused(room=bytes.fromhex(ROOM), reason=reason, message=bytes.fromhex(id_))
        for reason in ("muted", "moved", "removed")
        for id_ in (mine, theirs)
    ]
    envelopes = [other.envelope(one) for one in refused]
    other.call(lambda: link.send_many(envelopes))
    honest_go_on(ann, bob)
    other.settle(ann)
    assert MessageState.REFUSED not in ann.states(mine)
    # Nor is what Bob said posted again as Ann's.
    assert bob.stored(Conversation.room(ROOM)) == ["mine", "theirs"] == ann.stored(Conversation.room(ROOM))


def test_a_host_can_not_make_us_say_what_another_said(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    room, theirs = bytes.fromhex(ROOM), b"t" * 16
    hostile.send(RoomListed(room=room, name="trap"))
    ann.wait(lambda: ann.all(RoomChanged), "the room")
    ann.do(JoinRoom(ROOM))
    ann.wait(lambda: hostile.heard(RoomJoin), "the wish")
    hostile.send(RoomState(room=room, name="trap", host=hostile.identity.id))
    author = bytes.fromhex(bob.identity)
    entry = RoomEntry(number=1, id=theirs, author=author, name="Bob", time=0, text="theirs")
    hostile.queue(
        RoomLog(room=room, entries=[entry]),
        RoomRefused(room=room, reason="moved", message=theirs),
    )
    hostile.settle(ann)
    ann.say(Conversation.room(ROOM), "mine")

    def posts() -> list[str]:
        said = [decode(one.body) for one in hostile.heard(Queued)]
        return [one.text for one in said if isinstance(one, RoomPost)]

    ann.wait(posts, "a post")
    assert posts() == ["mine"]
    honest_go_on(ann, bob)


def test_going_and_coming_back_does_not_give_the_voice_back(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    room_at(ann, bob)
    room = bytes.fromhex(ROOM)
    hostile.send(RoomJoin(room=room))
    ann.wait(lambda: any(hostile.hex in str(one) for one in ann.all(RoomMembersChanged)), "the member")
    ann.do(MuteMember(ROOM, hostile.hex, True))
    ann.wait(
        lambda: any(one.muted for told in ann.all(RoomMembersChanged) for one in told.changed), "silence"
    )
    hostile.queue(RoomLeave(room=room))
    hostile.settle(ann)
    ann.wait(lambda: any(hostile.hex in one.gone for one in ann.all(RoomMembersChanged)), "its going")
    hostile.send(RoomJoin(room=room))
    hostile.queue(RoomPost(room=room, id=b"p" * 16, text="loud", time=0))
    hostile.settle(ann)
    honest_go_on(ann, bob)
    assert ann.stored(Conversation.room(ROOM)) == []
