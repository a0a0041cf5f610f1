"""The standard streams of a terminal program may be closed or full, and it may be interrupted before it has
begun: a sentence or silence, the right exit code, no traceback."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.programs import ROOT, run_program, start_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is neither /dev/full nor SIGHUP")

PATIENCE = 120.0
MODES = {
    "help": ["--help"],
    "version": ["--version"],
    "sockets": ["--headless", "--open", "tcp-server://127.0.0.1:0", "--wait", "0.5"],
    "chat": ["--headless", "--page", "chat", "--wait", "0.5"],
    "diagnosis": ["--headless", "--page", "chat", "--wait", "5"],
    "lesson": ["--headless", "--lesson", "hello-server", "--run"],
    "outcomes": ["--headless", "--lesson", "stream", "--run", "--times", "2"],
    "task": ["--headless", "--task", "stream", "--port", "0", "--wait", "0.5"],
}
TYPED = {"diagnosis": "/diagnose\n"}
WITHOUT_DATA = {"sockets"}  # its sentences go to standard error
NOBODY_CAME = {"task": 3}
FULL = os.strerror(errno.ENOSPC)


def command(mode: str, profile: Path) -> list[str]:
    return [sys.executable, str(ROOT / "main.py"), "--lang", "en", "--profile", str(profile), *MODES[mode]]


@pytest.fixture
def full() -> Iterator[IO[bytes]]:
    with open("/dev/full", "wb") as file:
        yield file


def closing(*numbers: int) -> Callable[[], None]:
    """What closes these of a program's standard streams before it begins, as a shell's ``>&-`` does."""

    def close() -> None:
        for number in numbers:
            os.close(number)

    return close


@pytest.mark.parametrize("mode", MODES)
def test_a_full_disk_is_said(mode: str, full: IO[bytes], tmp_path: Path) -> None:
    words, typed = command(mode, tmp_path), TYPED.get(mode, "")
    done = run_program(words, stdout=full, stderr=subprocess.PIPE, input=typed, text=True, timeout=PATIENCE)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    if mode in WITHOUT_DATA:
        assert done.returncode == 0
    else:
        assert done.returncode == 1
        assert done.stderr.count(f"Standard output can't be written ({FULL}).") == 1
        assert "not reached" not in done.stderr


@pytest.mark.parametrize("mode", ["version", "sockets", "lesson", "task"])
def test_a_full_standard_error_changes_nothing(mode: str, full: IO[bytes], tmp_path: Path) -> None:
    words = command(mode, tmp_path)
    done = run_program(
        words, stdout=subprocess.PIPE, stderr=full, stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE
    )
    assert done.returncode == NOBODY_CAME.get(mode, 0)
    assert mode in WITHOUT_DATA or done.stdout


def test_a_mistake_is_still_one_where_it_cannot_be_said(full: IO[bytes], tmp_path: Path) -> None:
    words = [*command("version", tmp_path), "--nonsense"]
    assert run_program(words, stdout=full, stderr=full, timeout=PATIENCE).returncode == 2


@pytest.mark.parametrize("mode", MODES)
def test_closed_streams_lead_nowhere(mode: str, tmp_path: Path) -> None:
    words = command(mode, tmp_path)
    silent = run_program(words, stderr=subprocess.PIPE, preexec_fn=closing(0, 1), text=True, timeout=PATIENCE)
    assert silent.returncode == NOBODY_CAME.get(mode, 0)
    assert "Traceback" not in silent.stderr and "Exception" not in silent.stderr


@pytest.mark.parametrize("mode", ["version", "lesson"])
def test_all_streams_may_be_closed(mode: str, tmp_path: Path) -> None:
    closed = run_program(command(mode, tmp_path), preexec_fn=closing(0, 1, 2), timeout=PATIENCE)
    assert closed.returncode == 0


def test_a_reader_who_has_enough_ends_it_without_a_word(tmp_path: Path) -> None:
    with start_program(
        command("lesson", tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        told = program.stderr.read().decode()
        assert program.wait(PATIENCE) == 0
    assert not [line for line in told.splitlines() if "12345" not in line]  # at most that its port is taken


@pytest.mark.parametrize(
    ("mode", "loaded"),
    [
        ("lesson", "gui.shared.i18n"),
        ("lesson", "gui.shared.arguments"),
        ("lesson", "net.events"),
        ("sockets", "net.events"),
        ("chat", "net.events"),
        ("task", "net.events"),
    ],
)
def test_ctrl_c_while_modules_are_loaded_is_no_traceback(mode: str, loaded: str, tmp_path: Path) -> None:
    words = command(mode, tmp_path)
    words[1:1] = ["-X", "importtime"]
    # where the tests themselves run in the background, what they start would ignore it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        program = start_program(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with program:
        assert program.stderr is not None
        line = next(line for line in program.stderr if line.rstrip().endswith(f" {loaded}"))
        assert line
        program.send_signal(signal.SIGINT)
        told = [line for line in program.stderr if not line.startswith(("import time:", "* "))]
        assert program.wait(PATIENCE) == 130
    assert told == []
