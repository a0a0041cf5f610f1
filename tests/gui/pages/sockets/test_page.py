"""The page's choices, states and sessions, with events that the test plays."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from gui.look.apply import apply_theme
from gui.pages.sockets.choice import Choice
from gui.pages.sockets.session_items import session_items
from gui.shared import i18n
from gui.window.tab_order import teach_tab_order
from net.address import Address
from net.events import Event, Fault, FaultKind
from net.sockets.commands import (
    Abort,
    Close,
    TcpConnect,
    TcpListen,
    UdpOpen,
    WatchKernel,
)
from net.sockets.events import (
    Closed,
    CloseReason,
    CountersChanged,
    FaultEnded,
    FaultOccurred,
    KernelFacts,
    MessagesReceived,
    Opened,
    OpenFailed,
    Role,
    State,
    StateChanged,
    Transport,
)
from tests.gui.keyboard import press
from tests.gui.pages.sockets.played import HERE, connected, joined, listening, paint
from tests.gui.pages.sockets.stage import Stage


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
    first.page.sessions.open(Choice(role="client", host="10.0.0.9", port="81"))
    first.root.pack_forget()
    second = make_stage(settings=first.settings)
    assert (second.page.setup.choice.host, second.page.setup.choice.port) == ("10.0.0.9", "81")
    offered = second.page.setup.host.entry
    second.app.tk.call(str(offered.cget("postcommand")))
    assert offered.cget("values") == ("10.0.0.9:81",)


def test_connecting_can_be_cancelled(stage: Stage) -> None:
    session = stage.page.sessions.open(Choice(role="client", host="10.0.0.3"))
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


def test_only_the_connection_looked_at_is_asked_of_the_kernel(stage: Stage) -> None:
    connected(stage)
    assert WatchKernel(100, True) in stage.commands
    facts = KernelFacts(100, "ESTABLISHED", 1.8, 204.0, 3, 10, 65536, None, 4096, 0, 1)
    stage.play(facts, CountersChanged(100, 1, 10, 1, 10, 2048.0, 1024.0, 0, 0))
    words = stage.wait(lambda: str(stage.page.chat.facts.cget("text")), "the kernel's facts")
    assert words.startswith("ESTABLISHED · RTT 1.8 ms") and "rwnd" not in words
    tiles = stage.page.side.tiles._metrics
    assert [tile.value for tile in tiles] == ["1.0 KB/s", "2.0 KB/s", "3"]
    stage.page.sessions.show(1)
    assert stage.commands[-1] == WatchKernel(100, False)


def test_a_session_is_aborted_reopened_and_removed_from_its_menu(stage: Stage) -> None:
    session = stage.page.sessions.open(Choice(role="client", host="10.0.0.3"))
    assert session is not None
    stage.play(Opened(session, None, Transport.TCP, Role.CLIENT, HERE, Address("10.0.0.3", 12345), 1))
    entries = {
        entry[0]: entry for entry in stage.page.setup.session_menu.entries(session) if entry is not None
    }
    action = entries["Abort (RST)"][1]
    assert action is not None
    action()
    assert stage.commands[-1] == Abort(session)
    stage.play(Closed(session, CloseReason.ABORTED, None, 2))
    entries = {
        entry[0]: entry for entry in stage.page.setup.session_menu.entries(session) if entry is not None
    }
    assert not entries["Abort (RST)"][2] and entries["Open again"][2]
    stage.page.sessions.reconnect(session)
    assert isinstance(stage.commands[-1], TcpConnect)
    stage.page.sessions.forget(session)
    assert [known.session for known in stage.page.model] == [session + 1]


def test_a_narrow_page_folds_the_diagram_away_and_brings_it_back(stage: Stage) -> None:
    page = stage.page
    assert page.side.winfo_ismapped() and not page.chat.header.tools["side"].winfo_manager()
    stage.app.geometry("960x620")
    stage.wait(lambda: not page.side.winfo_ismapped(), "folded")
    page.chat.header.tools["side"].invoke()
    stage.wait(lambda: page.side.winfo_ismapped() and not page.chat.winfo_ismapped(), "instead of the chat")
    page.side.tools["fold"].invoke()
    stage.wait(lambda: page.chat.winfo_ismapped() and not page.side.winfo_ismapped(), "back")


@pytest.mark.parametrize("projector", [False, True])
def test_nothing_is_clipped_in_the_smallest_window(stage: Stage, projector: bool) -> None:
    stage.app.geometry("960x620")
    apply_theme(stage.app, "light", projector)
    try:
        stage.page.setup.transport._choose("udp")
        stage.page.setup.role._choose("multicast")
        stage.wait(lambda: (stage.app.winfo_width(), stage.app.winfo_height()) == (960, 620), "its size")
        card = stage.page.setup
        shown = (card.start, card.status, card.options_button, card.sessions)
        stage.wait(lambda: all(widget.winfo_ismapped() for widget in shown), "all is shown")
        bottom = card.winfo_rooty() + card.winfo_height()
        for widget in shown:
            assert widget.winfo_rooty() + widget.winfo_height() <= bottom
        assert card.sessions.winfo_height() > 40
        bar = stage.page.chat.composer
        inside = stage.page.chat.winfo_rooty() + stage.page.chat.winfo_height()
        assert bar.mode.winfo_rooty() + bar.mode.winfo_height() <= inside
        assert bar.mode.winfo_width() >= bar.mode.winfo_reqwidth()
    finally:
        apply_theme(stage.app, "light", False)


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
    assert stage.visible_text().count("hello") > 1


def test_a_very_long_name_is_cut_and_not_clipped(stage: Stage) -> None:
    host = "a-very-long-name." * 12 + "example"
    session = stage.page.sessions.open(Choice(role="client", host=host))
    assert session is not None
    stage.play(StateChanged(session, State.RESOLVING, 1))
    stage.app.update()
    assert str(stage.page.chat.header.title.cget("text")).endswith("…")
    assert stage.page.side.winfo_ismapped()


def test_open_urls_start_at_once_with_the_cursor_in_the_composer(make_stage: Callable[..., Any]) -> None:
    stage = make_stage(urls=("tcp-client://[::1]:12345?framing=lines", "udp://0.0.0.0:5000?group=239.1.2.3"))
    kinds = [type(command) for command in stage.commands[:2]]
    assert kinds == [TcpConnect, UdpOpen]
    assert stage.page.setup.choice == replace(
        Choice(), transport="udp", role="multicast", host="239.1.2.3", port="5000"
    )
    stage.page.focus_default()
    assert stage.app.focus_lastfor() is stage.page.chat.composer.composer.text


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
    wanted += [
        chat.header.tools["find"],
        chat.header.tools["menu"],
        chat.composer.composer.text,
        chat.composer.send_button,
    ]
    wanted += [side.tools["pause"], side.diagram.canvas]
    places = [reached.index(widget) for widget in wanted]
    assert len(reached) < 80, "it never comes round"
    assert places[:5] == sorted(places[:5])


def test_tab_goes_through_the_page_as_one_reads_it(stage: Stage) -> None:
    teach_tab_order(stage.app)
    connected(stage, messages=3)
    stage.page.chat.composer.toggle_more()
    stage.app.update()
    setup, chat, side = stage.page.setup, stage.page.chat, stage.page.side
    bar = chat.composer
    wanted: list[Any] = [
        *(setup.host.entry, setup.port.entry, setup.start, setup.tools["presets"], setup.tools["addresses"]),
        *(setup.history_button, setup.options_button, setup.sessions.canvas),
        *(chat.header.tools["find"], chat.header.tools["filter"], chat.header.tools["close"]),
        *(chat.header.tools["menu"], chat.conversation.bubbles.canvas),
        *(bar.codec_field.entry, bar.ending.entry, bar.checksum.entry),
        *(bar.composer.text, bar.send_button, bar.tools["file"], bar.tools["more"]),
        *(side.tools["pause"], side.tools["save"]),
    ]
    reached: list[Any] = [setup.host.entry]
    while len(reached) < 80 and (following := reached[-1].tk_focusNext()) is not reached[0]:
        reached.append(following)
    places = [reached.index(widget) for widget in wanted]
    assert places == sorted(places)
    assert places[1] == 1, "one Tab leads from the address to the port"


def test_each_role_gets_back_the_host_typed_for_it(stage: Stage) -> None:
    setup = stage.page.setup
    setup.role._choose("client")
    setup.host.variable.set("10.0.0.9")
    setup.role._choose("server")
    assert setup.host.value == "0.0.0.0"
    setup.role._choose("client")
    assert setup.host.value == "10.0.0.9"


def test_a_second_click_meets_the_session_that_the_first_one_met(stage: Stage) -> None:
    page, app = stage.page, stage.app
    tcp = listening(stage)
    page.sessions.open(Choice(transport="udp", role="multicast", host="239.1.2.3"))
    page.sessions.show(tcp)
    app.update()
    sessions = page.setup.sessions
    sessions.paint_now()
    line = sessions.placed(0)
    assert line is not None and line.row is not None
    x, y = 60, line.y + line.height - 4
    place = (sessions.canvas.winfo_rootx() + x, sessions.canvas.winfo_rooty() + y)
    sessions.canvas.event_generate("<Enter>", x=x, y=y)
    for number in range(2):
        hit = place[1] - sessions.canvas.winfo_rooty()
        sessions.canvas.event_generate("<Button-1>", x=x, y=hit)
        sessions.canvas.event_generate("<ButtonRelease-1>", x=x, y=hit)
        app.update()
        assert page.model.shown == line.row.item.key, f"click {number + 1}"
    low = page.setup.fold.canvas.winfo_height()
    sessions.canvas.event_generate("<Leave>", x=-1, y=-1)
    app.update()
    assert page.setup.fold.canvas.winfo_height() > low


def test_an_empty_list_is_no_stop(stage: Stage) -> None:
    teach_tab_order(stage.app)
    setup = stage.page.setup
    assert setup.options_button.tk_focusNext() is not setup.sessions.canvas
    listening(stage)
    setup.sessions.paint_now()
    assert setup.options_button.tk_focusNext() is setup.sessions.canvas


@pytest.mark.parametrize("key", ["<Menu>", "<Shift-F10>"])
def test_the_menus_of_sessions_and_messages_come_by_key(
    stage: Stage, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[Any]] = []
    for module in ("setup.session_menu", "conversation.row_menu"):
        name = f"gui.pages.sockets.{module}.popup_menu"
        monkeypatch.setattr(name, lambda _master, entries, _x, _y: shown.append(entries))
    session = connected(stage, messages=2)
    press(stage.page.setup.sessions.canvas, key)
    press(stage.page.chat.conversation.bubbles.canvas, key)
    first, second = ([entry[0] for entry in entries if entry is not None] for entries in shown)
    assert "Copy the address" in first and "Copy as hex" in second
    assert stage.page.model.shown == session


def test_enter_in_a_field_opens_and_never_stops(stage: Stage) -> None:
    press(stage.page.setup.port.entry, "<Return>")
    assert isinstance(stage.commands[-1], TcpListen)
    count = len(stage.commands)
    press(stage.page.setup.port.entry, "<Return>")
    assert len(stage.commands) == count


def test_an_address_that_is_gone_is_told_for_as_long_as_it_is(stage: Stage) -> None:
    session = connected(stage)
    gone = Fault(FaultKind.ADDRESS_GONE, {"address": HERE.host})
    card = stage.page.chat
    stage.play(FaultOccurred(session, gone, time.time_ns()))
    assert str(card.status.cget("text")) == "Address gone" == stage.status.partition(" · ")[0]
    assert "no longer has the address 192.168.1.7" in stage.texts(card.banner) and card.banner.tone == "warn"
    assert not stage.toasts and "Try again" not in stage.texts(card.banner)
    stage.wait(lambda: "no longer has" in stage.visible_text(), "its note")
    stage.play(FaultEnded(session, FaultKind.ADDRESS_GONE, time.time_ns()))
    assert str(card.status.cget("text")) == "Connected" and not card.banner.winfo_manager()
    stage.wait(lambda: "The address is there again" in stage.visible_text(), "its note")
    stage.play(FaultOccurred(session, gone, time.time_ns()))
    stage.play(Closed(session, CloseReason.BY_ME, None, time.time_ns()))
    assert str(card.status.cget("text")) == "Closed by me" and not card.banner.winfo_manager()


def test_a_listener_whose_address_is_gone_says_so_rather_than_its_clients(stage: Stage) -> None:
    listener = listening(stage)
    stage.play(*joined(100, listener))
    assert "1 client" in session_items(stage.page.model)[0].subtitle
    gone = Fault(FaultKind.ADDRESS_GONE, {"address": HERE.host})
    stage.play(FaultOccurred(listener, gone, time.time_ns()))
    assert session_items(stage.page.model)[0].subtitle == "TCP · Address gone"


def test_a_url_from_another_page_fills_the_setup(stage: Stage) -> None:
    (listener,) = stage.url_listeners
    listener("udp://0.0.0.0:0?peer=127.0.0.1:53")
    assert stage.page.setup.choice.transport == "udp"
    assert stage.page.setup.peer.value == "127.0.0.1:53"
    assert stage.commands == [], "a person starts it"
