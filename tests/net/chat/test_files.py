"""Files between real Engines."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from net.chat.commands import (
    AcceptTransfer,
    ConfirmDigits,
    CreateRoom,
    DeclineTransfer,
    JoinRoom,
    OfferFiles,
    PauseTransfer,
    ResumeTransfer,
    SetReceiving,
    WatchItems,
)
from net.chat.conversation import Conversation
from net.chat.events import (
    ChatFault,
    LeftOut,
    MessageAdded,
    OfferFailed,
    RoomChanged,
    TransferChanged,
    TransferItemsChanged,
    TransferItemState,
    TransferStage,
    Trust,
)
from net.chat.ids import new_id
from net.chat.transfer.received_file import ReceivedFile
from tests.net.chat.engines import DEADLINE, Chatter, chatters, deaf

__all__ = ["deaf"]


def stage(one: Chatter, stage: TransferStage, count: int = 1) -> list[TransferChanged]:
    """The transfers at this stage, once there are so many."""

    def reached() -> list[TransferChanged]:
        latest = {event.transfer: event for event in one.all(TransferChanged)}
        found = [event for event in latest.values() if event.stage is stage]
        return found if len(found) >= count else []

    return one.wait(reached, f"{count} at {stage}")


def offer(one: Chatter, conversation: Conversation, *paths: Path) -> None:
    one.do(OfferFiles(conversation, new_id(), paths))


def join(one: Chatter, room: str) -> None:
    one.wait(lambda: one.all(RoomChanged), "seeing the room")
    one.do(JoinRoom(room))
    one.wait(lambda: one.all(RoomChanged)[-1].room.joined, "being in the room")


def made(path: Path, size: int) -> bytes:
    content = os.urandom(size)
    path.write_bytes(content)
    return content


def test_a_file_is_offered_accepted_and_arrives(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        content = made(tmp_path / "报告.bin", 3_000_000)
        offer(ann, Conversation.person(bob.identity), tmp_path / "报告.bin")
        (offered,) = stage(bob, TransferStage.OFFERED)
        shown = bob.wait_for(MessageAdded)
        assert (shown.transfer, shown.text) == (offered.transfer, "报告.bin")
        # Whoever sees the message, a robot at once, may accept what it offers.
        assert bob.events.index(offered) < bob.events.index(shown)
        assert ann.wait_for(MessageAdded).transfer == offered.transfer
        bob.do(AcceptTransfer(offered.transfer))
        stage(ann, TransferStage.FINISHED)
        stage(bob, TransferStage.FINISHED)
        assert (bob.folder / "downloads" / "报告.bin").read_bytes() == content


def test_what_was_left_out_of_a_folder_is_told_once_and_kept(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        (tmp_path / "tree").mkdir()
        for number in range(30):
            (tmp_path / "tree" / f"{number}").symlink_to(tmp_path)
        offer(ann, Conversation.person(bob.identity), tmp_path / "tree")
        (offered,) = stage(ann, TransferStage.OFFERED)
        assert offered.left_out.counts == (("link", 30),) and len(offered.left_out.names) == 30
        stage(bob, TransferStage.OFFERED)
        assert not ann.all(ChatFault)
        reader = ann.engine.history_reader()
        assert reader is not None
        stored = reader.transfer(offered.transfer)
        reader.close()
        assert stored is not None and stored.left_out == offered.left_out


def test_where_nothing_can_be_sent_it_is_said_once(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        group, conversation = new_id(), Conversation.person(bob.identity)
        os.mkfifo(tmp_path / "pipe")
        ann.do(OfferFiles(conversation, group, [tmp_path / "pipe", tmp_path / "gone"]))
        left_out = LeftOut((("special", 1), ("deleted", 1)), (("pipe", "special"), ("gone", "deleted")))
        assert ann.wait_for(OfferFailed) == OfferFailed(conversation, group, left_out)
        assert not ann.all(ChatFault)


@pytest.mark.skipif(os.name == "nt", reason="names are no bytes there")
def test_a_file_whose_name_is_gbk_arrives_by_its_name(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        odd = Path(os.fsdecode(os.fsencode(tmp_path) + "/文件.txt".encode("gbk")))
        odd.write_text("hello")
        offer(ann, Conversation.person(bob.identity), odd)
        (offered,) = stage(bob, TransferStage.OFFERED)
        assert offered.title == "文件.txt"
        bob.do(AcceptTransfer(offered.transfer))
        stage(bob, TransferStage.FINISHED)
        assert (bob.folder / "downloads" / "文件.txt").read_text() == "hello"


def test_the_files_of_a_transfer_are_told_to_who_looks(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        (tmp_path / "tree").mkdir()
        made(tmp_path / "tree" / "x", 1000)
        offer(ann, Conversation.person(bob.identity), tmp_path / "tree")
        (offered,) = stage(bob, TransferStage.OFFERED)
        there = ann.wait_for(TransferChanged)
        ann.do(WatchItems(there.transfer))
        bob.do(WatchItems(offered.transfer))
        bob.do(AcceptTransfer(offered.transfer))
        stage(ann, TransferStage.FINISHED)
        stage(bob, TransferStage.FINISHED)
        for one, folder in ((ann, tmp_path), (bob, bob.folder / "downloads")):

            def last(one: Chatter = one) -> TransferItemState | None:
                told = [item for event in one.all(TransferItemsChanged) for item in event.items]
                return next((item for item in reversed(told) if item.index == 1), None)

            one.wait(lambda: (item := last()) and item.state is TransferStage.FINISHED, "told as finished")
            item = last()
            assert item is not None and (item.name, item.done) == ("tree/x", 1000)
            assert item.path == str(folder / "tree" / "x")
        assert ann.all(TransferItemsChanged)[0].whole
        ann.do(WatchItems(there.transfer, watching=False))


def test_a_declined_file_stays_where_it_is(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        made(tmp_path / "a.bin", 10)
        offer(ann, Conversation.person(bob.identity), tmp_path / "a.bin", tmp_path / "missing")
        bob.do(DeclineTransfer(stage(bob, TransferStage.OFFERED)[0].transfer))
        (declined,) = stage(ann, TransferStage.DECLINED)
        assert declined.left_out.names == (("missing", "deleted"),)
        assert not (bob.folder / "downloads").exists()


def test_a_transfer_goes_on_after_both_were_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, written, paused = ReceivedFile.write, itertools.count(), threading.Event()

    def slow_disk(part: ReceivedFile, blocks: Sequence[bytes | bytearray]) -> None:
        """All but the first blocks wait for the pause: however fast the machine, that comes in the middle."""
        if next(written):
            paused.wait(DEADLINE)
        write(part, blocks)

    monkeypatch.setattr(ReceivedFile, "write", slow_disk)
    with chatters(tmp_path, "Ann", "Bob") as all_of_them:
        ann, bob = all_of_them
        ann.meet(bob)
        content = made(tmp_path / "big.bin", 40_000_000)
        offer(ann, Conversation.person(bob.identity), tmp_path / "big.bin")
        transfer = stage(bob, TransferStage.OFFERED)[0].transfer
        bob.do(AcceptTransfer(transfer))
        bob.wait(lambda: any(0 < e.done < e.size for e in bob.all(TransferChanged)), "some of it")
        bob.do(PauseTransfer(transfer))
        stage(bob, TransferStage.PAUSED_HERE)
        stage(ann, TransferStage.PAUSED_THERE)
        paused.set()
        all_of_them[1] = bob = bob.again()
        all_of_them[0] = ann = ann.again()
        bob.wait(lambda: (p := bob.person(ann)) and p.path, "the link")
        assert stage(bob, TransferStage.PAUSED_HERE)[0].done > 0
        bob.do(ResumeTransfer(transfer))
        stage(bob, TransferStage.FINISHED)
        stage(ann, TransferStage.FINISHED)
        assert (bob.folder / "downloads" / "big.bin").read_bytes() == content


def test_only_verified_people_are_accepted_by_themselves(tmp_path: Path) -> None:
    with chatters(tmp_path, "Ann", "Bob") as (ann, bob):
        ann.meet(bob)
        bob.do(SetReceiving(bob.folder / "downloads", True))
        made(tmp_path / "a.bin", 10)
        content = made(tmp_path / "b.bin", 10)
        offer(ann, Conversation.person(bob.identity), tmp_path / "a.bin")
        stage(bob, TransferStage.OFFERED)
        ann.do(ConfirmDigits(bob.identity, True))
        bob.do(ConfirmDigits(ann.identity, True))
        ann.wait(lambda: ann.person(bob).trust is Trust.VERIFIED, "trust")
        bob.wait(lambda: bob.person(ann).trust is Trust.VERIFIED, "trust")
        offer(ann, Conversation.person(bob.identity), tmp_path / "b.bin")
        finished = stage(bob, TransferStage.FINISHED)
        assert [one.title for one in finished] == ["b.bin"]
        assert (bob.folder / "downloads" / "b.bin").read_bytes() == content
        assert [one.title for one in stage(bob, TransferStage.OFFERED)] == ["a.bin"]


def test_a_file_to_a_room_goes_to_each_member(tmp_path: Path) -> None:
    with chatters(tmp_path, "host", "ann", "bob") as (host, ann, bob):
        room = new_id()
        host.do(CreateRoom(room, "class"))
        for one in (ann, bob):
            one.meet(host)
            join(one, room)
        host.wait(lambda: host.all(RoomChanged)[-1].room.members == 3, "all members")
        content = made(tmp_path / "lesson.pdf", 100_000)
        offer(host, Conversation.room(room), tmp_path / "lesson.pdf")
        for one in (ann, bob):
            (offered,) = stage(one, TransferStage.OFFERED)
            assert offered.conversation == Conversation.room(room)
            one.do(AcceptTransfer(offered.transfer))
            stage(one, TransferStage.FINISHED)
            assert (one.folder / "downloads" / "lesson.pdf").read_bytes() == content
        finished = stage(host, TransferStage.FINISHED, 2)
        assert {one.identity for one in finished} == {ann.identity, bob.identity}
        assert len({one.group for one in finished}) == 1
        assert len(host.all(MessageAdded)) == 1
