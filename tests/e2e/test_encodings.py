"""Standard streams in the encoding of an older system: nothing that a peer sends may end the program."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import Programs, running_programs
from tests.waiting import wait_until

SENT = "你好 😀 é\n"


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as started:
        yield started


@pytest.mark.parametrize(
    ("encoding", "shown"), [("gbk", "你好 \\U0001f600 é"), ("ascii", r"\u4f60\u597d \U0001f600 \xe9")]
)
@pytest.mark.parametrize("quiet", [False, True])
def test_what_the_encoding_lacks_is_escaped(
    programs: Programs, tmp_path: Path, encoding: str, shown: str, quiet: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"tcp-client://127.0.0.1:{listening.getsockname()[1]}?framing=lines"
        words = ["--headless", "--profile", str(tmp_path), "--open", url, *(["--quiet"] if quiet else [])]
        client = programs.duplex(*words, PYTHONIOENCODING=encoding)
        peer, _address = listening.accept()
        with peer:
            peer.sendall((SENT * 2).encode())
            wanted = SENT.encode() if quiet else shown.encode(encoding)  # quiet: the bytes themselves
            wait_until(lambda: client.output.count(wanted) == 2, what=f"{wanted!r} in {client.output!r}")
            typed = "再见\n".encode(encoding if encoding == "gbk" else "utf-8")
            client.type(typed)
            got = b""
            while not got.endswith(b"\n"):
                got += peer.recv(100)
            # The text in the session's codec; quiet: the bytes themselves again.
            assert got == (typed if quiet else "再见\n".encode())
        assert client.wait() == 0
    assert b"Traceback" not in client.errors


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "cp1252"])
@pytest.mark.parametrize("words", [["--help"], ["--no-such-option"]])
def test_help_and_errors_are_printed_in_chinese(programs: Programs, encoding: str, words: list[str]) -> None:
    program = programs.duplex(*words, "--lang", "zh_CN", PYTHONIOENCODING=encoding)
    assert program.wait() == (0 if words == ["--help"] else 2)
    assert b"Traceback" not in program.errors
    word = "显示版本号" if words == ["--help"] else "选项"
    wanted = word.encode(encoding, "backslashreplace")
    assert wanted in program.output + program.errors


def test_the_chat_speaks_utf_8_in_a_pipe_on_every_system(programs: Programs, tmp_path: Path) -> None:
    chat = programs.duplex(
        "--headless", "--page", "chat", "--profile", tmp_path, "--name", "王伟 😀", PYTHONIOENCODING="gbk"
    )
    wait_until(lambda: b"started " in chat.output, 60, what=f"its start in {chat.output!r}")
    assert "王伟 😀".encode() in chat.output
    chat.type("/room create 三班 😀")
    wait_until(lambda: "三班 😀".encode() in chat.output, 60, what=f"the room in {chat.output!r}")
    chat.type("/quit")
    assert chat.wait() == 0
    assert b"Traceback" not in chat.errors
