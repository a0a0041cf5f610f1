"""The programs under "Show code" really run and really talk: each pair is started as two processes."""

from __future__ import annotations

import ast
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.pages.sockets.choice import Choice
from gui.pages.sockets.code.example_choice import example_of
from gui.pages.sockets.code.example_tcp import (
    KEEP_ALIVE_IDLE,
    KEEP_ALIVE_INTERVAL,
    KEEP_ALIVE_PROBES,
    Example,
    client_program,
    server_program,
)
from gui.shared import i18n
from net.protocol.framing import Framing, parse_framing
from net.sockets import socket_options
from net.system.interfaces import LocalAddress
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


# What the session's own program sets


def own_program(choice: Choice) -> str:
    example = example_of(choice)
    assert example is not None
    return (client_program if example.own_side == "client" else server_program)(example)


def other_program(choice: Choice) -> str:
    example = example_of(choice)
    assert example is not None
    return (client_program if example.peer == "client" else server_program)(example)


@pytest.mark.parametrize(
    ("choice", "lines"),
    [
        (Choice(backlog="7"), ["listener.listen(7)"]),
        (Choice(host="::", dual_stack=False), ["socket.IPV6_V6ONLY, 1)"]),
        (Choice(host="::"), ["socket.IPV6_V6ONLY, 0)"]),
        (Choice(keep_alive=True), ["SO_KEEPALIVE, 1)", "'TCP_KEEPIDLE', 10", "'TCP_KEEPCNT', 4"]),
        (Choice(receive_buffer="4096", send_buffer="8192"), ["SO_RCVBUF, 4096)", "SO_SNDBUF, 8192)"]),
        (
            Choice(tls=True, tls_certificate="c.pem", tls_key="k.pem"),
            ["CERTIFICATE = 'c.pem'", "load_cert_chain(CERTIFICATE, KEY)"],
        ),
        (
            Choice(role="client", host="127.0.0.1", local="127.0.0.9:4000", timeout="3"),
            ["connection.bind(('127.0.0.9', 4000))", "connection.settimeout(3)", "TCP_NODELAY, 1)"],
        ),
        (
            Choice(role="client", tls=True, tls_verify=True, tls_authority="ca.pem", tls_name="plc.example"),
            ["load_verify_locations('ca.pem')", "server_hostname='plc.example'"],
        ),
        (
            Choice(transport="udp", role="unicast", peer="127.0.0.1:53", connected=True, receive_buffer="99"),
            ["endpoint.connect((HOST, PORT))", "endpoint.send(text", "SO_RCVBUF, 99)"],
        ),
        (Choice(transport="udp", role="multicast", host="239.1.2.3", loop=False), ["IP_MULTICAST_LOOP, 0)"]),
    ],
)
def test_what_the_window_does_itself_is_whole(choice: Choice, lines: list[str]) -> None:
    source = own_program(choice)
    ast.parse(source)
    for line in lines:
        assert line in source, f"{line} in:\n{source}"
        assert line not in other_program(choice) or "connect" in line, "the other end's program is its own"
    if choice.tls_verify:
        assert "CERT_NONE" not in source and "check_hostname = False" not in source
    if not choice.reuse_address:
        assert "SO_REUSEADDR" not in source


def test_keep_alive_is_that_of_the_session() -> None:
    shown = (KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL, KEEP_ALIVE_PROBES)
    ours = socket_options
    assert shown == (ours.KEEP_ALIVE_IDLE, ours.KEEP_ALIVE_INTERVAL, ours.KEEP_ALIVE_PROBES)


def test_the_other_end_is_given_an_address_that_other_pcs_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    lan = LocalAddress("192.168.1.7", "", "eth0", False)
    scoped = LocalAddress("fe80::7", "eth0", "eth0", False)
    monkeypatch.setattr("gui.pages.sockets.code.example_choice.local_addresses", lambda: [lan, scoped])
    assert "HOST = '192.168.1.7'" in other_program(Choice())
    assert "HOST = '192.168.1.7'" in other_program(Choice(host="::"))
    six = other_program(Choice(host="::", dual_stack=False))
    assert "HOST = 'fe80::7'" in six and "INTERFACE = 'eth0'" in six
    assert "(HOST, PORT, 0, socket.if_nametoindex(INTERFACE))" in six
    assert "HOST = '0.0.0.0'" in own_program(Choice()), "the window itself listens on every address"
    assert "HOST = '192.168.1.7'" in other_program(Choice(transport="udp", role="unicast"))
    assert "HOST = '127.0.0.1'" in other_program(Choice(host="127.0.0.1"))


def test_a_scope_is_a_number_or_a_name() -> None:
    source = other_program(Choice(host="fe80::1%12"))
    assert "INTERFACE = '12'" in source and "int(INTERFACE)" in source
    group = own_program(Choice(transport="udp", role="multicast", host="ff02::77%eth0"))
    assert "GROUP = 'ff02::77'" in group and "INTERFACE = 'eth0'" in group
