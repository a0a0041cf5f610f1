"""A room's log: the host's order, our posts that wait for it, and what deleting leaves of it."""

from __future__ import annotations

from net.chat.conversation import Conversation
from net.chat.events import MessageState
from net.chat.history import LogEntry, RoomRecord
from net.chat.ids import new_id
from tests.net.chat.history.stores import BOB, ME, ROOM, Opened, said

IN_ROOM = Conversation.room(ROOM)


def entry(number: int, text: str, author: str = BOB, message: str = "") -> LogEntry:
    return LogEntry(number, message or new_id(), author, "Bob", 5, text)


def test_posts_that_wait_stand_behind_what_the_host_has_ordered(opened: Opened) -> None:
    mine = [said(f"mine {number}", ME) for number in range(2)]
    for new in mine:
        opened.run(lambda store, new=new: store.messages.add(IN_ROOM, new, False))  # type: ignore[misc]
    first = opened.run(lambda store: store.log.add(ROOM, entry(1, "theirs"), True))
    assert first is not None and first.position == 0 and first.number == 1
    assert opened.texts(IN_ROOM) == ["theirs", "mine 0", "mine 1"]
    assert opened.reader.unread(IN_ROOM) == 1
    ordered = opened.run(lambda store: store.log.add(ROOM, entry(2, "mine 1", ME, mine[1].message), False))
    assert ordered is not None and (ordered.position, ordered.state) == (1, MessageState.DELIVERED)
    assert opened.texts(IN_ROOM) == ["theirs", "mine 1", "mine 0"]
    again = opened.run(lambda store: store.log.add(ROOM, entry(2, "mine 1", ME, mine[1].message), False))
    assert again is None
    assert opened.run(lambda store: store.log.last_number(ROOM)) == 2
    opened.run(lambda store: store.messages.set_state([mine[0].message], MessageState.REFUSED))
    opened.run(lambda store: store.log.add(ROOM, entry(3, "later"), True))
    assert opened.texts(IN_ROOM)[-2:] == ["mine 0", "later"], "a refused post waits no more"


def test_the_host_keeps_the_log_of_what_it_deletes_for_itself(opened: Opened) -> None:
    opened.run(lambda store: store.rooms.save(RoomRecord(ROOM, "Room", ME, hosted=True)))
    entries = [entry(number, f"line {number}") for number in (1, 2, 3)]
    opened.run(lambda store: [store.log.add(ROOM, one, True) for one in entries])
    opened.run(lambda store: store.index.step(100))
    opened.run(lambda store: store.messages.delete(IN_ROOM, [entries[1].message]))
    assert opened.texts(IN_ROOM) == ["line 1", "line 3"]
    assert (
        opened.reader.search("line 2") == []
        and opened.reader.position_of(IN_ROOM, entries[1].message) is None
    )
    assert opened.run(lambda store: store.log.entries(ROOM, above=1)) == entries[1:]
    opened.run(lambda store: store.messages.delete(IN_ROOM))
    assert opened.texts(IN_ROOM) == []
    assert len(opened.run(lambda store: store.log.entries(ROOM, above=0))) == 3


def test_a_member_keeps_nothing_of_what_it_deletes(opened: Opened) -> None:
    opened.run(lambda store: store.rooms.save(RoomRecord(ROOM, "Room", BOB, hosted=False)))
    one = entry(1, "gone")
    opened.run(lambda store: store.log.add(ROOM, one, True))
    opened.run(lambda store: store.messages.delete(IN_ROOM, [one.message]))
    assert opened.run(lambda store: store.log.entries(ROOM, above=0)) == []
