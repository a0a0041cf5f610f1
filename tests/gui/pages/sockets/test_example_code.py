"""The programs under "Show code" really run and really talk: each pair is started as two processes."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui import i18n
from gui.pages.sockets.example_code import Example, client_program, server_program
from net.protocol.framing import Framing, parse_framing
from tests.waiting import wait_until

FRAMINGS = ["raw", "lines", "lines-crlf", "length2", "length4", "fixed:16", "delimiter:0d0a7e"]


class Running:
    """A program in a process of its own, its output collected."""

    def __init__(self, folder: Path, name: str, source: str) -> None:
        path = folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )
        self.output = b""
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self) -> None:
        assert self.process.stdout is not None
        while data := os.read(self.process.stdout.fileno(), 4096):
            self.output += data

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, text: str) -> None:
        try:
            wait_until(lambda: text in self.output.decode("utf-8", "replace"), 10.0)
        except AssertionError:
            raise AssertionError(f"no {text!r} in {self.output.decode('utf-8', 'replace')!r}") from None


@pytest.fixture
def running(tmp_path: Path) -> Iterator[list[Running]]:
    started: list[Running] = []
    yield started
    for one in started:
        one.process.kill()
        one.process.wait()


def free_port(kind: socket.SocketKind, host: str = "127.0.0.1") -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def converse(example: Example, folder: Path, running: list[Running]) -> None:
    server = Running(folder, "server", server_program(example))
    running.append(server)
    server.wait_for(str(example.port))
    client = Running(folder, "client", client_program(example))
    running.append(client)
    client.type("你好，服务器！" if example.codec != "ascii" else "hello")
    server.wait_for("你好，服务器！" if example.codec != "ascii" else "hello")
    server.type("你好" if example.codec != "ascii" else "hi")
    client.wait_for("你好" if example.codec != "ascii" else "hi")
    client.type("exit")
    assert client.process.wait(10) == 0


@pytest.mark.parametrize("framing", FRAMINGS)
def test_tcp_programs_chat_in_every_framing(framing: str, tmp_path: Path, running: list[Running]) -> None:
    # 16 bytes hold five Chinese characters: the fixed-size pair is told something shorter.
    codec = "gb18030" if framing.startswith("fixed") else "utf-8"
    port = free_port(socket.SOCK_STREAM)
    converse(Example("tcp", "server", "127.0.0.1", port, parse_framing(framing), codec), tmp_path, running)


@pytest.mark.parametrize("codec", ["big5", "shift_jis", "utf-16", "ascii"])
def test_tcp_programs_chat_in_other_codecs(codec: str, tmp_path: Path, running: list[Running]) -> None:
    example = Example(
        "tcp", "client", "127.0.0.1", free_port(socket.SOCK_STREAM), parse_framing("lines"), codec
    )
    if codec in ("big5", "shift_jis"):
        server = Running(tmp_path, "server", server_program(example))
        running.append(server)
        server.wait_for(str(example.port))
        client = Running(tmp_path, "client", client_program(example))
        running.append(client)
        client.type("日本")
        server.wait_for("日本")
    else:
        converse(example, tmp_path, running)


def test_tcp_programs_chat_over_ipv6(tmp_path: Path, running: list[Running]) -> None:
    converse(Example("tcp", "server", "::", free_port(socket.SOCK_STREAM, "::")), tmp_path, running)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_udp_programs_exchange_datagrams(host: str, tmp_path: Path, running: list[Running]) -> None:
    converse(Example("udp", "unicast", host, free_port(socket.SOCK_DGRAM, host)), tmp_path, running)


def test_udp_broadcast_on_loopback(tmp_path: Path, running: list[Running]) -> None:
    port = free_port(socket.SOCK_DGRAM)
    converse(Example("udp", "broadcast", "127.255.255.255", port), tmp_path, running)


@pytest.mark.parametrize("framing", ["raw", "length2"])
def test_tls_programs_chat(
    framing: str, tmp_path: Path, running: list[Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    port = free_port(socket.SOCK_STREAM)
    example = Example("tcp", "server", "127.0.0.1", port, parse_framing(framing), tls=True)
    source = server_program(example)
    # The command that the comment tells to make a certificate is the one that is run.
    (command,) = [line[2:] for line in source.splitlines() if line.startswith("# openssl")]
    subprocess.run(command.split(), check=True, capture_output=True)
    converse(example, tmp_path, running)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("role", ["server", "unicast", "broadcast", "multicast"])
@pytest.mark.parametrize("version", [4, 6])
def test_every_program_is_python_of_the_standard_library(language: str, role: str, version: int) -> None:
    transport = "tcp" if role == "server" else "udp"
    group = "239.1.2.3" if version == 4 else "ff02::4321"
    example = Example(transport, role, "0.0.0.0" if version == 4 else "::", 12345, Framing(), group=group)
    i18n.set_language(language)
    try:
        for source in (server_program(example), client_program(example)):
            tree = ast.parse(source)
            names = {
                alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
            }
            assert names <= sys.stdlib_module_names
            assert max(map(len, source.splitlines())) <= 120
    finally:
        i18n.set_language("en")
