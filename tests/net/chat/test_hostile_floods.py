"""More than anybody needs, from a hostile peer that is paired like anybody on the LAN: it is held back, and
the honest ones go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from net.chat import file_arrivals
from net.chat.conversation import Conversation
from net.chat.events import TransferChanged, TypingSeen
from net.chat.pace import BURST, JOINS, JOINS_PER_SECOND, PER_SECOND, Pace
from net.chat.wires.duplex.delivery import UNSTORED_BYTES
from net.chat.wires.duplex.link import Link
from net.protocol.chat.frames import encode_many
from net.protocol.chat.messages import Accept, Offer, Presence, Say, TransferState, Typing, Wire
from net.protocol.chat.room_messages import Member, MemberChanged, RoomJoin, RoomListed
from tests.net.chat.engines import Chatter, deaf
from tests.net.chat.hostile import Hostile
from tests.net.chat.hostile_stage import ROOM, honest_go_on, quiet, room_at, running, three

__all__ = ["deaf", "quiet", "three"]


FLOODS: dict[str, Callable[[int], Wire]] = {
    "typing in rooms unknown": lambda number: Typing(room=number.to_bytes(16, "big")),
    "names": lambda number: Presence(status="online", name=f"M{number}"),
    "rooms": lambda number: RoomListed(room=number.to_bytes(16, "big"), name="r" * 64),
    "joining": lambda number: RoomJoin(room=bytes.fromhex(ROOM)),
    "asking": lambda number: TransferState(transfer=number.to_bytes(16, "big"), state="asking"),
    "accepting": lambda number: Accept(transfer=number.to_bytes(16, "big")),
    "members of a room unknown": lambda number: MemberChanged(
        room=bytes(16), member=Member(identity=number.to_bytes(32, "big"), name="x")
    ),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_is_held_back_and_honest_people_are_served(
    three: tuple[Chatter, Chatter, Hostile], flood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, hostile = three
    taken: list[Wire] = []
    took = Pace.took

    def counted(pace: Pace, link: Link, one: Wire) -> None:
        taken.append(one)
        took(pace, link, one)

    monkeypatch.setattr(Pace, "took", counted)
    room_at(ann, bob)
    told = len(ann.events)
    link = hostile.talk()
    make = FLOODS[flood]
    frames = encode_many([make(number) for number in range(60_000)])
    start = time.monotonic()
    hostile.call(lambda: link.send_encoded(frames))
    honest_go_on(ann, bob, 5)
    # What is more than the burst comes by the bucket's rate, here with room for some that came together.
    burst, rate = (JOINS, JOINS_PER_SECOND) if flood == "joining" else (BURST, PER_SECOND)
    flooded = sum(type(one) is type(make(0)) for one in tuple(taken))
    seconds = time.monotonic() - start
    assert flooded < burst + 2 * rate * (seconds + 1) + 10
    # A room tells of its members by the clock, too.
    assert len(ann.events) - told < flooded + 200 + 15 * seconds
    if flood == "typing in rooms unknown":
        assert not ann.all(TypingSeen)
    hostile.call(link.abort)


def test_offers_are_kept_up_to_a_number(
    three: tuple[Chatter, Chatter, Hostile], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, hostile = three
    monkeypatch.setattr(file_arrivals, "MAX_OFFERED", 20)
    offers = [
        Offer(id=number.to_bytes(16, "big"), time=0, title="x", count=1, size=1, preview=b"p" * 24_000)
        for number in range(1, 61)
    ]
    hostile.queue(*offers)
    hostile.settle(ann)

    def offered() -> int:
        return len({one.transfer for one in ann.all(TransferChanged)})

    ann.wait(lambda: offered() >= 20, "offers")
    honest_go_on(ann, bob)
    assert offered() == 20
    assert len(ann.stored(Conversation.person(hostile.hex))) == 20
    ann.wait(
        lambda: [one.state for one in hostile.heard(TransferState)].count("declined") >= 40, "the others' no"
    )


def test_long_texts_wait_on_the_wire_not_in_memory(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    chat = running(ann)
    delivery = chat.wire.delivery
    disk = threading.Event()
    chat.history.submit(lambda store: disk.wait(30))
    link = hostile.talk()
    try:
        hostile.queue(*(Say(id=n.to_bytes(16, "big"), text="x" * 16_000, time=2**53) for n in range(900)))
        held = chat.context.people.contacts[hostile.hex].line
        assert isinstance(held, Link)
        ann.wait(lambda: held._paused or max(delivery._unstored.values(), default=0) > 2**23, "its waiting")
        assert max(delivery._unstored.values()) < UNSTORED_BYTES + 2**20
    finally:
        disk.set()
    assert link.is_open
    honest_go_on(ann, bob)
    hostile.settle(ann)
    assert len(ann.stored(Conversation.person(hostile.hex))) == 900
