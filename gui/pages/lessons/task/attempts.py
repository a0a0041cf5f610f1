"""The attempts at a task, as the lab reports them. No widget here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from gui.services.services import Services
from gui.shared.dispatch import Takers
from net.events import Fault, FaultKind
from net.lab.commands import Knock, ReleaseAttempt, StartTask, StopTask
from net.lab.events import (
    AttemptBegan,
    AttemptJudged,
    AttemptLine,
    AttemptNamed,
    TaskEnded,
    TaskListening,
)

MOST_LINES = 1000
"""Lines of an attempt that are kept while it goes on; its verdict brings the last twenty."""
RecordLine = tuple[float, str, str]
"""Seconds since its beginning, "out", "in" or "note", text."""


@dataclass(eq=False, slots=True)
class Attempt:
    """``task`` and ``number`` name it to the lab. ``passed`` is None until the verdict; ``code`` and
    ``values``: the verdict's, see `gui.shared.verdict_wording`."""

    task: int
    number: int
    remote: str
    who: str = ""
    lines: list[RecordLine] = field(default_factory=list)
    passed: bool | None = None
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        return self.passed is None


class Attempts:
    """One task at a time: `listen` or `knock` ends the one before. ``addresses``: where programs connect to,
    empty until the lab listens; ``changed()`` is called once a batch."""

    def __init__(self, services: Services, changed: Callable[[], object]) -> None:
        self.task = 0
        self.seed = 0
        self.addresses: tuple[str, ...] = ()
        self.taken = 0
        """The port that was to be listened on and is another program's; 0 if it was free."""
        self.all: list[Attempt] = []
        self.fault: Fault | None = None
        self._submit = services.submit
        self._new_number = services.new_job
        self._changed = changed
        self._ended: set[int] = set()
        self._wanted: StartTask | None = None

    @property
    def passed(self) -> bool:
        """Whether somebody has passed."""
        return any(attempt.passed for attempt in self.all)

    # --- What a person asks for ---

    def listen(self, grader: str, host: str, port: int, seed: int) -> None:
        """Listen for programs, anew: on any port if this one is another program's."""
        self._begin(seed)
        self.taken = 0
        self._wanted = StartTask(self.task, grader, host, port, seed)
        self._submit(self._wanted)

    def knock(self, grader: str, host: str, port: int, seed: int) -> None:
        """Connect to a pupil's program; earlier attempts stay in the list."""
        kept = self.all
        self._begin(seed)
        self.all = kept
        self._submit(Knock(self.task, grader, host, port, seed))

    def release(self, attempt: Attempt) -> None:
        """Close the connection of one that is stuck."""
        self._submit(ReleaseAttempt(attempt.task, attempt.number))

    def stop(self) -> None:
        if self.task and self.task not in self._ended:
            self._submit(StopTask(self.task))
        self.task, self.addresses = 0, ()

    def _begin(self, seed: int) -> None:
        self.stop()
        self.task, self.seed = self._new_number(), seed
        self.addresses, self.all, self.fault = (), [], None

    # --- What the lab reports ---

    def takers(self) -> Takers:
        """What takes which events; `notify` is to follow."""
        return {
            TaskListening: self._listening,
            TaskEnded: self._task_ended,
            AttemptBegan: self._began,
            AttemptNamed: self._named,
            AttemptLine: self._line,
            AttemptJudged: self._judged,
        }

    def notify(self) -> None:
        self._changed()

    def _listening(self, event: TaskListening) -> None:
        if event.task == self.task:
            self.addresses, self.seed = event.addresses, event.seed

    def _task_ended(self, event: TaskEnded) -> None:
        self._ended.add(event.task)
        if event.task != self.task:
            return
        wanted, fault = self._wanted, event.fault
        if wanted is not None and wanted.task == event.task and wanted.port and _is_taken(fault):
            self._begin(wanted.seed)
            self.taken = wanted.port
            self._wanted = replace(wanted, task=self.task, port=0)
            self._submit(self._wanted)
        else:
            self.fault, self.addresses = fault, ()

    def _began(self, event: AttemptBegan) -> None:
        if event.task == self.task:
            self.all.append(Attempt(event.task, event.attempt, event.remote))

    def _named(self, event: AttemptNamed) -> None:
        attempt = self._of(event.task, event.attempt)
        if attempt is not None:
            attempt.who = event.who

    def _line(self, event: AttemptLine) -> None:
        attempt = self._of(event.task, event.attempt)
        if attempt is not None and len(attempt.lines) < MOST_LINES:
            attempt.lines.append((event.t, event.direction, event.text))

    def _judged(self, event: AttemptJudged) -> None:
        attempt = self._of(event.task, event.attempt)
        if attempt is not None:
            attempt.who, attempt.passed = event.who, event.passed
            attempt.code, attempt.values = event.code, event.values
            attempt.lines = list(event.lines)

    def _of(self, task: int, number: int) -> Attempt | None:
        return next((each for each in self.all if (each.task, each.number) == (task, number)), None)


def _is_taken(fault: Fault | None) -> bool:
    return fault is not None and fault.kind is FaultKind.ADDRESS_IN_USE
