"""The chat's core: two and more Engines that really talk over 127.0.0.1."""

from __future__ import annotations

import socket
import threading
from functools import partial
from pathlib import Path

import pytest

from net.address import Address
from net.chat import typing_notices
from net.chat.commands import (
    AddPerson,
    BlockPerson,
    ConfirmDigits,
    ForgetPerson,
    MarkDisplayed,
    OwnStatus,
    Search,
    SendText,
    SendTyping,
    SetPresence,
    SetProfile,
    StartChat,
    StopChat,
    TrustNewKey,
)
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.discovery import Sighting
from net.chat.discovery.sightings import Way
from net.chat.events import (
    ChatFailed,
    ChatFault,
    ChatStarted,
    ConversationChanged,
    DigitsCompared,
    KeyChanged,
    MessageAdded,
    MessageState,
    PersonChanged,
    PersonForgotten,
    PresenceState,
    SearchFound,
    Trust,
    TypingSeen,
)
from net.chat.ids import new_id
from net.chat.wires.duplex.link import Link
from net.engine import Engine
from net.events import FaultKind
from tests.net.chat.engines import DEADLINE, Chatter, chatters, deaf
from tests.net.chat.hostile_stage import on_loop, running

__all__ = ["deaf"]


def faulted(one: Chatter, kind: FaultKind) -> bool:
    return any(event.fault.kind is kind for event in one.all(ChatFault))


def has_more_than(one: Chatter, other: Chatter, count: int) -> bool:
    """Whether ``one`` has more than ``count`` texts with ``other``."""
    return len(one.texts(other)) > count


def test_a_text_arrives_and_comes_back_as_delivered_and_displayed(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "李雷") as (ann, lei):
        ann.meet(lei)
        message = ann.say(lei, "你好\nhello 😀")
        lei.wait(lambda: lei.texts(ann) == ["你好\nhello 😀"], "the text")
        ann.wait_state(message, MessageState.DELIVERED)
        lei.wait(lambda: lei.person(ann).unread == 1, "an unread message")
        lei.do(MarkDisplayed(Conversation.person(ann.identity), 0))
        lei.wait(lambda: lei.person(ann).unread == 0, "nothing unread")
        ann.wait_state(message, MessageState.DISPLAYED)
        assert lei.stored(Conversation.person(ann.identity)) == ["你好\nhello 😀"]
        assert ann.person(lei).digits == lei.person(ann).digits != ""
        assert ann.person(lei).trust is Trust.UNVERIFIED


def test_a_reply_quotes(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        first = ann.say(bob, "q" * 300)
        bob.wait(lambda: bob.texts(ann), "the question")
        bob.say(ann, "answer", reply_to=first)
        ann.wait(lambda: ann.texts(bob) == ["answer"], "the answer")
        reader = ann.engine.history_reader()
        assert reader is not None
        row = reader.fetch(Conversation.person(bob.identity), 1, 2)[0]
        reader.close()
        assert (row.reply_to, row.quote) == (first, "q" * 200)


@pytest.mark.timeout(300)
def test_both_flood_each_other_and_nothing_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        for number in range(3000):
            ann.say(bob, f"a{number}")
            bob.say(ann, f"b{number}")
        bob.wait(lambda: len(bob.texts(ann)) >= 3000, "all of Ann's", 100)
        ann.wait(lambda: len(ann.texts(bob)) >= 3000, "all of Bob's", 100)
        assert bob.texts(ann) == [f"a{number}" for number in range(3000)]
        assert ann.texts(bob) == [f"b{number}" for number in range(3000)]


def test_messages_wait_for_who_is_away_over_restarts_of_both(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as made:
        ann, bob = made
        ann.meet(bob)
        bob.stop()
        ann.wait(lambda: not ann.person(bob).path, "Bob's going")
        early = [ann.say(bob, f"early {number}") for number in range(20)]
        ann.wait(lambda: len(ann.all(MessageAdded)) == 20, "them in the history")
        made[0] = ann = ann.again()
        late = [ann.say(bob, f"late {number}") for number in range(20)]
        made[1] = bob = bob.again()
        bob.wait(lambda: len(bob.texts(ann)) >= 40, "all messages")
        expected = [f"early {number}" for number in range(20)] + [f"late {number}" for number in range(20)]
        assert bob.texts(ann) == expected
        for message in early + late:
            ann.wait_state(message, MessageState.DELIVERED)
        bob.do(MarkDisplayed(Conversation.person(ann.identity), 39))
        ann.wait_state(late[-1], MessageState.DISPLAYED)
        assert bob.stored(Conversation.person(ann.identity)) == expected


def test_links_that_break_all_the_time_lose_nothing(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        contact = running(ann).context.people.get(bob.identity)
        assert contact is not None

        def cut() -> None:
            if isinstance(contact.line, Link):
                contact.line.abort()

        for number in range(600):
            ann.say(bob, str(number))
            if number % 60 == 30:
                bob.wait(partial(has_more_than, bob, ann, number - 30), "half of it")
                on_loop(ann, cut)
        bob.wait(lambda: len(bob.texts(ann)) >= 600, "all of it", 60)
        assert bob.texts(ann) == [str(number) for number in range(600)]


def test_both_dial_at_once_and_one_link_stays(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        barrier = threading.Barrier(2)

        def dial(one: Chatter, other: Chatter) -> None:
            barrier.wait()
            one.do(AddPerson(other.address))

        threads = [threading.Thread(target=dial, args=pair) for pair in ((ann, bob), (bob, ann))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ann.wait(lambda: (p := ann.person(bob)) and p.path, "a link")
        bob.wait(lambda: (p := bob.person(ann)) and p.path, "a link")
        message = ann.say(bob, "one")
        ann.wait_state(message, MessageState.DELIVERED)
        answer = bob.say(ann, "two")
        bob.wait_state(answer, MessageState.DELIVERED)
        bob.has_texts(ann, ["one"])
        ann.has_texts(bob, ["two"])
        ann.same_digits(bob)


def test_two_addresses_of_one_person_are_one_person(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        other = Address("127.0.0.2", bob.address.port)
        ann.do(AddPerson(other))
        ann.do(AddPerson(other, bob.identity))
        message = ann.say(bob, "hello")
        ann.wait_state(message, MessageState.DELIVERED)
        bob.has_texts(ann, ["hello"])
        people = {event.person.identity for event in ann.all(PersonChanged)}
        assert people == {bob.identity}


def test_verified_only_when_both_said_so_in_either_order(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        ann.do(ConfirmDigits(bob.identity, True))
        assert bob.wait_for(DigitsCompared).same
        assert ann.person(bob).trust is bob.person(ann).trust is Trust.UNVERIFIED
        bob.do(ConfirmDigits(ann.identity, True))
        bob.wait(lambda: bob.person(ann).trust is Trust.VERIFIED, "trust")
        ann.wait(lambda: ann.person(bob).trust is Trust.VERIFIED, "trust")
        bob.do(ConfirmDigits(ann.identity, False))
        ann.wait(lambda: ann.person(bob).trust is Trust.UNVERIFIED, "no trust")


def test_what_was_said_of_the_digits_survives_a_restart(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as made:
        ann, bob = made
        ann.meet(bob)
        ann.do(ConfirmDigits(bob.identity, True))
        bob.wait_for(DigitsCompared)
        made[1] = bob = bob.again()
        bob.wait(lambda: bob.person(ann), "remembering Ann")
        bob.do(ConfirmDigits(ann.identity, True))
        bob.wait(lambda: bob.person(ann).trust is Trust.VERIFIED, "trust")
        ann.wait(lambda: ann.person(bob).trust is Trust.VERIFIED, "trust")
        made[0] = ann = ann.again()
        assert ann.wait(lambda: ann.person(bob), "remembering Bob").trust is Trust.VERIFIED


def test_a_known_name_with_another_key_is_held_back(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as made:
        ann, bob = made
        ann.meet(bob)
        impostor = Chatter(tmp_path / "third", "BOB")
        made.append(impostor)
        impostor.do(AddPerson(ann.address))
        told = ann.wait_for(KeyChanged)
        assert (told.identity, told.known, told.name) == (impostor.identity, bob.identity, "BOB")
        impostor.wait(lambda: impostor.person(ann), "knowing Ann")
        impostor.say(ann, "it is me")
        assert ann.wait(lambda: ann.person(impostor)).trust is Trust.CHANGED
        ann.say(impostor, "who?")
        fault = ann.wait_for(ChatFault)
        assert fault.details["reason"] == "person_blocked"
        ann.say(bob, "is that you?")
        bob.wait(lambda: bob.texts(ann) == ["is that you?"], "the honest one is served")
        assert ann.texts(impostor) == []
        ann.do(TrustNewKey(impostor.identity))
        ann.wait(lambda: ann.person(impostor).trust is Trust.UNVERIFIED, "the decision")
        impostor.do(AddPerson(ann.address, ann.identity))
        ann.wait(lambda: ann.texts(impostor) == ["it is me"], "what was said")


def test_who_is_blocked_gets_nothing_through(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        ann.do(BlockPerson(bob.identity, True))
        bob.wait(lambda: not bob.person(ann).path, "being cut")
        message = bob.say(ann, "hello?")
        bob.do(AddPerson(ann.address, ann.identity))
        bob.wait_for(ChatFault)
        assert ann.person(bob).trust is Trust.BLOCKED
        assert not ann.person(bob).path
        assert MessageState.DELIVERED not in bob.states(message) and ann.texts(bob) == []
        ann.do(BlockPerson(bob.identity, False))
        ann.wait(lambda: ann.person(bob).trust is Trust.UNVERIFIED, "the pardon")
        bob.do(AddPerson(ann.address, ann.identity))
        bob.wait_state(message, MessageState.DELIVERED)


def test_who_is_forgotten_meets_again_as_new(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        first = ann.say(bob, "one")
        ann.wait_state(first, MessageState.DELIVERED)
        ann.do(ForgetPerson(bob.identity, history=True))
        ann.wait_for(PersonForgotten, identity=bob.identity)
        ann.wait_for(ConversationChanged, conversation=Conversation.person(bob.identity), count=0)
        ann.do(AddPerson(bob.address))
        ann.wait(lambda: (p := ann.person(bob)) and p.path, "meeting again")
        second = ann.say(bob, "two")
        ann.wait_state(second, MessageState.DELIVERED)
        bob.wait(lambda: bob.texts(ann) == ["one", "two"], "both")


def test_who_goes_while_being_dialled_does_not_come_back(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as (ann,), socket.create_server(("127.0.0.1", 0)) as silent:
        chat, ghost = running(ann), "ab" * 32
        place = (Address.from_socket(silent.getsockname()),)
        on_loop(ann, lambda: chat.found.seen(Sighting(ghost, "Ghost", "", place, frozenset({Way.BEACON}))))
        silent.settimeout(DEADLINE)
        with silent.accept()[0]:
            on_loop(ann, lambda: chat.found.gone(ghost))
            ann.wait(lambda: not chat.wire.links.dials, "the end of the dialling")
        ann.say(EVERYBODY, "what is told after it")
        ann.wait_for(ChatFault)
        told = [one for one in ann.events if isinstance(one, (PersonChanged, PersonForgotten))]
        assert isinstance(told[0], PersonChanged) and isinstance(told[-1], PersonForgotten)


def test_an_announcement_goes_to_all_as_one(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob", "Cid") as (ann, bob, cid):
        message = ann.say(EVERYBODY, "nobody hears")
        assert ann.wait_for(ChatFault).details["reason"] == "no_one_visible"
        ann.meet(bob)
        ann.meet(cid)
        message = ann.say(EVERYBODY, "fire drill")
        bob.wait(lambda: bob.texts(EVERYBODY) == ["fire drill"], "the announcement")
        cid.wait(lambda: cid.texts(EVERYBODY) == ["fire drill"], "the announcement")
        for one in (bob, cid):
            assert one.wait_for(MessageAdded).announcement
        ann.wait_state(message, MessageState.DELIVERED)
        bob.do(MarkDisplayed(EVERYBODY, 0))
        cid.do(MarkDisplayed(EVERYBODY, 0))
        ann.wait_state(message, MessageState.DISPLAYED)
        assert len(ann.all(MessageAdded)) == 1


def test_presence_names_and_typing_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typing_notices, "SEND_EVERY", 3600.0)
    with chatters(tmp_path, "Ann", "Bob", "Cid") as (ann, bob, cid):
        ann.meet(bob)
        bob.meet(cid)
        ann.do(SetPresence(OwnStatus.BUSY))
        bob.wait(lambda: bob.person(ann).presence is PresenceState.BUSY, "being busy")
        ann.do(SetProfile("Anna", "#112233"))
        bob.wait(lambda: bob.person(ann).name == "Anna", "the new name")
        assert bob.person(ann).colour == "#112233"
        for _ in range(20):
            ann.do(SendTyping(Conversation.person(bob.identity)))
        ann.do(SetProfile("cid"))
        ann.do(SetPresence(OwnStatus.ONLINE))
        bob.wait(lambda: bob.person(ann).presence is PresenceState.ONLINE, "being online")
        assert bob.person(ann).name == "Anna", "a known person's name is not to be had"
        assert len(bob.all(TypingSeen)) == 1
        ann.stop()
        bob.wait(lambda: bob.person(ann).presence is PresenceState.OFFLINE, "being away")


def test_commands_before_the_start_are_answered(tmp_path: Path) -> None:
    engine = Engine()
    engine.submit(SendText(EVERYBODY, new_id(), "hello"))
    (event,) = engine.events.get(timeout=DEADLINE)
    engine.stop()
    assert engine.join(DEADLINE)
    assert isinstance(event, ChatFault) and event.details["reason"] == "not_started"


def test_a_profile_is_used_once(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as (ann,):
        engine = Engine()
        engine.submit(StartChat(ann.folder, ann.folder, "Ann", port=0))
        (event,) = engine.events.get(timeout=DEADLINE)
        engine.stop()
        assert engine.join(DEADLINE)
        assert isinstance(event, ChatFailed) and event.fault.kind is FaultKind.PROFILE_IN_USE


def test_texts_that_cannot_be_sent_are_told(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        for text, kind in ((" \n", FaultKind.NOT_OPEN), ("x" * 16_001, FaultKind.MESSAGE_TOO_LONG)):
            ann.say(bob, text)
            ann.wait(partial(faulted, ann, kind), str(kind))
        ann.say(Conversation.person("0" * 64), "x")
        ann.wait(lambda: ann.all(ChatFault)[-1].details.get("reason") == "person_unknown", "nobody")
        longest = "字" * 16_000
        ann.say(bob, longest)
        bob.wait(lambda: bob.texts(ann) == [longest], "the longest")


def test_search_finds(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        message = ann.say(bob, "we meet at the 车站 tomorrow")
        ann.wait_state(message, MessageState.DELIVERED)
        bob.do(Search(7, "车站"))
        found = bob.wait_for(SearchFound, job=7)
        assert [hit[1] for hit in found.hits] == [message]


def test_the_chat_stops_and_starts_again_in_one_engine(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        ann.do(StopChat())
        bob.wait(lambda: not bob.person(ann).path, "Ann's going")
        ann.do(StartChat(ann.folder, ann.folder, "Ann", port=ann.address.port))
        ann.wait(lambda: len(ann.all(ChatStarted)) == 2, "the second start")
        bob.wait_state(bob.say(ann, "back?"), MessageState.DELIVERED)
