"""A real Engine that runs programs, as the window would: commands in, recorded events out."""

from __future__ import annotations

import itertools
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

from net.engine import Engine
from net.events import EngineStopped
from net.lab.commands import MakeMoves, RunFile, RunMany, StartRun, StepOnce, StopRun, TypeLine
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.lesson import Scene
from net.lab.recording import (
    Call,
    Done,
    Ended,
    Facts,
    Header,
    Printed,
    RecordedEvent,
    Released,
    Returned,
    Started,
    Trouble,
)  # fmt: skip
from tests.net.conftest import threads_left
from tests.net.watching import Watched
from tests.waiting import PATIENCE_SECONDS, wait_until

T = TypeVar("T")
MOVES_SECONDS = 60.0
RIG = "DUPLEX_TEST_RIG"
_rigs = itertools.count(1)


class Rig:
    """One run and what was recorded of it."""

    def __init__(self, lab: LabRig, number: int) -> None:
        self._lab = lab
        self.number = number

    @property
    def events(self) -> list[RecordedEvent]:
        return [
            event
            for grown in self._lab.watched.all(RunGrew)
            if grown.run == self.number
            for event in grown.recorded
        ]

    def of(self, kind: type[T], who: str = "") -> list[T]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and who in ("", getattr(event, "who", ""))
        ]

    def moves(self, *moves: str, step: int = 0) -> MovesMade:
        """Make the moves; how they ended."""
        return self._moved(lambda: self._lab.engine.submit(MakeMoves(self.number, moves, step)))

    def make(self, *moves: str, step: int = 0) -> None:
        """Make the moves, which must be possible."""
        made = self.moves(*moves, step=step)
        assert made.reached, (made, self.events[-8:])

    def step(self, who: str = "") -> MovesMade:
        return self._moved(lambda: self._lab.engine.submit(StepOnce(self.number, who)))

    def type(self, who: str, text: str) -> None:
        self._lab.engine.submit(TypeLine(self.number, who, text))

    def wait(self, condition: Callable[[], T], what: str = "") -> T:
        return self._lab.watched.wait(condition, MOVES_SECONDS, what)

    def stop_soon(self) -> None:
        self._lab.engine.submit(StopRun(self.number))

    def stop(self) -> RunEnded:
        self.stop_soon()
        return self.ended()

    def ended(self) -> RunEnded:
        found = self.wait(
            lambda: [each for each in self._lab.watched.all(RunEnded) if each.run == self.number],
            "the run's end",
        )
        assert len(found) == 1
        return found[0]

    # --- What was recorded ---

    def calls(self, who: str, name: str = "") -> list[Call]:
        return [call for call in self.of(Call, who) if name in ("", call.name)]

    def returned(self, call: Call) -> Returned:
        return next(event for event in self.of(Returned) if event.n == call.n)

    def printed(self, who: str = "", *, error: bool | None = None) -> str:
        return "".join(event.text for event in self.of(Printed, who) if error is None or event.error == error)

    def troubles(self) -> dict[str, dict[str, str]]:
        return {event.code: event.values for event in self.of(Trouble)}

    def _moved(self, submit: Callable[[], None]) -> MovesMade:
        def mine() -> list[MovesMade]:
            return [each for each in self._lab.watched.all(MovesMade) if each.run == self.number]

        before = len(mine())
        submit()
        return self.wait(lambda: mine()[before:], "the moves")[0]


class LabRig:
    """An Engine, and the programs' folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine()
        self.watched = Watched(self.engine)
        self.mark = f"{os.getpid()}-{next(_rigs)}"
        os.environ[RIG] = self.mark  # inherited by all that it starts

    def write(self, name: str, source: str) -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(source), "utf-8")
        return path

    def start(
        self, *, python: str = "", fresh_ports: bool = True, arguments: tuple[str, ...] = (), **sources: str
    ) -> Rig:
        """A run of programs with these names and sources; the first stands on the left."""
        files = tuple(
            RunFile(name, str(self.write(f"{name}.py", source)), min(side, 1), arguments)
            for side, (name, source) in enumerate(sources.items())
        )
        return self.start_files(*files, python=python, fresh_ports=fresh_ports)

    def start_files(self, *files: RunFile, python: str = "", fresh_ports: bool = False) -> Rig:
        number = self.engine.new_job()
        self.engine.submit(StartRun(number, files=files, python=python, fresh_ports=fresh_ports))
        return Rig(self, number)

    def start_scene(self, lesson: str, scene: Scene) -> Rig:
        number = self.engine.new_job()
        self.engine.submit(StartRun(number, lesson, scene))
        return Rig(self, number)

    def count(self, lesson: str, scene: Scene, times: int) -> OutcomesCounted:
        """The last report of so many runs."""
        number = self.engine.new_job()
        self.engine.submit(RunMany(number, lesson, scene, times))
        run = Rig(self, number)
        ended = run.ended()
        assert ended.fault is None, ended.fault
        counted = [each for each in self.watched.all(OutcomesCounted) if each.run == number]
        assert [each.done for each in counted] == list(range(1, times + 1))
        return counted[-1]

    def end(self) -> None:
        """Stop the engine; nothing may be left of it."""
        self.engine.stop()
        self.watched.first(EngineStopped)
        assert self.engine.join(PATIENCE_SECONDS)
        for number in {grown.run for grown in self.watched.all(RunGrew)}:
            check_order(Rig(self, number).events)
        wait_until(lambda: not threads_left(), what="the threads' end")
        assert processes_of(self.mark) == []
        assert os.environ.pop(RIG) == self.mark


def processes_of(mark: str) -> list[psutil.Process]:
    """All processes that this rig's programs have started, in whatever ways."""
    found = []
    for process in psutil.process_iter():
        try:
            running = process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid()
            if running and process.environ().get(RIG) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def check_order(events: list[RecordedEvent]) -> None:
    """What holds for every recording."""
    assert isinstance(events[0], Header)
    assert isinstance(events[-1], Done)
    assert [event.t for event in events] == sorted(event.t for event in events)
    calls = {event.n: event for event in events if isinstance(event, Call)}
    for kind in (Released, Returned):
        numbers = [event.n for event in events if isinstance(event, kind)]
        assert len(numbers) == len(set(numbers)) and set(numbers) <= set(calls)
    started = [event.who for event in events if isinstance(event, Started)]
    ended = [event.who for event in events if isinstance(event, Ended)]
    assert sorted(started) == sorted(ended) and len(started) == len(set(started))
    for event in events:
        if isinstance(event, Facts):
            assert event.who in started and event.socket > 0
