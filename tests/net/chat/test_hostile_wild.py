"""Messages made by hypothesis, whole and damaged, from a paired peer to an Engine that chats with an honest
one: every kind, in and out of envelopes, with ids that exist and ids that don't."""

from __future__ import annotations

import logging
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from net.chat.commands import (
    AcceptTransfer,
    CreateRoom,
    ExportConversation,
    ExportFormat,
    JoinRoom,
    OfferFiles,
)
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import (
    MessageState,
    RoomChanged,
    RoomEnded,
    TransferChanged,
    TransferStage,
    Trust,
)
from net.events import Exported
from net.protocol.chat.frames import encode, encode_data
from net.protocol.chat.messages import Queued, Wire, WireError
from net.protocol.chat.room_messages import RoomJoin, RoomListed, RoomState
from tests.net.chat.engines import Chatter, chatters, deaf
from tests.net.chat.hostile import Hostile, assert_untroubled, assert_whole, tree
from tests.net.chat.wild import bodies, queued, wires

__all__ = ["deaf"]

OURS, THEIRS = "ab" * 16, "cd" * 16


def prepare(ann: Chatter, bob: Chatter, hostile: Hostile, file: Path) -> list[bytes]:
    """Talk, rooms and a file among the honest, and a room of the hostile one's that Ann is in. All the ids
    there are."""
    ann.meet(bob)
    first = ann.say(bob, "first")
    ann.wait_state(first, MessageState.DELIVERED)
    ann.do(CreateRoom(OURS, "ours", locked=True))
    room = bob.wait(lambda: ann.last(RoomChanged) and bob.last(RoomChanged), "the room").room
    code = ann.all(RoomChanged)[-1].room.code
    bob.do(JoinRoom(room.room, code))
    bob.wait(lambda: any(one.room.joined for one in bob.all(RoomChanged)), "being in it")
    post = bob.say(Conversation.room(OURS), "post")
    bob.wait_state(post, MessageState.DELIVERED)
    file.write_bytes(b"content" * 1000)
    ann.do(OfferFiles(Conversation.person(bob.identity), "ef" * 16, [file]))
    offered = bob.wait(lambda: bob.last(TransferChanged), "the offer")
    hostile.meet(ann)
    theirs = bytes.fromhex(THEIRS)
    hostile.send(RoomListed(room=theirs, name="theirs"))
    ann.wait(lambda: any(one.room.room == THEIRS for one in ann.all(RoomChanged)), "the trap")
    ann.do(JoinRoom(THEIRS))
    ann.wait(lambda: hostile.heard(RoomJoin), "the wish")
    hostile.send(RoomState(room=theirs, name="theirs", host=hostile.identity.id))
    ann.wait(lambda: any(one.room.room == THEIRS and one.room.joined for one in ann.all(RoomChanged)), "it")
    ids = [first, post, OURS, THEIRS, offered.transfer, ann.identity, bob.identity, hostile.hex]
    return [*map(bytes.fromhex, ids), b"", bytes(16), bytes(32)]


def assail(tmp_path: Path, caplog: pytest.LogCaptureFixture, examples: int) -> None:
    hostile = Hostile(tmp_path / "hostile")
    downloads = tmp_path / "Ann" / "downloads"
    try:
        with chatters(tmp_path, "Ann", "Bob", accept_verified=True) as made:
            ann, bob = made
            ids = prepare(ann, bob, hostile, tmp_path / "file")
            before = tree(tmp_path, downloads)
            resident = psutil.Process().memory_info().rss
            accepted: set[str] = set()
            rounds = 0

            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(
                st.lists(
                    wires(ids, Queued)  # its numbers would make all later envelopes known
                    | queued(ids)
                    | bodies(ids)
                    | st.tuples(st.just("data"), st.sampled_from([0, 1, 2**32 - 1]), st.binary(min_size=1)),
                    min_size=4,
                    max_size=25,
                )
            )
            def strike(orders: list[object]) -> None:
                nonlocal rounds
                for order in orders:
                    said = _frames(hostile, order)
                    if said:
                        hostile.write(said)
                for one in ann.all(TransferChanged, incoming=True, stage=TransferStage.OFFERED):
                    if one.transfer not in accepted and one.identity == hostile.hex:
                        accepted.add(one.transfer)
                        ann.do(AcceptTransfer(one.transfer))
                rounds += 1
                if rounds % 5 == 0:
                    ann.wait_state(ann.say(bob, f"{rounds}"), MessageState.DELIVERED)
                    bob.wait_state(bob.say(ann, f"{rounds}"), MessageState.DELIVERED)

            strike()
            said = ["first", *(text for n in range(5, rounds + 1, 5) for text in (f"{n}", f"{n}"))]
            stored = [text for text in ann.stored(Conversation.person(bob.identity)) if text != "file"]
            assert (
                stored
                == said
                == [text for text in bob.stored(Conversation.person(ann.identity)) if text != "file"]
            )
            assert ann.stored(Conversation.room(OURS)) == ["post"] == bob.stored(Conversation.room(OURS))
            assert ann.person(bob).name == "Bob" and ann.person(bob).trust is Trust.UNVERIFIED
            assert not ann.all(RoomEnded, room=OURS) and not bob.all(RoomEnded, room=OURS)
            offered = bob.all(TransferChanged)[-1]
            bob.do(AcceptTransfer(offered.transfer))
            bob.wait(lambda: bob.last(TransferChanged, stage=TransferStage.FINISHED), "the honest file")
            extra = {path for path in tree(tmp_path, downloads) - before if not path.startswith("Bob")}
            assert not extra
            assert psutil.Process().memory_info().rss - resident < 200_000_000
            for job, conversation in enumerate(
                (Conversation.person(hostile.hex), EVERYBODY, Conversation.room(THEIRS))
            ):
                for place, form in enumerate(ExportFormat, 3 * job):
                    ann.do(ExportConversation(place, conversation, tmp_path / f"{place}", form))
                    assert ann.wait_for(Exported, job=place).fault is None
            made[0] = again = ann.again()
            assert [
                text for text in again.stored(Conversation.person(bob.identity)) if text != "file"
            ] == said
            assert_untroubled(ann, bob, again)
            again.stop()
            assert_whole(tmp_path / "Ann" / "history.sqlite")
    finally:
        hostile.stop()
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


def _frames(hostile: Hostile, order: object) -> bytes:

    if isinstance(order, bytes):
        return len(order).to_bytes(4, "big") + b"\0" + order
    if isinstance(order, tuple) and order[0] == "data":
        return encode_data(order[1], order[2]) + bytes(order[2])
    if isinstance(order, tuple):
        hostile.number = min(2**60, max(0, hostile.number + order[0]))
        order = Queued(number=hostile.number, body=order[1])
    assert isinstance(order, Wire)
    try:
        return encode(order)
    except WireError:
        return b""


def test_wild_messages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assail(tmp_path, caplog, 60)


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_very_many_wild_messages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assail(tmp_path, caplog, 3000)
