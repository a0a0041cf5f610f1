"""The page's conversation, composer and diagram, with events that the test plays."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import pytest

from gui.pages.sockets.conversation import copying, rows
from net.address import Address
from net.events import Exported, ExportProgressed, Fault, FaultKind
from net.sockets.commands import SendFile, SetReplyRules
from net.sockets.events import FileProgressed, MessagesReceived, MessagesSent
from net.transcript.commands import CancelExport, Export
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


def test_find_goes_from_place_to_place_beginning_with_the_newest(stage: Stage) -> None:
    connected(stage, messages=300)
    conversation = stage.page.chat.conversation

    def at() -> str:
        paint(stage)
        return str(conversation.find_count.cget("text"))

    conversation.open_find()
    conversation.find.set("message 1")
    stage.wait(lambda: at() == "1 of 111", "found")
    assert len(conversation.found) == 111
    assert stage.visible_text().splitlines()[-1] == "message 299" or "message 199" in stage.visible_text()
    conversation.next_found(1)
    assert at() == "2 of 111" and "message 198" in stage.visible_text()
    conversation.next_found(-2)
    assert at() == "111 of 111" and "message 1" in stage.visible_text().splitlines()
    stage.play(MessagesReceived(100, [b"message 1 again", b"another"], time.time_ns()))
    stage.wait(lambda: at() == "112 of 112", "what came meanwhile stands before it")
    conversation.find.set("0x6d65737361676520323939")
    stage.wait(lambda: at() == "1 of 1", "bytes found")
    conversation.find.set("nowhere")
    stage.wait(lambda: at() == "nothing found", "reported")


def test_find_finds_more_than_ten_thousand_and_only_what_the_filter_shows(stage: Stage) -> None:
    connected(stage)
    stage.play(
        MessagesReceived(100, [b"one of many"] * 12_000, time.time_ns()),
        MessagesSent(100, [b"one of mine"], HERE, "user", time.time_ns()),
    )
    conversation = stage.page.chat.conversation
    conversation.open_find()
    conversation.find.set("one of")
    stage.wait(lambda: str(conversation.find_count.cget("text")) == "1 of 12,001", "all of them")
    conversation._direction_chosen("out")
    stage.wait(lambda: str(conversation.find_count.cget("text")) == "1 of 1", "the one that is shown")
    paint(stage)
    assert stage.visible_text() == "one of mine"


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
    shown.copy()
    stage.wait(partial(toasted, stage, "All 2 selected rows were copied"), "said")
    copied = stage.app.clipboard_get()
    assert "message 1" in copied and "message 2" in copied and "message 0" not in copied
    stage.page.chat.export.save_selection(tmp_path / "两条.csv")
    export = stage.commands[-1]
    assert isinstance(export, Export)
    assert export.format == "csv" and export.part is not None and len(export.part) == 2
    # All of it, though some of it is selected.
    stage.page.chat.export.save(tmp_path / "all.pcap")
    export = stage.commands[-1]
    assert isinstance(export, Export) and export.format == "pcap" and export.part is None


def labels(stage: Stage) -> list[str]:
    return [entry[0] for entry in stage.page.chat.menu_entries() if entry is not None]


def test_the_menu_says_what_is_saved(stage: Stage) -> None:
    connected(stage, messages=12)
    assert "Save the whole conversation …" in labels(stage)
    assert "Save the selected rows …" in labels(stage)
    stage.page.chat.conversation.current.select_all()
    count = stage.page.chat.conversation.count()
    assert f"Save the {count} selected rows …" in labels(stage)


def test_not_a_word_is_lost_of_what_is_copied(stage: Stage) -> None:
    """Neither of a message of which only the beginning is shown, nor of rows out of view."""
    long = " ".join(f"word{n}" for n in range(40_000))
    connected(stage)
    stage.play(MessagesReceived(100, [long.encode(), *[b"%d" % n for n in range(5_000)]], time.time_ns()))
    paint(stage)
    conversation = stage.page.chat.conversation
    conversation.current.select_all()
    conversation.current.copy()
    stage.wait(partial(toasted, stage, "selected rows were copied"), "said")
    lines = stage.app.clipboard_get().split("\n")
    assert lines[-5001:] == [long, *[str(n) for n in range(5_000)]]


def test_a_copy_that_is_too_long_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MOST_CHARACTERS", 100)
    connected(stage, messages=30)
    stage.page.chat.conversation.current.select_all()
    stage.page.chat.conversation.copy_selected()
    stage.wait(partial(toasted, stage, "Only the first"), "said")
    copied = stage.app.clipboard_get()
    assert 80 < len(copied) < 100 and copied.splitlines()[-1] == f"message {len(copied.splitlines()) - 2}"


def test_what_takes_longer_is_shown_and_can_be_cancelled(stage: Stage, tmp_path: Path) -> None:
    connected(stage, messages=3)
    stage.page.chat.export.save(tmp_path / "all.txt")
    job = stage.commands[-1].job
    stage.play(ExportProgressed(job, 250_000, 1_000_000))
    work = stage.page.chat.work
    assert work.running() == ["Saving all.txt 250,000 of 1,000,000 rows"]
    work.press(job, "stop")
    assert stage.commands[-1] == CancelExport(job)
    stage.play(Exported(job, "all.txt", 0, Fault(FaultKind.CANCELLED, {"path": "all.txt"})))
    assert work.running() == []


def test_a_cancelled_copy_leaves_the_clipboard_as_it_is(stage: Stage) -> None:
    connected(stage, messages=3)
    stage.app.clipboard_clear()
    stage.app.clipboard_append("what was there")
    conversation = stage.page.chat.conversation
    conversation.current.select_all()
    conversation.copy_selected()
    conversation._copying.cancel()
    stage.wait(lambda: not any(thread.name == "beside" for thread in threading.enumerate()), "ended")
    stage.app.update()
    assert stage.app.clipboard_get() == "what was there" and not toasted(stage, "copied")


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
