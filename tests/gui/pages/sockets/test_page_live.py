"""The page with a real engine, talking to plain sockets such as the tutorial's programs use."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gui.pages.sockets.choice import Choice
from net.sockets.events import State
from tests.gui.pages.sockets.stage import Live
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS

HERE = "127.0.0.1"
SERVER = Choice(host=HERE, port="0")
CLIENT = Choice(role="client", host=HERE)
UDP = Choice(transport="udp", role="unicast", host=HERE, port="0")


def start(live: Live, choice: Choice) -> int:
    """Fill in the fields, press the button, wait until it is open; returns the port."""
    live.page.setup.show_choice(choice)
    live.page.setup.start.invoke()
    known = live.wait(lambda: live.page.model.get(live.page.model.shown), "a session")
    live.wait(lambda: known.is_live, "open")
    assert known.local is not None
    return known.local.port


def write(live: Live, text: str) -> None:
    """Type into the field and press Enter, as a person does."""
    composer = live.page.chat.composer.composer
    composer.set(text)
    composer.text.event_generate("<Return>")
    composer.submit()


def shown(live: Live) -> Any:
    return live.page.model.get(live.page.model.shown)


@pytest.fixture
def peer() -> Iterator[Callable[[int], socket.socket]]:
    """Connects plain clients; they are closed at the end."""
    made: list[socket.socket] = []

    def connect(port: int) -> socket.socket:
        made.append(socket.create_connection((HERE, port), timeout=PATIENCE_SECONDS))
        return made[-1]

    yield connect
    for each in made:
        each.close()


def test_a_pupils_script_chats_with_the_server(live: Live, peer: Callable[[int], socket.socket]) -> None:
    port = start(live, SERVER)
    assert "Waiting for a client" in live.texts()
    pupil = peer(port)
    pupil.sendall("你好,服务器!".encode())
    live.wait(lambda: "你好,服务器!" in live.visible_text(), "the pupil's words")
    write(live, "你好,客户端!")
    assert pupil.recv(1024).decode() == "你好,客户端!"
    live.wait(lambda: "你好,客户端!" in live.visible_text(), "my words")
    assert live.page.chat.composer.composer.value == ""
    pupil.close()
    child = live.page.model.get(live.page.model.get(live.page.model.shown).children[0])  # type: ignore[union-attr]
    assert child is not None
    live.wait(lambda: child.closed, "the pupil has gone")
    live.wait(lambda: "Closed by the peer" in live.visible_text(), "it is said")


def test_what_is_written_to_a_listener_goes_to_all_and_to_one_when_one_is_picked(
    live: Live, peer: Callable[[int], socket.socket]
) -> None:
    port = start(live, SERVER)
    listener = shown(live)
    one, two = peer(port), peer(port)
    live.wait(lambda: len(live.page.model.live_children(listener.session)) == 2, "both")
    write(live, "all")
    assert one.recv(9) == two.recv(9) == b"all"
    second = next(
        child
        for child in live.page.model.live_children(listener.session)
        if child.remote is not None and child.remote.port == two.getsockname()[1]
    )
    live.page.sessions.show(second.session)
    write(live, "you")
    assert two.recv(9) == b"you"
    one.setblocking(False)
    with pytest.raises(BlockingIOError):
        one.recv(9)


def test_exit_alone_ends_a_clients_conversation_and_is_not_sent(live: Live) -> None:
    with socket.create_server((HERE, 0)) as server:
        start(live, replace(CLIENT, port=str(server.getsockname()[1])))
        accepted, _address = server.accept()
        accepted.settimeout(PATIENCE_SECONDS)
        with accepted:
            write(live, "exits")
            assert accepted.recv(99) == b"exits"
            write(live, "Exit")
            assert accepted.recv(99) == b""
        live.wait(lambda: shown(live).closed, "closed")


def test_with_the_switch_off_exit_is_a_word_like_any_other(live: Live) -> None:
    live.settings.exit_word = False
    with socket.create_server((HERE, 0)) as server:
        start(live, replace(CLIENT, port=str(server.getsockname()[1])))
        accepted, _address = server.accept()
        accepted.settimeout(PATIENCE_SECONDS)
        with accepted:
            write(live, "exit")
            assert accepted.recv(99) == b"exit"


def test_a_refused_connection_says_so_and_can_be_tried_again(live: Live) -> None:
    port = free_port()
    live.page.setup.show_choice(replace(CLIENT, port=str(port)))
    live.page.setup.start.invoke()
    live.wait(lambda: shown(live).open_failed, "refused")
    live.app.update()
    words = live.texts()
    assert "Refused" in words and "no program listens" in words and "Try again" in words
    with socket.create_server((HERE, port)) as server:
        live.page.chat.header.tools["reconnect"].invoke()
        live.wait(lambda: shown(live).is_live, "connected now")
        assert len(live.page.model) == 1
        server.accept()[0].close()


def test_datagrams_are_answered_to_who_wrote_last(live: Live) -> None:
    port = start(live, UDP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pupil:
        pupil.settimeout(PATIENCE_SECONDS)
        pupil.bind((HERE, 0))
        pupil.sendto(b"Hello, UDP Server", (HERE, port))
        live.wait(lambda: "Hello, UDP Server" in live.visible_text(), "the datagram")
        own = f"{HERE}:{pupil.getsockname()[1]}"
        live.wait(lambda: live.page.chat.composer.to.value == own, "the sender is offered")
        write(live, "Hello, UDP Client")
        assert pupil.recv(99) == b"Hello, UDP Client"


def test_a_datagram_goes_to_the_address_typed_after_to(live: Live) -> None:
    start(live, UDP)
    write(live, "whom?")
    assert "Whom shall this go to?" in live.page.chat.composer.composer.error
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as pupil:
        pupil.settimeout(PATIENCE_SECONDS)
        pupil.bind((HERE, 0))
        live.page.chat.composer.to.variable.set(f"１２７．０．０．１：{pupil.getsockname()[1]}")
        write(live, "hi")
        assert pupil.recv(99) == b"hi"


def test_hex_is_sent_as_bytes_and_bytes_that_are_no_text_are_marked(
    live: Live, peer: Callable[[int], socket.socket]
) -> None:
    port = start(live, SERVER)
    pupil = peer(port)
    live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
    live.page.chat.composer.mode.set("hex")
    write(live, "0xff, fe 41")
    assert pupil.recv(99) == b"\xff\xfeA"
    live.wait(lambda: "⟨FF FE⟩A" in live.visible_text(), "marked")
    write(live, "4")
    assert "no partner" in live.page.chat.composer.composer.error
    assert live.page.chat.composer.composer.value == "4"


def test_half_close_lets_the_peer_go_on(live: Live, peer: Callable[[int], socket.socket]) -> None:
    port = start(live, SERVER)
    pupil = peer(port)
    children = live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
    live.page.sessions.show(children[0].session)
    entry = next(e for e in live.page.chat.menu_entries() if e is not None and "half-close" in e[0])
    assert entry[1] is not None and entry[2]
    entry[1]()
    assert pupil.recv(9) == b""
    live.wait(lambda: children[0].state is State.HALF_CLOSED_LOCAL, "half closed")
    pupil.sendall(b"still here")
    live.wait(lambda: "still here" in live.visible_text(), "the peer's last words")
    write(live, "too late")
    assert "finished sending" in live.page.chat.composer.composer.error


def test_a_file_goes_out_whole_and_its_progress_is_told(
    live: Live, peer: Callable[[int], socket.socket], tmp_path: Path
) -> None:
    content = bytes(range(256)) * 4000
    path = tmp_path / "数据.bin"
    path.write_bytes(content)
    port = start(live, SERVER)
    pupil = peer(port)
    live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
    received = bytearray()

    def read() -> None:
        while len(received) < len(content):
            received.extend(pupil.recv(65536))

    reading = threading.Thread(target=read)
    reading.start()
    live.page.sessions.show(live.page.model.live_children(shown(live).session)[0].session)
    live.page.chat.composer.send_files([path])
    live.wait(lambda: any("sent, 1.0 MB" in t for t in live.page.chat.composer.jobs.running()), "finished")
    reading.join(PATIENCE_SECONDS)
    assert bytes(received) == content


def test_a_message_is_repeated_the_times_asked_for(live: Live, peer: Callable[[int], socket.socket]) -> None:
    port = start(live, SERVER)
    pupil = peer(port)
    children = live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
    live.page.sessions.show(children[0].session)
    bar = live.page.chat.composer
    bar.composer.set("tick")
    bar.interval.variable.set("0.01")
    bar.count.variable.set("3")
    bar.repeat.invoke()
    live.wait(lambda: any("sent 3 of 3" in text for text in bar.jobs.running()), "repeated")
    received = b""
    while len(received) < 12:
        received += pupil.recv(99)
    assert received == b"tick" * 3


def test_the_other_codec_reads_the_same_bytes(live: Live, peer: Callable[[int], socket.socket]) -> None:
    port = start(live, SERVER)
    pupil = peer(port)
    pupil.sendall("你好!".encode("gb18030"))
    live.wait(lambda: "⟨" in live.visible_text(), "not UTF-8")
    live.page.chat.composer.codec_field.choose("gb18030")
    live.page.chat.composer._codec_chosen()
    live.wait(lambda: "你好!" in live.visible_text(), "as GB18030")
    live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
    write(live, "再见")
    assert pupil.recv(99) == "再见".encode("gb18030")


def test_automatic_replies_answer(live: Live, peer: Callable[[int], socket.socket]) -> None:
    port = start(live, SERVER)
    dialog = live.page.chat.edit_rules()
    assert dialog is not None
    dialog.forms[0].answer.set("got {text}")
    dialog.close("use")
    pupil = peer(port)
    pupil.sendall(b"one")
    pupil.settimeout(PATIENCE_SECONDS)
    live.wait(lambda: "auto-reply" in _metas(live), "answered")
    assert pupil.recv(99) == b"got one"


def _metas(live: Live) -> str:
    bubbles = live.page.chat.conversation.bubbles
    rows = [bubbles.row(index) for index in bubbles.visible]
    return " ".join(row.meta for row in rows if row is not None)


def test_stop_ends_the_listener_and_its_connections(live: Live, peer: Callable[[int], socket.socket]) -> None:
    port = start(live, SERVER)
    pupil = peer(port)
    live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
    assert str(live.page.setup.start.cget("text")) == "Stop listening"
    live.page.setup.start.invoke()
    live.wait(lambda: shown(live).closed, "closed")
    pupil.settimeout(PATIENCE_SECONDS)
    assert pupil.recv(9) == b""
    live.app.update()
    assert str(live.page.setup.start.cget("text")) == "Start listening"
    assert "Closed by me" in live.texts()


def test_a_port_in_use_names_the_program(live: Live) -> None:
    with socket.create_server((HERE, 0)) as taken:
        live.page.setup.show_choice(replace(SERVER, port=str(taken.getsockname()[1])))
        live.page.setup.start.invoke()
        live.wait(lambda: shown(live).open_failed, "refused to bind")
        live.app.update()
        assert "is in use by" in live.texts()


def test_two_pages_talk_to_each_other(make_stage: Callable[..., Any]) -> None:
    one: Live = make_stage(live=True)
    one.root.pack_forget()
    port = start(one, SERVER)
    two: Live = make_stage(live=True)
    start(two, replace(CLIENT, port=str(port)))
    write(two, "在吗？")
    one.wait(lambda: one.page.model.get(2), "the connection")
    one.root.pack(fill="both", expand=True)
    two.root.pack_forget()
    one.wait(lambda: "在吗？" in one.visible_text(), "arrived")


def test_without_a_store_messages_still_go_and_nothing_breaks(make_stage: Callable[..., Any]) -> None:
    live: Live = make_stage(live=True, keep=False)
    port = start(live, SERVER)
    with socket.create_connection((HERE, port), timeout=PATIENCE_SECONDS) as pupil:
        pupil.sendall(b"seen?")
        live.wait(lambda: live.page.model.live_children(shown(live).session), "connected")
        write(live, "yes")
        assert pupil.recv(99) == b"yes"
        assert live.visible_text() == ""
        assert live.page.chat.conversation.no_transcript.winfo_viewable()
