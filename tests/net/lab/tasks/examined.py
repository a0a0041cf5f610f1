"""Real programs against real examinations: started side by side, and their verdicts compared."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from net.lab.commands import Knock, StartTask, StopTask
from net.lab.events import AttemptJudged, TaskEnded, TaskListening
from net.lab.lesson_files import LESSONS_FOLDER
from net.lab.tasks.catalog import TASKS
from net.lab.tasks.tasks import Tasks
from tests.net.loop_thread import LoopThread
from tests.ports import free_port
from tests.programs import built_with_gcc, start_program
from tests.waiting import wait_until

PROGRAMS = Path(__file__).parent / "programs"
SIDE_BY_SIDE = 110
"""Processes at the same time."""
VERDICT_SECONDS = 200.0
MODELS = {
    "hello-server": "hello-server/model.py",
    "which-door": "which-door/model.py",
    "why-stuck": "why-stuck/model.py",
    "stream": "stream/model.py",
    "postcards": "postcards/model.py",
    "reliability": "reliability/task_model.py",
    "reliability-2": "reliability/task_2_model.py",
    "reliability-3": "reliability/task_3_model.py",
    "reliability-4": "reliability/task_4_model.py",
    "who-hangs-up": "who-hangs-up/task_model.py",
    "one-road": "one-road/task_model.py",
    "http": "http/task_model.py",
    "serve-page": "http/task_serve_model.py",
}
"""The model answers: each is the right program in Python."""


class Kind(NamedTuple):
    """One program of a task, and the verdict it must get. ``code``: "" for a right one."""

    task: str
    path: Path
    code: str

    @property
    def label(self) -> str:
        return f"{self.task} {self.path.name}"


def kinds_of(task: str) -> list[Kind]:
    """The programs of a task: named ``right``, or by the code of the verdict they must get."""
    files = sorted((PROGRAMS / task).iterdir())
    given = [Kind(task, path, "" if path.stem == "right" else path.stem.replace("_", "-")) for path in files]
    return [*given, Kind(task, LESSONS_FOLDER / MODELS[task], "")]


class Run(NamedTuple):
    kind: Kind
    who: str
    process: subprocess.Popen[Any]
    task: int


class Examined:
    """Tasks on a loop of their own, and the programs that were started for them."""

    def __init__(self, thread: LoopThread, folder: Path) -> None:
        self.thread = thread
        self.folder = folder
        self.tasks: Tasks = thread.call(Tasks, thread.loop, thread.outlet)
        self._numbers = itertools.count(1)
        self._listening: dict[str, tuple[int, str]] = {}
        self._runs: list[Run] = []
        self._built: dict[Path, Path] = {}
        self._looked_at = 0
        self._verdicts: dict[int, list[AttemptJudged]] = {}

    # --- Tasks ---

    def submit(self, command: Any) -> None:
        self.thread.call(self.tasks.routes()[type(command)], command)

    def listen(self, task: str, seed: int = 1, host: str = "127.0.0.1") -> tuple[int, str]:
        """The number of a task that listens, and its port; one for each name."""
        if task not in self._listening:
            number = next(self._numbers)
            self.submit(StartTask(number, task, host, 0, seed))
            found = wait_until(
                lambda: [e for e in self.thread.of(TaskListening) if e.task == number], what="listening"
            )
            self._listening[task] = number, found[0].addresses[0].rpartition(":")[2]
        return self._listening[task]

    def verdicts(self, task: int) -> list[AttemptJudged]:
        """Those of a task so far."""
        events = self.thread.take()
        for event in events[self._looked_at :]:
            if isinstance(event, AttemptJudged):
                self._verdicts.setdefault(event.task, []).append(event)
        self._looked_at = len(events)
        return self._verdicts.get(task, [])

    # --- Programs ---

    def start(self, kind: Kind, number: int, seed: int = 1) -> Run:
        who = f"{kind.path.stem}-{kind.path.suffix[1:]}-{number}".replace("_", "-")
        if TASKS[kind.task].knocks:
            task, port = next(self._numbers), str(free_port())
        else:
            task, port = self.listen(kind.task, seed)
        command = self._command(kind, port, who)
        with (self.folder / f"{kind.task}-{kind.path.stem}.txt").open("ab") as errors:
            process = start_program(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        run = Run(kind, who, process, task)
        self._runs.append(run)
        if TASKS[kind.task].knocks:
            self._wait_for_server(process, int(port))
            self.submit(Knock(task, kind.task, "127.0.0.1", int(port), seed + number))
        return run

    def judged(self, run: Run) -> AttemptJudged | None:
        knocks = TASKS[run.kind.task].knocks
        found = [event for event in self.verdicts(run.task) if knocks or event.who == run.who]
        return found[0] if found else None

    def judge_all(self, kinds: list[Kind], times: int) -> list[str]:
        """Start each kind so often, at most `SIDE_BY_SIDE` at once; returns what was judged wrongly."""
        waiting = [(kind, number) for number in range(1, times + 1) for kind in kinds]
        running: list[Run] = []
        wrong: list[str] = []

        def look() -> bool:
            for run in list(running):
                verdict = self.judged(run)
                if verdict is None:
                    continue
                running.remove(run)
                self._end(run)
                if (verdict.passed, verdict.code) != (not run.kind.code, run.kind.code):
                    wrong.append(f"{run.kind.label}: {verdict.code} {verdict.values} {verdict.lines[-5:]}")
            while waiting and len(running) < SIDE_BY_SIDE:
                running.append(self.start(*waiting.pop(0)))
            return not waiting and not running

        try:
            wait_until(look, VERDICT_SECONDS)
        except AssertionError:
            wrong += [f"{run.kind.label}: no verdict about {run.who}" for run in running]
        return wrong

    def _command(self, kind: Kind, port: str, who: str) -> list[str | Path]:
        arguments = ["127.0.0.1", port, who]
        if kind.path.suffix == ".js":
            return ["node", kind.path, *arguments]
        if kind.path.suffix == ".c":
            return [self._binary(kind.path), *arguments]
        if kind.path.is_relative_to(LESSONS_FOLDER):
            return [sys.executable, "-I", "-S", self._addressed(kind.path, port, who)]
        return [sys.executable, "-I", "-S", kind.path, *arguments]

    def _binary(self, source: Path) -> Path:
        if source not in self._built:
            target = self.folder / f"{source.parent.name}-{source.stem}"
            self._built[source] = built_with_gcc(source, target)
        return self._built[source]

    def _addressed(self, source: Path, port: str, who: str) -> Path:
        """A model answer, with this port and name in its first lines."""
        text = source.read_text("utf-8").replace("23456", port).replace("8080", port)
        path = self.folder / f"{source.parent.name}-{who}.py"
        path.write_text(text.replace("座位 1", who).replace('"seat1"', f'"{who}"'), "utf-8")
        return path

    def _wait_for_server(self, process: subprocess.Popen[Any], port: int) -> None:
        def listens() -> bool:
            connections = psutil.Process(process.pid).net_connections("tcp")
            return any(each.laddr.port == port for each in connections)

        wait_until(listens, what=f"a server at {port}")

    def _end(self, run: Run) -> None:
        if run.process.poll() is None:
            run.process.kill()
        run.process.wait()
        assert run.process.stdin is not None
        with contextlib.suppress(OSError):
            run.process.stdin.close()

    def stop(self) -> None:
        for run in self._runs:
            self._end(run)
        for number, _ in self._listening.values():
            self.submit(StopTask(number))
            wait_until(lambda n=number: [e for e in self.thread.of(TaskEnded) if e.task == n])  # type: ignore[misc]


@contextlib.contextmanager
def examined(thread: LoopThread, folder: Path) -> Iterator[Examined]:
    running = Examined(thread, folder)
    try:
        yield running
    finally:
        running.stop()
