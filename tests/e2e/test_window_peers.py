"""The real window, typed into, talks with programs not ours: the tutorial's, netcats, Packet Sender."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import tutorial_programs
from tests.e2e.real_window import RealWindow, real_window
from tests.ports import free_port
from tests.programs import Program, Programs, running_programs
from tests.waiting import wait_until

HERE = "127.0.0.1"


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


def pupil(programs: Programs, source: str, folder: Path, port: int) -> Program:
    path = folder / "pupil.py"
    path.write_text(source, encoding="utf-8")
    return programs.start(sys.executable, path, str(port))


def wait_bound(port: int, kind: str = "tcp") -> None:
    """Until something listens on (or, for udp, is bound to) the port, found out without touching it."""
    state = "0A" if kind == "tcp" else "07"
    pattern = re.compile(rf":{port:04X} [0-9A-F]+:0000 {state} ")

    def bound() -> bool:
        return any(pattern.search(Path(f"/proc/net/{kind}{six}").read_text()) for six in ("", "6"))

    wait_until(bound, what=f"{kind} port {port} is bound")


# The tutorial's programs


def test_server_chats_with_the_tutorials_client(display: str, programs: Programs, tmp_path: Path) -> None:
    with real_window(display, tmp_path, "tcp-server://127.0.0.1:0", lang="zh_CN") as window:
        client = pupil(programs, tutorial_programs.TCP_CHAT_CLIENT, tmp_path, window.port())
        client.type("你好，服务器！")
        window.wait_for("你好，服务器！")
        window.say("你好，客户端！")
        client.wait_for("Server: 你好，客户端！")
        client.type("exit")
        assert client.wait() == 0
        assert {row["transport"] for row in window.rows("in")} == {"tcp"}


def test_client_chats_with_the_tutorials_server_until_exit(
    display: str, programs: Programs, tmp_path: Path
) -> None:
    port = free_port()
    server = pupil(programs, tutorial_programs.TCP_CHAT_SERVER, tmp_path, port)
    server.wait_for("listening")
    with real_window(display, tmp_path, f"tcp-client://127.0.0.1:{port}") as window:
        window.say("你好, server")
        server.wait_for("Client: 你好, server")
        server.type("你好，客户端！")
        window.wait_for("你好，客户端！")
        window.type("exit")
        window.xdotool("key", "Return")
        server.wait_for("the client has gone")
        assert "exit" not in server.printed
        assert "exit" not in window.texts("out")


def test_one_shot_client_gets_its_answer(display: str, programs: Programs, tmp_path: Path) -> None:
    with real_window(display, tmp_path, "tcp-server://127.0.0.1:0") as window:
        client = pupil(programs, tutorial_programs.TCP_ONE_SHOT_CLIENT, tmp_path, window.port())
        window.wait_for("Hello, Server 你好，服务器！")
        window.say("Hello, Client")
        assert client.wait() == 0
        assert "Received from server: Hello, Client" in client.printed


def test_one_shot_server_is_asked(display: str, programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    server = pupil(programs, tutorial_programs.TCP_ONE_SHOT_SERVER, tmp_path, port)
    server.wait_for("listening")
    with real_window(display, tmp_path, f"tcp-client://127.0.0.1:{port}") as window:
        window.say("Hello, Server")
        server.wait_for("Received: Hello, Server")
        window.wait_for("Hello, Client")


def test_udp_client_is_answered_without_typing_its_address(
    display: str, programs: Programs, tmp_path: Path
) -> None:
    with real_window(display, tmp_path, "udp://127.0.0.1:0") as window:
        client = pupil(programs, tutorial_programs.UDP_CLIENT, tmp_path, window.port())
        window.wait_for("Hello, UDP Server 你好")
        window.say("你好, UDP client")
        assert client.wait() == 0
        assert "Received from server: 你好, UDP client" in client.printed
        assert window.rows("out")[0]["remote"] == window.rows("in")[0]["remote"]


def test_udp_server_is_asked(display: str, programs: Programs, tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    server = pupil(programs, tutorial_programs.UDP_SERVER, tmp_path, port)
    server.wait_for("listening")
    with real_window(display, tmp_path, f"udp://127.0.0.1:0?peer=127.0.0.1:{port}") as window:
        window.say("你好 UDP")
        server.wait_for("Received: 你好 UDP")
        window.wait_for("你好, UDP Client")
        assert {row["transport"] for row in window.lines()} == {"udp"}


# Netcat and its relatives


def test_ncat_is_the_client_over_ipv6(display: str, programs: Programs, tmp_path: Path) -> None:
    with real_window(display, tmp_path, "tcp-server://[::1]:0") as window:
        peer = programs.start("ncat", "-6", "::1", str(window.port()))
        peer.type("你好 over six")
        window.wait_for("你好 over six")
        window.say("and back")
        peer.wait_for("and back")


def test_socat_is_the_server_over_ipv6(display: str, programs: Programs, tmp_path: Path) -> None:
    port = free_port(host="::1")
    peer = programs.start("socat", "-", f"TCP6-LISTEN:{port},bind=[::1]")
    wait_bound(port)
    with real_window(display, tmp_path, f"tcp-client://[::1]:{port}") as window:
        window.say("hello socat")
        peer.wait_for("hello socat")
        peer.type("你好 from socat")
        window.wait_for("你好 from socat")


def test_netcat_is_the_server(display: str, programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    peer = programs.start("nc", "-l", HERE, str(port))
    wait_bound(port)
    with real_window(display, tmp_path, f"tcp-client://127.0.0.1:{port}") as window:
        window.say("hello nc")
        peer.wait_for("hello nc")
        peer.type("你好 from nc")
        window.wait_for("你好 from nc")


def test_netcat_is_the_client_and_its_going_is_noted(
    display: str, programs: Programs, tmp_path: Path
) -> None:
    with real_window(display, tmp_path, "tcp-server://127.0.0.1:0") as window:
        peer = programs.start("nc", "-N", HERE, str(window.port()))
        peer.type("last words")
        window.wait_for("last words")
        window.say("heard")
        peer.wait_for("heard")
        before = len(window.rows("note"))
        peer.end_input()
        wait_until(lambda: len(window.rows("note")) > before, what="its end is in the transcript")


def test_socat_and_ncat_over_udp(display: str, programs: Programs, tmp_path: Path) -> None:
    with real_window(display, tmp_path, "udp://[::1]:0") as window:
        peer = programs.start("socat", "-", f"UDP6:[::1]:{window.port()}")
        peer.type("一个数据报")
        window.wait_for("一个数据报")
        window.say("and back")
        peer.wait_for("and back")

    port = free_port(socket.SOCK_DGRAM)
    server = programs.start("ncat", "-u", "-l", HERE, str(port))
    wait_bound(port, "udp")
    url = f"udp://127.0.0.1:0?peer=127.0.0.1:{port}"
    with real_window(display, tmp_path / "second", url) as window:
        window.say("hello ncat")
        server.wait_for("hello ncat")
        server.type("hello window")
        window.wait_for("hello window")


def test_ncat_is_the_client_over_tls(display: str, programs: Programs, tmp_path: Path) -> None:
    with real_window(display, tmp_path, "tls-server://127.0.0.1:0") as window:
        peer = programs.start("ncat", "--ssl", HERE, str(window.port()))
        peer.type("秘密 one")
        window.wait_for("秘密 one")
        window.say("answer one")
        peer.wait_for("answer one")
        assert {row["transport"] for row in window.rows("in")} == {"tls"}


def test_ncat_is_the_server_over_tls(display: str, programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    peer = programs.start("ncat", "--ssl", "-l", HERE, str(port))
    wait_bound(port)
    with real_window(display, tmp_path, f"tls-client://127.0.0.1:{port}") as window:
        window.say("secret two")
        peer.wait_for("secret two")
        peer.type("答 two")
        window.wait_for("答 two")
        assert {row["transport"] for row in window.rows("out")} == {"tls"}


# Packet Sender


def packet_sender(programs: Programs, transport: str, port: int, text: str) -> Program:
    """Its command line: send ``text`` as ASCII, tell the answer, and wait on for others."""
    words = (transport, "-w", "100000", "-a", HERE, str(port), text)
    return programs.start("packetsender", *words, QT_QPA_PLATFORM="offscreen")


@pytest.mark.parametrize(
    ("scheme", "option"),
    [("tcp-server", "-t"), ("udp", "-u"), ("tls-server", "-s")],
    ids=["tcp", "udp", "tls"],
)
def test_packet_sender_is_answered(
    display: str, programs: Programs, tmp_path: Path, scheme: str, option: str
) -> None:
    url = f"{scheme}://127.0.0.1:0?reply=any:got {{text}}"
    with real_window(display, tmp_path, url) as window:
        sender = packet_sender(programs, option, window.port(), "hello")
        window.wait_for("hello")
        window.wait_for("got hello", "out")
        sender.wait_for("got hello")


def test_a_signal_closes_the_window_in_order(display: str, tmp_path: Path) -> None:
    window = RealWindow(display, tmp_path, ["--open", f"tcp-server://{HERE}:0"], None, "en")
    try:
        window.wait_shown()
        with socket.create_connection((HERE, window.port())) as peer:
            window.wait_for("opened as server", "note")
            window.program.interrupt()
            assert peer.recv(10) == b""
        assert window.program.wait() == 0
        assert "Traceback" not in window.program.printed
    finally:
        window.program.stop()
