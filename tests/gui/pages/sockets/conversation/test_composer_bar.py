"""What is chosen in the composer belongs to the session, with events that the test plays."""

from __future__ import annotations

import time

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.conversation.composer_bar import ComposerBar
from gui.pages.sockets.words import CHECKSUMS, LINE_ENDINGS
from net.address import Address
from net.protocol.checksum import Checksum
from net.protocol.codec import CODECS
from net.protocol.compose import LineEnding
from net.sockets.commands import Send, SetFraming, TcpListen, UdpOpen
from net.sockets.events import (
    Closed,
    CloseReason,
    DatagramsReceived,
    MessagesReceived,
    Opened,
    Role,
    Transport,
)
from tests.gui.pages.sockets.played import connected, joined, listening, paint
from tests.gui.pages.sockets.stage import Stage

NAMES = {codec.id: codec.name for codec in CODECS}


def choose(bar: ComposerBar, codec: str = "", ending: str = "", checksum: str = "", to: str = "") -> None:
    """Choose in the fields, as a person does."""
    if codec:
        bar.codec_field.variable.set(NAMES[codec])
    if ending:
        bar.ending.variable.set(LINE_ENDINGS[LineEnding(ending)])
    if checksum:
        bar.checksum.variable.set(CHECKSUMS[Checksum(checksum)])
    if to:
        bar.to.variable.set(to)


def bound(stage: Stage, port: int = 12345) -> int:
    session = stage.page.sessions.open(Choice(transport="udp", role="unicast", port=str(port)))
    assert session is not None
    address = Address("0.0.0.0", port)
    stage.play(Opened(session, None, Transport.UDP, Role.UNICAST, address, None, time.time_ns()))
    return session


def test_what_is_chosen_for_a_session_is_there_again_after_another_was_shown(stage: Stage) -> None:
    device, other = bound(stage, 7001), bound(stage, 7002)
    bar = stage.page.chat.composer
    stage.page.sessions.show(device)
    bar.mode.set("escapes")
    bar._mode_chosen()
    choose(bar, "gb18030", "crlf", "sum8", "10.0.0.5:502")
    stage.page.sessions.show(other)
    assert (bar.codec, bar.ending.chosen, bar.checksum.chosen, bar.to.value) == ("utf-8", "none", "none", "")
    assert bar.mode.value == "text"
    assert bar.compose("你") == "你".encode()
    stage.page.sessions.show(device)
    assert bar.codec_field.chosen == "gb18030" and bar.mode.value == "escapes"
    assert bar.composer.on_send is not None and bar.composer.on_send("你")
    command = stage.commands[-1]
    body = "你\r\n".encode("gbk")
    assert isinstance(command, Send) and command.to == Address("10.0.0.5", 502)
    assert len(command.messages[0]) == len(body) + 1


def test_a_destination_that_was_offered_does_not_change_while_another_session_is_shown(stage: Stage) -> None:
    device, other = bound(stage, 7001), bound(stage, 7002)
    bar = stage.page.chat.composer
    first, second = ("10.0.0.5", 502), ("10.0.0.6", 502)
    stage.page.sessions.show(device)
    stage.play(DatagramsReceived(device, [b"a"], [first], time.time_ns()))
    bar.refresh()
    assert bar.to.value == "10.0.0.5:502"
    stage.page.sessions.show(other)
    stage.play(DatagramsReceived(device, [b"b"], [second], time.time_ns()))
    stage.page.sessions.show(device)
    assert bar.to.value == "10.0.0.5:502"


def test_another_codec_reads_and_writes_until_the_session_is_opened_again(stage: Stage) -> None:
    session = connected(stage)
    bar = stage.page.chat.composer
    stage.play(MessagesReceived(session, ["你好".encode("gbk")], time.time_ns()))
    choose(bar, "gb18030")
    framing = next(command for command in reversed(stage.commands) if isinstance(command, SetFraming))
    assert (framing.session, framing.codec) == (session, "gb18030")
    listener = 1
    stage.page.sessions.show(listener)
    assert bar.codec == "utf-8"
    # Stop is still the button of the listener whose connection reads GBK.
    assert stage.page.setup.running() is not None
    stage.page.sessions.show(session)
    assert stage.page.setup.running() is not None
    paint(stage)
    assert "你好" in stage.visible_text()
    stage.page.sessions.show(listener)
    choose(bar, "big5", checksum="crc32")
    stage.play(*joined(101, listener, 50002))
    stage.page.sessions.show(101)
    assert bar.codec == "big5"
    stage.page.sessions.show(listener)
    stage.play(Closed(listener, CloseReason.BY_ME, None, time.time_ns()))
    stage.page.setup.start.invoke()
    opened = stage.commands[-1]
    assert isinstance(opened, TcpListen) and opened.codec == "big5"
    assert bar.checksum.chosen == "crc32"


def test_what_changes_the_bytes_is_seen_while_the_options_are_folded(stage: Stage) -> None:
    listening(stage)
    bar = stage.page.chat.composer
    stage.app.update()
    assert not bar.summary.winfo_ismapped()
    bar.toggle_more()
    choose(bar, "gb18030", "crlf", "sum8")
    stage.app.update()
    assert not bar.summary.winfo_ismapped()
    bar.toggle_more()
    stage.app.update()
    assert bar.summary.winfo_ismapped()
    assert str(bar.summary.cget("text")) == "GB18030 · + CR LF · + sum-8"
    bar.summary.invoke()
    stage.app.update()
    assert bar.checksum.winfo_ismapped() and not bar.summary.winfo_ismapped()


def test_what_is_chosen_before_a_session_is_there_counts_for_it(stage: Stage) -> None:
    bar = stage.page.chat.composer
    choose(bar, "gb18030", checksum="sum8")
    assert stage.page.setup.choice.codec == "gb18030"
    stage.page.setup.transport._choose("udp")
    stage.page.setup.start.invoke()
    opened = stage.commands[-1]
    assert isinstance(opened, UdpOpen)
    assert bar.codec == "gb18030" and bar.checksum.chosen == "sum8"
