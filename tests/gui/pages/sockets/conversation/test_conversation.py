"""The page's conversation, composer and diagram, with events that the test plays."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest

from gui.pages.sockets.conversation import rows
from gui.shared import i18n
from net.address import Address
from net.events import Fault, FaultKind
from net.sockets.commands import SendFile, SetReplyRules
from net.sockets.events import FileProgressed, MessageIncomplete, MessagesReceived, MessagesSent
from net.transcript.commands import Export
from tests.gui.pages.sockets.played import HERE, connected, joined, listening, paint, toasted
from tests.gui.pages.sockets.stage import Stage


def test_what_comes_while_one_reads_further_up_does_not_move_the_page(stage: Stage) -> None:
    connected(stage, messages=200)
    conversation = stage.page.chat.conversation
    conversation.current.scroll_pixels(-400)
    paint(stage)
    before = (conversation.current.top, conversation.current.offset)
    stage.play(MessagesReceived(100, [b"new"] * 12, time.time_ns()))
    paint(stage)
    assert (conversation.current.top, conversation.current.offset) == before
    assert str(conversation.new_below.button.cget("text")) == "12 new"
    assert conversation.new_below.button.winfo_ismapped()
    conversation.new_below.button.invoke()
    paint(stage)
    assert stage.visible_text().endswith("new")
    assert not conversation.new_below.button.winfo_ismapped()


def test_what_comes_for_others_is_counted_until_one_looks(stage: Stage) -> None:
    connected(stage)
    stage.play(*joined(101, 1, 50002))
    stage.play(MessagesReceived(101, [b"a", b"b"], 1))
    assert stage.unread == 2
    stage.page.sessions.show(101)
    assert stage.unread == 0


def test_find_goes_from_place_to_place(stage: Stage) -> None:
    connected(stage, messages=300)
    conversation = stage.page.chat.conversation
    conversation.open_find()
    conversation.find.set("message 1")
    stage.wait(lambda: conversation.found, "found")
    assert len(conversation.found) == 111
    assert str(conversation.find_count.cget("text")) == "111 of 111"
    conversation.next_found(1)
    paint(stage)
    assert str(conversation.find_count.cget("text")) == "1 of 111"
    assert "message 1" in stage.visible_text().splitlines()
    conversation.find.set("0x6d65737361676520323939")
    stage.wait(lambda: len(conversation.found) == 1, "bytes found")
    conversation.find.set("nowhere")
    stage.wait(lambda: str(conversation.find_count.cget("text")) == "nothing found", "reported")


def test_the_filter_shows_one_direction_or_one_peer(stage: Stage) -> None:
    listener = listening(stage)
    for number in (100, 101):
        stage.play(*joined(number, listener, 50000 + number))
        remote = Address("192.168.1.23", 50000 + number)
        stage.play(
            MessagesReceived(number, [b"from %d" % number], 1),
            MessagesSent(number, [b"to all"], remote, "user", 2),
        )
    stage.page.sessions.show(listener)
    conversation = stage.page.chat.conversation
    conversation.toggle_filter()
    conversation.directions._choose("in")
    paint(stage)
    assert stage.visible_text().split("\n") == ["from 100", "from 101"]
    conversation.peer.set("192.168.1.23:50101")
    conversation._peer_chosen()
    paint(stage)
    assert stage.visible_text() == "from 101"
    conversation.toggle_filter()
    paint(stage)
    assert "to all" in stage.visible_text()


def test_the_log_shows_bytes_and_a_selection_is_copied_and_saved(stage: Stage, tmp_path: Path) -> None:
    connected(stage, messages=3)
    stage.page.chat.view._choose("log")
    paint(stage)
    shown = stage.page.chat.conversation.current
    assert "6d 65 73 73 61 67 65 20" in stage.visible_text()
    count = stage.page.chat.conversation.count()
    shown.selection.only(count - 2)
    shown.selection.extend(count - 1)
    copied = shown.copy()
    assert "message 1" in copied and "message 2" in copied and "message 0" not in copied
    stage.page.chat.export.save(tmp_path / "两条.csv")
    export = stage.commands[-1]
    assert isinstance(export, Export)
    assert export.format == "csv" and export.rows is not None and len(export.rows) == 2
    shown.selection.clear()
    stage.page.chat.export.save(tmp_path / "all.pcap")
    export = stage.commands[-1]
    assert isinstance(export, Export) and export.format == "pcap" and export.rows is None


def test_what_came_of_an_incomplete_message_is_seen_until_it_is_whole(stage: Stage) -> None:
    connected(stage)
    card = stage.page.chat
    stage.play(MessageIncomplete(100, 300, "温度".encode() + b"=2", time.time_ns()))
    assert card.incomplete.winfo_ismapped()
    assert "300 B" in card.incomplete.text and "温度=2…" in card.incomplete.text
    stage.page.sessions.show(1)
    stage.app.update()
    assert "192.168.1.23:50001: " in card.incomplete.text
    stage.play(MessageIncomplete(100, 0, b"", time.time_ns()))
    assert not card.incomplete.winfo_ismapped()


def test_a_word_about_a_mistake_in_hex_stands_where_it_is(stage: Stage) -> None:
    connected(stage)
    bar = stage.page.chat.composer
    bar.mode.set("hex")
    bar.composer.set("48 65 6x")
    assert not bar.composer.submit()
    assert "“x” at place 8" in bar.composer.error
    ranges = bar.composer.text.tag_ranges("wrong")
    assert [str(index) for index in ranges] == ["1.7", "1.8"]
    assert bar.composer.value == "48 65 6x"


def test_checksum_and_line_end_are_added(stage: Stage) -> None:
    connected(stage)
    bar = stage.page.chat.composer
    bar.checksum.choose("crc16_modbus")
    bar.ending.choose("crlf")
    assert bar.compose("123456789") == b"123456789\x37\x4b\r\n"
    bar.set_codec("ascii")
    assert bar.compose("é") is None
    assert "ASCII" in bar.composer.error


def test_a_file_is_paused_resumed_and_cancelled(stage: Stage, tmp_path: Path) -> None:
    connected(stage)
    bar = stage.page.chat.composer
    bar.send_files([tmp_path / "a.bin"])
    command = stage.commands[-1]
    assert isinstance(command, SendFile)
    stage.play(FileProgressed(100, command.job, "a.bin", 50, 200, 10.0, "sending"))
    assert bar.jobs.running() == ["a.bin 50 B of 200 B · 10 B/s"]
    bar.jobs.press(command.job, "pause")
    stage.play(FileProgressed(100, command.job, "a.bin", 50, 200, 0.0, "paused"))
    bar.jobs.press(command.job, "pause")
    bar.jobs.press(command.job, "stop")
    assert [type(c).__name__ for c in stage.commands[-3:]] == ["PauseFile", "ResumeFile", "CancelFile"]
    fault = Fault(FaultKind.FILE_CHANGED, {"path": "a.bin"})
    stage.play(FileProgressed(100, command.job, "a.bin", 50, 200, 0.0, "failed", fault))
    assert "changed while it was being sent" in bar.jobs.running()[0]


def test_a_picked_arrow_shows_its_bytes(stage: Stage) -> None:
    connected(stage, messages=1)
    diagram = stage.page.side.diagram
    index = next(
        i for i in diagram.visible if (row := diagram.row(i)) is not None and row.label == "message 0"
    )
    diagram.selection.only(index)
    diagram.selected()
    side = stage.page.side
    assert side.detail.winfo_manager()
    assert "6d 65 73 73" in side.dump.get("1.0", "end")
    assert str(side.detail_title.cget("text")) == "Received"
    diagram.selection.only(index + 1)
    diagram.selected()
    assert "Derived" in str(side.detail_about.cget("text"))
    i18n.set_language("zh_CN")
    try:
        assert str(side.detail_title.cget("text")) == "收到"
        assert "Derived" not in str(side.detail_about.cget("text"))
    finally:
        i18n.set_language("en")


def test_the_diagram_is_paused_cleared_and_saved(stage: Stage, tmp_path: Path) -> None:
    connected(stage, messages=2)
    side = stage.page.side
    side.recount()
    count = len(side.diagram.shown_rows())
    side.toggle_pause()
    stage.play(MessagesReceived(100, [b"later"], 1))
    side.recount()
    assert len(side.diagram.shown_rows()) == count
    side.toggle_pause()
    stage.wait(lambda: len(side.diagram.shown_rows()) == count + 2, "the rest")
    for name in ("图.png", "图.svg"):
        side.save(tmp_path / name)
        stage.wait(partial(toasted, stage, name), name)
        assert (tmp_path / name).stat().st_size > 500
    side.save(tmp_path / "missing" / "x.png")
    stage.wait(lambda: "can't be written" in stage.toasts[-1], "the complaint")
    side.clear()
    assert side.diagram.shown_rows() == []


def test_reply_rules_with_a_mistake_are_not_taken(stage: Stage) -> None:
    session = listening(stage)
    dialog = stage.page.chat.edit_rules()
    assert dialog is not None
    form = dialog.forms[0]
    form.match.choose("regex")
    form.pattern.set("(")
    dialog.close("use")
    assert dialog.winfo_exists() and form.wrong.text
    form.pattern.set("h.llo")
    form.answer.set("{count}")
    dialog.close("use")
    command = stage.commands[-1]
    assert isinstance(command, SetReplyRules) and command.session == session
    assert [(rule.pattern, rule.answer) for rule in command.rules] == [("h.llo", "{count}")]


@pytest.mark.parametrize(
    ("data", "mode", "text"),
    [("你好".encode(), "text", "你好"), (b"a\xff", "hex", "61 FF"), (b"a\x00", "hex", "61 00")],
)
def test_a_message_is_written_again_byte_for_byte(stage: Stage, data: bytes, mode: str, text: str) -> None:
    connected(stage)
    bar = stage.page.chat.composer
    bar.write_again(data)
    assert (bar.mode.value, bar.composer.value) == (mode, text)
    assert bar.compose(bar.composer.value) == data


def test_a_filter_over_many_rows_is_shown_once_it_has_looked_at_all(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LOOKED_AT_ONCE", 10)
    connected(stage, 200)
    stage.play(MessagesSent(100, [b"the only one sent"], HERE, "user", time.time_ns()))
    conversation = stage.page.chat.conversation
    conversation._direction_chosen("out")
    assert conversation.count() == 0
    stage.wait(lambda: conversation.count() == 1, "all has been looked at")
    paint(stage)
    assert stage.visible_text() == "the only one sent"
    stage.play(MessagesReceived(100, [b"%d" % n for n in range(50)], time.time_ns()))
    stage.play(MessagesSent(100, [b"one more"], HERE, "user", time.time_ns()))
    stage.wait(lambda: conversation.count() == 2, "the second")
    conversation._direction_chosen("in")
    conversation._direction_chosen("all")
    stage.wait(lambda: conversation.count() > 250 and "one more" in stage.visible_text(), "all of them")
