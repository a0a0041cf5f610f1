"""Auto-reply rules in the example programs: they reply as the session in the window does."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.pages.sockets.code.example_answers import (
    answer_function,
    answer_imports,
    rules_expressed,
    rules_left_out,
)
from gui.pages.sockets.code.example_tcp import Example, client_program, server_program
from net.protocol.compose import ComposeMode
from net.protocol.framing import parse_framing
from net.protocol.reply import ReplyMatch, ReplyRule, ReplyRules
from net.sockets.tls import generate_certificate
from tests.ports import free_port
from tests.programs import Programs, running_programs
from tests.waiting import PATIENCE_SECONDS

HERE = "127.0.0.1"
PEER = (HERE, 40000)
RULES = (
    ReplyRule(ReplyMatch.EXACT, "ping", answer="pong", limit=2),
    ReplyRule(ReplyMatch.EXACT, "70 69", hex=True, answer="01 02 {text} ff", answer_mode=ComposeMode.HEX),
    ReplyRule(ReplyMatch.CONTAINS, "你好", answer="{{你好}} {text}! {count} {remote} 'quoted' \\n"),
    ReplyRule(
        ReplyMatch.CONTAINS, "00", hex=True, answer=r"\x00\u4f60{count}", answer_mode=ComposeMode.ESCAPES
    ),
    ReplyRule(ReplyMatch.REGEX, r"^\d+$", answer="number {remote}", delay=0.25),
    ReplyRule(ReplyMatch.ANY, answer="", limit=3),
    ReplyRule(ReplyMatch.ANY, answer="never", enabled=False),
)


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


def example(rules: tuple[ReplyRule, ...] = RULES, codec: str = "utf-8", **fields: Any) -> Example:
    place: dict[str, Any] = {"transport": "tcp", "role": "server", "host": HERE, "port": 1, **fields}
    return Example(**place, codec=codec, rules=rules_expressed(rules, codec))


clock = [1_700_000_000.0]
"""The time for both; a rule's limit counts for a second."""


def shown(rules: tuple[ReplyRule, ...], codec: str = "utf-8") -> Callable[[bytes], list[tuple[float, bytes]]]:
    """The replies of the shown function, with their delays, called as the program does."""
    made = example(rules, codec)
    names: dict[str, Any] = {}
    imports = "".join(f"import {name}\n" for name in answer_imports(made, "server"))
    exec(imports + "import threading\n" + answer_function(made, "server"), names)
    names["time"] = SimpleNamespace(time=lambda: clock[0])

    def answer(message: bytes) -> list[tuple[float, bytes]]:
        given = list(names["answers_to"](message, PEER))
        return given if given and isinstance(given[0], tuple) else [(0, reply) for reply in given]

    return answer


def meant(rules: tuple[ReplyRule, ...], codec: str = "utf-8") -> Callable[[bytes], list[tuple[float, bytes]]]:
    """The replies of the session in the window."""
    session = ReplyRules(rules, codec)
    remote = f"{PEER[0]}:{PEER[1]}"
    return lambda message: [
        (answer.delay, answer.data)
        for answer in session.answers(message, remote, datetime.fromtimestamp(clock[0]))
    ]


MESSAGES = [
    "ping",
    "ping\r\n",
    "ping\n",
    "ping\n\n",
    "pi",
    "你好，你好",
    "a\0b",
    "42",
    "42\n",
    "x42",
    "",
    "ping",
    "{count}",
]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_every_kind_of_rule_answers_what_the_session_would(codec: str) -> None:
    ours, theirs = shown(RULES, codec), meant(RULES, codec)
    name = "utf-16-le" if codec == "utf-16" else codec
    for text in MESSAGES:
        message = text.encode(name)
        assert ours(message) == theirs(message), text
    clock[0] += 1
    assert ours(b"ping") == theirs(b"ping") != []
    assert ours(b"pi") == theirs(b"pi") and ours(b"\xff\x00") == theirs(b"\xff\x00")


texts = st.text(st.characters(codec="utf-8"), max_size=12)
answers = st.lists(st.one_of(texts, st.sampled_from(["{text}", "{remote}", "{count}", "{", "}}", "'"]))).map(
    "".join
)


@given(answers, texts, st.sampled_from([ReplyMatch.EXACT, ReplyMatch.CONTAINS, ReplyMatch.ANY]), texts)
def test_any_words_stand_in_the_program_as_they_are(
    answer: str, pattern: str, match: ReplyMatch, message: str
) -> None:
    rules = (ReplyRule(match, pattern or "x", answer=answer),)
    ours, theirs = shown(rules), meant(rules)
    for said in (message, pattern or "x", message + pattern + "\n"):
        assert ours(said.encode()) == theirs(said.encode())


def test_the_time_is_that_of_the_answer() -> None:
    ((_delay, data),) = shown((ReplyRule(answer="{time}"),))(b"?")
    assert abs((datetime.fromisoformat(data.decode()) - datetime.now().astimezone()).total_seconds()) < 60


def test_what_python_does_not_know_is_left_out_by_number() -> None:
    rules = (
        ReplyRule(ReplyMatch.REGEX, r"\p{Han}", answer="a"),
        ReplyRule(ReplyMatch.REGEX, "[0-9]+", answer="b"),
        ReplyRule(ReplyMatch.REGEX, r"\p{Lu}", answer="c", enabled=False),
        ReplyRule(answer="你好"),
    )
    assert rules_left_out(rules, "utf-8") == (1,) and rules_expressed(rules, "utf-8") == (rules[1], rules[3])
    assert rules_left_out(rules, "ascii") == (1, 4)


# As real processes


def client_of(port: int, tls: bool = False) -> socket.socket:
    made = socket.create_connection((HERE, port), timeout=PATIENCE_SECONDS)
    if not tls:
        return made
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(made, server_hostname=HERE)


def read(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        assert more, data
        data += more
    return data


def running_server(made: Example, folder: Path, programs: Programs) -> None:
    if made.tls:
        (folder / "certificate.pem").write_bytes(generate_certificate(HERE))
    # No second, for which a rule's limit counts, ends in the middle of a test.
    source = server_program(made).replace("int(time.time())", "0")
    programs.python(source, folder, "server").wait_for(str(made.port))


@pytest.mark.parametrize(
    ("framing", "tls"),
    [("raw", False), ("lines", False), ("length2", False), ("fixed:8", False), ("raw", True)],
)
def test_the_server_answers_in_every_framing(
    framing: str, tls: bool, tmp_path: Path, programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = (
        ReplyRule(ReplyMatch.CONTAINS, "ping", answer="P{count}", limit=2),
        ReplyRule(ReplyMatch.REGEX, "^pi", answer="late", delay=0.1, limit=1),
        ReplyRule(ReplyMatch.CONTAINS, "end", answer="over"),
    )
    made = example(rules, port=free_port(socket.SOCK_STREAM), framing=parse_framing(framing), tls=tls)
    running_server(made, tmp_path, programs)

    def framed(text: str) -> bytes:
        return {
            "raw": text.encode(),
            "lines": text.encode() + b"\n",
            "length2": len(text).to_bytes(2, "big") + text.encode(),
            "fixed:8": text.encode().ljust(8),
        }[framing]

    for _peer in range(2):
        with client_of(made.port, tls) as peer:
            for print_line, answered in (("ping", "P1 late"), ("ping", "P2"), ("ping", ""), ("end", "over")):
                peer.sendall(framed(print_line))
                expected = b"".join(framed(word) for word in answered.split())
                assert read(peer, len(expected)) == expected
                if not answered and framing == "raw":
                    peer.sendall(b"end")
                    assert read(peer, 4) == b"over"


def test_the_client_answers_who_asks(tmp_path: Path, programs: Programs) -> None:
    with socket.create_server((HERE, 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)
        port = listener.getsockname()[1]
        rules = (ReplyRule(ReplyMatch.EXACT, "00 01", hex=True, answer="{remote}"),)
        made = example(rules, role="client", port=port, peer="server")
        programs.python(client_program(made), tmp_path, "client")
        with listener.accept()[0] as peer:
            peer.settimeout(PATIENCE_SECONDS)
            peer.sendall(b"\0\1")
            expected = f"{HERE}:{port}".encode()
            assert read(peer, len(expected)) == expected


def test_a_datagram_is_answered_to_its_sender(tmp_path: Path, programs: Programs) -> None:
    rules = (
        ReplyRule(ReplyMatch.EXACT, "ping", answer="pong {remote} {count}"),
        ReplyRule(ReplyMatch.ANY, answer="later", delay=0.1, limit=1),
    )
    made = example(rules, transport="udp", role="unicast", port=free_port(socket.SOCK_DGRAM))
    running_server(made, tmp_path, programs)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((HERE, 0))
        peer.settimeout(PATIENCE_SECONDS)
        own = f"{HERE}:{peer.getsockname()[1]}"
        for number in (1, 2):
            peer.sendto(b"ping", (HERE, made.port))
            reported = {peer.recv(100) for _ in range(2 if number == 1 else 1)}
            assert f"pong {own} {number}".encode() in reported
            assert (b"later" in reported) == (number == 1)


def test_a_program_without_rules_says_nothing_of_them() -> None:
    for side, source in (("server", server_program(example(()))), ("client", client_program(example()))):
        assert not re.search("answers_to|answered|send_after", source), side
