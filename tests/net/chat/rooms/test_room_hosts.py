"""Rooms whose host is somebody else's program: its link drops, it does not answer, it lies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.chat.commands import JoinRoom, SetProfile
from net.chat.conversation import Conversation
from net.chat.events import MessageAdded, RoomChanged, RoomEnded, RoomMembersChanged
from net.chat.rooms import wishes
from net.protocol.chat.room_messages import (
    Member,
    MemberChanged,
    RoomEntry,
    RoomJoin,
    RoomListed,
    RoomLog,
    RoomRefused,
    RoomState,
)
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile
from tests.net.chat.hostile_stage import running

__all__ = ["deaf"]

ROOM = "cd" * 16
KEY = bytes.fromhex(ROOM)
CODE = "ABCDEF"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Chatter, Hostile]]:
    """Ann, and a host that lists a room."""
    with chatters(tmp_path, "Ann") as (ann,):
        host = Hostile(tmp_path / "host", "Host")
        try:
            host.meet(ann)
            host.send(RoomListed(room=KEY, name="tea"))
            ann.wait(lambda: ann.all(RoomChanged), "the room")
            yield ann, host
        finally:
            host.stop()


def admit(ann: Chatter, host: Hostile) -> None:
    host.send(RoomState(room=KEY, name="tea", host=host.identity.id, code=CODE))
    ann.wait(lambda: any(one.room.joined for one in ann.all(RoomChanged)), "being in the room")


def deadlines(ann: Chatter) -> list[asyncio.TimerHandle]:
    """Of all that is waited for."""
    waiting: wishes.JoinWishes = running(ann).rooms._wishes
    rooms = [one.deadline for one in waiting._wishes.values()]
    return rooms + [one.deadline for one in waiting._searches.values()]


def entry_of(author: bytes, number: int, name: str) -> RoomEntry:
    return RoomEntry(number=number, id=bytes([number]) * 16, author=author, name=name, time=0, text=name)


def test_whom_one_has_met_keeps_their_name_whatever_the_host_says(
    pair: tuple[Chatter, Hostile], tmp_path: Path
) -> None:
    ann, host = pair
    with chatters(tmp_path, "Cat") as (cat,):
        ann.meet(cat)
        ann.do(JoinRoom(ROOM))
        ann.wait(lambda: host.heard(RoomJoin), "the wish")
        admit(ann, host)
        mine, known, unknown = bytes.fromhex(ann.identity), bytes.fromhex(cat.identity), b"?" * 32
        said = {mine: "Evil", known: "Boss", unknown: "Zoe"}

        def names() -> dict[str, str]:
            """As they were told last."""
            return {one.identity: one.name for event in ann.all(RoomMembersChanged) for one in event.changed}

        told = [Member(identity=id, name=name, colour="#112233") for id, name in said.items()]
        host.send(RoomState(room=KEY, name="tea", host=host.identity.id, members=told[:2]))
        host.send(MemberChanged(room=KEY, member=told[2]))
        shown = {ann.identity: "Ann", cat.identity: "Cat", unknown.hex(): "Zoe"}
        ann.wait(lambda: names() == shown, "the members")
        host.send(
            RoomLog(room=KEY, entries=[entry_of(id, n, name) for n, (id, name) in enumerate(said.items(), 1)])
        )
        ann.wait(
            lambda: len(ann.all(MessageAdded, conversation=Conversation.room(ROOM))) == 3, "what was said"
        )
        messages = ann.all(MessageAdded, conversation=Conversation.room(ROOM))
        assert {one.author: one.name for one in messages} == shown
        # The host need not tell of another name, and can't keep it from us.
        cat.do(SetProfile("Kitty"))
        ann.wait(lambda: names()[cat.identity] == "Kitty", "the new name")


def test_who_is_met_later_is_called_by_their_name_then(pair: tuple[Chatter, Hostile], tmp_path: Path) -> None:
    ann, host = pair
    with chatters(tmp_path, "Cat") as (cat,):
        ann.do(JoinRoom(ROOM))
        ann.wait(lambda: host.heard(RoomJoin), "the wish")
        admit(ann, host)
        member = Member(identity=bytes.fromhex(cat.identity), name="Boss")
        host.send(RoomState(room=KEY, name="tea", host=host.identity.id, members=[member]))
        ann.wait(lambda: ann.last(RoomMembersChanged), "the member")
        assert ann.all(RoomMembersChanged)[-1].changed[0].name == "Boss"
        ann.meet(cat)
        ann.wait(lambda: ann.all(RoomMembersChanged)[-1].changed[0].name == "Cat", "the name")


def hang_up(ann: Chatter, host: Hostile) -> None:
    """The link ends, as seen by both."""
    links = list(host.duplex.links)
    for one in links:
        host.call(one.abort)
    ann.wait(lambda: not any(one.is_open for one in links), "the end of the link")


@pytest.mark.parametrize("command", [JoinRoom(ROOM), JoinRoom(code=CODE)], ids=["by id", "by code"])
def test_a_wish_to_join_is_said_again_on_the_next_link(
    pair: tuple[Chatter, Hostile], command: JoinRoom
) -> None:
    ann, host = pair
    ann.do(command)
    ann.wait(lambda: host.heard(RoomJoin), "the wish")
    hang_up(ann, host)
    host.duplex.messages.clear()
    host.talk()
    ann.wait(lambda: host.heard(RoomJoin), "the wish, said again")
    admit(ann, host)
    assert not [one for one in ann.all(RoomEnded) if one.reason.startswith("refused")]
    hang_up(ann, host)
    host.duplex.messages.clear()
    host.talk()
    ann.wait(lambda: host.heard(RoomJoin), "being in it told")
    assert [one.room for one in host.heard(RoomJoin)] == [KEY]


@pytest.mark.parametrize("command", [JoinRoom(ROOM), JoinRoom(code=CODE)], ids=["by id", "by code"])
def test_a_host_that_does_not_answer_is_not_waited_for(
    pair: tuple[Chatter, Hostile], command: JoinRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, host = pair
    monkeypatch.setattr(wishes, "JOIN_DEADLINE", 0.2)
    ann.do(command)
    ann.wait_for(RoomEnded, room=command.room, reason="refused:unanswered")
    # What comes too late admits nobody, and is not waited for on the next link.
    host.send(RoomState(room=KEY, name="tea", host=host.identity.id, code=CODE))
    hang_up(ann, host)
    host.duplex.messages.clear()
    host.send(RoomListed(room=KEY, name="tea too"))
    ann.wait(lambda: ann.all(RoomChanged)[-1].room.name == "tea too", "the new name")
    assert not any(one.room.joined for one in ann.all(RoomChanged))
    assert not host.heard(RoomJoin)


@pytest.mark.parametrize("command", [JoinRoom(ROOM), JoinRoom(code=CODE)], ids=["by id", "by code"])
def test_an_answer_ends_the_waiting(
    pair: tuple[Chatter, Hostile], command: JoinRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, host = pair
    monkeypatch.setattr(wishes, "JOIN_DEADLINE", 3600.0)
    ann.do(command)
    ann.wait(lambda: host.heard(RoomJoin), "the wish")
    (deadline,) = deadlines(ann)
    host.send(RoomRefused(room=KEY, reason="locked"))
    assert ann.wait_for(RoomEnded, room=ROOM).reason == "refused:locked"
    assert deadline.cancelled() and not deadlines(ann)
    hang_up(ann, host)
    host.duplex.messages.clear()
    host.send(RoomListed(room=KEY, name="tea too"))
    ann.wait(lambda: ann.all(RoomChanged)[-1].room.name == "tea too", "the new name")
    assert not host.heard(RoomJoin)
    refusals = [one.reason for one in ann.all(RoomEnded) if one.reason.startswith("refused")]
    assert refusals == ["refused:locked"]
