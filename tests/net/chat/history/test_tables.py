"""People, rooms and transfers come back as they went in."""

from __future__ import annotations

from dataclasses import replace

from net.chat.events import LeftOut, TransferStage, Trust
from net.chat.history import (
    ItemProgress,
    ItemRecord,
    MemberRecord,
    PersonRecord,
    RoomRecord,
    TransferRecord,
)
from net.chat.ids import new_id
from tests.net.chat.history.stores import BOB, EVE, ME, ROOM, WITH_BOB, Opened

PERSON = PersonRecord(BOB, b"certificate", "王小明", "#aabbcc", Trust.UNVERIFIED, "123456", ("a:1",), 5)


def test_people_are_remembered_and_forgotten(opened: Opened) -> None:
    opened.run(lambda store: store.people.remember(PERSON))
    assert opened.run(lambda store: store.people.all()) == [PERSON]
    opened.run(lambda store: store.people.remember(PersonRecord(EVE, b"other", "Eve")))
    opened.run(lambda store: store.people.rename(BOB, "Bob", "#000000"))
    trusted = replace(PERSON, name="Bob", colour="#000000", trust=Trust.VERIFIED, digits="654321")
    opened.run(lambda store: store.people.remember(trusted))
    opened.run(lambda store: store.people.seen(BOB, 9))
    opened.run(lambda store: store.people.seen(BOB, 7))
    opened = opened.again()
    try:
        bob, eve = replace(trusted, last_seen=9), PersonRecord(EVE, b"other", "Eve")
        assert opened.run(lambda store: store.people.all()) == [bob, eve]
        opened.run(lambda store: store.people.forget(BOB))
        assert opened.run(lambda store: store.people.all()) == [eve]
    finally:
        opened.close()


def test_the_address_that_worked_comes_first(opened: Opened) -> None:
    opened.run(lambda store: store.people.remember(PERSON))

    def addresses() -> tuple[str, ...]:
        (person,) = opened.run(lambda store: store.people.all())
        return person.addresses

    opened.run(lambda store: store.people.addresses_seen(BOB, ["b:1", "c:1", "a:1"]))
    assert addresses() == ("a:1", "b:1", "c:1")
    opened.run(lambda store: store.people.address_worked(BOB, "c:1"))
    assert addresses() == ("c:1", "a:1", "b:1")
    opened.run(lambda store: store.people.addresses_seen(BOB, [f"x{number}:1" for number in range(50)]))
    assert addresses()[:2] == ("c:1", "x0:1") and len(addresses()) == 16
    opened.run(lambda store: store.people.remember(replace(PERSON, addresses=())))
    assert addresses()[0] == "c:1", "pairing again forgets no address"


def test_rooms_and_members(opened: Opened) -> None:
    room = RoomRecord(ROOM, "会议室", ME, hosted=True, code="ABC234", read_only=True, last=7)
    opened.run(lambda store: store.rooms.save(room))
    members = [MemberRecord(BOB, "Bob", "#112233"), MemberRecord(EVE, "Eve", removed=True)]
    opened.run(lambda store: store.rooms.save_members(ROOM, members))
    opened.run(lambda store: store.rooms.save(replace(room, host=BOB, hosted=False, last=3)))
    assert opened.run(lambda store: store.rooms.all()) == [replace(room, host=BOB, hosted=False)]
    opened.run(lambda store: store.rooms.set_last(ROOM, 8))
    assert [found.last for found in opened.run(lambda store: store.rooms.all())] == [8]
    opened.run(lambda store: store.rooms.save_members(ROOM, [replace(members[0], muted=True)]))
    assert opened.run(lambda store: store.rooms.members(ROOM)) == [
        replace(members[0], muted=True),
        members[1],
    ]
    opened.run(lambda store: store.rooms.drop_members(ROOM, [BOB]))
    assert opened.run(lambda store: store.rooms.members(ROOM)) == members[1:]


def test_a_transfer_is_there_after_a_restart(opened: Opened) -> None:
    group = new_id()
    left_out = LeftOut((("link", 1), ("too_many", 2)), (("a/链", "link"),))
    first, second = (
        TransferRecord(
            transfer=new_id(),
            group=group,
            conversation=WITH_BOB,
            identity=identity,
            incoming=False,
            title="照片.zip",
            count=2,
            size=30,
            stage=TransferStage.RUNNING,
            folder="/tmp/\udcff",
            done=10,
            picture=True,
            preview=b"\x89PNG",
            message=new_id(),
            time=77,
            left_out=left_out,
        )
        for identity in (BOB, EVE)
    )
    items = [
        ItemRecord(0, ("a", "bad \udcff name"), 30, -5, False, "/home/\udcff"),
        ItemRecord(1, ("a",), folder=True),
    ]
    progress = [ItemProgress(0, 10, TransferStage.FAILED, "hash", b"d" * 32, "/x/\ud800")]
    for transfer in (first, second):
        opened.run(lambda store, transfer=transfer: store.transfers.save(transfer))  # type: ignore[misc]
    opened.run(lambda store: store.transfers.add_items(group, items))
    opened.run(lambda store: store.transfers.save_progress(first.transfer, progress))
    opened.run(lambda store: store.transfers.save_left_out(group, left_out))
    opened = opened.again()
    try:
        assert opened.run(lambda store: store.transfers.open()) == [first, second]
        assert opened.run(lambda store: store.transfers.items(group)) == items
        assert opened.run(lambda store: store.transfers.items(group, first=1, limit=5)) == items[1:]
        assert opened.run(lambda store: store.transfers.progress(first.transfer)) == progress
        assert opened.run(lambda store: store.transfers.progress(second.transfer)) == []
        over = replace(first, stage=TransferStage.FINISHED, done=30, folder="/y")
        opened.run(lambda store: store.transfers.save(over))
        assert opened.run(lambda store: store.transfers.open()) == [second]
        assert opened.run(lambda store: store.transfers.get(first.transfer)) == over
        assert opened.reader.transfer(first.transfer) == over
    finally:
        opened.close()
