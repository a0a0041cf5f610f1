"""Exports: all of it or nothing, nothing of a message becomes markup, pictures beside the page."""

from __future__ import annotations

import html.parser
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from net.chat.commands import ExportConversation, ExportFormat
from net.chat.conversation import EVERYBODY, Conversation
from net.chat.events import Proof, TransferStage
from net.chat.history import ItemProgress, TransferRecord, export
from net.chat.ids import new_id
from net.events import Exported, FaultKind
from tests.net.chat.history.stores import BOB, ROOM, WITH_BOB, Running, said
from tests.waiting import wait_until

HOSTILE = "<script>alert(\"1\")</script>\n& 'quoted' </p> 你好"


def exported(
    running: Running,
    path: Path,
    format: str,
    conversation: Conversation = WITH_BOB,
    marks: Mapping[Proof, str] | None = None,
) -> Exported:
    running.events.clear()
    running.history.export(ExportConversation(7, conversation, path, ExportFormat(format), marks or {}))
    wait_until(lambda: any(isinstance(event, Exported) for event in running.events))
    (event,) = (event for event in running.events if isinstance(event, Exported))
    assert event.job == 7 and event.path == str(path)
    assert not path.with_name(path.name + ".part").exists()
    return event


class Page(html.parser.HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.pictures: list[str | None] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "img":
            self.pictures.append(dict(attrs)["src"])

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_shows_the_words_and_runs_none(tmp_path: Path) -> None:
    with Running(tmp_path / "profile") as running:
        hostile = replace(said(HOSTILE, name="<b>Bob</b>"), quote="<i>earlier</i>")
        running.ask(lambda store: store.messages.add(WITH_BOB, hostile, True))
        assert exported(running, tmp_path / "chat.html", "html").rows == 1
    page = Page((tmp_path / "chat.html").read_text("utf-8"))
    assert HOSTILE in page.text and "<b>Bob</b>" in page.text and "<i>earlier</i>" in page.text
    assert not {"script", "b", "i"} & set(page.tags)


def test_pictures_lie_beside_the_page(tmp_path: Path) -> None:
    picture = tmp_path / "got" / "photo 1.PNG"
    picture.parent.mkdir()
    picture.write_bytes(b"\x89PNG whole")
    with Running(tmp_path / "profile") as running:
        for target in (str(picture), str(tmp_path / "gone.png"), "/etc/hostname"):
            id = new_id()
            offer = replace(said("photo"), transfer=id)
            transfer = TransferRecord(
                *(id, "", WITH_BOB, BOB, True, "photo", 1, 9, TransferStage.FINISHED),
                picture=True,
                preview=b"\xff\xd8 small",
            )
            progress = [ItemProgress(0, 9, TransferStage.FINISHED, target=target)]
            running.ask(lambda store, offer=offer: store.messages.add(WITH_BOB, offer, True))  # type: ignore[misc]
            running.ask(lambda store, transfer=transfer: store.transfers.save(transfer))  # type: ignore[misc]
            running.ask(
                lambda store, id=id, progress=progress: store.transfers.save_progress(id, progress)  # type: ignore[misc]
            )
        exported(running, tmp_path / "my chat.html", "html")
    page = Page((tmp_path / "my chat.html").read_text("utf-8"))
    contents = []
    for source in page.pictures:
        assert source is not None and re.fullmatch(r"my%20chat_files/[0-9a-f]{32}\.(png|jpg)", source)
        contents.append((tmp_path / source.replace("%20", " ")).read_bytes())
    assert contents == [b"\x89PNG whole", b"\xff\xd8 small", b"\xff\xd8 small"]


def test_json_is_read_back(tmp_path: Path) -> None:
    with Running(tmp_path / "profile") as running:
        for number in range(2_500):
            running.hear(f"{number} {HOSTILE}")
        event = exported(running, tmp_path / "chat.json", "json")
        assert event.rows == 2_500 and event.fault is None
        assert exported(running, tmp_path / "none.json", "json", EVERYBODY).rows == 0
    rows = json.loads((tmp_path / "chat.json").read_text("utf-8"))
    assert [row["text"] for row in rows] == [f"{number} {HOSTILE}" for number in range(2_500)]
    assert rows[0]["author"] == BOB and rows[0]["incoming"] is True
    assert json.loads((tmp_path / "none.json").read_text("utf-8")) == []


def test_text_indents_further_lines(tmp_path: Path) -> None:
    with Running(tmp_path / "profile") as running:
        running.hear("one\r\ntwo\rthree")
        exported(running, tmp_path / "chat.txt", "text")
    lines = (tmp_path / "chat.txt").read_text("utf-8").splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d  Bob: one", lines[0])
    assert lines[1:] == ["    two", "    three"]


@pytest.mark.parametrize("format", ["html", "text"])
def test_what_was_not_signed_is_marked_in_the_users_language(tmp_path: Path, format: str) -> None:
    room, path = Conversation.room(ROOM), tmp_path / "room"
    marks = {Proof.UNSIGNED: "未签名", Proof.FORGED: "<与作者的签名不符>"}
    with Running(tmp_path / "profile") as running:
        for proof in Proof:
            entry = replace(said(proof.value), proof=proof)
            running.ask(lambda store, entry=entry: store.messages.add(room, entry, True))  # type: ignore[misc]
        assert exported(running, path, format, room, marks).rows == len(Proof)
    source = path.read_text("utf-8")
    if format == "html":
        page = Page(source)
        rows = page.text.partition("Duplex\n")[2].split("Bob · ")[1:]
        assert page.tags.count("mark") == 2
    else:
        rows = source.splitlines()
    shown = {
        proof: {mark for mark in marks.values() if mark in row}
        for proof, row in zip(Proof, rows, strict=True)
    }
    assert shown == {proof: {marks[proof]} if proof in marks else set() for proof in Proof}


def test_a_mistake_of_ours_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(export, "write_text", lambda *_: 1 / 0)
    with Running(tmp_path / "profile") as running:
        running.hear("text")
        event = exported(running, tmp_path / "chat.txt", "text")
    assert event.fault is not None and event.fault.kind is FaultKind.INTERNAL
    assert not (tmp_path / "chat.txt").exists()


@pytest.mark.parametrize("format", ["html", "json"])
def test_what_cannot_be_written_is_told(tmp_path: Path, format: str) -> None:
    target = tmp_path / "chat.html"
    target.mkdir()
    with Running(tmp_path / "profile") as running:
        running.hear("text")
        event = exported(running, target, format)
    assert event.rows == 0 and event.fault is not None
    assert event.fault.kind is FaultKind.FILE_UNWRITABLE
