"""``--headless --task``: its lines, its sentences, its exit codes."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from tests.net.lab.tasks.examined import PROGRAMS
from tests.ports import free_port
from tests.programs import Program, Programs, running_programs


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as programs:
        yield programs


def grading(programs: Programs, task: str, *words: str, lang: str = "en") -> tuple[Program, str]:
    """The program, which listens, and its port."""
    port = str(free_port())
    duplex = programs.duplex("--headless", "--task", task, "--port", port, "--lang", lang, *words)
    duplex.wait_for(f"task {task} 127.0.0.1:{port}\n")
    return duplex, port


def pupil(programs: Programs, name: str, port: str, who: str) -> Program:
    return programs.start(sys.executable, PROGRAMS / f"{name}.py", "127.0.0.1", port, who)


def test_a_wrong_program(programs: Programs) -> None:
    duplex, port = grading(programs, "hello-server", "--once", "--seed", "7")
    pupil(programs, "hello-server/lost_zeros", port, "seat 7")
    assert duplex.wait() == 1
    assert duplex.output.decode().splitlines() == [
        f"task hello-server 127.0.0.1:{port}",
        "verdict seat 7 failed lost-zeros",
    ]
    errors = duplex.errors.decode()
    assert "Seed 7" in errors and "You reversed the value, not the digits" in errors
    assert "< seat 7\\n" in errors


def test_a_right_program_in_chinese(programs: Programs) -> None:
    duplex, port = grading(programs, "http", "--once", lang="zh_CN")
    programs.start("node", PROGRAMS / "http" / "right.js", "127.0.0.1", port, "seat7")
    assert duplex.wait() == 0
    assert duplex.output.decode().endswith("verdict seat7 passed\n")
    assert "seat7: 通过。" in duplex.errors.decode()


def test_nobody_came(programs: Programs) -> None:
    duplex, _ = grading(programs, "stream", "--once", "--wait", "0.5")
    assert duplex.wait() == 3
    assert "Nobody came." in duplex.errors.decode()


def test_it_goes_on_without_once(programs: Programs) -> None:
    duplex, port = grading(programs, "postcards", "--quiet")
    pupil(programs, "postcards/answered_twice", port, "one")
    duplex.wait_for("verdict one failed answered-twice")
    pupil(programs, "postcards/answered_twice", port, "two")
    duplex.wait_for("verdict two failed answered-twice")
    duplex.process.send_signal(signal.SIGINT)
    assert duplex.wait() == 130
    assert duplex.errors == b""


def test_it_knocks(programs: Programs) -> None:
    port = str(free_port())
    duplex = programs.duplex("--headless", "--task", "serve-page", "--port", port, "--lang", "en")
    assert duplex.wait() == 1
    assert duplex.output.decode().splitlines()[-1] == "verdict ? failed nobody-listens"


def test_a_port_in_use(programs: Programs) -> None:
    _, port = grading(programs, "stream")
    second = programs.duplex("--headless", "--task", "stream", "--port", port, "--lang", "en")
    assert second.wait() == 8
    assert "is in use" in second.errors.decode()


@pytest.mark.parametrize("words", [("--task", "nonsense"), ("--task", "stream", "--host", "1.2.3")])
def test_bad_use(programs: Programs, words: tuple[str, ...]) -> None:
    duplex = programs.duplex("--headless", *words, "--lang", "en")
    assert duplex.wait() == 2
    assert duplex.errors and b"Traceback" not in duplex.errors
