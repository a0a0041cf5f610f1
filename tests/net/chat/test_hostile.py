"""A hostile peer, paired like anybody on the LAN, against an Engine that chats with an honest one."""

from __future__ import annotations

import io
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from net.address import Address
from net.chat import people, sharing
from net.chat.commands import (
    AcceptTransfer,
    AddPerson,
    CreateRoom,
    JoinRoom,
    MuteMember,
    OfferFiles,
)
from net.chat.delivery import UNSTORED_BYTES
from net.chat.discovery import Sighting
from net.chat.discovery.sightings import Way
from net.chat.events import (
    KeyChanged,
    MessageState,
    PersonChanged,
    RoomChanged,
    RoomMembersChanged,
    TransferChanged,
    TransferStage,
    Trust,
    TypingSeen,
)
from net.chat.link import Link
from net.chat.pace import BURST, JOINS, JOINS_PER_SECOND, PER_SECOND, Pace
from net.protocol.chat.frames import CONTROL, decode, encode_many
from net.protocol.chat.messages import Accept, Offer, Presence, Queued, Say, TransferState, Typing, Wire
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
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile, Sender, assert_untroubled, assert_whole, tree

__all__ = ["deaf"]

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
            stored = ann.stored(f"p:{bob.identity}")
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


def running(one: Chatter) -> object:
    return one.engine._chat._running  # type: ignore[union-attr]


def on_loop(one: Chatter, work: Callable[[], object]) -> None:
    done: list[object] = []
    running(one)._loop.call_soon_threadsafe(lambda: done.append(work()))  # type: ignore[attr-defined]
    one.wait(lambda: done, "the loop")


def room_at(ann: Chatter, bob: Chatter) -> None:
    ann.do(CreateRoom(ROOM, "tea"))
    bob.wait(lambda: bob.all(RoomChanged), "the room")
    bob.do(JoinRoom(ROOM))
    bob.wait(lambda: any(one.room.joined for one in bob.all(RoomChanged)), "being in it")


# -- floods

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
    hostile.call(lambda: link.send_encoded(encode_many([make(number) for number in range(60_000)])))
    start = time.monotonic()
    honest_go_on(ann, bob, 5)
    # What is more than the burst comes by the bucket's rate, here with room for some that came together.
    burst, rate = (JOINS, JOINS_PER_SECOND) if flood == "joining" else (BURST, PER_SECOND)
    flooded = sum(type(one) is type(make(0)) for one in tuple(taken))
    assert flooded < burst + 2 * rate * (time.monotonic() - start + 1) + 10
    assert len(ann.events) - told < flooded + 200
    if flood == "typing in rooms unknown":
        assert not ann.all(TypingSeen)
    hostile.call(link.abort)


def test_offers_are_kept_up_to_a_number(
    three: tuple[Chatter, Chatter, Hostile], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, hostile = three
    monkeypatch.setattr(sharing, "MAX_OFFERED", 20)
    offers = [
        Offer(id=number.to_bytes(16, "big"), time=0, title="x", count=1, size=1, preview=b"p" * 24_000)
        for number in range(1, 61)
    ]
    hostile.queue(*offers)
    hostile.settle(ann)
    ann.wait(lambda: len(ann.all(TransferChanged)) >= 20, "offers")
    honest_go_on(ann, bob)
    assert len({one.transfer for one in ann.all(TransferChanged)}) == 20
    assert len(ann.stored(f"p:{hostile.hex}")) == 20
    ann.wait(
        lambda: [one.state for one in hostile.heard(TransferState)].count("declined") == 40, "the others' no"
    )


def test_long_texts_wait_on_the_wire_not_in_memory(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    delivery = running(ann)._delivery  # type: ignore[attr-defined]
    disk = threading.Event()
    running(ann)._history.submit(lambda store: disk.wait(30))  # type: ignore[attr-defined]
    link = hostile.talk()
    try:
        hostile.queue(*(Say(id=n.to_bytes(16, "big"), text="x" * 16_000, time=2**53) for n in range(900)))
        held = running(ann)._people.contacts[hostile.hex].link  # type: ignore[attr-defined]
        ann.wait(lambda: held._paused or max(delivery._unstored.values(), default=0) > 2**23, "its waiting")
        assert max(delivery._unstored.values()) < UNSTORED_BYTES + 2**20
    finally:
        disk.set()
    assert link.is_open
    honest_go_on(ann, bob)
    hostile.settle(ann)
    assert len(ann.stored(f"p:{hostile.hex}")) == 900


# -- lies


def test_only_the_host_speaks_for_a_room(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    room_at(bob, ann)
    mine = ann.say(f"r:{ROOM}", "mine")
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
    assert ann.stored(f"r:{ROOM}") == ["mine"]
    assert ann.states(mine)[-1] is MessageState.DELIVERED
    after = ann.all(RoomChanged)[-1].room
    assert (after.name, after.host, after.joined, after.members) == ("tea", before.host, True, 2)
    assert not any(hostile.hex in str(one) for one in ann.all(RoomMembersChanged))


def test_a_member_can_not_take_back_what_another_said(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    room_at(bob, ann)
    mine = ann.say(f"r:{ROOM}", "mine")
    ann.wait_state(mine, MessageState.DELIVERED)
    theirs = bob.say(f"r:{ROOM}", "theirs")
    ann.wait(lambda: ann.texts(f"r:{ROOM}") == ["theirs"], "Bob's")
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
    assert bob.stored(f"r:{ROOM}") == ["mine", "theirs"] == ann.stored(f"r:{ROOM}")


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
    ann.say(f"r:{ROOM}", "mine")

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
    hostile.queue(RoomLeave(room=room))
    hostile.settle(ann)
    ann.wait(lambda: any(hostile.hex in one.gone for one in ann.all(RoomMembersChanged)), "its going")
    hostile.send(RoomJoin(room=room))
    hostile.queue(RoomPost(room=room, id=b"p" * 16, text="loud", time=0))
    hostile.settle(ann)
    honest_go_on(ann, bob)
    assert ann.stored(f"r:{ROOM}") == []


def test_an_offer_does_not_become_another_transfer(
    three: tuple[Chatter, Chatter, Hostile], tmp_path: Path
) -> None:
    ann, bob, hostile = three
    (tmp_path / "file").write_bytes(b"x")
    ann.do(OfferFiles(f"p:{bob.identity}", "cd" * 16, [tmp_path / "file"]))
    offered = bob.wait(lambda: bob.last(TransferChanged), "the offer")
    hostile.queue(Offer(id=bytes.fromhex(offered.transfer), time=0, title="mine", count=1, size=1))
    hostile.settle(ann)
    assert ann.stored(f"p:{hostile.hex}") == []
    bob.do(AcceptTransfer(offered.transfer))
    bob.wait(lambda: bob.last(TransferChanged, stage=TransferStage.FINISHED), "the file")
    assert not [one for one in ann.all(TransferChanged) if one.incoming]


def test_replayed_and_jumping_envelopes(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    first = hostile.envelope(Say(id=b"1" * 16, text="one", time=0))
    hostile.send(first, first, first)
    hostile.number = 2**62 - 1
    hostile.queue(Say(id=b"2" * 16, text="two", time=0))
    hostile.send(first, Queued(number=5, body=first.body), Queued(number=0, body=first.body))
    hostile.settle(ann)
    honest_go_on(ann, bob)
    assert ann.stored(f"p:{hostile.hex}") == ["one", "two"]


def test_sizes_that_no_database_counts_end_the_transfer(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, _bob, hostile = three
    sender = Sender(hostile, [(["a"], b"1"), (["b"], b"2"), (["c"], b"3")])
    sender.sizes = dict.fromkeys(range(3), 2**62)
    sender.offer()
    offered = ann.wait(lambda: ann.last(TransferChanged), "the offer")
    ann.do(AcceptTransfer(offered.transfer))
    failed = ann.wait(lambda: ann.last(TransferChanged, stage=TransferStage.FAILED), "its end")
    assert failed.reason == "too_many"


def test_names_of_files_lead_nowhere(three: tuple[Chatter, Chatter, Hostile], tmp_path: Path) -> None:
    ann, bob, hostile = three
    downloads = tmp_path / "Ann" / "downloads"
    outside = tmp_path / "outside"
    outside.mkdir()
    downloads.mkdir(exist_ok=True)
    (downloads / "link").symlink_to(outside)
    before = tree(tmp_path, downloads)
    paths = [
        *(["..", "..", "escaped"], ["../escaped"], ["/etc/escaped"], ["C:\\escaped"], ["link", "escaped"]),
        *(["CON"], ["nul.txt"], ["a. "], ["."], [".."], ["a\0b"], ["x" * 900], ["ä" * 300 + ".txt"]),
        *(["\u202egnp.exe"], ["o" + "\u0301" * 900], ["link"], ["\\\\host\\share\\x"], ["d"] * 32),
        *(["history.sqlite"], ["..", "history.sqlite"], ["same"], ["same"], ["same", "under"]),
    ]
    sender = Sender(hostile, [(path, str(number).encode()) for number, path in enumerate(paths)])
    sender.offer()
    offered = ann.wait(lambda: ann.last(TransferChanged), "the offer")
    ann.do(AcceptTransfer(offered.transfer))
    over = (TransferStage.FINISHED, TransferStage.FAILED)
    ann.wait(lambda: ann.all(TransferChanged)[-1].stage in over, "the files")
    honest_go_on(ann, bob)
    assert tree(tmp_path, downloads) == before
    landed = [path for path in downloads.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {path.read_bytes() for path in landed} == {str(n).encode() for n in range(len(paths))}
    assert all("\u202e" not in path.name and len(path.name.encode()) <= 255 for path in landed)


def test_a_huge_picture_is_no_preview(three: tuple[Chatter, Chatter, Hostile], tmp_path: Path) -> None:
    ann, bob, hostile = three
    data = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(data, "PNG")
    resident = psutil.Process().memory_info().rss
    preview = data.getvalue()[:24_000]
    hostile.queue(Offer(id=b"3" * 16, time=0, title="x.png", count=1, size=1, picture=True, preview=preview))
    hostile.settle(ann)
    ann.wait(lambda: ann.last(TransferChanged), "the offer")
    honest_go_on(ann, bob)
    assert psutil.Process().memory_info().rss - resident < 50_000_000
    database = sqlite3.connect(tmp_path / "Ann" / "history.sqlite")
    assert database.execute("SELECT preview FROM transfers").fetchall() == [(b"",)]
    database.close()


def test_names_of_people_are_cleaned_and_bounded(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, _bob, hostile = three
    hostile.send(
        Presence(status="\u202e", name="o" + "\u0301" * 63),
        Presence(status="online", name="\u202egnp.\0\x1b[2J"),
        Presence(status="online", name="  Bob\u200b "),
        Presence(status="online", name="bOB"),
        Presence(status="online", name="\u2066\u2069"),
    )
    hostile.queue(Say(id=b"4" * 16, text="\u202ehi" + "\u0301" * 10_000, time=2**53))
    hostile.settle(ann)
    names = {one.person.name for one in ann.all(PersonChanged) if one.person.identity == hostile.hex}
    assert names.isdisjoint({"Bob", "bOB"})
    assert all(len(name) <= 6 or name in ("gnp.[2J", "Mallory") for name in names), names
    assert ann.stored(f"p:{hostile.hex}") == ["hi" + "\u0301" * 4]
    # A name that is longer than any name may be is no message of this protocol.
    body = b"\x83\xa1t\xa8presence\xa6status\xa6online\xa4name\xda\x4e\x20" + "\u0301".encode() * 10_000
    link = hostile.talk()
    hostile.write(len(body).to_bytes(4, "big") + bytes([CONTROL]) + body)
    ann.wait(lambda: not link.is_open, "its being hung up on")


# -- who is who


def test_an_impostor_with_a_known_name_is_held_back(
    three: tuple[Chatter, Chatter, Hostile], tmp_path: Path
) -> None:
    ann, bob, _ = three
    impostor = Hostile(tmp_path / "impostor", "BOB")
    try:
        impostor.pair(ann)
        warned = ann.wait_for(KeyChanged, identity=impostor.hex)
        assert warned.known == bob.identity
        with pytest.raises(Exception, match=r"refused|certificate|alert|reset|closed"):
            impostor.talk()
        assert ann.person(bob).path
    finally:
        impostor.stop()


def test_a_stolen_identity_in_a_beacon_does_not_talk(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    port = bob.address.port
    bob.stop()
    ann.wait(lambda: not ann.person(bob).path, "Bob's going")
    waiting = ann.say(bob, "a secret for Bob")
    links = len(hostile.duplex.links)
    place = (Address("127.0.0.1", hostile.duplex.doors.port),)
    for number in range(5):
        sighting = Sighting(
            bob.identity, f"Evil Bob {number}", "", place, frozenset({Way.BEACON}), restarted=True
        )
        on_loop(ann, lambda sighting=sighting: running(ann)._seen(sighting))  # type: ignore[attr-defined, misc]
    linking = running(ann)._linking  # type: ignore[attr-defined]
    ann.wait(lambda: linking._attempts[bob.identity].failures >= 1, "its trying")
    assert len(hostile.duplex.links) == links
    assert ann.person(bob).name == "Bob"
    assert not ann.person(bob).path
    again = Chatter(bob.folder, "Bob", port=port)
    try:
        again.do(AddPerson(ann.address, ann.identity))
        ann.wait_state(waiting, MessageState.DELIVERED)
        bob.engine, bob.events, bob.stopped = again.engine, again.events, False
    finally:
        if bob.stopped:
            again.stop()


def test_thousands_who_do_not_exist_are_forgotten(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, _ = three
    core = running(ann)
    nobody = (Address("127.0.0.1", 1),)
    ids = [f"{number:064x}" for number in range(3000)]

    def appear() -> None:
        for number, identity in enumerate(ids):
            name = "Bob" if number % 2 else f"ghost {number}\u202e"
            core._seen(Sighting(identity, name, "", nobody, frozenset({Way.BEACON})))  # type: ignore[attr-defined]

    on_loop(ann, appear)
    honest_go_on(ann, bob)
    names = [one.person.name for one in ann.all(PersonChanged) if one.person.identity != bob.identity]
    assert "Bob" not in names and not any("\u202e" in name for name in names)

    def vanish() -> None:
        for identity in ids:
            core._gone(identity)  # type: ignore[attr-defined]

    on_loop(ann, vanish)
    assert len(core._people.contacts) == 2  # type: ignore[attr-defined]
    assert len(core._linking._attempts) <= 2  # type: ignore[attr-defined]


def test_keys_made_for_each_pairing_fill_nothing(
    three: tuple[Chatter, Chatter, Hostile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, _ = three
    monkeypatch.setattr(people, "MAX_PEOPLE", 4)
    made = []
    try:
        for number in range(5):
            made.append(Hostile(tmp_path / f"key{number}", f"Somebody {number}"))
            made[-1].pair(ann)
        honest_go_on(ann, bob)
        assert len(running(ann)._people.contacts) == 4  # type: ignore[attr-defined]
    finally:
        for one in made:
            one.stop()


def test_a_relay_in_the_middle_shows_by_the_digits(
    three: tuple[Chatter, Chatter, Hostile], tmp_path: Path
) -> None:
    ann, _bob, hostile = three
    with chatters(tmp_path, "Cat") as (cat,):
        # Cat believes to add Ann, and reaches one who talks with Ann as Cat.
        cat.do(AddPerson(Address("127.0.0.1", hostile.duplex.doors.port)))
        person = cat.wait(lambda: cat.last(PersonChanged), "somebody").person
        assert person.identity == hostile.hex != ann.identity
        hostile.pair(ann)
        there = [one.person for one in ann.all(PersonChanged) if one.person.identity == hostile.hex][-1]
        assert person.digits and there.digits and person.digits != there.digits
