"""The outbox's numbers, and what counts as received."""

from __future__ import annotations

from net.chat.events import MessageState
from net.chat.history import HistoryStore
from tests.net.chat.history.stores import BOB, EVE, ME, WITH_BOB, Opened, said

STREAM = b"s" * 16


def test_envelopes_wait_in_order_until_acknowledged(opened: Opened) -> None:
    mine = said("one", ME)

    def send(store: HistoryStore) -> list[int]:
        store.messages.add(WITH_BOB, mine, False)
        return store.outbox.enqueue([BOB], b"1", mine.message) + store.outbox.enqueue([BOB], b"2")

    assert opened.run(send) == [1, 2]
    opened = opened.again()
    try:
        waiting = opened.run(lambda store: store.outbox.unsent(BOB))
        assert [(one.number, one.body, one.message) for one in waiting] == [
            (1, b"1", mine.message),
            (2, b"2", ""),
        ]
        assert [one.number for one in opened.run(lambda store: store.outbox.unsent(BOB, above=1))] == [2]
        assert len(opened.run(lambda store: store.outbox.unsent(BOB, limit=1))) == 1
        (sent,) = opened.run(lambda store: store.sent(BOB, 0, 1, "10.0.0.2:1"))
        assert sent.state is MessageState.SENT
        removed, (delivered,) = opened.run(lambda store: store.acknowledged(BOB, 1))
        assert removed == 1
        assert (delivered.conversation, delivered.message) == (WITH_BOB, mine.message)
        assert opened.reader.fetch(WITH_BOB, 0, 1)[0].path == "10.0.0.2:1"
        assert opened.run(lambda store: store.acknowledged(BOB, 1)) == (0, [])
        assert opened.run(lambda store: store.outbox.waiting()) == {BOB: 1}
        assert opened.run(lambda store: store.outbox.enqueue([BOB], b"3")) == [3], "numbers are never reused"
    finally:
        opened.close()


def test_numbers_go_on_after_all_was_acknowledged_and_the_program_restarted(opened: Opened) -> None:
    opened.run(lambda store: store.outbox.enqueue([BOB], b"1"))
    opened.run(lambda store: store.acknowledged(BOB, 1))
    stream = opened.run(lambda store: store.outbox.stream(BOB))
    opened = opened.again()
    try:
        assert opened.run(lambda store: store.outbox.enqueue([BOB], b"2")) == [2]
        assert opened.run(lambda store: store.outbox.stream(BOB)) == stream and len(stream) == 16
    finally:
        opened.close()


def test_many_receivers_share_one_body_until_the_last_has_it(opened: Opened) -> None:
    opened.run(lambda store: store.outbox.enqueue([EVE], b"before"))
    assert opened.run(lambda store: store.outbox.enqueue([BOB, EVE], b"all")) == [1, 2]

    def bodies() -> object:
        return opened.query("SELECT count(*) FROM bodies WHERE body = ?", b"all")[0]

    assert bodies() == 1
    opened.run(lambda store: store.acknowledged(BOB, 1))
    assert bodies() == 1 and [one.body for one in opened.run(lambda store: store.outbox.unsent(EVE))] == [
        b"before",
        b"all",
    ]
    opened.run(lambda store: store.outbox.drop(EVE))
    assert bodies() == 0 and opened.run(lambda store: store.outbox.waiting()) == {}


def test_an_envelope_counts_once_for_each_stream(opened: Opened) -> None:
    def receive(number: int, stream: bytes = STREAM, peer: str = BOB) -> bool:
        return opened.run(lambda store: store.outbox.receive(peer, stream, number))

    assert [receive(1), receive(1), receive(5), receive(4)] == [True, False, True, False]
    assert receive(1, b"t" * 16) and receive(1, peer=EVE)
    opened = opened.again()
    try:
        assert opened.run(lambda store: store.outbox.received(BOB, STREAM)) == 5
        assert opened.run(lambda store: store.outbox.received(BOB, b"u" * 16)) == 0
        assert not receive(5)
    finally:
        opened.close()


def test_a_new_stream_numbers_what_waits_from_one(opened: Opened) -> None:
    for body in (b"1", b"2", b"3"):
        opened.run(lambda store, body=body: store.outbox.enqueue([BOB], body))  # type: ignore[misc]
    opened.run(lambda store: store.acknowledged(BOB, 1))
    old = opened.run(lambda store: store.outbox.stream(BOB))
    fresh = opened.run(lambda store: store.outbox.renew(BOB))
    assert fresh != old and opened.run(lambda store: store.outbox.stream(BOB)) == fresh
    waiting = opened.run(lambda store: store.outbox.unsent(BOB))
    assert [(one.number, one.body) for one in waiting] == [(1, b"2"), (2, b"3")]
    assert opened.run(lambda store: store.outbox.enqueue([BOB], b"4")) == [3]
    assert opened.run(lambda store: store.outbox.stream(EVE)) == old
