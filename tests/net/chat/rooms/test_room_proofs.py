"""What is said in rooms is signed: a host that lies is found out, an old Duplex is taken as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from net.chat.commands import HandOverRoom, JoinRoom
from net.chat.conversation import Conversation
from net.chat.events import MessageAdded, MessageState, Proof, RoomChanged
from net.chat.history.records import LogEntry
from net.chat.identity import Identity, identity_of, verify
from net.chat.rooms.entries import packed, unpacked
from net.protocol.chat.frames import MAX_CONTROL, decode, encode
from net.protocol.chat.messages import MAX_TEXT_BYTES, Queued
from net.protocol.chat.room_messages import (
    MAX_AUTHOR_CERTIFICATE,
    RoomEntry,
    RoomJoin,
    RoomListed,
    RoomLog,
    RoomPost,
    RoomRefused,
    RoomState,
    signed_words,
)
from tests.net.chat.duplexes import identity_number
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile
from tests.net.chat.rooms.test_rooms import has_log, opened, room_of, sees

__all__ = ["deaf"]

ROOM = "cd" * 16
KEY = bytes.fromhex(ROOM)


def entry_of(author: Identity, number: int, text: str, room: bytes = KEY) -> RoomEntry:
    """What an honest author said and an honest host numbered."""
    id = number.to_bytes(16, "big")
    signature = author.sign(signed_words(room, author.id, id, 1000, text))
    return RoomEntry(
        number=number, id=id, author=author.id, name="Bob", time=1000, text=text, signature=signature
    )


def changed(entry: RoomEntry, **fields: object) -> RoomEntry:
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return RoomEntry(**{**values, **fields})


@dataclass
class Liar:
    """A host that tells Ann whatever it likes; Bob is somebody whom she never met."""

    ann: Chatter
    hostile: Hostile
    bob: Identity

    def tell(self, *entries: RoomEntry, certificates: list[bytes] | None = None) -> None:
        known = [self.bob.certificate] if certificates is None else certificates
        self.hostile.send(RoomLog(room=KEY, entries=list(entries), certificates=known))

    def proofs(self, count: int) -> dict[str, Proof]:
        """What Ann was told, by text."""
        ann = self.ann
        ann.wait(
            lambda: len(ann.all(MessageAdded, conversation=Conversation.room(ROOM))) >= count,
            f"{count} messages",
        )
        told = {one.text: one.proof for one in ann.all(MessageAdded, conversation=Conversation.room(ROOM))}
        assert stored_proofs(ann, ROOM) == told
        return told


def stored_proofs(one: Chatter, room: str) -> dict[str, Proof]:
    """As a reader has them."""
    reader = one.engine.history_reader()
    assert reader is not None
    try:
        return {row.text: row.proof for row in reader.fetch(Conversation.room(room), 0, 1000)}
    finally:
        reader.close()


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Liar]:
    with chatters(tmp_path, "Ann") as (ann,):
        hostile = Hostile(tmp_path / "host", "Host")
        try:
            hostile.meet(ann)
            hostile.send(RoomListed(room=KEY, name="tea"))
            ann.wait(lambda: ann.all(RoomChanged), "the room")
            ann.do(JoinRoom(ROOM))
            ann.wait(lambda: hostile.heard(RoomJoin), "the wish")
            hostile.send(RoomState(room=KEY, name="tea", host=hostile.identity.id))
            ann.wait(lambda: ann.all(RoomChanged)[-1].room.joined, "being in it")
            yield Liar(ann, hostile, identity_number(0))
        finally:
            hostile.stop()


def test_what_the_author_signed_is_theirs_though_nobody_met_them(liar: Liar) -> None:
    liar.tell(entry_of(liar.bob, 1, "说得对"))
    assert liar.proofs(1) == {"说得对": Proof.SIGNED}


@pytest.mark.parametrize(
    "lie",
    [
        {"text": "I resign"},
        {"time": 999},
        {"id": b"x" * 16},
        {"reply_to": b"y" * 16},
        {"quote": "a lie"},
        {"signature": bytes(72)},
        {"signature": b"\x30"},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_altered_words_are_found_out(liar: Liar, lie: dict[str, object]) -> None:
    entry = changed(entry_of(liar.bob, 1, "I stay"), **lie)
    liar.tell(entry)
    assert liar.proofs(1) == {entry.text: Proof.FORGED}


def test_words_from_another_room_or_of_another_author_are_found_out(liar: Liar) -> None:
    elsewhere = entry_of(liar.bob, 1, "elsewhere", room=b"o" * 16)
    # Signed by the host's own key, in Bob's name.
    mine = entry_of(liar.hostile.identity, 2, "puppet")
    puppet = changed(mine, author=liar.bob.id)
    liar.tell(elsewhere, puppet, certificates=[liar.bob.certificate, liar.hostile.identity.certificate])
    assert liar.proofs(2) == {"elsewhere": Proof.FORGED, "puppet": Proof.FORGED}


def test_words_in_our_own_name_are_found_out(liar: Liar) -> None:
    mine = bytes.fromhex(liar.ann.identity)
    liar.tell(changed(entry_of(liar.bob, 1, "never said"), author=mine), entry_of(liar.bob, 2, "said"))
    assert liar.proofs(2) == {"never said": Proof.UNSIGNED, "said": Proof.SIGNED}


def test_without_signature_or_certificate_it_is_unsigned(liar: Liar) -> None:
    liar.tell(changed(entry_of(liar.bob, 1, "old Duplex"), signature=b""))
    liar.tell(entry_of(liar.bob, 2, "no certificate"), certificates=[])
    # Another's certificate proves nothing, and is no proof of a lie.
    other = liar.hostile.identity.certificate
    liar.tell(entry_of(liar.bob, 3, "another's"), certificates=[other, b"no certificate at all"])
    assert set(liar.proofs(3).values()) == {Proof.UNSIGNED}


def test_a_certificate_that_came_once_is_kept(liar: Liar) -> None:
    liar.tell(entry_of(liar.bob, 1, "first"))
    liar.tell(entry_of(liar.bob, 2, "second"), certificates=[])
    liar.tell(changed(entry_of(liar.bob, 3, "third"), text="altered"), certificates=[])
    assert liar.proofs(3) == {"first": Proof.SIGNED, "second": Proof.SIGNED, "altered": Proof.FORGED}


def test_a_certificate_goes_once_to_those_who_are_here(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        bob.meet(ann)
        room = opened(ann)
        key = bytes.fromhex(room)
        other = Hostile(tmp_path / "other")
        try:
            other.meet(ann)
            other.send(RoomJoin(room=key))
            ann.wait(lambda: room_of(ann, room).members == 2, "the member")

            def said(count: int) -> list[tuple[str, int]]:
                ann.wait(lambda: len(other.heard(RoomLog)) >= count, f"{count} logs")
                return [(one.entries[0].text, len(one.certificates)) for one in other.heard(RoomLog)]

            for count, text in enumerate(("one", "two"), 1):
                ann.say(Conversation.room(room), text)
                said(count)
            sees(bob, room)
            bob.do(JoinRoom(room))
            has_log(bob, room, ["one", "two"])
            ann.say(Conversation.room(room), "three")
            assert said(3) == [("one", 1), ("two", 0), ("three", 1)]
            has_log(bob, room, ["one", "two", "three"])
            assert set(stored_proofs(bob, room).values()) == {Proof.SIGNED}
        finally:
            other.stop()


def test_a_forged_post_is_refused_and_an_unsigned_one_is_taken(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        bob.meet(ann)
        room = opened(ann, bob)
        key = bytes.fromhex(room)
        hostile = Hostile(tmp_path / "old")
        try:
            hostile.meet(ann)
            hostile.send(RoomJoin(room=key))
            ann.wait(lambda: room_of(ann, room).members == 3, "the member")
            forged = RoomPost(room=key, id=b"f" * 16, text="forged", time=1, signature=bytes(70))
            hostile.queue(forged, RoomPost(room=key, id=b"u" * 16, text="old Duplex", time=1))
            hostile.settle(ann)
            ann.wait(lambda: refusals(hostile), "the refusal")
            assert [(one.reason, one.message) for one in refusals(hostile)] == [("signature", b"f" * 16)]
            has_log(bob, room, ["old Duplex"])
            assert stored_proofs(bob, room) == stored_proofs(ann, room) == {"old Duplex": Proof.UNSIGNED}
        finally:
            hostile.stop()


def refusals(hostile: Hostile) -> list[RoomRefused]:
    """Out of the envelopes it got."""
    bodies = [decode(one.body) for one in hostile.heard(Queued)]
    return [one for one in bodies if isinstance(one, RoomRefused)]


def test_all_is_signed_and_stays_so_through_a_hand_over(tmp_path: Path) -> None:
    """The new host hands on what others signed, to one who never met them."""
    with chatters(tmp_path, "host", "ann", "bob", "late") as (host, ann, bob, late):
        ann.meet(host)
        bob.meet(host)
        room = opened(host, ann, bob)
        where = Conversation.room(room)
        first = bob.say(where, "bob's")
        bob.wait_state(first, MessageState.DELIVERED)
        ann.wait(lambda: ann.texts(where) == ["bob's"], "Bob's")
        ann.wait_state(ann.say(where, "ann's", reply_to=first), MessageState.DELIVERED)
        host.say(where, "host's")
        said = ["bob's", "ann's", "host's"]
        for one in (host, ann, bob):
            has_log(one, room, said)
            assert stored_proofs(one, room) == dict.fromkeys(said, Proof.SIGNED)
        host.do(HandOverRoom(room, ann.identity))
        ann.wait(lambda: room_of(ann, room).hosted_here, "being the host")
        late.meet(ann)
        sees(late, room)
        late.do(JoinRoom(room))
        has_log(late, room, said)
        assert stored_proofs(late, room) == dict.fromkeys(said, Proof.SIGNED)
        late.say(where, "late's")
        has_log(ann, room, [*said, "late's"])
        assert stored_proofs(ann, room)["late's"] is Proof.SIGNED


def test_a_history_from_before_is_read_on_and_deleted_words_leave_no_proof(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann") as made:
        (ann,) = made
        room = opened(ann)
        ann.say(Conversation.room(room), "before")
        has_log(ann, room, ["before"])
        ann.stop()
        path = tmp_path / "Ann" / "history.sqlite"
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("SELECT count(*) FROM signatures").fetchone() == (1,)
            database.executescript("DROP TABLE signatures; DROP TABLE certificates")
        made[0] = ann = ann.again()
        assert stored_proofs(ann, room) == {"before": Proof.NONE}
        ann.say(Conversation.room(room), "after")
        ann.wait(lambda: len(ann.stored(Conversation.room(room))) == 2, "the log")
        assert stored_proofs(ann, room) == {"before": Proof.NONE, "after": Proof.SIGNED}


def test_a_log_fits_its_frames_with_all_certificates() -> None:
    """Long texts of many authors, and one of the longest with the longest certificate."""
    entries = []
    for number in range(1, 150):
        certificate = number.to_bytes(4, "big") * 500
        author = identity_of(certificate).hex()
        common = (number, f"{number:032x}", author, "n", 0, "x" * 400)
        entries.append(LogEntry(*common, signature=b"s" * 72, certificate=certificate))
    whole = b"c" * MAX_AUTHOR_CERTIFICATE
    author = identity_of(whole).hex()
    longest = (150, "ff" * 16, author, "名" * 64, 0, "x" * MAX_TEXT_BYTES, "ee" * 16, "引" * 200)
    entries.append(LogEntry(*longest, signature=b"s" * 80, certificate=whole))
    logs = list(packed(ROOM, entries))
    assert all(len(encode(one)) < min(60_000, MAX_CONTROL) for one in logs)
    assert [entry for one in logs for entry in unpacked(one)] == entries
    assert all(len(set(one.certificates)) == len(one.certificates) for one in logs)
    # One too long for that goes without, and its entry is unsigned to others.
    (alone,) = packed(ROOM, [LogEntry(*longest, signature=b"s", certificate=whole + b"c")])
    assert alone.certificates == []


def test_signing_and_checking_agree() -> None:
    bob = identity_number(0)
    words = signed_words(KEY, bob.id, b"i" * 16, 5, "词", b"", "q")
    assert verify(bob.certificate, bob.sign(words), words)
    shifted = signed_words(KEY, bob.id, b"i" * 16, 5, "q词", b"", "")
    assert words != shifted
