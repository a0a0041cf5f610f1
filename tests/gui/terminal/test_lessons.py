"""A lesson without the window: what is printed, the exit code, and that nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from gui.shared import i18n
from gui.shared.arguments import MOST_STEPS
from gui.terminal.lessons import run_lesson_terminal
from net.lab.lesson_files import load_lesson, load_shelf
from tests.programs import ROOT, run_program, start_program
from tests.waiting import wait_until

COMMAND = [sys.executable, str(ROOT / "main.py"), "--lang", "en", "--headless", "--lesson"]
PATIENCE = 120.0


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_lesson_runs_through_all_its_steps() -> None:
    words = [*COMMAND, "hello-server", "--run", "--quiet"]
    done = run_program(words, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    printed = lines(done.stdout)
    lesson = load_lesson("hello-server")
    shown = dict.fromkeys(step.scene for step in lesson.steps)
    headers = [line for line in printed if line["kind"] == "header"]
    assert {line["scene"] for line in headers} == set(shown) and len(headers) == len(shown)
    assert [line["kind"] for line in printed].count("done") == len(shown)
    assert printed[0]["kind"] == "header" and printed[-1]["kind"] == "done"
    steps = [line for line in printed if line["kind"] == "step"]
    assert sorted(step["number"] for step in steps) == list(range(1, len(lesson.steps) + 1))
    assert all(step.get("reached", True) for step in steps)


def test_a_step_with_a_histogram_is_counted_as_in_the_window(capfd: pytest.CaptureFixture[str]) -> None:
    lesson = load_lesson("stream")
    steps = [
        msgspec.structs.replace(step, times=2) if step.view == "histogram" else step for step in lesson.steps
    ]
    assert run_lesson_terminal(msgspec.structs.replace(lesson, steps=tuple(steps)), quiet=True) == 0
    printed = lines(capfd.readouterr().out)
    counted = {line["step"]: line for line in printed if line["kind"] == "outcomes"}
    recorded = [line["number"] for line in printed if line["kind"] == "step"]
    numbers = [n for n, step in enumerate(steps, 1) if step.view == "histogram"]
    assert len(numbers) > 1 and list(counted) == numbers
    assert sorted([*recorded, *numbers]) == list(range(1, len(steps) + 1))
    for number, line in counted.items():
        assert (line["scene"], line["done"], line["times"]) == (steps[number - 1].scene, 2, 2)
        assert sum(count for _outcome, count in line["outcomes"]) == 2
    assert [line["scene"] for line in printed if line["kind"] == "header"] == list(
        dict.fromkeys(step.scene for step in steps if step.view != "histogram")
    )


def test_outcomes_are_counted() -> None:
    words = [*COMMAND, "stream", "--run", "--times", "2"]
    done = run_program(words, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    printed = lines(done.stdout)
    counted = [scene.name for scene in load_lesson("stream").scenes if scene.outcome]
    assert [line["scene"] for line in printed] == counted
    for line in printed:
        assert (line["kind"], line["done"], line["times"]) == ("outcomes", 2, 2)
        assert sum(count for _outcome, count in line["outcomes"]) == 2


def test_a_step_that_is_not_reached_is_said_and_ends_its_scene(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    i18n.set_language("en")
    lesson = load_lesson("stream")
    recorded = [step for step in lesson.steps if step.view != "histogram"]
    first, *rest = [step for step in recorded if step.scene == lesson.steps[0].scene]
    assert rest
    never = msgspec.structs.replace(first, go=("all run", "all end", "client before recv 9"))
    assert run_lesson_terminal(msgspec.structs.replace(lesson, steps=(never, *rest))) == 1
    told = capfd.readouterr()
    assert "Step 1 was not reached." in told.err
    steps = [line for line in lines(told.out) if line["kind"] == "step"]
    assert [(step["number"], step["reached"]) for step in steps] == [(1, False)]
    assert lines(told.out)[-1]["kind"] == "done"


@pytest.mark.skipif(sys.platform == "win32", reason="no signal reaches one process alone there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_all_programs_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    words = [*COMMAND, "why-stuck", "--run"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start_program(words, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}, **pipes) as program:
        assert program.stdout is not None
        started: list[int] = []
        while len(started) < 2:
            line = json.loads(program.stdout.readline())
            if line["kind"] == "started":
                started.append(line["pid"])
        assert list(tmp_path.iterdir())
        program.send_signal(getattr(signal, name))
        _rest, told = program.communicate(timeout=PATIENCE)
        assert program.returncode == {"SIGINT": 130, "SIGTERM": 0, "SIGHUP": 129}[name]
    assert not [line for line in told.splitlines() if "12345" not in line]  # at most that its port is taken
    assert not list(tmp_path.iterdir())
    wait_until(lambda: not any(psutil.pid_exists(pid) for pid in started), what="its programs have ended")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["moon", "--run"], "stream"),
        (["which-door", "--run", "--times", "3"], "no outcome to count"),
    ],
)
def test_what_cannot_be_run_is_said(words: list[str], part: str) -> None:
    done = run_program([*COMMAND, *words], capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert (done.returncode, done.stdout) == (2, "") and part in done.stderr


def test_a_step_must_exist() -> None:
    command = [sys.executable, str(ROOT / "main.py"), "--lang", "zh_CN", "--page", "lessons"]
    lesson = next(each for each in map(load_lesson, load_shelf().lessons) if len(each.steps) < MOST_STEPS)
    words = ["--lesson", lesson.name, "--step", str(len(lesson.steps) + 1)]
    done = run_program([*command, *words], capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert done.returncode == 2 and f"{len(lesson.steps)} 步" in done.stderr
