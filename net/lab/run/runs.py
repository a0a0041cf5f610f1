"""`Runs`: the part of the lab that runs programs. It has one `Run` for each number."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from net.events import Event, Fault
from net.faults import fault_from_oserror, fault_from_ours
from net.lab.commands import MakeMoves, RunMany, StartRun, StepOnce, StopRun, TypeLine
from net.lab.events import MovesMade, OutcomesCounted, RunEnded, RunGrew
from net.lab.recording import RecordedEvent
from net.lab.run.channel import HookDoor
from net.lab.run.experiment import ExperimentMaker
from net.lab.run.outcomes import OutcomeError, check_outcome, outcome_of
from net.lab.run.process import kill_marked
from net.lab.run.run import NotBegun, NotReached, Run
from net.loop.outlet import Outlet
from net.wing import Routes

logger = logging.getLogger("duplex.net")

WARM_RUNS = 2
"""Of many runs: how many have their interpreters started ahead of their turn."""

QUIET_SECONDS = 0.12
"""One of many runs is over when all programs that are left have waited for each other so long."""

RUN_LIMIT = 20.0
"""Seconds for one of many runs."""

Order = Callable[[], Coroutine[Any, Any, None]]


class Runs:
    """NetThread only."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, outlet: Outlet, experiments: Mapping[str, ExperimentMaker]
    ) -> None:
        self._loop = loop
        self._outlet = outlet
        self._experiments = experiments
        self._door = HookDoor(loop, outlet)
        self._runs: dict[int, _Numbered] = {}

    def routes(self) -> Routes:
        return {
            StartRun: self._start,
            MakeMoves: self._make_moves,
            StepOnce: self._step_once,
            TypeLine: self._type_line,
            StopRun: self._stop_run,
            RunMany: self._run_many,
        }

    def failed(self, command: Any, error: Exception) -> None:
        if isinstance(command, StartRun | RunMany):
            self._runs.pop(command.run, None)
            self._outlet.put(RunEnded(command.run, fault_from_ours(error)))
        elif isinstance(command, MakeMoves):
            self._outlet.put(MovesMade(command.run, command.step, False, "not-reached", {"move": str(error)}))

    async def stop(self) -> None:
        """End all runs and every process of them."""
        await asyncio.gather(*(each.stop() for each in list(self._runs.values())))
        await self._door.close()

    # --- Commands ---

    def _start(self, command: StartRun) -> None:
        ending = [each.run for each in self._runs.values() if each.ending and each.run is not None]
        numbered = self._number(command.run)

        def emit(events: tuple[RecordedEvent, ...], size: int) -> None:
            self._outlet.put(RunGrew(command.run, events), size)

        run = Run(
            self._loop,
            self._door,
            emit,
            lesson=command.lesson,
            scene=command.scene,
            files=command.files,
            python=command.python,
            seed=command.seed,
            fresh_ports=command.fresh_ports,
            experiments=self._experiments,
        )
        numbered.begin(run, ending)

    def _make_moves(self, command: MakeMoves) -> None:
        numbered = self._runs.get(command.run)
        if numbered is not None:
            numbered.enqueue(lambda run: run.make_moves(command.moves, command.step), command.step)

    def _step_once(self, command: StepOnce) -> None:
        numbered = self._runs.get(command.run)
        if numbered is not None:
            numbered.enqueue(lambda run: run.step_once(command.who), 0)

    def _type_line(self, command: TypeLine) -> None:
        numbered = self._runs.get(command.run)
        if numbered is not None and numbered.run is not None:
            numbered.run.type_line(command.who, command.text)

    def _stop_run(self, command: StopRun) -> None:
        numbered = self._runs.get(command.run)
        if numbered is not None:
            numbered.stop_soon()

    def _run_many(self, command: RunMany) -> None:
        check_outcome(command.scene.outcome)
        self._number(command.run).begin_many(
            ManyRuns(self._loop, self._door, self._outlet.put, command, self._experiments)
        )

    def _number(self, number: int) -> _Numbered:
        if number in self._runs:
            raise ValueError(f"run {number} is there already")
        numbered = _Numbered(self._loop, self._outlet.put, number, lambda: self._runs.pop(number, None))
        self._runs[number] = numbered
        return numbered


class _Numbered:
    """One number: its run, the orders for it one after the other, and its one `RunEnded`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        put: Callable[[Event], None],
        number: int,
        forget: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._put = put
        self._number = number
        self._forget = forget
        self._orders: asyncio.Queue[tuple[Callable[[Run], Coroutine[Any, Any, None]], int]] = asyncio.Queue()
        self._work: asyncio.Task[None] | None = None
        self._end: asyncio.Task[None] | None = None
        self._fault: Fault | None = None
        self.run: Run | None = None

    @property
    def ending(self) -> bool:
        return self._end is not None

    def begin(self, run: Run, after: Sequence[Run]) -> None:
        """``after``: runs that are being stopped, and may still have the ports that this one wants."""
        self.run = run
        self._work = self._loop.create_task(self._obey(run, after))

    def begin_many(self, many: ManyRuns) -> None:
        self._work = self._loop.create_task(self._count(many))

    def enqueue(self, order: Callable[[Run], Coroutine[Any, Any, None]], step: int) -> None:
        self._orders.put_nowait((order, step))

    def stop_soon(self) -> None:
        if self._end is None:
            self._end = self._loop.create_task(self._stop())

    async def stop(self) -> None:
        self.stop_soon()
        if self._end is not None:
            await self._end

    async def _obey(self, run: Run, after: Sequence[Run]) -> None:
        try:
            await asyncio.gather(*(each.gone() for each in after))
            await run.begin()
        except NotBegun as error:
            self._fault = error.fault
            self.stop_soon()
            return
        except Exception as error:
            logger.exception("a run's beginning")
            self._fault = fault_from_ours(error)
            self.stop_soon()
            return
        while self._end is None:
            order, step = await self._orders.get()
            try:
                await order(run)
            except NotReached as error:
                self._put(MovesMade(self._number, step, False, error.code, error.values))
            except Exception:
                logger.exception("a move")
                self._put(MovesMade(self._number, step, False, "not-reached", {"move": ""}))
            else:
                self._put(MovesMade(self._number, step, True))

    async def _count(self, many: ManyRuns) -> None:
        try:
            await many.run()
        except NotBegun as error:
            self._fault = error.fault
        except OSError as error:
            self._fault = fault_from_oserror(error)
        except OutcomeError as error:
            self._fault = fault_from_ours(error)
        finally:
            await many.close()
        self.stop_soon()

    async def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        if self.run is not None:
            try:
                await self.run.stop()
            except Exception as error:
                logger.exception("a run's end")
                self._fault = self._fault or fault_from_ours(error)
        self._forget()
        self._put(RunEnded(self._number, self._fault))


class ManyRuns:
    """A scene run many times, unheld, one run after the other. Each is of new processes; the interpreters of
    the next runs are started while this one runs."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        door: HookDoor,
        put: Callable[[Event], None],
        command: RunMany,
        experiments: Mapping[str, ExperimentMaker],
    ) -> None:
        self._loop = loop
        self._door = door
        self._put = put
        self._command = command
        self._experiments = experiments
        self._ahead: list[asyncio.Task[tuple[Run, list[RecordedEvent]]]] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._marks: set[str] = set()

    async def run(self) -> None:
        """Raises `NotBegun`, OSError."""
        counted: Counter[str] = Counter()
        times = self._command.times
        for done in range(1, times + 1):
            while len(self._ahead) < min(WARM_RUNS + 1, times - done + 1):
                self._ahead.append(self._loop.create_task(self._warm_run()))
            run, events = await self._ahead.pop(0)
            try:
                await run.run_free(QUIET_SECONDS, RUN_LIMIT)
            finally:
                self._marks |= run.marks
                ending = self._loop.create_task(run.stop())
                self._ending.add(ending)
                ending.add_done_callback(self._ending.discard)
            await ending
            counted[outcome_of(self._command.scene.outcome, events)] += 1
            outcomes = tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
            self._put(OutcomesCounted(self._command.run, done, times, outcomes))

    async def close(self) -> None:
        """End what was started ahead."""
        for task in self._ahead:
            try:
                run, _events = await task
            except (NotBegun, OSError):
                continue
            await run.stop()
            self._marks |= run.marks
        if self._ending:
            await asyncio.gather(*self._ending)
        if self._marks:
            await self._loop.run_in_executor(None, kill_marked, self._marks)

    async def _warm_run(self) -> tuple[Run, list[RecordedEvent]]:
        events: list[RecordedEvent] = []
        command = self._command
        run = Run(
            self._loop,
            self._door,
            lambda grown, _size: events.extend(grown),
            lesson=command.lesson,
            scene=command.scene,
            python=command.python,
            fresh_ports=True,
            counting=True,
            experiments=self._experiments,
        )
        try:
            await run.begin()
            await run.warm()
        except BaseException:
            await run.stop()
            raise
        return run, events
