"""Twenty runs of each program of each task, right and wrong, as real processes side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from net.lab.tasks import TASK_NAMES
from net.lab.tasks.grading import Grader
from net.lab.tasks.http import Http
from net.lab.tasks.reliability import Reliability
from net.lab.tasks.verdicts import VERDICTS
from net.lab.tasks.which_door import WhichDoor
from net.lab.tasks.why_stuck import WhyStuck
from tests.net.lab.tasks.examined import Examined, examined, kinds_of
from tests.net.loop_thread import LoopThread

TIMES = 20
TOGETHER = (
    ("hello-server", "stream", "postcards", "http"),
    ("why-stuck", "which-door", "reliability"),
    ("who-hangs-up", "reliability-2", "one-road", "serve-page"),
    ("reliability-3", "reliability-4"),
)


@pytest.fixture
def running(net_loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Examined]:
    monkeypatch.setattr(Grader, "CLOSE_PATIENCE", 5.0)
    monkeypatch.setattr(WhichDoor, "PATIENCE", 12.0)
    monkeypatch.setattr(Reliability, "SILENCE", 8.0)
    monkeypatch.setattr(Http, "NEXT_PATIENCE", 7.0)
    monkeypatch.setattr(WhyStuck, "LONGEST_GAP", 1.0)
    with examined(net_loop, tmp_path) as running:
        yield running


@pytest.mark.parametrize("tasks", TOGETHER, ids=["-and-".join(tasks) for tasks in TOGETHER])
def test_verdicts_are_right_every_time(running: Examined, tasks: tuple[str, ...]) -> None:
    kinds = [kind for task in tasks for kind in kinds_of(task)]
    wrong = running.judge_all(kinds, TIMES)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("task", TASK_NAMES)
def test_each_task_has_programs_enough(task: str) -> None:
    kinds = kinds_of(task)
    wrong = [kind for kind in kinds if kind.code]
    right = [kind for kind in kinds if not kind.code]
    assert len(wrong) >= 2 and {kind.code for kind in wrong} <= VERDICTS.keys()
    assert len(right) >= 2 and {kind.path.suffix for kind in right} - {".py"}


def test_all_tasks_are_run() -> None:
    assert {task for tasks in TOGETHER for task in tasks} == set(TASK_NAMES)
