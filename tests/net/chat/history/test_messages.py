"""Conversations: positions, what was seen, states, deleting."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import MessageState
from net.chat.history import HistoryReader, HistoryStore, MessageRow
from tests.net.chat.history.stores import BOB, EVE, ME, ROOM, WITH_BOB, Opened, said

IN_ROOM = Conversation.room(ROOM)


def test_a_row_comes_back_as_it_went_in(opened: Opened) -> None:
    new = said("多行\n文字 🎉")
    added = opened.run(lambda store: store.messages.add(WITH_BOB, new, True))
    (row,) = opened.reader.fetch(WITH_BOB, 0, 5)
    assert row == added
    assert (row.text, row.author, row.incoming, row.position) == ("多行\n文字 🎉", BOB, True, 0)
    assert row.state is MessageState.RECEIVED and abs(row.time - time.time_ns()) < 60e9
    assert opened.reader.get(WITH_BOB, new.message) == row
    (conversation,) = opened.reader.conversations()
    assert (conversation.count, conversation.unread, conversation.last) == (1, 1, row)


def test_the_same_message_is_kept_once_in_a_conversation(opened: Opened) -> None:
    new = said("once")

    def twice(store: HistoryStore) -> list[MessageRow | None]:
        return [store.messages.add(WITH_BOB, new, True) for _ in range(2)]

    first, second = opened.run(twice)
    assert first is not None and second is None
    assert opened.run(lambda store: store.messages.add(WITH_BOB, new, True)) is None
    assert opened.run(lambda store: store.messages.add(EVERYBODY, new, True)) is not None
    assert opened.texts() == ["once"] and opened.reader.count(EVERYBODY) == 1


def test_seen_messages_are_told_once(opened: Opened) -> None:
    ids = opened.hear("a", "b", "c")
    seen = opened.run(lambda store: store.messages.mark_displayed(WITH_BOB, 1))
    assert seen.messages == ((BOB, ids[0]), (BOB, ids[1])) and seen.unread == 1
    assert opened.run(lambda store: store.messages.mark_displayed(WITH_BOB, 1)).messages == ()
    assert opened.run(lambda store: store.messages.mark_displayed(WITH_BOB, 99)).messages == ((BOB, ids[2]),)
    opened.hear("d")
    assert opened.reader.unread(WITH_BOB) == 1


def test_a_state_never_goes_back(opened: Opened) -> None:
    mine = said("hi", ME)
    opened.run(lambda store: store.messages.add(WITH_BOB, mine, False))

    def set_state(state: MessageState, peer: str = BOB, path: str = "") -> list[MessageState]:
        changes = opened.run(lambda store: store.messages.set_state([mine.message], state, peer, path))
        return [change.state for change in changes]

    assert set_state(MessageState.DELIVERED, path="10.0.0.2:45654") == [MessageState.DELIVERED]
    assert set_state(MessageState.SENT) == []
    assert set_state(MessageState.DISPLAYED, peer=EVE) == [], "Eve can say nothing of what went to Bob"
    assert set_state(MessageState.DISPLAYED) == [MessageState.DISPLAYED]
    row = opened.reader.fetch(WITH_BOB, 0, 1)[0]
    assert (row.state, row.path) == (MessageState.DISPLAYED, "10.0.0.2:45654")


def test_nobody_changes_the_state_of_an_incoming_message(opened: Opened) -> None:
    (id,) = opened.hear("theirs")
    assert opened.run(lambda store: store.messages.set_state([id], MessageState.REFUSED, BOB)) == []


def test_an_announcement_is_as_far_as_its_last_receiver(opened: Opened) -> None:
    mine = said("to all", ME)
    opened.run(lambda store: store.messages.add(EVERYBODY, mine, False, recipients=[BOB, EVE]))

    def delivered(peer: str) -> list[MessageState]:
        changes = opened.run(
            lambda store: store.messages.set_state([mine.message], MessageState.DELIVERED, peer)
        )
        return [change.state for change in changes]

    assert delivered(BOB) == []
    row = opened.reader.fetch(EVERYBODY, 0, 1)[0]
    assert (row.state, row.recipients, row.delivered, row.displayed) == (MessageState.QUEUED, 2, 1, 0)
    assert opened.reader.recipients(EVERYBODY, mine.message) == {
        BOB: MessageState.DELIVERED,
        EVE: MessageState.QUEUED,
    }
    assert delivered(EVE) == [MessageState.DELIVERED]
    assert delivered("dd" * 32) == [], "who was not meant has no say"


@pytest.mark.parametrize("seed", range(8))
def test_positions_stay_dense_whatever_is_deleted(opened: Opened, seed: int) -> None:
    """Against a plain list that does the same."""
    chance = random.Random(seed)
    model: list[tuple[str, str, bool]] = []
    seen: set[str] = set()
    for step in range(150):
        choice = chance.random()
        if choice < 0.5 or not model:
            new, incoming = said(f"{step}"), chance.random() < 0.7
            opened.run(lambda store, new=new, incoming=incoming: store.messages.add(WITH_BOB, new, incoming))  # type: ignore[misc]
            model.append((new.message, new.text, incoming))
        elif choice < 0.65:
            position = chance.randrange(len(model))
            opened.run(lambda store, at=position: store.messages.mark_displayed(WITH_BOB, at))  # type: ignore[misc]
            seen.update(message for message, _, _ in model[: position + 1])
        else:
            gone = [message for message, _, _ in chance.sample(model, min(len(model), chance.randint(1, 5)))]
            opened.run(lambda store, gone=gone: store.messages.delete(WITH_BOB, gone))  # type: ignore[misc]
            model = [entry for entry in model if entry[0] not in gone]
        if chance.random() < 0.1:
            opened.store.messages.reset()  # as after a restart: nothing is known but the database
        assert opened.texts() == [text for _, text, _ in model]
        assert opened.reader.count(WITH_BOB) == len(model)
        unread = sum(incoming and message not in seen for message, _, incoming in model)
        assert opened.reader.unread(WITH_BOB) == unread
    for position, (message, _, _) in enumerate(model):
        assert opened.reader.position_of(WITH_BOB, message) == position


def test_a_deleted_conversation_is_empty_at_once_and_swept_later(opened: Opened) -> None:
    opened.hear(*(f"text {number}" for number in range(50)))
    opened.hear("stays", conversation=EVERYBODY)
    opened.run(lambda store: store.index.step(20))
    opened.run(lambda store: store.messages.delete(WITH_BOB))
    assert opened.reader.count(WITH_BOB) == 0 and opened.reader.search("text") == []
    opened.hear("anew")
    while opened.run(lambda store: store.messages.sweep(7)):
        pass
    assert opened.texts() == ["anew"] and opened.texts(EVERYBODY) == ["stays"]
    opened.run(lambda store: store.index.step(100))
    assert [hit.snippet for hit in opened.reader.search("anew")] == ["anew"]
    assert opened.reader.search("text") == []


def test_the_space_of_a_deleted_conversation_goes_back_to_the_disk_in_few_steps(opened: Opened) -> None:
    """A step is taken each quarter of a second: a page a step would be ten minutes for ten megabytes."""
    opened.hear(*("x" * 10_000 for _ in range(1_000)))
    opened.run(lambda store: store.messages.delete(WITH_BOB))
    opened.query("PRAGMA wal_checkpoint(TRUNCATE)")
    assert opened.path.stat().st_size > 10_000_000
    steps = 0
    while opened.run(lambda store: store.sweep(500)):
        steps += 1
    assert steps < 10
    opened.query("PRAGMA wal_checkpoint(TRUNCATE)")
    assert opened.path.stat().st_size < 6_000_000


def test_old_messages_go_and_the_rest_keeps_its_order(opened: Opened) -> None:
    for number in range(10):
        new = said(f"{number}", time=1_000 + number)
        opened.run(lambda store, new=new: store.messages.add(WITH_BOB, new, True))  # type: ignore[misc]
    rounds = 0
    while opened.run(lambda store: store.messages.delete_older(1_006, limit=4)):
        rounds += 1
    assert rounds == 2 and opened.texts() == ["6", "7", "8", "9"]
    assert opened.reader.unread(WITH_BOB) == 4
    opened.hear("next")
    assert opened.texts()[-1] == "next"


def test_an_error_undoes_all_of_its_transaction(opened: Opened) -> None:
    def fails(store: HistoryStore) -> None:
        store.messages.add(WITH_BOB, said("half"), True)
        store.outbox.receive(BOB, b"s" * 16, 5)
        raise LookupError

    with pytest.raises(LookupError):
        opened.run(fails)
    opened.hear("whole")
    assert opened.texts() == ["whole"] and opened.reader.unread(WITH_BOB) == 1
    assert opened.run(lambda store: store.outbox.received(BOB, b"s" * 16)) == 0


def test_nothing_is_found_where_there_is_no_file(tmp_path: Path) -> None:
    reader = HistoryReader(tmp_path / "none.sqlite")
    assert reader.conversations() == [] and reader.fetch(WITH_BOB, 0, 9) == []
    assert reader.count(WITH_BOB) == 0 and reader.search("any") == []
    assert not (tmp_path / "none.sqlite").exists()


def test_a_damaged_name_hides_its_conversation_alone(opened: Opened) -> None:
    bob, eve = WITH_BOB, Conversation.person(EVE)
    opened.hear("to be damaged", conversation=eve)
    opened.hear("still here")
    with closing(sqlite3.connect(opened.path)) as database, database:
        database.execute("UPDATE conversations SET name = 'p:damaged' WHERE name = ?", (str(eve),))
    assert [row.conversation for row in opened.reader.conversations()] == [bob]
    assert [hit.conversation for hit in opened.reader.search("here", None, 10)] == [bob]
    assert opened.reader.search("damaged", None, 10) == []
