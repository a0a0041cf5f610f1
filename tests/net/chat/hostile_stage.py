"""Ann and Bob, who talk with each other, and one who means ill and is linked to Ann."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from net.chat.chat import Chat
from net.chat.commands import CreateRoom, JoinRoom
from net.chat.conversation import Conversation
from net.chat.events import MessageState, RoomChanged, Trust
from tests.net.chat.engines import Chatter, chatters
from tests.net.chat.hostile import Hostile, assert_untroubled, assert_whole

ROOM = "ab" * 16


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing goes wrong that would be a mistake of ours."""
    yield
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Chatter, Chatter, Hostile]]:
    """Ann and Bob, who have talked, and one who means ill and is linked to Ann."""
    hostile = Hostile(tmp_path / "hostile")
    try:
        with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
            ann.meet(bob)
            ann.wait_state(ann.say(bob, "before"), MessageState.DELIVERED)
            hostile.meet(ann)
            yield ann, bob, hostile
            honest_go_on(ann, bob)
            assert_untroubled(ann, bob)
            assert ann.person(bob).name == "Bob" and ann.person(bob).trust is Trust.UNVERIFIED
            stored = ann.stored(Conversation.person(bob.identity))
            assert stored[0] == "before"
            ann.stop()
            assert_whole(tmp_path / "Ann" / "history.sqlite")
    finally:
        hostile.stop()


def honest_go_on(ann: Chatter, bob: Chatter, rounds: int = 3) -> None:
    """Ann and Bob talk with each other, each waiting for the other's word."""
    for _ in range(rounds):
        ann.wait_state(ann.say(bob, "are you there?"), MessageState.DELIVERED)
        bob.wait_state(bob.say(ann, "I am"), MessageState.DELIVERED)


def running(one: Chatter) -> Chat:
    """`ChatStarted` is told a little before."""
    core = one.engine._chat
    assert core is not None
    return one.wait(lambda: core.chat, "the chat")


def on_loop(one: Chatter, work: Callable[[], object]) -> None:
    done: list[object] = []
    running(one).context.loop.call_soon_threadsafe(lambda: done.append(work()))
    one.wait(lambda: done, "the loop")


def room_at(ann: Chatter, bob: Chatter) -> None:
    ann.do(CreateRoom(ROOM, "tea"))
    bob.wait(lambda: bob.all(RoomChanged), "the room")
    bob.do(JoinRoom(ROOM))
    bob.wait(lambda: any(one.room.joined for one in bob.all(RoomChanged)), "being in it")
