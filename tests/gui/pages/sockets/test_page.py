"""The page's states and controls, with events that the test plays."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gui import i18n, theme
from gui.pages.sockets.choice import Choice
from net.address import Address
from net.commands import (
    Abort,
    Close,
    Export,
    SendFile,
    SetReplyRules,
    TcpConnect,
    TcpListen,
    UdpOpen,
    WatchKernel,
)
from net.events import (
    Closed,
    CloseReason,
    CountersChanged,
    Event,
    Fault,
    FaultKind,
    FileProgressed,
    KernelFacts,
    MessagesReceived,
    MessagesSent,
    Opened,
    OpenFailed,
    Role,
    SocketCalled,
    State,
    StateChanged,
    Transport,
)
from tests.gui.pages.sockets.stage import Stage

HERE = Address("192.168.1.7", 12345)


def listening(stage: Stage) -> int:
    session = stage.page.open(Choice())
    assert session is not None
    now = time.time_ns()
    address = Address("0.0.0.0", 12345)
    stage.play(
        SocketCalled(session, "listen", "128", "", now),
        Opened(session, None, Transport.TCP, Role.SERVER, address, None, now),
        StateChanged(session, State.LISTENING, now),
    )
    return session


def joined(session: int, parent: int, port: int = 50001) -> tuple[Event, ...]:
    now = time.time_ns()
    remote = Address("192.168.1.23", port)
    return (
        Opened(session, parent, Transport.TCP, Role.ACCEPTED, HERE, remote, now),
        StateChanged(session, State.CONNECTED, now),
    )


def connected(stage: Stage, messages: int = 0) -> int:
    """A listener with one client that has written, looked at."""
    listener = listening(stage)
    stage.play(*joined(100, listener))
    stage.page.show(100)
    if messages:
        stage.play(MessagesReceived(100, [b"message %d" % n for n in range(messages)], time.time_ns()))
    paint(stage)
    return 100


def toasted(stage: Stage, words: str) -> bool:
    return any(words in toast for toast in stage.toasts)


def paint(stage: Stage) -> None:
    stage.app.update()
    stage.page.side.recount()
    stage.page.chat.conversation.current.paint_now()
    stage.page.side.diagram.paint_now()
    stage.page.setup.reload()
    stage.page.setup.sessions.paint_now()
    stage.app.update()


def test_the_first_sight_says_what_to_do_and_its_buttons_do_it(stage: Stage) -> None:
    assert "Choose TCP or UDP on the left, then press Start." in stage.texts()
    stage.page.chat.welcome.buttons["udp"].invoke()
    opened = stage.commands[-1]
    assert isinstance(opened, UdpOpen)
    assert opened.address == Address("127.0.0.1", 12345)
    assert opened.reply_rules[0].answer == "Hello, UDP Client"
    assert stage.page.setup.transport.value == "udp"


def test_the_selector_offers_the_roles_of_its_transport_and_says_what_they_mean(stage: Stage) -> None:
    setup = stage.page.setup
    assert "telephone" in setup.help.text
    setup.transport._choose("udp")
    assert setup.role.value == "unicast"
    assert "text message" in setup.help.text
    setup.role._choose("multicast")
    assert setup.host.value == "239.1.2.3"
    stage.app.update()
    assert setup.group.winfo_ismapped() and not setup.peer.winfo_ismapped()
    setup.start.invoke()
    command = stage.commands[-1]
    assert isinstance(command, UdpOpen) and command.group == Address("239.1.2.3", 12345)


def test_a_mistake_is_told_while_it_is_typed_and_nothing_is_opened(stage: Stage) -> None:
    setup = stage.page.setup
    setup.port.variable.set("70000")
    assert "70000" in setup.wrong.text and "65535" in setup.wrong.text
    setup.start.invoke()
    assert stage.commands == []
    setup.port.variable.set("１２３４５")
    assert setup.wrong.text == ""
    setup.start.invoke()
    assert isinstance(stage.commands[-1], TcpListen)


def test_an_address_with_its_port_can_be_pasted(stage: Stage) -> None:
    setup = stage.page.setup
    setup.role._choose("client")
    setup.host.variable.set("１０．０．０．５：８０")
    assert (setup.host.value, setup.port.value) == ("10.0.0.5", "80")
    setup.start.invoke()
    command = stage.commands[-1]
    assert isinstance(command, TcpConnect) and command.address == Address("10.0.0.5", 80)


def test_what_was_chosen_is_there_again_the_next_time(make_stage: Callable[..., Stage]) -> None:
    first = make_stage()
    first.page.open(Choice(role="client", host="10.0.0.9", port="81"))
    first.root.pack_forget()
    second = make_stage(settings=first.settings)
    assert (second.page.setup.choice.host, second.page.setup.choice.port) == ("10.0.0.9", "81")
    assert second.page.setup._history_for_role() == ["10.0.0.9:81"]


def test_connecting_can_be_cancelled(stage: Stage) -> None:
    session = stage.page.open(Choice(role="client", host="10.0.0.3"))
    assert session is not None
    stage.play(StateChanged(session, State.CONNECTING, 1, Address("10.0.0.3", 12345)))
    assert "Connecting" in stage.texts()
    assert str(stage.page.setup.start.cget("text")) == "Cancel"
    stage.page.setup.start.invoke()
    assert stage.commands[-1] == Close(session)
    stage.play(OpenFailed(session, Fault(FaultKind.CANCELLED), 2))
    assert "Cancelled" in stage.texts()
    assert not stage.page.chat.banner.winfo_ismapped()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_state_has_words(stage: Stage, language: str) -> None:
    i18n.set_language(language)
    session = connected(stage)
    words = set()
    for state in (State.HALF_CLOSED_LOCAL, State.HALF_CLOSED_REMOTE, State.CLOSING, State.CONNECTED):
        stage.play(StateChanged(session, state, 1))
        words.add(str(stage.page.chat.status.cget("text")))
    assert len(words) == 4
    stage.play(Closed(session, CloseReason.RESET, Fault(FaultKind.RESET, {"address": "a"}), 2))
    words.add(str(stage.page.chat.status.cget("text")))
    assert len(words) == 5
    assert stage.page.chat.banner.winfo_ismapped()


def test_what_comes_while_one_reads_further_up_does_not_move_the_page(stage: Stage) -> None:
    connected(stage, messages=200)
    conversation = stage.page.chat.conversation
    conversation.current.scroll_pixels(-400)
    paint(stage)
    before = (conversation.current.top, conversation.current.offset)
    stage.play(MessagesReceived(100, [b"new"] * 12, time.time_ns()))
    paint(stage)
    assert (conversation.current.top, conversation.current.offset) == before
    assert str(conversation.new_button.cget("text")) == "12 new"
    assert conversation.new_button.winfo_ismapped()
    conversation.new_button.invoke()
    paint(stage)
    assert stage.page.visible_text().endswith("new")
    assert not conversation.new_button.winfo_ismapped()


def test_what_comes_for_others_is_counted_until_one_looks(stage: Stage) -> None:
    connected(stage)
    stage.play(*joined(101, 1, 50002))
    stage.play(MessagesReceived(101, [b"a", b"b"], 1))
    assert stage.unread == 2
    stage.page.show(101)
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
    assert "message 1" in stage.page.visible_text().splitlines()
    conversation.find.set("0x6d65737361676520323939")
    stage.wait(lambda: len(conversation.found) == 1, "bytes found")
    conversation.find.set("nowhere")
    stage.wait(lambda: str(conversation.find_count.cget("text")) == "nothing found", "told")


def test_the_filter_shows_one_direction_or_one_peer(stage: Stage) -> None:
    listener = listening(stage)
    for number in (100, 101):
        stage.play(*joined(number, listener, 50000 + number))
        remote = Address("192.168.1.23", 50000 + number)
        stage.play(
            MessagesReceived(number, [b"from %d" % number], 1),
            MessagesSent(number, [b"to all"], remote, "user", 2),
        )
    stage.page.show(listener)
    conversation = stage.page.chat.conversation
    conversation.toggle_filter()
    conversation.directions._choose("in")
    paint(stage)
    assert stage.page.visible_text().split("\n") == ["from 100", "from 101"]
    conversation.peer.set("192.168.1.23:50101")
    conversation._peer_chosen()
    paint(stage)
    assert stage.page.visible_text() == "from 101"
    conversation.toggle_filter()
    paint(stage)
    assert "to all" in stage.page.visible_text()


def test_the_log_shows_bytes_and_a_selection_is_copied_and_saved(stage: Stage, tmp_path: Path) -> None:
    connected(stage, messages=3)
    stage.page.chat.view._choose("log")
    paint(stage)
    shown = stage.page.chat.conversation.current
    assert "6d 65 73 73 61 67 65 20" in stage.page.visible_text()
    count = stage.page.chat.conversation.count()
    shown.selection.only(count - 2)
    shown.selection.extend(count - 1)
    copied = shown.copy()
    assert "message 1" in copied and "message 2" in copied and "message 0" not in copied
    stage.page.save(tmp_path / "两条.csv")
    export = stage.commands[-1]
    assert isinstance(export, Export)
    assert export.format == "csv" and export.rows is not None and len(export.rows) == 2
    shown.selection.clear()
    stage.page.save(tmp_path / "all.pcap")
    export = stage.commands[-1]
    assert isinstance(export, Export) and export.format == "pcap" and export.rows is None


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


def test_only_the_connection_looked_at_is_asked_of_the_kernel(stage: Stage) -> None:
    connected(stage)
    assert WatchKernel(100, True) in stage.commands
    facts = KernelFacts(100, "ESTABLISHED", 1.8, 204.0, 3, 10, 65536, None, 4096, 0, 1)
    stage.play(facts, CountersChanged(100, 1, 10, 1, 10, 2048.0, 1024.0, 0, 0))
    words = stage.wait(lambda: str(stage.page.chat.facts.cget("text")), "the kernel's facts")
    assert words.startswith("ESTABLISHED · RTT 1.8 ms") and "rwnd" not in words
    tiles = stage.page.side.tiles._metrics
    assert [tile.value for tile in tiles] == ["1.0 KB/s", "2.0 KB/s", "3"]
    stage.page.show(1)
    assert stage.commands[-1] == WatchKernel(100, False)


def test_a_picked_arrow_shows_its_bytes(stage: Stage) -> None:
    connected(stage, messages=1)
    diagram = stage.page.side.diagram
    index = next(
        i for i in diagram.visible if (row := diagram.row(i)) is not None and row.label == "message 0"
    )
    diagram.selection.only(index)
    diagram._selected()
    side = stage.page.side
    assert side.detail.winfo_manager()
    assert "6d 65 73 73" in side.dump.get("1.0", "end")
    assert str(side.detail_title.cget("text")) == "Received"
    diagram.selection.only(index + 1)
    diagram._selected()
    assert "Derived" in str(side.detail_about.cget("text"))


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
    dialog = stage.page.edit_rules()
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


def test_a_session_is_aborted_reopened_and_removed_from_its_menu(stage: Stage) -> None:
    session = stage.page.open(Choice(role="client", host="10.0.0.3"))
    assert session is not None
    stage.play(Opened(session, None, Transport.TCP, Role.CLIENT, HERE, Address("10.0.0.3", 12345), 1))
    entries = {entry[0]: entry for entry in stage.page.session_entries(session) if entry is not None}
    action = entries["Abort (RST)"][1]
    assert action is not None
    action()
    assert stage.commands[-1] == Abort(session)
    stage.play(Closed(session, CloseReason.ABORTED, None, 2))
    entries = {entry[0]: entry for entry in stage.page.session_entries(session) if entry is not None}
    assert not entries["Abort (RST)"][2] and entries["Open again"][2]
    stage.page.reconnect(session)
    assert isinstance(stage.commands[-1], TcpConnect)
    stage.page.forget(session)
    assert [known.session for known in stage.page.model] == [session + 1]


def test_a_narrow_page_folds_the_diagram_away_and_brings_it_back(stage: Stage) -> None:
    page = stage.page
    assert page.side.winfo_ismapped() and not page.chat.tools["side"].winfo_manager()
    stage.app.geometry("960x620")
    stage.wait(lambda: not page.side.winfo_ismapped(), "folded")
    page.chat.tools["side"].invoke()
    stage.wait(lambda: page.side.winfo_ismapped() and not page.chat.winfo_ismapped(), "instead of the chat")
    page.side.tools["fold"].invoke()
    stage.wait(lambda: page.chat.winfo_ismapped() and not page.side.winfo_ismapped(), "back")


@pytest.mark.parametrize("projector", [False, True])
def test_nothing_is_clipped_in_the_smallest_window(stage: Stage, projector: bool) -> None:
    stage.app.geometry("960x620")
    theme.apply_theme(stage.app, "light", projector)
    try:
        stage.page.setup.transport._choose("udp")
        stage.page.setup.role._choose("multicast")
        for _turn in range(4):
            stage.app.update()
        card = stage.page.setup
        bottom = card.winfo_rooty() + card.winfo_height()
        for widget in (card.start, card.status, card.options_button, card.sessions):
            assert widget.winfo_ismapped()
            assert widget.winfo_rooty() + widget.winfo_height() <= bottom
        assert card.sessions.winfo_height() > 40
        bar = stage.page.chat.composer
        inside = stage.page.chat.winfo_rooty() + stage.page.chat.winfo_height()
        assert bar.mode.winfo_rooty() + bar.mode.winfo_height() <= inside
        assert bar.mode.winfo_width() >= bar.mode.winfo_reqwidth()
    finally:
        theme.apply_theme(stage.app, "light", False)


def test_a_thousand_clients_are_listed_and_stay_quick(stage: Stage) -> None:
    listener = listening(stage)
    batch: list[Event] = []
    for number in range(1000):
        batch += joined(1000 + number, listener, 10_000 + number)
    stage.play(*batch)
    paint(stage)
    assert "To all 1000 clients" in str(stage.page.chat.composer.composer._placeholder.cget("text"))
    drawn = len(stage.page.setup.sessions.canvas.find_all())
    assert drawn < 200
    stage.play(*(MessagesReceived(1000 + number, [b"hello"], 1) for number in range(1000)))
    paint(stage)
    assert stage.page.visible_text().count("hello") > 1


def test_a_very_long_name_is_cut_and_not_clipped(stage: Stage) -> None:
    host = "a-very-long-name." * 12 + "example"
    session = stage.page.open(Choice(role="client", host=host))
    assert session is not None
    stage.play(StateChanged(session, State.RESOLVING, 1))
    stage.app.update()
    assert str(stage.page.chat.title.cget("text")).endswith("…")
    assert stage.page.side.winfo_ismapped()


def test_open_urls_start_at_once_with_the_cursor_in_the_composer(make_stage: Callable[..., Any]) -> None:
    stage = make_stage(urls=("tcp-client://[::1]:12345?framing=lines", "udp://0.0.0.0:5000?group=239.1.2.3"))
    kinds = [type(command) for command in stage.commands[:2]]
    assert kinds == [TcpConnect, UdpOpen]
    assert stage.page.setup.choice == replace(
        Choice(), transport="udp", role="multicast", host="239.1.2.3", port="5000"
    )
    stage.page.focus_default()
    stage.app.update()
    assert stage.app.focus_get() is stage.page.chat.composer.composer.text


def test_the_words_change_with_the_language(stage: Stage) -> None:
    connected(stage, messages=1)
    before = stage.texts()
    assert "Send" in before
    i18n.set_language("zh_CN")
    stage.app.update()
    assert "发送" in stage.texts()
    i18n.set_language("en")
    stage.app.update()
    assert stage.texts() == before


def test_the_roles_share_the_width_whatever_was_offered_before(stage: Stage) -> None:
    setup = stage.page.setup
    setup.transport._choose("udp")
    stage.app.update()
    setup.transport._choose("tcp")
    stage.app.update()
    widths = [button.winfo_width() for button in setup.role._buttons]
    assert len(widths) == 2 and sum(widths) > 0.9 * setup.role.winfo_width()


def test_the_status_beside_the_button_is_that_of_what_the_fields_say(stage: Stage) -> None:
    listening(stage)
    setup = stage.page.setup
    assert str(setup.status.cget("text")) == "Listening · 0.0.0.0:12345"
    setup.port.variable.set("12346")
    assert str(setup.status.cget("text")) == "Idle"
    assert str(setup.start.cget("text")) == "Start listening"
    setup.port.variable.set("12345")
    assert str(setup.start.cget("text")) == "Stop listening"


def test_tab_reaches_every_control_and_comes_round(stage: Stage) -> None:
    connected(stage)
    setup, chat, side = stage.page.setup, stage.page.chat, stage.page.side
    first = next(button for button in setup.transport._buttons if str(button.cget("takefocus")) == "1")
    reached: list[Any] = [first]
    while len(reached) < 80:
        following = reached[-1].tk_focusNext()
        assert following is not None
        if following is first:
            break
        reached.append(following)
    wanted = [setup.host.entry, setup.port.entry, setup.start, setup.options_button, setup.sessions.canvas]
    wanted += [chat.tools["find"], chat.tools["menu"], chat.composer.composer.text, chat.composer.send_button]
    wanted += [side.tools["pause"], side.diagram.canvas]
    places = [reached.index(widget) for widget in wanted]
    assert len(reached) < 80, "it never comes round"
    assert places[:5] == sorted(places[:5])


def test_enter_in_a_field_opens_and_never_stops(stage: Stage) -> None:
    stage.page.setup.port.entry.focus_force()
    stage.app.update()
    stage.page.setup.port.entry.event_generate("<Return>")
    assert isinstance(stage.commands[-1], TcpListen)
    count = len(stage.commands)
    stage.page.setup.port.entry.focus_force()
    stage.app.update()
    stage.page.setup.port.entry.event_generate("<Return>")
    assert len(stage.commands) == count


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
