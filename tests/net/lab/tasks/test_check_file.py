"""check.py: alone in an empty folder, with a Python that sees nothing else."""

from __future__ import annotations

import ast
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from net.lab.tasks import TASK_NAMES
from net.lab.tasks.check_file import check_program
from tests.net.lab.tasks.examined import PROGRAMS
from tests.ports import free_port
from tests.programs import Program, Programs, running_programs

OLDEST = (3, 8)
NEWER = {
    "removeprefix", "removesuffix", "is_relative_to", "slots", "strict", "pairwise", "batched", "TaskGroup",
    "timeout", "timeout_at", "Runner", "StrEnum", "bit_count", "anext", "aiter", "ExceptionGroup", "add_note",
    "cache", "kw_only", "tomllib", "to_thread",
}  # fmt: skip
"""Names of Python and its library that 3.8 does not have."""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "check.py").write_text(check_program(), "utf-8")
    yield tmp_path


@pytest.fixture
def programs() -> Iterator[Programs]:
    with running_programs() as programs:
        yield programs


def check(programs: Programs, folder: Path, *words: str) -> Program:
    return programs.start(sys.executable, "-I", "-S", "check.py", *words, cwd=folder)


def client(programs: Programs, path: Path, port: int, who: str) -> Program:
    return programs.start(sys.executable, "-I", "-S", path, "127.0.0.1", str(port), who)


def test_it_grades_as_duplex_does(alone: Path, programs: Programs) -> None:
    port = free_port()
    checking = check(programs, alone, "stream", "--port", str(port), "--seed", "5", "--once", "--lang", "en")
    checking.wait_for(f"task stream 127.0.0.1:{port}")
    client(programs, PROGRAMS / "stream" / "answered_after_first_recv.py", port, "seat 7")
    assert checking.wait() == 1
    assert "verdict seat 7 failed answered-after-first-recv" in checking.printed
    assert "You answered after the first recv" in checking.printed


def test_it_passes_what_is_right_and_speaks_chinese(alone: Path, programs: Programs) -> None:
    port = free_port()
    checking = check(programs, alone, "who-hangs-up", "--port", str(port), "--once", "--lang", "zh")
    checking.wait_for(f"task who-hangs-up 127.0.0.1:{port}")
    programs.start("node", PROGRAMS / "who-hangs-up" / "right.js", "127.0.0.1", str(port), "座位7")
    assert checking.wait() == 0
    assert "verdict 座位7 passed" in checking.printed and "通过。" in checking.printed


def test_it_goes_on_until_it_is_interrupted(alone: Path, programs: Programs) -> None:
    port = free_port()
    checking = check(programs, alone, "postcards", "--port", str(port), "--lang", "en")
    checking.wait_for("task postcards")
    client(programs, PROGRAMS / "postcards" / "answered_twice.py", port, "first")
    checking.wait_for("verdict first failed answered-twice")
    client(programs, PROGRAMS / "postcards" / "numbered_by_arrival.py", port, "second")
    checking.wait_for("verdict second failed numbered-by-arrival")
    checking.process.send_signal(signal.SIGINT)
    assert checking.wait() == 130
    assert "Traceback" not in checking.printed


def test_it_knocks_at_a_server(alone: Path, programs: Programs) -> None:
    port = free_port()
    server = client(programs, PROGRAMS / "serve-page" / "length_in_characters.py", port, "seat 7")
    nobody = check(programs, alone, "serve-page", "--port", str(free_port()), "--lang", "en")
    assert nobody.wait() == 1 and "failed nobody-listens" in nobody.printed
    for _ in range(100):
        checking = check(programs, alone, "serve-page", "--port", str(port), "--lang", "en")
        assert checking.wait() == 1
        if "nobody-listens" not in checking.printed:
            break  # until the server has started
    assert "failed length-in-characters" in checking.printed
    server.stop()


def test_it_asks_which_task_where_it_is_started_without_words(alone: Path, programs: Programs) -> None:
    checking = check(programs, alone, "--port", str(free_port()), "--lang", "en")
    checking.wait_for("Which task?")
    checking.type(str(TASK_NAMES.index("http") + 1))
    checking.wait_for("task http 127.0.0.1:")
    checking.stop()


def test_a_file_made_for_one_task_needs_no_words(tmp_path: Path, programs: Programs) -> None:
    (tmp_path / "check.py").write_text(check_program("why-stuck"), "utf-8")
    checking = check(programs, tmp_path, "--port", str(free_port()))
    checking.wait_for("task why-stuck 127.0.0.1:")
    checking.stop()


@pytest.mark.parametrize(
    "words", [("nonsense",), ("stream", "--port", "x"), ("stream", "--port", "99999999")]
)
def test_bad_use_is_told_in_words(alone: Path, programs: Programs, words: tuple[str, ...]) -> None:
    checking = check(programs, alone, *words)
    assert checking.wait() == 2
    assert "Traceback" not in checking.printed and checking.errors


def test_a_port_in_use_is_told_in_words(alone: Path, programs: Programs) -> None:
    port = free_port()
    first = check(programs, alone, "stream", "--port", str(port))
    first.wait_for("task stream")
    second = check(programs, alone, "stream", "--port", str(port), "--lang", "en")
    assert second.wait() == 2 and "Another port: --port" in second.printed
    first.stop()


def test_it_uses_nothing_newer_than_its_oldest_python(alone: Path) -> None:
    """Annotations are not evaluated (``from __future__ import annotations``), all else is."""
    text = (alone / "check.py").read_text("utf-8")
    ast.parse(text, feature_version=OLDEST)
    sources = [
        ast.literal_eval(node.value)
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    ]
    assert len(sources) > 15
    for source in sources:
        assert source.startswith('"""') and "\nfrom __future__ import annotations\n" in source
        tree = ast.parse(source, feature_version=OLDEST)
        for node in ast.walk(tree):
            names = {getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "arg", "") or ""}
            assert not names & NEWER, names
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
                assert not isinstance(node.args[1], ast.BinOp), "isinstance(x, A | B)"
        for statement in tree.body:
            # An alias such as ``Name = list[int]`` is evaluated.
            if isinstance(statement, ast.Assign):
                subscripted = {
                    getattr(node.value, "id", "")
                    for node in ast.walk(statement.value)
                    if isinstance(node, ast.Subscript)
                }
                assert not subscripted & {"list", "dict", "set", "tuple", "deque", "type"}
