"""Pasted pictures: kept while somebody may want them, and no longer."""

from __future__ import annotations

import os
import time
from pathlib import Path

from PIL import Image

from gui.pages.chat.conversation.pasted import FOLDER, clean_pasted, keep_picture
from net.chat.conversation import Conversation
from net.chat.events import TransferStage
from net.chat.history import ItemRecord, TransferRecord
from tests.gui.pages.chat.stage import LIN, Stage, person

PICTURE = Image.new("RGB", (4, 4))


def aged(path: Path) -> Path:
    """As an earlier run left it."""
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def offered(stage: Stage, path: Path, group: str, stage_now: TransferStage) -> None:
    shown = (path.name, 1, 10, stage_now)
    record = TransferRecord(group, group, Conversation.person(LIN), LIN, False, *shown, message=group)
    item = ItemRecord(0, (path.name,), 10, 0, False, str(path))
    stage.history.run(lambda store: store.transfers.save(record))
    stage.history.run(lambda store: store.transfers.add_items(group, [item]))


def test_pictures_of_one_second_are_two(tmp_path: Path) -> None:
    paths = [keep_picture(tmp_path, PICTURE) for _time in range(5)]
    assert len(set(paths)) == 5 and all(path.exists() for path in paths)


def test_what_nobody_refers_to_goes_at_the_start(stage: Stage) -> None:
    pasted = [aged(keep_picture(stage.folder, PICTURE)) for _time in range(4)]
    waiting, sent, forgotten, never = pasted
    offered(stage, waiting, "aa" * 16, TransferStage.WAITING)
    message = stage.say(Conversation.person(LIN), sent.name)
    offered(stage, sent, message, TransferStage.FINISHED)
    deleted = stage.say(Conversation.person(LIN), forgotten.name)
    offered(stage, forgotten, deleted, TransferStage.FINISHED)
    stage.history.run(lambda store: store.messages.delete(Conversation.person(LIN), [deleted]))
    foreign = stage.folder / FOLDER / "mine.png"
    foreign.write_bytes(b"x")
    aged(foreign)
    fresh = keep_picture(stage.folder, PICTURE)
    os.utime(fresh, (time.time() + 60, time.time() + 60))
    stage.begin(person(LIN, "Lin"))
    stage.wait(lambda: not never.exists() and not forgotten.exists(), "they are gone")
    assert waiting.exists() and sent.exists() and fresh.exists() and foreign.exists()


def test_cleaning_happens_once(stage: Stage) -> None:
    first = aged(keep_picture(stage.folder, PICTURE))
    stage.begin()
    stage.wait(lambda: not first.exists(), "it is gone")
    second = aged(keep_picture(stage.folder, PICTURE))
    stage.begin()
    over: list[int] = []
    stage.page.frame.after(200, over.append, 1)
    stage.wait(lambda: over, "time enough")
    assert second.exists()


def test_without_a_folder_nothing_is_asked(tmp_path: Path) -> None:
    def reader() -> None:
        raise AssertionError

    clean_pasted(tmp_path, reader, time.time())  # type: ignore[arg-type]
