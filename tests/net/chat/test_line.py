"""A second wire beside Duplex's own: what is said to people goes to the wire that reaches each of them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from net.chat.commands import ForgetPerson
from net.chat.conversation import Conversation
from net.chat.events import MessageAdded, MessageState, PersonForgotten
from net.chat.line import ChatWire
from net.protocol.chat.frames import decode
from net.protocol.chat.messages import Say
from tests.net.chat.engines import chatters, deaf
from tests.net.chat.hostile_stage import running

__all__ = ["deaf"]


class Pigeons:
    """A wire that only notes what it is to do."""

    def __init__(self) -> None:
        self.done: list[tuple[str | Conversation, ...]] = []
        self.bodies: list[bytes] = []

    def want(self, identity: str, now: bool = False) -> None:
        self.done.append(("want", identity))

    def cut(self, identity: str, reason: str) -> None:
        self.done.append(("cut", identity, reason))

    def learn(self, identity: str) -> None:
        self.done.append(("learn", identity))

    def enqueued(self, number: int, identity: str, body: bytes) -> None:
        self.done.append(("enqueued", identity))
        self.bodies.append(body)

    def follow(self, number: int, identity: str, conversation: Conversation, message: str) -> None:
        self.done.append(("follow", identity, conversation, message))

    def drop(self, identity: str) -> None:
        self.done.append(("drop", identity))


def test_the_outbox_asks_the_wire_of_the_person(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob", "Cid") as (ann, bob, cid):
        ann.meet(bob)
        ann.meet(cid)
        pigeons, chat = Pigeons(), running(ann)
        cast(dict[str, ChatWire], chat.context.wires)["pigeons"] = pigeons
        chat.context.people.of(bob.identity).wire = "pigeons"
        message = ann.say(bob, "by the other wire")
        ann.wait_for(MessageAdded, message=message)
        assert pigeons.done == [
            ("enqueued", bob.identity),
            ("follow", bob.identity, Conversation.person(bob.identity), message),
        ]
        (body,) = map(decode, pigeons.bodies)
        assert isinstance(body, Say) and body.text == "by the other wire"
        # Others are reached as before, and nothing went to Bob over the line there still is.
        ann.wait_state(ann.say(cid, "by Duplex's own"), MessageState.DELIVERED)
        assert not bob.texts(ann)
        ann.do(ForgetPerson(bob.identity))
        ann.wait_for(PersonForgotten, identity=bob.identity)
        assert pigeons.done[2:] == [("cut", bob.identity, "leaving"), ("drop", bob.identity)]
