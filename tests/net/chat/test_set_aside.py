"""One message that can't be handled, in an envelope or outside, is set aside and told of; the link stays, and
the others arrive. However many there are, they fill no log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from net.chat.context import ChatContext
from net.chat.conversation import Conversation
from net.chat.events import ChatFault, MessageState, PersonChanged
from net.chat.history import HistoryStore, StoreAction
from net.chat.mistakes import WHOLE
from net.chat.rooms.hosted_room import MAX_LISTED
from net.chat.texts import Texts
from net.chat.typing_notices import TypingNotices
from net.chat.wires.duplex import delivery
from net.chat.wires.duplex.link import Link
from net.protocol.chat.frames import CONTROL, encode_body
from net.protocol.chat.messages import MAX_BODY, MAX_NAME, Queued, Say, Typing
from net.protocol.chat.room_messages import RoomHandover
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile
from tests.net.chat.hostile_stage import on_loop, running

__all__ = ["deaf"]

POISON = "poison"
TEXTS = ["one", POISON, "two", POISON, "three"]


def set_aside(one: Chatter) -> list[ChatFault]:
    return [fault for fault in one.all(ChatFault) if fault.details.get("reason") == "set_aside"]


def links(one: Chatter, other: Chatter) -> set[str]:
    """All the paths that were used: a link that ends and comes back takes another port."""
    return {
        event.person.path
        for event in one.all(PersonChanged)
        if event.person.identity == other.identity and event.person.path
    }


def link_to(one: Chatter, other: Chatter) -> Link:
    link = running(one).context.people.contacts[other.identity].line
    assert isinstance(link, Link)
    return link


def raising(work: Callable[..., Any], when: Callable[..., bool]) -> Callable[..., Any]:
    def raised(*values: Any, **named: Any) -> Any:
        if when(*values, **named):
            raise RuntimeError(POISON)
        return work(*values, **named)

    return raised


def plan(monkeypatch: pytest.MonkeyPatch) -> None:
    def when(self: Texts, identity: str, message: Say) -> bool:
        return message.text == POISON

    monkeypatch.setattr(Texts, "take", raising(Texts.take, when))


def deed(monkeypatch: pytest.MonkeyPatch) -> None:
    take = Texts.take

    def taken(self: Texts, identity: str, message: Say) -> StoreAction | None:
        def bad(store: HistoryStore) -> None:
            raise RuntimeError(POISON)

        return bad if message.text == POISON else take(self, identity, message)

    monkeypatch.setattr(Texts, "take", taken)


def effect(monkeypatch: pytest.MonkeyPatch) -> None:
    def when(self: ChatContext, row: Any) -> bool:
        return bool(row.incoming and row.text == POISON)

    monkeypatch.setattr(ChatContext, "added", raising(ChatContext.added, when))


@pytest.mark.parametrize("where", [plan, deed, effect], ids=lambda one: one.__name__)
def test_what_comes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: Callable[[pytest.MonkeyPatch], None],
) -> None:
    caplog.set_level(logging.CRITICAL)
    where(monkeypatch)
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        sent = [ann.say(bob, text) for text in TEXTS]
        for message in sent:
            ann.wait_state(message, MessageState.DELIVERED)
        bob.wait(lambda: bob.texts(ann) == ["one", "two", "three"], "what can be handled")
        bob.wait(lambda: set_aside(bob), "what was set aside")
        # Once for a link, however many there are.
        assert [(one.conversation, one.identity) for one in set_aside(bob)] == [
            (Conversation.person(ann.identity), ann.identity)
        ]
        assert len(links(bob, ann)) == len(links(ann, bob)) == 1
        assert not set_aside(ann)


def test_what_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(delivery, "MAX_BODY", 2_000)
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        first, long, last = (ann.say(bob, text) for text in ("one", "x" * 3_000, "two"))
        for message in (first, last):
            ann.wait_state(message, MessageState.DELIVERED)
        ann.wait_state(long, MessageState.REFUSED)
        bob.has_texts(ann, ["one", "two"])
        ann.wait_state(ann.say(bob, "three"), MessageState.DELIVERED)
        assert MessageState.DELIVERED not in ann.states(long)
        assert [one.identity for one in set_aside(ann)] == [bob.identity]
        assert len(links(bob, ann)) == 1


def test_a_hand_over_fits_its_envelope() -> None:
    many = [bytes(32)] * MAX_LISTED
    handover = RoomHandover(
        room=bytes(16),
        name="名" * MAX_NAME,
        code="ABCDEF",
        locked=True,
        read_only=True,
        muted=many,
        removed=many,
    )
    assert len(encode_body(handover)) <= MAX_BODY


def test_what_comes_outside_an_envelope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(TypingNotices, "take", raising(TypingNotices.take, lambda *_: True))
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        link = link_to(ann, bob)
        many = 60
        on_loop(ann, lambda: link.send_many([Typing()] * many))
        # What comes behind them is handled, on the same link.
        ann.wait_state(ann.say(bob, "one"), MessageState.DELIVERED)
        bob.wait(lambda: bob.texts(ann) == ["one"], "what comes behind")
        assert [one.identity for one in set_aside(bob)] == [ann.identity]
        assert link.is_open and len(links(bob, ann)) == len(links(ann, bob)) == 1
        # Who sends many fills no log: some whole ones, and each doubling of their number.
        logged = [one for one in caplog.records if POISON in one.getMessage()]
        assert len([one for one in logged if one.exc_info]) == WHOLE
        assert WHOLE < len(logged) <= WHOLE + many.bit_length()


def test_what_breaks_the_protocol_still_ends_the_link(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        link = link_to(ann, bob)
        body = b"\x81\xa1t\x01"
        on_loop(ann, lambda: link.send_encoded(len(body).to_bytes(4, "big") + bytes([CONTROL]) + body))
        ann.wait(lambda: not link.is_open, "its end")
        assert not set_aside(bob)


def test_envelopes_that_can_not_be_read_fill_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hostile = Hostile(tmp_path / "hostile")
    try:
        with chatters(tmp_path, "Ann") as (ann,):
            hostile.meet(ann)
            hostile.send(*(Queued(number=number, body=b"\xc1") for number in range(1, 201)))
            hostile.number = 200
            hostile.settle(ann)
        logged = [one for one in caplog.records if "an envelope" in one.getMessage()]
        assert WHOLE <= len(logged) <= WHOLE + (200).bit_length()
    finally:
        hostile.stop()
