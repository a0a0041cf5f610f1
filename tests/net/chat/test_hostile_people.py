"""Who is who: a hostile peer that has another's name, another's identity, or many of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from net.address import Address
from net.chat import people
from net.chat.commands import AddPerson
from net.chat.discovery import Sighting
from net.chat.discovery.sightings import Way
from net.chat.events import KeyChanged, MessageState, PersonChanged
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile
from tests.net.chat.hostile_stage import honest_go_on, on_loop, quiet, running, three

__all__ = ["deaf", "quiet", "three"]


def test_an_impostor_with_a_known_name_is_held_back(
    three: tuple[Chatter, Chatter, Hostile], tmp_path: Path
) -> None:
    ann, bob, _ = three
    impostor = Hostile(tmp_path / "impostor", "BOB")
    try:
        impostor.pair(ann)
        warned = ann.wait_for(KeyChanged, identity=impostor.hex)
        assert warned.known == bob.identity
        with pytest.raises(Exception, match=r"refused|certificate|alert|reset|closed|by_peer"):
            impostor.talk()
        assert ann.person(bob).path
    finally:
        impostor.stop()


def test_a_stolen_identity_in_a_beacon_does_not_talk(three: tuple[Chatter, Chatter, Hostile]) -> None:
    ann, bob, hostile = three
    chat, port = running(ann), bob.address.port
    bob.stop()
    ann.wait(lambda: not ann.person(bob).path, "Bob's going")
    waiting = ann.say(bob, "a secret for Bob")
    before = len(hostile.duplex.links)
    place = (Address("127.0.0.1", hostile.duplex.doors.port),)
    for number in range(5):
        sighting = Sighting(
            bob.identity, f"Evil Bob {number}", "", place, frozenset({Way.BEACON}), restarted=True
        )
        on_loop(ann, partial(chat.found.seen, sighting))
    links = chat.wire.links
    ann.wait(lambda: links._attempts[bob.identity].failures >= 1, "its trying")
    assert len(hostile.duplex.links) == before
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
    chat = running(ann)
    nobody = (Address("127.0.0.1", 1),)
    ids = [f"{number:064x}" for number in range(3000)]

    def appear() -> None:
        for number, identity in enumerate(ids):
            name = "Bob" if number % 2 else f"ghost {number}\u202e"
            chat.found.seen(Sighting(identity, name, "", nobody, frozenset({Way.BEACON})))

    on_loop(ann, appear)
    honest_go_on(ann, bob)
    names = [one.person.name for one in ann.all(PersonChanged) if one.person.identity != bob.identity]
    assert "Bob" not in names and not any("\u202e" in name for name in names)

    def vanish() -> None:
        for identity in ids:
            chat.found.gone(identity)

    on_loop(ann, vanish)
    assert len(chat.context.people.contacts) == 2
    assert len(chat.wire.links._attempts) <= 2


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
        assert len(running(ann).context.people.contacts) == 4
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
