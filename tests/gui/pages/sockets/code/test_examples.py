"""The programs under "Show code" really run and really talk: each pair is started as two processes."""

from __future__ import annotations

import ast
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.pages.sockets.code.example_tcp import Example, client_program, server_program
from gui.shared import i18n
from net.protocol.framing import Framing, parse_framing
from tests.ports import free_port
from tests.programs import Programs, run_program, running_programs

FRAMINGS = ["raw", "lines", "lines-crlf", "length2", "length4", "fixed:16", "delimiter:0d0a7e"]


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


def converse(example: Example, folder: Path, programs: Programs) -> None:
    server = programs.python(server_program(example), folder, "server")
    server.wait_for(str(example.port))
    client = programs.python(client_program(example), folder, "client")
    client.type("你好，服务器！" if example.codec != "ascii" else "hello")
    server.wait_for("你好，服务器！" if example.codec != "ascii" else "hello")
    server.type("你好" if example.codec != "ascii" else "hi")
    client.wait_for("你好" if example.codec != "ascii" else "hi")
    client.type("exit")
    assert client.wait() == 0


@pytest.mark.parametrize("framing", FRAMINGS)
def test_tcp_programs_chat_in_every_framing(framing: str, tmp_path: Path, programs: Programs) -> None:
    # 16 bytes hold five Chinese characters: the fixed-size pair gets something shorter.
    codec = "gb18030" if framing.startswith("fixed") else "utf-8"
    port = free_port(socket.SOCK_STREAM)
    converse(Example("tcp", "server", "127.0.0.1", port, parse_framing(framing), codec), tmp_path, programs)


@pytest.mark.parametrize("codec", ["big5", "shift_jis", "utf-16", "ascii"])
def test_tcp_programs_chat_in_other_codecs(codec: str, tmp_path: Path, programs: Programs) -> None:
    example = Example(
        "tcp", "client", "127.0.0.1", free_port(socket.SOCK_STREAM), parse_framing("lines"), codec
    )
    if codec in ("big5", "shift_jis"):
        server = programs.python(server_program(example), tmp_path, "server")
        server.wait_for(str(example.port))
        client = programs.python(client_program(example), tmp_path, "client")
        client.type("日本")
        server.wait_for("日本")
    else:
        converse(example, tmp_path, programs)


def test_tcp_programs_chat_over_ipv6(tmp_path: Path, programs: Programs) -> None:
    converse(Example("tcp", "server", "::", free_port(socket.SOCK_STREAM, "::")), tmp_path, programs)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_udp_programs_exchange_datagrams(host: str, tmp_path: Path, programs: Programs) -> None:
    converse(Example("udp", "unicast", host, free_port(socket.SOCK_DGRAM, host)), tmp_path, programs)


def test_udp_broadcast_on_loopback(tmp_path: Path, programs: Programs) -> None:
    port = free_port(socket.SOCK_DGRAM)
    converse(Example("udp", "broadcast", "127.255.255.255", port), tmp_path, programs)


@pytest.mark.parametrize("framing", ["raw", "length2"])
def test_tls_programs_chat(
    framing: str, tmp_path: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    port = free_port(socket.SOCK_STREAM)
    example = Example("tcp", "server", "127.0.0.1", port, parse_framing(framing), tls=True)
    source = server_program(example)
    # Run the command by which the comment explains how to make a certificate.
    (command,) = [line[2:] for line in source.splitlines() if line.startswith("# openssl")]
    run_program(command.split(), check=True, capture_output=True)
    converse(example, tmp_path, programs)


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
