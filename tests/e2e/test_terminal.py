"""``--headless`` from the outside: in a terminal and in a pipe, against programs that are not ours."""

from __future__ import annotations

import hashlib
import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import tutorial_programs
from tests.ports import free_port
from tests.programs import (
    ROOT,
    START_SECONDS,
    Program,
    Programs,
    run_program,
    running_programs,
    start_program,
)
from tests.waiting import wait_until


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


@pytest.fixture
def duplex(programs: Programs, tmp_path: Path) -> Starter:
    return Starter(programs, tmp_path)


class Starter:
    """Starts the program headless with a profile of its own."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self._programs = programs
        self._folder = folder

    def __call__(self, url: str, *more: str, lang: str = "en") -> Program:
        profile = str(self._folder / "profile")
        return self._programs.duplex("--headless", "--lang", lang, "--profile", profile, "--open", url, *more)


def listening_port(program: Program) -> int:
    """The port that Duplex says it listens on or is bound to."""
    pattern = re.compile(r"(?:Listening on|Bound to|监听|绑定)\D*?[\d.:\[\]a-f]*:(\d+)\s")
    return int(wait_until(lambda: pattern.search(program.printed), START_SECONDS).group(1))


def pupil(programs: Programs, source: str, folder: Path, port: int) -> Program:
    path = folder / "pupil.py"
    path.write_text(source, encoding="utf-8")
    return programs.start(sys.executable, path, str(port))


# --- The tutorial's programs at the other end ---


def test_server_for_the_tutorials_one_shot_client(
    duplex: Starter, programs: Programs, tmp_path: Path
) -> None:
    server = duplex("tcp-server://127.0.0.1:0?reply=any:Hello, Client")
    client = pupil(programs, tutorial_programs.TCP_ONE_SHOT_CLIENT, tmp_path, listening_port(server))
    assert client.wait() == 0
    assert "Received from server: Hello, Client" in client.printed
    server.wait_for("Hello, Server 你好，服务器！")


def test_server_chats_with_the_tutorials_client(duplex: Starter, programs: Programs, tmp_path: Path) -> None:
    server = duplex("tcp-server://127.0.0.1:0")
    client = pupil(programs, tutorial_programs.TCP_CHAT_CLIENT, tmp_path, listening_port(server))
    client.type("你好，服务器！")
    server.wait_for("你好，服务器！")
    server.type("你好，客户端！")
    client.wait_for("Server: 你好，客户端！")
    client.type("exit")
    assert client.wait() == 0


def test_client_chats_with_the_tutorials_server(duplex: Starter, programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    server = pupil(programs, tutorial_programs.TCP_CHAT_SERVER, tmp_path, port)
    server.wait_for("listening")
    client = duplex(f"tcp-client://127.0.0.1:{port}")
    client.type("你好，服务器！")
    server.wait_for("Client: 你好，服务器！")
    server.type("你好，客户端！")
    client.wait_for("你好，客户端！")
    client.type("exit")
    assert client.wait() == 0
    server.wait_for("the client has gone")
    assert "exit" not in server.printed


def test_udp_in_both_roles(duplex: Starter, programs: Programs, tmp_path: Path) -> None:
    endpoint = duplex("udp://127.0.0.1:0?reply=any:你好，{text}")
    client = pupil(programs, tutorial_programs.UDP_CLIENT, tmp_path, listening_port(endpoint))
    assert client.wait() == 0
    assert "你好，Hello, UDP Server 你好" in client.printed

    port = free_port(socket.SOCK_DGRAM)
    server = pupil(programs, tutorial_programs.UDP_SERVER, tmp_path, port)
    server.wait_for("listening")
    sender = duplex(f"udp://127.0.0.1:0?peer=127.0.0.1:{port}")
    sender.type("你好，UDP")
    server.wait_for("Received: 你好，UDP")
    sender.wait_for("你好, UDP Client")


# --- In a pipe, like netcat ---


def test_a_megabyte_through_a_pipe_arrives_byte_for_byte(
    duplex: Starter, programs: Programs, tmp_path: Path
) -> None:
    data = random.Random(1).randbytes(1_000_003)
    receiver = programs.start("nc", "-l", "127.0.0.1", str(port := free_port()))
    wait_until(lambda: is_listening(port))
    sender = duplex(f"tcp-client://127.0.0.1:{port}", "--quiet")
    sender.type(data)
    sender.end_input()
    assert sender.wait() == 0
    receiver.wait()
    assert hashlib.sha256(receiver.output).digest() == hashlib.sha256(data).digest()
    assert sender.printed == ""


def test_a_file_from_netcat_comes_out_of_the_pipe_byte_for_byte(
    duplex: Starter, programs: Programs, tmp_path: Path
) -> None:
    data = random.Random(2).randbytes(1_000_003)
    source = tmp_path / "source"
    source.write_bytes(data)
    port = free_port()
    with source.open("rb") as file:
        sender = start_program(["nc", "-N", "-l", "127.0.0.1", str(port)], stdin=file)
    try:
        wait_until(lambda: is_listening(port))
        receiver = duplex(f"tcp-client://127.0.0.1:{port}", "--quiet")
        receiver.end_input()
        assert receiver.wait() == 0
        assert receiver.output == data
    finally:
        sender.kill()
        sender.wait()


def test_head_closing_the_pipe_is_no_fault(tmp_path: Path, duplex: Starter, programs: Programs) -> None:
    port = free_port()
    server = programs.start("ncat", "-l", "127.0.0.1", str(port), "--exec", "yes")
    wait_until(lambda: is_listening(port))
    words = ["--quiet", "--profile", str(tmp_path / "profile"), "--open", f"tcp-client://127.0.0.1:{port}"]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    command = [sys.executable, str(ROOT / "main.py"), "--headless", *words]
    with start_program(command, stdin=nothing, stdout=pipe, stderr=pipe) as client:
        assert client.stdout is not None and client.stderr is not None
        head = run_program(["head", "-n", "3"], stdin=client.stdout, capture_output=True, timeout=100)
        client.stdout.close()
        assert (head.stdout, head.stderr, client.stderr.read()) == (b"y\ny\ny\n", b"", b"")
    server.stop()


def test_lines_framing_prints_lines(duplex: Starter, programs: Programs) -> None:
    server = duplex("tcp-server://127.0.0.1:0?framing=lines")
    with socket.create_connection(("127.0.0.1", listening_port(server))) as peer:
        peer.sendall("一\n二".encode())
        server.wait_for("一")
        peer.sendall("三\r\n".encode())
        server.wait_for("二三")
        server.type("四")
        assert peer.recv(100) == "四\n".encode()


# --- Netcat and its relatives, IPv6, TLS ---


def test_ncat_over_ipv6(duplex: Starter, programs: Programs) -> None:
    server = duplex("tcp-server://[::1]:0")
    peer = programs.start("ncat", "-6", "::1", str(listening_port(server)))
    peer.type("hello over six")
    server.wait_for("hello over six")
    server.type("and back")
    peer.wait_for("and back")


def test_socat_as_a_server_over_ipv6(duplex: Starter, programs: Programs) -> None:
    port = free_port(host="::1")
    peer = programs.start("socat", "-", f"TCP6-LISTEN:{port},bind=[::1]")
    wait_until(lambda: is_listening(port))
    client = duplex(f"tcp-client://[::1]:{port}")
    client.wait_for("Connected")
    client.type("hello")
    peer.wait_for("hello")
    peer.type("你好 from socat")
    client.wait_for("你好 from socat")


def test_ncat_over_tls_in_both_roles(duplex: Starter, programs: Programs) -> None:
    server = duplex("tls-server://127.0.0.1:0")
    peer = programs.start("ncat", "--ssl", "127.0.0.1", str(listening_port(server)))
    peer.type("secret one")
    server.wait_for("secret one")
    server.type("answer one")
    peer.wait_for("answer one")
    peer.stop()

    port = free_port()
    listener = programs.start("ncat", "--ssl", "-l", "127.0.0.1", str(port))
    wait_until(lambda: is_listening(port))
    client = duplex(f"tls-client://127.0.0.1:{port}")
    client.wait_for("TLSv1.3")
    client.type("secret two")
    listener.wait_for("secret two")
    listener.type("answer two")
    client.wait_for("answer two")


def test_packet_sender_over_tcp_and_udp(duplex: Starter, programs: Programs) -> None:
    server = duplex("tcp-server://127.0.0.1:0?reply=any:got {text}")
    sender = packet_sender(programs, "-t", listening_port(server), "hello")
    sender.wait_for("got hello")
    server.wait_for("hello")

    endpoint = duplex("udp://127.0.0.1:0?reply=any:got {text}")
    sender = packet_sender(programs, "-u", listening_port(endpoint), "hi")
    sender.wait_for("got hi")
    endpoint.wait_for("hi")


def packet_sender(programs: Programs, transport: str, port: int, text: str) -> Program:
    """Packet Sender's command line: send ``text`` as ASCII, tell the answer, and wait on for others."""
    words = (transport, "-w", "100000", "-a", "127.0.0.1", str(port), text)
    return programs.start("packetsender", *words, QT_QPA_PLATFORM="offscreen")


# --- Exit codes and bad use ---


@pytest.mark.parametrize("lang", ["en", "zh_CN"])
def test_refused(duplex: Starter, lang: str) -> None:
    client = duplex(f"tcp-client://127.0.0.1:{free_port()}", lang=lang)
    assert client.wait() == 3
    assert ("refused" in client.printed) is (lang == "en")
    assert ("拒绝" in client.printed) is (lang == "zh_CN")


def test_timed_out(duplex: Starter) -> None:
    # A listener whose queue is full answers no further SYN: the one thing on loopback that times out.
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        client = duplex(f"tcp-client://127.0.0.1:{full.getsockname()[1]}?timeout=0.5")
        assert client.wait() == 4


def test_unknown_host(duplex: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where no name server answers, that is known before connecting would be given up.
    monkeypatch.setenv("RES_OPTIONS", "timeout:1 attempts:1")
    client = duplex("tcp-client://no-such-host.invalid:80?timeout=60")
    assert client.wait() == 5
    assert "no-such-host.invalid" in client.printed


def test_port_in_use_names_the_program(duplex: Starter) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = duplex(f"tcp-server://127.0.0.1:{taken.getsockname()[1]}")
        assert server.wait() == 8
    assert "python" in server.printed or "pytest" in server.printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--open", "http://127.0.0.1:1"],
        ["--open", "tcp-server://127.0.0.1:70000"],
        ["--open", "tcp-server://127.0.0.1:abc"],
        ["--open", "tcp-server://127.0.0.1:1?framing=odd"],
        [],
        ["--nonsense"],
    ],
)
def test_bad_use(programs: Programs, tmp_path: Path, arguments: list[str]) -> None:
    program = programs.duplex("--headless", "--lang", "zh_CN", "--profile", tmp_path, *arguments)
    assert program.wait() == 2
    assert program.printed.strip()
    assert "Traceback" not in program.printed


def test_interrupt_ends_it_orderly(duplex: Starter) -> None:
    server = duplex("tcp-server://127.0.0.1:0")
    with socket.create_connection(("127.0.0.1", listening_port(server))) as peer:
        server.wait_for("Connected")
        server.interrupt()
        assert peer.recv(10) == b""
    assert server.wait() == 130
    assert "Traceback" not in server.printed


WHILE_IT_PRINTS = """
import os, signal, sys
import main
from gui.terminal.output import Output

note = Output.note

def interrupted(output, text):
    os.kill(os.getpid(), signal.SIGINT)
    note(output, text)

Output.note = interrupted
sys.exit(main.main(sys.argv[1:]))
"""


def test_interrupt_while_it_prints_ends_it_orderly_too(programs: Programs, tmp_path: Path) -> None:
    words = ("--headless", "--profile", str(tmp_path), "--open", "tcp-server://127.0.0.1:0")
    server = programs.start(sys.executable, "-c", WHILE_IT_PRINTS, *words)
    assert server.wait() == 130
    assert "Traceback" not in server.printed


# --- What comes out is safe, and kept ---


def test_escape_sequences_do_not_reach_the_terminal(duplex: Starter) -> None:
    server = duplex("tcp-server://127.0.0.1:0")
    with socket.create_connection(("127.0.0.1", listening_port(server))) as peer:
        peer.sendall(b"\x1b[2Jdanger\x00\xff end")
        server.wait_for("end")
    assert b"\x1b" not in server.output and b"\x00" not in server.output


def test_transcript_is_written_line_by_line(duplex: Starter, tmp_path: Path) -> None:
    transcript = tmp_path / "transcript.jsonl"
    server = duplex("tcp-server://127.0.0.1:0?framing=lines", "--transcript", str(transcript))
    port = listening_port(server)
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall("你好\n".encode() + b"\xff\xfe\n")
        server.wait_for("你好")
        server.type("answer")
        assert peer.recv(100) == b"answer\n"
        local = "{}:{}".format(*peer.getsockname())

        def messages() -> list[dict[str, str]]:
            whole = transcript.read_bytes().rpartition(b"\n")[0].decode("utf-8")
            rows = [json.loads(line) for line in whole.splitlines()]
            return [row for row in rows if row["direction"] != "note"]

        # Written as it happens: the program still runs.
        wait_until(lambda: len(messages()) == 3)
        rows = messages()
    assert [row["direction"] for row in rows] == ["in", "in", "out"]
    assert [row["hex"] for row in rows] == ["e4bda0e5a5bd", "fffe", "616e73776572"]
    assert rows[0]["text"] == "你好"
    for row in rows:
        assert set(row) == {"time", "session", "transport", "local", "remote", "direction", "hex", "text"}
        assert (row["transport"], row["local"], row["remote"]) == ("tcp", f"127.0.0.1:{port}", local)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z", str(row["time"]))


def is_listening(port: int) -> bool:
    """Whether something listens on the port, found out without connecting to it."""
    text = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    return re.search(rf":{port:04X} [0-9A-F]+:0000 0A ", text) is not None


# --- Relays ---


def relay_of(duplex: Starter, url: str, *more: str, lang: str = "en") -> tuple[Program, int]:
    """A relay in the terminal, and the port it says it stands at."""
    program = duplex(url, *more, lang=lang)
    pattern = re.compile(r"(?:Relaying from|中继：)\D*?[\d.]*:(\d+)\s")
    return program, int(wait_until(lambda: pattern.search(program.printed), START_SECONDS).group(1))


def test_a_udp_relay_tells_each_fate(duplex: Starter) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as target,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        target.bind(("127.0.0.1", 0))
        target.settimeout(START_SECONDS)
        client.settimeout(START_SECONDS)
        url = f"relay+udp://127.0.0.1:0?to=127.0.0.1:{target.getsockname()[1]}&lose=2&back-delay=50ms&seed=3"
        program, port = relay_of(duplex, url)
        program.wait_for("To the target: lose=2; back: delay=0.05&lose=2 · seed 3")
        for data in (b"one", b"two", "三".encode()):
            client.sendto(data, ("127.0.0.1", port))
        assert target.recv(100) == b"one"
        data, way = target.recvfrom(100)
        assert data == "三".encode()
        target.sendto(b"yes", way)
        assert client.recv(100) == b"yes"
        here, there = f"127.0.0.1:{client.getsockname()[1]}", f"127.0.0.1:{target.getsockname()[1]}"
        program.wait_for(f"{here} > {there} [passed] one")
        program.wait_for(f"{here} > {there} [✕ lost] two")
        program.wait_for(f"{here} > {there} [passed] 三")
        program.wait_for(f"{there} > {here} [passed · 5")
        program.interrupt()
        program.wait_for("To the target: 3 came · 2 passed · 1 lost")
        program.wait_for("Way back: 1 came · 1 passed")


def test_a_tcp_relay_in_the_terminal(duplex: Starter, programs: Programs, tmp_path: Path) -> None:
    port = free_port()
    server = pupil(programs, tutorial_programs.TCP_CHAT_SERVER, tmp_path, port)
    server.wait_for("listening")
    program, relay = relay_of(duplex, f"relay+tcp://127.0.0.1:0?to=127.0.0.1:{port}&delay=0.05")
    with socket.create_connection(("127.0.0.1", relay), timeout=START_SECONDS) as client:
        client.sendall("你好".encode())
        server.wait_for("Client: 你好")
        program.wait_for("你好")


def test_relays_that_cannot_be_are_told_in_words(duplex: Starter) -> None:
    port = free_port(socket.SOCK_DGRAM)
    program = duplex(f"relay+udp://127.0.0.1:{port}?to=127.0.0.1:{port}")
    assert program.wait() != 0
    assert "leads back to this relay" in program.printed
    program = duplex("relay+udp://127.0.0.1:0?to=255.255.255.255:9")
    assert program.wait() != 0
    assert "is not one program's address" in program.printed
    program = duplex("relay+udp://127.0.0.1:0?to=127.0.0.1:9&loss=2")
    assert program.wait() == 2
    assert "“2” is no possible value of “loss”: 0 to 1 are." in program.printed
    program = duplex("relay+udp://127.0.0.1:0")
    assert program.wait() == 2
    assert "A relay needs a target" in program.printed


def test_a_relays_fates_are_in_the_transcript(duplex: Starter, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    port = free_port(socket.SOCK_DGRAM)
    program, relay = relay_of(
        duplex, f"relay+udp://127.0.0.1:0?to=127.0.0.1:{port}&loss=1", "--transcript", str(lines)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"gone", ("127.0.0.1", relay))
        program.wait_for("lost")

    def told() -> list[dict[str, object]]:
        return [line for line in map(json.loads, lines.read_text("utf-8").splitlines()) if "fate" in line]

    assert [(line["text"], line["fate"]) for line in wait_until(told)] == [("gone", "lost")]
